"""When a plan is published or a partner changes tier, the invoices it pays for are settled again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from tallystick.commissions.models import CommissionLine
from tallystick.commissions.services import invoices_of_track, mark_invoices_of_partner, mark_invoices_of_track
from tallystick.flows.jobs import decide_soon
from tallystick.partners import services as partners
from tallystick.partners.models import Partner, Tier
from tallystick.platform.actors import Actor
from tallystick.programmes import services as programmes
from tallystick.programmes.models import PlanVersion


@dataclass(frozen=True, slots=True)
class PlanEffects:
    """What publishing a plan touches: partners of its type, invoices settled again, and lines booked on them."""

    partners: int
    invoices: int
    lines: int


def plan_effects(version: PlanVersion) -> PlanEffects:
    """Return what publishing a draft would touch, in the workspace in scope."""
    invoices = invoices_of_track(partner_type=version.track.partner_type, issued_from=version.valid_from)
    found = invoices.order_by().values("pk")
    return PlanEffects(
        partners=Partner.objects.filter(type=version.track.partner_type).count(),
        invoices=found.distinct().count(),
        lines=CommissionLine.objects.filter(invoice_id__in=found, partner__type=version.track.partner_type).count(),
    )


@transaction.atomic
def publish_plan(actor: Actor, *, version_id: int, at: datetime, reason: str = "") -> PlanVersion:
    """Publish a plan draft and have the invoices of its days settled by it; raises as the service does."""
    version = programmes.publish_plan(actor, version_id=version_id, at=at, reason=reason)
    mark_invoices_of_track(partner_type=version.track.partner_type, issued_from=version.valid_from)
    decide_soon()
    return version


@transaction.atomic
def change_tier(actor: Actor, *, partner_id: int, tier: Tier, valid_from: date, today: date, at: datetime) -> Partner:
    """Give a partner a tier from a day on and have its invoices from that day settled again."""
    partner = partners.change_tier(actor, partner_id=partner_id, tier=tier, valid_from=valid_from, today=today, at=at)
    mark_invoices_of_partner(partner_id=partner_id, issued_from=valid_from)
    decide_soon()
    return partner
