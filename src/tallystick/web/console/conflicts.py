"""The cases in which claims to a deal stand against each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tallystick.deals.models import Conflict, ConflictKind, ConflictState
from tallystick.platform.access import Permission
from tallystick.web.access import console, current_viewer
from tallystick.web.conflicts import state_tag
from tallystick.web.console.pages import FRAME
from tallystick.web.listing import FileColumn, Filter, Kind, Listing, choices_of
from tallystick.web.listing.cells import Row, state, subject, text
from tallystick.web.listing.exports import Value
from tallystick.web.listing.lists import Part, RowList
from tallystick.web.listing.serving import answer_list
from tallystick.web.ui.components import Column
from tallystick.web.words import day_near


@console(Permission.SEE_DEALS)
@require_safe
def conflicts(request: HttpRequest) -> HttpResponseBase:
    """List the cases, those that wait first."""
    listed = ConflictList(current_viewer(request), request.GET)
    return answer_list(request, FRAME, listed, "console/conflicts/list.html", {})


class ConflictList(RowList[Conflict]):
    """The cases."""

    name = "conflicts"
    page = "console:conflicts"
    permission = Permission.SEE_DEALS
    without: ClassVar[Mapping[Part, str]] = {
        Part.GROUPS: "Few cases are open at a time; the views part them by where they stand.",
        Part.BULK: "Each case is ruled by itself, with its reason and its effect on pay.",
        Part.EDITING: "What a case says is its claims' own; it changes by a ruling or an appeal.",
    }
    file_columns = (
        FileColumn("Case"),
        FileColumn("Company"),
        FileColumn("Why"),
        FileColumn("State"),
        FileColumn("Opened", Kind.MOMENT),
        FileColumn("Due", Kind.MOMENT),
    )

    def offer(self) -> Listing:
        """Return what can be asked of the cases."""
        return Listing(
            things=_("conflicts"),
            columns=(
                Column(key="company", label=_("Company"), kind="one-line", fixed=True),
                Column(key="case", label=_("Case")),
                Column(key="kind", label=_("Why")),
                Column(key="state", label=_("State")),
                Column(key="opened", label=_("Opened"), kind="date", sort="opened"),
                Column(key="due", label=_("Due"), kind="date", sort="due"),
            ),
            default_sort="-opened",
            search_label=_("Company"),
            filters=(
                Filter(name="state", label=_("State"), options=choices_of(ConflictState.choices)),
                Filter(name="kind", label=_("Why"), options=choices_of(ConflictKind.choices)),
            ),
        )

    def find(self) -> QuerySet[Conflict]:
        """Return the cases asked for, in order."""
        cases = Conflict.objects.all()
        if wanted := self.asked.get("state"):
            cases = cases.filter(state=wanted)
        if wanted := self.asked.get("kind"):
            cases = cases.filter(kind=wanted)
        if self.asked.search:
            cases = cases.filter(company__icontains=self.asked.search)
        order = {"opened": "opened_at", "-opened": "-opened_at", "due": "due_at", "-due": "-due_at"}[self.asked.sort]
        return cases.order_by(order, "-id" if order.startswith("-") else "id")

    def rows(self, found: Sequence[Conflict]) -> list[Row]:
        """Return cases as the list shows them."""
        return [
            Row(
                key=str(case.pk),
                label=case.company,
                cells={
                    "company": subject(case.company, reverse("console:conflict", args=[case.pk])),
                    "case": text(case.reference),
                    "kind": text(case.get_kind_display()),
                    "state": state(state_tag(case)),
                    "opened": text(day_near(case.opened_at.date(), self.on)),
                    "due": text(_due(case, self)),
                },
            )
            for case in found
        ]

    def keys(self, found: Iterable[Conflict]) -> list[str]:
        """Return the ids of cases."""
        return [str(case.pk) for case in found]

    def file_rows(self, found: Iterable[Conflict]) -> Iterable[Sequence[Value]]:
        """Return cases as rows of a file."""
        return (
            (
                case.reference,
                case.company,
                str(case.get_kind_display()),
                str(case.get_state_display()),
                case.opened_at,
                case.due_at,
            )
            for case in found
        )


def _due(case: Conflict, listed: ConflictList) -> str:
    waits = case.state in (ConflictState.OPEN, ConflictState.APPEALED)
    return day_near(case.due_at.date(), listed.on) if waits else ""
