"""Commission plans from draft to publication, and which one pays on a day."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.db import DatabaseError, transaction
from pytest_django import DjangoAssertNumQueries

from tallystick.partners.models import PartnerType
from tallystick.platform.actors import SYSTEM
from tallystick.platform.models import ActivityEntry
from tallystick.platform.tenancy import Scope
from tallystick.programmes.models import Motion, PlanVersion, Track
from tallystick.programmes.queries import plan_in_force, tracks_with_plans
from tallystick.programmes.rules.reading import PlanInvalid
from tallystick.programmes.services import (
    PlanClash,
    PlanPublished,
    TrackMissing,
    create_track,
    publish_plan,
    save_plan_draft,
)

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 10, 14, 12, 0, tzinfo=UTC)


def document(*, valid_from: str = "2026-01-01", valid_to: str = "", percent: int = 10) -> str:
    return "\n".join(
        [
            "plan: Referral 2026",
            "track: referral",
            "currency: EUR",
            f"valid_from: {valid_from}",
            *([f"valid_to: {valid_to}"] if valid_to else []),
            "trigger: payment_received",
            "base: {amount: net}",
            f"rules: [{{id: standard, says: A share of what the customer paid, percent: {percent}}}]",
            "hold_days: 30",
            "claw_back: {window_days: 180, method: proportional}",
            "rounding: {mode: half_even}",
        ]
    )


@pytest.fixture
def track(vendor: Scope) -> Track:
    return create_track(
        SYSTEM,
        partner_type=PartnerType.REFERRAL,
        motion=Motion.REFERRAL,
        name="Referral",
        kpi="Qualified introductions a quarter",
        at=NOON,
    )


def published(text: str) -> PlanVersion:
    return publish_plan(SYSTEM, version_id=save_plan_draft(SYSTEM, document=text, at=NOON).pk, at=NOON)


def in_force(day: date) -> int | None:
    version = plan_in_force(partner_type="referral", on=day)
    return version.number if version else None


def test_a_draft_is_replaced_until_it_is_published_and_then_gets_a_successor(track: Track) -> None:
    first = save_plan_draft(SYSTEM, document=document(percent=10), at=NOON)
    again = save_plan_draft(SYSTEM, document=document(percent=12), at=NOON)
    assert (first.pk, first.number) == (again.pk, 1)

    publish_plan(SYSTEM, version_id=again.pk, at=NOON)
    following = save_plan_draft(SYSTEM, document=document(valid_from="2027-01-01"), at=NOON)

    assert (following.number, following.published_at, following.currency) == (2, None, "EUR")


def test_two_texts_that_mean_the_same_have_the_same_hash(track: Track) -> None:
    plain = save_plan_draft(SYSTEM, document=document(), at=NOON).document_hash
    commented = save_plan_draft(SYSTEM, document=f"# as agreed in the spring\n{document()}", at=NOON).document_hash

    assert commented == plain
    assert len(plain) == 64


def test_a_published_version_never_changes_not_even_by_sql(track: Track) -> None:
    version = published(document())
    for change in ({"document": "other"}, {"valid_to": date(2026, 6, 30)}, {"published_at": None}):
        with pytest.raises(DatabaseError, match="kept as they are"), transaction.atomic():
            PlanVersion.objects.filter(pk=version.pk).update(**change)
    with pytest.raises(DatabaseError, match="kept as they are"), transaction.atomic():
        PlanVersion.objects.filter(pk=version.pk).delete()
    with pytest.raises(PlanPublished):
        publish_plan(SYSTEM, version_id=version.pk, at=NOON)


def test_a_later_version_takes_over_on_its_first_day_without_changing_the_earlier_one(track: Track) -> None:
    published(document(valid_from="2026-01-01"))
    published(document(valid_from="2026-07-01", percent=12))
    save_plan_draft(SYSTEM, document=document(valid_from="2026-09-01", percent=50), at=NOON)

    assert in_force(date(2025, 12, 31)) is None
    assert in_force(date(2026, 1, 1)) == 1
    assert in_force(date(2026, 6, 30)) == 1
    assert in_force(date(2026, 7, 1)) == 2
    assert in_force(date(2030, 1, 1)) == 2


def test_a_version_published_for_an_earlier_time_does_not_displace_a_later_one(track: Track) -> None:
    published(document(valid_from="2026-07-01"))
    published(document(valid_from="2026-01-01"))

    assert in_force(date(2026, 6, 30)) == 2
    assert in_force(date(2026, 7, 1)) == 1


def test_nothing_pays_after_the_last_day_of_the_latest_version(track: Track) -> None:
    published(document(valid_from="2026-01-01"))
    published(document(valid_from="2026-07-01", valid_to="2026-09-30"))

    assert in_force(date(2026, 9, 30)) == 2
    assert in_force(date(2026, 10, 1)) is None
    assert plan_in_force(partner_type="reseller", on=date(2026, 9, 30)) is None


def test_two_published_versions_cannot_begin_on_the_same_day(track: Track) -> None:
    published(document(valid_from="2026-07-01"))
    draft = save_plan_draft(SYSTEM, document=document(valid_from="2026-07-01", percent=12), at=NOON)
    with pytest.raises(PlanClash, match="begins on 2026-07-01"):
        publish_plan(SYSTEM, version_id=draft.pk, at=NOON)

    draft.refresh_from_db()
    assert draft.published_at is None
    assert ActivityEntry.objects.filter(verb="plan_published").count() == 1


def test_a_plan_with_mistakes_is_not_kept(track: Track) -> None:
    with pytest.raises(PlanInvalid, match=r"Line 7, rules\[1\]\.percent"):
        save_plan_draft(SYSTEM, document=document(percent=110), at=NOON)

    assert not PlanVersion.objects.exists()


def test_a_plan_for_a_type_without_a_track_says_what_to_do(vendor: Scope) -> None:
    with pytest.raises(TrackMissing, match="no track for the partner type Referral partner"):
        save_plan_draft(SYSTEM, document=document(), at=NOON)


def test_the_tracks_come_with_all_versions_and_the_one_that_pays_in_two_queries(
    track: Track, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    published(document(valid_from="2026-01-01"))
    published(document(valid_from="2027-01-01"))
    with django_assert_num_queries(2):
        (found,) = tracks_with_plans(on=date(2026, 10, 14))

    assert found.track == track
    assert [version.number for version in found.versions] == [2, 1]
    assert found.in_force is not None
    assert found.in_force.number == 1
