"""Keeps registrations in step with their opportunities: converted while those are open, won or lost with them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import F, Q, QuerySet

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


def hold_again(registration: DealRegistration, *, at: datetime) -> bool:
    """Let a registration that had ended take its account again; False where another claim holds it by now.

    Its row must be locked. Waits for rivals, so it comes before the first word that is recorded.
    """
    if registration.state == RegistrationState.APPROVED:
        return True
    return claim_protection(registration, product_key=registration.product_key, at=at)


def convert(actor: Actor, registration: DealRegistration, *, at: datetime) -> None:
    """Turn a registration that holds its account into its opportunity: it stays protected for as long as that is open.

    Its row must be locked.
    """
    Protection.objects.filter(registration=registration, released_at__isnull=True).update(protected_until=None)
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


def settle_closed_registrations(
    actor: Actor, *, opportunity_ids: Iterable[int] | None = None, at: datetime
) -> list[DealRegistration]:
    """Bring registrations in step with their opportunities, and return those that were won or lost.

    Whatever the order in which the CRM tells: a deal that was lost and is won after all is won here, one that is open
    again is protected again unless another claim holds the account, and one whose protection ran out before the CRM
    told of its opportunity is converted. Each is a transaction of its own.
    """
    out_of_step = _out_of_step()
    if opportunity_ids is not None:
        out_of_step = out_of_step.filter(opportunity_id__in=list(opportunity_ids))
    keys = list(out_of_step.order_by("pk").values_list("pk", flat=True))
    settled = (_settle(actor, key, at=at) for key in keys)
    return [registration for registration in settled if registration is not None]


@transaction.atomic
def _settle(actor: Actor, registration_id: int, *, at: datetime) -> DealRegistration | None:
    """Bring one in step, and return it if it was won or lost."""
    locked = _out_of_step().filter(pk=registration_id).select_related("opportunity").order_by("pk")
    registration = locked.select_for_update(of=("self",)).first()
    if registration is None:
        return None
    opportunity = registration.opportunity
    assert opportunity is not None  # noqa: S101 - as filtered
    if opportunity.status == OpportunityStatus.OPEN:
        _follow_open(actor, registration, at=at)
        return None
    if registration.state == RegistrationState.APPROVED:
        convert(actor, registration, at=at)
    won = opportunity.status == OpportunityStatus.WON
    _move(registration, RegistrationEvent.WIN if won else RegistrationEvent.LOSE)
    release(registration.pk, reason=registration.state, at=at)
    lapse_requests([registration.pk], at=at)
    record(actor, registration, verb=f"registration_{registration.state}", words=f"was {registration.state}", at=at)
    return registration


def _out_of_step() -> QuerySet[DealRegistration]:
    """Return the registrations that say something else than their opportunity."""
    is_open = Q(opportunity__status=OpportunityStatus.OPEN) & ~Q(state=RegistrationState.CONVERTED)
    is_closed = Q(opportunity__status__in=[OpportunityStatus.WON, OpportunityStatus.LOST]) & ~Q(
        state=F("opportunity__status")
    )
    return DealRegistration.objects.filter(is_open | is_closed, state__in=FOLLOWED)


def _follow_open(actor: Actor, registration: DealRegistration, *, at: datetime) -> None:
    if hold_again(registration, at=at):
        convert(actor, registration, at=at)
        return
    if registration.state == RegistrationState.EXPIRED:
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
