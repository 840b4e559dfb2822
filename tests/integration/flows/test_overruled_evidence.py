"""A registration that a ruling overruled is evidence no more, for no deal of its account; what was decided stays."""

from collections.abc import Callable
from datetime import date, timedelta
from itertools import permutations

import pytest

from tallystick.attribution.models import Decision, Touch, TouchRuling
from tallystick.attribution.services import mark_opportunities
from tallystick.crm.models import Account, Opportunity
from tallystick.deals.models import Conflict, DealRegistration
from tallystick.deals.services.conflicts import NewRuling, appeal_ruling
from tallystick.flows import attribution, conflicts
from tallystick.flows.registrations import approve_registration
from tallystick.partners.models import Partner
from tallystick.platform.actors import Actor
from tallystick.platform.invariants import violations
from tallystick.platform.tenancy import Scope
from tests.factories.revenue import make_partner
from tests.integration.deals.claims import AT, submit
from tests.integration.flows.test_conflict_edges import REJECT, cellvia, deal_at, meeting
from tests.integration.flows.test_conflicts import person, uphold

DAY = timedelta(days=1)
pytestmark = pytest.mark.usefixtures("vendor")


def follow(at_day: int = 5) -> None:
    list(attribution.decide(Actor.job("test"), at=AT + at_day * DAY))


def two_claims() -> tuple[Partner, Partner, DealRegistration, Conflict]:
    """Return who was first and is approved, who came second, the first claim, and the case of both."""
    first, second = make_partner("Corvid"), make_partner("Northwind")
    held = submit(first.pk).registration
    approve_registration(person("Ines"), registration_id=held.pk, at=AT + timedelta(hours=1))
    submit(second.pk, days=1)
    [case] = conflicts.watch(person("Ada"), at=AT + DAY)
    return first, second, held, case


def credited(deal: Opportunity) -> list[tuple[int, str, str]]:
    """Return every version of a deal's decision: its number, its class, and the partner that brought it."""
    rows = Decision.objects.filter(opportunity=deal).order_by("version")
    names = dict(Partner.objects.values_list("pk", "name"))
    return [(row.version, row.record["class"], names.get(row.record.get("source"), "")) for row in rows]


def test_a_later_deal_of_the_account_is_not_sourced_by_a_registration_that_was_overruled(vendor: Scope) -> None:
    account = cellvia()
    _first, second, held, case = two_claims()
    conflicts.rule(person("Tom"), conflict_id=case.pk, ruling=uphold(second.pk), at=AT + 2 * DAY)
    deal = deal_at(account, date(2026, 12, 1), name="Second laboratory")
    mark_opportunities([deal.pk])
    follow()

    assert credited(deal) == [(1, "sourced", "Northwind")]
    touch = Touch.objects.get(external_id=held.reference)
    assert list(touch.rulings.values_list("external_id", "stands")) == [(f"{case.reference}/1", False)]
    assert Decision.objects.get(opportunity=deal).gaps == []
    assert list(violations(workspace_id=vendor.workspace_id or 0)) == []


def test_what_it_had_brought_is_decided_anew_and_the_old_version_stays_readable() -> None:
    account = cellvia()
    _first, second, _held, case = two_claims()
    deal = deal_at(account, date(2026, 11, 22), name="Other laboratory")
    mark_opportunities([deal.pk])
    follow(1)
    assert credited(deal) == [(1, "sourced", "Corvid")]
    conflicts.rule(person("Tom"), conflict_id=case.pk, ruling=uphold(second.pk), at=AT + 2 * DAY)
    follow()

    assert credited(deal) == [(1, "sourced", "Corvid"), (2, "sourced", "Northwind")]
    old, new = Decision.objects.filter(opportunity=deal).order_by("version")
    assert [each["as_source"] for each in old.record["touches"]] == ["chosen"]
    assert [each["as_source"] for each in new.record["touches"]] == ["overruled", "chosen"]


def test_where_our_own_team_is_upheld_the_next_deal_is_direct() -> None:
    account = cellvia()
    meeting(account, date(2026, 11, 10))
    partner = make_partner("Corvid")
    held = submit(partner.pk).registration
    [case] = conflicts.watch(person("Ada"), at=AT)
    approve_registration(person("Ines"), registration_id=held.pk, at=AT + timedelta(hours=1))
    conflicts.rule(person("Tom"), conflict_id=case.pk, ruling=REJECT, at=AT + DAY)
    deal = deal_at(account, date(2027, 3, 1), name="After our meeting was forgotten")
    mark_opportunities([deal.pk])
    follow()

    assert credited(deal) == [(1, "direct", "")]


def test_an_appeal_gives_the_evidence_back() -> None:
    account = cellvia()
    first, second, held, case = two_claims()
    conflicts.rule(person("Tom"), conflict_id=case.pk, ruling=uphold(second.pk), at=AT + 2 * DAY)
    appeal_ruling(person("Asha"), conflict_id=case.pk, partner_id=first.pk, words="We were first.", at=AT + 3 * DAY)
    conflicts.rule(person("Eve"), conflict_id=case.pk, ruling=uphold(first.pk, number=2), at=AT + 4 * DAY)
    deal = deal_at(account, date(2026, 12, 1), name="Second laboratory")
    mark_opportunities([deal.pk])
    follow()

    assert credited(deal) == [(1, "sourced", "Corvid")]
    said = TouchRuling.objects.filter(touch__external_id=held.reference).order_by("ruled_at")
    assert list(said.values_list("external_id", "stands")) == [
        (f"{case.reference}/1", False),
        (f"{case.reference}/2", True),
    ]


def test_claims_that_share_keep_their_evidence() -> None:
    account = cellvia()
    first, second, _held, case = two_claims()
    shared = NewRuling(
        number=1, parts=[(first.pk, 700_000), (second.pk, 300_000)], rule="first_to_register", reason="Both worked."
    )
    conflicts.rule(person("Tom"), conflict_id=case.pk, ruling=shared, at=AT + 2 * DAY)
    deal = deal_at(account, date(2026, 12, 1), name="Second laboratory")
    mark_opportunities([deal.pk])
    follow()

    assert credited(deal) == [(1, "sourced", "Corvid")]
    assert not TouchRuling.objects.exists()


ORDERS = list(permutations(["deal", "rule", "decide"]))


@pytest.mark.parametrize("order", ORDERS, ids=["-".join(order) for order in ORDERS])
def test_the_order_in_which_deal_ruling_and_decisions_come_changes_nothing(order: tuple[str, ...]) -> None:
    account: Account = cellvia()
    _first, second, _held, case = two_claims()
    steps: dict[str, Callable[[], object]] = {
        "deal": lambda: mark_opportunities([deal_at(account, date(2026, 12, 1)).pk]),
        "rule": lambda: conflicts.rule(person("Tom"), conflict_id=case.pk, ruling=uphold(second.pk), at=AT + 2 * DAY),
        "decide": follow,
    }
    for step in order:
        steps[step]()
    follow()

    current = Decision.objects.get(is_current=True)
    assert (current.record["class"], current.record["source"]) == ("sourced", second.pk)
    assert [each["as_source"] for each in current.record["touches"]] == ["overruled", "chosen"]
