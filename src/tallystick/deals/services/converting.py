"""Keeps registrations in step with their opportunities: converted while those are open, won or lost with them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import F, Q

from tallystick.crm.models import OpportunityStatus
from tallystick.deals.models import DealRegistration, Protection, RegistrationState
from tallystick.deals.rules.states import RegistrationEvent, next_state
from tallystick.deals.rules.states import RegistrationState as State
from tallystick.deals.services.protections import EXPIRED, claim_protection, release
from tallystick.deals.services.recording import record
from tallystick.deals.services.requests import lapse_requests
from tallystick.platform.actors import Actor

FOLLOWED: Final = (
    RegistrationState.APPROVED,
    RegistrationState.CONVERTED,
    RegistrationState.EXPIRED,
    RegistrationState.WON,
    RegistrationState.LOST,
)
"""States of registrations that follow what the CRM says of their opportunity."""


def convert(actor: Actor, registration: DealRegistration, *, at: datetime) -> bool:
    """Turn a registration into its opportunity: its account stays protected for as long as that is open.

    One that had ended takes its account again; where another claim holds it by now nothing happens. Its row must be
    locked. Tells whether it was converted.
    """
    held = Protection.objects.filter(registration=registration, released_at__isnull=True)
    if registration.state != RegistrationState.APPROVED and not _take_again(registration, at=at):
        return False
    held.update(protected_until=None)
    event = RegistrationEvent.CONVERT
    if registration.state in {RegistrationState.WON, RegistrationState.LOST}:
        event = RegistrationEvent.RESUME
    _move(registration, event)
    # An opportunity that is open needs no more time; a change of what was registered can still be asked for.
    lapse_requests([registration.pk], kinds=["extension"], at=at)
    record(
        actor,
        registration,
        verb="registration_converted" if event is RegistrationEvent.CONVERT else "registration_resumed",
        words="became an opportunity and stays protected while that is open",
        data={"opportunity": registration.opportunity_id},
        at=at,
    )
    return True


def _take_again(registration: DealRegistration, *, at: datetime) -> bool:
    return claim_protection(registration, product_key=registration.product_key, at=at)


@transaction.atomic
def settle_closed_registrations(
    actor: Actor, *, opportunity_ids: Iterable[int] | None = None, at: datetime
) -> list[DealRegistration]:
    """Bring registrations in step with their opportunities, and return those that were won or lost.

    Whatever the order in which the CRM tells: a deal that was lost and is won after all is won here, one that is open
    again is protected again unless another claim holds the account, and one whose protection ran out before the CRM
    told of its opportunity is converted.
    """
    ended = []
    for registration in _out_of_step(opportunity_ids):
        opportunity = registration.opportunity
        assert opportunity is not None  # noqa: S101 - as filtered
        if opportunity.status == OpportunityStatus.OPEN:
            _follow_open(actor, registration, at=at)
            continue
        if registration.state == RegistrationState.APPROVED:
            convert(actor, registration, at=at)
        won = opportunity.status == OpportunityStatus.WON
        _move(registration, RegistrationEvent.WIN if won else RegistrationEvent.LOSE)
        release(registration.pk, reason=registration.state, at=at)
        lapse_requests([registration.pk], at=at)
        record(actor, registration, verb=f"registration_{registration.state}", words=f"was {registration.state}", at=at)
        ended.append(registration)
    return ended


def _out_of_step(opportunity_ids: Iterable[int] | None) -> list[DealRegistration]:
    """Lock and return the registrations that say something else than their opportunity."""
    is_open = Q(opportunity__status=OpportunityStatus.OPEN) & ~Q(state=RegistrationState.CONVERTED)
    is_closed = Q(opportunity__status__in=[OpportunityStatus.WON, OpportunityStatus.LOST]) & ~Q(
        state=F("opportunity__status")
    )
    found = DealRegistration.objects.filter(is_open | is_closed, state__in=FOLLOWED).select_related("opportunity")
    if opportunity_ids is not None:
        found = found.filter(opportunity_id__in=list(opportunity_ids))
    return list(found.order_by("pk").select_for_update(of=("self",)))


def _follow_open(actor: Actor, registration: DealRegistration, *, at: datetime) -> None:
    if convert(actor, registration, at=at) or registration.state == RegistrationState.EXPIRED:
        return
    # It was won or lost, its deal is open again, and another claim holds the account by now.
    _move(registration, RegistrationEvent.EXPIRE)
    record(
        actor,
        registration,
        verb="registration_resumed",
        words="is open again, and another registration holds the company by now",
        data={"opportunity": registration.opportunity_id, "release": EXPIRED},
        at=at,
    )


def _move(registration: DealRegistration, event: RegistrationEvent) -> None:
    registration.state = RegistrationState(next_state(State(registration.state), event).value)
    registration.save(update_fields=["state"])
