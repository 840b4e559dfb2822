"""What is learned of a company by the ways in beside the signed-in form and the API: no more than by those."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import time_machine

from tallystick.deals.rules.disclosure import Disclosure
from tallystick.platform.models import Workspace

from .probing import COLLEAGUE, HELD, KNOWN, LATER, POSITIONS, RIVAL, Seen, build_world, company
from .probing_ways import Doors, open_doors, probe_form, probe_leads, probe_link, probe_outside

pytestmark = pytest.mark.django_db

Probe = Callable[[Doors], list[Seen]]
WORDS = "We know this company already"


@pytest.fixture(autouse=True)
def _at_one_moment() -> Iterator[None]:
    with time_machine.travel(LATER, tick=False):
        yield


@pytest.fixture
def doors(workspace: Workspace) -> Doors:
    return open_doors(build_world(workspace))


def answers_in(doors: Doors, disclosure: Disclosure, probe: Probe) -> dict[str, list[Seen]]:
    """Return what is answered under a policy, by position of the company; no answer names the rival."""
    answers = {}
    for position in POSITIONS:
        with company(doors.world, position, disclosure):
            answers[position] = probe(doors)
        assert RIVAL not in "".join(seen.body for seen in answers[position]), position
    return answers


def differing(answers: dict[str, list[Seen]]) -> dict[str, list[str]]:
    """Return by position the ways whose answer, or number of queries, is not that for a free company."""
    free = answers["free"]
    found = {
        position: [one.way for one, other in zip(free, seen, strict=True) if one != other]
        for position, seen in answers.items()
    }
    return {position: ways for position, ways in found.items() if ways}


def positions_with(answers: dict[str, list[Seen]], words: str) -> set[str]:
    return {position for position, seen in answers.items() if words in "".join(each.body for each in seen)}


@pytest.mark.parametrize("probe", [probe_form, probe_link, probe_outside, probe_leads])
def test_where_nothing_may_be_learned_no_way_tells_a_free_company_from_another(doors: Doors, probe: Probe) -> None:
    answers = answers_in(doors, Disclosure.NOTHING, probe)

    assert differing(answers) == {}
    assert positions_with(answers, COLLEAGUE) == set()
    assert {seen.status for seen in answers["free"]} <= {200, 201, 204, 302, 409, 422}


@pytest.mark.parametrize("disclosure", list(Disclosure))
def test_who_is_not_known_here_learns_nothing_whatever_partners_may_learn(doors: Doors, disclosure: Disclosure) -> None:
    answers = answers_in(doors, disclosure, probe_outside)

    assert differing(answers) == {}
    assert positions_with(answers, COLLEAGUE) == set()


def test_who_introduces_a_company_learns_that_it_is_known_where_a_claim_would(doors: Doors) -> None:
    answers = answers_in(doors, Disclosure.KNOWN, probe_leads)

    assert positions_with(answers, WORDS) == KNOWN | HELD
    assert positions_with(answers, COLLEAGUE) == set()
    told = [seen for seen in answers["a customer"] if WORDS in seen.body]
    assert [seen.way for seen in told] == ["lead, introducing", "lead, the same again", "API, introducing"]
    for position in KNOWN | HELD:
        assert [seen for seen in answers[position] if WORDS in seen.body] == told, position
    for position in ("in the CRM, nothing to weigh", "let go by a rival"):
        assert answers[position] == answers["free"], position


def test_whom_to_talk_to_is_told_of_a_lead_only_where_the_policy_says_so(doors: Doors) -> None:
    answers = answers_in(doors, Disclosure.CONTACT, probe_leads)

    assert positions_with(answers, f"{WORDS}: talk to") == KNOWN | HELD
    assert "talk to Tom Albright. We tell you" in "".join(seen.body for seen in answers["with an open deal of our own"])
    assert positions_with(answers, COLLEAGUE) <= KNOWN | HELD


def test_a_second_claim_of_one_s_own_is_answered_as_where_the_first_one_holds_the_company(doors: Doors) -> None:
    told = {}
    for position in ("free", "held by a rival, in review"):
        with company(doors.world, position, Disclosure.NOTHING):
            told[position] = probe_form(doors)[-2].body
            assert "You already hold an open registration of the company." in told[position]
    assert told["free"] == told["held by a rival, in review"]
