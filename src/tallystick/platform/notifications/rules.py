"""Pure rules of telling: how far a wish reaches, when a mail goes out, when a digest is due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum, StrEnum
from zoneinfo import ZoneInfo


class Channel(StrEnum):
    """The ways a person can hear of something."""

    INBOX = "inbox"
    MAIL = "mail"
    DIGEST = "digest"


class Reach(StrEnum):
    """Of which records a person wants to hear; each reach includes the ones before it."""

    OFF = "off"
    OWN = "own"
    COLLABORATING = "collaborating"
    ALL = "all"


class Relation(Enum):
    """What a person has to do with a record."""

    NONE = 0
    COLLABORATOR = 1
    OWNER = 2


_NEEDED = {Reach.OWN: Relation.OWNER, Reach.COLLABORATING: Relation.COLLABORATOR, Reach.ALL: Relation.NONE}


def reaches(reach: Reach, relation: Relation) -> bool:
    """Tell whether somebody with this wish hears of a record they have this relation to."""
    return reach is not Reach.OFF and relation.value >= _NEEDED[reach].value


FRESH = timedelta(days=2)
"""An entry that is older when it is taken up is told, but sends no mail: nobody wants last month's news at once."""
TOLD = timedelta(days=30)
"""An entry that is older still is history and told to nobody."""


@dataclass(frozen=True, slots=True)
class Told:
    """By which channels one person hears of one entry."""

    in_app: bool
    by_mail: bool
    in_digest: bool

    @property
    def anywhere(self) -> bool:
        """Tell whether the person hears of it at all."""
        return self.in_app or self.by_mail or self.in_digest


NOT_AT_ALL = Told(in_app=False, by_mail=False, in_digest=False)


def told(*, inbox: Reach, mail: Reach, digest: Reach, relation: Relation, is_pressing: bool, age: timedelta) -> Told:
    """Decide how a person hears of an entry; only what is pressing goes out at once.

    Pressing is what somebody must act on, or money that changed. What is mailed at once stays out of the digest.
    """
    if age > TOLD:
        return NOT_AT_ALL
    by_mail = is_pressing and age <= FRESH and reaches(mail, relation)
    return Told(
        in_app=reaches(inbox, relation),
        by_mail=by_mail,
        in_digest=reaches(digest, relation) and not by_mail,
    )


def mail_due_at(*, now: datetime, last_sent_at: datetime | None, apart: timedelta) -> datetime:
    """Give the instant a mail about a topic goes out: now, but never within `apart` of the one before."""
    return now if last_sent_at is None else max(now, last_sent_at + apart)


class Digest(StrEnum):
    """The mails that come by the clock."""

    DAILY = "daily"
    WEEKLY = "weekly"


GRACE = timedelta(hours=20)
"""A digest that could not be sent in time is sent late, up to this long; then the next one tells it all."""


@dataclass(frozen=True, slots=True)
class Timetable:
    """When a digest is due: a full hour of the local day, and for the weekly one a weekday (0 is Monday)."""

    digest: Digest
    zone: ZoneInfo
    hour: int = 8
    weekday: int = 0


def due_period(timetable: Timetable, *, now: datetime) -> str | None:
    """Name the period whose digest is due by now, or nothing: "2026-11-23" by day, "2026-W48" by week.

    The hour is that of the clock on the wall. Where the clocks go forward over it, it is due an hour later; where it
    comes twice, the first time. The name of a period is the same in every zone, so that moving does not repeat it.
    """
    local = now.astimezone(timetable.zone)
    for day in (local.date(), local.date() - timedelta(days=1)):
        if timetable.digest is Digest.WEEKLY and day.weekday() != timetable.weekday:
            continue
        if timedelta(0) <= now - _instant(day, timetable) <= GRACE:
            return _name(day, timetable.digest)
    return None


def period_start(timetable: Timetable, *, now: datetime) -> datetime:
    """Give the instant from which the digest due now tells what happened: a day or a week before."""
    return now - (timedelta(days=7) if timetable.digest is Digest.WEEKLY else timedelta(days=1))


def _instant(day: date, timetable: Timetable) -> datetime:
    return datetime.combine(day, time(timetable.hour), tzinfo=timetable.zone).astimezone(ZoneInfo("UTC"))


def _name(day: date, digest: Digest) -> str:
    if digest is not Digest.WEEKLY:
        return day.isoformat()
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"
