"""The metric catalogue: each figure has one definition and opens to the rows it is the sum of.

A metric is declared once; screens show its name and definition and list its rows. `part` of every row adds up to the
figure, and for a share the parts are held against the `whole` of the same rows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import Any, assert_never

from django.db.models import (
    BigIntegerField,
    Case,
    F,
    Func,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.utils.translation import gettext_noop as _

from tallystick.attribution.models import CreditClass
from tallystick.crm.models import OpportunityStatus
from tallystick.crm.queries.rates import DayRates
from tallystick.insights.day_sums import DaySums, Sums
from tallystick.insights.deals import NEW_BUSINESS, classified_deals
from tallystick.insights.models import DayMeasure, DaySum
from tallystick.insights.rules.rates import median
from tallystick.insights.rules.spans import Span
from tallystick.partners.models import Partner

Rows = QuerySet[Any, Any]


class Unit(StrEnum):
    """What a figure is counted in."""

    MONEY = "money"
    SHARE = "share"
    DAYS = "days"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a figure is asked for: the days, and the currency with the rates amounts are converted at."""

    span: Span
    currency: str
    rates: DayRates
    shared: DaySums | None = None
    """The sums of the same currency and rates, where several figures are asked for at once."""

    @property
    def sums(self) -> DaySums:
        """The sums of deals by day that figures are read from."""
        return self.shared or DaySums(self.currency, self.rates)


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure with one definition. `rows` gives what it is made of, each with `subject`, `on`, `part` and `whole`.

    `kept` gives the same figure from sums of days, and how many rows it has; without it the rows are added up.
    """

    id: str
    name: str
    definition: str
    grain: str
    unit: Unit
    rows: Callable[[Asked], Rows]
    kept: Callable[[Asked], tuple[Fraction | None, int]] | None = None


@dataclass(frozen=True, slots=True)
class MetricRow:
    """One row of a figure: an opportunity or a partner, its day, and what it adds."""

    id: int
    subject: str
    on: date
    part: int
    whole: int


def figure(metric: Metric, asked: Asked) -> Fraction | None:
    """Return the figure: minor units, a share, or days; None where there is nothing to tell. At most four queries."""
    if metric.kept is not None:
        return metric.kept(asked)[0]
    match metric.unit:
        case Unit.MONEY:
            return Fraction(metric.rows(asked).aggregate(total=Sum("part"))["total"] or 0)
        case Unit.SHARE:
            sums = metric.rows(asked).aggregate(parts=Sum("part"), wholes=Sum("whole"))
            return Fraction(sums["parts"] or 0, sums["wholes"]) if sums["wholes"] else None
        case Unit.DAYS:
            return median(list(metric.rows(asked).values_list("part", flat=True)))
        case _:
            assert_never(metric.unit)


def row_count(metric: Metric, asked: Asked) -> int:
    """Return how many rows a figure opens to. At most four queries."""
    return metric.rows(asked).count() if metric.kept is None else metric.kept(asked)[1]


def rows_of(metric: Metric, asked: Asked) -> list[MetricRow]:
    """Return the rows a figure opens to, the latest first. One query."""
    fields = ("pk", "subject", "on", "part", "whole")
    return [MetricRow(*row) for row in metric.rows(asked).order_by("-on", "pk").values_list(*fields)]


def _won(asked: Asked, credit_class: CreditClass) -> Rows:
    deals = classified_deals(rates=asked.rates, currency=asked.currency).filter(
        status=OpportunityStatus.WON, kind__in=NEW_BUSINESS, close_on__range=_days(asked), credit_class=credit_class
    )
    return _deal_rows(deals, day="close_on", part=F("amount"))


def _pipeline(asked: Asked) -> Rows:
    return classified_deals(rates=asked.rates, currency=asked.currency).filter(
        kind__in=NEW_BUSINESS, opened_on__range=_days(asked), amount__isnull=False
    )


def _new_pipeline(asked: Asked) -> Rows:
    return _deal_rows(_pipeline(asked), day="opened_on", part=F("amount"))


def _sourced_pipeline(asked: Asked) -> Rows:
    return _deal_rows(_pipeline(asked).filter(credit_class=CreditClass.SOURCED), day="opened_on", part=F("amount"))


def _sourced_share(asked: Asked) -> Rows:
    sourced = Case(When(credit_class=CreditClass.SOURCED, then=F("amount")), default=0)
    return _deal_rows(_pipeline(asked), day="opened_on", part=sourced)


def _decided(asked: Asked, credit_class: CreditClass) -> Rows:
    deals = classified_deals(rates=asked.rates, currency=asked.currency).filter(
        status__in=[OpportunityStatus.WON, OpportunityStatus.LOST],
        kind__in=NEW_BUSINESS,
        close_on__range=_days(asked),
        credit_class=credit_class,
    )
    won = Case(When(status=OpportunityStatus.WON, then=1), default=0, output_field=BigIntegerField())
    return _deal_rows(deals, day="close_on", part=won, whole=Value(1, BigIntegerField()))


def _won_kept(asked: Asked, credit_class: CreditClass) -> tuple[Fraction, int]:
    where = {"status": OpportunityStatus.WON.value, "credit_class": credit_class.value}
    sums = asked.sums.sums(DayMeasure.CLOSED, asked.span, where=where).get((), Sums())
    return Fraction(sums.amount), sums.with_amount


def _pipeline_kept(asked: Asked) -> dict[str, Sums]:
    found = asked.sums.sums(DayMeasure.OPENED, asked.span, by=("credit_class",))
    return {str(credit_class): sums for (credit_class,), sums in found.items()}


def _new_pipeline_kept(asked: Asked) -> tuple[Fraction, int]:
    every = sum(_pipeline_kept(asked).values(), Sums())
    return Fraction(every.amount), every.with_amount


def _sourced_pipeline_kept(asked: Asked) -> tuple[Fraction, int]:
    sourced = _pipeline_kept(asked).get(CreditClass.SOURCED.value, Sums())
    return Fraction(sourced.amount), sourced.with_amount


def _sourced_share_kept(asked: Asked) -> tuple[Fraction | None, int]:
    found = _pipeline_kept(asked)
    every, sourced = sum(found.values(), Sums()), found.get(CreditClass.SOURCED.value, Sums())
    return (Fraction(sourced.amount, every.amount) if every.amount else None), every.with_amount


def _decided_kept(asked: Asked, credit_class: CreditClass) -> tuple[Fraction | None, int]:
    where = {"credit_class": credit_class.value}
    found = asked.sums.sums(DayMeasure.CLOSED, asked.span, by=("status",), where=where)
    ended = sum(found.values(), Sums()).deals
    won = found.get((OpportunityStatus.WON.value,), Sums()).deals
    return (Fraction(won, ended) if ended else None), ended


def _first_deals(asked: Asked) -> Rows:
    """Return partners that joined in the span and have sourced a deal: `part` is the days it took them."""
    opened: Any
    if asked.sums.are_kept:
        days = DaySum.objects.filter(measure=DayMeasure.OPENED, partner_id=OuterRef("pk")).order_by("day")
        opened = Subquery(days.values("day")[:1])
    else:
        opened = Min(
            "credits__opportunity__opened_on",
            filter=Q(
                credits__is_current=True,
                credits__role="source",
                credits__opportunity__kind__in=NEW_BUSINESS,
                credits__opportunity__opened_on__isnull=False,
            ),
        )
    taken = Func(opened, F("joined_on"), template="(%(expressions)s)", arg_joiner=" - ", output_field=BigIntegerField())
    partners: Rows = Partner.objects.filter(joined_on__range=_days(asked)).annotate(
        subject=F("name"), on=F("joined_on"), part=taken, whole=Value(1, BigIntegerField())
    )
    return partners.filter(part__gte=0)


def _deal_rows(deals: Rows, *, day: str, part: Any, whole: Any = None) -> Rows:
    whole = F("amount") if whole is None else whole
    rows: Rows = deals.annotate(subject=F("name"), on=F(day), part=part, whole=whole)
    return rows.filter(part__isnull=False)


def _days(asked: Asked) -> tuple[date, date]:
    return asked.span.first_day, asked.span.last_day


METRICS: tuple[Metric, ...] = (
    Metric(
        id="sourced_won",
        name=_("Partner-sourced revenue won"),
        definition=_("Amount of new and expansion deals won in the period that a partner sourced."),
        grain=_("One row a deal, on its close date."),
        unit=Unit.MONEY,
        rows=lambda asked: _won(asked, CreditClass.SOURCED),
        kept=lambda asked: _won_kept(asked, CreditClass.SOURCED),
    ),
    Metric(
        id="influenced_won",
        name=_("Partner-influenced revenue won"),
        definition=_(
            "Amount of new and expansion deals won in the period that partners influenced and none sourced; "
            "never added to what partners sourced."
        ),
        grain=_("One row a deal, on its close date."),
        unit=Unit.MONEY,
        rows=lambda asked: _won(asked, CreditClass.INFLUENCED),
        kept=lambda asked: _won_kept(asked, CreditClass.INFLUENCED),
    ),
    Metric(
        id="new_pipeline",
        name=_("New pipeline"),
        definition=_("Amount of new and expansion deals opened in the period, whatever became of them."),
        grain=_("One row a deal, on the day it was opened."),
        unit=Unit.MONEY,
        rows=_new_pipeline,
        kept=_new_pipeline_kept,
    ),
    Metric(
        id="sourced_pipeline",
        name=_("Partner-sourced pipeline"),
        definition=_("Amount of new and expansion deals opened in the period that a partner sourced."),
        grain=_("One row a deal, on the day it was opened."),
        unit=Unit.MONEY,
        rows=_sourced_pipeline,
        kept=_sourced_pipeline_kept,
    ),
    Metric(
        id="sourced_share",
        name=_("Partner share of new pipeline"),
        definition=_("Partner-sourced pipeline as a part of all new pipeline of the period."),
        grain=_("One row a deal, on the day it was opened."),
        unit=Unit.SHARE,
        rows=_sourced_share,
        kept=_sourced_share_kept,
    ),
    Metric(
        id="win_rate_sourced",
        name=_("Win rate of partner-sourced deals"),
        definition=_("Deals won of deals won or lost in the period, among those a partner sourced."),
        grain=_("One row a deal, on its close date."),
        unit=Unit.SHARE,
        rows=lambda asked: _decided(asked, CreditClass.SOURCED),
        kept=lambda asked: _decided_kept(asked, CreditClass.SOURCED),
    ),
    Metric(
        id="win_rate_direct",
        name=_("Win rate of direct deals"),
        definition=_("Deals won of deals won or lost in the period, among those no partner sourced or influenced."),
        grain=_("One row a deal, on its close date."),
        unit=Unit.SHARE,
        rows=lambda asked: _decided(asked, CreditClass.DIRECT),
        kept=lambda asked: _decided_kept(asked, CreditClass.DIRECT),
    ),
    Metric(
        id="time_to_first_deal",
        name=_("Time to first deal"),
        definition=_(
            "Median days from joining to the opening of the first new or expansion deal a partner sourced, among "
            "partners that joined in the period and have one."
        ),
        grain=_("One row a partner, on the day it joined."),
        unit=Unit.DAYS,
        rows=_first_deals,
    ),
)

BY_ID = {metric.id: metric for metric in METRICS}
