"""A partner's own commission lines and statements: what its portal shows, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Literal, Self, cast

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import Field

from tallystick.commissions.line_states import LineState, Progress, line_state, lines_in_state
from tallystick.commissions.models import CommissionLine, EventKind, Statement
from tallystick.commissions.own_earnings import PaidInvoiceLine, own_lines, own_statements, paid_invoice_lines
from tallystick.kernel.explanations import Explanation
from tallystick.platform.access import Permission
from tallystick.platform.clock import today
from tallystick.web.api.access import Whose, caller_of, operation
from tallystick.web.api.operations.own_deals import partner_id_of
from tallystick.web.api.paging import Page, PageAsked, one_by_one, one_page, sorted_by
from tallystick.web.api.values import ExplanationTold, Id, MoneyTold, Told

router = Router(tags=["A partner's own earnings"])


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


class OwnLineDetailTold(OwnLineTold):
    """A commission line with its arithmetic, step by step."""

    explanation: ExplanationTold


class OwnLinePage(Page[OwnLineTold]):
    """One's own commission lines, a page at a time."""


class OwnLinesAsked(PageAsked):
    """What one's own commission lines are narrowed and ordered by."""

    state: LineState | None = None
    statement_id: Id | None = None
    booked_from: date | None = None
    booked_until: date | None = None
    sort: Literal["id", "-id", "booked_on", "-booked_on"] = "-booked_on"


@operation(
    router, "GET", "/own/commission-lines", OwnLinePage, whose=Whose.PARTNER, permission=Permission.SEE_OWN_EARNINGS
)
def list_own_lines(request: HttpRequest, asked: Query[OwnLinesAsked]) -> OwnLinePage:
    """List one's own commission lines, the latest first."""
    on = today(caller_of(request).workspace.time_zone)
    found = own_lines(partner_id=partner_id_of(request))
    if asked.statement_id is not None:
        found = found.filter(statement_line__statement_id=asked.statement_id)
    if asked.state:
        found = lines_in_state(found, asked.state, on=on)
    if asked.booked_from:
        found = found.filter(booked_on__gte=asked.booked_from)
    if asked.booked_until:
        found = found.filter(booked_on__lte=asked.booked_until)

    def show(lines: Sequence[CommissionLine]) -> list[OwnLineTold]:
        paid = paid_invoice_lines(lines)
        return [OwnLineTold(**_line(line, paid[line.invoice_line_id], on)) for line in lines]

    return OwnLinePage(**one_page(found, sorted_by(asked.sort), asked, show))


@operation(
    router,
    "GET",
    "/own/commission-lines/{line_id}",
    OwnLineDetailTold,
    whose=Whose.PARTNER,
    permission=Permission.SEE_OWN_EARNINGS,
)
def read_own_line(request: HttpRequest, line_id: Id) -> OwnLineDetailTold:
    """Read one of one's own commission lines with its arithmetic, step by step."""
    line = own_lines(partner_id=partner_id_of(request)).get(pk=line_id)
    (paid,) = paid_invoice_lines([line]).values()
    return OwnLineDetailTold(
        **_line(line, paid, today(caller_of(request).workspace.time_zone)),
        explanation=ExplanationTold.of(Explanation.from_json(line.explanation)),
    )


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
        return cls(
            id=statement.pk,
            number=statement.number,
            month=statement.month,
            opening=MoneyTold.of(statement.opening_minor, statement.currency),
            total=MoneyTold.of(statement.total_minor, statement.currency),
            closing=MoneyTold.of(statement.closing_minor, statement.currency),
            content_hash=statement.content_hash,
        )


class OwnStatementPage(Page[OwnStatementTold]):
    """One's own statements, a page at a time."""


class OwnStatementsAsked(PageAsked):
    """What one's own statements are ordered by."""

    sort: Literal["month", "-month"] = "-month"


@operation(
    router, "GET", "/own/statements", OwnStatementPage, whose=Whose.PARTNER, permission=Permission.SEE_OWN_EARNINGS
)
def list_own_statements(request: HttpRequest, asked: Query[OwnStatementsAsked]) -> OwnStatementPage:
    """List one's own statements, the latest month first; their lines are found by `statement_id`."""
    found = own_statements(partner_id=partner_id_of(request))
    return OwnStatementPage(**one_page(found, sorted_by(asked.sort), asked, one_by_one(OwnStatementTold.of)))


@operation(
    router,
    "GET",
    "/own/statements/{statement_id}",
    OwnStatementTold,
    whose=Whose.PARTNER,
    permission=Permission.SEE_OWN_EARNINGS,
)
def read_own_statement(request: HttpRequest, statement_id: Id) -> OwnStatementTold:
    """Read one of one's own statements."""
    return OwnStatementTold.of(own_statements(partner_id=partner_id_of(request)).get(pk=statement_id))


def _line(line: CommissionLine, paid: PaidInvoiceLine, on: date) -> dict[str, object]:
    stated = getattr(line, "statement_line", None)
    return {
        "id": line.pk,
        "invoice_number": paid.invoice_number,
        "customer": paid.customer,
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
