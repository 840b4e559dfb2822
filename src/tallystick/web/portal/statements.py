"""Statements: one a month and currency, with opening, lines and closing; issued once and never changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import ClassVar

from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tallystick.commissions.models import Statement
from tallystick.commissions.own_earnings import own_lines, own_statements, paid_invoice_lines
from tallystick.kernel.explanations import Explanation
from tallystick.kernel.money import Money
from tallystick.platform.access import Permission
from tallystick.platform.clock import today
from tallystick.web.access import current_viewer, portal
from tallystick.web.arithmetic import calculation_of
from tallystick.web.listing import FileColumn, Filter, Kind, Listing, Option
from tallystick.web.listing.exports import Value
from tallystick.web.listing.lists import Part, RowList
from tallystick.web.listing.serving import answer_list
from tallystick.web.portal.earnings import line_row, lines_as_csv, section_tabs
from tallystick.web.portal.pages import FRAME, NOT_IN_THE_PORTAL, partner_id_of, show_page
from tallystick.web.ui import formats


@portal(Permission.SEE_OWN_EARNINGS)
@require_safe
def statements(request: HttpRequest) -> HttpResponseBase:
    """List the partner's statements, latest month first."""
    listed = OwnStatementList(current_viewer(request), request.GET)
    return answer_list(request, FRAME, listed, "portal/earnings/statements.html", {"tabs": section_tabs("statements")})


class OwnStatementList(RowList[Statement]):
    """The partner's own statements."""

    name = "own_statements"
    page = "portal:statements"
    permission = Permission.SEE_OWN_EARNINGS
    is_table = False
    without: ClassVar[Mapping[Part, str]] = {
        **NOT_IN_THE_PORTAL,
        Part.SEARCH: "There is one a month and currency, and the year narrows them.",
        Part.SORT: "Statements follow one another: the closing of one is the opening of the next.",
    }
    file_columns = (
        FileColumn("Month", Kind.DAY),
        FileColumn("Number"),
        FileColumn("Opening", Kind.AMOUNT),
        FileColumn("Lines", Kind.AMOUNT),
        FileColumn("Closing", Kind.AMOUNT),
        FileColumn("Currency"),
        FileColumn("Issued at", Kind.MOMENT),
        FileColumn("Issued by"),
    )

    def offer(self) -> Listing:
        """Return what can be asked of the statements."""
        years = [day.year for day in self._own().order_by().dates("month", "year", order="DESC")]
        currencies = self._own().order_by("currency").values_list("currency", flat=True).distinct()
        return Listing(
            things=_("statements"),
            columns=(),
            filters=(
                Filter(name="year", label=_("Year"), options=tuple(Option(value=str(y), label=str(y)) for y in years)),
                Filter(
                    name="currency",
                    label=_("Currency"),
                    options=tuple(Option(value=code, label=code) for code in currencies),
                ),
            ),
        )

    def find(self) -> QuerySet[Statement]:
        """Return the statements asked for, latest month first."""
        found = self._own()
        if year := self.asked.number("year"):
            found = found.filter(month__range=(date(year, 1, 1), date(year, 12, 31)))
        if currency := self.asked.get("currency"):
            found = found.filter(currency=currency)
        return found

    def rows(self, found: Sequence[Statement]) -> list[dict[str, str]]:
        """Return statements as the list shows them."""
        return [statement_row(row) for row in found]

    def keys(self, found: Iterable[Statement]) -> list[str]:
        """Return the ids of statements."""
        return [str(row.pk) for row in found]

    def file_rows(self, found: Iterable[Statement]) -> Iterable[Sequence[Value]]:
        """Return statements as rows of a file."""
        return (
            (
                row.month,
                row.number,
                Money(row.opening_minor, row.currency).amount,
                Money(row.total_minor, row.currency).amount,
                Money(row.closing_minor, row.currency).amount,
                row.currency,
                row.issued_at,
                row.issued_by_label,
            )
            for row in found
        )

    def _own(self) -> QuerySet[Statement]:
        return own_statements(partner_id=partner_id_of(self.viewer))


@portal(Permission.SEE_OWN_EARNINGS)
@require_safe
def statement(request: HttpRequest, statement_id: int) -> HttpResponseBase:
    """Show one statement: opening, its lines each with its arithmetic, closing; or its lines as a file."""
    viewer = current_viewer(request)
    partner_id = partner_id_of(viewer)
    found = own_statements(partner_id=partner_id).filter(pk=statement_id).first()
    if found is None:
        raise Http404
    on = today(viewer.workspace.time_zone)
    lines = own_lines(partner_id=partner_id).filter(statement_line__statement=found).order_by("booked_on", "id")
    if request.GET.get("format") == "csv":
        return lines_as_csv(found.number, lines, on=on)
    shown = list(lines)
    paid = paid_invoice_lines(shown)
    context = {
        "statement": statement_row(found),
        "partner_name": viewer.partner.name if viewer.partner else "",
        "issued": formats.moment(found.issued_at),
        "issued_by": found.issued_by_label,
        "fingerprint": found.content_hash,
        "lines": [
            {
                "row": line_row(line, paid[line.invoice_line_id], on=on),
                "calculation": calculation_of(Explanation.from_json(line.explanation), for_partner=True),
            }
            for line in shown
        ],
    }
    return show_page(request, "portal/earnings/statement.html", context)


def statement_row(row: Statement) -> dict[str, str]:
    """Return a statement as a list and its page show it."""
    return {
        "url": reverse("portal:statement", args=[row.pk]),
        "number": row.number,
        "month": formats.month(row.month),
        "currency": row.currency,
        "opening": formats.money_exact(row.opening_minor, row.currency),
        "total": formats.money_exact(row.total_minor, row.currency),
        "closing": formats.money_exact(row.closing_minor, row.currency),
    }
