"""Fetches mail from a workspace's mailbox by IMAP over TLS: read only, each mail once, from where it left off.

The mailbox is never changed. A mailbox that says it was made anew (UIDVALIDITY) is read from its beginning; what was
taken before is known by its Message-ID. The host must lead to the open internet, unless the operator trusts it.
"""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from imaplib import IMAP4, IMAP4_SSL
from typing import Final

from tallystick.platform.http.outgoing import AddressRefused, is_public, system_resolver
from tallystick.platform.mail_in.keeping import MOST_BYTES, keep_mail
from tallystick.platform.models import MailInSettings, MailInWay
from tallystick.platform.notifications.sealing import SealBroken, unseal

SECONDS: Final = 20.0
AT_ONCE: Final = 50
"""Mails of one run; the next run goes on from there."""
HEAD_BYTES: Final = 65_536
"""Of a mail that is too large this much is fetched, for its headers."""
_SIZE: Final = re.compile(rb"RFC822\.SIZE (\d+)")


class MailboxFailed(RuntimeError):
    """The mailbox could not be read; the message says why, for an admin."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """One mail of the mailbox, with its number there."""

    uid: int
    raw: bytes
    is_cut: bool


def fetch_mail(*, at: datetime, trusted: Sequence[str]) -> int:
    """Keep what is new in the mailbox of the workspace in scope and return how many mails there were.

    `trusted` are origins such as `imap://10.0.0.5:143` or `imaps://mail.internal:993` that may lie in the operator's
    own network; only there `imap://` goes without TLS. What fails is written down for the settings' page.
    """
    row = MailInSettings.objects.exclude(imap_host="").first()
    if row is None:
        return 0
    kept, problem = 0, ""
    try:
        for mail in _new_mail(row, trusted=trusted):
            kept += keep_mail(mail.raw, way=MailInWay.IMAP, at=at, is_cut=mail.is_cut) is not None
            row.last_uid = mail.uid
    except (MailboxFailed, AddressRefused, SealBroken) as error:
        problem = str(error)
    except IMAP4.error as error:
        problem = f"The server refuses: {_first(error.args) or error}"
    except OSError as error:
        problem = f"No connection: {error}"
    row.fetched_at, row.fetch_problem = at, problem[:250]
    row.save(update_fields=["fetched_at", "fetch_problem", "uid_validity", "last_uid"])
    return kept


def _new_mail(row: MailInSettings, *, trusted: Sequence[str]) -> Iterator[Fetched]:
    client = _connected(row, trusted=trusted)
    with closing(client.sock):
        client.login(row.imap_user, unseal(row.sealed_imap_password))
        answer, said = client.select(f'"{row.imap_folder}"', readonly=True)
        if answer != "OK":
            raise MailboxFailed(f"The folder {row.imap_folder} cannot be opened: {_first(said)}")
        validity = int(_first(client.response("UIDVALIDITY")[1]) or 0)
        if validity != row.uid_validity:
            row.uid_validity, row.last_uid = validity, 0
        _, found = client.uid("SEARCH", f"UID {row.last_uid + 1}:*")
        # The last mail answers to a search beyond it, too.
        uids = sorted(uid for uid in map(int, _first(found).split()) if uid > row.last_uid)
        for uid in uids[:AT_ONCE]:
            yield _fetched(client, uid)
        client.logout()


def _fetched(client: IMAP4, uid: int) -> Fetched:
    """Return one mail, of one that is too large the beginning."""
    _, sizes = client.uid("FETCH", str(uid), "(RFC822.SIZE)")
    size = _SIZE.search(b" ".join(_bytes(part) for part in sizes))
    is_large = size is not None and int(size[1]) > MOST_BYTES
    part = f"BODY.PEEK[]<0.{HEAD_BYTES}>" if is_large else "BODY.PEEK[]"
    answer, parts = client.uid("FETCH", str(uid), f"({part})")
    for said in parts:
        if answer == "OK" and isinstance(said, tuple) and len(said) > 1:
            return Fetched(uid, bytes(said[1]), is_large)
    raise MailboxFailed(f"Mail {uid} cannot be read.")


def _connected(row: MailInSettings, *, trusted: Sequence[str]) -> IMAP4:
    place = f"{row.imap_host}:{row.imap_port}"
    if f"imap://{place}" in trusted:
        return IMAP4(row.imap_host, row.imap_port, timeout=SECONDS)
    addresses = [row.imap_host] if f"imaps://{place}" in trusted else _public_addresses(row)
    return _PinnedImap(row.imap_host, row.imap_port, address=addresses[0])


def _public_addresses(row: MailInSettings) -> Sequence[str]:
    try:
        found = system_resolver(row.imap_host, row.imap_port)
    except (OSError, UnicodeError):
        found = ()
    if not found:
        raise AddressRefused(f"{row.imap_host} does not resolve.")
    if not all(is_public(address) for address in found):
        raise AddressRefused(f"{row.imap_host} leads into a private network.")
    return found


class _PinnedImap(IMAP4_SSL):
    """Connects to the address that was checked, and to no other that the name may give the next time."""

    def __init__(self, host: str, port: int, *, address: str) -> None:
        self._address = address
        super().__init__(host, port, ssl_context=ssl.create_default_context(), timeout=SECONDS)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        plain = socket.create_connection((self._address, self.port), timeout)
        secured: socket.socket = self.ssl_context.wrap_socket(plain, server_hostname=self.host)
        return secured


def _first(said: Sequence[object]) -> str:
    return _bytes(said[0]).decode("utf-8", "replace") if said else ""


def _bytes(part: object) -> bytes:
    match part:
        case bytes():
            return part
        case tuple():
            return b" ".join(_bytes(each) for each in part)
        case _:
            return b""
