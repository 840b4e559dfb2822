"""What happened in the workspace, in the order in which it happened: for programs that follow it."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import Field

from tallystick.platform.access import Permission
from tallystick.platform.models import ActivityEntry
from tallystick.web.api.access import Whose, operation
from tallystick.web.api.paging import Order, Page, PageAsked, one_by_one, one_page
from tallystick.web.api.values import LARGEST_ID, Id, Told, words

router = Router(tags=["Activity"])


class EntryTold(Told):
    """One thing that happened, chained by hash to the one before it."""

    position: Annotated[int, Field(description="Its place in the chain, counted from 1 without a gap.")]
    at: datetime
    event: Annotated[str, Field(description="One of docs/reference/events.", examples=["deal_registered"])]
    actor_kind: Annotated[Literal["person", "api", "command", "job", "system"], Field(description="Whose hand it was.")]
    actor: Annotated[str, Field(examples=["CRM sync (key tsk_1_9f3ab82ec1d0)"])]
    subject_kind: Annotated[str, Field(examples=["deal_registration"])]
    subject_id: int | None
    partner_id: Annotated[int | None, Field(description="The partner who may read it, if any.")]
    summary: Annotated[str, Field(examples=["DR-7KQ2M9 Cellvia was registered"])]
    data: Annotated[dict[str, Any], Field(description="Figures of the event; money in minor units.")]
    hash: str
    previous_hash: str

    @classmethod
    def of(cls, entry: ActivityEntry) -> Self:
        """Return an entry as it is told."""
        return cls(
            position=entry.position,
            at=entry.at,
            event=entry.verb,
            actor_kind=entry.actor_kind,
            actor=entry.actor_label,
            subject_kind=entry.subject_kind,
            subject_id=entry.subject_id,
            partner_id=entry.partner_id,
            summary=entry.summary,
            data=json.loads(entry.body)["data"],
            hash=entry.hash,
            previous_hash=entry.previous_hash,
        )


class ActivityPage(Page[EntryTold]):
    """Entries of the activity stream, a page at a time."""


class ActivityAsked(PageAsked):
    """What the activity stream is narrowed and ordered by."""

    event: Annotated[str, words(60), Field(examples=["registration_approved"])] = ""
    subject_kind: Annotated[str, words(40), Field(examples=["deal_registration"])] = ""
    subject_id: Id | None = None
    partner_id: Id | None = None
    after: Annotated[int, Field(ge=0, le=LARGEST_ID, description="Only entries beyond this position.")] = 0
    sort: Annotated[Literal["position", "-position"], Field(description="Oldest first, or latest first.")] = "position"


@operation(router, "GET", "/activity", ActivityPage, whose=Whose.WORKSPACE, permission=Permission.SEE_ACTIVITY)
def read_activity(request: HttpRequest, asked: Query[ActivityAsked]) -> ActivityPage:  # noqa: ARG001
    """Read the activity stream.

    Positions are given in the order in which entries commit, so that a program that remembers the last position it has
    seen, and asks for what is `after` it, misses nothing.
    """
    found = ActivityEntry.objects.filter(position__gt=asked.after)
    for column, wanted in (
        ("verb", asked.event),
        ("subject_kind", asked.subject_kind),
        ("subject_id", asked.subject_id),
        ("partner_id", asked.partner_id),
    ):
        if wanted:
            found = found.filter(**{column: wanted})
    return ActivityPage(**one_page(found, Order((asked.sort,)), asked, one_by_one(EntryTold.of)))
