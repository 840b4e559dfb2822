"""Rules of telling: how far wishes reach, how far mails are apart, and when digests are due in any zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.platform.notifications.rules import (
    GRACE,
    Digest,
    Reach,
    Relation,
    Timetable,
    due_period,
    mail_due_at,
    reaches,
    told,
)

BERLIN = ZoneInfo("Europe/Berlin")
HALF_AN_HOUR = timedelta(minutes=30)
ZONES = ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Kiritimati", "UTC"]
YEARS = timedelta(days=1_400)
instants = st.timedeltas(timedelta(0), YEARS).map(lambda passed: datetime(2024, 1, 1, tzinfo=UTC) + passed)


@pytest.mark.parametrize(
    ("reach", "relation", "expected"),
    [
        (Reach.OFF, Relation.OWNER, False),
        (Reach.OWN, Relation.OWNER, True),
        (Reach.OWN, Relation.COLLABORATOR, False),
        (Reach.COLLABORATING, Relation.COLLABORATOR, True),
        (Reach.COLLABORATING, Relation.NONE, False),
        (Reach.ALL, Relation.NONE, True),
    ],
)
def test_each_reach_includes_those_before_it(reach: Reach, relation: Relation, *, expected: bool) -> None:
    assert reaches(reach, relation) is expected


@given(
    inbox=st.sampled_from(Reach),
    mail=st.sampled_from(Reach),
    digest=st.sampled_from(Reach),
    relation=st.sampled_from(Relation),
    pressing=st.booleans(),
)
def test_only_what_is_pressing_and_fresh_is_mailed_and_then_stays_out_of_the_digest(
    inbox: Reach, mail: Reach, digest: Reach, relation: Relation, *, pressing: bool
) -> None:
    heard = told(inbox=inbox, mail=mail, digest=digest, relation=relation, is_pressing=pressing, age=timedelta(hours=1))
    assert not (heard.by_mail and not pressing)
    assert not (heard.by_mail and heard.in_digest)
    late = told(inbox=inbox, mail=mail, digest=digest, relation=relation, is_pressing=pressing, age=timedelta(days=3))
    assert not late.by_mail
    old = told(inbox=inbox, mail=mail, digest=digest, relation=relation, is_pressing=pressing, age=timedelta(days=31))
    assert not old.anywhere


@given(st.lists(instants, min_size=1, max_size=20))
def test_two_mails_about_a_topic_are_never_closer_than_the_rule(moments: list[datetime]) -> None:
    sent: list[datetime] = []
    for now in sorted(moments):
        if sent and sent[-1] > now:
            continue  # what happens while a mail waits joins it
        sent.append(mail_due_at(now=now, last_sent_at=sent[-1] if sent else None, apart=HALF_AN_HOUR))
    assert all(later - earlier >= HALF_AN_HOUR for earlier, later in pairwise(sent))


def test_a_weekly_digest_is_due_on_monday_at_eight_on_the_wall() -> None:
    weekly = Timetable(Digest.WEEKLY, BERLIN)
    assert due_period(weekly, now=datetime(2026, 11, 23, 6, 59, tzinfo=UTC)) is None
    assert due_period(weekly, now=datetime(2026, 11, 23, 7, 0, tzinfo=UTC)) == "2026-W48"
    assert due_period(weekly, now=datetime(2026, 7, 20, 6, 0, tzinfo=UTC)) == "2026-W30"
    assert due_period(weekly, now=datetime(2026, 11, 24, 7, 0, tzinfo=UTC)) is None


def test_where_the_clock_skips_the_hour_the_digest_comes_after_the_gap_and_where_it_repeats_once() -> None:
    daily = Timetable(Digest.DAILY, BERLIN, hour=2)
    assert due_period(daily, now=datetime(2026, 3, 29, 0, 59, tzinfo=UTC)) is None
    assert due_period(daily, now=datetime(2026, 3, 29, 1, 0, tzinfo=UTC)) == "2026-03-29"
    first, second = datetime(2026, 10, 25, 0, 0, tzinfo=UTC), datetime(2026, 10, 25, 1, 0, tzinfo=UTC)
    assert due_period(daily, now=first) == due_period(daily, now=second) == "2026-10-25"


def test_moving_to_another_zone_does_not_repeat_a_week() -> None:
    tokyo, angeles = ZoneInfo("Asia/Tokyo"), ZoneInfo("America/Los_Angeles")
    here = due_period(Timetable(Digest.WEEKLY, tokyo), now=datetime(2026, 11, 22, 23, 0, tzinfo=UTC))
    there = due_period(Timetable(Digest.WEEKLY, angeles), now=datetime(2026, 11, 23, 16, 0, tzinfo=UTC))
    assert here == there == "2026-W48"


@given(st.sampled_from(ZONES), st.integers(0, 23), st.dates(date(2024, 1, 2), date(2027, 12, 30)))
def test_every_day_has_one_daily_digest_in_every_zone_also_when_clocks_change(zone: str, hour: int, day: date) -> None:
    daily = Timetable(Digest.DAILY, ZoneInfo(zone), hour=hour)
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    quarters = [midnight + timedelta(minutes=15 * step) for step in range(4 * 48)]
    found = {due_period(daily, now=now) for now in quarters} - {None}
    assert day.isoformat() in found or (day - timedelta(days=1)).isoformat() in found
    assert len(found) <= 3


@given(instants, st.sampled_from(ZONES), st.integers(0, 23))
def test_a_digest_is_never_early_and_never_later_than_the_grace(now: datetime, zone: str, hour: int) -> None:
    period = due_period(Timetable(Digest.DAILY, ZoneInfo(zone), hour=hour), now=now)
    if period is not None:
        due = datetime.fromisoformat(period).replace(hour=hour, tzinfo=ZoneInfo(zone)).astimezone(UTC)
        assert timedelta(0) <= now - due <= GRACE
