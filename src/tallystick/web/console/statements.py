"""Statements: one a partner, month and currency; issued once, with what it will say shown before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from http import HTTPStatus

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from tallystick.commissions.issue_preview import IssuePreview, StatementDraft, issue_preview, months_to_issue
from tallystick.commissions.models import Statement
from tallystick.commissions.queries import statement_lines, statements
from tallystick.commissions.services import MonthNotReadyError, issue_statements
from tallystick.kernel.explanations import Explanation
from tallystick.kernel.money import Money
from tallystick.kernel.periods import Month
from tallystick.partners.models import Partner
from tallystick.platform.access import Permission
from tallystick.platform.clock import today
from tallystick.web.access import console, current_viewer
from tallystick.web.arithmetic import calculation_of
from tallystick.web.console.commissions import CSV_HEADS, line_cells, line_row, section_tabs
from tallystick.web.console.pages import show_page
from tallystick.web.console.words import counted, day_near
from tallystick.web.listing import (
    Asked,
    Filter,
    Listing,
    Option,
    csv_response,
    options_of,
    page_of,
    read_address,
)
from tallystick.web.ui import formats
from tallystick.web.ui.components import Column

COLUMNS = (
    Column(label="Month", kind="date", sort="month"),
    Column(label="Partner", sort="partner"),
    Column(label="Number"),
    Column(label="Opening", kind="number"),
    Column(label="Lines", kind="number"),
    Column(label="Closing", kind="number", sort="closing"),
    Column(label="Issued", kind="date"),
)
_ORDER = {
    "month": ("month", "partner__name", "currency"),
    "-month": ("-month", "partner__name", "currency"),
    "partner": ("partner__name", "-month", "currency"),
    "-partner": ("-partner__name", "-month", "currency"),
    "closing": ("closing_minor", "pk"),
    "-closing": ("-closing_minor", "pk"),
}


class IssueForm(forms.Form):
    """Asks for the month whose statements are issued, and that the numbers were read."""

    month = forms.CharField(widget=forms.HiddenInput)
    read = forms.BooleanField(
        label="I have read the figures above; an issued statement is final.",
        error_messages={"required": "Tick this once the figures are right."},
    )


@console(Permission.SEE_COMMISSIONS)
@require_safe
def statement_list(request: HttpRequest) -> HttpResponseBase:
    """List the statements issued, latest month first, and the months that could be issued next."""
    viewer = current_viewer(request)
    on = today(viewer.workspace.time_zone)
    listing = _listing()
    asked = read_address(listing, request.GET)
    found = _statements(asked)
    if asked.as_csv:
        return csv_response("statements", _STATEMENT_HEADS, map(_statement_cells, found.iterator(1000)))
    ready = months_to_issue(on=on)
    context = {
        "list": page_of(listing, request.GET, found, lambda rows, _: _rows(rows, on)),
        "tabs": section_tabs("statements"),
        "to_issue": [
            {"month": str(month), "words": formats.month(month.first_day), "lines": counted(lines, "line", "lines")}
            for month, lines in ready
        ],
        "may_issue": viewer.may(Permission.MANAGE_COMMISSIONS),
    }
    return show_page(request, "console/commissions/statements.html", context)


@console(Permission.SEE_COMMISSIONS)
@require_safe
def statement(request: HttpRequest, statement_id: int) -> HttpResponseBase:
    """Show one statement: opening, its lines each with its arithmetic, total and closing; or its lines as a file."""
    found = statements().filter(pk=statement_id).first()
    if found is None:
        raise Http404
    on = today(current_viewer(request).workspace.time_zone)
    lines = statement_lines(found).select_related("partner", "reversed_by", "statement_line__statement")
    if request.GET.get("format") == "csv":
        return csv_response(found.number, CSV_HEADS, (line_cells(line, on) for line in lines.iterator(1000)))
    context = {
        "statement": found,
        "month": formats.month(found.month),
        "issued": formats.moment(found.issued_at),
        "opening": formats.money_exact(found.opening_minor, found.currency),
        "total": formats.money_exact(found.total_minor, found.currency),
        "closing": formats.money_exact(found.closing_minor, found.currency),
        "lines": [
            {"row": line_row(line, on=on), "calculation": calculation_of(Explanation.from_json(line.explanation))}
            for line in lines
        ],
    }
    return show_page(request, "console/commissions/statement.html", context)


@console(Permission.MANAGE_COMMISSIONS)
@require_http_methods(["GET", "HEAD", "POST"])
def issue(request: HttpRequest) -> HttpResponse:
    """Show what a month's statements would say, in numbers, and issue them once that was confirmed."""
    viewer = current_viewer(request)
    on = today(viewer.workspace.time_zone)
    month = _month_asked(request, on)
    if month is None:
        raise Http404
    form = IssueForm(request.POST or None, initial={"month": str(month)})
    if request.method == "POST" and form.is_valid():
        try:
            issued = issue_statements(viewer.actor(), month=month)
        except MonthNotReadyError as problem:
            form.add_error("read", str(problem))
        else:
            words = counted(len(issued), "statement", "statements")
            messages.success(request, f"Issued {words} of {formats.month(month.first_day)}.")
            return redirect("console:statements")
    context = {"form": form, **_preview(issue_preview(month, on=on))}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return show_page(request, "console/commissions/issue.html", context, status=status)


def _month_asked(request: HttpRequest, on: date) -> Month | None:
    """Return the month to issue: the one asked for, else the oldest that has lines on no statement."""
    text = request.POST.get("month") or request.GET.get("month")
    if text:
        try:
            return Month.parse(text)
        except ValueError:
            return None
    waiting = months_to_issue(on=on)
    return waiting[0][0] if waiting else None


def _preview(preview: IssuePreview) -> dict[str, object]:
    totals: dict[str, int] = {}
    for draft in preview.drafts:
        totals[draft.total.currency] = totals.get(draft.total.currency, 0) + draft.total.minor
    return {
        "preview": preview,
        "month_words": formats.month(preview.month.first_day),
        "drafts": [_draft(draft) for draft in preview.drafts],
        "totals": [formats.money_exact(minor, currency) for currency, minor in sorted(totals.items())],
    }


def _draft(draft: StatementDraft) -> dict[str, str]:
    return {
        "partner_name": draft.partner_name,
        "partner_type": draft.partner_type,
        "lines": formats.number(draft.lines),
        "opening": _exact(draft.opening),
        "total": _exact(draft.total),
        "closing": _exact(draft.closing),
    }


def _listing() -> Listing:
    return Listing(
        things="statements",
        columns=COLUMNS,
        default_sort="-month",
        filters=(
            Filter(name="month", label="Month", options=_months()),
            Filter(name="partner", label="Partner", options=options_of(Partner.objects.order_by("name"))),
        ),
    )


def _months() -> tuple[Option, ...]:
    months = Statement.objects.order_by("-month").values_list("month", flat=True).distinct()
    return tuple(Option(value=month.isoformat()[:7], label=formats.month(month)) for month in months)


def _statements(asked: Asked) -> QuerySet[Statement]:
    found = statements()
    if partner_id := asked.number("partner"):
        found = found.filter(partner_id=partner_id)
    if month := asked.get("month"):
        found = found.filter(month=Month.parse(month).first_day)
    return found.order_by(*_ORDER[asked.sort])


def _rows(found: Sequence[Statement], on: date) -> list[dict[str, str]]:
    return [
        {
            "url": reverse("console:statement", args=[row.pk]),
            "month": formats.month(row.month),
            "partner_name": row.partner.name,
            "partner_type": row.partner.type,
            "number": row.number,
            "opening": formats.money_exact(row.opening_minor, row.currency),
            "total": formats.money_exact(row.total_minor, row.currency),
            "closing": formats.money_exact(row.closing_minor, row.currency),
            "issued": day_near(row.issued_at.date(), on),
        }
        for row in found
    ]


def _exact(amount: Money) -> str:
    return formats.money_exact(amount.minor, amount.currency)


_STATEMENT_HEADS = ("Month", "Partner", "Number", "Opening", "Total", "Closing", "Currency", "Issued at")


def _statement_cells(row: Statement) -> list[str]:
    return [
        row.month.isoformat()[:7],
        row.partner.name,
        row.number,
        str(Money(row.opening_minor, row.currency).amount),
        str(Money(row.total_minor, row.currency).amount),
        str(Money(row.closing_minor, row.currency).amount),
        row.currency,
        row.issued_at.isoformat(),
    ]
