"""The leads of the demo, lived through with its partners alone: every state of both directions is there."""

from __future__ import annotations

from collections import Counter

from tallystick.attribution.models import Touch
from tallystick.deals.models import Lead, LeadOffer, LeadRanking
from tallystick.demo.chronicle import Chronicle
from tallystick.demo.leads import Leads
from tallystick.demo.world import build_world
from tallystick.platform.actors import SYSTEM
from tallystick.platform.tenancy import Scope

from .test_world import NOON


def test_leads_of_the_demo_have_every_state_and_wait_on_both_sides(vendor: Scope) -> None:
    world = build_world(now=NOON)
    chronicle = Chronicle(world, operator=SYSTEM)
    chronicle.employ()
    chronicle.live(Leads(world, chronicle=chronicle).moments())

    states = Counter(Lead.objects.values_list("direction", "state"))
    assert states == {
        ("to_vendor", "new"): 2,
        ("to_vendor", "accepted"): 3,
        ("to_vendor", "qualified"): 1,
        ("to_vendor", "declined"): 1,
        ("to_partner", "new"): 2,
        ("to_partner", "accepted"): 1,
        ("to_partner", "qualified"): 1,
        ("to_partner", "declined"): 1,
    }
    assert Counter(LeadOffer.objects.values_list("state", flat=True)) == {
        "open": 2,
        "accepted": 3,
        "declined": 1,
        "lapsed": 1,
    }
    assert LeadOffer.objects.filter(state="open", due_at__lte=NOON).count() == 0
    assert LeadRanking.objects.filter(chosen__isnull=False).count() == 7
    assert not Touch.objects.exists()
