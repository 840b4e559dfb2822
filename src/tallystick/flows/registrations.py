"""What follows when a registration is approved, or when the CRM catches up with one."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F, Q

from tallystick.attribution.models import Touch
from tallystick.attribution.rules.facts import TouchKind
from tallystick.attribution.services import NewTouch, record_touch
from tallystick.commissions.services import mark_invoices_of_deals
from tallystick.crm.models import Opportunity
from tallystick.deals import services as deals
from tallystick.deals.models import DealRegistration, RegistrationState
from tallystick.deals.rules.states import RegistrationEvent, next_state
from tallystick.deals.rules.states import RegistrationState as State
from tallystick.flows.jobs import decide_soon
from tallystick.kernel.periods import day_of
from tallystick.platform.actors import Actor
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import vendor_side

SOURCE = "tallystick"
"""The system a touch comes from when it comes from a registration here; its id there is the reference."""


_BECAME: Final = (RegistrationState.CONVERTED, RegistrationState.WON, RegistrationState.LOST)
"""States of registrations that are the deal they became."""


class OpportunityTaken(ValueError):
    """The opportunity belongs to another registration; the message names it."""


@transaction.atomic
def approve_registration(
    actor: Actor, *, registration_id: int, at: datetime, role: str | None = None
) -> DealRegistration:
    """Take the next step of an approval; the last one records evidence, where the CRM knows the account already.

    Raises `DealRegistration.DoesNotExist`, `TransitionRefused` and `StepRefused`.
    """
    registration = deals.approve_registration(actor, registration_id=registration_id, at=at, role=role)
    if registration.state in deals.WAS_APPROVED:
        record_evidence(actor, registration, at=at)
    return registration


@transaction.atomic
def convert_registration(actor: Actor, *, registration_id: int, opportunity_id: int, at: datetime) -> DealRegistration:
    """Tie an approved registration to the opportunity it became, where somebody knows before an import tells.

    It counts as evidence then, its invoices are settled by the terms of registered deals, and a deal that is closed
    already ends it as won or lost. Raises `DealRegistration.DoesNotExist`, `Opportunity.DoesNotExist`,
    `AnotherAccount`, `OpportunityTaken` and `TransitionRefused`.
    """
    registration = DealRegistration.objects.select_for_update().get(pk=registration_id)
    next_state(State(registration.state), RegistrationEvent.CONVERT)
    Opportunity.objects.select_for_update().get(pk=opportunity_id)
    other = DealRegistration.objects.filter(opportunity_id=opportunity_id).exclude(pk=registration_id).first()
    if other is not None:
        raise OpportunityTaken(f"The opportunity is that of {other.reference}.")
    deals.link_opportunity(actor, registration_id=registration_id, opportunity_id=opportunity_id, at=at)
    record_evidence(actor, DealRegistration.objects.get(pk=registration_id), at=at)
    mark_invoices_of_deals(opportunity_ids=[opportunity_id])
    deals.settle_closed_registrations(actor, opportunity_ids=[opportunity_id], at=at)
    decide_soon()
    return DealRegistration.objects.get(pk=registration_id)


@transaction.atomic
def reopen_registration(
    actor: Actor, *, registration_id: int, decided_as: RegistrationState, at: datetime
) -> DealRegistration:
    """Take a decision on a registration back, unless credit follows from it already: evidence is never removed.

    Raises `DealRegistration.DoesNotExist` and `ReopeningRefused`.
    """
    registration = deals.reopen_registration(actor, registration_id=registration_id, decided_as=decided_as, at=at)
    if Touch.objects.filter(source=SOURCE, external_id=registration.reference).exists():
        raise deals.ReopeningRefused("The approval is evidence for credit already, and evidence is never removed.")
    return registration


@transaction.atomic
def withdraw_registration(actor: Actor, *, registration_id: int, at: datetime, reason: str = "") -> DealRegistration:
    """Withdraw a registration; its deal earns by the terms of registered deals no more.

    Raises `DealRegistration.DoesNotExist` (also for another partner's) and `TransitionRefused`.
    """
    registration = deals.withdraw_registration(actor, registration_id=registration_id, at=at, reason=reason)
    if registration.opportunity_id is not None:
        with vendor_side():
            mark_invoices_of_deals(opportunity_ids=[registration.opportunity_id])
        decide_soon()
    return registration


def follow_clocks(actor: Actor, *, at: datetime) -> int:
    """Tell of the clocks that run out, and approve what nobody answered in time where the terms say so.

    Returns how many were told of or approved. Each is a transaction of its own, and done once.
    """
    told = deals.escalate_registrations(actor, at=at)
    return told + sum(_deem_approved(actor, key, at=at) for key in deals.left_unanswered(at=at))


@transaction.atomic
def _deem_approved(actor: Actor, registration_id: int, *, at: datetime) -> bool:
    registration = deals.deem_approved(actor, registration_id=registration_id, at=at)
    if registration is not None:
        record_evidence(actor, registration, at=at)
    return registration is not None


def follow_crm(actor: Actor, *, at: datetime) -> None:
    """After an import: find the accounts and opportunities of registrations, and end those whose deal was won or lost.

    A registered deal may earn by other terms: the invoices of what was linked are settled again. Each registration that
    the CRM tells of is a transaction of its own, so that nobody who decides or registers one waits in a circle; a kill
    between two loses nothing, since what is left is found again.
    """
    with transaction.atomic():
        for registration in deals.link_accounts(actor, at=at):
            if registration.state in deals.WAS_APPROVED:
                record_evidence(actor, registration, at=at)
    for registration_id, opportunity_id in deals.opportunities_found():
        _link(actor, registration_id, opportunity_id, at=at)
    deals.settle_closed_registrations(actor, at=at)
    _follow_moved(actor, at=at)


@transaction.atomic
def _link(actor: Actor, registration_id: int, opportunity_id: int, *, at: datetime) -> None:
    linked = deals.link_found_opportunity(actor, registration_id=registration_id, opportunity_id=opportunity_id, at=at)
    if linked is not None:
        mark_invoices_of_deals(opportunity_ids=[opportunity_id])


def _follow_moved(actor: Actor, *, at: datetime) -> None:
    """Record the evidence of registrations whose deal the CRM has moved to another account, as where two were merged.

    It counts for that deal only: the other account is no company that was registered.
    """
    became = DealRegistration.objects.filter(
        state__in=_BECAME, account__isnull=False, opportunity__account__isnull=False
    )
    for registration in became.exclude(opportunity__account=F("account")).select_related("opportunity").order_by("pk"):
        deal = registration.opportunity
        assert deal is not None  # noqa: S101 - as filtered
        if not Touch.objects.filter(source=SOURCE, external_id=moved_key(registration.reference, deal)).exists():
            record_evidence(actor, registration, at=at, moved=deal)


def moved_key(reference: str, deal: Opportunity) -> str:
    """Return what evidence is called that follows a deal to another account: it is told once an account."""
    return f"{reference}/{deal.account_id}"


def evidence_of(registration: DealRegistration) -> list[Touch]:
    """Return the touches that a registration was recorded as: its own, and those that follow its deal elsewhere."""
    own = Q(external_id=registration.reference) | Q(external_id__startswith=f"{registration.reference}/")
    return list(Touch.objects.filter(own, source=SOURCE, kind=TouchKind.REGISTRATION_APPROVED).order_by("pk"))


@transaction.atomic
def record_evidence(
    actor: Actor, registration: DealRegistration, *, at: datetime, moved: Opportunity | None = None
) -> None:
    """Record an approved registration as a touch of the day it was submitted, learned on the day it was approved.

    The day of the claim counts: our own delay in answering must not cost the partner the deal. `moved` is its deal
    where that is at another account by now, and the only one the touch counts for then.
    """
    account_id = moved.account_id if moved else registration.account_id
    if account_id is None or registration.decided_at is None:
        return
    zone = ZoneInfo(Workspace.objects.get(pk=registration.workspace_id).time_zone)
    touch = NewTouch(
        partner_id=registration.partner_id,
        account_id=account_id,
        opportunity_id=moved.pk if moved else None,
        kind=TouchKind.REGISTRATION_APPROVED,
        happened_on=day_of(registration.submitted_at, zone=zone),
        learned_on=day_of(registration.decided_at, zone=zone),
        source=SOURCE,
        external_id=moved_key(registration.reference, moved) if moved else registration.reference,
        proof=f"Registration {registration.reference}, entry {registration.receipt_hash} of the activity chain",
    )
    record_touch(actor, touch=touch, at=at)
    decide_soon()
