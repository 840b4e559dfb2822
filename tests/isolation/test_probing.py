"""What a partner learns about companies that are not its own, and about its rivals, by asking in every way there is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine
from django.core.cache import cache
from django.urls import reverse

from tallystick.deals.models import DealRegistration, Protection
from tallystick.deals.rules.disclosure import Disclosure
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import scope

from .probing import COLLEAGUE, FORM, HELD, KNOWN, LATER, POSITIONS, RIVAL, Seen, World, build_world, company, probe

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _at_one_moment() -> Iterator[None]:
    with time_machine.travel(LATER, tick=False):
        yield


@pytest.fixture
def world(workspace: Workspace) -> World:
    return build_world(workspace)


def answers_in(world: World, disclosure: Disclosure) -> dict[str, list[Seen]]:
    """Return what a partner is answered under a policy, by position of the company; no answer names the rival."""
    answers = {}
    for position in POSITIONS:
        with company(world, position, disclosure):
            answers[position] = probe(world)
        assert RIVAL not in text_of(answers[position]), position
    return answers


def text_of(answers: list[Seen]) -> str:
    return "".join(seen.body for seen in answers)


def differences(one: list[Seen], other: list[Seen]) -> list[str]:
    return [first.way for first, second in zip(one, other, strict=True) if first != second]


def test_where_nothing_may_be_learned_every_company_gets_the_bytes_of_a_free_one(world: World) -> None:
    answers = answers_in(world, Disclosure.NOTHING)

    assert {position: differences(answers["free"], seen) for position, seen in answers.items()} == {
        position: [] for position in POSITIONS
    }
    assert [seen.status for seen in answers["free"]] == [
        200,
        200,
        200,
        200,
        201,
        200,
        302,
        200,
        200,
        200,
        200,
        200,
        200,
    ]
    assert COLLEAGUE not in text_of(answers["a customer"])


def test_that_a_company_is_known_or_claimed_is_all_that_is_learned_where_that_may_be_learned(world: World) -> None:
    answers = answers_in(world, Disclosure.KNOWN)

    assert "API, checking" in differences(answers["free"], answers["a customer"])
    for position in KNOWN:
        # A claim by name alone meets what is known under a domain only through the CRM.
        assert set(differences(answers["a customer"], answers[position])) <= {"API, checking by name"}, position
    for position in ("in the CRM, nothing to weigh", "let go by a rival"):
        assert differences(answers["free"], answers[position]) == [], position
    assert differences(answers["held by a rival, in review"], answers["held by a rival, approved"]) == []
    for position in HELD:
        assert '"would_be": "declined"' in text_of(answers[position])
    for position in POSITIONS:
        assert COLLEAGUE not in text_of(answers[position]), position


def test_whom_to_talk_to_is_told_where_the_policy_says_so_and_of_a_known_company_alone(world: World) -> None:
    answers = answers_in(world, Disclosure.CONTACT)

    open_deal, lead = answers["with an open deal of our own"][0].body, answers["a lead of a rival"][0].body
    assert "We know the company already: talk to Tom Albright." in open_deal
    assert "We know the company already: talk to Mia Manager." in lead
    for position in set(POSITIONS) - KNOWN:
        assert COLLEAGUE not in text_of(answers[position]), position


def test_a_claim_that_came_second_waits_without_holding_anything_until_a_person_answers(world: World) -> None:
    with company(world, "held by a rival, in review", Disclosure.NOTHING):
        world.browser.post(reverse("portal:register"), FORM)
        with scope(workspace_id=world.workspace.pk):
            made = DealRegistration.objects.get(partner=world.prober)
            assert (made.state, made.decision_rule, made.undisclosed_rule) == ("submitted", "", "first_to_register")
            holders = Protection.objects.filter(released_at__isnull=True).values_list("partner_id", flat=True)
            assert list(holders) == [world.rival.pk]


def test_who_looks_up_many_companies_is_told_to_wait_and_others_of_the_partner_are_not(world: World) -> None:
    cache.clear()
    address = reverse("portal:check")
    answers = [world.browser.post(address, {**FORM, "website": f"c{number}.example"}) for number in range(121)]

    assert {answer.status_code for answer in answers[:120]} == {200}
    assert answers[120].status_code == 429
    assert "Too many look-ups. You can register all the same" in answers[120].content.decode()
    assert int(answers[120]["Retry-After"]) in range(1, 62)
    other = {"company": "Orchid", "value": {"minor": 1, "currency": "EUR"}}
    assert world.program.post("/own/registrations/check", other).status_code == 200
