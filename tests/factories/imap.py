"""A real IMAP server on this machine, with a mailbox that tests put mails into."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from imaplib import IMAP4
from pathlib import Path
from typing import Final

USER: Final = "deals"
PASSWORD: Final = "s3cret"
_PATIENCE: Final = 20.0


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Where the server listens."""

    port: int

    def put(self, raw: bytes) -> None:
        """Put a mail into the mailbox."""
        client = self.opened()
        client.append("INBOX", "", "", raw)
        client.logout()

    def flags(self) -> list[bytes]:
        """Return the flags of every mail, so that a test sees whether somebody touched them."""
        client = self.opened()
        client.select("INBOX", readonly=True)
        found = [bytes(part) for part in client.fetch("1:*", "(FLAGS)")[1] if isinstance(part, bytes)]
        client.logout()
        return found

    def opened(self) -> IMAP4:
        """Return a connection that is signed in."""
        client = IMAP4("127.0.0.1", self.port)
        client.login(USER, PASSWORD)
        return client


@contextmanager
def imap_server() -> Iterator[Mailbox]:
    """Run a server with one empty mailbox until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    program = str(Path(sys.executable).parent / "pymap")
    listening = ["--no-service", "admin", "--no-service", "managesieve", "--host", "127.0.0.1", "--port", str(port)]
    account = ["dict", "--demo-user", USER, "--demo-password", PASSWORD]
    server = subprocess.Popen([program, "--no-tls", *listening, *account], stderr=subprocess.DEVNULL)
    try:
        _wait_for(port)
        yield Mailbox(port)
    finally:
        server.terminate()
        server.wait(timeout=_PATIENCE)


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError("The IMAP server did not come up.")
