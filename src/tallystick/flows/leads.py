"""What follows when an introduced lead is accepted or becomes a deal: it is evidence of who brought the company.

A lead of ours that a partner accepted is none: we brought that company.
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F

from tallystick.attribution.models import Touch
from tallystick.attribution.rules.facts import TouchKind
from tallystick.attribution.services import NewTouch, record_touch
from tallystick.crm.models import Opportunity
from tallystick.deals.models import Lead, LeadDirection, LeadState
from tallystick.deals.services import leads
from tallystick.flows.jobs import decide_soon
from tallystick.flows.registrations import moved_key
from tallystick.kernel.periods import day_of
from tallystick.platform.actors import Actor
from tallystick.platform.models import Workspace

SOURCE = "tallystick"
"""The system a touch comes from when it comes from a lead here; its id there is the reference."""


@transaction.atomic
def accept_lead(actor: Actor, *, lead_id: int, at: datetime) -> Lead:
    """Accept an introduced lead and record it as evidence, where the CRM knows the account already.

    Raises `Lead.DoesNotExist` and `LeadMoveRefused`.
    """
    lead = leads.accept_lead(actor, lead_id=lead_id, at=at)
    _record_evidence(actor, lead, at=at)
    return lead


@transaction.atomic
def convert_lead(actor: Actor, *, lead_id: int, opportunity_id: int, at: datetime) -> Lead:
    """Tie a lead to the opportunity it became, and record its evidence where the account was not known before.

    Raises what `deals.services.leads.convert_lead` raises.
    """
    lead = leads.convert_lead(actor, lead_id=lead_id, opportunity_id=opportunity_id, at=at)
    _record_evidence(actor, lead, at=at)
    return lead


def follow_leads(actor: Actor, *, at: datetime) -> None:
    """After an import: find the accounts of leads, and the opportunities that accepted ones became."""
    with transaction.atomic():
        for lead in leads.link_lead_accounts(actor, at=at):
            if lead.state != LeadState.NEW:
                _record_evidence(actor, lead, at=at)
    leads.convert_found_leads(actor, at=at)
    _follow_moved(actor, at=at)


def _follow_moved(actor: Actor, *, at: datetime) -> None:
    """Record the evidence of leads whose deal the CRM has moved to another account; see `flows.registrations`."""
    became = Lead.objects.filter(
        direction=LeadDirection.TO_VENDOR,
        state=LeadState.CONVERTED,
        account__isnull=False,
        opportunity__account__isnull=False,
    )
    for lead in became.exclude(opportunity__account=F("account")).select_related("opportunity").order_by("pk"):
        deal = lead.opportunity
        assert deal is not None  # noqa: S101 - as filtered
        if not Touch.objects.filter(source=SOURCE, external_id=moved_key(lead.reference, deal)).exists():
            _record_evidence(actor, lead, at=at, moved=deal)


@transaction.atomic
def _record_evidence(actor: Actor, lead: Lead, *, at: datetime, moved: Opportunity | None = None) -> None:
    """Record an accepted lead as a touch of the day it was introduced, learned on the day it was accepted.

    The day of the introduction counts: our own delay in answering must not cost the partner the deal. `moved` is its
    deal where that is at another account by now, and the only one the touch counts for then.
    """
    account_id = moved.account_id if moved else lead.account_id
    if lead.direction != LeadDirection.TO_VENDOR or account_id is None or lead.answered_at is None:
        return
    assert lead.partner_id is not None  # noqa: S101 - a constraint: an introduced lead has its partner
    zone = ZoneInfo(Workspace.objects.get(pk=lead.workspace_id).time_zone)
    touch = NewTouch(
        partner_id=lead.partner_id,
        account_id=account_id,
        opportunity_id=moved.pk if moved else None,
        kind=TouchKind.LEAD_ACCEPTED,
        happened_on=day_of(lead.introduced_at, zone=zone),
        learned_on=day_of(lead.answered_at, zone=zone),
        source=SOURCE,
        external_id=moved_key(lead.reference, moved) if moved else lead.reference,
        proof=f"Lead {lead.reference}, entry {lead.receipt_hash} of the activity chain",
    )
    record_touch(actor, touch=touch, at=at)
    decide_soon()
