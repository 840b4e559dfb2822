"""Accepting, declining and lapsing at the same moment: the database lets exactly one of them happen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from tallystick.deals.models import Lead, LeadOffer
from tallystick.deals.services.leads import (
    AlreadyIntroduced,
    OfferGone,
    accept_offer,
    decline_offer,
    lapse_offers,
    offer_lead,
    publish_lead_policy,
)
from tallystick.platform.activity import verify_chain
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import scope
from tests.factories.leads import ACTOR, MONDAY, TUESDAY, active_partner, asked, introduce, lead_of_ours

THREADS = 12


def at_once(workspace_id: int, work: Sequence[Callable[[], object]], *, partner_id: int | None = None) -> list[str]:
    """Do everything from threads and connections of their own at the same moment; say how each ended."""
    start = Barrier(len(work))

    def one(each: Callable[[], object]) -> str:
        try:
            connection.ensure_connection()
            start.wait(timeout=30)
            with scope(workspace_id=workspace_id, partner_id=partner_id):
                each()
        except (OfferGone, AlreadyIntroduced) as refusal:
            return type(refusal).__name__
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(max_workers=len(work)) as threads:
        return list(threads.map(one, work))


@pytest.mark.django_db(transaction=True)
def test_of_many_that_accept_and_decline_one_offer_exactly_one_is_heard(workspace: Workspace) -> None:
    with scope(workspace_id=workspace.pk):
        partner = active_partner("Fjord")
        lead = lead_of_ours()
        offer = offer_lead(ACTOR, lead_id=lead.pk, at=MONDAY)
    assert offer is not None

    def accept() -> object:
        return accept_offer(ACTOR, offer_id=offer.pk, at=MONDAY)

    def decline() -> object:
        return decline_offer(ACTOR, offer_id=offer.pk, reason="No.", at=MONDAY)

    ends = at_once(workspace.pk, [accept, decline] * (THREADS // 2), partner_id=partner.pk)

    assert Counter(ends) == {"done": 1, "OfferGone": THREADS - 1}
    with scope(workspace_id=workspace.pk):
        lead.refresh_from_db()
        state = LeadOffer.objects.get().state
        assert (state, lead.state) in {("accepted", "accepted"), ("declined", "new")}
        assert verify_chain().holds


@pytest.mark.django_db(transaction=True)
def test_a_late_answer_and_many_workers_leave_one_next_partner(workspace: Workspace) -> None:
    with scope(workspace_id=workspace.pk):
        active_partner("Fjord", country="DE")
        active_partner("Nova")
        active_partner("Orion")
        lead = lead_of_ours()
        offer = offer_lead(ACTOR, lead_id=lead.pk, at=MONDAY)
    assert offer is not None

    def late() -> object:
        return accept_offer(ACTOR, offer_id=offer.pk, at=TUESDAY)

    def lapse() -> object:
        return lapse_offers(ACTOR, at=TUESDAY)

    ends = at_once(workspace.pk, [late, *[lapse] * (THREADS - 1)])

    assert Counter(ends) == {"OfferGone": 1, "done": THREADS - 1}
    with scope(workspace_id=workspace.pk):
        assert asked(lead) == [("Fjord", "lapsed"), ("Nova", "open")]
        assert verify_chain().holds


@pytest.mark.django_db(transaction=True)
def test_leads_that_are_passed_on_at_once_never_fill_a_partner_beyond_its_limit(workspace: Workspace) -> None:
    with scope(workspace_id=workspace.pk):
        publish_lead_policy(ACTOR, document={"most_open": {"": 2}}, at=MONDAY)
        active_partner("Fjord")
        leads = [lead_of_ours(company=f"Company {n}", website=f"company{n}.example") for n in range(THREADS)]

    at_once(
        workspace.pk,
        [lambda lead=lead: offer_lead(ACTOR, lead_id=lead.pk, at=MONDAY) for lead in leads],  # type: ignore[misc]
    )

    with scope(workspace_id=workspace.pk):
        assert LeadOffer.objects.filter(state="open").count() == 2
        assert Lead.objects.filter(returned_at=MONDAY).count() == THREADS - 2


@pytest.mark.django_db(transaction=True)
def test_of_many_introductions_of_one_company_by_one_partner_one_is_taken(workspace: Workspace) -> None:
    with scope(workspace_id=workspace.pk):
        partner = active_partner("Fjord")

    ends = at_once(workspace.pk, [lambda: introduce(partner)] * THREADS, partner_id=partner.pk)

    assert Counter(ends) == {"done": 1, "AlreadyIntroduced": THREADS - 1}
    with scope(workspace_id=workspace.pk):
        assert Lead.objects.count() == 1
