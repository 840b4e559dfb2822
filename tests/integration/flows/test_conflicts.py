"""Claims that stand against each other: a case opens by itself, a ruling moves protection, credit and pay."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from tallystick.attribution.models import Credit, Decision, Ruling
from tallystick.attribution.rules.facts import TouchKind
from tallystick.attribution.services import NewTouch
from tallystick.commissions.models import CommissionLine
from tallystick.commissions.services import mark_invoices
from tallystick.crm.models import Account, Opportunity
from tallystick.deals.models import (
    Conflict,
    ConflictClaim,
    ConflictKind,
    ConflictRuling,
    ConflictState,
    DealRegistration,
    Protection,
)
from tallystick.deals.rules.conflicts.ruling import ConflictRefused
from tallystick.deals.services.conflicts import NewRuling, appeal_ruling, dispute_decision
from tallystick.flows import attribution, conflicts, settlement
from tallystick.flows.registrations import approve_registration
from tallystick.platform.actors import Actor, ActorKind
from tallystick.platform.invariants import violations
from tallystick.platform.models import ActivityEntry, Person
from tallystick.platform.tenancy import Scope, scope
from tests.factories import make_row
from tests.factories.revenue import TEN_PERCENT, make_invoice, make_partner, make_plan, pay
from tests.integration.deals.claims import AT, submit

LATER = AT + timedelta(hours=5)


def person(name: str) -> Actor:
    row = Person.objects.create(email=f"{name.lower()}@vendor.example", name=name)
    return Actor(kind=ActorKind.PERSON, label=name, person_id=row.pk)


def uphold(partner_id: int, number: int = 1) -> NewRuling:
    return NewRuling(
        number=number, parts=[(partner_id, 1_000_000)], rule="first_to_register", reason="The first claim stands."
    )


@pytest.mark.usefixtures("vendor")
class TestTwoPartners:
    def test_the_second_to_register_opens_one_case_however_often_one_looks(self) -> None:
        first, second = make_partner("Corvid"), make_partner("Northwind")
        submit(first.pk)
        submit(second.pk, days=1)

        [opened] = conflicts.watch(person("Ines"), at=AT + timedelta(days=1))
        again = conflicts.watch(person("Tom"), at=AT + timedelta(days=2))

        assert (opened.kind, opened.state, opened.company) == (ConflictKind.TWO_PARTNERS, "open", "Cellvia Ltd")
        assert again == []
        claims = ConflictClaim.objects.order_by("happened_at")
        assert [(claim.partner_id, claim.held_account) for claim in claims] == [(first.pk, True), (second.pk, False)]

    def test_each_partner_is_told_in_an_entry_that_names_nobody_else(self) -> None:
        first, second = make_partner("Corvid"), make_partner("Northwind")
        submit(first.pk)
        submit(second.pk, days=1)

        conflicts.watch(person("Ines"), at=AT + timedelta(days=1))

        told = ActivityEntry.objects.filter(verb="conflict_opened", partner_id__isnull=False).order_by("position")
        assert [entry.partner_id for entry in told] == [first.pk, second.pk]
        assert "Northwind" not in told[0].body
        assert "Corvid" not in told[1].body

    def test_upholding_the_second_claim_moves_the_protection_and_never_leaves_two(self) -> None:
        first, second = make_partner("Corvid"), make_partner("Northwind")
        held, came_second = submit(first.pk).registration, submit(second.pk, days=1).registration
        [case] = conflicts.watch(person("Ines"), at=AT + timedelta(days=1))

        conflicts.rule(person("Tom"), conflict_id=case.pk, ruling=uphold(second.pk), at=AT + timedelta(days=2))

        active = Protection.objects.filter(released_at__isnull=True)
        assert [protection.registration_id for protection in active] == [came_second.pk]
        assert DealRegistration.objects.get(pk=held.pk).state == "declined"
        assert DealRegistration.objects.get(pk=came_second.pk).state == "approved"

    def test_the_same_ruling_sent_twice_is_one(self) -> None:
        first, second = make_partner("Corvid"), make_partner("Northwind")
        submit(first.pk)
        submit(second.pk, days=1)
        [case] = conflicts.watch(person("Ines"), at=AT + timedelta(days=1))
        tom = person("Tom")

        made = conflicts.rule(tom, conflict_id=case.pk, ruling=uphold(first.pk), at=AT + timedelta(days=2))
        again = conflicts.rule(tom, conflict_id=case.pk, ruling=uphold(first.pk), at=AT + timedelta(days=2))

        assert made == again
        assert ConflictRuling.objects.count() == 1

    @pytest.mark.parametrize(
        "wrong",
        [
            {"reason": ""},
            {"reason": "Corvid was first."},
            {"rule": "no_such_rule"},
            {"parts": [(0, 1_000_000)]},
            {"number": 2},
        ],
    )
    def test_a_ruling_that_cannot_stand_is_refused_and_changes_nothing(self, wrong: dict[str, object]) -> None:
        first, second = make_partner("Corvid"), make_partner("Northwind")
        submit(first.pk)
        submit(second.pk, days=1)
        [case] = conflicts.watch(person("Ines"), at=AT + timedelta(days=1))

        with pytest.raises(ConflictRefused):
            conflicts.rule(
                person("Tom"),
                conflict_id=case.pk,
                ruling=replace(uphold(first.pk), **wrong),  # type: ignore[arg-type]
                at=AT + timedelta(days=2),
            )

        assert not ConflictRuling.objects.exists()
        assert Conflict.objects.get().state == ConflictState.OPEN


@pytest.mark.usefixtures("vendor")
class TestAppeal:
    def rule_first(self) -> tuple[Conflict, Actor, int, int]:
        first, second = make_partner("Corvid"), make_partner("Northwind")
        submit(first.pk)
        submit(second.pk, days=1)
        [case] = conflicts.watch(person("Ines"), at=AT + timedelta(days=1))
        tom = person("Tom")
        conflicts.rule(tom, conflict_id=case.pk, ruling=uphold(first.pk), at=AT + timedelta(days=2))
        return case, tom, first.pk, second.pk

    def test_an_appeal_is_decided_by_another_person_and_closes_the_case(self) -> None:
        case, tom, first, second = self.rule_first()
        appeal_ruling(
            tom, conflict_id=case.pk, partner_id=second, words="We met them before.", at=AT + timedelta(days=3)
        )

        with pytest.raises(ConflictRefused):
            conflicts.rule(tom, conflict_id=case.pk, ruling=uphold(second, 2), at=AT + timedelta(days=4))
        conflicts.rule(person("Ada"), conflict_id=case.pk, ruling=uphold(second, 2), at=AT + timedelta(days=4))

        assert Conflict.objects.get().state == ConflictState.CLOSED
        active = Protection.objects.filter(released_at__isnull=True)
        assert [protection.partner_id for protection in active] == [second]
        assert first not in active.values_list("partner_id", flat=True)

    def test_one_appeals_once_and_not_after_the_last_day(self) -> None:
        case, tom, first, second = self.rule_first()

        with pytest.raises(ConflictRefused):
            appeal_ruling(tom, conflict_id=case.pk, partner_id=second, words="Late.", at=AT + timedelta(days=17))
        appeal_ruling(tom, conflict_id=case.pk, partner_id=second, words="In time.", at=AT + timedelta(days=16))
        with pytest.raises(ConflictRefused):
            appeal_ruling(tom, conflict_id=case.pk, partner_id=first, words="Again.", at=AT + timedelta(days=16))

    def test_a_ruling_nobody_appeals_closes_the_case(self) -> None:
        case, tom, _, _ = self.rule_first()

        conflicts.watch(tom, at=AT + timedelta(days=17))

        assert Conflict.objects.get(pk=case.pk).state == ConflictState.CLOSED


@pytest.mark.usefixtures("vendor")
class TestOurOwnTeam:
    def test_a_direct_deal_opened_on_a_claimed_account_opens_a_case_and_a_ruling_gives_it_to_the_partner(self) -> None:
        partner = make_partner("Corvid")
        account = make_row(Account, name="Cellvia Ltd", domain="cellvia.com", country="GB")
        submit(partner.pk)
        deal = make_row(
            Opportunity,
            account=account,
            name="Cellvia direct",
            status="open",
            amount_minor=1_000_000,
            currency="EUR",
            opened_on=date(2026, 11, 21),
            close_on=date(2026, 12, 31),
        )

        [case] = conflicts.watch(person("Ines"), at=LATER)
        assert (case.kind, case.opportunity_id) == (ConflictKind.DIRECT_ON_PROTECTED, deal.pk)
        ruling = NewRuling(
            number=1, parts=[(partner.pk, 1_000_000)], rule="no_open_direct_deal", reason="The claim came first."
        )
        conflicts.rule(person("Tom"), conflict_id=case.pk, ruling=ruling, at=LATER)
        list(attribution.decide(person("Eve"), at=LATER))

        decision = Decision.objects.get(opportunity=deal, is_current=True)
        assert decision.credit_class == "sourced"
        assert decision.record["ruling"]["key"] == f"{case.reference}/1"
        assert DealRegistration.objects.get().opportunity_id == deal.pk

    def test_a_partner_disputes_a_decision_within_the_days_and_not_after(self, vendor: Scope) -> None:
        partner = make_partner("Corvid")
        registration = submit(partner.pk).registration
        approve_registration(person("Ines"), registration_id=registration.pk, at=AT)
        with scope(workspace_id=vendor.workspace_id or 0, partner_id=partner.pk):
            with pytest.raises(ConflictRefused):
                dispute_decision(
                    person("Asha"), registration_id=registration.pk, words="No.", at=AT + timedelta(days=31)
                )
            opened = dispute_decision(person("Zoe"), registration_id=registration.pk, words="No.", at=LATER)

        assert (opened.kind, opened.words) == (ConflictKind.DISPUTED, "No.")


@pytest.mark.usefixtures("vendor")
class TestPay:
    def test_what_a_ruling_does_is_shown_before_and_is_what_it_does(self, vendor: Scope) -> None:
        make_plan(TEN_PERCENT)
        first, second = make_partner("Corvid"), make_partner("Northwind")
        account = make_row(Account, name="Cellvia", domain="cellvia.com")
        deal = make_row(
            Opportunity,
            account=account,
            name="Cellvia",
            status="won",
            amount_minor=100_000,
            currency="EUR",
            opened_on=date(2026, 8, 3),
            close_on=date(2026, 10, 1),
        )
        for partner, day in ((first, date(2026, 7, 20)), (second, date(2026, 7, 21))):
            touch = NewTouch(
                partner_id=partner.pk,
                account_id=account.pk,
                kind=TouchKind.LEAD_ACCEPTED,
                happened_on=day,
                learned_on=day,
                source="test",
                external_id=partner.name,
            )
            attribution.record_touch(person(f"A{partner.pk}"), touch=touch, at=AT)
        invoice = make_invoice(deal, nets=(100_000,), issued_on=date(2026, 10, 1))
        pay(invoice, 120_000, date(2026, 10, 12), key="p1")
        mark_invoices(invoice_ids=[invoice.pk])
        self.settle()
        [case] = conflicts.watch(person("Ines"), at=AT)

        shown = conflicts.effect_of(case, parts=[(second.pk, 600_000), (first.pk, 400_000)], at=AT)

        assert case.kind == ConflictKind.SEVERAL_SOURCES
        assert {row.partner.name: [m.minor for m in row.today.earned] for row in shown} == {
            "Corvid": [6_000],
            "Northwind": [4_000],
        }
        assert {row.partner.name: [m.minor for m in row.ruled.earned] for row in shown} == {
            "Corvid": [4_000],
            "Northwind": [6_000],
        }
        assert not Ruling.objects.exists()
        assert self.earned() == {first.pk: 6_000, second.pk: 4_000}

        ruling = NewRuling(
            number=1,
            parts=[(second.pk, 600_000), (first.pk, 400_000)],
            rule="first_to_register",
            reason="Both brought it.",
        )
        conflicts.rule(person("Tom"), conflict_id=case.pk, ruling=ruling, at=AT)
        self.settle()

        assert self.earned() == {first.pk: 4_000, second.pk: 6_000}
        assert sum(Credit.objects.filter(is_current=True).values_list("share_ppm", flat=True)) == 1_000_000
        assert Decision.objects.filter(opportunity=deal).count() == 2
        assert list(violations(workspace_id=vendor.workspace_id or 0)) == []

    def settle(self) -> None:
        list(attribution.decide(Actor.job("test"), at=AT))
        list(settlement.accrue(Actor.job("test"), at=AT))

    def earned(self) -> dict[int, int]:
        sums: dict[int, int] = {}
        for partner, minor in CommissionLine.objects.values_list("partner_id", "amount_minor"):
            sums[partner] = sums.get(partner, 0) + minor
        return {partner: minor for partner, minor in sums.items() if minor}
