"""What every command on leads does alike: hold the lead's row, and write down what happened to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from tallystick.deals.models import Lead, LeadDirection, LeadState
from tallystick.deals.rules.lead_states import LeadEvent, next_lead_state
from tallystick.deals.rules.lead_states import LeadState as State
from tallystick.platform.activity import record_activity
from tallystick.platform.actors import Actor
from tallystick.platform.models import ActivityEntry
from tallystick.platform.tenancy import current_scope, vendor_side

SUBJECT = "lead"


class LeadReasonMissing(ValueError):
    """A lead is declined, or given to somebody by hand, without a reason; the message says whom it is owed to."""


@contextmanager
def held_lead(lead_id: int) -> Iterator[Lead]:
    """Lock a lead and work on it with the vendor's rights; a partner holds only one of ours that it accepted.

    Every command on a lead locks its row first. Raises `Lead.DoesNotExist`, also for a lead that is another's.
    """
    own = current_scope().partner_id
    with vendor_side():
        lead = Lead.objects.select_for_update().get(pk=lead_id)
        if own is not None and (lead.partner_id != own or lead.direction != LeadDirection.TO_PARTNER):
            raise Lead.DoesNotExist
        yield lead


def move_lead(lead: Lead, event: LeadEvent) -> None:
    """Set the state an event leads to. Raises `LeadMoveRefused`."""
    lead.state = LeadState(next_lead_state(State(lead.state), event).value)


def record_lead(
    actor: Actor,
    lead: Lead,
    *,
    verb: str,
    words: str,
    at: datetime,
    partner_id: int | None = None,
    data: Mapping[str, Any] | None = None,
) -> ActivityEntry:
    """Write one entry about a lead; `partner_id` is whose people may read it, and never a contact stands in it."""
    return record_activity(
        actor,
        verb=verb,
        subject_kind=SUBJECT,
        subject_id=lead.pk,
        summary=f"{lead.reference} {lead.company} {words}",
        data={"reference": lead.reference, "direction": lead.direction, "state": lead.state, **(data or {})},
        partner_id=partner_id,
        at=at,
    )
