"""The overview: the label that follows the number, the key figures, the weekly mix, what waits, and the ranking."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from tallystick.insights.catalogue import BY_ID
from tallystick.insights.queries import Compared, Overview, overview
from tallystick.insights.rules.mix import FOUR_WEEKS, WeekMix, four_week_shares
from tallystick.insights.rules.partner_led import MotionLabel
from tallystick.insights.rules.spans import PeriodKind, Span
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
PERIOD_WORDS = {PeriodKind.WEEK: "last week", PeriodKind.QUARTER: "last quarter", PeriodKind.YEAR: "last year"}
LABELS = {
    MotionLabel.PARTNER_LED: "Partner-led",
    MotionLabel.APPROACHING: "Approaching partner-led",
    MotionLabel.PARTNER_INFLUENCED: "Partner-influenced",
    MotionLabel.DIRECT_LED: "Direct-led",
}


@console(Permission.SEE_OVERVIEW)
@require_safe
def overview_page(request: HttpRequest) -> HttpResponseBase:
    """Show the overview of the period in the address, the quarter to date unless it says otherwise."""
    viewer = current_viewer(request)
    on = today(viewer.workspace.time_zone)
    period = _period(request)
    as_file = request.GET.get("format") == "csv"
    shown = overview(period=period, on=on, weeks=MIX_WEEKS + FOUR_WEEKS - 1, ranked=None if as_file else RANKED)
    if as_file:
        return ranking_csv(shown)
    waiting = waiting_items(viewer)
    in_amounts = request.GET.get("show") == "amount"
    context = {
        "setup": setup_card(viewer),
        "lead": f"{period.value.capitalize()} to date, {_days(shown.span)}",
        "periods": _choice(request, "period", period.value, [kind.value for kind in PeriodKind]),
        "shows": _choice(request, "show", "amount" if in_amounts else "share", ["share", "amount"]),
        "has_deals": any(week.amounts.total for week in shown.mix) or bool(shown.ranking),
        "may_import": viewer.may(Permission.IMPORT_FACTS),
        "label": LABELS[shown.test.label],
        "test": shown.test,
        "share": _whole_points(shown.test.share),
        "share_points": int((shown.test.share or 0) * POINTS),
        "share_url": figure_url("sourced_share", shown.sourced_share.span),
        "kpis": _kpis(shown, period),
        "chart": _amount_chart(shown) if in_amounts else _mix_chart(shown),
        "in_amounts": in_amounts,
        "currency": shown.currency,
        "waiting": waiting,
        "waiting_count": sum(item.count for item in waiting),
        "ranking": ranking_rows(shown),
        "ranking_csv": changed(request.GET, format="csv"),
        "period": f"{period.value} to date",
        "without_rate": shown.without_rate,
    }
    return show_page(request, "console/overview/overview.html", context)


def _period(request: HttpRequest) -> PeriodKind:
    try:
        return PeriodKind(request.GET.get("period", PeriodKind.QUARTER))
    except ValueError:
        return PeriodKind.QUARTER


def _choice(request: HttpRequest, name: str, chosen: str, values: Sequence[str]) -> list[Link]:
    return [
        Link(label=value.capitalize(), url=changed(request.GET, **{name: value}), current=value == chosen)
        for value in values
    ]


def _days(span: Span) -> str:
    return f"{formats.day(span.first_day)} – {formats.day_and_year(span.last_day)}"


# Key figures


def _kpis(shown: Overview, period: PeriodKind) -> list[Kpi]:
    return [
        _sourced_won(shown, period),
        _sourced_share(shown),
        _time_to_first_deal(shown.time_to_first_deal),
    ]


def _sourced_won(shown: Overview, period: PeriodKind) -> Kpi:
    figure = shown.sourced_won
    return Kpi(
        label=BY_ID["sourced_won"].name,
        value=formats.money_short(int(figure.now or 0), shown.currency),
        note=f"against the same days of {PERIOD_WORDS[period]}",
        url=figure_url("sourced_won", figure.span),
        delta=_delta(figure.relative, _percent_words(figure.relative)),
        spark=spark(
            shown.sourced_won_weekly,
            words=f"{BY_ID['sourced_won'].name}, {MIX_WEEKS} weeks",
            size=IN_CARD,
        ),
    )


def _sourced_share(shown: Overview) -> Kpi:
    figure = shown.sourced_share
    further = f", a further {formats.percent(shown.influenced_share)} influenced" if shown.influenced_share else ""
    shares = [share or Fraction(0) for share in four_week_shares(shown.mix)]
    return Kpi(
        label=BY_ID["sourced_share"].name,
        value=formats.percent(figure.now) if figure.now is not None else "–",
        note=f"in {FOUR_WEEKS} weeks{further}",
        url=figure_url("sourced_share", figure.span),
        delta=_delta(figure.difference, _points_words(figure.difference)),
        spark=spark(shares, words="Partner share of new pipeline, four-week mean", size=IN_CARD),
    )


def _time_to_first_deal(figure: Compared) -> Kpi:
    days = figure.difference
    words = f"{formats.number(abs(round(days)))} days" if days else ""
    note = (
        ("faster" if days < 0 else "slower") + " than in the year before" if days else "median of a year's new partners"
    )
    return Kpi(
        label=BY_ID["time_to_first_deal"].name,
        value=f"{formats.number(round(figure.now))} days" if figure.now is not None else "–",
        note=note,
        url=figure_url("time_to_first_deal", figure.span),
        delta=_delta(days, words, falling_is_better=True) if days else None,
    )


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
    return f"{points} point" if points == 1 else f"{points} points"


# The weekly mix


def _mix_chart(shown: Overview) -> Chart | None:
    return mix(
        [_mix_point(week, shown.currency) for week in shown.mix[-MIX_WEEKS:]],
        title="Share of new pipeline by week, by who brought it",
        threshold="Partner-led at 50%",
    )


def _mix_point(week: WeekMix, currency: str) -> MixPoint:
    monday = week.week.first_day
    return MixPoint(
        label=f"Week of {formats.day(monday)}",
        tick=formats.day(monday),
        sourced=Money(week.amounts.sourced, currency),
        influenced=Money(week.amounts.influenced, currency),
        direct=Money(week.amounts.direct, currency),
        url=figure_url("new_pipeline", Span(monday, week.week.last_day)),
    )


def _amount_chart(shown: Overview) -> Chart | None:
    points = [
        LinePoint(
            label=f"Week of {formats.day(week.week.first_day)}",
            tick=formats.day(week.week.first_day),
            value=week.amounts.sourced,
            text=formats.money_short(week.amounts.sourced, shown.currency),
            url=figure_url("sourced_pipeline", Span(week.week.first_day, week.week.last_day)),
        )
        for week in shown.mix[-MIX_WEEKS:]
    ]
    return line(points, title="Partner-sourced pipeline by week", head=("Week", "Partner-sourced"))
