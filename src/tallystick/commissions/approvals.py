"""Reads of approvals: runs, what could be prepared, and how far a line has come."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, Sum

from tallystick.commissions.models import (
    ApprovalPolicy,
    ApprovalRun,
    ApprovalRunLine,
    CommissionLine,
    LineSetAside,
    RunState,
    UnstatedLine,
)
from tallystick.commissions.rules.approval import ApprovalTerms, OpenLine
from tallystick.kernel.money import Money
from tallystick.kernel.periods import Month


def with_progress(lines: QuerySet[CommissionLine]) -> QuerySet[CommissionLine]:
    """Return the lines with `approved_at` and `set_aside_because`: what tells how far each has come."""
    live = ApprovalRunLine.objects.filter(line=OuterRef("pk"), released_at__isnull=True)
    aside = LineSetAside.objects.filter(line=OuterRef("pk"), released_at__isnull=True)
    return lines.annotate(
        approved_at=Subquery(live.values("approved_at")[:1]),
        in_run=Subquery(live.values("run_id")[:1]),
        set_aside_because=Subquery(aside.values("reason")[:1]),
    )


def unstated_lines() -> QuerySet[CommissionLine]:
    """Return the lines that stand on no statement: few, however many there are in all."""
    return CommissionLine.objects.filter(pk__in=UnstatedLine.objects.values("line_id"))


def open_lines() -> QuerySet[CommissionLine]:
    """Return the lines that are in no live run and not set aside.

    A line that was corrected is set aside no longer: it and its reversal cancel out, and belong together.
    """
    live = ApprovalRunLine.objects.filter(line=OuterRef("pk"), released_at__isnull=True)
    aside = LineSetAside.objects.filter(line=OuterRef("pk"), released_at__isnull=True)
    return unstated_lines().filter(~Exists(live)).filter(~Exists(aside) | Q(reversed_by__isnull=False))


def earned_open_lines(*, through: date) -> QuerySet[CommissionLine]:
    """Return the open lines that count by the day and whose hold is over with it."""
    return open_lines().filter(booked_on__lte=through, held_until__lte=through)


def read_open_lines(*, through: date, currency: str) -> Iterator[OpenLine]:
    """Yield what may be approved in a currency by the day, by id."""
    rows = (
        earned_open_lines(through=through)
        .filter(currency=currency)
        .order_by("pk")
        .values_list("pk", "partner_id", "amount_minor", "content_hash", "booked_on", "held_until")
    )
    for row in rows.iterator(chunk_size=5_000):
        yield OpenLine(*row)


@dataclass(frozen=True, slots=True)
class Preparable:
    """What a run through a day would hold in one currency."""

    currency: str
    lines: int
    partners: int
    total: Money


def preparable(*, through: date) -> list[Preparable]:
    """Return what could be prepared, one a currency."""
    rows = (
        earned_open_lines(through=through)
        .values("currency")
        .annotate(lines=Count("pk"), partners=Count("partner", distinct=True), total=Sum("amount_minor"))
        .order_by("currency")
    )
    return [
        Preparable(row["currency"], row["lines"], row["partners"], Money(int(row["total"]), row["currency"]))
        for row in rows
    ]


def month_to_prepare(*, on: date, closed: Month | None) -> Month | None:
    """Return the last month that is over and still open on that day; None where it is closed already.

    `closed` is the last month that is closed.
    """
    last = Month.containing(on).plus(-1)
    return last if closed is None or closed < last else None


def approval_runs() -> QuerySet[ApprovalRun]:
    """Return the runs, latest month first."""
    return ApprovalRun.objects.order_by("-month", "-prepared_at", "-pk")


def runs_to_approve() -> QuerySet[ApprovalRun]:
    """Return the runs that wait for approval, oldest first."""
    return ApprovalRun.objects.filter(state=RunState.PREPARED).order_by("prepared_at", "pk")


def lines_of_run(run: ApprovalRun) -> QuerySet[CommissionLine]:
    """Return the lines of a run, also of one that was rejected or undone."""
    members = run.run_lines.all() if run.ended_at else run.run_lines.filter(released_at__isnull=True)
    return CommissionLine.objects.filter(pk__in=members.values("line_id"))


@dataclass(frozen=True, slots=True)
class PartnerTotal:
    """What a run holds for one partner."""

    partner_id: int
    name: str
    type: str
    lines: int
    given: Money
    taken: Money
    total: Money


def partner_totals(run: ApprovalRun) -> list[PartnerTotal]:
    """Return the run's totals by partner, the largest first."""
    rows = (
        lines_of_run(run)
        .values("partner_id", "partner__name", "partner__type")
        .annotate(
            lines=Count("pk"),
            given=Sum("amount_minor", filter=Q(amount_minor__gt=0), default=0),
            taken=Sum("amount_minor", filter=Q(amount_minor__lt=0), default=0),
            total=Sum("amount_minor"),
        )
        .order_by("-total", "partner__name")
    )
    return [
        PartnerTotal(
            partner_id=row["partner_id"],
            name=row["partner__name"],
            type=row["partner__type"],
            lines=row["lines"],
            given=Money(int(row["given"]), run.currency),
            taken=Money(int(row["taken"]), run.currency),
            total=Money(int(row["total"]), run.currency),
        )
        for row in rows
    ]


def approval_terms() -> ApprovalTerms:
    """Return what the workspace asks of approvals: its latest policy, or the default."""
    policy = approval_policies().first()
    if policy is None:
        return ApprovalTerms()
    return ApprovalTerms(
        four_eyes_above_minor=policy.four_eyes_above_minor,
        rate_age_days=policy.rate_age_days,
        change_percent=policy.change_percent,
        version=policy.number,
    )


def approval_policies() -> QuerySet[ApprovalPolicy]:
    """Return every version of what the workspace asks of approvals, the latest first."""
    return ApprovalPolicy.objects.order_by("-number")


def on_statements(run: ApprovalRun) -> int:
    """Return how many lines of the run stand on statements."""
    return lines_of_run(run).filter(statement_line__isnull=False).count()


def approved_without_statement() -> QuerySet[ApprovalRunLine]:
    """Return the approved lines that stand on no statement yet."""
    return ApprovalRunLine.objects.filter(
        released_at__isnull=True, approved_at__isnull=False, line_id__in=UnstatedLine.objects.values("line_id")
    )


def set_aside_lines() -> QuerySet[LineSetAside]:
    """Return the lines that are set aside, the longest waiting first."""
    return (
        LineSetAside.objects.filter(released_at__isnull=True)
        .select_related("partner", "line__invoice__account")
        .order_by("set_aside_at", "pk")
    )


def number_of(runs: Sequence[str], *, month: Month, currency: str) -> str:
    """Return the next number of a run of the month and currency, given those that exist: "AR-2026-10-EUR-2"."""
    return f"AR-{month}-{currency}-{len(runs) + 1}"
