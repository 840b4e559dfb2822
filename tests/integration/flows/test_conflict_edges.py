"""Cases at their edges: two names of one account, our next deal, withdrawals, two who rule, a deal won meanwhile."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from tallystick.attribution.models import Touch
from tallystick.commissions.models import CommissionLine
from tallystick.commissions.services import mark_invoices
from tallystick.crm.models import Account, Opportunity, SalesActivity
from tallystick.deals.conflicts import own_case
from tallystick.deals.models import ApprovalStep, Conflict, ConflictKind, ConflictRuling, DealRegistration, Protection
from tallystick.deals.rules.conflicts.ruling import ConflictRefused
from tallystick.deals.services import ask_partner, decline_registration, submit_registration, withdraw_registration
from tallystick.deals.services.conflicts import NewRuling, appeal_ruling, dispute_decision
from tallystick.flows import attribution, conflicts, settlement
from tallystick.flows.registrations import approve_registration, follow_clocks
from tallystick.partners.models import Partner
from tallystick.platform.actors import Actor
from tallystick.platform.invariants import violations
from tallystick.platform.tenancy import Scope, scope
from tests.factories import make_row
from tests.factories.revenue import TEN_PERCENT, make_invoice, make_partner, make_plan, pay
from tests.integration.deals.claims import AT, claim, entropy, submit
from tests.integration.deals.test_handling import in_force
from tests.integration.flows.test_conflicts import person, uphold

DAY = timedelta(days=1)
REJECT = NewRuling(number=1, parts=[], rule="no_open_direct_deal", reason="Our own team was there first.")


def cellvia(**given: object) -> Account:
    return make_row(Account, **{"name": "Cellvia Ltd", "normalised_name": "cellvia", "domain": "cellvia.com", **given})


def deal_at(account: Account, opened_on: date = date(2026, 11, 21), **given: object) -> Opportunity:
    return make_row(
        Opportunity, **{"account": account, "name": "Cellvia", "status": "open", "opened_on": opened_on, **given}
    )


def meeting(account: Account, on: date) -> None:
    make_row(SalesActivity, account=account, kind="meeting", happened_on=on)


def state_of(registration: DealRegistration) -> str:
    return DealRegistration.objects.get(pk=registration.pk).state


def follow(*, at: datetime) -> None:
    list(attribution.decide(Actor.job("test"), at=at))


@pytest.mark.usefixtures("vendor")
class TestFinding:
    def test_two_partners_that_hold_one_account_under_two_names_of_it_are_a_case(self) -> None:
        cellvia(domain="", country="GB")
        first = submit(make_partner("Corvid").pk, claim(website="")).registration
        second = submit(make_partner("Northwind").pk, claim(), days=1).registration

        [case] = conflicts.watch(person("Ines"), at=AT + DAY)
        again = conflicts.watch(person("Tom"), at=AT + 2 * DAY)

        assert case.kind == ConflictKind.TWO_PARTNERS
        held = case.claims.order_by("happened_at").values_list("registration_id", "held_account")
        assert list(held) == [(first.pk, True), (second.pk, True)]
        assert again == []

    def test_products_apart_and_the_distributor_of_a_deal_are_no_case(self) -> None:
        cellvia(domain="", country="GB")
        distributor = make_partner("Umbrella", type="distributor")
        submit(make_partner("Corvid").pk, replace(claim(website=""), product_key="vega", distributor="Umbrella"))
        submit(make_partner("Northwind").pk, replace(claim(), product_key="orion"))
        submit(distributor.pk, replace(claim(), product_key="vega"))

        assert conflicts.watch(person("Ines"), at=AT) == []

    def test_a_direct_deal_on_a_protected_account_is_a_case_also_after_an_earlier_one_was_ruled(self) -> None:
        partner, account = make_partner("Corvid"), cellvia()
        meeting(account, date(2026, 11, 10))
        submit(partner.pk)
        [met] = conflicts.watch(person("Ines"), at=AT)
        conflicts.rule(person("Tom"), conflict_id=met.pk, ruling=uphold(partner.pk), at=AT + DAY)
        conflicts.watch(person("Eve"), at=AT + 30 * DAY)

        opened = deal_at(account, date(2026, 12, 20))
        [case] = conflicts.watch(person("Ada"), at=AT + 31 * DAY)

        assert (case.kind, case.opportunity_id) == (ConflictKind.DIRECT_ON_PROTECTED, opened.pk)

    def test_a_later_meeting_does_not_hide_the_one_before_the_claim(self) -> None:
        account = cellvia()
        submit(make_partner("Corvid").pk)
        meeting(account, date(2026, 11, 10))
        meeting(account, date(2026, 11, 23))

        [case] = conflicts.watch(person("Ines"), at=AT + 4 * DAY)

        assert case.kind == ConflictKind.DIRECT_FIRST

    def test_the_day_of_a_claim_is_that_of_the_workspace(self) -> None:
        # 23:30 in UTC is the next day in Berlin, and the deal was opened on the day before it.
        at = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
        account, partner = cellvia(), make_partner("Corvid")
        submit_registration(person("Asha"), partner_id=partner.pk, claim=claim(), at=at, entropy=entropy(1))
        deal_at(account, date(2026, 11, 20))

        [case] = conflicts.watch(person("Ines"), at=at)

        assert case.kind == ConflictKind.DIRECT_FIRST


@pytest.mark.usefixtures("vendor")
class TestRuling:
    def contested(self) -> tuple[Partner, DealRegistration, Conflict]:
        """Return a claim in review that a meeting of our own stands against."""
        partner = make_partner("Corvid")
        meeting(cellvia(), date(2026, 11, 10))
        registration = submit(partner.pk).registration
        [case] = conflicts.watch(person("Ines"), at=AT)
        return partner, registration, case

    def test_upholding_a_claim_in_review_takes_its_steps_and_is_evidence(self, vendor: Scope) -> None:
        partner, registration, case = self.contested()

        conflicts.rule(person("Tom"), conflict_id=case.pk, ruling=uphold(partner.pk), at=AT + DAY)

        assert state_of(registration) == "approved"
        assert ApprovalStep.objects.get().taken_by_label == f"The ruling of {case.reference}"
        assert Touch.objects.get().external_id == registration.reference
        assert list(violations(workspace_id=vendor.workspace_id or 0)) == []

    def test_a_ruling_ends_the_question_that_waited_for_the_partner(self, vendor: Scope) -> None:
        _partner, registration, case = self.contested()
        ask_partner(person("Eve"), registration_id=registration.pk, text="Who is the buyer?", at=AT)

        conflicts.rule(person("Tom"), conflict_id=case.pk, ruling=REJECT, at=AT + DAY)

        assert state_of(registration) == "declined"
        assert list(violations(workspace_id=vendor.workspace_id or 0)) == []

    def test_silence_approves_no_claim_that_waits_for_a_ruling(self) -> None:
        in_force("clock: {overdue: approve}")
        partner, registration, case = self.contested()
        late = AT + 10 * DAY

        assert follow_clocks(person("Clock"), at=late) == 1
        assert state_of(registration) == "submitted"
        conflicts.rule(
            person("Tom"), conflict_id=case.pk, ruling=replace(REJECT, parts=[(partner.pk, 1_000_000)]), at=late
        )
        assert state_of(registration) == "approved"

    def test_who_rules_second_and_otherwise_is_told_that_the_case_was_ruled(self) -> None:
        partner, registration, case = self.contested()
        conflicts.rule(person("Tom"), conflict_id=case.pk, ruling=uphold(partner.pk), at=AT + DAY)

        with pytest.raises(ConflictRefused, match="ruled meanwhile by Tom"):
            conflicts.rule(person("Eve"), conflict_id=case.pk, ruling=REJECT, at=AT + DAY)

        assert ConflictRuling.objects.count() == 1
        assert state_of(registration) == "approved"

    def test_a_claim_that_was_withdrawn_has_no_part_on_appeal(self) -> None:
        first, second = make_partner("Corvid"), make_partner("Northwind")
        held = submit(first.pk).registration
        submit(second.pk, days=1)
        [case] = conflicts.watch(person("Ines"), at=AT + DAY)
        conflicts.rule(person("Tom"), conflict_id=case.pk, ruling=uphold(first.pk), at=AT + 2 * DAY)
        appeal_ruling(person("Eve"), conflict_id=case.pk, partner_id=second.pk, words="We met them.", at=AT + 3 * DAY)
        withdraw_registration(person("Asha"), registration_id=held.pk, at=AT + 4 * DAY)

        with pytest.raises(ConflictRefused, match="withdrawn"):
            conflicts.rule(person("Ada"), conflict_id=case.pk, ruling=uphold(first.pk, 2), at=AT + 5 * DAY)
        conflicts.rule(person("Zoe"), conflict_id=case.pk, ruling=uphold(second.pk, 2), at=AT + 5 * DAY)

        assert Protection.objects.get(released_at__isnull=True).partner_id == second.pk

    def test_what_was_ruled_a_partner_appeals_once_and_disputes_no_more(self, vendor: Scope) -> None:
        first, second = make_partner("Corvid"), make_partner("Northwind")
        submit(first.pk)
        lost = submit(second.pk, days=1).registration
        [case] = conflicts.watch(person("Ines"), at=AT + DAY)
        conflicts.rule(person("Tom"), conflict_id=case.pk, ruling=uphold(first.pk), at=AT + 2 * DAY)
        conflicts.watch(person("Eve"), at=AT + 20 * DAY)
        assert Conflict.objects.get().state == "closed"

        with scope(workspace_id=vendor.workspace_id or 0, partner_id=second.pk), pytest.raises(ConflictRefused):
            dispute_decision(person("Zoe"), registration_id=lost.pk, words="Once more.", at=AT + 21 * DAY)

        assert Conflict.objects.count() == 1

    def test_a_deal_won_before_the_ruling_goes_to_who_is_upheld(self, vendor: Scope) -> None:
        first, second = make_partner("Corvid"), make_partner("Northwind")
        held, came_second = submit(first.pk).registration, submit(second.pk, days=1).registration
        [case] = conflicts.watch(person("Ines"), at=AT + DAY)
        approve_registration(person("Eve"), registration_id=held.pk, at=AT + DAY)
        deal = deal_at(cellvia(), date(2026, 11, 22))
        follow(at=AT + 2 * DAY)
        Opportunity.objects.update(status="won", close_on=date(2026, 11, 25))
        follow(at=AT + 5 * DAY)
        assert state_of(held) == "won"

        conflicts.rule(person("Tom"), conflict_id=case.pk, ruling=uphold(second.pk), at=AT + 6 * DAY)
        follow(at=AT + 6 * DAY)

        assert (state_of(held), state_of(came_second)) == ("declined", "won")
        assert DealRegistration.objects.get(opportunity=deal).pk == came_second.pk
        assert list(violations(workspace_id=vendor.workspace_id or 0)) == []

    def test_a_deal_the_crm_moved_to_another_account_does_not_stop_the_ruling(self) -> None:
        partner, account = make_partner("Corvid"), cellvia()
        registration = submit(partner.pk).registration
        deal = deal_at(account)
        [case] = conflicts.watch(person("Ines"), at=AT)
        deal.account = make_row(Account, name="Cellvia Holding", domain="holding.example", external_id="holding")
        deal.save()

        conflicts.rule(person("Tom"), conflict_id=case.pk, ruling=uphold(partner.pk), at=AT + DAY)

        assert state_of(registration) == "approved"
        assert DealRegistration.objects.get().opportunity_id is None


@pytest.mark.usefixtures("vendor")
def test_the_effect_shown_counts_the_terms_of_registered_deals_that_the_ruling_moves() -> None:
    uplift = "uplifts:\n  - {id: registered, says: 2 % more, when: {deal.registered: true}, percent: 2}\n"
    make_plan(TEN_PERCENT + uplift)
    first, second = make_partner("Corvid"), make_partner("Northwind")
    held = submit(first.pk).registration
    submit(second.pk, days=1)
    deal = deal_at(cellvia(), date(2026, 11, 22), amount_minor=100_000, currency="EUR", close_on=date(2026, 12, 31))
    approve_registration(person("Eve"), registration_id=held.pk, at=AT + DAY)
    follow(at=AT + 2 * DAY)
    [case] = conflicts.watch(person("Ines"), at=AT + 2 * DAY)
    assert case.opportunity_id == deal.pk

    shown = conflicts.effect_of(case, parts=[(second.pk, 1_000_000)], at=AT + 3 * DAY)

    # 100,000 at 10 % and 2 % more for a registered deal.
    expected = {row.partner.name: (row.today.expected, row.ruled.expected) for row in shown}
    assert [one.minor if one else None for one in expected["Corvid"]] == [12_000, None]
    assert [one.minor if one else None for one in expected["Northwind"]] == [None, 12_000]
    assert state_of(held) == "converted"

    conflicts.rule(person("Tom"), conflict_id=case.pk, ruling=uphold(second.pk), at=AT + 3 * DAY)
    follow(at=AT + 3 * DAY)
    Opportunity.objects.update(status="won")
    follow(at=AT + 40 * DAY)
    invoice = make_invoice(deal, nets=(100_000,), issued_on=date(2027, 1, 5))
    pay(invoice, 120_000, date(2027, 1, 12), key="p1")
    mark_invoices(invoice_ids=[invoice.pk])
    list(settlement.accrue(Actor.job("test"), at=AT + 60 * DAY))
    assert list(CommissionLine.objects.values_list("partner_id", "amount_minor")) == [(second.pk, 12_000)]


@pytest.mark.usefixtures("vendor")
class TestDisputes:
    def declined(self) -> DealRegistration:
        made = submit(make_partner("Corvid").pk).registration
        reason = "We work there ourselves."
        return decline_registration(person("Ines"), registration_id=made.pk, reason=reason, at=AT + DAY)

    def test_the_other_side_is_the_decision_where_nobody_else_is_there(self) -> None:
        cellvia()
        made = self.declined()

        case = dispute_decision(person("Zoe"), registration_id=made.pk, words="We met them.", at=AT + 2 * DAY)

        ours = case.claims.get(partner__isnull=True)
        assert (ours.kind, ours.grounds, ours.happened_at) == ("decision", "", AT + DAY)

    def test_the_other_side_is_what_our_own_team_does_there(self) -> None:
        account = cellvia()
        meeting(account, date(2026, 11, 10))
        made = self.declined()

        case = dispute_decision(person("Zoe"), registration_id=made.pk, words="We met them.", at=AT + 2 * DAY)

        ours = case.claims.get(partner__isnull=True)
        assert (ours.kind, ours.grounds) == ("direct", "meeting")
        assert ours.happened_at == datetime(2026, 11, 9, 23, 0, tzinfo=UTC)

    def test_an_open_deal_of_ours_ranks_above_a_meeting_and_is_ruled_once(self) -> None:
        account, partner = cellvia(), make_partner("Corvid")
        meeting(account, date(2026, 11, 10))
        ours = deal_at(account, date(2026, 11, 12))
        made = submit(partner.pk).registration
        decline_registration(person("Ines"), registration_id=made.pk, reason="Ours.", at=AT + DAY)

        case = dispute_decision(person("Zoe"), registration_id=made.pk, words="We met them.", at=AT + 2 * DAY)
        conflicts.rule(person("Tom"), conflict_id=case.pk, ruling=uphold(partner.pk), at=AT + 3 * DAY)
        conflicts.watch(person("Eve"), at=AT + 30 * DAY)
        second = deal_at(account, date(2026, 12, 20))

        assert case.claims.get(partner__isnull=True).opportunity_id == ours.pk
        [found] = conflicts.watch(person("Ada"), at=AT + 31 * DAY)
        assert (found.kind, found.opportunity_id) == (ConflictKind.DIRECT_ON_PROTECTED, second.pk)

    @pytest.mark.parametrize(
        ("may_learn", "approved", "told"),
        [
            ("nothing", False, []),
            ("known", False, ["registration"]),
            ("nothing", True, ["direct", "registration"]),
        ],
    )
    def test_a_dispute_tells_no_more_of_the_company_than_claiming_it_does(
        self,
        vendor: Scope,
        may_learn: str,
        approved: bool,  # noqa: FBT001 - a column of the table
        told: list[str],
    ) -> None:
        meeting(cellvia(), date(2026, 11, 10))
        made = submit(make_partner("Corvid").pk).registration
        DealRegistration.objects.filter(pk=made.pk).update(disclosure=may_learn)
        if approved:
            approve_registration(person("Ines"), registration_id=made.pk, at=AT + DAY)
        else:
            decline_registration(person("Ines"), registration_id=made.pk, reason="No.", at=AT + DAY)
        case = dispute_decision(person("Zoe"), registration_id=made.pk, words="We met them.", at=AT + 2 * DAY)

        with scope(workspace_id=vendor.workspace_id or 0, partner_id=made.partner_id):
            found = own_case(partner_id=made.partner_id, conflict_id=case.pk)

        assert found is not None
        assert sorted(claim.kind for claim in found.claims) == told
