"""When a partner is added, deals whose CRM record names it already are decided again."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from tallystick.attribution.services import mark_named
from tallystick.flows.jobs import decide_soon
from tallystick.partners.models import Lifecycle, Partner, PartnerType, Tier
from tallystick.partners.services import create_partner
from tallystick.platform.actors import Actor


@transaction.atomic
def add_partner(
    actor: Actor,
    *,
    name: str,
    type: PartnerType,
    tier: Tier | None = None,
    region: str = "",
    country: str = "",
    domain: str = "",
    on: date,
    at: datetime,
) -> Partner:
    """Add a partner that is active from the business date `on`; see `partners.services.create_partner`."""
    partner = create_partner(
        actor,
        name=name,
        type=type,
        lifecycle=Lifecycle.ACTIVE,
        tier=tier,
        region=region,
        country=country,
        domain=domain,
        on=on,
        at=at,
    )
    if mark_named(name):
        decide_soon()
    return partner
