"""Earnings: every commission line of the partner with its state, when and why, and its arithmetic step by step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Final

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
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
from tallystick.kernel.explanations import Explanation
from tallystick.kernel.money import Money
from tallystick.kernel.periods import Month
from tallystick.platform.access import Permission
from tallystick.platform.clock import today
from tallystick.web.access import current_viewer, portal
from tallystick.web.arithmetic import calculation_of
from tallystick.web.console.words import Tag, day_near
from tallystick.web.listing import Asked, FileColumn, Filter, Kind, Listing, Option, choices_of, file_response
from tallystick.web.listing.exports import Value
from tallystick.web.listing.lists import CHUNK, Part, RowList, in_chunks
from tallystick.web.listing.serving import answer_list
from tallystick.web.portal.money import all_money
from tallystick.web.portal.pages import FRAME, NOT_IN_THE_PORTAL, exact, partner_id_of, show_page, together
from tallystick.web.portal.words import line_tag, what_for, why
from tallystick.web.ui import formats
from tallystick.web.ui.components import CalculationLine, Link

LINE_FILE: Final = (
    FileColumn("Booked on", Kind.DAY),
    FileColumn("Earned on", Kind.DAY),
    FileColumn("Held until", Kind.DAY),
    FileColumn("Customer"),
    FileColumn("Invoice"),
    FileColumn("For"),
    FileColumn("Paid revenue", Kind.AMOUNT),
    FileColumn("Revenue currency"),
    FileColumn("Commission", Kind.AMOUNT),
    FileColumn("Currency"),
    FileColumn("State"),
    FileColumn("Why"),
    FileColumn("Plan"),
    FileColumn("Statement"),
)
"""The columns of a file of commission lines."""


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
    listed = OwnLineList(current_viewer(request), request.GET)
    context = {
        "tabs": section_tabs("earnings"),
        "sum": together(sums_of(listed.find())),
        "money": all_money(listed.viewer, on=listed.on),
    }
    return answer_list(request, FRAME, listed, "portal/earnings/lines.html", context)


class OwnLineList(RowList[CommissionLine]):
    """The partner's own commission lines."""

    name = "own_lines"
    page = "portal:earnings"
    permission = Permission.SEE_OWN_EARNINGS
    is_table = False
    without: ClassVar[Mapping[Part, str]] = {
        **NOT_IN_THE_PORTAL,
        Part.SEARCH: "Months and states narrow it; a customer's lines stand on the page of its deal.",
        Part.SORT: "Lines stand by the day they are booked, as on a statement.",
    }
    file_columns = LINE_FILE

    @property
    def partner_id(self) -> int:
        """The partner whose lines these are."""
        return partner_id_of(self.viewer)

    def offer(self) -> Listing:
        """Return what can be asked of the lines."""
        months = months_with_lines(partner_id=self.partner_id)
        return Listing(
            things=_("lines"),
            columns=(),
            filters=(
                Filter(
                    name="month",
                    label=_("Month"),
                    options=tuple(Option(value=str(Month.containing(day)), label=formats.month(day)) for day in months),
                ),
                Filter(name="state", label=_("State"), options=choices_of(LineState.choices)),
            ),
        )

    def find(self) -> QuerySet[CommissionLine]:
        """Return the lines asked for, latest first."""
        return _lines(self.partner_id, self.asked, self.on)

    def rows(self, found: Sequence[CommissionLine]) -> list[LineRow]:
        """Return lines as the list shows them."""
        return line_rows(found, on=self.on)

    def keys(self, found: Iterable[CommissionLine]) -> list[str]:
        """Return the ids of lines."""
        return [str(line.pk) for line in found]

    def file_rows(self, found: Iterable[CommissionLine]) -> Iterable[Sequence[Value]]:
        """Return lines as rows of a file."""
        return own_line_values(found, on=self.on)


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
        "calculation": calculation_of(Explanation.from_json(found.explanation), for_partner=True),
        "entries": _entries(list(siblings.order_by("booked_on", "id")), paid, on),
    }
    return show_page(request, "portal/earnings/line.html", context)


def section_tabs(current: str) -> list[Link]:
    """Return the two parts of the section."""
    return [
        Link(label=_("Lines"), url=reverse("portal:earnings"), current=current == "earnings"),
        Link(label=_("Statements"), url=reverse("portal:statements"), current=current == "statements"),
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
    """Answer with lines as a CSV file; amounts are plain decimals, formula characters are made harmless."""
    return file_response(name, "csv", LINE_FILE, own_line_values(lines.iterator(CHUNK), on=on))


def own_line_values(lines: Iterable[CommissionLine], *, on: date) -> Iterator[Sequence[Value]]:
    """Yield lines as rows of a file, in the order of `LINE_FILE`."""
    for chunk in in_chunks(lines):
        paid = paid_invoice_lines(chunk)
        yield from (_values(line, paid[line.invoice_line_id], on) for line in chunk)


def _lines(partner_id: int, asked: Asked, on: date) -> QuerySet[CommissionLine]:
    lines = own_lines(partner_id=partner_id)
    if month := asked.get("month"):
        chosen = Month.parse(month)
        lines = lines.filter(booked_on__range=(chosen.first_day, chosen.last_day))
    if state := asked.get("state"):
        lines = lines_in_state(lines, LineState(state), on=on)
    return lines


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
    return (*entries, CalculationLine(label=_("All entries together"), figure=exact(total), result=True))


def _values(line: CommissionLine, paid: PaidInvoiceLine, on: date) -> Sequence[Value]:
    on_statement = getattr(line, "statement_line", None)
    return (
        line.booked_on,
        line.earned_on,
        line.held_until,
        paid.customer,
        paid.invoice_number,
        what_for(line, paid),
        Money(line.base_minor, line.base_currency).amount,
        line.base_currency,
        Money(line.amount_minor, line.currency).amount,
        line.currency,
        str(line_state(line, on=on).label),
        why(line, on),
        str(line.plan),
        on_statement.statement.number if on_statement else "",
    )
