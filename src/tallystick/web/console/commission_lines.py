"""The commission lines as a list, with what is held, to be approved and clawed back above them; and one line's page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, ClassVar, Final

from django.db.models import Case, CharField, Count, F, QuerySet, Sum, Value, When
from django.db.models.functions import TruncMonth
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tallystick.commissions.issue_preview import first_month_with_lines
from tallystick.commissions.line_states import LineState, lines_in_state
from tallystick.commissions.models import CommissionLine
from tallystick.commissions.queries import CommissionTotals, commission_lines, commission_totals
from tallystick.crm.models import Account
from tallystick.kernel.explanations import Explanation
from tallystick.kernel.periods import Month
from tallystick.platform.access import Permission
from tallystick.platform.clock import today
from tallystick.platform.database.search import found_by_words
from tallystick.web.access import console, current_viewer
from tallystick.web.arithmetic import calculation_of
from tallystick.web.console.choices import partner_filter
from tallystick.web.console.commissions import LINE_FILE, aside_of, line_row, line_values, line_words, section_tabs
from tallystick.web.console.line_actions import LINE_ACTIONS
from tallystick.web.console.pages import FRAME, show_page, show_part, wants_sheet
from tallystick.web.listing import Filter, Listing, Option, choices_of
from tallystick.web.listing.bulk import BulkAction
from tallystick.web.listing.cells import Row, link, partner, state, text
from tallystick.web.listing.exports import Value as FileValue
from tallystick.web.listing.lists import GroupHead, Part, RowList, in_chunks
from tallystick.web.listing.serving import answer_list
from tallystick.web.sheets import sheet_links
from tallystick.web.ui import formats
from tallystick.web.ui.components import CalculationLine, Column
from tallystick.web.words import day_near

_ORDER: Final[Mapping[str, tuple[str, ...]]] = {
    "booked": ("booked_on", "id"),
    "-booked": ("-booked_on", "-id"),
    "partner": ("partner__name", "-booked_on", "-id"),
    "-partner": ("-partner__name", "-booked_on", "-id"),
    "amount": ("amount_minor", "-id"),
    "-amount": ("-amount_minor", "-id"),
}


@console(Permission.SEE_COMMISSIONS)
@require_safe
def commissions(request: HttpRequest) -> HttpResponseBase:
    """List the commission lines, latest first, with the totals above them."""
    listed = LineList(current_viewer(request), request.GET)
    day = formats.day_and_year(listed.on)
    words = _("Held: the hold is not over on %(day)s. To approve: it is, and no run approved it yet.")
    totals = commission_totals(on=listed.on, partner_id=listed.asked.number("partner"))
    context = {
        "totals": [_total(total) for total in totals],
        "tabs": section_tabs("commissions"),
        "totals_words": words % {"day": day},
        "today": day,
    }
    return answer_list(request, FRAME, listed, "console/commissions/lines.html", context)


@console(Permission.SEE_COMMISSIONS)
@require_safe
def commission_line(request: HttpRequest, line_id: int) -> HttpResponse:
    """Show one line: what it is for, its arithmetic step by step, and the other entries of the same invoice line."""
    line = commission_lines().filter(pk=line_id).first()
    if line is None:
        raise Http404
    viewer = current_viewer(request)
    on = today(viewer.workspace.time_zone)
    siblings = commission_lines().filter(invoice_line=line.invoice_line_id, partner=line.partner_id)
    context = {
        "line": line,
        "row": line_row(line, on=on),
        "aside": aside_of(line, on, may=viewer.may(Permission.MANAGE_COMMISSIONS)),
        "calculation": calculation_of(Explanation.from_json(line.explanation)),
        "history": _history(siblings.order_by("booked_on", "id"), on),
        "links": sheet_links(
            request.GET,
            list_url=reverse("console:commissions"),
            found=lambda: LineList(viewer, request.GET).found,
            url_of=lambda found: reverse("console:commission_line", args=[found.pk]),
        ),
    }
    if wants_sheet(request):
        return show_part(request, "console/commissions/line_sheet.html", context)
    return show_page(request, "console/commissions/line.html", context)


class LineList(RowList[CommissionLine]):
    """The commission lines."""

    name = "lines"
    page = "console:commissions"
    permission = Permission.SEE_COMMISSIONS
    without: ClassVar[Mapping[Part, str]] = {
        Part.EDITING: "What is booked is never changed: it is corrected by another line.",
    }
    file_columns = LINE_FILE

    def offer(self) -> Listing:
        """Return what can be asked of the lines."""
        return Listing(
            things=_("lines"),
            columns=_columns(),
            default_sort="-booked",
            search_label=_("Customer"),
            filters=(
                Filter(name="month", label=_("Month"), options=_months(self.on)),
                partner_filter(),
                Filter(name="state", label=_("State"), options=choices_of(LineState.choices)),
            ),
            groups=(
                Option(value="partner", label=_("Partner")),
                Option(value="month", label=_("Month")),
                Option(value="state", label=_("State")),
            ),
        )

    def find(self) -> QuerySet[CommissionLine]:
        """Return the lines asked for, in order; what is shown of them is read a page at a time."""
        asked = self.asked
        lines = CommissionLine.objects.only("pk")
        if partner_id := asked.number("partner"):
            lines = lines.filter(partner_id=partner_id)
        if month := asked.get("month"):
            chosen = Month.parse(month)
            lines = lines.filter(booked_on__range=(chosen.first_day, chosen.last_day))
        if wanted := asked.get("state"):
            lines = lines_in_state(lines, LineState(wanted), on=self.on)
        if asked.search:
            lines = lines.filter(invoice__account_id__in=found_by_words(Account, asked.search))
        order = _ORDER[asked.sort]
        if not asked.group:
            return lines.order_by(*order)
        turned = "-" if asked.group == "month" else ""
        return lines.annotate(in_group=self._group()).order_by(f"{turned}in_group", *order)

    def rows(self, found: Sequence[CommissionLine]) -> list[Row]:
        """Return lines as the list shows them."""
        return [self._row(line, getattr(found[at], "in_group", "")) for at, line in enumerate(_read(found))]

    def keys(self, found: Iterable[CommissionLine]) -> list[str]:
        """Return the ids of lines."""
        return [str(line.pk) for line in found]

    def every_key(self) -> list[str]:
        """Return the ids of all lines that match."""
        assert isinstance(self.found, QuerySet)  # noqa: S101 - `find` returns one
        return [str(key) for key in self.found.values_list("pk", flat=True)]

    def group_heads(self, groups: Sequence[str]) -> Mapping[str, GroupHead]:
        """Return the headings with how many lines each group has and what they come to, a sum a currency. One query."""
        assert isinstance(self.found, QuerySet)  # noqa: S101 - `find` returns one
        sums = (
            self.found.order_by("in_group", "currency")
            .values_list("in_group", "currency")
            .annotate(n=Count("pk"), together=Sum("amount_minor"))
        )
        found: dict[str, tuple[int, list[str]]] = {}
        for value, currency, count, minor in sums:
            key = _group_key(value)
            counted, amounts = found.get(key, (0, []))
            found[key] = counted + count, [*amounts, formats.money_exact(int(minor), currency)]
        return {
            group: GroupHead(self._group_name(group), " · ".join([formats.number(count), " + ".join(amounts)]))
            for group, (count, amounts) in found.items()
            if group in groups
        }

    def every_action(self) -> tuple[BulkAction, ...]:
        """Return what can be done to many lines."""
        return LINE_ACTIONS

    def file_rows(self, found: Iterable[CommissionLine]) -> Iterable[Sequence[FileValue]]:
        """Return lines as rows of a file."""
        for chunk in in_chunks(found):
            yield from (line_values(line, on=self.on) for line in _read(chunk))

    def _group(self) -> Any:
        match self.asked.group:
            case "partner":
                return F("partner__name")
            case "month":
                return TruncMonth("booked_on")
            case _:
                every = CommissionLine.objects.all()
                whens = [
                    When(pk__in=lines_in_state(every, one, on=self.on).values("pk"), then=Value(one.value))
                    for one in LineState
                ]
                return Case(*whens, default=Value(""), output_field=CharField())

    def _group_name(self, group: str) -> str:
        match self.asked.group:
            case "month":
                return formats.month(date.fromisoformat(group))
            case "state":
                return str(LineState(group).label) if group else ""
            case _:
                return group

    def _row(self, line: CommissionLine, group: object) -> Row:
        row = line_row(line, on=self.on)
        return Row(
            key=str(line.pk),
            label=f"{row.customer}, {row.amount}",
            group=_group_key(group),
            cells={
                "customer": link(row.customer, row.url, row.invoice, in_sheet=True),
                "booked": text(row.booked_on),
                "partner": partner(row.partner_name, row.partner_type),
                "for": text(row.what, row.note),
                "base": text(row.base),
                "amount": text(row.amount),
                "state": state(row.state),
                "rule": text(line.rule),
                "plan": text(str(line.plan)),
                "held": text(day_near(line.held_until, self.on)),
            },
        )


def _read(found: Sequence[CommissionLine]) -> list[CommissionLine]:
    """Return lines in their order with all that is shown of them. One query."""
    read = commission_lines().select_related("reversed_by").in_bulk([line.pk for line in found])
    return [read[line.pk] for line in found]


def _group_key(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value or "")


def _columns() -> tuple[Column, ...]:
    return (
        Column(key="customer", label=_("Customer"), kind="one-line", fixed=True),
        Column(key="booked", label=_("Booked"), kind="date", sort="booked"),
        Column(key="partner", label=_("Partner"), sort="partner"),
        Column(key="for", label=_("For"), kind="one-line"),
        Column(key="base", label=_("Paid revenue"), kind="number"),
        Column(key="amount", label=_("Commission"), kind="number", sort="amount"),
        Column(key="state", label=_("State")),
        Column(key="held", label=_("Held until"), kind="date", on_demand=True),
        Column(key="rule", label=_("Rule"), kind="one-line", on_demand=True),
        Column(key="plan", label=_("Plan"), kind="one-line", on_demand=True),
    )


def _months(on: date) -> tuple[Option, ...]:
    first = first_month_with_lines()
    month, options = Month.containing(on), []
    while first is not None and month >= first:
        options.append(Option(value=str(month), label=formats.month(month.first_day)))
        month = month.plus(-1)
    return tuple(options)


def _total(total: CommissionTotals) -> dict[str, str]:
    amounts = {
        "held": total.held,
        "earned": total.earned,
        "approved": total.approved,
        "on_statements": total.on_statements,
        "clawed_back": total.clawed_back,
    }
    return {"currency": total.currency} | {
        name: formats.money_exact(amount.minor, amount.currency) for name, amount in amounts.items()
    }


def _history(lines: QuerySet[CommissionLine], on: date) -> tuple[CalculationLine, ...]:
    """Return all entries of one invoice line and partner, and what they come to."""
    found = list(lines.select_related("reversed_by"))
    entries = [
        CalculationLine(
            label=f"{day_near(line.booked_on, on)}: {line_words(line).lower()}",
            figure=formats.money_exact(line.amount_minor, line.currency),
        )
        for line in found
    ]
    total = sum(line.amount_minor for line in found)
    figure = formats.money_exact(total, found[0].currency)
    return (*entries, CalculationLine(label=_("All entries together"), figure=figure, result=True))
