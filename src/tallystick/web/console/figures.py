"""One figure: its definition, and the rows it is made of. A figure on any screen equals the rows it opens to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from tallystick.crm.queries.rates import day_rates
from tallystick.insights.catalogue import BY_ID, Asked, Metric, Unit, figure, row_count
from tallystick.insights.rules.spans import Span
from tallystick.kernel.money import Money
from tallystick.platform.access import Permission
from tallystick.platform.clock import today
from tallystick.platform.database.counted import CountedRows
from tallystick.web.access import console, current_viewer
from tallystick.web.console.pages import show_page
from tallystick.web.console.words import day_near
from tallystick.web.listing import Listing, csv_response, page_of
from tallystick.web.ui import formats
from tallystick.web.ui.components import Column


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One row of a figure as its page shows it."""

    url: str
    subject: str
    on: str
    part: str
    whole: str


@console(Permission.SEE_OVERVIEW)
@require_safe
def one_figure(request: HttpRequest, metric_id: str) -> HttpResponseBase:
    """Show a figure of a span of days with its definition and rows; the days stand in the address."""
    metric = BY_ID.get(metric_id)
    span = _span(request)
    if metric is None or span is None:
        raise Http404
    workspace = current_viewer(request).workspace
    on = today(workspace.time_zone)
    asked = Asked(span, workspace.currency, day_rates(on))
    found = metric.rows(asked).order_by("-on", "pk").values_list("pk", "subject", "on", "part", "whole")
    if request.GET.get("format") == "csv":
        return csv_response(
            metric.id, _HEADS, (_cells(row, metric, workspace.currency) for row in found.iterator(1000))
        )
    counted = CountedRows(found, row_count(metric, asked))
    context = {
        "metric": metric,
        "value": figure_words(metric, figure(metric, asked), workspace.currency),
        "span": f"{formats.day(span.first_day)} – {formats.day_and_year(span.last_day)}",
        "unit": str(_UNIT_WORDS[metric.unit]) % {"currency": workspace.currency},
        "has_whole": metric.unit is Unit.SHARE,
        "list": page_of(
            _listing(metric), request.GET, counted, lambda rows, _: _rows(rows, metric, workspace.currency, on)
        ),
    }
    return show_page(request, "console/overview/figure.html", context)


def figure_url(metric_id: str, span: Span) -> str:
    """Return the address of a figure over a span of days."""
    days = urlencode({"from": span.first_day.isoformat(), "to": span.last_day.isoformat()})
    return f"{reverse('console:figure', args=[metric_id])}?{days}"


def figure_words(metric: Metric, value: Fraction | None, currency: str) -> str:
    """Write a figure exactly, in its unit; a dash where there is nothing to tell."""
    if value is None:
        return "–"
    match metric.unit:
        case Unit.MONEY:
            return formats.money_exact(int(value), currency)
        case Unit.SHARE:
            return formats.percent(value, digits=1)
        case Unit.DAYS:
            return _("%(days)s days") % {"days": formats.number(round(value))}


_UNIT_WORDS = {
    Unit.MONEY: gettext_lazy("In %(currency)s at today's exchange rates; the figure is the sum of the rows."),
    Unit.SHARE: gettext_lazy("The figure is what counts, as a part of all rows together."),
    Unit.DAYS: gettext_lazy("The figure is the median of the rows."),
}


def _listing(metric: Metric) -> Listing:
    counts, of = {
        Unit.MONEY: (_("Adds"), ""),
        Unit.SHARE: (_("Counts"), _("Of")),
        Unit.DAYS: (_("Days"), ""),
    }[metric.unit]
    columns = (Column(label=_("On"), kind="date"), Column(label=_("Row")), Column(label=counts, kind="number"))
    return Listing(things=_("rows"), columns=(*columns, Column(label=of, kind="number")) if of else columns)


def _span(request: HttpRequest) -> Span | None:
    try:
        first, last = (date.fromisoformat(request.GET.get(name, "")) for name in ("from", "to"))
    except ValueError:
        return None
    return Span(first, last) if first <= last else None


def _rows(rows: Sequence[Any], metric: Metric, currency: str, on: date) -> list[FigureRow]:
    page = "console:partner" if metric.unit is Unit.DAYS else "console:deal"
    return [
        FigureRow(
            url=reverse(page, args=[key]),
            subject=subject,
            on=day_near(day, on),
            part=_written(part, whole, metric, currency),
            whole=_written(whole, whole, metric, currency),
        )
        for key, subject, day, part, whole in rows
    ]


def _written(part: int, whole: int, metric: Metric, currency: str) -> str:
    """Write a part in its unit; a share of deals is counted in deals, one of amounts in money."""
    if metric.unit is Unit.DAYS or (metric.unit is Unit.SHARE and whole == 1):
        return formats.number(part)
    return formats.money_exact(part, currency)


_HEADS = ("On", "Row", "Part", "Whole", "Currency")


def _cells(row: Sequence[Any], metric: Metric, currency: str) -> list[str]:
    _, subject, day, part, whole = row
    if metric.unit is Unit.MONEY:
        return [day.isoformat(), subject, *(str(Money(minor, currency).amount) for minor in (part, whole)), currency]
    return [day.isoformat(), subject, str(part), str(whole), ""]
