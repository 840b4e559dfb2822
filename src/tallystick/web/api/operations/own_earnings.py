"""A partner's own commission lines and statements: what its portal shows, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal

from django.http import HttpRequest
from ninja import Query, Router

from tallystick.commissions.models import CommissionLine
from tallystick.commissions.own_earnings import PaidInvoiceLine, own_lines, own_statements, paid_invoice_lines
from tallystick.kernel.explanations import Explanation
from tallystick.platform.access import Permission
from tallystick.platform.clock import today
from tallystick.web.api.access import Whose, caller_of, operation, partner_id_of
from tallystick.web.api.operations.earning_values import OwnLinesAsked, OwnLineTold, OwnStatementTold, line_values
from tallystick.web.api.paging import Page, PageAsked, one_by_one, one_page, sorted_by
from tallystick.web.api.values import ExplanationTold, Id

router = Router(tags=["A partner's own earnings"])


class OwnLineDetailTold(OwnLineTold):
    """A commission line with its arithmetic, step by step."""

    explanation: ExplanationTold


class OwnLinePage(Page[OwnLineTold]):
    """One's own commission lines, a page at a time."""


@operation(
    router, "GET", "/own/commission-lines", OwnLinePage, whose=Whose.PARTNER, permission=Permission.SEE_OWN_EARNINGS
)
def list_own_lines(request: HttpRequest, asked: Query[OwnLinesAsked]) -> OwnLinePage:
    """List one's own commission lines, the latest first."""
    on = today(caller_of(request).workspace.time_zone)
    found = asked.narrowed(own_lines(partner_id=partner_id_of(request)), on=on)

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
    return line_values(line, invoice_number=paid.invoice_number, customer=paid.customer, on=on)
