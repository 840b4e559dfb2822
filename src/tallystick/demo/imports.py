"""When the facts came in: one export a month of each kind, one a week in the month that runs, the last just now."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from tallystick.demo.days import LONDON
from tallystick.demo.facts import Fact
from tallystick.demo.world import World
from tallystick.kernel.canonical import canonical_json, sha256_hex
from tallystick.kernel.periods import Month

CRM, BILLING, RATES = "salesforce", "billing", "demo"
SINCE_LAST_SYNC = timedelta(minutes=4)
READING = timedelta(seconds=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One export that was read: how many rows it added and changed."""

    kind: str
    source: str
    file_name: str
    file_hash: str
    finished_at: datetime
    added: int
    changed: int

    @property
    def started_at(self) -> datetime:
        """Return when reading began."""
        return self.finished_at - READING


class Timetable:
    """The instants at which exports were read, and which of them brought what was known on a day."""

    def __init__(self, *, first_day: date, now: datetime) -> None:
        today = now.astimezone(LONDON).date()
        month, days = Month.containing(first_day).plus(1), []
        while month.first_day <= today:
            days.append(month.first_day)
            month = month.plus(1)
        mondays = (today - timedelta(days=today.weekday() + 7 * week) for week in range(5))
        days += [monday for monday in mondays if monday > days[-1]]
        self._last = now - SINCE_LAST_SYNC
        self._days = sorted(day for day in days if _morning_of(day) < self._last)

    def read_at(self, day: date) -> datetime:
        """Return when an export brought what was known by the end of a day: at six on a later day, or just now."""
        index = bisect_left(self._days, day + timedelta(days=1))
        if index == len(self._days):
            return self._last
        return _morning_of(self._days[index])

    def label(self, read_at: datetime) -> str:
        """Return the period an export covers, as it stands in its file name."""
        day = read_at.astimezone(LONDON).date()
        if read_at != self._last and day.day == 1:
            return str(Month.containing(day).plus(-1))
        return day.isoformat()


def _morning_of(day: date) -> datetime:
    return datetime.combine(day, time(6, 10), tzinfo=LONDON)


def timetable(world: World) -> Timetable:
    """Return the timetable of a world, from its first account on."""
    return Timetable(first_day=min(account.seen_on for account in world.accounts), now=world.now)


def batches(world: World, *, times: Timetable) -> tuple[Batch, ...]:
    """Return every export that brought or changed something, in the order they were read."""
    books = world.books
    moved: dict[str, set[date]] = defaultdict(set)
    for change in world.stage_changes:
        moved[change.opportunity].add(change.entered_on)
    found = [
        *_of_kind("accounts", CRM, world.accounts, times),
        *_of_kind("contacts", CRM, world.contacts, times),
        *_of_kind("products", CRM, world.products, times),
        *_of_kind("opportunities", CRM, world.opportunities, times, moved=moved),
        *_of_kind("sales_activities", CRM, world.sales_activities, times),
        *_of_kind("subscriptions", BILLING, books.subscriptions, times),
        *_of_kind("invoices", BILLING, books.invoices, times),
        *_of_kind("payments", BILLING, books.payments, times),
        *_of_kind("refunds", BILLING, books.refunds, times),
        *_of_kind("credit_notes", BILLING, books.credit_notes, times),
        *_of_kind("exchange_rates", RATES, world.exchange_rates, times),
    ]
    return tuple(sorted(found, key=lambda batch: batch.finished_at))


def _of_kind(
    kind: str, source: str, facts: Iterable[Fact], times: Timetable, *, moved: Mapping[str, set[date]] | None = None
) -> list[Batch]:
    added: dict[datetime, list[str]] = defaultdict(list)
    changed: dict[datetime, set[str]] = defaultdict(set)
    for fact in facts:
        first = times.read_at(fact.seen_on)
        added[first].append(fact.key)
        for day in (moved or {}).get(fact.key, ()):
            if times.read_at(day) != first:
                changed[times.read_at(day)].add(fact.key)
    return [
        Batch(
            kind=kind,
            source=source,
            file_name=f"{source}-{kind.replace('_', '-')}-{times.label(read_at)}.csv",
            file_hash=sha256_hex(canonical_json([kind, sorted(added[read_at]), sorted(changed[read_at])])),
            finished_at=read_at,
            added=len(added[read_at]),
            changed=len(changed[read_at]),
        )
        for read_at in sorted({*added, *changed})
    ]
