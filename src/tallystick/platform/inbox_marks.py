"""Commands on things that wait: put one off, bring it back, give it to a colleague, say it is done.

A thing is named by its key alone; whoever calls has seen that it waits for the person. See docs/how-to/inbox.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from tallystick.platform.activity import record_activity
from tallystick.platform.actors import Actor
from tallystick.platform.models import InboxMark, InboxSnooze, Membership
from tallystick.platform.tenancy import current_workspace_id


class InboxRefused(ValueError):
    """Raised when a thing cannot be put off or given away; says why."""


@dataclass(frozen=True, slots=True)
class Marks:
    """What is marked of some things, by key: everybody's marks, and until when one person put them off."""

    shared: Mapping[str, InboxMark]
    put_off: Mapping[str, datetime]


def marks_of(keys: Sequence[str], *, person_id: int) -> Marks:
    """Return the marks on these things as one person sees them. Two queries."""
    shared = InboxMark.objects.filter(key__in=keys).select_related("assigned_to")
    own = InboxSnooze.objects.filter(key__in=keys, person_id=person_id).values_list("key", "until")
    return Marks(shared={mark.key: mark for mark in shared}, put_off=dict(own))


@transaction.atomic
def put_off(actor: Actor, *, key: str, until: datetime, at: datetime) -> InboxSnooze:
    """Hide a thing from the actor until an instant; others still see it. Raises InboxRefused for the past."""
    if until <= at:
        raise InboxRefused("Choose a day after today.")
    snooze, _ = InboxSnooze.objects.update_or_create(
        workspace_id=current_workspace_id(), person_id=_person(actor), key=key, defaults={"until": until}
    )
    return snooze


@transaction.atomic
def bring_back(actor: Actor, *, key: str) -> None:
    """Show the actor a thing again that was put off; what was not is left as it is."""
    InboxSnooze.objects.filter(person_id=_person(actor), key=key).delete()


@transaction.atomic
def assign(actor: Actor, *, key: str, title: str, person_id: int | None, at: datetime) -> InboxMark:
    """Give a thing to a colleague, or with None back to everybody; the stream tells, so the colleague hears of it.

    Raises InboxRefused where the person does not belong to the workspace.
    """
    member = _colleague(person_id) if person_id is not None else None
    mark, _ = InboxMark.objects.update_or_create(
        workspace_id=current_workspace_id(),
        key=key,
        defaults={"assigned_to_id": person_id, "assigned_by_label": actor.label, "assigned_at": at},
    )
    data = {"key": key, "title": title, "person_id": person_id}
    if member is None:
        record_activity(
            actor,
            verb="inbox_item_released",
            subject_kind="inbox_item",
            subject_id=mark.pk,
            summary=f"Gave “{title}” back to everybody",
            data=data,
            at=at,
        )
    else:
        record_activity(
            actor,
            verb="inbox_item_assigned",
            subject_kind="inbox_item",
            subject_id=mark.pk,
            summary=f"Gave “{title}” to {member.person}",
            data=data,
            at=at,
        )
    return mark


@transaction.atomic
def call_done(actor: Actor, *, key: str, title: str, at: datetime) -> InboxMark:
    """Say that nothing more is to be done about a thing; it is there again only when it begins to wait anew."""
    mark, _ = InboxMark.objects.update_or_create(
        workspace_id=current_workspace_id(), key=key, defaults={"done_at": at, "done_by_label": actor.label}
    )
    record_activity(
        actor,
        verb="inbox_item_done",
        subject_kind="inbox_item",
        subject_id=mark.pk,
        summary=f"Called “{title}” done",
        data={"key": key, "title": title},
        at=at,
    )
    return mark


@transaction.atomic
def reopen(actor: Actor, *, key: str, title: str, at: datetime) -> None:
    """Take back that a thing was called done; what was not is left as it is."""
    mark = InboxMark.objects.filter(key=key, done_at__isnull=False).first()
    if mark is None:
        return
    mark.done_at, mark.done_by_label = None, ""
    mark.save(update_fields=["done_at", "done_by_label"])
    record_activity(
        actor,
        verb="inbox_item_reopened",
        subject_kind="inbox_item",
        subject_id=mark.pk,
        summary=f"Took back that “{title}” is done",
        data={"key": key, "title": title},
        at=at,
    )


def _colleague(person_id: int) -> Membership:
    members = Membership.objects.filter(accepted_at__isnull=False).select_related("person")
    member = members.filter(person_id=person_id).first()
    if member is None:
        raise InboxRefused("Only colleagues of this workspace can be given something.")
    return member


def _person(actor: Actor) -> int:
    if actor.person_id is None:
        raise InboxRefused("Only a person has an inbox.")
    return actor.person_id
