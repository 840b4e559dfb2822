"""Approvals: the runs of earned commissions, latest month first, and what could be prepared next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from http import HTTPStatus

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from tallystick.commissions.approvals import approval_runs, month_to_prepare, preparable
from tallystick.commissions.models import ApprovalRun, RunState
from tallystick.commissions.services import ApprovalRefused, prepare_approval_runs
from tallystick.kernel.money import Money
from tallystick.kernel.periods import Month
from tallystick.platform.access import Permission
from tallystick.platform.clock import today
from tallystick.web.access import console, current_viewer
from tallystick.web.console.commissions import section_tabs
from tallystick.web.console.pages import show_page
from tallystick.web.console.words import Tag, day_near
from tallystick.web.listing import Asked, Filter, Listing, Option, choices_of, page_of, read_address
from tallystick.web.ui import formats
from tallystick.web.ui.components import Column

COLUMNS = (
    Column(label=gettext_lazy("Month"), kind="date"),
    Column(label=gettext_lazy("Run")),
    Column(label=gettext_lazy("State")),
    Column(label=gettext_lazy("Lines"), kind="number"),
    Column(label=gettext_lazy("Total"), kind="number"),
    Column(label=gettext_lazy("Prepared")),
    Column(label=gettext_lazy("Decided")),
)
TONES = {RunState.PREPARED: "accent", RunState.APPROVED: "good", RunState.REJECTED: "bad", RunState.UNDONE: ""}


class PrepareForm(forms.Form):
    """Asks up to which day what is earned is put into runs."""

    through = forms.DateField(
        label=gettext_lazy("All earned up to"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={
            "required": gettext_lazy("Choose the last day to include."),
            "invalid": gettext_lazy("Write the day as 2026-10-31."),
        },
    )


@console(Permission.SEE_COMMISSIONS)
@require_safe
def approvals(request: HttpRequest) -> HttpResponse:
    """List the approval runs, and show what could be prepared for the last month."""
    return _show(request)


@console(Permission.MANAGE_COMMISSIONS)
@require_POST
def prepare(request: HttpRequest) -> HttpResponse:
    """Put all that is earned by a day into runs, one a currency."""
    form = PrepareForm(request.POST)
    if not form.is_valid():
        return _show(request, form=form)
    try:
        runs = prepare_approval_runs(current_viewer(request).actor(), through=form.cleaned_data["through"])
    except ApprovalRefused as refusal:
        form.add_error("through", str(refusal))
        return _show(request, form=form)
    if not runs:
        form.add_error("through", _("Nothing that is earned by then waits for approval."))
        return _show(request, form=form)
    lines = sum(run.lines for run in runs)
    messages.success(
        request,
        ngettext("Prepared %(count)s line for approval.", "Prepared %(count)s lines for approval.", lines)
        % {"count": formats.number(lines)},
    )
    if len(runs) == 1:
        return redirect("console:approval_run", run_id=runs[0].pk)
    return redirect("console:approvals")


def run_tag(run: ApprovalRun) -> Tag:
    """Return the state of a run."""
    return Tag(str(run.get_state_display()), TONES[RunState(run.state)])


def _show(request: HttpRequest, *, form: PrepareForm | None = None) -> HttpResponse:
    viewer = current_viewer(request)
    on = today(viewer.workspace.time_zone)
    listing = _listing()
    found = _runs(read_address(listing, request.GET))
    may_prepare = viewer.may(Permission.MANAGE_COMMISSIONS)
    context = {
        "list": page_of(listing, request.GET, found, lambda runs, _first: _rows(runs, on)),
        "tabs": section_tabs("approvals"),
        "may_prepare": may_prepare,
        **(_next(form, on) if may_prepare else {}),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form and form.errors else HTTPStatus.OK
    return show_page(request, "console/commissions/approvals.html", context, status=status)


def _next(form: PrepareForm | None, on: date) -> dict[str, object]:
    """Return what preparing would put into runs: of the last month where it is open, else up to yesterday."""
    month = month_to_prepare(on=on)
    through = month.last_day if month else on - timedelta(days=1)
    found = preparable(through=through)
    return {
        "form": form or PrepareForm(initial={"through": through}),
        "through": formats.day_and_year(through),
        "preparable": [
            {
                "currency": each.currency,
                "lines": formats.number(each.lines),
                "partners": formats.number(each.partners),
                "total": formats.money_exact(each.total.minor, each.currency),
            }
            for each in found
        ],
    }


def _listing() -> Listing:
    months = ApprovalRun.objects.order_by("-month").values_list("month", flat=True).distinct()
    return Listing(
        things=_("approval runs"),
        columns=COLUMNS,
        filters=(
            Filter(name="state", label=_("State"), options=choices_of(RunState.choices)),
            Filter(
                name="month",
                label=_("Month"),
                options=tuple(Option(value=str(Month.containing(day)), label=formats.month(day)) for day in months),
            ),
        ),
    )


def _runs(asked: Asked) -> QuerySet[ApprovalRun]:
    found = approval_runs()
    if state := asked.get("state"):
        found = found.filter(state=state)
    if month := asked.get("month"):
        found = found.filter(month=Month.parse(month).first_day)
    return found


def _rows(runs: Sequence[ApprovalRun], on: date) -> list[dict[str, object]]:
    return [
        {
            "url": reverse("console:approval_run", args=[run.pk]),
            "month": formats.month(run.month),
            "number": run.number,
            "state": run_tag(run),
            "lines": formats.number(run.lines),
            "total": exact(run.total_minor, run.currency),
            "prepared_by": run.prepared_by_label,
            "prepared": day_near(run.prepared_at.date(), on),
            "decided_by": run.ended_by_label or run.approved_by_label,
            "decided": day_near(decided.date(), on) if (decided := run.ended_at or run.approved_at) else "",
        }
        for run in runs
    ]


def exact(minor: int, currency: str) -> str:
    """Write an amount of a run with every decimal."""
    amount = Money(minor, currency)
    return formats.money_exact(amount.minor, amount.currency)
