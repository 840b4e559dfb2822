"""Signs messages after Standard Webhooks, with every secret that holds at the moment."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

from standardwebhooks import Webhook

PREFIX: Final = "whsec_"
ENTROPY_NEEDED: Final = 32
"""Random bytes of a secret that we make."""
ENTROPY_GIVEN: Final = range(24, 65)
"""Random bytes of a secret that a program brings; what the specification asks for."""


class SecretRefused(ValueError):
    """A secret that was brought is not one; the message says how it is made."""


def secret_of(entropy: bytes) -> str:
    """Return a secret as it is shown, once: `whsec_` and its bytes in base64."""
    if len(entropy) not in ENTROPY_GIVEN:
        raise ValueError("A secret needs 24 to 64 random bytes.")
    return PREFIX + base64.b64encode(entropy).decode("ascii")


def entropy_of(secret: str) -> bytes:
    """Return the bytes of a secret that a program brings. Raises `SecretRefused`."""
    try:
        entropy = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except ValueError:
        entropy = b""
    if not secret.startswith(PREFIX) or len(entropy) not in ENTROPY_GIVEN:
        raise SecretRefused("A secret is whsec_ and the base64 of 24 to 64 random bytes.")
    return entropy


def message_id_of(*parts: object) -> str:
    """Return the id of a message: the same for the same event however often it is written, and telling nothing."""
    return f"msg_{sha256(':'.join(str(part) for part in parts).encode()).hexdigest()[:32]}"


def signed_headers(*, message_id: str, body: str, secrets: Sequence[str], at: datetime) -> Mapping[str, str]:
    """Return the headers of one attempt: one signature for each secret, so that a receiver may hold either."""
    # The library takes the digits of the clock as UTC whatever the zone says.
    moment = at.astimezone(UTC)
    signatures = [Webhook(secret).sign(message_id, moment, body) for secret in secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(signatures),
        "Content-Type": "application/json",
    }
