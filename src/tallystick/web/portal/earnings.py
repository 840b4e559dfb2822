"""Earnings: every commission line of the partner with its state, when and why, and its arithmetic step by step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_safe

from tallystick.commissions.line_states import LineState, line_state, lines_in_state
from tallystick.commissions.models import CommissionLine
from tallystick.commissions.own_earnings import (
    PaidInvoiceLine,
    months_with_lines,
    own_lines,
    paid_invoice_lines,
    sums_of,
)
from tallystick.commissions.queries import commission_totals
from tallystick.kernel.explanations import Explanation
from tallystick.kernel.money import Money
from tallystick.kernel.periods import Month
from tallystick.platform.access import Permission
from tallystick.platform.clock import today
from tallystick.web.access import current_viewer, portal
from tallystick.web.arithmetic import calculation_of
from tallystick.web.console.words import Tag, day_near
from tallystick.web.listing import Asked, Filter, Listing, Option, choices_of, csv_response, page_of, read_address
from tallystick.web.portal.pages import exact, partner_id_of, show_page, together
from tallystick.web.portal.words import line_tag, what_for, why
from tallystick.web.ui import formats
from tallystick.web.ui.components import CalculationLine, Link

CSV_ROWS = 100_000
"""An export ends here; what is larger is narrowed by a month first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRow:
    """One commission line as a list shows it."""

    url: str
    customer: str
    invoice: str
    what: str
    booked_on: str
    base: str
    amount: str
    tag: Tag
    why: str


@portal(Permission.SEE_OWN_EARNINGS)
@require_safe
def earnings(request: HttpRequest) -> HttpResponseBase:
    """List the partner's lines, latest first, with what is held, earned and clawed back above them."""
    viewer = current_viewer(request)
    partner_id = partner_id_of(viewer)
    on = today(viewer.workspace.time_zone)
    listing = _listing(partner_id)
    asked = read_address(listing, request.GET)
    lines = _lines(partner_id, asked, on)
    if asked.as_csv:
        return lines_as_csv("earnings", lines, on=on)
    context = {
        "list": page_of(listing, request.GET, lines, lambda found, _: line_rows(found, on=on)),
        "tabs": section_tabs("earnings"),
        "sum": together(sums_of(lines)),
        "today": formats.day_and_year(on),
        "totals": [
            {
                "currency": total.currency,
                "held": exact(total.held),
                "earned": exact(total.earned),
                "clawed_back": exact(total.clawed_back),
                "together": exact(total.total),
            }
            for total in commission_totals(on=on, partner_id=partner_id)
        ],
    }
    return show_page(request, "portal/earnings/lines.html", context)


@portal(Permission.SEE_OWN_EARNINGS)
@require_safe
def line(request: HttpRequest, line_id: int) -> HttpResponse:
    """Show one line with its arithmetic, and all entries of the same invoice line."""
    viewer = current_viewer(request)
    partner_id = partner_id_of(viewer)
    found = own_lines(partner_id=partner_id).filter(pk=line_id).first()
    if found is None:
        raise Http404
    on = today(viewer.workspace.time_zone)
    paid = paid_invoice_lines([found])[found.invoice_line_id]
    siblings = own_lines(partner_id=partner_id).filter(invoice_line_id=found.invoice_line_id)
    context = {
        "line": found,
        "paid": paid,
        "row": line_row(found, paid, on=on),
        "held_until": day_near(found.held_until, on),
        "earned_on": day_near(found.earned_on, on),
        "calculation": calculation_of(Explanation.from_json(found.explanation)),
        "entries": _entries(list(siblings.order_by("booked_on", "id")), paid, on),
    }
    return show_page(request, "portal/earnings/line.html", context)


def section_tabs(current: str) -> list[Link]:
    """Return the two parts of the section."""
    return [
        Link(label="Lines", url=reverse("portal:earnings"), current=current == "earnings"),
        Link(label="Statements", url=reverse("portal:statements"), current=current == "statements"),
    ]


def line_rows(lines: Sequence[CommissionLine], *, on: date) -> list[LineRow]:
    """Return lines as a list shows them on a day."""
    paid = paid_invoice_lines(lines)
    return [line_row(line, paid[line.invoice_line_id], on=on) for line in lines]


def line_row(line: CommissionLine, paid: PaidInvoiceLine, *, on: date) -> LineRow:
    """Return one line as a list shows it on a day."""
    return LineRow(
        url=reverse("portal:line", args=[line.pk]),
        customer=paid.customer,
        invoice=paid.invoice_number,
        what=what_for(line, paid),
        booked_on=day_near(line.booked_on, on),
        base=formats.money_exact(line.base_minor, line.base_currency),
        amount=formats.money_exact(line.amount_minor, line.currency),
        tag=line_tag(line, on),
        why=why(line, on),
    )


def lines_as_csv(name: str, lines: QuerySet[CommissionLine], *, on: date) -> HttpResponseBase:
    """Answer with lines as a file; amounts are plain decimals, formula characters are made harmless."""
    found = list(lines[:CSV_ROWS])
    paid = paid_invoice_lines(found)
    return csv_response(name, _HEADS, (_cells(line, paid[line.invoice_line_id], on) for line in found))


def _lines(partner_id: int, asked: Asked, on: date) -> QuerySet[CommissionLine]:
    lines = own_lines(partner_id=partner_id)
    if month := asked.get("month"):
        chosen = Month.parse(month)
        lines = lines.filter(booked_on__range=(chosen.first_day, chosen.last_day))
    if state := asked.get("state"):
        lines = lines_in_state(lines, LineState(state), on=on)
    return lines


def _listing(partner_id: int) -> Listing:
    months = tuple(
        Option(value=str(Month.containing(day)), label=formats.month(day))
        for day in months_with_lines(partner_id=partner_id)
    )
    return Listing(
        things="lines",
        columns=(),
        filters=(
            Filter(name="month", label="Month", options=months),
            Filter(name="state", label="State", options=choices_of(LineState.choices)),
        ),
    )


def _entries(lines: Sequence[CommissionLine], paid: PaidInvoiceLine, on: date) -> tuple[CalculationLine, ...]:
    """Return all entries of one invoice line, and what they come to."""
    entries = [
        CalculationLine(
            label=f"{day_near(line.booked_on, on)}: {what_for(line, paid).lower()}",
            figure=formats.money_exact(line.amount_minor, line.currency),
            note=line_tag(line, on).words,
        )
        for line in lines
    ]
    total = Money(sum(line.amount_minor for line in lines), lines[0].currency)
    return (*entries, CalculationLine(label="All entries together", figure=exact(total), result=True))


_HEADS = (
    "Booked on", "Earned on", "Held until", "Customer", "Invoice", "For", "Paid revenue", "Revenue currency",
    "Commission", "Currency", "State", "Why", "Plan", "Statement",
)  # fmt: skip


def _cells(line: CommissionLine, paid: PaidInvoiceLine, on: date) -> list[str]:
    on_statement = getattr(line, "statement_line", None)
    return [
        line.booked_on.isoformat(),
        line.earned_on.isoformat(),
        line.held_until.isoformat(),
        paid.customer,
        paid.invoice_number,
        what_for(line, paid),
        str(Money(line.base_minor, line.base_currency).amount),
        line.base_currency,
        str(Money(line.amount_minor, line.currency).amount),
        line.currency,
        str(line_state(line, on=on).label),
        why(line, on),
        str(line.plan),
        on_statement.statement.number if on_statement else "",
    ]
