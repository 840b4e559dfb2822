"""The statements issued, latest month first, and the months that could be issued next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import ClassVar, Final

from django.db.models import Count, F, Q, QuerySet, Sum
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from tallystick.commissions.issue_preview import months_to_issue
from tallystick.commissions.models import Statement
from tallystick.commissions.queries import statements
from tallystick.kernel.money import Money
from tallystick.kernel.periods import Month
from tallystick.platform.access import Permission
from tallystick.web.access import console, current_viewer
from tallystick.web.console.choices import partner_filter
from tallystick.web.console.commissions import section_tabs
from tallystick.web.console.pages import FRAME
from tallystick.web.listing import FileColumn, Filter, Kind, Listing, Option
from tallystick.web.listing.cells import Row, link, partner, text
from tallystick.web.listing.exports import Value
from tallystick.web.listing.lists import GroupHead, Part, RowList
from tallystick.web.listing.serving import answer_list
from tallystick.web.ui import formats
from tallystick.web.ui.components import Column
from tallystick.web.words import day_near

_ORDER: Final[Mapping[str, tuple[str, ...]]] = {
    "month": ("month", "partner__name", "currency"),
    "-month": ("-month", "partner__name", "currency"),
    "partner": ("partner__name", "-month", "currency"),
    "-partner": ("-partner__name", "-month", "currency"),
    "closing": ("closing_minor", "pk"),
    "-closing": ("-closing_minor", "pk"),
}


@console(Permission.SEE_COMMISSIONS)
@require_safe
def statement_list(request: HttpRequest) -> HttpResponseBase:
    """List the statements issued, latest month first, and the months that could be issued next."""
    listed = StatementList(current_viewer(request), request.GET)
    context = {
        "tabs": section_tabs("statements"),
        "to_issue": [
            {
                "month": str(month),
                "words": formats.month(month.first_day),
                "lines": ngettext("%(n)s line", "%(n)s lines", lines) % {"n": formats.number(lines)},
            }
            for month, lines in months_to_issue(on=listed.on)
        ],
        "may_issue": listed.viewer.may(Permission.MANAGE_COMMISSIONS),
    }
    return answer_list(request, FRAME, listed, "console/commissions/statements.html", context)


class StatementList(RowList[Statement]):
    """The statements of all partners."""

    name = "statements"
    page = "console:statements"
    permission = Permission.SEE_COMMISSIONS
    without: ClassVar[Mapping[Part, str]] = {
        Part.BULK: "Statements are issued by the month, all at once, and final.",
        Part.EDITING: "A statement is final once it is issued.",
    }
    file_columns = (
        FileColumn("Month", Kind.DAY),
        FileColumn("Partner"),
        FileColumn("Number"),
        FileColumn("Opening", Kind.AMOUNT),
        FileColumn("Total", Kind.AMOUNT),
        FileColumn("Closing", Kind.AMOUNT),
        FileColumn("Currency"),
        FileColumn("Issued at", Kind.MOMENT),
    )

    def offer(self) -> Listing:
        """Return what can be asked of the statements."""
        months = Statement.objects.order_by("-month").values_list("month", flat=True).distinct()
        return Listing(
            things=_("statements"),
            columns=(
                Column(key="number", label=_("Number"), kind="one-line", fixed=True),
                Column(key="month", label=_("Month"), kind="date", sort="month"),
                Column(key="partner", label=_("Partner"), sort="partner"),
                Column(key="opening", label=_("Opening"), kind="number"),
                Column(key="lines", label=_("Lines"), kind="number"),
                Column(key="closing", label=_("Closing"), kind="number", sort="closing"),
                Column(key="issued", label=_("Issued"), kind="date"),
                Column(key="by", label=_("Issued by"), kind="one-line", on_demand=True),
            ),
            default_sort="-month",
            search_label=_("Number or partner"),
            filters=(
                Filter(
                    name="month",
                    label=_("Month"),
                    options=tuple(Option(value=month.isoformat()[:7], label=formats.month(month)) for month in months),
                ),
                partner_filter(),
            ),
            groups=(Option(value="month", label=_("Month")), Option(value="partner", label=_("Partner"))),
        )

    def find(self) -> QuerySet[Statement]:
        """Return the statements asked for, in order."""
        found, order = statements(), _ORDER[self.asked.sort]
        if partner_id := self.asked.number("partner"):
            found = found.filter(partner_id=partner_id)
        if month := self.asked.get("month"):
            found = found.filter(month=Month.parse(month).first_day)
        for word in self.asked.search.split():
            found = found.filter(Q(number__icontains=word) | Q(partner__name__icontains=word))
        match self.asked.group:
            case "month":
                return found.annotate(in_group=F("month")).order_by("-in_group", *order)
            case "partner":
                return found.annotate(in_group=F("partner__name")).order_by("in_group", *order)
            case _:
                return found.order_by(*order)

    def group_heads(self, groups: Sequence[str]) -> Mapping[str, GroupHead]:
        """Return the headings with how many statements each group has and what their lines come to. One query."""
        assert isinstance(self.found, QuerySet)  # noqa: S101 - `find` returns one
        sums = (
            self.found.order_by("in_group", "currency")
            .values_list("in_group", "currency")
            .annotate(n=Count("pk"), together=Sum("total_minor"))
        )
        found: dict[str, tuple[int, list[str]]] = {}
        for value, currency, count, minor in sums:
            counted, amounts = found.get(str(value), (0, []))
            found[str(value)] = counted + count, [*amounts, formats.money_exact(int(minor), currency)]
        return {
            group: GroupHead(
                formats.month(date.fromisoformat(group)) if self.asked.group == "month" else group,
                f"{formats.number(count)} · {' + '.join(amounts)}",
            )
            for group, (count, amounts) in found.items()
            if group in groups
        }

    def rows(self, found: Sequence[Statement]) -> list[Row]:
        """Return statements as the list shows them."""
        return [
            Row(
                key=str(row.pk),
                label=row.number,
                group=str(getattr(row, "in_group", "")),
                cells={
                    "number": link(row.number, reverse("console:statement", args=[row.pk])),
                    "month": text(formats.month(row.month)),
                    "partner": partner(row.partner.name, row.partner.type),
                    "opening": text(formats.money_exact(row.opening_minor, row.currency)),
                    "lines": text(formats.money_exact(row.total_minor, row.currency)),
                    "closing": text(formats.money_exact(row.closing_minor, row.currency)),
                    "issued": text(day_near(row.issued_at.date(), self.on)),
                    "by": text(row.issued_by_label),
                },
            )
            for row in found
        ]

    def keys(self, found: Iterable[Statement]) -> list[str]:
        """Return the ids of statements."""
        return [str(row.pk) for row in found]

    def file_rows(self, found: Iterable[Statement]) -> Iterable[Sequence[Value]]:
        """Return statements as rows of a file."""
        return (
            (
                row.month,
                row.partner.name,
                row.number,
                Money(row.opening_minor, row.currency).amount,
                Money(row.total_minor, row.currency).amount,
                Money(row.closing_minor, row.currency).amount,
                row.currency,
                row.issued_at,
            )
            for row in found
        )
