"""Seals secrets that the program must read again, such as the address of a webhook, with the installation's key."""

from __future__ import annotations

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings


class SealBroken(ValueError):
    """The secret was sealed with another key: the installation's secret key has changed since."""


def seal(secret: str) -> str:
    """Return the secret so that only this installation can read it."""
    return _box().encrypt(secret.encode()).decode("ascii")


def unseal(sealed: str) -> str:
    """Return a sealed secret; raises `SealBroken`."""
    try:
        return _box().decrypt(sealed.encode("ascii")).decode()
    except InvalidToken as error:
        raise SealBroken("The secret key has changed: enter the secret again.") from error


def _box() -> Fernet:
    digest = hashlib.sha256(b"tallystick.sealing:" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(digest))
