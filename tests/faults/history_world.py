"""What random histories happen in: a server of its own with keys to call it, and a clerk that changes the CRM."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock

import httpx

from tests.faults import history_clerk

PARTNERS = 4
SECONDS_TO_START = 180
STARTS = 5


@dataclass(slots=True)
class Clerk:
    """The process that changes the CRM; one command at a time, and another process after a kill."""

    lock: Lock = field(default_factory=Lock)
    process: subprocess.Popen[str] | None = None

    def tell(self, command: str) -> bool:
        """Have a command done; tell whether it was acknowledged."""
        with self.lock:
            process = self.process if self.process and self.process.poll() is None else self._start()
            assert process.stdin is not None
            assert process.stdout is not None
            try:
                process.stdin.write(f"{command}\n")
                process.stdin.flush()
                return process.stdout.readline().strip() == command.split(maxsplit=1)[0]
            except (BrokenPipeError, OSError):
                return False

    def kill(self) -> None:
        """Kill the process, whatever it is doing."""
        if self.process is not None:
            self.process.kill()

    def _start(self) -> subprocess.Popen[str]:
        """Start a process and wait until it listens; one that is killed before that is followed by another."""
        for _ in range(STARTS):
            self.process = subprocess.Popen(
                [sys.executable, "-m", history_clerk.__name__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            assert self.process.stdout is not None
            if self.process.stdout.readline().strip() == history_clerk.READY:
                return self.process
        raise RuntimeError("The clerk does not start; what it wrote to standard error says why.")


@dataclass(frozen=True, slots=True)
class World:
    """The server, the keys that call it, and the clerk."""

    server: subprocess.Popen[bytes]
    url: str
    workspace_id: int
    vendor: str
    partners: list[str]
    clerk: Clerk

    def chain_length(self) -> int:
        """Return how many entries the activity chain has."""
        from django.db import connection

        from tallystick.platform.tenancy import scope

        with scope(workspace_id=self.workspace_id), connection.cursor() as cursor:
            cursor.execute("SELECT coalesce(max(position), 0) FROM platform_activityentry")
            return int(cursor.fetchone()[0])


@contextmanager
def world_of(*, without_constraints: bool) -> Iterator[World]:
    """Serve a new workspace of the installation, and stop all that was started afterwards.

    Without its constraints the database judges no rivals: a history must then be found out.
    """
    workspace_id = _workspace()
    vendor, partners = _keys(workspace_id)
    if without_constraints:
        _drop_constraints()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    variables = {"TALLYSTICK_API_REQUESTS_A_MINUTE": "10000000", "TALLYSTICK_LOG_LEVEL": "CRITICAL"}
    server = subprocess.Popen(
        [sys.executable, "-m", "tallystick.cli", "serve", "--port", str(port)],
        env=os.environ | variables,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    clerk = Clerk()
    try:
        world = World(server, f"http://127.0.0.1:{port}", workspace_id, vendor, partners, clerk)
        _wait_for(world)
        yield world
    finally:
        clerk.kill()
        server.terminate()
        try:
            server.wait(timeout=SECONDS_TO_START)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _workspace() -> int:
    from tallystick.platform.models import Workspace

    slug = f"histories-{os.getpid()}"
    made = Workspace.objects.create(slug=slug, name="Histories", currency="EUR", time_zone="UTC")
    return made.pk


def _keys(workspace_id: int) -> tuple[str, list[str]]:
    from tallystick.partners.api_keys import (
        ENTROPY_NEEDED,
        PARTNER_KEY_PERMISSIONS,
        WORKSPACE_KEY_PERMISSIONS,
        create_api_key,
    )
    from tallystick.partners.models import Lifecycle, PartnerType
    from tallystick.partners.services import create_partner
    from tallystick.platform.actors import Actor
    from tallystick.platform.clock import now
    from tallystick.platform.tenancy import scope

    actor, at = Actor.command("histories"), now()

    def key(partner_id: int | None) -> str:
        permissions = WORKSPACE_KEY_PERMISSIONS if partner_id is None else PARTNER_KEY_PERMISSIONS
        return create_api_key(
            actor,
            name="History",
            permissions=permissions,
            partner_id=partner_id,
            expires_at=None,
            at=at,
            entropy=os.urandom(ENTROPY_NEEDED),
        ).token

    with scope(workspace_id=workspace_id):
        made = [
            create_partner(
                actor,
                name=f"Partner {number}",
                type=PartnerType.RESELLER,
                lifecycle=Lifecycle.ACTIVE,
                on=at.date(),
                at=at,
            )
            for number in range(PARTNERS)
        ]
        return key(None), [key(partner.pk) for partner in made]


def _drop_constraints() -> None:
    from django.db import connection

    from tallystick.platform.database.roles import as_owner

    with as_owner(connection), connection.cursor() as cursor:
        cursor.execute("DROP INDEX one_active_protection_an_account_and_product")
        cursor.execute(
            "ALTER TABLE deals_protection DROP CONSTRAINT whole_account_and_product_are_never_protected_side_by_side"
        )


def _wait_for(world: World) -> None:
    ends = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < ends:
        try:
            if httpx.get(f"{world.url}/api/v1/openapi.json", timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise TimeoutError("The server of the histories did not answer.")
