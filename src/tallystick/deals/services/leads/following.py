"""What happens to leads as the CRM goes on: their accounts are found, and the opportunities they became."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from tallystick.crm.models import Opportunity
from tallystick.deals.models import Lead, LeadState
from tallystick.deals.rules.linking import OpenedDeal, opportunity_of
from tallystick.deals.services.leads.answering import convert_lead
from tallystick.deals.services.leads.policies import current_lead_policy
from tallystick.deals.services.matching import find_matchable, match_account
from tallystick.kernel.periods import day_of
from tallystick.platform.activity import record_activity
from tallystick.platform.actors import Actor
from tallystick.platform.database.bulk import any_of
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import current_workspace_id

LIVE = (LeadState.ACCEPTED, LeadState.QUALIFIED)


@transaction.atomic
def link_lead_accounts(actor: Actor, *, at: datetime) -> list[Lead]:
    """Find the accounts of leads that had none when they came, and return those that now have one."""
    homeless = Lead.objects.filter(account__isnull=True, state__in=[LeadState.NEW, *LIVE])
    matchable = find_matchable(homeless.order_by().values_list("pk", "account_key", "company"))
    linked = []
    for lead in homeless.filter(pk__in=any_of(matchable)).order_by("pk").select_for_update():
        match = match_account(account_key=lead.account_key, company=lead.company, country=lead.country)
        if match is not None:
            lead.account = match.account
            lead.save(update_fields=["account"])
            linked.append(lead)
    if linked:
        record_activity(
            actor,
            verb="leads_linked",
            subject_kind="lead",
            subject_id=None,
            summary=f"{len(linked)} leads found their account",
            data={"references": [lead.reference for lead in linked]},
            at=at,
        )
    return linked


def convert_found_leads(actor: Actor, *, at: datetime) -> list[Lead]:
    """Tie accepted and qualified leads to the opportunities they became, first introduced first.

    An opportunity that a lead or a registration has already is left to it. Each lead is a transaction of its own: see
    `deals/services/following.py`. Returns the leads that were converted.
    """
    zone = ZoneInfo(Workspace.objects.get(pk=current_workspace_id()).time_zone)
    follow = timedelta(days=current_lead_policy().policy.follow_days)
    waiting = list(Lead.objects.filter(state__in=LIVE, account__isnull=False).order_by("introduced_at", "pk"))
    free = _free_deals({lead.account_id or 0 for lead in waiting})
    converted = []
    for lead in waiting:
        deals = free.get(lead.account_id or 0, {})
        introduced_on = day_of(lead.introduced_at, zone=zone)
        found = opportunity_of(submitted_on=introduced_on, protected_until=introduced_on + follow, deals=deals.values())
        if found is not None:
            del deals[found]
            converted.append(_convert_found(actor, lead_id=lead.pk, opportunity_id=found, at=at))
    return [lead for lead in converted if lead is not None]


@transaction.atomic
def _convert_found(actor: Actor, *, lead_id: int, opportunity_id: int, at: datetime) -> Lead | None:
    lead = Lead.objects.select_for_update().get(pk=lead_id)
    opportunity = Opportunity.objects.select_for_update().get(pk=opportunity_id)
    taken = opportunity.leads.exists() or opportunity.registrations.exists()
    if lead.state not in LIVE or taken or lead.account_id != opportunity.account_id:
        return None
    return convert_lead(actor, lead_id=lead_id, opportunity_id=opportunity_id, at=at)


def _free_deals(account_ids: Iterable[int]) -> dict[int, dict[int, OpenedDeal]]:
    """Return the opportunities of the accounts that no lead and no registration has, by account and id."""
    found: dict[int, dict[int, OpenedDeal]] = defaultdict(dict)
    rows = Opportunity.objects.filter(
        account_id__in=account_ids, opened_on__isnull=False, registrations__isnull=True, leads__isnull=True
    )
    for account_id, opportunity_id, opened_on in rows.order_by("pk").values_list("account_id", "pk", "opened_on"):
        if account_id and opened_on is not None:
            found[account_id][opportunity_id] = OpenedDeal(opportunity_id, opened_on)
    return found
