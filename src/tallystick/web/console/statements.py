"""Statements: one a partner, month and currency; issued once, with what it will say shown before."""

from __future__ import annotations

from datetime import date
from http import HTTPStatus

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from tallystick.commissions.issue_preview import IssuePreview, StatementDraft, issue_preview, months_to_issue
from tallystick.commissions.queries import statement_lines, statements
from tallystick.commissions.services import MonthNotReadyError, issue_statements
from tallystick.kernel.explanations import Explanation
from tallystick.kernel.money import Money
from tallystick.kernel.periods import Month
from tallystick.platform.access import Permission
from tallystick.platform.clock import today
from tallystick.web.access import console, current_viewer
from tallystick.web.arithmetic import calculation_of
from tallystick.web.console.commissions import LINE_FILE, line_row, line_values
from tallystick.web.console.pages import show_page
from tallystick.web.console.statement_waterfall import PARTS, Part, lines_of_part, waterfall_of
from tallystick.web.console.words import counted
from tallystick.web.listing import file_response
from tallystick.web.ui import formats


class IssueForm(forms.Form):
    """Asks for the month whose statements are issued, and that the numbers were read."""

    month = forms.CharField(widget=forms.HiddenInput)
    read = forms.BooleanField(
        label="I have read the figures above; an issued statement is final.",
        error_messages={"required": "Tick this once the figures are right."},
    )


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
        return file_response(
            found.number, "csv", LINE_FILE, (line_values(line, on=on) for line in lines.iterator(1000))
        )
    every = list(lines)
    asked = request.GET.get("part", "")
    part = Part(asked) if asked in set(Part) else None
    shown = lines_of_part(every, part)
    context = {
        "statement": found,
        "waterfall": waterfall_of(found, every),
        "part": str(PARTS[part]) if part else "",
        "count": len(every),
        "shown_total": formats.money_exact(sum(line.amount_minor for line in shown), found.currency),
        "month": formats.month(found.month),
        "issued": formats.moment(found.issued_at),
        "opening": formats.money_exact(found.opening_minor, found.currency),
        "total": formats.money_exact(found.total_minor, found.currency),
        "closing": formats.money_exact(found.closing_minor, found.currency),
        "lines": [
            {"row": line_row(line, on=on), "calculation": calculation_of(Explanation.from_json(line.explanation))}
            for line in shown
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


def _exact(amount: Money) -> str:
    return formats.money_exact(amount.minor, amount.currency)
