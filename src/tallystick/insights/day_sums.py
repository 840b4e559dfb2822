"""Sums of deals by day, from what is kept and, for days that changed since, from the deals themselves.

Both sides are the same figures, so a reader never sees which it was; `folding.py` brings the kept ones up to date.
docs/explanation/scale.md describes what follows for speed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Final

from django.db.models import Count, F, Min, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce, TruncWeek

from tallystick.attribution.models import CreditRole
from tallystick.crm.models import OpportunityStatus
from tallystick.crm.queries.rates import DayRates
from tallystick.insights.deals import NEW_BUSINESS, Deals, classified_deals
from tallystick.insights.models import ChangedDay, DayMeasure, DaySum, DaySumsTerms
from tallystick.insights.rules.spans import Span
from tallystick.kernel.canonical import canonical_json, sha256_hex

ENDED: Final = (OpportunityStatus.WON, OpportunityStatus.LOST)
DAY_OF: Final = {DayMeasure.OPENED: "opened_on", DayMeasure.CLOSED: "close_on", DayMeasure.INFLUENCED: "opened_on"}
KEYS: Final = ("day", "week", "status", "credit_class", "partner_id")
"""What sums can be grouped by."""

Group = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Sums:
    """How many deals, of how many the amount is known, for how many it has no rate, and what they come to."""

    deals: int = 0
    with_amount: int = 0
    without_rate: int = 0
    amount: int = 0

    def __add__(self, other: Sums) -> Sums:
        """Return both together."""
        return Sums(
            self.deals + other.deals,
            self.with_amount + other.with_amount,
            self.without_rate + other.without_rate,
            self.amount + other.amount,
        )


@dataclass(frozen=True)
class DaySums:
    """The sums of a workspace in one currency at the rates of a day.

    `by` names what they are grouped by, among `KEYS`. Sums by class count every deal once; with `of_partners` they are
    of deals that partners sourced or influenced, narrowed to some of them where these are given.
    """

    currency: str
    rates: DayRates

    def sums(
        self,
        measure: DayMeasure,
        span: Span,
        *,
        by: Sequence[str] = (),
        of_partners: bool = False,
        partner_ids: Collection[int] | None = None,
        where: Mapping[str, Any] | None = None,
    ) -> dict[Group, Sums]:
        """Return the sums of a span by group; a group without a deal is left out. One or two queries."""
        days = Q(day__range=(span.first_day, span.last_day))
        found: dict[Group, Sums] = {}
        sources: list[QuerySet[Any, Any]] = []
        changed = self._changed_in(span)
        if changed is None:
            sources.append(self._of_deals(measure, of_partners=of_partners).filter(days))
        else:
            kept = DaySum.objects.filter(days, measure=measure, partner_id__isnull=not of_partners)
            sources.append(kept.exclude(day__in=changed) if changed else kept)
            if changed:
                sources.append(self._of_deals(measure, of_partners=of_partners).filter(day__in=changed))
        for rows in sources:
            narrowed = rows.filter(**dict(where or {}))
            if partner_ids is not None:
                narrowed = narrowed.filter(partner_id__in=list(partner_ids))
            for group, sums in _grouped(narrowed, by, kept=rows.model is DaySum):
                found[group] = found.get(group, Sums()) + sums
        return found

    def first_days(self, partner_ids: Iterable[int]) -> dict[int, date]:
        """Return the first day on which a new or expansion deal was opened that each partner sourced. One query."""
        wanted = list(partner_ids)
        if self._changed is not None and not self._changed:
            rows = DaySum.objects.filter(measure=DayMeasure.OPENED, partner_id__in=wanted).values_list("partner_id")
        else:
            deals = self._of_deals(DayMeasure.OPENED, of_partners=True)
            rows = deals.filter(partner_id__in=wanted, day__isnull=False).values_list("partner_id")
        return dict(rows.annotate(first=Min("day")).order_by("partner_id"))

    @property
    def are_kept(self) -> bool:
        """Tell whether every sum is kept as of now: nothing changed since, and the rates are the same."""
        return self._changed is not None and not self._changed

    @property
    def changed(self) -> tuple[date, ...] | None:
        """The days that changed since the sums were kept; None where none are kept at these rates."""
        return self._changed

    @cached_property
    def _changed(self) -> tuple[date, ...] | None:
        """The days that changed since the sums were kept; None where none are kept at these rates."""
        terms = DaySumsTerms.objects.values_list("digest", flat=True).first()
        if terms != terms_digest(self.currency, self.rates):
            return None
        return tuple(ChangedDay.objects.order_by("day").values_list("day", flat=True).distinct())

    def _changed_in(self, span: Span) -> tuple[date, ...] | None:
        if self._changed is None:
            return None
        return tuple(day for day in self._changed if span.first_day <= day <= span.last_day)

    def _of_deals(self, measure: DayMeasure, *, of_partners: bool) -> Deals:
        return measured_deals(measure, currency=self.currency, rates=self.rates, of_partners=of_partners)


def measured_deals(measure: DayMeasure, *, currency: str, rates: DayRates, of_partners: bool) -> Deals:
    """Return the deals of a measure with their `day` and, of partners, `partner_id`: a row a deal and partner."""
    deals = classified_deals(rates=rates, currency=currency).filter(kind__in=NEW_BUSINESS)
    found: Deals = deals.annotate(day=F(DAY_OF[measure]))
    if measure is DayMeasure.INFLUENCED:
        found = found.filter(credits__is_current=True, credits__role=CreditRole.INFLUENCE)
        found = found.annotate(partner_id=F("credits__partner_id"))
    elif of_partners:
        found = found.filter(source_id__isnull=False).annotate(partner_id=F("source_id"))
    if measure is DayMeasure.CLOSED:
        found = found.filter(status__in=ENDED)
    return found


def terms_digest(currency: str, rates: DayRates) -> str:
    """Return what tells two sets of terms apart: the currency, and the units of each for one euro."""
    units = {code: str(rate) for code, rate in sorted(rates.units.items())}
    return sha256_hex(canonical_json({"currency": currency, "units": units}))


def _grouped(rows: QuerySet[Any, Any], by: Sequence[str], *, kept: bool) -> Iterable[tuple[Group, Sums]]:
    named = {key: TruncWeek("day") if key == "week" else F(key) for key in by}
    grouped = rows.order_by().annotate(**{f"by_{key}": column for key, column in named.items()})
    zero = Value(0)
    figures: dict[str, Any]
    if kept:
        figures = {
            "found": Coalesce(Sum("deals"), zero),
            "known": Coalesce(Sum("with_amount"), zero),
            "unrated": Coalesce(Sum("without_rate"), zero),
            "total": Coalesce(Sum("amount_minor"), zero),
        }
    else:
        figures = {
            "found": Count("pk"),
            "known": Count("amount"),
            "unrated": Count("pk", filter=Q(amount_minor__isnull=False, amount__isnull=True)),
            "total": Coalesce(Sum("amount"), zero),
        }
    names = [f"by_{key}" for key in by]
    found = grouped.values(*names).annotate(**figures).order_by(*names) if by else [grouped.aggregate(**figures)]
    for row in found:
        sums = Sums(int(row["found"]), int(row["known"]), int(row["unrated"]), int(row["total"]))
        if sums.deals:
            yield tuple(row[name] for name in names), sums
