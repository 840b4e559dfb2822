"""Keeps what a person typed into the form of a registration or of a lead. No draft is a claim: nothing is held by it.

Works in the partner's scope, or on the vendor's side; every function takes whose drafts they are, and touches no
others. Drafts are no events: they leave no entry, and go with what is made of them or after the workspace's period.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import QuerySet

from tallystick.deals.models import FormDraft
from tallystick.deals.rules.forms.form import Subject
from tallystick.platform.tenancy import current_workspace_id, vendor_side

MOST_DRAFTS: Final = 20
"""Drafts of a form, saved on purpose, that a person has at most."""
_LONGEST: Final = 5000
_MOST_FIELDS: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafts:
    """Whose drafts of which form: a person's at a partner, or without one at the vendor."""

    subject: Subject
    partner_id: int | None
    person_id: int

    def rows(self) -> QuerySet[FormDraft]:
        """Return them, as the scope sees them."""
        own = FormDraft.objects.filter(subject=self.subject, person_id=self.person_id)
        return own.filter(partner__isnull=True) if self.partner_id is None else own.filter(partner_id=self.partner_id)


class TooManyDrafts(ValueError):
    """The person has as many drafts as are kept; the message says what to do."""


def drafts_of(drafts: Drafts) -> list[FormDraft]:
    """Return a person's drafts of a form, latest first. One query."""
    return list(drafts.rows().order_by("-changed_at", "-pk"))


def find_draft(drafts: Drafts, *, draft_id: int | None) -> FormDraft | None:
    """Return a person's draft; without an id the one that follows the typing."""
    own = drafts.rows()
    return (own.filter(is_saved=False) if draft_id is None else own.filter(pk=draft_id)).first()


@transaction.atomic
def keep_typed(drafts: Drafts, *, typed: Mapping[str, str], draft_id: int | None, at: datetime) -> FormDraft | None:
    """Keep what stands in the form, in the draft it was opened from or else in the one that follows the typing.

    A form that was emptied leaves no draft.
    """
    kept = _cleaned(typed)
    draft = find_draft(drafts, draft_id=draft_id) if draft_id else None
    if draft is None and not kept:
        drop_draft(drafts, draft_id=None)
        return None
    if draft is not None:
        draft.typed, draft.changed_at = kept, at
        draft.save(update_fields=["typed", "changed_at"])
        return draft
    begun = {
        "workspace_id": current_workspace_id(),
        "subject": drafts.subject,
        "partner_id": drafts.partner_id,
        "person_id": drafts.person_id,
        "begun_at": at,
    }
    told = {"typed": kept, "changed_at": at}
    followed, _is_new = drafts.rows().update_or_create(is_saved=False, defaults=told, create_defaults={**begun, **told})
    return followed


@transaction.atomic
def save_draft(drafts: Drafts, *, typed: Mapping[str, str], draft_id: int | None, at: datetime) -> FormDraft | None:
    """Save what stands in the form as a draft of its own; an empty form saves nothing. Raises `TooManyDrafts`."""
    draft = keep_typed(drafts, typed=typed, draft_id=draft_id, at=at)
    if draft is None or draft.is_saved:
        return draft
    if drafts.rows().filter(is_saved=True).count() >= MOST_DRAFTS:
        raise TooManyDrafts(f"You have {MOST_DRAFTS} drafts. Send or remove one first.")
    draft.is_saved = True
    draft.save(update_fields=["is_saved"])
    return draft


def drop_draft(drafts: Drafts, *, draft_id: int | None) -> None:
    """Remove a person's draft; without an id the one that follows the typing. Nothing happens where there is none."""
    draft = find_draft(drafts, draft_id=draft_id)
    if draft is not None:
        # A partner's side deletes nothing by itself; whose draft it is, was asked before.
        with vendor_side():
            draft.delete()


def remove_old_drafts(*, before: datetime) -> int:
    """Remove drafts nobody touched since a moment, of every form, and say how many. Vendor's side."""
    return FormDraft.objects.filter(changed_at__lt=before).delete()[0]


def _cleaned(typed: Mapping[str, str]) -> dict[str, str]:
    kept = {name: text.replace("\x00", "")[:_LONGEST] for name, text in list(typed.items())[:_MOST_FIELDS]}
    return {name: text for name, text in kept.items() if text.strip()}
