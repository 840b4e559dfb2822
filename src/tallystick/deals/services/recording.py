"""Writes what happened to a registration into the activity stream, in one shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from tallystick.deals.models import DealRegistration
from tallystick.platform.activity import record_activity
from tallystick.platform.actors import Actor
from tallystick.platform.models import ActivityEntry

DECIDED_BY_PERSON: Final = "decided_by_person"
"""What stands for the rule where a person decided without citing one."""


def record(
    actor: Actor,
    registration: DealRegistration,
    *,
    verb: str,
    words: str,
    at: datetime,
    data: Mapping[str, Any] | None = None,
    for_partner: bool = True,
) -> ActivityEntry:
    """Record what happened to a registration; `words` follow its reference and company."""
    return record_activity(
        actor,
        verb=verb,
        subject_kind="deal_registration",
        subject_id=registration.pk,
        summary=f"{registration.reference} {registration.company} {words}",
        data={"reference": registration.reference, **(data or {})},
        partner_id=registration.partner_id if for_partner else None,
        at=at,
    )


def record_expired(actor: Actor, ended: Sequence[int], *, at: datetime) -> None:
    """Record that the protection of registrations ended, in one entry."""
    record_activity(
        actor,
        verb="protections_expired",
        subject_kind="deal_registration",
        subject_id=None,
        summary=f"The protection of {len(ended)} registrations ended",
        data={"registrations": list(ended)},
        at=at,
    )
