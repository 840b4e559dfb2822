"""The overview: the label that follows the number, the key figures, the weekly mix, what waits, and the ranking."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Final

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from tallystick.insights.catalogue import BY_ID
from tallystick.insights.queries import Compared, Overview, overview
from tallystick.insights.rules.mix import FOUR_WEEKS, WeekMix, four_week_shares
from tallystick.insights.rules.partner_led import MotionLabel
from tallystick.insights.rules.spans import Comparison, PeriodKind, Span
from tallystick.kernel.money import Money
from tallystick.platform.access import Permission
from tallystick.platform.clock import today
from tallystick.web.access import console, current_viewer
from tallystick.web.console.figures import figure_url
from tallystick.web.console.pages import show_page
from tallystick.web.console.ranking import ranking_csv, ranking_rows
from tallystick.web.console.setup import setup_card
from tallystick.web.console.waiting import waiting_items
from tallystick.web.listing import changed
from tallystick.web.ui import formats
from tallystick.web.ui.charts import IN_CARD, Chart, LinePoint, MixPoint, line, mix, spark
from tallystick.web.ui.components import Delta, Kpi, Link, Trend

POINTS = 100
MIX_WEEKS = 13
"""Weeks of the chart; the curve of four-week means takes three more before them."""
RANKED = 20
"""Partners in the ranking of the page; its file has all of them."""
PERIODS: Final = {
    PeriodKind.WEEK: (gettext_lazy("Week"), gettext_lazy("Week to date, %(days)s"), gettext_lazy("last week")),
    PeriodKind.QUARTER: (
        gettext_lazy("Quarter"),
        gettext_lazy("Quarter to date, %(days)s"),
        gettext_lazy("last quarter"),
    ),
    PeriodKind.YEAR: (gettext_lazy("Year"), gettext_lazy("Year to date, %(days)s"), gettext_lazy("last year")),
}
"""Each period's name, the lead of its page, and the one before it."""
LABELS = {
    MotionLabel.PARTNER_LED: gettext_lazy("Partner-led"),
    MotionLabel.APPROACHING: gettext_lazy("Approaching partner-led"),
    MotionLabel.PARTNER_INFLUENCED: gettext_lazy("Partner-influenced"),
    MotionLabel.DIRECT_LED: gettext_lazy("Direct-led"),
}


@console(Permission.SEE_OVERVIEW)
@require_safe
def overview_page(request: HttpRequest) -> HttpResponseBase:
    """Show the overview of the period in the address, the quarter to date unless it says otherwise."""
    viewer = current_viewer(request)
    on = today(viewer.workspace.time_zone)
    period = _period(request)
    against = _against(request)
    as_file = request.GET.get("format") == "csv"
    ranked = None if as_file else RANKED
    shown = overview(period=period, on=on, weeks=MIX_WEEKS + FOUR_WEEKS - 1, ranked=ranked, against=against)
    if as_file:
        return ranking_csv(shown)
    waiting = waiting_items(viewer)
    in_amounts = request.GET.get("show") == "amount"
    context = {
        "setup": setup_card(viewer),
        "lead": str(PERIODS[period][1]) % {"days": _days(shown.span)},
        "periods": _choice(request, "period", period.value, {kind.value: PERIODS[kind][0] for kind in PeriodKind}),
        "comparisons": _choice(request, "against", against.value, _comparisons(period)),
        "shows": _choice(
            request, "show", "amount" if in_amounts else "share", {"share": _("Share"), "amount": _("Amount")}
        ),
        "has_deals": any(week.amounts.total for week in shown.mix) or bool(shown.ranking),
        "may_import": viewer.may(Permission.IMPORT_FACTS),
        "label": LABELS[shown.test.label],
        "test": shown.test,
        "share": _whole_points(shown.test.share),
        "share_points": int((shown.test.share or 0) * POINTS),
        "share_url": figure_url("sourced_share", shown.sourced_share.span),
        "kpis": _kpis(shown, _compared_words(period, against)),
        "chart": _amount_chart(shown) if in_amounts else _mix_chart(shown),
        "in_amounts": in_amounts,
        "currency": shown.currency,
        "waiting": waiting,
        "waiting_count": sum(item.count for item in waiting),
        "ranking": ranking_rows(shown),
        "ranking_csv": changed(request.GET, format="csv"),
        "period": _days(shown.span),
        "without_rate": shown.without_rate,
    }
    return show_page(request, "console/overview/overview.html", context)


def _period(request: HttpRequest) -> PeriodKind:
    try:
        return PeriodKind(request.GET.get("period", PeriodKind.QUARTER))
    except ValueError:
        return PeriodKind.QUARTER


def _against(request: HttpRequest) -> Comparison:
    try:
        return Comparison(request.GET.get("against", Comparison.PREVIOUS))
    except ValueError:
        return Comparison.PREVIOUS


def _comparisons(period: PeriodKind) -> dict[str, str]:
    """Return what the period can be compared with; a year's year before is the one before it."""
    before = _("vs %(period)s") % {"period": PERIODS[period][2]}
    if period is PeriodKind.YEAR:
        return {Comparison.PREVIOUS.value: before}
    return {Comparison.PREVIOUS.value: before, Comparison.YEAR_BEFORE.value: _("vs a year ago")}


def _compared_words(period: PeriodKind, against: Comparison) -> str:
    if against is Comparison.YEAR_BEFORE:
        return _("against the same days a year ago")
    return _("against the same days of %(period)s") % {"period": PERIODS[period][2]}


def _choice(request: HttpRequest, name: str, chosen: str, values: Mapping[str, str | Promise]) -> list[Link]:
    return [
        Link(label=str(label), url=changed(request.GET, **{name: value}), current=value == chosen)
        for value, label in values.items()
    ]


def _days(span: Span) -> str:
    return f"{formats.day(span.first_day)} – {formats.day_and_year(span.last_day)}"


# Key figures


def _kpis(shown: Overview, compared: str) -> list[Kpi]:
    return [
        _sourced_won(shown, compared),
        _sourced_share(shown),
        _time_to_first_deal(shown.time_to_first_deal),
    ]


def _sourced_won(shown: Overview, compared: str) -> Kpi:
    figure = shown.sourced_won
    return Kpi(
        label=_(BY_ID["sourced_won"].name),
        value=formats.money_short(int(figure.now or 0), shown.currency),
        note=compared,
        url=figure_url("sourced_won", figure.span),
        delta=_delta(figure.relative, _percent_words(figure.relative)),
        spark=spark(
            shown.sourced_won_weekly,
            words=_("%(figure)s, %(weeks)s weeks") % {"figure": BY_ID["sourced_won"].name, "weeks": MIX_WEEKS},
            size=IN_CARD,
        ),
    )


def _sourced_share(shown: Overview) -> Kpi:
    figure = shown.sourced_share
    note = _("in %(weeks)s weeks") % {"weeks": FOUR_WEEKS}
    if shown.influenced_share:
        note = _("in %(weeks)s weeks, a further %(share)s influenced") % {
            "weeks": FOUR_WEEKS,
            "share": formats.percent(shown.influenced_share),
        }
    shares = [share or Fraction(0) for share in four_week_shares(shown.mix)]
    return Kpi(
        label=_(BY_ID["sourced_share"].name),
        value=formats.percent(figure.now) if figure.now is not None else "–",
        note=note,
        url=figure_url("sourced_share", figure.span),
        delta=_delta(figure.difference, _points_words(figure.difference)),
        spark=spark(shares, words=_("Partner share of new pipeline, four-week mean"), size=IN_CARD),
    )


def _time_to_first_deal(figure: Compared) -> Kpi:
    days = figure.difference
    words = _in_days(abs(round(days))) if days else ""
    note = _("median of a year's new partners")
    if days:
        note = _("faster than in the year before") if days < 0 else _("slower than in the year before")
    return Kpi(
        label=_(BY_ID["time_to_first_deal"].name),
        value=_in_days(round(figure.now)) if figure.now is not None else "–",
        note=note,
        url=figure_url("time_to_first_deal", figure.span),
        delta=_delta(days, words, falling_is_better=True) if days else None,
    )


def _in_days(days: int) -> str:
    return ngettext("%(days)s day", "%(days)s days", days) % {"days": formats.number(days)}


def _delta(change: Fraction | None, words: str, *, falling_is_better: bool = False) -> Delta | None:
    if change is None:
        return None
    if change == 0:
        return Delta(text=words or "0", trend=Trend.FLAT, rising=False)
    is_better = (change < 0) is falling_is_better
    return Delta(text=words, trend=Trend.BETTER if is_better else Trend.WORSE, rising=change > 0)


def _percent_words(change: Fraction | None) -> str:
    return formats.percent(abs(change), digits=1) if change is not None else ""


def _whole_points(share: Fraction | None) -> str:
    """Write a share rounded down, because the distance beside it is rounded up: together they are what is asked."""
    return "" if share is None else formats.percent(Fraction(int(share * POINTS), POINTS))


def _points_words(change: Fraction | None) -> str:
    if change is None:
        return ""
    points = abs(round(change * POINTS))
    return ngettext("%(points)s point", "%(points)s points", points) % {"points": formats.number(points)}


# The weekly mix


def _mix_chart(shown: Overview) -> Chart | None:
    return mix(
        [_mix_point(week, shown.currency) for week in shown.mix[-MIX_WEEKS:]],
        title=_("Share of new pipeline by week, by who brought it"),
        threshold=_("Partner-led at %(share)s") % {"share": formats.percent(Fraction(1, 2))},
    )


def _mix_point(week: WeekMix, currency: str) -> MixPoint:
    monday = week.week.first_day
    return MixPoint(
        label=_("Week of %(day)s") % {"day": formats.day(monday)},
        tick=formats.day(monday),
        sourced=Money(week.amounts.sourced, currency),
        influenced=Money(week.amounts.influenced, currency),
        direct=Money(week.amounts.direct, currency),
        url=figure_url("new_pipeline", Span(monday, week.week.last_day)),
    )


def _amount_chart(shown: Overview) -> Chart | None:
    points = [
        LinePoint(
            label=_("Week of %(day)s") % {"day": formats.day(week.week.first_day)},
            tick=formats.day(week.week.first_day),
            value=week.amounts.sourced,
            text=formats.money_short(week.amounts.sourced, shown.currency),
            url=figure_url("sourced_pipeline", Span(week.week.first_day, week.week.last_day)),
        )
        for week in shown.mix[-MIX_WEEKS:]
    ]
    return line(points, title=_("Partner-sourced pipeline by week"), head=(_("Week"), _("Partner-sourced")))
