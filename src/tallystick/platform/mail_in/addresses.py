"""The addresses mail comes in by: the workspace's own, one for each partner's form, one for each reply.

`deals@in.example.com` is the workspace's. A part after a plus says more: the token of a partner's public form, or where
a reply belongs and who may send it, signed with the installation's key.
"""

from __future__ import annotations

import hmac
import re
from base64 import b32encode
from dataclasses import dataclass
from typing import Final

from django.utils.crypto import salted_hmac

_SALT: Final = "tallystick.mail-in.reply"
_REPLY: Final = re.compile(r"r(\d{1,18})-(\d{1,18})-(\d{1,18})-([a-z2-7]{16})")
_FORM: Final = re.compile(r"[1-9]\d{0,17}-[a-z2-7]{24}")
_LONGEST_LOCAL_PART: Final = 64


@dataclass(frozen=True, slots=True)
class ReplyTo:
    """Where a reply belongs: in a registration's conversation, as one person; `partner_id` where of a partner."""

    registration_id: int
    person_id: int
    partner_id: int | None


def tagged(address: str, tag: str) -> str:
    """Return the workspace's address with a part after a plus, or nothing where servers would refuse it as too long."""
    local, _at, domain = address.partition("@")
    return f"{local}+{tag}@{domain}" if len(local) + 1 + len(tag) <= _LONGEST_LOCAL_PART else ""


def reply_address(address: str, where: ReplyTo, *, workspace_id: int) -> str:
    """Return the address that a mail about a registration is answered to."""
    return tagged(address, f"r{_numbers(where)}-{_signature(where, workspace_id)}") if address else ""


def reply_of(tag: str, *, workspace_id: int) -> ReplyTo | None:
    """Return where a reply belongs, or nothing where the tag is none of a reply or was not signed here."""
    found = _REPLY.fullmatch(tag)
    if found is None:
        return None
    where = ReplyTo(int(found[1]), int(found[2]), int(found[3]) or None)
    return where if hmac.compare_digest(found[4], _signature(where, workspace_id)) else None


def looks_like_reply(tag: str) -> bool:
    """Tell whether a tag has the form of a reply's, signed here or not."""
    return _REPLY.fullmatch(tag) is not None


def looks_like_form(tag: str) -> bool:
    """Tell whether a tag has the form of a token of a public form."""
    return _FORM.fullmatch(tag) is not None


def tags_in(recipients: tuple[str, ...], *, address: str) -> list[str]:
    """Return the tags of those recipients that are the workspace's address with one, in small letters."""
    local, _at, domain = address.lower().partition("@")
    found = []
    for recipient in recipients:
        own, _at, host = recipient.lower().partition("@")
        base, plus, tag = own.partition("+")
        if plus and (base, host) == (local, domain):
            found.append(tag)
    return found


def _numbers(where: ReplyTo) -> str:
    return f"{where.registration_id}-{where.person_id}-{where.partner_id or 0}"


def _signature(where: ReplyTo, workspace_id: int) -> str:
    digest = salted_hmac(_SALT, f"{workspace_id}:{_numbers(where)}", algorithm="sha256").digest()
    return b32encode(digest[:10]).decode("ascii").lower()
