"""The directory: every partner with what it brought in twelve months and earned in all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from tallystick.commissions.line_states import earned_by_partner
from tallystick.insights.partner_figures import PartnerFigures, partner_figures
from tallystick.kernel.money import Money
from tallystick.partners.models import Lifecycle, Partner, PartnerType, Tier
from tallystick.partners.queries import DirectoryRow, directory_rows
from tallystick.platform.access import Permission
from tallystick.web.access import console, current_viewer
from tallystick.web.console.pages import FRAME
from tallystick.web.console.partner_changes import ACTIONS, FIELDS, edited, lifecycle_cell, tier_cell
from tallystick.web.listing import FileColumn, Filter, Kind, Listing, Option, choices_of
from tallystick.web.listing.bulk import BulkAction
from tallystick.web.listing.cells import Cell, Row, partner, text
from tallystick.web.listing.editing import EditField
from tallystick.web.listing.exports import Value
from tallystick.web.listing.lists import GroupHead, RowList, in_chunks
from tallystick.web.listing.serving import answer_list
from tallystick.web.ui import formats
from tallystick.web.ui.components import Column
from tallystick.web.words import day_near

_NO_FIGURES: Final = PartnerFigures()
_NO_TIER: Final = gettext_lazy("No tier")
_NO_MANAGER: Final = gettext_lazy("Nobody")
_TIER_PLACES: Final = {tier: place for place, tier in enumerate(Tier)}


@dataclass(frozen=True, slots=True)
class Entry:
    """A partner of the directory before it is written; its figures once they are read."""

    row: DirectoryRow
    figures: PartnerFigures = _NO_FIGURES
    earned: tuple[Money, ...] = ()
    has_figures: bool = False


@console(Permission.SEE_PARTNERS)
@require_safe
def partners(request: HttpRequest) -> HttpResponseBase:
    """List the partners with what each brought in twelve months and earned in all."""
    listed = PartnerList(current_viewer(request), request.GET)
    lead = _("Sourced and influenced: new pipeline of the last 12 months, in %(currency)s at today's rates")
    context = {"lead": lead % {"currency": listed.viewer.workspace.currency}}
    return answer_list(request, FRAME, listed, "console/partners/partners.html", context)


class PartnerList(RowList[Entry]):
    """The directory. All partners are read at once: there are thousands at most; figures come with those of a page."""

    name = "partners"
    page = "console:partners"
    permission = Permission.SEE_PARTNERS
    file_columns = (
        FileColumn("Partner"),
        FileColumn("Type"),
        FileColumn("Region"),
        FileColumn("Country"),
        FileColumn("Tier"),
        FileColumn("Lifecycle"),
        FileColumn("Manager"),
        FileColumn("Joined on", Kind.DAY),
        FileColumn("People", Kind.COUNT),
        FileColumn("Sourced, 12 months", Kind.AMOUNT),
        FileColumn("Influenced, 12 months", Kind.AMOUNT),
        FileColumn("Currency"),
        FileColumn("Earned"),
        FileColumn("Last activity", Kind.DAY),
    )

    def offer(self) -> Listing:
        """Return what can be asked of the directory; earnings only where the viewer may see money."""
        managers = Partner.objects.filter(manager__isnull=False).order_by("manager__name").distinct("manager__name")
        names = [str(row.manager) for row in managers.select_related("manager")]
        return Listing(
            things=_("partners"),
            columns=tuple(column for column in _columns() if column.key != "earned" or self._sees_money),
            default_sort="name",
            search_label=_("Partner"),
            filters=(
                Filter(name="type", label=_("Type"), options=choices_of(PartnerType.choices)),
                Filter(name="tier", label=_("Tier"), options=choices_of(Tier.choices)),
                Filter(name="lifecycle", label=_("Lifecycle"), options=choices_of(Lifecycle.choices)),
                Filter(
                    name="manager", label=_("Manager"), options=tuple(Option(value=name, label=name) for name in names)
                ),
            ),
            groups=(
                Option(value="type", label=_("Type")),
                Option(value="tier", label=_("Tier")),
                Option(value="lifecycle", label=_("Lifecycle")),
                Option(value="manager", label=_("Manager")),
            ),
        )

    def find(self) -> list[Entry]:
        """Return the partners asked for, in order."""
        asked = self.asked
        rows = directory_rows(
            type=PartnerType(asked.get("type")) if asked.get("type") else None,
            lifecycle=Lifecycle(asked.get("lifecycle")) if asked.get("lifecycle") else None,
            search=asked.search,
        )
        found = [
            Entry(row)
            for row in rows
            if asked.get("tier") in {"", row.tier} and asked.get("manager") in {"", row.manager}
        ]
        if asked.group or asked.sort.removeprefix("-") in _BY_FIGURES:
            found = self._with_figures(found)
        key = _SORTS[asked.sort.removeprefix("-")]
        found.sort(key=key, reverse=asked.sort.startswith("-"))
        if asked.group:
            found.sort(key=lambda entry: _GROUPS[asked.group](entry)[0])
        return found

    def rows(self, found: Sequence[Entry]) -> list[Row]:
        """Return partners as the directory shows them."""
        return [self._row(entry) for entry in self._with_figures(found)]

    def keys(self, found: Iterable[Entry]) -> list[str]:
        """Return the ids of partners."""
        return [str(entry.row.id) for entry in found]

    def group_heads(self, groups: Sequence[str]) -> Mapping[str, GroupHead]:
        """Return the headings of groups with how many partners each holds and what they sourced together."""
        heads = {}
        for group in groups:
            inside = [entry for entry in self.found if _GROUPS[self.asked.group](entry)[1] == group]
            sourced = sum(entry.figures.sourced for entry in inside)
            words = ngettext("%(n)s partner, %(sourced)s sourced", "%(n)s partners, %(sourced)s sourced", len(inside))
            figures = {"n": formats.number(len(inside)), "sourced": formats.money_short(sourced, self._currency)}
            heads[group] = GroupHead(group, words % figures)
        return heads

    def every_action(self) -> tuple[BulkAction, ...]:
        """Return what can be done to many partners."""
        return ACTIONS

    def fields(self) -> tuple[EditField, ...]:
        """Return the fields that are edited in place."""
        return FIELDS

    def file_rows(self, found: Iterable[Entry]) -> Iterable[Sequence[Value]]:
        """Return partners as rows of a file; the figures are read for many at once."""
        for chunk in in_chunks(found):
            yield from (self._file_row(entry) for entry in self._with_figures(chunk))

    def _with_figures(self, found: Sequence[Entry]) -> list[Entry]:
        """Return partners with their figures: read for a page, unless the order needs those of all."""
        if all(entry.has_figures for entry in found):
            return list(found)
        ids = [entry.row.id for entry in found]
        figures = partner_figures(on=self.on, partner_ids=ids)
        earned = earned_by_partner(ids) if self._sees_money else {}
        return [
            replace(
                entry,
                figures=figures.get(entry.row.id, _NO_FIGURES),
                earned=earned.get(entry.row.id, ()),
                has_figures=True,
            )
            for entry in found
        ]

    @property
    def _sees_money(self) -> bool:
        return self.viewer.may(Permission.SEE_COMMISSIONS)

    @property
    def _currency(self) -> str:
        return self.viewer.workspace.currency

    def _row(self, entry: Entry) -> Row:
        row = entry.row
        url = reverse("console:partner", args=[row.id])
        note = " · ".join(str(part) for part in (row.type.label, row.region) if part)
        return Row(
            key=str(row.id),
            label=row.name,
            group=_GROUPS[self.asked.group](entry)[1] if self.asked.group else "",
            cells={
                "name": partner(row.name, row.type.value, note, url),
                "tier": self._edited("tier", row, tier_cell(row.tier)),
                "lifecycle": self._edited("lifecycle", row, lifecycle_cell(row.lifecycle)),
                "manager": self._edited("manager", row, text(row.manager)),
                "sourced": text(formats.money_exact(entry.figures.sourced, self._currency)),
                "influenced": text(formats.money_exact(entry.figures.influenced, self._currency)),
                "earned": text(" + ".join(formats.money_exact(sum_.minor, sum_.currency) for sum_ in entry.earned)),
                "active": text(day_near(entry.figures.last_active_on, self.on)),
                "won": text(formats.money_exact(entry.figures.won, self._currency)),
                "country": text(row.country),
                "joined": text(day_near(row.joined_on, self.on)),
                "people": text(formats.number(row.people)),
            },
        )

    def _edited(self, field: str, row: DirectoryRow, cell: Cell) -> Cell:
        if not self.viewer.may(Permission.MANAGE_PARTNERS):
            return cell
        return edited(cell, field, partner_id=row.id, name=row.name)

    def _file_row(self, entry: Entry) -> Sequence[Value]:
        row, figures = entry.row, entry.figures
        return (
            row.name,
            str(row.type.label),
            row.region,
            row.country,
            str(row.tier.label) if row.tier else "",
            str(row.lifecycle.label),
            row.manager,
            row.joined_on,
            row.people,
            Money(figures.sourced, self._currency).amount,
            Money(figures.influenced, self._currency).amount,
            self._currency,
            " + ".join(str(amount) for amount in entry.earned),
            figures.last_active_on,
        )


def _columns() -> tuple[Column, ...]:
    return (
        Column(key="name", label=_("Partner"), sort="name", fixed=True),
        Column(key="tier", label=_("Tier"), sort="tier"),
        Column(key="lifecycle", label=_("Lifecycle")),
        Column(key="manager", label=_("Manager"), kind="one-line"),
        Column(key="sourced", label=_("Sourced"), kind="number", sort="sourced"),
        Column(key="influenced", label=_("Influenced"), kind="number", sort="influenced"),
        Column(key="earned", label=_("Earned"), kind="number", sort="earned"),
        Column(key="active", label=_("Last activity"), kind="date", sort="active"),
        Column(key="won", label=_("Won"), kind="number", sort="won", on_demand=True),
        Column(key="country", label=_("Country"), on_demand=True),
        Column(key="joined", label=_("Joined"), kind="date", sort="joined", on_demand=True),
        Column(key="people", label=_("People"), kind="number", sort="people", on_demand=True),
    )


_BY_FIGURES: Final = frozenset({"sourced", "influenced", "won", "earned", "active"})
_SORTS: Final[Mapping[str, Callable[[Entry], Any]]] = {
    "name": lambda entry: entry.row.name.casefold(),
    "tier": lambda entry: _TIER_PLACES[entry.row.tier] if entry.row.tier else -1,
    "sourced": lambda entry: entry.figures.sourced,
    "influenced": lambda entry: entry.figures.influenced,
    "won": lambda entry: entry.figures.won,
    "earned": lambda entry: sum(amount.minor for amount in entry.earned),
    "active": lambda entry: entry.figures.last_active_on or date.min,
    "joined": lambda entry: entry.row.joined_on or date.min,
    "people": lambda entry: entry.row.people,
}
_GROUPS: Final[Mapping[str, Callable[[Entry], tuple[Any, str]]]] = {
    "type": lambda entry: (list(PartnerType).index(entry.row.type), str(entry.row.type.label)),
    "tier": lambda entry: (
        (-_TIER_PLACES[entry.row.tier], str(entry.row.tier.label)) if entry.row.tier else (1, str(_NO_TIER))
    ),
    "lifecycle": lambda entry: (list(Lifecycle).index(entry.row.lifecycle), str(entry.row.lifecycle.label)),
    "manager": lambda entry: (
        (entry.row.manager == "", entry.row.manager.casefold()),
        entry.row.manager or str(_NO_MANAGER),
    ),
}
"""The place of a partner's group among all, and its heading."""
