"""Where a commission line stands on a day, for one line and as a filter over all of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Final, Protocol, assert_never, cast

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum, TextChoices
from django.utils.translation import gettext_lazy as _

from tallystick.commissions.models import (
    ApprovalRunLine,
    CommissionLine,
    EventKind,
    LineSetAside,
    UnstatedLine,
)
from tallystick.kernel.money import Money


class LineState(TextChoices):
    """The states of a line; every line is in exactly one of them on any day."""

    HELD = "held", _("Held")
    EARNED = "earned", _("Earned, to be approved")
    SET_ASIDE = "set_aside", _("Set aside")
    APPROVED = "approved", _("Approved")
    ON_STATEMENT = "on_statement", _("On a statement")
    CLAWED_BACK = "clawed_back", _("Clawed back")
    CORRECTED = "corrected", _("Corrected")


_CLAW_BACKS = (EventKind.REFUND, EventKind.CREDIT_NOTE)


def line_state(line: CommissionLine, *, on: date) -> LineState:
    """Return the state of a line read through `with_progress`, with `reversed_by` and `statement_line`.

    Corrected lines come in pairs that cancel out: the line that no longer counts and the one that reverses it.
    """
    if line.reverses_id is not None or hasattr(line, "reversed_by"):
        return LineState.CORRECTED
    if line.event_kind in _CLAW_BACKS:
        return LineState.CLAWED_BACK
    if hasattr(line, "statement_line"):
        return LineState.ON_STATEMENT
    progress = cast("Progress", line)
    if progress.approved_at is not None:
        return LineState.APPROVED
    if progress.set_aside_because is not None:
        return LineState.SET_ASIDE
    return LineState.HELD if line.held_until >= on else LineState.EARNED


class Progress(Protocol):
    """What `approvals.with_progress` adds to a line."""

    approved_at: datetime | None
    in_run: int | None
    set_aside_because: str | None


def lines_in_state(lines: QuerySet[CommissionLine], state: LineState, *, on: date) -> QuerySet[CommissionLine]:
    """Return the lines that `line_state` puts in the state on that day."""
    counting = lines.filter(reverses__isnull=True, reversed_by__isnull=True)
    paid_for = counting.exclude(event_kind__in=_CLAW_BACKS)
    unstated = paid_for.filter(pk__in=UnstatedLine.objects.values("line_id"))
    waiting = unstated.filter(~_APPROVED, ~_ASIDE)
    match state:
        case LineState.CORRECTED:
            return lines.filter(Q(reverses__isnull=False) | Q(reversed_by__isnull=False))
        case LineState.CLAWED_BACK:
            return counting.filter(event_kind__in=_CLAW_BACKS)
        case LineState.ON_STATEMENT:
            return paid_for.filter(statement_line__isnull=False)
        case LineState.APPROVED:
            return unstated.filter(_APPROVED)
        case LineState.SET_ASIDE:
            return unstated.filter(_ASIDE, ~_APPROVED)
        case LineState.HELD:
            return waiting.filter(held_until__gte=on)
        case LineState.EARNED:
            return waiting.filter(held_until__lt=on)
        case _:
            assert_never(state)


_LIVE: Final = ApprovalRunLine._base_manager.filter(line=OuterRef("pk"), released_at__isnull=True)
_APPROVED: Final = Exists(_LIVE.filter(approved_at__isnull=False))
_ASIDE: Final = Exists(LineSetAside._base_manager.filter(line=OuterRef("pk"), released_at__isnull=True))
"""Rows of other workspaces are never behind a line of this one, so the base managers serve."""


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


def earned_by_partner(partner_ids: Collection[int] | None = None) -> Mapping[int, tuple[Money, ...]]:
    """Return what each partner, or each of these, has earned so far, claw-backs taken off; one amount a currency."""
    lines = CommissionLine.objects.all()
    if partner_ids is not None:
        lines = lines.filter(partner_id__in=list(partner_ids))
    rows = (
        lines.values("partner_id", "currency").annotate(earned=Sum("amount_minor")).order_by("partner_id", "currency")
    )
    found: dict[int, tuple[Money, ...]] = {}
    for row in rows:
        earned = Money(int(row["earned"]), row["currency"])
        found[row["partner_id"]] = (*found.get(row["partner_id"], ()), earned)
    return found
