"""Reads of commissions for screens: lines, statements, blocked lines, sums by state."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum

from tallystick.commissions.approvals import unstated_lines, with_progress
from tallystick.commissions.models import ApprovalRunLine, BlockedLine, CommissionLine, LineTotal, Statement
from tallystick.kernel.money import Money


def effective_lines() -> QuerySet[CommissionLine]:
    """Return the lines that count: neither reversed nor reversing."""
    return CommissionLine.objects.filter(reverses__isnull=True, reversed_by__isnull=True)


def commission_lines() -> QuerySet[CommissionLine]:
    """Return all lines, latest first, with what a list shows of them."""
    lines = CommissionLine.objects.select_related(
        "partner", "invoice__account", "invoice_line", "plan__track", "statement_line__statement"
    )
    return with_progress(lines).order_by("-booked_on", "-id")


@dataclass(frozen=True, slots=True)
class CommissionTotals:
    """How far the money of all lines has come, in one currency: each line is in one of the four, claw-backs included.

    `clawed_back` is the part of them that refunds and credit notes took back (zero or below).
    """

    currency: str
    held: Money
    earned: Money
    approved: Money
    on_statements: Money
    clawed_back: Money

    @property
    def total(self) -> Money:
        """Return held, earned, approved and on statements together: all that is owed or was stated."""
        return self.held + self.earned + self.approved + self.on_statements


def commission_totals(*, on: date, partner_id: int | None = None) -> list[CommissionTotals]:
    """Return the totals of all lines on a day, one a currency; a reversal counts against what it reverses.

    `held` sums the lines whose hold lasts beyond the day, `earned` those that wait for approval, `approved` those that
    wait for their statement. Those of all partners together come from kept totals; at most two queries.
    """
    if partner_id is None:
        return _totals_of_all(on)
    lines = CommissionLine.objects.filter(partner_id=partner_id)
    live = ApprovalRunLine.objects.filter(line=OuterRef("pk"), released_at__isnull=True, approved_at__isnull=False)
    back = Q(event_kind__in=["refund", "credit_note"])
    stated = Q(statement_line__isnull=False)
    waits = Q(statement_line__isnull=True, is_approved=False)
    rows = (
        lines.annotate(is_approved=Exists(live))
        .values("currency")
        .annotate(
            held=Sum("amount_minor", filter=waits & Q(held_until__gte=on), default=0),
            earned=Sum("amount_minor", filter=waits & Q(held_until__lt=on), default=0),
            approved=Sum("amount_minor", filter=Q(statement_line__isnull=True, is_approved=True), default=0),
            on_statements=Sum("amount_minor", filter=stated, default=0),
            clawed_back=Sum("amount_minor", filter=back, default=0),
        )
        .order_by("currency")
    )
    return [
        CommissionTotals(
            currency=row["currency"],
            held=Money(int(row["held"]), row["currency"]),
            earned=Money(int(row["earned"]), row["currency"]),
            approved=Money(int(row["approved"]), row["currency"]),
            on_statements=Money(int(row["on_statements"]), row["currency"]),
            clawed_back=Money(int(row["clawed_back"]), row["currency"]),
        )
        for row in rows
    ]


def _totals_of_all(on: date) -> list[CommissionTotals]:
    """Return the totals of all partners: what is kept, and of what is kept the part that is still held."""
    live = ApprovalRunLine.objects.filter(line=OuterRef("pk"), released_at__isnull=True, approved_at__isnull=False)
    waiting = unstated_lines().filter(~Exists(live), held_until__gte=on)
    held = dict(waiting.order_by("currency").values_list("currency").annotate(total=Sum("amount_minor")))
    kept = (
        LineTotal.objects.order_by("currency")
        .values_list("currency")
        .annotate(
            every=Sum("amount_minor"),
            back=Sum("clawed_back_minor"),
            approved=Sum("approved_minor"),
            stated=Sum("stated_minor"),
        )
    )
    return [
        CommissionTotals(
            currency=currency,
            held=Money(int(held.get(currency, 0)), currency),
            earned=Money(int(every - approved - held.get(currency, 0)), currency),
            approved=Money(int(approved - stated), currency),
            on_statements=Money(int(stated), currency),
            clawed_back=Money(int(back), currency),
        )
        for currency, every, back, approved, stated in kept
    ]


def statements() -> QuerySet[Statement]:
    """Return the statements issued, latest month first."""
    return Statement.objects.select_related("partner").order_by("-month", "partner__name", "currency")


def statement_lines(statement: Statement) -> QuerySet[CommissionLine]:
    """Return the lines on a statement in the order they were earned."""
    lines = CommissionLine.objects.filter(statement_line__statement=statement)
    return with_progress(lines.select_related("invoice__account", "invoice_line", "plan__track")).order_by(
        "booked_on", "id"
    )


def blocked_lines() -> QuerySet[BlockedLine]:
    """Return the invoice lines whose commission waits for review, oldest first."""
    return BlockedLine.objects.select_related("invoice__account", "partner").order_by("blocked_at", "id")
