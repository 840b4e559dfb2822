"""How PostgreSQL's programs are run: as the current user, or as an unprivileged one when that is root.

PostgreSQL refuses to run as root. Under root its programs therefore run as an existing service user. No user is
created and no folder's mode is changed: where that user cannot reach the files (a checkout below /root, say), the
programs get the one capability that lets them pass (`CAP_DAC_OVERRIDE`, through setpriv).
"""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

SERVICE_USERS = ("tallystick", "postgres", "nobody")


class EmbeddedServerError(RuntimeError):
    """Raised when the embedded PostgreSQL cannot be created, started or stopped; says why and what to do."""


@dataclass(frozen=True, slots=True)
class ServerUser:
    """The operating-system user that owns the data folder and runs the server."""

    name: str
    uid: int
    gid: int

    @property
    def is_other(self) -> bool:
        """Tell whether programs must switch to this user."""
        return self.uid != os.geteuid()


def server_user() -> ServerUser:
    """Return who runs the server: the current user, or under root the first service user the machine has.

    Raises `EmbeddedServerError` when root finds none, or when the current user has no name (initdb needs one).
    """
    if os.geteuid() != 0:
        try:
            return _named(pwd.getpwuid(os.geteuid()))
        except KeyError as error:
            raise EmbeddedServerError(
                f"The user id {os.geteuid()} has no name on this machine, and PostgreSQL's initdb needs one. "
                "Run as a named user, or set DATABASE_URL to a PostgreSQL of your own."
            ) from error
    for name in SERVICE_USERS:
        try:
            return _named(pwd.getpwnam(name))
        except KeyError:
            continue
    raise EmbeddedServerError(
        f"PostgreSQL refuses to run as root, and none of the users {', '.join(SERVICE_USERS)} exists. "
        "Run as an ordinary user, or set DATABASE_URL to a PostgreSQL of your own."
    )


def run_program(
    *, program: Path, arguments: Sequence[str], user: ServerUser, folder: Path, timeout: float
) -> subprocess.CompletedProcess[str]:
    """Run one of PostgreSQL's programs as `user`; `folder` is the data it must reach. Output goes to `stdout`.

    Output is read from a file, not a pipe: the server that pg_ctl leaves behind would hold a pipe open.
    """
    command = [*_identity(user=user, paths=(program, folder)), str(program), *arguments]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
        try:
            finished = subprocess.run(  # noqa: S603 - fixed programs, arguments of our own
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd="/",
                env={**environment, "LC_ALL": "C"},
                timeout=timeout,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise EmbeddedServerError(f"{program.name} did not finish within {timeout:.0f} seconds.") from error
        except OSError as error:
            raise EmbeddedServerError(f"{program} cannot be run: {error.strerror or error}.") from error
        output.seek(0)
        return subprocess.CompletedProcess(finished.args, finished.returncode, stdout=output.read().strip())


def _identity(*, user: ServerUser, paths: Sequence[Path]) -> list[str]:
    if not user.is_other:
        return []
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise EmbeddedServerError(
            "Under root the embedded PostgreSQL needs the program `setpriv` (package util-linux). "
            "Install it, run as an ordinary user, or set DATABASE_URL to a PostgreSQL of your own."
        )
    switch = [setpriv, f"--reuid={user.uid}", f"--regid={user.gid}", "--clear-groups"]
    if all(_open_to_others(path) for path in paths):
        return switch
    # access(2) forgets capabilities of ordinary users unless this bit says otherwise, and initdb asks it.
    return [*switch, "--inh-caps=+dac_override", "--ambient-caps=+dac_override", "--securebits=+no_setuid_fixup"]


def _open_to_others(path: Path) -> bool:
    readable = stat.S_IROTH | stat.S_IXOTH
    within_reach = all(folder.stat().st_mode & stat.S_IXOTH for folder in path.parents)
    return within_reach and (path.is_dir() or path.stat().st_mode & readable == readable)


def _named(entry: pwd.struct_passwd) -> ServerUser:
    return ServerUser(name=entry.pw_name, uid=entry.pw_uid, gid=entry.pw_gid)
