"""Health, concentration and white space: plain rules with literal figures."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.insights.rules.ecosystem import Demand, a_fifth_of, concentration, white_space
from tallystick.insights.rules.partner_health import HealthFacts, HealthStatus, partner_health

ON = date(2026, 11, 20)


def facts(**given: object) -> HealthFacts:
    usual: dict[str, object] = {
        "is_dormant": False,
        "joined_on": date(2024, 1, 10),
        "last_active_on": date(2026, 11, 10),
        "sourced": 100,
        "influenced": 0,
        "won": 40,
    }
    return HealthFacts(**{**usual, **given})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given_facts", "status", "reasons"),
    [
        (facts(), "green", ("Something happened 10 days ago.", "It brought pipeline this year.")),
        (facts(last_active_on=ON), "green", ("Something happened today.", "It brought pipeline this year.")),
        (facts(last_active_on=ON - timedelta(days=61)), "amber", ("Nothing happened for 61 days.",)),
        (facts(last_active_on=ON - timedelta(days=60)), "green", None),
        (facts(won=0), "amber", ("Nothing it sourced was won in twelve months.",)),
        (facts(sourced=0, won=0), "amber", ("It brought and helped no new pipeline in twelve months.",)),
        (facts(sourced=0, won=0, joined_on=date(2026, 11, 1)), "green", None),
        (facts(last_active_on=ON - timedelta(days=121)), "red", ("Nothing happened for 121 days.",)),
        (facts(is_dormant=True), "red", ("It is dormant.",)),
        (facts(joined_on=None, last_active_on=None), "red", ("Nothing has ever happened.",)),
    ],
)
def test_health_follows_from_the_facts_and_says_why(
    given_facts: HealthFacts, status: str, reasons: tuple[str, ...] | None
) -> None:
    health = partner_health(given_facts, on=ON)
    assert health.status == status
    if reasons is not None:
        assert health.reasons == reasons


@given(
    st.builds(
        HealthFacts,
        is_dormant=st.booleans(),
        joined_on=st.none() | st.dates(date(2020, 1, 1), ON),
        last_active_on=st.none() | st.dates(date(2020, 1, 1), ON),
        sourced=st.integers(0, 9),
        influenced=st.integers(0, 9),
        won=st.integers(0, 9),
    )
)
def test_every_verdict_has_its_reason(given_facts: HealthFacts) -> None:
    health = partner_health(given_facts, on=ON)
    assert health.status in set(HealthStatus)
    assert health.reasons


def test_concentration_tells_what_rests_on_the_first() -> None:
    values = {1: 50, 2: 30, 3: 20, 4: 0}
    assert concentration(values, first=1).share == Fraction(1, 2)
    assert concentration(values, first=2).partner_ids == (1, 2)
    assert concentration(values, first=a_fifth_of(4)).value == 50
    assert concentration({}, first=1).share is None


@given(st.dictionaries(st.integers(1, 50), st.integers(0, 1_000)))
def test_all_partners_together_bring_everything(values: dict[int, int]) -> None:
    found = concentration(values, first=len(values))
    assert found.value == sum(values.values())
    assert found.share in {None, Fraction(1)}


def test_white_space_is_demand_where_no_partner_works() -> None:
    demand = [Demand("DE", 9, 900), Demand("CA", 4, 400), Demand("IE", 3, 500), Demand("NO", 2, 999), Demand("", 8, 1)]
    assert [gap.country for gap in white_space(demand, served={"DE"})] == ["IE", "CA"]
