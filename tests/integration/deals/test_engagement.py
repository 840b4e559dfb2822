"""Rules of engagement at work: versions that never change, claims that name theirs, trials that decide nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from tallystick.crm.models import Account
from tallystick.deals.distributed import DistributedDeal, deals_through
from tallystick.deals.engagement import rules_in_force, rules_of_claim
from tallystick.deals.models import Assessment, DealRegistration, EngagementVersion, Protection
from tallystick.deals.rules.answer import AnswerKind
from tallystick.deals.rules.engagement.reading import EngagementInvalid, default_document, read_engagement
from tallystick.deals.services import (
    EngagementPublished,
    NothingChanged,
    approve_registration,
    check_registration,
    decline_registration,
    publish_engagement,
    run_trial,
    save_engagement_draft,
    start_trial,
    withdraw_registration,
)
from tallystick.deals.services.deciding import RuleMissing
from tallystick.deals.tasks import try_engagement
from tallystick.partners.models import Partner, PartnerCertificate, PartnerTerritory
from tallystick.partners.standing import (
    Standing,
    TerritoryKnown,
    add_certificate,
    add_territory,
    remove_certificate,
    remove_territory,
    standing_of,
)
from tallystick.platform.models import ActivityEntry, Workspace
from tallystick.platform.tenancy import Scope, scope
from tests.factories import make_row

from .claims import ACTOR, AT, claim, submit

TEXT = default_document()
STRICTER = TEXT.replace("protection_days: 90", "protection_days: 30").replace("{gte: 5000}", "{gte: 50000}")
ON = date(2026, 11, 20)


@pytest.fixture
def corvid(vendor: Scope) -> Partner:
    return make_row(Partner, name="Corvid", type="reseller", lifecycle="active")


def published(text: str = STRICTER, *, days: int = 1) -> EngagementVersion:
    at = AT + timedelta(days=days)
    draft = save_engagement_draft(ACTOR, document=text, at=at)
    return publish_engagement(ACTOR, version_id=draft.pk, reason="Agreed with the council", at=at)


def outcome(registration: DealRegistration, rule: str) -> tuple[str, str]:
    step = next(step for step in registration.explanation["steps"] if step["rule"] == rule)
    return step["outcome"], step["sentence"]


def test_the_rules_that_ship_become_version_one_with_the_first_claim(corvid: Partner) -> None:
    assert rules_in_force().version_id is None

    registration = submit(corvid.pk).registration
    version = EngagementVersion.objects.get()
    assert (version.number, version.published_by_label, version.document) == (1, "Tallystick", TEXT)
    assert registration.rules_reference == str(version) == f"engagement@1#{read_engagement(TEXT).hash[:6]}"
    stored = Assessment.objects.get()
    assert (stored.registration, stored.version, stored.kind, stored.rule) == (registration, version, "in_review", "")
    assert stored.facts["claim.value_units"] == 42_000
    assert stored.facts["partner.type"] == "reseller"
    assert [step["rule"] for step in registration.explanation["steps"]] == [
        rule.id for rule in read_engagement(TEXT).rules
    ]


def test_a_published_version_never_changes_and_answers_what_comes_after_it(corvid: Partner) -> None:
    before = submit(corvid.pk).registration
    version = published()
    after = submit(corvid.pk, claim("Ardent", website="ardent.example"), days=2).registration

    assert (before.rules_reference[:13], after.rules_reference) == ("engagement@1#", str(version))
    assert outcome(before, "minimum_value") == ("met", "The value is at least 5,000 EUR.")
    assert outcome(after, "minimum_value") == ("broken", "The value is below 50,000 EUR, the least we register.")
    approve_registration(ACTOR, registration_id=before.pk, at=AT + timedelta(days=3))
    approve_registration(ACTOR, registration_id=after.pk, at=AT + timedelta(days=3))
    assert set(DealRegistration.objects.values_list("protected_until", flat=True)) == {
        date(2027, 2, 21),
        date(2026, 12, 23),
    }
    for change in ({"document": TEXT}, {"reason": "Another"}):
        with pytest.raises(DatabaseError), transaction.atomic():
            EngagementVersion.objects.filter(pk=version.pk).update(**change)
    with pytest.raises(EngagementPublished):
        publish_engagement(ACTOR, version_id=version.pk, at=AT)


def test_a_draft_is_replaced_and_one_that_says_the_same_is_not_published(vendor: Scope) -> None:
    first = save_engagement_draft(ACTOR, document=STRICTER, at=AT)
    again = save_engagement_draft(ACTOR, document=f"# A remark.\n{TEXT}", at=AT)

    assert (again.pk, again.number) == (first.pk, 2)
    with pytest.raises(NothingChanged, match="says the same as version 1"):
        publish_engagement(ACTOR, version_id=again.pk, at=AT)
    with pytest.raises(EngagementInvalid):
        save_engagement_draft(ACTOR, document=TEXT.replace("protection_days: 90\n", ""), at=AT)
    assert EngagementVersion.objects.filter(published_at__isnull=True).get().document == f"# A remark.\n{TEXT}"
    assert rules_in_force().number == 1


def test_a_decision_of_a_person_cites_its_rule_and_what_was_not_met(corvid: Partner) -> None:
    small = submit(corvid.pk, claim(minor=100_000)).registration
    with pytest.raises(RuleMissing):
        decline_registration(ACTOR, registration_id=small.pk, reason="Too small.", rule="size", at=AT)
    assert DealRegistration.objects.get().state == "submitted"

    declined = decline_registration(ACTOR, registration_id=small.pk, reason="Small.", rule="minimum_value", at=AT)
    assert (declined.decision_rule, declined.decided_by_label) == ("minimum_value", "Asha Patel")
    entry = ActivityEntry.objects.get(verb="registration_declined")
    assert '"not_met":["minimum_value"]' in entry.body.replace(" ", "")
    assert rules_of_claim(declined).number == 1


def test_a_trial_tells_whose_answer_would_be_another_and_decides_nothing(workspace: Workspace, corvid: Partner) -> None:
    submit(corvid.pk)
    submit(corvid.pk, claim("Ardent", website="ardent.example", minor=9_000_000))
    text = STRICTER.replace(
        "A person compares the value.\n    broken: review", "A person compares it.\n    broken: decline"
    )
    states = list(DealRegistration.objects.order_by("pk").values())

    trial = run_trial(trial_id=start_trial(ACTOR, document=text, at=AT).pk, at=AT)
    assert (trial.claims, trial.tried, trial.counts, trial.finished_at) == (2, 2, {"declined_now": 1}, AT)
    (row,) = trial.rows
    assert (row["company"], row["partner"]) == ("Cellvia Ltd", "Corvid")
    assert (row["before"], row["after"]) == (
        {"declined_by": None, "to_weigh": []},
        {"declined_by": "minimum_value", "to_weigh": []},
    )
    same = start_trial(ACTOR, document=f"# The same.\n{TEXT}", at=AT)
    try_engagement.func(_context(), workspace_id=workspace.pk, trial_id=same.pk)
    same.refresh_from_db()
    assert (same.tried, same.counts, same.rows) == (2, {}, [])
    assert same.finished_at is not None
    assert list(DealRegistration.objects.order_by("pk").values()) == states
    assert EngagementVersion.objects.count() == 1


def _context() -> object:
    class Job:
        id = None
        attempts = 0

    class Context:
        job = Job()

    return Context()


# What the partner manager keeps


def stands(certificates: int, *, is_certified: bool) -> Standing:
    return Standing(("DE",), certificates, is_certified, anybody_certified=True)


def test_territories_and_certificates_are_kept_with_their_days(corvid: Partner) -> None:
    assert standing_of(corvid.pk, product_key="", on=ON) == Standing((), None, None, anybody_certified=False)
    add_territory(ACTOR, partner_id=corvid.pk, country="DE", valid_until=None, at=AT)
    over = add_territory(ACTOR, partner_id=corvid.pk, country="AT", valid_until=date(2026, 11, 19), at=AT)
    with pytest.raises(TerritoryKnown):
        add_territory(ACTOR, partner_id=corvid.pk, country="DE", valid_until=None, at=AT)
    expired = add_certificate(
        ACTOR,
        partner_id=corvid.pk,
        name="ELN Professional",
        holder="Zoe Lind",
        product=" ELN  Pro",
        valid_until=date(2026, 11, 20),
        at=AT,
    )

    assert standing_of(corvid.pk, product_key="eln pro", on=ON) == stands(1, is_certified=True)
    assert standing_of(corvid.pk, product_key="lims", on=ON) == stands(1, is_certified=False)
    later = standing_of(corvid.pk, product_key="eln pro", on=ON + timedelta(days=1))
    assert later == stands(0, is_certified=False)
    assert not ActivityEntry.objects.filter(body__contains="Zoe Lind").exists()

    with pytest.raises(PartnerTerritory.DoesNotExist):
        remove_territory(ACTOR, partner_id=make_row(Partner, name="Kite").pk, territory_id=over.pk, at=AT)
    remove_territory(ACTOR, partner_id=corvid.pk, territory_id=over.pk, at=AT)
    remove_certificate(ACTOR, partner_id=corvid.pk, certificate_id=expired.pk, at=AT)
    assert (PartnerTerritory.objects.count(), PartnerCertificate.objects.count()) == (1, 0)


def test_the_rules_ask_for_territory_and_certificate_of_the_claim(corvid: Partner) -> None:
    make_row(Account, name="Cellvia", domain="cellvia.com", normalised_name="cellvia", country="United Kingdom")
    first = submit(corvid.pk).registration
    assert outcome(first, "territory")[0] == outcome(first, "certification")[0] == "not_asked"

    add_territory(ACTOR, partner_id=corvid.pk, country="DE", valid_until=None, at=AT)
    add_certificate(
        ACTOR,
        partner_id=make_row(Partner, name="Kite").pk,
        name="Basics",
        holder="Ole Nord",
        product="",
        valid_until=None,
        at=AT,
    )
    withdraw_registration(ACTOR, registration_id=first.pk, at=AT)
    again = submit(corvid.pk, days=10).registration
    assert outcome(again, "territory") == ("broken", "The company is in GB; your territory is DE.")
    assert outcome(again, "certification") == (
        "unknown",
        "No certificate of your people is on record with us. A person looks.",
    )
    facts = Assessment.objects.get(registration=again).facts
    assert (facts["partner.registered_before"], facts["partner.earlier_ended_days_ago"]) == (True, 10)


@pytest.mark.parametrize(
    ("accounts", "claimed_country", "expected", "namesakes"),
    [
        ([{"is_customer": True, "domain": "cellvia.co.uk"}], "", "unknown", ["Cellvia UK"]),
        ([{"is_customer": True, "domain": "cellvia.co.uk", "country": "GB"}], "gb", "unknown", ["Cellvia UK"]),
        ([{"is_customer": True, "domain": "cellvia.fr", "country": "FR"}], "GB", "met", []),
        ([{"is_customer": False, "domain": "cellvia.co.uk"}], "", "met", ["Cellvia UK"]),
        ([{"is_customer": False}, {"is_customer": True}], "", "unknown", ["Cellvia UK", "Cellvia UK"]),
        ([{"is_customer": True, "domain": "cellvia.co.uk"}, {"domain": "cellvia.com"}], "", "met", []),
    ],
)
def test_a_customer_of_the_name_that_may_be_the_company_is_left_to_a_person(
    corvid: Partner, accounts: list[dict[str, Any]], claimed_country: str, expected: str, namesakes: list[str]
) -> None:
    for key, facts in enumerate(accounts):
        make_row(Account, name="Cellvia UK", normalised_name="cellvia", external_id=str(key), **facts)

    registration = submit(corvid.pk, replace(claim(), country=claimed_country)).registration
    assert outcome(registration, "new_to_us")[0] == expected
    hits = Assessment.objects.get(registration=registration).hits
    assert [hit["label"] for hit in hits if hit["kind"] == "namesake"] == namesakes
    assert {hit["why"] for hit in hits if hit["kind"] == "namesake"} <= {"same name; it may be the company"}


# Two tiers


def test_reseller_and_distributor_are_protected_together_and_the_distributor_sees_what_the_rules_allow(
    workspace: Workspace, corvid: Partner
) -> None:
    distributor = make_row(Partner, name="Atlas Supply", type="distributor", lifecycle="active", domain="atlas.example")
    kite = make_row(Partner, name="Kite", type="reseller", lifecycle="active")
    with scope(workspace_id=workspace.pk, partner_id=corvid.pk):
        registration = submit(corvid.pk, replace(claim(), distributor="atlas.example")).registration
    assert outcome(registration, "two_tier")[0] == "met"
    assert Protection.objects.count() == 1

    with scope(workspace_id=workspace.pk, partner_id=distributor.pk):
        assert submit(distributor.pk, days=1).answer.rule == "not_twice"
        assert DealRegistration.objects.filter(partner_id=corvid.pk).count() == 0
        assert deals_through(partner_id=distributor.pk) == [
            DistributedDeal(
                company="Cellvia Ltd",
                product="",
                reseller="Corvid",
                state="In review",
                protected_until=None,
                value=None,
            )
        ]
        with pytest.raises(PermissionError):
            deals_through(partner_id=corvid.pk)
    with scope(workspace_id=workspace.pk, partner_id=kite.pk):
        assert submit(kite.pk, days=1).answer.rule == "first_to_register"
        assert deals_through(partner_id=kite.pk) == []


@pytest.mark.parametrize(
    ("named", "found"),
    [("atlas supply", "met"), ("Kite", "unknown"), ("Nobody Ltd", "unknown"), ("", "not_asked")],
)
def test_only_distributors_are_found_by_what_a_claim_names(corvid: Partner, named: str, found: str) -> None:
    make_row(Partner, name="Atlas Supply", type="distributor", lifecycle="active")
    make_row(Partner, name="Kite", type="reseller", lifecycle="active")

    named_so = replace(claim(), distributor=named)
    typed = check_registration(partner_id=corvid.pk, claim=named_so, at=AT).eligibility
    assert next(check.outcome for check in typed.checks if check.rule == "two_tier") == found
    receipt = submit(corvid.pk, named_so)
    assert receipt.answer.kind is AnswerKind.IN_REVIEW
    assert outcome(receipt.registration, "two_tier")[0] == found
