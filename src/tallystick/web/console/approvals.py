"""Approvals: the runs of earned commissions, latest month first, and what could be prepared next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from http import HTTPStatus
from typing import ClassVar, Final

from django import forms
from django.contrib import messages
from django.db.models import Case, Count, F, Q, QuerySet, Sum, When
from django.http import HttpRequest
from django.http.response import HttpResponseBase
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
from tallystick.ledger.queries import closed_through
from tallystick.platform.access import Permission
from tallystick.web.access import console, current_viewer
from tallystick.web.console.commissions import section_tabs
from tallystick.web.console.pages import FRAME
from tallystick.web.console.words import Tag, day_near
from tallystick.web.listing import FileColumn, Filter, Kind, Listing, Option, choices_of
from tallystick.web.listing.cells import Row, link, state, text
from tallystick.web.listing.exports import Value
from tallystick.web.listing.lists import GroupHead, Part, RowList
from tallystick.web.listing.serving import answer_list
from tallystick.web.ui import formats
from tallystick.web.ui.components import Column

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
def approvals(request: HttpRequest) -> HttpResponseBase:
    """List the approval runs, and show what could be prepared for the last month."""
    return _show(request)


@console(Permission.MANAGE_COMMISSIONS)
@require_POST
def prepare(request: HttpRequest) -> HttpResponseBase:
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


def _show(request: HttpRequest, *, form: PrepareForm | None = None) -> HttpResponseBase:
    listed = ApprovalList(current_viewer(request), request.GET)
    may_prepare = listed.viewer.may(Permission.MANAGE_COMMISSIONS)
    context = {
        "tabs": section_tabs("approvals"),
        "may_prepare": may_prepare,
        **(_next(form, listed.on) if may_prepare else {}),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form and form.errors else HTTPStatus.OK
    return answer_list(request, FRAME, listed, "console/commissions/approvals.html", context, status=status)


def _next(form: PrepareForm | None, on: date) -> dict[str, object]:
    """Return what preparing would put into runs: of the last month where it is open, else up to yesterday."""
    month = month_to_prepare(on=on, closed=closed_through())
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


class ApprovalList(RowList[ApprovalRun]):
    """The runs of earned commissions."""

    name = "approvals"
    page = "console:approvals"
    permission = Permission.SEE_COMMISSIONS
    without: ClassVar[Mapping[Part, str]] = {
        Part.BULK: "A run is approved alone, by somebody who has read its checks; two at once would be read by nobody.",
        Part.EDITING: "A run is what was prepared: it is approved or rejected, and never changed.",
    }
    file_columns = (
        FileColumn("Month", Kind.DAY),
        FileColumn("Run"),
        FileColumn("State"),
        FileColumn("Lines", Kind.COUNT),
        FileColumn("Earned", Kind.AMOUNT),
        FileColumn("Taken back", Kind.AMOUNT),
        FileColumn("Total", Kind.AMOUNT),
        FileColumn("Currency"),
        FileColumn("Prepared at", Kind.MOMENT),
        FileColumn("Prepared by"),
        FileColumn("Approved at", Kind.MOMENT),
        FileColumn("Approved by"),
        FileColumn("Ended at", Kind.MOMENT),
        FileColumn("Ended by"),
        FileColumn("Reason"),
    )

    def offer(self) -> Listing:
        """Return what can be asked of the runs."""
        months = ApprovalRun.objects.order_by("-month").values_list("month", flat=True).distinct()
        currencies = ApprovalRun.objects.order_by("currency").values_list("currency", flat=True).distinct()
        return Listing(
            things=_("approval runs"),
            columns=(
                Column(key="run", label=_("Run"), kind="one-line", fixed=True),
                Column(key="month", label=_("Month"), kind="date", sort="month"),
                Column(key="state", label=_("State")),
                Column(key="lines", label=_("Lines"), kind="number", sort="lines"),
                Column(key="total", label=_("Total"), kind="number", sort="total"),
                Column(key="prepared", label=_("Prepared"), kind="one-line", sort="prepared"),
                Column(key="decided", label=_("Decided"), kind="one-line"),
                Column(key="given", label=_("Earned"), kind="number", on_demand=True),
                Column(key="taken", label=_("Taken back"), kind="number", on_demand=True),
                Column(key="reason", label=_("Reason"), on_demand=True),
            ),
            default_sort="-month",
            search_label=_("Run or person"),
            filters=(
                Filter(name="state", label=_("State"), options=choices_of(RunState.choices)),
                Filter(
                    name="month",
                    label=_("Month"),
                    options=tuple(Option(value=str(Month.containing(day)), label=formats.month(day)) for day in months),
                ),
                Filter(
                    name="currency",
                    label=_("Currency"),
                    options=tuple(Option(value=code, label=code) for code in currencies),
                ),
            ),
            groups=(Option(value="month", label=_("Month")), Option(value="state", label=_("State"))),
        )

    def find(self) -> QuerySet[ApprovalRun]:
        """Return the runs asked for, in order."""
        asked, found = self.asked, approval_runs()
        if state_ := asked.get("state"):
            found = found.filter(state=state_)
        if month := asked.get("month"):
            found = found.filter(month=Month.parse(month).first_day)
        if currency := asked.get("currency"):
            found = found.filter(currency=currency)
        for word in asked.search.split():
            found = found.filter(
                Q(number__icontains=word) | Q(prepared_by_label__icontains=word) | Q(approved_by_label__icontains=word)
            )
        turned = "-" if asked.sort.startswith("-") else ""
        columns = _ORDER[asked.sort.removeprefix("-")]
        order = [f"{turned}{column}" for column in columns]
        match asked.group:
            case "month":
                return found.annotate(in_group=F("month")).order_by("-in_group", *order)
            case "state":
                places = Case(*(When(state=each, then=at) for at, each in enumerate(RunState)), default=0)
                return found.annotate(in_group=F("state"), place=places).order_by("place", *order)
            case _:
                return found.order_by(*order)

    def group_heads(self, groups: Sequence[str]) -> Mapping[str, GroupHead]:
        """Return the headings with how many runs each group has and what they come to. One query."""
        assert isinstance(self.found, QuerySet)  # noqa: S101 - `find` returns one
        sums = (
            self.found.order_by("in_group", "currency")
            .values_list("in_group", "currency")
            .annotate(n=Count("pk"), together=Sum("total_minor"))
        )
        found: dict[str, tuple[int, list[str]]] = {}
        for value, currency, count, minor in sums:
            counted, amounts = found.get(str(value), (0, []))
            found[str(value)] = counted + count, [*amounts, exact(int(minor), currency)]
        return {
            group: GroupHead(self._group_name(group), f"{formats.number(count)} · {' + '.join(amounts)}")
            for group, (count, amounts) in found.items()
            if group in groups
        }

    def rows(self, found: Sequence[ApprovalRun]) -> list[Row]:
        """Return runs as the list shows them."""
        return [
            Row(
                key=str(run.pk),
                label=run.number,
                group=str(getattr(run, "in_group", "")),
                cells={
                    "run": link(run.number, reverse("console:approval_run", args=[run.pk])),
                    "month": text(formats.month(run.month)),
                    "state": state(run_tag(run)),
                    "lines": text(formats.number(run.lines)),
                    "total": text(exact(run.total_minor, run.currency)),
                    "prepared": text(run.prepared_by_label, day_near(run.prepared_at.date(), self.on)),
                    "decided": text(
                        run.ended_by_label or run.approved_by_label,
                        day_near(decided.date(), self.on) if (decided := run.ended_at or run.approved_at) else "",
                    ),
                    "given": text(exact(run.given_minor, run.currency)),
                    "taken": text(exact(run.taken_minor, run.currency)),
                    "reason": text(run.end_reason),
                },
            )
            for run in found
        ]

    def keys(self, found: Iterable[ApprovalRun]) -> list[str]:
        """Return the ids of runs."""
        return [str(run.pk) for run in found]

    def file_rows(self, found: Iterable[ApprovalRun]) -> Iterable[Sequence[Value]]:
        """Return runs as rows of a file."""
        return (
            (
                run.month,
                run.number,
                run_tag(run).words,
                run.lines,
                Money(run.given_minor, run.currency).amount,
                Money(run.taken_minor, run.currency).amount,
                Money(run.total_minor, run.currency).amount,
                run.currency,
                run.prepared_at,
                run.prepared_by_label,
                run.approved_at,
                run.approved_by_label,
                run.ended_at,
                run.ended_by_label,
                run.end_reason,
            )
            for run in found
        )

    def _group_name(self, group: str) -> str:
        return formats.month(date.fromisoformat(group)) if self.asked.group == "month" else str(RunState(group).label)


_ORDER: Final[Mapping[str, tuple[str, ...]]] = {
    "month": ("month", "prepared_at", "pk"),
    "lines": ("lines", "pk"),
    "total": ("total_minor", "pk"),
    "prepared": ("prepared_at", "pk"),
}


def exact(minor: int, currency: str) -> str:
    """Write an amount of a run with every decimal."""
    amount = Money(minor, currency)
    return formats.money_exact(amount.minor, amount.currency)
