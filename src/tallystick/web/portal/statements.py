"""Statements: one a month and currency, with opening, lines and closing; issued once and never changed."""

from __future__ import annotations

from datetime import date

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tallystick.commissions.models import Statement
from tallystick.commissions.own_earnings import own_lines, own_statements, paid_invoice_lines
from tallystick.kernel.explanations import Explanation
from tallystick.platform.access import Permission
from tallystick.platform.clock import today
from tallystick.web.access import current_viewer, portal
from tallystick.web.arithmetic import calculation_of
from tallystick.web.listing import Filter, Listing, Option, page_of, read_address
from tallystick.web.portal.earnings import line_row, lines_as_csv, section_tabs
from tallystick.web.portal.pages import partner_id_of, show_page
from tallystick.web.ui import formats


@portal(Permission.SEE_OWN_EARNINGS)
@require_safe
def statements(request: HttpRequest) -> HttpResponseBase:
    """List the partner's statements, latest month first."""
    partner_id = partner_id_of(current_viewer(request))
    found = own_statements(partner_id=partner_id)
    years = [day.year for day in found.order_by().dates("month", "year", order="DESC")]
    listing = Listing(
        things="statements",
        columns=(),
        filters=(
            Filter(name="year", label=_("Year"), options=tuple(Option(value=str(y), label=str(y)) for y in years)),
        ),
    )
    if year := read_address(listing, request.GET).number("year"):
        found = found.filter(month__range=(date(year, 1, 1), date(year, 12, 31)))
    context = {
        "list": page_of(listing, request.GET, found, lambda rows, _: [statement_row(row) for row in rows]),
        "tabs": section_tabs("statements"),
    }
    return show_page(request, "portal/earnings/statements.html", context)


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
