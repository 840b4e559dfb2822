"""Reads of commissions for screens: lines, statements, blocked lines, sums by state."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet, Sum

from tallystick.commissions.models import BlockedLine, CommissionLine, Statement
from tallystick.kernel.money import Money


def effective_lines() -> QuerySet[CommissionLine]:
    """Return the lines that count: neither reversed nor reversing."""
    return CommissionLine.objects.filter(reverses__isnull=True, reversed_by__isnull=True)


def commission_lines() -> QuerySet[CommissionLine]:
    """Return all lines, latest first, with what a list shows of them."""
    return CommissionLine.objects.select_related(
        "partner", "invoice__account", "invoice_line", "plan__track", "statement_line__statement"
    ).order_by("-booked_on", "-id")


@dataclass(frozen=True, slots=True)
class CommissionTotals:
    """What is held, what is earned beyond the hold, and what was clawed back, in one currency."""

    currency: str
    held: Money
    earned: Money
    clawed_back: Money

    @property
    def total(self) -> Money:
        """Return held plus earned: all that is owed."""
        return self.held + self.earned


def commission_totals(*, on: date, partner_id: int | None = None) -> list[CommissionTotals]:
    """Return the totals of all lines on a day, one a currency; a reversal counts against what it reverses.

    `held` sums the lines whose hold lasts beyond the day, `earned` the others; `clawed_back` is the part of both that
    refunds and credit notes took back (zero or below).
    """
    lines = CommissionLine.objects.all() if partner_id is None else CommissionLine.objects.filter(partner_id=partner_id)
    back = Q(event_kind__in=["refund", "credit_note"])
    rows = (
        lines.values("currency")
        .annotate(
            held=Sum("amount_minor", filter=Q(held_until__gte=on), default=0),
            earned=Sum("amount_minor", filter=Q(held_until__lt=on), default=0),
            clawed_back=Sum("amount_minor", filter=back, default=0),
        )
        .order_by("currency")
    )
    return [
        CommissionTotals(
            currency=row["currency"],
            held=Money(int(row["held"]), row["currency"]),
            earned=Money(int(row["earned"]), row["currency"]),
            clawed_back=Money(int(row["clawed_back"]), row["currency"]),
        )
        for row in rows
    ]


def statements() -> QuerySet[Statement]:
    """Return the statements issued, latest month first."""
    return Statement.objects.select_related("partner").order_by("-month", "partner__name", "currency")


def statement_lines(statement: Statement) -> QuerySet[CommissionLine]:
    """Return the lines on a statement in the order they were earned."""
    return (
        CommissionLine.objects.filter(statement_line__statement=statement)
        .select_related("invoice__account", "invoice_line", "plan__track")
        .order_by("booked_on", "id")
    )


def blocked_lines() -> QuerySet[BlockedLine]:
    """Return the invoice lines whose commission waits for review, oldest first."""
    return BlockedLine.objects.select_related("invoice__account", "partner").order_by("blocked_at", "id")
