"""A partner's public form: opened, given another address, closed, and found by the token in its address.

The token is `<workspace>-<secret>`: small letters and digits, so that it also fits into a mail address. Whoever has it
may register deals for the partner and do nothing else; see docs/how-to/ways-in.md.
"""

from __future__ import annotations

import re
from base64 import b32encode
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final

from django.conf import settings
from django.db import connection, transaction
from django.urls import reverse

from tallystick.partners.models import GONE, Partner, PublicForm
from tallystick.platform.activity import record_activity
from tallystick.platform.actors import Actor
from tallystick.platform.models import Workspace
from tallystick.platform.notifications.sealing import SealBroken, seal, unseal
from tallystick.platform.tenancy import current_workspace_id, scope

ENTROPY_NEEDED: Final = 15
"""Random bytes of a token: 120 bits, 24 characters."""
_TOKEN: Final = re.compile(r"([1-9][0-9]{0,17})-[a-z2-7]{24}")


class FormClosed(LookupError):
    """No form is open under the token: it was mistyped, replaced or closed, or the partner has left."""


@dataclass(frozen=True, slots=True)
class FormHolder:
    """Whose form a token opens."""

    workspace: Workspace
    partner: Partner


@transaction.atomic
def open_public_form(actor: Actor, *, partner_id: int, at: datetime, entropy: bytes) -> PublicForm:
    """Open a partner's form under a new address; one that is open stays as it is. `entropy` is `ENTROPY_NEEDED` bytes.

    Raises `Partner.DoesNotExist`.
    """
    partner = Partner.objects.get(pk=partner_id)
    # Whoever comes second waits here for the first, though there is no row yet to be locked.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"public_form:{partner_id}"])
    form = _locked(partner_id)
    if form is not None and form.closed_at is None:
        return form
    made = _with_new_token(form or PublicForm(partner=partner), actor, at=at, entropy=entropy)
    _record(actor, made, verb="public_form_opened", summary=f"The public form of {partner.name} was opened", at=at)
    return made


@transaction.atomic
def rotate_public_form(actor: Actor, *, partner_id: int, at: datetime, entropy: bytes) -> PublicForm:
    """Give an open form another address; the old one ends at once. Raises `FormClosed`."""
    form = _open(partner_id)
    made = _with_new_token(form, actor, at=at, entropy=entropy)
    summary = f"The public form of {form.partner.name} has another address"
    _record(actor, made, verb="public_form_rotated", summary=summary, at=at)
    return made


@transaction.atomic
def close_public_form(actor: Actor, *, partner_id: int, at: datetime) -> None:
    """Close a form; its address ends at once. Nothing happens where none is open."""
    form = _locked(partner_id)
    if form is None or form.closed_at is not None:
        return
    form.closed_at = at
    form.save(update_fields=["closed_at"])
    summary = f"The public form of {form.partner.name} was closed"
    _record(actor, form, verb="public_form_closed", summary=summary, at=at)


def public_form_of(partner_id: int) -> PublicForm | None:
    """Return the form of a partner while it is open. One query."""
    return PublicForm.objects.filter(partner_id=partner_id, closed_at__isnull=True).first()


def token_of(form: PublicForm) -> str:
    """Return the token of a form, or nothing where the installation's secret key has changed: rotate it then."""
    try:
        return unseal(form.sealed_token)
    except SealBroken:
        return ""


def address_of(form: PublicForm) -> str:
    """Return where the form is found, or nothing where `token_of` returns nothing."""
    token = token_of(form)
    return str(settings.BASE_URL) + reverse("public_form", args=[token]) if token else ""


def holder_of(token: str) -> FormHolder:
    """Return whose form a token opens. Runs outside any scope. Raises `FormClosed`. Two queries."""
    parts = _TOKEN.fullmatch(token)
    if parts is None:
        raise FormClosed
    with scope(workspace_id=int(parts[1])):
        form = (
            PublicForm.objects.select_related("workspace", "partner")
            .filter(token_hash=_hash(token), closed_at__isnull=True)
            .exclude(partner__lifecycle__in=GONE)
            .first()
        )
    if form is None:
        raise FormClosed
    return FormHolder(form.workspace, form.partner)


def _with_new_token(form: PublicForm, actor: Actor, *, at: datetime, entropy: bytes) -> PublicForm:
    if len(entropy) < ENTROPY_NEEDED:
        raise ValueError(f"A form's token needs {ENTROPY_NEEDED} random bytes.")
    form.workspace_id = current_workspace_id()
    token = f"{form.workspace_id}-{b32encode(entropy[:ENTROPY_NEEDED]).decode('ascii').lower()}"
    form.token_hash, form.sealed_token = _hash(token), seal(token)
    form.opened_at, form.opened_by_label, form.closed_at = at, actor.label, None
    form.save()
    return form


def _locked(partner_id: int) -> PublicForm | None:
    forms = PublicForm.objects.select_for_update(of=("self",)).select_related("partner")
    return forms.filter(partner_id=partner_id).first()


def _open(partner_id: int) -> PublicForm:
    form = _locked(partner_id)
    if form is None or form.closed_at is not None:
        raise FormClosed
    return form


def _record(actor: Actor, form: PublicForm, *, verb: str, summary: str, at: datetime) -> None:
    record_activity(
        actor,
        verb=verb,
        subject_kind="partner",
        subject_id=form.partner_id,
        partner_id=form.partner_id,
        summary=summary,
        at=at,
    )


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()
