"""Keeps what a person of a partner typed into the registration form. No draft is a claim: nothing is held by it.

Works in the partner's scope; every function takes the person, and touches nobody else's drafts. Drafts are no events:
they leave no entry, and go with the claim that is made of them or after the workspace's period.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from django.db import transaction

from tallystick.deals.models import RegistrationDraft
from tallystick.platform.tenancy import current_workspace_id, vendor_side

MOST_DRAFTS: Final = 20
"""Drafts saved on purpose that a person has at most."""
_LONGEST: Final = 5000
_MOST_FIELDS: Final = 60


class TooManyDrafts(ValueError):
    """The person has as many drafts as are kept; the message says what to do."""


def drafts_of(*, partner_id: int, person_id: int) -> list[RegistrationDraft]:
    """Return a person's drafts, latest first. One query."""
    return list(
        RegistrationDraft.objects.filter(partner_id=partner_id, person_id=person_id).order_by("-changed_at", "-pk")
    )


def find_draft(*, partner_id: int, person_id: int, draft_id: int | None) -> RegistrationDraft | None:
    """Return a person's draft; without an id the one that follows the typing."""
    own = RegistrationDraft.objects.filter(partner_id=partner_id, person_id=person_id)
    return (own.filter(is_saved=False) if draft_id is None else own.filter(pk=draft_id)).first()


@transaction.atomic
def keep_typed(
    *, partner_id: int, person_id: int, typed: Mapping[str, str], draft_id: int | None, at: datetime
) -> RegistrationDraft | None:
    """Keep what stands in the form, in the draft it was opened from or else in the one that follows the typing.

    A form that was emptied leaves no draft.
    """
    kept = _cleaned(typed)
    draft = find_draft(partner_id=partner_id, person_id=person_id, draft_id=draft_id) if draft_id else None
    if draft is None and not kept:
        drop_draft(partner_id=partner_id, person_id=person_id, draft_id=None)
        return None
    if draft is not None:
        draft.typed, draft.changed_at = kept, at
        draft.save(update_fields=["typed", "changed_at"])
        return draft
    followed, _is_new = RegistrationDraft.objects.update_or_create(
        workspace_id=current_workspace_id(),
        partner_id=partner_id,
        person_id=person_id,
        is_saved=False,
        defaults={"typed": kept, "changed_at": at},
        create_defaults={"typed": kept, "begun_at": at, "changed_at": at},
    )
    return followed


@transaction.atomic
def save_draft(
    *, partner_id: int, person_id: int, typed: Mapping[str, str], draft_id: int | None, at: datetime
) -> RegistrationDraft | None:
    """Save what stands in the form as a draft of its own; an empty form saves nothing. Raises `TooManyDrafts`."""
    draft = keep_typed(partner_id=partner_id, person_id=person_id, typed=typed, draft_id=draft_id, at=at)
    if draft is None or draft.is_saved:
        return draft
    own = RegistrationDraft.objects.filter(partner_id=partner_id, person_id=person_id, is_saved=True)
    if own.count() >= MOST_DRAFTS:
        raise TooManyDrafts(f"You have {MOST_DRAFTS} drafts. Register or remove one first.")
    draft.is_saved = True
    draft.save(update_fields=["is_saved"])
    return draft


def drop_draft(*, partner_id: int, person_id: int, draft_id: int | None) -> None:
    """Remove a person's draft; without an id the one that follows the typing. Nothing happens where there is none."""
    draft = find_draft(partner_id=partner_id, person_id=person_id, draft_id=draft_id)
    if draft is not None:
        # A partner's side deletes nothing by itself; whose draft it is, was asked before.
        with vendor_side():
            draft.delete()


def remove_old_drafts(*, before: datetime) -> int:
    """Remove drafts nobody touched since a moment, of every partner, and say how many. Vendor's side."""
    return RegistrationDraft.objects.filter(changed_at__lt=before).delete()[0]


def _cleaned(typed: Mapping[str, str]) -> dict[str, str]:
    kept = {name: text.replace("\x00", "")[:_LONGEST] for name, text in list(typed.items())[:_MOST_FIELDS]}
    return {name: text for name, text in kept.items() if text.strip()}
