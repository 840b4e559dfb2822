"""A registration and its opportunity: protected while that is open, then won or lost with it, in any order of facts."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import permutations

import pytest

from tallystick.crm.models import Account, Opportunity
from tallystick.deals.invariants import live_registrations_hold_their_protection, one_active_protection
from tallystick.deals.models import DealRegistration, Protection
from tallystick.deals.rules.answer import AnswerKind
from tallystick.deals.services import (
    approve_registration,
    expire_protections,
    link_opportunity,
    settle_closed_registrations,
    withdraw_registration,
)
from tallystick.partners.models import Partner
from tallystick.platform.models import ActivityEntry
from tallystick.platform.tenancy import Scope
from tests.factories import make_row

from .claims import ACTOR, AT, submit


@pytest.fixture
def corvid(vendor: Scope) -> Partner:
    return make_row(Partner, name="Corvid")


@pytest.fixture
def opportunity(vendor: Scope) -> Opportunity:
    account = make_row(Account, name="Cellvia", domain="cellvia.com", normalised_name="cellvia")
    return make_row(Opportunity, account=account, status="open", opened_on=date(2026, 11, 25))


def held() -> list[tuple[str, date | None]]:
    live = Protection.objects.filter(released_at__isnull=True).order_by("pk")
    return list(live.values_list("account_key", "protected_until"))


def converted(partner: Partner, opportunity: Opportunity) -> DealRegistration:
    claim = submit(partner.pk).registration
    approve_registration(ACTOR, registration_id=claim.pk, at=AT)
    return link_opportunity(ACTOR, registration_id=claim.pk, opportunity_id=opportunity.pk, at=AT)


def say(opportunity: Opportunity, status: str, *, days: int = 1) -> None:
    Opportunity.objects.filter(pk=opportunity.pk).update(status=status)
    settle_closed_registrations(ACTOR, at=AT + timedelta(days=days))


def test_a_converted_registration_stays_protected_while_its_opportunity_is_open(
    corvid: Partner, opportunity: Opportunity
) -> None:
    claim = converted(corvid, opportunity)
    assert (claim.state, held()) == ("converted", [("domain:cellvia.com", None)])

    assert expire_protections(ACTOR, at=AT + timedelta(days=400)) == []
    rival = make_row(Partner, name="Kite")
    assert submit(rival.pk, days=400).answer.kind is AnswerKind.DECLINED
    say(opportunity, "won", days=401)
    assert held() == []
    assert list(ActivityEntry.objects.order_by("position").values_list("verb", flat=True)) == [
        "deal_registered",
        "registration_approved",
        "registration_linked",
        "registration_converted",
        "deal_registered",
        "registration_won",
    ]


def test_a_registration_linked_before_it_is_approved_is_converted_by_the_approval(
    corvid: Partner, opportunity: Opportunity
) -> None:
    claim = submit(corvid.pk).registration
    link_opportunity(ACTOR, registration_id=claim.pk, opportunity_id=opportunity.pk, at=AT)
    assert DealRegistration.objects.get().state == "submitted"
    approve_registration(ACTOR, registration_id=claim.pk, at=AT)
    assert (DealRegistration.objects.get().state, held()) == ("converted", [("domain:cellvia.com", None)])


def test_a_crm_that_tells_late_finds_the_account_protected_again(corvid: Partner, opportunity: Opportunity) -> None:
    claim = submit(corvid.pk).registration
    approve_registration(ACTOR, registration_id=claim.pk, at=AT)
    expire_protections(ACTOR, at=AT + timedelta(days=91))
    assert (DealRegistration.objects.get().state, held()) == ("expired", [])
    link_opportunity(ACTOR, registration_id=claim.pk, opportunity_id=opportunity.pk, at=AT + timedelta(days=92))
    assert (DealRegistration.objects.get().state, held()) == ("converted", [("domain:cellvia.com", None)])


def test_what_another_claim_holds_by_now_is_not_taken_from_it(corvid: Partner, opportunity: Opportunity) -> None:
    claim = submit(corvid.pk).registration
    approve_registration(ACTOR, registration_id=claim.pk, at=AT)
    rival = make_row(Partner, name="Kite")
    second = submit(rival.pk, days=91).registration
    link_opportunity(ACTOR, registration_id=claim.pk, opportunity_id=opportunity.pk, at=AT + timedelta(days=92))
    claim.refresh_from_db()
    assert (claim.state, claim.opportunity_id) == ("expired", opportunity.pk)
    assert Protection.objects.get(released_at__isnull=True).registration_id == second.pk

    withdraw_registration(ACTOR, registration_id=second.pk, at=AT + timedelta(days=93))
    settle_closed_registrations(ACTOR, at=AT + timedelta(days=94))
    claim.refresh_from_db()
    assert claim.state == "converted"


@pytest.mark.parametrize("told", list(permutations(["won", "lost", "open"])))
def test_the_registration_is_what_the_crm_said_last(
    corvid: Partner, opportunity: Opportunity, told: tuple[str, ...]
) -> None:
    claim = converted(corvid, opportunity)
    for day, status in enumerate(told, start=1):
        say(opportunity, status, days=day)
    claim.refresh_from_db()
    assert claim.state == {"won": "won", "lost": "lost", "open": "converted"}[told[-1]]
    assert len(held()) == (told[-1] == "open")
    assert [*one_active_protection(), *live_registrations_hold_their_protection()] == []


def test_a_deal_that_is_open_again_is_not_protected_against_who_registered_it_meanwhile(
    corvid: Partner, opportunity: Opportunity
) -> None:
    claim = converted(corvid, opportunity)
    say(opportunity, "lost")
    rival = make_row(Partner, name="Kite")
    second = submit(rival.pk, days=2).registration
    say(opportunity, "open", days=3)
    claim.refresh_from_db()
    assert claim.state == "expired"
    assert Protection.objects.get(released_at__isnull=True).registration_id == second.pk
