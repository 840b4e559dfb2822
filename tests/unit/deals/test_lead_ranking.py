"""Which partner a lead fits best, worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from tallystick.deals.rules.lead_policy import DEFAULT_LEAD_POLICY, Criterion
from tallystick.deals.rules.lead_ranking import (
    Candidate,
    LeadNeeds,
    Outcome,
    Ranked,
    best_of,
    rank_partners,
)

NEEDS = LeadNeeds(country="DE", partner_type="system_integrator", certificate="LIMS")
FJORD = Candidate(
    partner_id=7,
    name="Fjord Systems",
    type="system_integrator",
    tier="premier",
    territories=frozenset({"DE", "AT"}),
    certificates=frozenset({"lims"}),
    open_leads=2,
    limit=10,
    asked=8,
    accepted=6,
    closed=4,
    won=3,
)
UNKNOWN = Candidate(partner_id=9, name="Nova", type="reseller", limit=3)


def only(candidate: Candidate, needs: LeadNeeds = NEEDS) -> Ranked:
    return rank_partners(needs, [candidate], DEFAULT_LEAD_POLICY)[0]


def parts(ranked: Ranked) -> dict[str, Fraction]:
    return {score.criterion.value: score.part for score in ranked.scores}


def test_a_partner_that_fits_has_its_points_criterion_by_criterion() -> None:
    ranked = only(FJORD)

    assert parts(ranked) == {
        "territory": Fraction(1),
        "type": Fraction(1),
        "tier": Fraction(3, 4),
        "capacity": Fraction(4, 5),
        "certificate": Fraction(1),
        "acceptance": Fraction(7, 10),
        "win_rate": Fraction(2, 3),
    }
    # 25 + 15 + 7.5 + 12 + 15 + 7 + 6 2/3 of a weight of 100
    assert ranked.points == Fraction(529, 6)
    assert [score.sentence for score in ranked.scores] == [
        "Its territory covers DE.",
        "It is of the type the lead asks for.",
        "Its tier gives 75 of 100 points.",
        "It has 2 of at most 10 leads open.",
        "It holds the certificate LIMS.",
        "It accepted 6 of 8 leads it was asked about.",
        "It won 3 of 4 registered deals that closed.",
    ]


def test_a_fact_that_nobody_knows_gives_half_the_points_and_is_told_as_unknown() -> None:
    ranked = only(UNKNOWN)

    unknown = {score.criterion.value: score.part for score in ranked.scores if score.outcome is Outcome.UNKNOWN}
    assert unknown == {
        "territory": Fraction(1, 2),
        "tier": Fraction(1, 2),
        "certificate": Fraction(1, 2),
        "acceptance": Fraction(1, 2),
        "win_rate": Fraction(1, 2),
    }
    # 12.5 + 0 + 5 + 15 + 7.5 + 5 + 5
    assert ranked.points == Fraction(50)


def test_a_lead_that_asks_for_nothing_tells_partners_apart_by_what_they_did() -> None:
    ranked = only(FJORD, LeadNeeds())

    assert parts(ranked)["territory"] == Fraction(1, 2)
    assert parts(ranked)["type"] == Fraction(1, 2)
    assert parts(ranked)["certificate"] == Fraction(1, 2)


def test_a_territory_that_does_not_cover_the_country_gives_nothing_and_an_own_country_all() -> None:
    assert parts(only(replace(FJORD, territories=frozenset({"SE"}))))["territory"] == 0
    assert parts(only(replace(FJORD, territories=None, country="DE")))["territory"] == 1
    assert parts(only(replace(FJORD, territories=None, country="SE")))["territory"] == Fraction(1, 2)


def test_a_partner_without_a_free_place_or_asked_before_is_passed_over_and_told_why() -> None:
    full = replace(FJORD, open_leads=10)
    asked = replace(FJORD, was_asked_before=True)

    assert only(full).passed_over == "It has 10 of at most 10 leads open."
    assert only(asked).passed_over == "It was asked already."
    assert best_of(rank_partners(NEEDS, [full, asked], DEFAULT_LEAD_POLICY)) is None
    best = best_of(rank_partners(NEEDS, [full, UNKNOWN], DEFAULT_LEAD_POLICY))
    assert best is not None
    assert best.candidate == UNKNOWN


def test_of_equal_points_fewer_open_leads_then_fewer_questions_then_the_name_decide() -> None:
    policy = replace(DEFAULT_LEAD_POLICY, weights={**DEFAULT_LEAD_POLICY.weights, Criterion.CAPACITY: 0})
    b = Candidate(partner_id=1, name="Birch", type="reseller", limit=3)
    a = Candidate(partner_id=2, name="Alder", type="reseller", limit=3)
    busy = Candidate(partner_id=3, name="Aaa", type="reseller", limit=3, open_leads=1)

    ranked = rank_partners(LeadNeeds(), [busy, b, a], policy)

    assert [each.candidate.name for each in ranked] == ["Alder", "Birch", "Aaa"]


def test_the_explanation_holds_every_figure() -> None:
    assert only(FJORD).as_json()["steps"][3] == {
        "rule": "capacity",
        "outcome": "partly",
        "sentence": "It has 2 of at most 10 leads open.",
        "facts": {"open": 2, "most": 10, "part": "4/5", "weight": 15},
    }


names = st.sampled_from(["Alder", "Birch", "Cedar", "Dogwood", "Elm"])


@st.composite
def candidates(draw: st.DrawFn) -> list[Candidate]:
    found = []
    for number in range(draw(st.integers(0, 6))):
        asked, closed = draw(st.integers(0, 9)), draw(st.integers(0, 9))
        found.append(
            Candidate(
                partner_id=number,
                name=f"{draw(names)} {number}",
                type=draw(st.sampled_from(["reseller", "system_integrator"])),
                tier=draw(st.sampled_from(["", "authorised", "premier", "strategic"])),
                country=draw(st.sampled_from(["", "DE", "SE"])),
                territories=draw(st.none() | st.frozensets(st.sampled_from(["DE", "SE"]))),
                certificates=draw(st.none() | st.frozensets(st.sampled_from(["LIMS", "ELN"]))),
                open_leads=draw(st.integers(0, 4)),
                limit=draw(st.integers(0, 4)),
                asked=asked,
                accepted=draw(st.integers(0, asked)),
                closed=closed,
                won=draw(st.integers(0, closed)),
                was_asked_before=draw(st.booleans()),
            )
        )
    return found


needs = st.builds(
    LeadNeeds,
    country=st.sampled_from(["", "DE", "FR"]),
    partner_type=st.sampled_from(["", "reseller"]),
    certificate=st.sampled_from(["", "LIMS"]),
)


@given(needs=needs, found=candidates(), data=st.data())
def test_the_order_in_which_partners_are_given_does_not_matter(
    needs: LeadNeeds, found: list[Candidate], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(found))

    assert rank_partners(needs, shuffled, DEFAULT_LEAD_POLICY) == rank_partners(needs, found, DEFAULT_LEAD_POLICY)


@given(needs=needs, found=candidates())
def test_nobody_without_a_free_place_or_asked_before_is_asked_and_points_stay_within_bounds(
    needs: LeadNeeds, found: list[Candidate]
) -> None:
    ranked = rank_partners(needs, found, DEFAULT_LEAD_POLICY)
    best = best_of(ranked)

    free = [each for each in found if each.open_leads < each.limit and not each.was_asked_before]
    assert (best is None) == (not free)
    if best is not None:
        assert best.candidate in free
        assert best.points == max(each.points for each in ranked if each.candidate in free)
    assert all(0 <= each.points <= 100 for each in ranked)
    assert len(ranked) == len(found)


@given(found=candidates())
def test_more_open_leads_never_lift_a_partner(found: list[Candidate]) -> None:
    for each in found:
        assert only(replace(each, open_leads=each.open_leads + 1)).points <= only(each).points
