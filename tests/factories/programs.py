"""Keys of the API, and programs that call with them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from secrets import token_bytes
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tallystick.partners.api_keys import (
    ENTROPY_NEEDED,
    PARTNER_KEY_PERMISSIONS,
    WORKSPACE_KEY_PERMISSIONS,
    NewKey,
    create_api_key,
)
from tallystick.partners.models import Partner
from tallystick.platform.access import Permission
from tallystick.platform.actors import SYSTEM
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import scope

LONG_AGO = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Program:
    """A program with a key; `get` and `post` answer as Django's test client does."""

    token: str
    client: Client = field(default_factory=Client)

    def get(self, address: str, **asked: Any) -> Any:
        """Ask for something below /api/v1."""
        return self.client.get(f"/api/v1{address}", asked, headers=self.headers())

    def post(self, address: str, body: Any = None, *, once: str | None = None) -> Any:
        """Send something below /api/v1, under an idempotency key of its own or the one given; "" sends none."""
        text = f"test-{next(_numbers)}" if once is None else once
        return self.client.post(
            f"/api/v1{address}",
            b"" if body is None else json.dumps(body),
            content_type="application/json",
            headers=self.headers() | ({"Idempotency-Key": text} if text else {}),
        )

    def send(self, address: str, name: str, content: bytes, *, once: str | None = None, **fields: str) -> Any:
        """Send a file with fields of a form below /api/v1, under an idempotency key of its own or the one given."""
        text = f"test-{next(_numbers)}" if once is None else once
        upload = SimpleUploadedFile(name, content)
        return self.client.post(
            f"/api/v1{address}", {"file": upload, **fields}, headers=self.headers() | {"Idempotency-Key": text}
        )

    def headers(self) -> dict[str, str]:
        """Return the header that carries the key."""
        return {"Authorization": f"Bearer {self.token}"}


def make_key(
    owner: Workspace | Partner,
    permissions: Iterable[Permission] | None = None,
    *,
    name: str = "CRM sync",
    expires_at: datetime | None = None,
) -> NewKey:
    """Return a key of a workspace or of a partner; it carries every permission there is unless told otherwise."""
    partner = owner if isinstance(owner, Partner) else None
    every = WORKSPACE_KEY_PERMISSIONS if partner is None else PARTNER_KEY_PERMISSIONS
    with scope(workspace_id=owner.pk if partner is None else partner.workspace_id):
        return create_api_key(
            SYSTEM,
            name=name,
            permissions=every if permissions is None else permissions,
            partner_id=partner.pk if partner else None,
            expires_at=expires_at,
            at=LONG_AGO,
            entropy=token_bytes(ENTROPY_NEEDED),
        )


def program_of(owner: Workspace | Partner, permissions: Iterable[Permission] | None = None) -> Program:
    """Return a program with a key of the workspace or the partner."""
    return Program(make_key(owner, permissions).token)
