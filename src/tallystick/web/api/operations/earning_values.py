"""What commission lines and statements are as values, and how lines are narrowed: shared by both sides' operations."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self, cast

from django.db.models import QuerySet
from pydantic import Field

from tallystick.commissions.line_states import LineState, Progress, line_state, lines_in_state
from tallystick.commissions.models import CommissionLine, EventKind, Statement
from tallystick.web.api.paging import PageAsked
from tallystick.web.api.values import Id, MoneyTold, Told


class OwnLineTold(Told):
    """What one earns, or gives back, from one payment on one invoice line."""

    id: int
    invoice_number: Annotated[str, Field(examples=["2026-0042"])]
    customer: Annotated[str, Field(examples=["Cellvia"])]
    event: EventKind
    plan: Annotated[str, Field(examples=["Reseller v2"])]
    base: Annotated[MoneyTold, Field(description="Paid revenue it is computed on, net of tax.")]
    amount: Annotated[MoneyTold, Field(description="Earned if positive, clawed back if negative.")]
    state: LineState
    set_aside_because: str | None
    earned_on: date
    booked_on: date
    held_until: date
    statement_id: int | None
    reverses: Annotated[int | None, Field(description="The line that this one takes back.")]


class OwnLinesAsked(PageAsked):
    """What commission lines are narrowed and ordered by."""

    statement_id: Id | None = None
    state: LineState | None = None
    booked_from: date | None = None
    booked_until: date | None = None
    sort: Literal["id", "-id", "booked_on", "-booked_on"] = "-booked_on"

    def narrowed(self, found: QuerySet[CommissionLine], *, on: date) -> QuerySet[CommissionLine]:
        """Return those of the lines that are asked for; `on` is today, by which a held line is one."""
        if self.statement_id is not None:
            found = found.filter(statement_line__statement_id=self.statement_id)
        if self.state:
            found = lines_in_state(found, self.state, on=on)
        if self.booked_from:
            found = found.filter(booked_on__gte=self.booked_from)
        if self.booked_until:
            found = found.filter(booked_on__lte=self.booked_until)
        return found


class OwnStatementTold(Told):
    """One's lines of a month in one currency, issued once and never changed."""

    id: int
    number: Annotated[str, Field(examples=["ST-2026-03-0007-EUR"])]
    month: Annotated[date, Field(description="First day of the month.")]
    opening: Annotated[MoneyTold, Field(description="Carried forward from the statement before.")]
    total: Annotated[MoneyTold, Field(description="Sum of its lines.")]
    closing: Annotated[MoneyTold, Field(description="Opening and total together.")]
    content_hash: str

    @classmethod
    def of(cls, statement: Statement) -> Self:
        """Return a statement as its partner reads it."""
        return cls(**statement_values(statement))


def line_values(line: CommissionLine, *, invoice_number: str, customer: str, on: date) -> dict[str, object]:
    """Return what both sides read of a line; `on` is today, by which a held line is one."""
    stated = getattr(line, "statement_line", None)
    return {
        "id": line.pk,
        "invoice_number": invoice_number,
        "customer": customer,
        "event": EventKind(line.event_kind),
        "plan": str(line.plan),
        "base": MoneyTold.of(line.base_minor, line.base_currency),
        "amount": MoneyTold.of(line.amount_minor, line.currency),
        "state": line_state(line, on=on),
        "set_aside_because": cast("Progress", line).set_aside_because,
        "earned_on": line.earned_on,
        "booked_on": line.booked_on,
        "held_until": line.held_until,
        "statement_id": stated.statement_id if stated else None,
        "reverses": line.reverses_id,
    }


def statement_values(statement: Statement) -> dict[str, object]:
    """Return what both sides read of a statement."""
    return {
        "id": statement.pk,
        "number": statement.number,
        "month": statement.month,
        "opening": MoneyTold.of(statement.opening_minor, statement.currency),
        "total": MoneyTold.of(statement.total_minor, statement.currency),
        "closing": MoneyTold.of(statement.closing_minor, statement.currency),
        "content_hash": statement.content_hash,
    }
