"""Where a commission line stands on a day, for one line and as a filter over all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import assert_never

from django.db.models import Q, QuerySet, Sum, TextChoices

from tallystick.commissions.models import CommissionLine, EventKind
from tallystick.kernel.money import Money


class LineState(TextChoices):
    """The states of a line; every line is in exactly one of them on any day."""

    HELD = "held", "Held"
    EARNED = "earned", "Earned"
    CLAWED_BACK = "clawed_back", "Clawed back"
    CORRECTED = "corrected", "Corrected"


_CLAW_BACKS = (EventKind.REFUND, EventKind.CREDIT_NOTE)


def line_state(line: CommissionLine, *, on: date) -> LineState:
    """Return the state of a line read with `reversed_by`.

    Corrected lines come in pairs that cancel out: the line that no longer counts and the one that reverses it.
    """
    if line.reverses_id is not None or hasattr(line, "reversed_by"):
        return LineState.CORRECTED
    if line.event_kind in _CLAW_BACKS:
        return LineState.CLAWED_BACK
    return LineState.HELD if line.held_until >= on else LineState.EARNED


def lines_in_state(lines: QuerySet[CommissionLine], state: LineState, *, on: date) -> QuerySet[CommissionLine]:
    """Return the lines that `line_state` puts in the state on that day."""
    counting = lines.filter(reverses__isnull=True, reversed_by__isnull=True)
    match state:
        case LineState.CORRECTED:
            return lines.filter(Q(reverses__isnull=False) | Q(reversed_by__isnull=False))
        case LineState.CLAWED_BACK:
            return counting.filter(event_kind__in=_CLAW_BACKS)
        case LineState.HELD:
            return counting.filter(held_until__gte=on).exclude(event_kind__in=_CLAW_BACKS)
        case LineState.EARNED:
            return counting.filter(held_until__lt=on).exclude(event_kind__in=_CLAW_BACKS)
        case _:
            assert_never(state)


def earned_by_opportunity(opportunity_ids: Sequence[int]) -> Mapping[int, tuple[Money, ...]]:
    """Return what all partners together have earned so far on each opportunity, one amount a currency; no zeros."""
    rows = (
        CommissionLine.objects.filter(invoice__opportunity_id__in=opportunity_ids)
        .values("invoice__opportunity_id", "currency")
        .annotate(earned=Sum("amount_minor"))
        .order_by("invoice__opportunity_id", "currency")
    )
    found: dict[int, tuple[Money, ...]] = {}
    for row in rows:
        if row["earned"]:
            opportunity_id = row["invoice__opportunity_id"]
            earned = Money(int(row["earned"]), row["currency"])
            found[opportunity_id] = (*found.get(opportunity_id, ()), earned)
    return found


def earned_by_partner() -> Mapping[int, tuple[Money, ...]]:
    """Return what each partner has earned so far, held or not, claw-backs taken off; one amount a currency."""
    rows = (
        CommissionLine.objects.values("partner_id", "currency")
        .annotate(earned=Sum("amount_minor"))
        .order_by("partner_id", "currency")
    )
    found: dict[int, tuple[Money, ...]] = {}
    for row in rows:
        earned = Money(int(row["earned"]), row["currency"])
        found[row["partner_id"]] = (*found.get(row["partner_id"], ()), earned)
    return found
