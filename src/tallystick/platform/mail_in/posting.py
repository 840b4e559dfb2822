"""Reads what a mail server posts: a whole mail, with whom it was delivered to and what was found about its sender.

One shape for every server, signed after Standard Webhooks with the workspace's secret; docs/how-to/ways-in.md says how
a server or a provider is made to send it.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, ValidationError
from standardwebhooks import Webhook, WebhookVerificationError

from tallystick.platform.mail_in.keeping import MOST_BYTES

_SIGNED_WITH: Final = ("webhook-id", "webhook-timestamp", "webhook-signature")


class PostRefused(ValueError):
    """What was posted is not taken; the message says what to send instead."""


class PostTooLarge(PostRefused):
    """The mail is larger than what is kept of one."""


class SignatureWrong(PostRefused):
    """The signature is missing, too old, or made with another secret."""


class _Given(BaseModel):
    """The JSON that carries a mail."""

    model_config = ConfigDict(extra="forbid")

    mime: str
    recipient: str = ""
    authentication_results: str = ""


@dataclass(frozen=True, slots=True)
class PostedMail:
    """A mail as a server posted it."""

    raw: bytes
    recipient: str = ""
    results: str = ""


def posted_mail(body: bytes, *, headers: Mapping[str, str], secret: str) -> PostedMail:
    """Check the signature of a request and return the mail in it. Header names are in small letters.

    Raises `SignatureWrong`, `PostTooLarge` and `PostRefused`.
    """
    signed = {name: headers.get(name, "") for name in _SIGNED_WITH}
    try:
        Webhook(secret).verify(body, signed, json_parse=False)
    except (WebhookVerificationError, ValueError) as error:
        refusal = "The signature does not fit. Sign after Standard Webhooks with the secret shown in the settings."
        raise SignatureWrong(refusal) from error
    mail = _of_json(body)
    if not mail.raw.strip():
        raise PostRefused("The mail is empty.")
    if len(mail.raw) > MOST_BYTES:
        raise PostTooLarge(f"The mail is larger than {MOST_BYTES:,} bytes.")
    return mail


def _of_json(body: bytes) -> PostedMail:
    try:
        given = _Given.model_validate(_json(body))
    except ValidationError as error:
        fields = ", ".join(".".join(str(part) for part in each["loc"]) or "body" for each in error.errors())
        refusal = f"Not understood: {fields}. Send mime, and if known recipient and authentication_results."
        raise PostRefused(refusal) from error
    try:
        raw = base64.b64decode(given.mime, validate=True)
    except binascii.Error as error:
        raise PostRefused("mime must be the whole mail in base64.") from error
    return PostedMail(raw, given.recipient, given.authentication_results)


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError as error:
        raise PostRefused("Send JSON: mime, recipient and authentication_results.") from error
