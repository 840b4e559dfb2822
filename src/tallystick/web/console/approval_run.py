"""One approval run: its checks, its totals, its lines with their arithmetic, and the decision on it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from http import HTTPStatus
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from tallystick.commissions import services
from tallystick.commissions.approvals import approval_terms, lines_of_run, on_statements, partner_totals
from tallystick.commissions.models import ApprovalRun, CommissionLine, RunState
from tallystick.commissions.queries import commission_lines
from tallystick.commissions.rules.approval import ApprovalTerms, Hand, four_eyes_refusal
from tallystick.commissions.rules.run_checks import Check, CheckResult, CheckRow, run_checks
from tallystick.commissions.run_facts import given_in_workspace_currency, run_facts
from tallystick.commissions.services import (
    ApprovalRefused,
    approve_approval_run,
    reject_approval_run,
    set_lines_aside,
    undo_approval_run,
)
from tallystick.platform.access import Permission, Viewer
from tallystick.platform.actors import Actor
from tallystick.platform.clock import today
from tallystick.web.access import console, current_viewer
from tallystick.web.console.approvals import exact, run_tag
from tallystick.web.console.commissions import LINE_FILE, line_row, line_values
from tallystick.web.console.pages import go_to, show_page
from tallystick.web.console.words import day_near
from tallystick.web.listing import Listing, file_response, page_of
from tallystick.web.sheets import row_query
from tallystick.web.ui import formats
from tallystick.web.ui.components import Column

TITLES: Final[dict[str, Promise]] = {
    "payments": gettext_lazy("Payments behind every line"),
    "settled": gettext_lazy("Decided and settled"),
    "digest": gettext_lazy("Same lines as prepared"),
    "corrected": gettext_lazy("Corrected since"),
    "blocked": gettext_lazy("Blocked lines"),
    "set_aside": gettext_lazy("Lines set aside"),
    "below_zero": gettext_lazy("Balances below zero"),
    "plan_changes": gettext_lazy("Plan changes"),
    "rates": gettext_lazy("Exchange rates"),
    "booked_later": gettext_lazy("Booked into a later month"),
    "against_before": gettext_lazy("Against the months before"),
}
STATUS: Final = {CheckResult.FINE: "green", CheckResult.LOOK: "amber", CheckResult.STOP: "red"}
WORDS: Final[dict[CheckResult, Promise]] = {
    CheckResult.FINE: gettext_lazy("In order"),
    CheckResult.LOOK: gettext_lazy("Look"),
    CheckResult.STOP: gettext_lazy("Stops approval"),
}


class ReasonForm(forms.Form):
    """Asks why a run is rejected or undone; whoever prepared it reads the answer."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("Whoever prepared the run reads it; it is kept with the run."),
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=1000,
        error_messages={"required": gettext_lazy("Say why: whoever prepared the run reads it.")},
    )


class SetAsideForm(forms.Form):
    """Asks why a line is kept out of approval runs; the partner reads the answer."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("The partner reads it beside the line."),
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=1000,
        error_messages={"required": gettext_lazy("Say why: the partner reads it beside the line.")},
    )


@console(Permission.SEE_COMMISSIONS)
@require_safe
def approval_run(request: HttpRequest, run_id: int) -> HttpResponseBase:
    """Show a run with its checks, totals and lines; or its lines as a file."""
    run = _run(run_id)
    if request.GET.get("format") == "csv":
        on = today(current_viewer(request).workspace.time_zone)
        lines = _lines(run).select_related("reversed_by")
        return file_response(run.number, "csv", LINE_FILE, (line_values(line, on=on) for line in lines.iterator(1000)))
    return _show(request, run)


@console(Permission.APPROVE_COMMISSIONS)
@require_POST
def approve_run(request: HttpRequest, run_id: int) -> HttpResponse:
    """Approve a run: statements may carry its lines from now on."""
    run = _run(run_id)
    try:
        approved = approve_approval_run(current_viewer(request).actor(), run_id=run.pk)
    except ApprovalRefused as refusal:
        return _show(request, run, refusal=str(refusal))
    messages.success(
        request,
        _("Approved %(number)s: %(total)s. It can be undone until its statements are issued.")
        % {"number": approved.number, "total": exact(approved.total_minor, approved.currency)},
    )
    return go_to(request, _address(run))


@console(Permission.APPROVE_COMMISSIONS)
@require_POST
def reject_run(request: HttpRequest, run_id: int) -> HttpResponse:
    """Reject a prepared run for a reason; its lines are free for another."""
    return _end(request, run_id, reject_approval_run, _("Rejected %(number)s; its lines are free for another run."))


@console(Permission.APPROVE_COMMISSIONS)
@require_POST
def undo_run(request: HttpRequest, run_id: int) -> HttpResponse:
    """Take an approval back for a reason, while none of its lines stands on a statement."""
    return _end(request, run_id, undo_approval_run, _("The approval of %(number)s is taken back."))


@console(Permission.MANAGE_COMMISSIONS)
@require_POST
def set_aside(request: HttpRequest, line_id: int) -> HttpResponse:
    """Keep a line out of approval runs for a reason the partner reads."""
    form = SetAsideForm(request.POST)
    if not form.is_valid():
        messages.error(request, str(form.errors["reason"][0]))
        return go_to(request, _line_address(line_id))

    def change(actor: Actor) -> None:
        set_lines_aside(actor, line_ids=[line_id], reason=form.cleaned_data["reason"])

    return _change_line(request, line_id, change, _("The line is set aside; the partner reads your reason."))


@console(Permission.MANAGE_COMMISSIONS)
@require_POST
def take_line_back(request: HttpRequest, line_id: int) -> HttpResponse:
    """Let a line that was set aside into the next approval run."""

    def change(actor: Actor) -> None:
        services.take_line_back(actor, line_id=line_id)

    return _change_line(request, line_id, change, _("The line waits for approval again."))


def _change_line(request: HttpRequest, line_id: int, change: Callable[[Actor], None], done: str) -> HttpResponse:
    if not CommissionLine.objects.filter(pk=line_id).exists():
        raise Http404
    try:
        change(current_viewer(request).actor())
    except ApprovalRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done)
    return go_to(request, _line_address(line_id))


def _end(request: HttpRequest, run_id: int, service: Callable[..., ApprovalRun], done: str) -> HttpResponse:
    run, form = _run(run_id), ReasonForm(request.POST)
    if not form.is_valid():
        return _show(request, run, form=form)
    try:
        ended = service(current_viewer(request).actor(), run_id=run.pk, reason=form.cleaned_data["reason"])
    except ApprovalRefused as refusal:
        return _show(request, run, refusal=str(refusal))
    messages.success(request, done % {"number": ended.number})
    return go_to(request, _address(run))


def _run(run_id: int) -> ApprovalRun:
    run = ApprovalRun.objects.filter(pk=run_id).first()
    if run is None:
        raise Http404
    return run


def _address(run: ApprovalRun) -> str:
    return reverse("console:approval_run", args=[run.pk])


def _line_address(line_id: int) -> str:
    return reverse("console:commission_line", args=[line_id])


def _lines(run: ApprovalRun) -> Any:
    members = lines_of_run(run).values("pk")
    return commission_lines().filter(pk__in=members).order_by("partner__name", "booked_on", "pk")


def _show(request: HttpRequest, run: ApprovalRun, *, form: ReasonForm | None = None, refusal: str = "") -> HttpResponse:
    viewer = current_viewer(request)
    on = today(viewer.workspace.time_zone)
    terms = approval_terms()
    is_open, is_approved = run.state == RunState.PREPARED, run.state == RunState.APPROVED
    stated = on_statements(run) if is_approved else 0
    checks = run_checks(run_facts(run), terms=terms) if is_open else tuple(map(Check.from_json, run.checks))
    totals = partner_totals(run)
    listing = Listing(things=_("lines"), columns=LINE_COLUMNS)
    context = {
        "run": run,
        "state": run_tag(run),
        "month": formats.month(run.month),
        "through": formats.day_and_year(run.through),
        "figures": _figures(run, partners=len(totals)),
        "checks": [_check(check) for check in checks],
        "to_look_at": sum(check.result is CheckResult.LOOK for check in checks),
        "totals": [
            {
                "url": reverse("console:partner", args=[total.partner_id]),
                "name": total.name,
                "type": total.type,
                "lines": formats.number(total.lines),
                "given": exact(total.given.minor, run.currency),
                "taken": exact(total.taken.minor, run.currency) if total.taken.minor else "–",
                "total": exact(total.total.minor, run.currency),
            }
            for total in totals
        ],
        "history": _history(run, on),
        "list": page_of(listing, request.GET, _lines(run).select_related("reversed_by"), _presenter(request, on)),
        "form": form or ReasonForm(),
        "refusal": refusal,
        "decision": _decision(viewer, run, checks, terms) if is_open else {},
        "may_undo": is_approved and viewer.may(Permission.APPROVE_COMMISSIONS) and not stated,
        "may_issue": is_approved and viewer.may(Permission.MANAGE_COMMISSIONS) and stated < run.lines,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if refusal or (form and form.errors) else HTTPStatus.OK
    return show_page(request, "console/commissions/approval_run.html", context, status=status)


LINE_COLUMNS: Final = (
    Column(label=gettext_lazy("Booked"), kind="date"),
    Column(label=gettext_lazy("Partner")),
    Column(label=gettext_lazy("Customer")),
    Column(label=gettext_lazy("For")),
    Column(label=gettext_lazy("Paid revenue"), kind="number"),
    Column(label=gettext_lazy("Commission"), kind="number"),
)


def _presenter(request: HttpRequest, on: date) -> Callable[[Sequence[CommissionLine], int], list[Any]]:
    return lambda lines, first: [
        line_row(line, on=on, query=row_query(request.GET, first + at)) for at, line in enumerate(lines)
    ]


def _figures(run: ApprovalRun, *, partners: int) -> list[dict[str, str]]:
    lines = ngettext("%(count)s line", "%(count)s lines", run.lines) % {"count": formats.number(run.lines)}
    whom = ngettext("%(count)s partner", "%(count)s partners", partners) % {"count": formats.number(partners)}
    return [
        {
            "icon": "arrow-up-right",
            "label": _("Earned"),
            "figure": exact(run.given_minor, run.currency),
            "note": _("%(lines)s, %(partners)s") % {"lines": lines, "partners": whom},
        },
        {
            "icon": "undo-2",
            "label": _("Taken back"),
            "figure": exact(run.taken_minor, run.currency),
            "note": _("refunds, credit notes and corrections"),
        },
        {
            "icon": "scale",
            "label": _("Total"),
            "figure": exact(run.total_minor, run.currency),
            "note": _("goes on the statements of %(month)s") % {"month": formats.month(run.month)},
        },
    ]


def _check(check: Check) -> dict[str, Any]:
    return {
        "title": TITLES.get(check.id, check.id),
        "status": STATUS[check.result],
        "words": WORDS[check.result],
        "sentence": check.sentence,
        "rows": [_check_row(row) for row in check.rows],
        "more": formats.number(check.count - len(check.rows)) if check.count > len(check.rows) else "",
        "is_open": check.result is CheckResult.STOP,
    }


def _check_row(row: CheckRow) -> dict[str, str]:
    match row.kind:
        case "line":
            url = _line_address(row.key)
        case "partner":
            url = reverse("console:partner", args=[row.key])
        case "blocked":
            url = reverse("console:blocked")
        case _:
            url = ""
    return {"url": url, "label": row.label, "note": row.note, "figure": row.figure}


def _decision(viewer: Viewer, run: ApprovalRun, checks: Sequence[Check], terms: ApprovalTerms) -> dict[str, Any]:
    """Return what approving changes in numbers, and why this viewer may not, where that is so."""
    stopped = [check for check in checks if check.result is CheckResult.STOP]
    refusal = four_eyes_refusal(
        preparer=Hand(run.prepared_by_id, run.prepared_by_label),
        approver=Hand(viewer.person.pk, viewer.label),
        given_minor=given_in_workspace_currency(run),
        terms=terms,
    )
    may = viewer.may(Permission.APPROVE_COMMISSIONS)
    return {
        "may_approve": may and not stopped and not refusal,
        "may_reject": may,
        "locked": ""
        if not stopped and may and not refusal
        else _("Finance, admins and executives approve commissions.")
        if not may
        else refusal or stopped[0].sentence,
        "limit": formats.money_trimmed(terms.four_eyes_above_minor, viewer.workspace.currency),
    }


def _history(run: ApprovalRun, on: date) -> list[dict[str, str]]:
    """Return who did what with the run."""
    steps = [(_("Prepared"), run.prepared_by_label, run.prepared_at, "")]
    if run.approved_at:
        steps.append((_("Approved"), run.approved_by_label, run.approved_at, ""))
    if run.ended_at:
        steps.append((str(run.get_state_display()), run.ended_by_label, run.ended_at, run.end_reason))
    return [
        {"what": what, "who": who, "when": formats.moment(at), "day": day_near(at.date(), on), "note": note}
        for what, who, at, note in steps
    ]
