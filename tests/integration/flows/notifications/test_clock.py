"""What the clock does: reminders once an occasion, silence broken on its days, digests once a period and zone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from django.core import mail

from tallystick.deals.services import approve_registration
from tallystick.flows.notifications import compose, digests, reminders, stream
from tallystick.flows.notifications.readers import vendor_listeners
from tallystick.platform.actors import SYSTEM
from tallystick.platform.models import ActivityEntry, Delivery, DigestSent, Notice, Workspace
from tallystick.platform.notifications.choices import (
    DigestWish,
    Reader,
    Rules,
    change_notice_rules,
    wish_for_digest,
)
from tallystick.platform.notifications.delivering import deliver_mail
from tallystick.platform.notifications.rules import Digest
from tallystick.platform.tenancy import scope
from tests.integration.flows.notifications.world import MONDAY, Cast, actor_of, make_cast, register, titles_of

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def cast(workspace: Workspace) -> Iterator[Cast]:
    people = make_cast(workspace)
    with scope(workspace_id=workspace.pk):
        stream.take_up(at=MONDAY - timedelta(days=300))
        yield people


def recorded(verb: str) -> int:
    return ActivityEntry.objects.filter(verb=verb).count()


def run_hourly(start: datetime, *, days: int) -> None:
    for hours in range(0, 24 * days, 6):
        reminders.remind(SYSTEM, at=start + timedelta(hours=hours))


def test_silence_nudges_the_owner_on_day_seven_and_tells_the_partner_on_day_ten_once_each(cast: Cast) -> None:
    registration = register(cast, "Cellvia")
    run_hourly(MONDAY, days=6)
    assert (recorded("silence_nudged"), recorded("silence_told")) == (0, 0)
    run_hourly(MONDAY + 7 * DAY, days=1)
    assert (recorded("silence_nudged"), recorded("silence_told")) == (1, 0)
    run_hourly(MONDAY + 10 * DAY, days=5)
    assert (recorded("silence_nudged"), recorded("silence_told")) == (1, 1)

    stream.take_up(at=MONDAY + 10 * DAY)
    assert "Cellvia: no news for Zephyr Informatics in 7 days" in titles_of(cast.manager, workspace=cast.workspace)
    assert titles_of(cast.seller, workspace=cast.workspace, partner=cast.partner)[-1] == (
        "Cellvia: Mia Berg has it, expect news by 6 Dec"
    )

    approve_registration(actor_of(cast.manager), registration_id=registration.pk, at=MONDAY + 15 * DAY)
    run_hourly(MONDAY + 16 * DAY, days=8)
    assert (recorded("silence_nudged"), recorded("silence_told")) == (2, 1)


def test_the_days_of_silence_are_the_workspace_s(cast: Cast) -> None:
    change_notice_rules(SYSTEM, rules=Rules(nudge_owner_days=2, tell_partner_days=3), at=MONDAY)
    register(cast, "Cellvia")
    reminders.remind(SYSTEM, at=MONDAY + 2 * DAY)
    assert (recorded("silence_nudged"), recorded("silence_told")) == (1, 0)
    run_hourly(MONDAY + 3 * DAY, days=1)
    assert (recorded("silence_nudged"), recorded("silence_told")) == (1, 1)


def test_a_history_that_was_silent_for_long_is_left_alone(cast: Cast) -> None:
    register(cast, "Cellvia", at=MONDAY - timedelta(days=60))
    run_hourly(MONDAY, days=2)
    assert (recorded("silence_nudged"), recorded("silence_told")) == (0, 0)


def test_a_decision_that_is_due_in_eight_hours_is_told_once(cast: Cast) -> None:
    registration = register(cast, "Cellvia")
    due = registration.answer_due_at
    reminders.remind(SYSTEM, at=due - timedelta(hours=9))
    assert recorded("registration_answer_due") == 0
    reminders.remind(SYSTEM, at=due - timedelta(hours=8))
    reminders.remind(SYSTEM, at=due - timedelta(hours=7))
    assert recorded("registration_answer_due") == 1
    stream.take_up(at=due - timedelta(hours=7))
    assert titles_of(cast.manager, workspace=cast.workspace)[-1] == (
        "Cellvia: Zephyr Informatics waits for an answer by 25 Nov 2026, 10:00 CET"
    )


def test_protections_are_told_of_thirty_fourteen_and_three_days_before_they_end(cast: Cast) -> None:
    registration = register(cast, "Cellvia")
    approve_registration(actor_of(cast.manager), registration_id=registration.pk, at=MONDAY)
    for days in range(55, 95):
        reminders.remind(SYSTEM, at=MONDAY + days * DAY)
        stream.take_up(at=MONDAY + days * DAY)
    told = Notice.objects.filter(person=cast.seller, verb="protection_ending").order_by("position")
    assert [(notice.at.date().isoformat(), notice.urgency) for notice in told] == [
        ("2027-01-22", "normal"),
        ("2027-02-07", "normal"),
        ("2027-02-18", "act"),
    ]


# Digests


def run_quarters(start: datetime, *, hours: int) -> list[tuple[str, str]]:
    """Queue and send what comes due, quarter by quarter, and return to whom and what was sent."""
    mail.outbox.clear()
    for step in range(4 * hours):
        at = start + timedelta(minutes=15 * step)
        digests.queue_digests(at=at)
        for delivery in Delivery.objects.filter(state="queued", channel="digest").order_by("pk"):
            deliver_mail(delivery_id=delivery.pk, compose=partial(compose.compose, at=at), at=at)
    return [(message.to[0], str(message.subject)) for message in mail.outbox]


def test_a_week_is_sent_on_monday_at_eight_to_the_vendor_and_to_partners_with_news_only(cast: Cast) -> None:
    registration = register(cast, "Cellvia", at=MONDAY - 3 * DAY)
    approve_registration(actor_of(cast.manager), registration_id=registration.pk, at=MONDAY - 2 * DAY)
    register(cast, "Northgate", at=MONDAY - DAY, seed=1)
    stream.take_up(at=MONDAY - DAY)

    sent = run_quarters(datetime(2026, 11, 22, 12, tzinfo=UTC), hours=48)
    assert sorted(sent) == [
        ("mia@umbra.example", "[Weekly] Your week with partners"),
        ("sam@zephyr.example", "[Weekly] Your week with Umbra Labs"),
        ("zoe@zephyr.example", "[Weekly] Your week with Umbra Labs"),
    ]
    assert Delivery.objects.filter(channel="digest", sent_at__isnull=False).order_by("sent_at").first() is not None
    assert {delivery.due_at.isoformat() for delivery in Delivery.objects.filter(channel="digest")} == {
        "2026-11-23T07:00:00+00:00"
    }
    text = next(message.body for message in mail.outbox if message.to == ["mia@umbra.example"])
    assert "What waits for you" in text
    assert "Northgate" in text
    assert "Nothing else needs you." in text
    partner_text = next(message.body for message in mail.outbox if message.to == ["sam@zephyr.example"])
    assert "Cellvia: approved, protected to 19 Feb" in partner_text
    assert "Your next step" in partner_text


def test_a_digest_with_nothing_to_tell_is_not_sent_and_not_tried_again(cast: Cast) -> None:
    assert [subject for to, subject in run_quarters(MONDAY - DAY, hours=36) if "zephyr" in to] == []
    assert DigestSent.objects.filter(person=cast.seller).count() == 1
    assert Delivery.objects.get(person=cast.seller, channel="digest").state == "skipped"


def test_two_workers_write_a_digest_once(cast: Cast) -> None:
    at = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
    assert digests.queue_digests(at=at) > 0
    assert digests.queue_digests(at=at) == 0
    listener = next(found for found in vendor_listeners() if found.person == cast.admin)
    assert not digests.queue_digest(listener, Digest.WEEKLY, period="2026-W48", at=at)


def test_a_person_gets_a_digest_at_their_own_hour_and_zone_also_when_clocks_change(cast: Cast) -> None:
    for reader in (Reader(cast.admin.pk), Reader(cast.manager.pk)):
        wish_for_digest(reader, DigestWish(Digest.WEEKLY, is_on=False))
    wish_for_digest(Reader(cast.manager.pk), DigestWish(Digest.DAILY, is_on=True, hour=7, time_zone="America/New_York"))
    for day in (datetime(2026, 10, 31, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)):
        register(cast, f"Deal {day.day}", at=day - timedelta(hours=2), seed=day.day)
    stream.take_up(at=datetime(2026, 11, 1, tzinfo=UTC))
    Notice.objects.update(in_digest=True)
    sent = run_quarters(datetime(2026, 10, 31, 8, tzinfo=UTC), hours=40)
    assert sent == [("mia@umbra.example", "[Daily] What happened since yesterday")] * 2
    assert [
        found.isoformat()
        for found in Delivery.objects.filter(person=cast.manager, channel="digest")
        .order_by("due_at")
        .values_list("due_at", flat=True)
    ] == ["2026-10-31T11:00:00+00:00", "2026-11-01T12:00:00+00:00"]
