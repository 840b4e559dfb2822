"""What happens to registrations as time and the CRM go on: linked, won or lost, expired.

Whoever writes into the activity chain holds it until the end of the transaction. So no transaction here waits for a
registration or a company once it has written: each registration is a transaction of its own, or all are locked first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import transaction

from tallystick.crm.models import Opportunity, OpportunityStatus
from tallystick.deals.models import DealRegistration, Protection, RegistrationState
from tallystick.deals.rules.linking import OpenedDeal, opportunity_of
from tallystick.deals.services.converting import convert, hold_again
from tallystick.deals.services.matching import find_matchable, match_account
from tallystick.deals.services.protections import release_expired
from tallystick.deals.services.recording import record_expired
from tallystick.kernel.periods import day_of
from tallystick.platform.activity import record_activity
from tallystick.platform.actors import Actor
from tallystick.platform.database.bulk import any_of
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import current_workspace_id

WAS_APPROVED = (RegistrationState.APPROVED, RegistrationState.CONVERTED, RegistrationState.EXPIRED)
"""States of a registration whose claim was found good; what the CRM tells after its protection ended counts too."""

CONVERTIBLE = (RegistrationState.APPROVED, RegistrationState.EXPIRED)


class AnotherAccount(ValueError):
    """The opportunity belongs to another account than the registration."""


@transaction.atomic
def link_opportunity(actor: Actor, *, registration_id: int, opportunity_id: int, at: datetime) -> DealRegistration:
    """Tie a registration to the CRM opportunity it became; one that was approved is converted. Raises `AnotherAccount`.

    An opportunity that is closed already ends the registration with the next look at closed ones.
    """
    registration = DealRegistration.objects.select_for_update().get(pk=registration_id)
    opportunity = Opportunity.objects.get(pk=opportunity_id)
    if registration.account_id is not None and opportunity.account_id != registration.account_id:
        raise AnotherAccount(f"{opportunity.name} belongs to another account than {registration.reference}.")
    registration.opportunity = opportunity
    registration.account_id = opportunity.account_id
    registration.save(update_fields=["opportunity", "account"])
    was_ended = registration.state == RegistrationState.EXPIRED and opportunity.status != OpportunityStatus.OPEN
    converts = registration.state in CONVERTIBLE and not was_ended and hold_again(registration, at=at)
    record_activity(
        actor,
        verb="registration_linked",
        subject_kind="deal_registration",
        subject_id=registration.pk,
        summary=f"{registration.reference} {registration.company} became the opportunity {opportunity.name}",
        data={"opportunity": opportunity.pk},
        at=at,
    )
    if converts:
        convert(actor, registration, at=at)
    return registration


def opportunities_found() -> list[tuple[int, int]]:
    """Return approved registrations, ended ones too, with the opportunities they became, first registered first.

    An opportunity belongs to one registration at most. A registration whose opportunity is not in the CRM yet waits.
    """
    zone = ZoneInfo(Workspace.objects.get(pk=current_workspace_id()).time_zone)
    waiting = list(
        DealRegistration.objects.filter(
            state__in=WAS_APPROVED, opportunity__isnull=True, account__isnull=False
        ).order_by("submitted_at", "pk")
    )
    free = _free_deals({registration.account_id or 0 for registration in waiting})
    pairs = []
    for registration in waiting:
        deals = free.get(registration.account_id or 0, {})
        found = opportunity_of(
            submitted_on=day_of(registration.submitted_at, zone=zone),
            protected_until=registration.protected_until or date.max,
            deals=deals.values(),
        )
        if found is not None:
            del deals[found]
            pairs.append((registration.pk, found))
    return pairs


@transaction.atomic
def link_found_opportunity(
    actor: Actor, *, registration_id: int, opportunity_id: int, at: datetime
) -> DealRegistration | None:
    """Tie a registration to the opportunity that was found for it; None where either has another by now."""
    registration = DealRegistration.objects.select_for_update().get(pk=registration_id)
    opportunity = Opportunity.objects.select_for_update().get(pk=opportunity_id)
    is_waiting = registration.state in WAS_APPROVED and registration.opportunity_id is None
    moved = registration.account_id != opportunity.account_id
    if not is_waiting or moved or DealRegistration.objects.filter(opportunity=opportunity).exists():
        return None
    return link_opportunity(actor, registration_id=registration_id, opportunity_id=opportunity_id, at=at)


def _free_deals(account_ids: Iterable[int]) -> dict[int, dict[int, OpenedDeal]]:
    """Return the opportunities of the accounts that no registration has, by account and id."""
    found: dict[int, dict[int, OpenedDeal]] = defaultdict(dict)
    rows = Opportunity.objects.filter(account_id__in=account_ids, opened_on__isnull=False, registrations__isnull=True)
    for account_id, opportunity_id, opened_on in rows.order_by("pk").values_list("account_id", "pk", "opened_on"):
        if account_id and opened_on is not None:
            found[account_id][opportunity_id] = OpenedDeal(opportunity_id, opened_on)
    return found


@transaction.atomic
def link_accounts(actor: Actor, *, at: datetime) -> list[DealRegistration]:
    """Find the accounts of registrations that had none when they were made, and return those that now have one.

    Only those are locked that the CRM may know by now; whoever decides another one does not wait.
    """
    homeless = DealRegistration.objects.filter(
        account__isnull=True, state__in=[RegistrationState.SUBMITTED, *WAS_APPROVED]
    )
    matchable = find_matchable(homeless.order_by().values_list("pk", "account_key", "company"))
    linked = []
    for registration in homeless.filter(pk__in=any_of(matchable)).order_by("pk").select_for_update():
        match = match_account(
            account_key=registration.account_key, company=registration.company, country=registration.country
        )
        if match is not None:
            registration.account = match.account
            registration.save(update_fields=["account"])
            linked.append(registration)
    if linked:
        record_activity(
            actor,
            verb="registrations_linked",
            subject_kind="deal_registration",
            subject_id=None,
            summary=f"{len(linked)} registrations found their account",
            data={"references": [registration.reference for registration in linked]},
            at=at,
        )
    return linked


@transaction.atomic
def expire_protections(actor: Actor, *, at: datetime) -> list[int]:
    """End every approved registration whose last protected day is past. Returns the registrations."""
    workspace = Workspace.objects.get(pk=current_workspace_id())
    today = day_of(at, zone=ZoneInfo(workspace.time_zone))
    ended = release_expired(Protection.objects.all(), today=today, at=at)
    if ended:
        record_expired(actor, ended, at=at)
    return ended
