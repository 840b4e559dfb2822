"""Partner organisations: their lifecycle, their tiers over time, and the reads that screens begin with."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from pytest_django import DjangoAssertNumQueries

from tallystick.partners.models import Lifecycle, Partner, PartnerRole, PartnerType, Tier, TierPeriod
from tallystick.partners.queries import directory_rows, partner_page, tier_on
from tallystick.partners.services import LifecycleRefused, change_lifecycle, change_tier, create_partner
from tallystick.platform.actors import SYSTEM
from tallystick.platform.models import ActivityEntry, Workspace
from tallystick.platform.tenancy import Scope, scope
from tests.factories.people import make_member, make_partner, make_partner_person

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 10, 14, 12, 0, tzinfo=UTC)
TODAY = date(2026, 10, 14)


def create(name: str = "Zephyr", lifecycle: Lifecycle = Lifecycle.PROSPECT, tier: Tier | None = None) -> Partner:
    return create_partner(
        SYSTEM, name=name, type=PartnerType.ISV, lifecycle=lifecycle, tier=tier, on=date(2026, 3, 1), at=NOON
    )


def test_a_prospect_has_not_joined_and_an_active_partner_has(vendor: Scope) -> None:
    assert create("Quanta").joined_on is None
    assert create("Zephyr", Lifecycle.ACTIVE).joined_on == date(2026, 3, 1)


def test_a_partner_joins_when_its_onboarding_begins_and_keeps_that_day(vendor: Scope) -> None:
    partner = create(lifecycle=Lifecycle.APPROVED)
    change_lifecycle(SYSTEM, partner_id=partner.pk, lifecycle=Lifecycle.ONBOARDING, on=date(2026, 4, 2), at=NOON)
    change_lifecycle(SYSTEM, partner_id=partner.pk, lifecycle=Lifecycle.ACTIVE, on=date(2026, 6, 9), at=NOON)

    partner.refresh_from_db()
    assert (partner.lifecycle, partner.joined_on) == ("active", date(2026, 4, 2))
    assert list(ActivityEntry.objects.order_by("position").values_list("summary", flat=True)) == [
        "Zephyr was added: ISV, approved",
        "Zephyr went from approved to onboarding",
        "Zephyr went from onboarding to active",
    ]


def test_a_step_that_makes_no_sense_is_refused_and_changes_nothing(vendor: Scope) -> None:
    partner = create()
    with pytest.raises(LifecycleRefused) as refused:
        change_lifecycle(SYSTEM, partner_id=partner.pk, lifecycle=Lifecycle.DORMANT, on=TODAY, at=NOON)

    assert str(refused.value) == (
        "A partner cannot go from prospect to dormant; it can become applied, approved, declined."
    )
    partner.refresh_from_db()
    assert partner.lifecycle == "prospect"
    assert ActivityEntry.objects.count() == 1


def test_a_tier_holds_from_its_first_day_until_the_next_one(vendor: Scope) -> None:
    partner = create(lifecycle=Lifecycle.ACTIVE, tier=Tier.AUTHORISED)
    change_tier(SYSTEM, partner_id=partner.pk, tier=Tier.PREMIER, valid_from=date(2026, 7, 1), today=TODAY, at=NOON)

    assert tier_on(partner_id=partner.pk, day=date(2026, 2, 28)) is None
    assert tier_on(partner_id=partner.pk, day=date(2026, 3, 1)) is Tier.AUTHORISED
    assert tier_on(partner_id=partner.pk, day=date(2026, 6, 30)) is Tier.AUTHORISED
    assert tier_on(partner_id=partner.pk, day=date(2026, 7, 1)) is Tier.PREMIER
    partner.refresh_from_db()
    assert partner.tier == "premier"


def test_a_tier_of_next_year_does_not_change_today_s(vendor: Scope) -> None:
    partner = create(lifecycle=Lifecycle.ACTIVE, tier=Tier.AUTHORISED)
    change_tier(SYSTEM, partner_id=partner.pk, tier=Tier.STRATEGIC, valid_from=date(2027, 1, 1), today=TODAY, at=NOON)

    partner.refresh_from_db()
    assert partner.tier == "authorised"
    assert tier_on(partner_id=partner.pk, day=date(2027, 1, 1)) is Tier.STRATEGIC


def test_a_second_change_for_the_same_day_replaces_the_first(vendor: Scope) -> None:
    partner = create(lifecycle=Lifecycle.ACTIVE, tier=Tier.AUTHORISED)
    for tier in (Tier.PREMIER, Tier.STRATEGIC):
        change_tier(SYSTEM, partner_id=partner.pk, tier=tier, valid_from=TODAY, today=TODAY, at=NOON)

    assert list(TierPeriod.objects.order_by("valid_from").values_list("tier", flat=True)) == [
        "authorised",
        "strategic",
    ]


def test_a_partner_of_another_workspace_cannot_be_changed(workspace: Workspace, other_workspace: Workspace) -> None:
    foreign = make_partner(other_workspace)
    with scope(workspace_id=workspace.pk), pytest.raises(Partner.DoesNotExist):
        change_tier(SYSTEM, partner_id=foreign.pk, tier=Tier.PREMIER, valid_from=TODAY, today=TODAY, at=NOON)

    with scope(workspace_id=other_workspace.pk):
        assert Partner.objects.get().tier == ""


def test_the_directory_lists_partners_by_name_in_one_query_however_many(
    workspace: Workspace, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    manager = make_member(workspace, name="Anna Berg").person
    zephyr, quanta = make_partner(workspace, "Zephyr"), make_partner(workspace, "Quanta")
    make_partner_person(zephyr, PartnerRole.ADMIN, email="zoe@zephyr.example")
    make_partner_person(zephyr, PartnerRole.SELLER, email="zack@zephyr.example")
    with scope(workspace_id=workspace.pk):
        Partner.objects.filter(pk=quanta.pk).update(manager=manager)
        with django_assert_num_queries(1):
            rows = directory_rows()
        searched = directory_rows(search="eph", lifecycle=Lifecycle.ACTIVE, type=PartnerType.RESELLER)

    assert [(row.name, row.manager, row.people, row.tier) for row in rows] == [
        ("Quanta", "Anna Berg", 0, None),
        ("Zephyr", "", 2, None),
    ]
    assert [row.name for row in searched] == ["Zephyr"]


def test_a_partner_s_page_begins_with_tiers_and_people_in_three_queries(
    workspace: Workspace, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    zephyr = make_partner(workspace)
    make_partner_person(zephyr, PartnerRole.SELLER, email="zoe@zephyr.example", name="Zoe Adler")
    with scope(workspace_id=workspace.pk):
        change_tier(SYSTEM, partner_id=zephyr.pk, tier=Tier.PREMIER, valid_from=TODAY, today=TODAY, at=NOON)
        with django_assert_num_queries(3):
            page = partner_page(zephyr.pk)

    assert page.partner == zephyr
    assert [period.tier for period in page.tier_periods] == ["premier"]
    assert [(row.name, row.role, row.is_invited) for row in page.people] == [("Zoe Adler", PartnerRole.SELLER, False)]
