"""What issuing a month's statements would do, in numbers, before anybody does it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Min, Sum
from django.db.models.functions import TruncMonth

from tallystick.attribution.models import PendingOpportunity
from tallystick.commissions.models import BlockedLine, CommissionLine, PendingInvoice, Statement
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

    `waiting_deals` must be decided and `waiting_invoices` settled first; `blocked_lines` wait for review and would not
    be on these statements.
    """

    month: Month
    is_over: bool
    waiting_deals: int
    waiting_invoices: int
    blocked_lines: int
    drafts: tuple[StatementDraft, ...]

    @property
    def can_be_issued(self) -> bool:
        """Tell whether the month is over, settled, and has a line that stands on no statement yet."""
        return self.is_over and not self.waiting_deals and not self.waiting_invoices and bool(self.drafts)


def months_to_issue(*, on: date) -> list[tuple[Month, int]]:
    """Return the months that are over on that day and have lines on no statement, oldest first, with their count."""
    rows = (
        CommissionLine.objects.filter(statement_line__isnull=True, booked_on__lt=Month.containing(on).first_day)
        .annotate(month=TruncMonth("booked_on"))
        .values("month")
        .annotate(lines=Count("pk"))
        .order_by("month")
    )
    return [(Month.containing(row["month"]), row["lines"]) for row in rows]


def first_month_with_lines() -> Month | None:
    """Return the month of the earliest line; None before there is any."""
    first = CommissionLine.objects.aggregate(first=Min("booked_on"))["first"]
    return None if first is None else Month.containing(first)


def issue_preview(month: Month, *, on: date) -> IssuePreview:
    """Return what `issue_statements` would issue for the month on that day, by partner and currency."""
    opening = _closing_balances(before=month)
    rows = (
        CommissionLine.objects.filter(booked_on__range=(month.first_day, month.last_day), statement_line__isnull=True)
        .values("partner_id", "partner__name", "partner__type", "currency")
        .annotate(lines=Count("pk"), total=Sum("amount_minor"))
        .order_by("partner__name", "currency")
    )
    return IssuePreview(
        month=month,
        is_over=month.last_day < on,
        waiting_deals=PendingOpportunity.objects.values("opportunity_id").distinct().count(),
        waiting_invoices=PendingInvoice.objects.values("invoice_id").distinct().count(),
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
