"""The second step of a sign-in: an authenticator app, answered also by a passkey or a recovery code."""

from __future__ import annotations

import base64
from hashlib import sha256
from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.stages import AuthenticateStage
from allauth.mfa.utils import is_mfa_enabled
from cryptography.fernet import Fernet
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from tallystick.partners.places import second_factor_is_due
from tallystick.platform.clock import now
from tallystick.platform.models import Person

ISSUER = "Tallystick"


class SecondStepAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Seals the secrets of authenticator apps in the database and words what may go wrong."""

    error_messages = {  # noqa: RUF012 - the name and form are allauth's
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("That did not work. Check the code and the clock of your device, then try again."),
        "cannot_generate_recovery_codes": _("Recovery codes come with an authenticator app. Set one up first."),
    }

    def get_totp_issuer(self) -> str:
        """Return what authenticator apps call this account's issuer."""
        return ISSUER

    def _get_site_name(self) -> str:
        return ISSUER

    def encrypt(self, text: str) -> str:
        """Seal a secret with a key derived from the installation's own."""
        return _seal().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Open a sealed secret."""
        return _seal().decrypt(encrypted_text.encode()).decode()

    def get_public_key_credential_user_entity(self, user: Any) -> dict[str, Any]:
        """Name the account on the device by its address, and show the person's name beside it."""
        return {**super().get_public_key_credential_user_entity(user), "display_name": str(user)}


class SecondStep(AuthenticateStage):  # type: ignore[misc]
    """Asks for the second step where an authenticator app is set up.

    A passkey alone asks for none: it is a quicker way in, and must not lock its owner out of a device without it. Where
    a place of theirs asks for a second factor it does, or the passkey would be no factor at all; recovery codes help.
    """

    def _should_handle(self, request: HttpRequest) -> bool:
        person = self.login.user
        return super()._should_handle(request) and (has_second_step(person) or second_factor_is_due(person, at=now()))


def has_second_step(person: Person | None) -> bool:
    """Tell whether signing in takes a second step. One query."""
    return person is not None and is_mfa_enabled(person, [Authenticator.Type.TOTP])


def takes_recovery_codes(person: Person, *, second_factor_is_asked: bool) -> bool:
    """Tell whether recovery codes help somebody: beside an app, or beside a passkey where a factor is asked for."""
    return has_second_step(person) or (second_factor_is_asked and is_mfa_enabled(person, [Authenticator.Type.WEBAUTHN]))


def _seal() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(sha256(b"tallystick.second-step:" + settings.SECRET_KEY.encode()).digest()))
