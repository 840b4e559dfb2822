"""What issuing a month's statements would do, in numbers, before anybody does it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, F, Min, Sum

from tallystick.attribution.models import PendingOpportunity
from tallystick.commissions.approvals import approved_without_statement, earned_open_lines
from tallystick.commissions.models import (
    ApprovalRun,
    BlockedLine,
    CommissionLine,
    PendingInvoice,
    RunState,
    Statement,
)
from tallystick.kernel.money import Money
from tallystick.kernel.periods import Month


@dataclass(frozen=True, slots=True)
class StatementDraft:
    """One statement as it would be issued: what is brought forward, its lines, and what it closes at."""

    partner_id: int
    partner_name: str
    partner_type: str
    lines: int
    opening: Money
    total: Money

    @property
    def closing(self) -> Money:
        """Opening plus total."""
        return self.opening + self.total


@dataclass(frozen=True, slots=True)
class IssuePreview:
    """A month's statements as they would be issued, and what stands in the way.

    `waiting_deals` must be decided, `waiting_invoices` settled and `waiting_runs` approved or rejected first;
    `unapproved_lines` are earned by the end of the month, `blocked_lines` wait for review: neither would be on these
    statements.
    """

    month: Month
    is_over: bool
    waiting_deals: int
    waiting_invoices: int
    waiting_runs: int
    unapproved_lines: int
    blocked_lines: int
    drafts: tuple[StatementDraft, ...]

    @property
    def can_be_issued(self) -> bool:
        """Tell whether the month is over, settled, and has an approved line that stands on no statement yet."""
        waits = self.waiting_deals or self.waiting_invoices or self.waiting_runs
        return self.is_over and not waits and bool(self.drafts)


def months_to_issue(*, on: date) -> list[tuple[Month, int]]:
    """Return the months that are over on that day and have approved lines on no statement, oldest first, counted."""
    rows = (
        approved_without_statement()
        .filter(run__month__lt=Month.containing(on).first_day)
        .values("run__month")
        .annotate(lines=Count("pk"))
        .order_by("run__month")
    )
    return [(Month.containing(row["run__month"]), row["lines"]) for row in rows]


def first_month_with_lines() -> Month | None:
    """Return the month of the earliest line; None before there is any."""
    first = CommissionLine.objects.aggregate(first=Min("booked_on"))["first"]
    return None if first is None else Month.containing(first)


def issue_preview(month: Month, *, on: date) -> IssuePreview:
    """Return what `issue_statements` would issue for the month on that day, by partner and currency."""
    opening = _closing_balances(before=month)
    rows = (
        approved_without_statement()
        .filter(run__month=month.first_day)
        .values("partner_id", "partner__name", "partner__type", currency=F("line__currency"))
        .annotate(lines=Count("pk"), total=Sum("line__amount_minor"))
        .order_by("partner__name", "currency")
    )
    return IssuePreview(
        month=month,
        is_over=month.last_day < on,
        waiting_deals=PendingOpportunity.objects.values("opportunity_id").distinct().count(),
        waiting_invoices=PendingInvoice.objects.values("invoice_id").distinct().count(),
        waiting_runs=ApprovalRun.objects.filter(state=RunState.PREPARED, month__lte=month.first_day).count(),
        unapproved_lines=earned_open_lines(through=month.last_day).count(),
        blocked_lines=BlockedLine.objects.count(),
        drafts=tuple(
            StatementDraft(
                partner_id=row["partner_id"],
                partner_name=row["partner__name"],
                partner_type=row["partner__type"],
                lines=row["lines"],
                opening=Money(opening.get((row["partner_id"], row["currency"]), 0), row["currency"]),
                total=Money(int(row["total"]), row["currency"]),
            )
            for row in rows
        ),
    )


def _closing_balances(*, before: Month) -> Mapping[tuple[int, str], int]:
    """Return the closing balance of each partner's and currency's latest statement before the month."""
    rows = (
        Statement.objects.filter(month__lt=before.first_day)
        .order_by("partner_id", "currency", "-month")
        .distinct("partner_id", "currency")
        .values_list("partner_id", "currency", "closing_minor")
    )
    return {(partner_id, currency): closing for partner_id, currency, closing in rows}
