"""Leads for tests: introduced by a partner, or ours and to be passed on."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from typing import Any

from tallystick.deals.models import Lead, LeadOffer
from tallystick.deals.services.leads import (
    LEAD_ENTROPY,
    Introduction,
    NewLead,
    accept_offer,
    create_lead,
    introduce_lead,
    offer_lead_to,
)
from tallystick.partners.models import Lifecycle, Partner
from tallystick.platform.actors import Actor, ActorKind
from tests.factories import make_row

ACTOR = Actor(kind=ActorKind.SYSTEM, label="Anna Berg")
MONDAY = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
TUESDAY = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)
_numbers = itertools.count(1)


def entropy() -> bytes:
    """Return bytes of its own for each lead."""
    return next(_numbers).to_bytes(4) * (LEAD_ENTROPY // 4)


def introduce(partner: Partner, *, at: datetime = MONDAY, form_key: str = "", **told: Any) -> Introduction:
    """Introduce Cellvia, or what is told, in whatever scope there is."""
    lead = NewLead(**{"company": "Cellvia", "website": "cellvia.example", "need": "A LIMS", **told})
    key = form_key or f"form-{next(_numbers)}"
    return introduce_lead(ACTOR, partner_id=partner.pk, lead=lead, form_key=key, entropy=entropy(), at=at)


def lead_of_ours(*, at: datetime = MONDAY, **told: Any) -> Lead:
    """Return a lead that is to be passed to a partner."""
    lead = NewLead(
        **{"company": "Brightwell", "website": "brightwell.example", "country": "DE", "contact_name": "Jo Kim", **told}
    )
    return create_lead(ACTOR, lead=lead, form_key=f"ours-{next(_numbers)}", entropy=entropy(), at=at)


def active_partner(name: str, **given: Any) -> Partner:
    """Return an active reseller."""
    return make_row(Partner, **{"name": name, "type": "reseller", "lifecycle": Lifecycle.ACTIVE, **given})


def asked(lead: Lead) -> list[tuple[str, str]]:
    """Return who was asked about a lead, in order, and how each offer stands."""
    rows = LeadOffer.objects.filter(lead=lead).order_by("pk")
    return [(name, state) for name, state in rows.values_list("partner__name", "state")]


def leads_of_each_kind(partner: Partner, *, at: datetime) -> dict[str, Lead]:
    """Return leads by what they are: one introduced by the partner, one offered to it, one of ours it accepted."""
    introduced = introduce(partner, company="Fernhill", website="fernhill.example", at=at).lead
    offered = lead_of_ours(company="Brightwell", website="brightwell.example", need="A LIMS", at=at)
    accepted = lead_of_ours(company="Lakeside", website="lakeside.example", contact_email="jo@lakeside.example", at=at)
    unasked = lead_of_ours(company="Moorgate", website="moorgate.example", at=at)
    offer_lead_to(ACTOR, lead_id=offered.pk, partner_id=partner.pk, reason="They know the buyer.", at=at)
    offer = offer_lead_to(ACTOR, lead_id=accepted.pk, partner_id=partner.pk, reason="They know the buyer.", at=at)
    accept_offer(ACTOR, offer_id=offer.pk, at=at)
    return {"introduced": introduced, "offered": offered, "accepted": accepted, "unasked": unasked}
