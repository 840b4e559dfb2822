"""When evidence, revenue facts or the policy change, opportunities are decided again, and their invoices follow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from tallystick.attribution.models import PolicyVersion, Touch
from tallystick.attribution.services import decide_pending, policies, touches
from tallystick.attribution.services.touches import NewTouch
from tallystick.commissions.services import mark_invoices_of_deals
from tallystick.flows.jobs import decide_soon
from tallystick.flows.leads import follow_leads
from tallystick.flows.registrations import follow_crm
from tallystick.platform.actors import Actor


@dataclass(frozen=True, slots=True)
class DecideReport:
    """What a run did so far: marks taken, and decisions that changed."""

    taken: int = 0
    changed: int = 0


def decide(actor: Actor, *, at: datetime) -> Iterator[DecideReport]:
    """Decide every opportunity that waits, chunk by chunk, and yield the sum of what was done so far.

    First registrations and leads catch up with the CRM: an approved or accepted one is evidence as soon as its account
    is known.

    Each chunk is a transaction of its own: its decisions, and the marks on the invoices of those that changed. A kill
    between two chunks, or within one, loses nothing; a repeat changes nothing.
    """
    follow_crm(actor, at=at)
    follow_leads(actor, at=at)
    total = DecideReport()
    while True:
        with transaction.atomic():
            decided = decide_pending(actor, at=at)
            if decided.changed:
                mark_invoices_of_deals(opportunity_ids=decided.changed)
        if not decided.taken:
            return
        total = DecideReport(total.taken + decided.taken, total.changed + len(decided.changed))
        yield total


@transaction.atomic
def record_touch(actor: Actor, *, touch: NewTouch, at: datetime) -> Touch:
    """Record a touch and have the opportunities of its account decided again. Raises `TouchRefused`."""
    recorded = touches.record_touch(actor, touch=touch, at=at)
    decide_soon()
    return recorded


@transaction.atomic
def load_touches(actor: Actor, *, new: Iterable[NewTouch], at: datetime) -> int:
    """Record many touches at once and have their opportunities decided again. Returns how many were new."""
    count = touches.load_touches(actor, touches=new, at=at)
    decide_soon()
    return count


@transaction.atomic
def publish_policy(actor: Actor, *, document: Mapping[str, Any], at: datetime) -> PolicyVersion:
    """Publish an attribution policy and have every unlocked opportunity decided under it. Raises `PolicyRefused`."""
    version = policies.publish_policy(actor, document=document, at=at)
    decide_soon()
    return version
