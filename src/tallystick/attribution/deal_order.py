"""The keys of the list of deals in order, read so that a page costs the same however many deals there are.

No single index has opportunities and registrations in one order, or amounts of several currencies. So the list is put
together of parts that each stand in an index in the order asked for: deals with a date and deals without one, one part
a currency, one a stage. Of each part no more is read than the page needs, and the few are merged.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any, Final, overload

from django.db.models import (
    Case,
    DateField,
    DecimalField,
    F,
    IntegerField,
    QuerySet,
    TextChoices,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, Lower

from tallystick.attribution.deal_groups import DealGroup, group_of_opportunity, group_of_registration
from tallystick.crm.models import Opportunity
from tallystick.deals.models import DealRegistration
from tallystick.platform.tenancy import current_workspace_id

WALKED_AT_ONCE: Final = 2_000
"""Keys that are fetched at once where all of them are read."""
COUNTED_TO: Final = 2_000
"""A list is counted no further."""
_SCALE: Final = DecimalField(max_digits=40, decimal_places=12)

Key = tuple[str, int, Any, Any]
"""Kind and id of a deal, its place in the order, that of its stage or group; `read_deals` reads the first two."""
Part = QuerySet[Any, Any]


class DealSort(TextChoices):
    """What the list can be ordered by."""

    OPENED = "opened"
    ACCOUNT = "account"
    AMOUNT = "amount"
    CLOSE = "close"
    STAGE = "stage"


class DealKind(TextChoices):
    """Which table a row of the list stands in."""

    OPPORTUNITY = "opportunity"
    REGISTRATION = "registration"


@dataclass(frozen=True, slots=True, kw_only=True)
class DealOrder:
    """The order of the list: by one column, and with `stages` or another `group` put together by it first.

    `rates` are units of one currency for each of the others, so that amounts of several can be compared.
    """

    by: DealSort = DealSort.OPENED
    descending: bool = True
    stages: tuple[str, ...] = ()
    group: DealGroup | None = None
    rates: Mapping[str, Fraction] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class DealKeys(Sequence[Key]):
    """The keys a filter finds, in order. Each slice is one query; the length is counted no further than `COUNTED_TO`.

    `few` says that the filter leaves few opportunities, so that sorting them costs less than walking an index.
    `currencies` are those in which opportunities are; `counted` is the number of opportunities where it is known.
    """

    opportunities: QuerySet[Opportunity] | None
    registrations: QuerySet[DealRegistration] | None
    order: DealOrder
    few: bool = False
    currencies: tuple[str, ...] = ()
    counted: int | None = None

    @overload
    def __getitem__(self, at: int) -> Key: ...

    @overload
    def __getitem__(self, at: slice) -> list[Key]: ...

    def __getitem__(self, at: int | slice) -> Key | list[Key]:
        """Return the key at a place, or those of a slice with an end."""
        if isinstance(at, int):
            return self[at : at + 1][0]
        first, stop = at.start or 0, at.stop
        if stop is not None and stop <= first:
            return []
        merged = self._merged([part[:stop] for part in self._parts])
        if merged is None:
            return []
        return list(merged[first:stop] if len(self._parts) > 1 else self._parts[0][first:stop])

    def __len__(self) -> int:
        """Return how many there are, at most `COUNTED_TO`. At most two queries."""
        return self._length

    def __iter__(self) -> Iterator[Key]:
        """Walk through all of them in one query, through a cursor: memory does not grow with their number."""
        merged = self._merged(self._parts)
        return iter(()) if merged is None else merged.iterator(WALKED_AT_ONCE)

    def _merged(self, parts: Sequence[Part]) -> Part | None:
        """Return the parts as one query in order; None where there is none."""
        if not parts:
            return None
        if len(parts) == 1:
            return parts[0]
        turned = "-" if self.order.descending else ""
        return parts[0].union(*parts[1:], all=True).order_by("stage_place", f"{turned}place", f"{turned}key")

    @cached_property
    def _length(self) -> int:
        found = 0
        if self.opportunities is not None:
            bounded = self.opportunities.order_by()[:COUNTED_TO]
            found = bounded.count() if self.counted is None else self.counted
        if self.registrations is not None:
            found += self.registrations.order_by()[:COUNTED_TO].count()
        return min(found, COUNTED_TO)

    @cached_property
    def _parts(self) -> list[Part]:
        if self.order.group is not None:
            return self._grouped_parts(self.order.group)
        parts = [] if self.registrations is None else [_registration_keys(self.registrations, self.order)]
        if self.opportunities is None:
            return parts
        if self.order.by is DealSort.STAGE:
            staged = sorted(self.order.stages, reverse=self.order.descending)
        else:
            staged = list(self.order.stages)
        for place, rows in enumerate(self.opportunities.filter(stage=stage) for stage in staged):
            parts += self._opportunity_keys(rows, place)
        if not staged:
            parts += self._opportunity_keys(self.opportunities, -1)
        return parts

    def _grouped_parts(self, group: DealGroup) -> list[Part]:
        """Return one part a kind of row, sorted by group first: no index has that order, so it costs a sort."""
        parts = []
        if self.registrations is not None:
            keys = _Keys(DealKind.REGISTRATION, -1, self.order.descending)
            place = _place_of_registration(self.order)
            parts.append(keys.grouped(self.registrations, place, group_of_registration(group)))
        if self.opportunities is not None:
            keys = _Keys(DealKind.OPPORTUNITY, -1, self.order.descending)
            place = _place_of_opportunity(self.order)
            parts.append(keys.grouped(self.opportunities, place, group_of_opportunity(group)))
        return parts

    def _opportunity_keys(self, rows: QuerySet[Opportunity], stage_place: int) -> list[Part]:
        """Return the parts of these opportunities, each of which an index has in order."""
        order, keys = self.order, _Keys(DealKind.OPPORTUNITY, stage_place, self.order.descending)
        match order.by:
            case DealSort.ACCOUNT if self.few:
                return [keys.sorted(rows, Lower(Coalesce("account__name", "name")))]
            case DealSort.ACCOUNT:
                # Naming the workspace of the account makes the join one that may begin at the account.
                with_account = rows.filter(account__isnull=False, account__workspace_id=current_workspace_id())
                return [
                    keys.sorted(with_account, Lower("account__name")),
                    keys.sorted(rows.filter(account__isnull=True), Lower("name")),
                ]
            case DealSort.AMOUNT if self.few:
                return [keys.sorted(rows, _comparable("amount_minor", order.rates))]
            case DealSort.AMOUNT:
                return [part for code in self.currencies for part in keys.by_amount(rows, code, order.rates.get(code))]
            case DealSort.CLOSE:
                return keys.by_day(rows, "close_on", few=self.few)
            case DealSort.OPENED | DealSort.STAGE:
                return keys.by_day(rows, "opened_on", few=self.few)


@dataclass(frozen=True, slots=True)
class _Keys:
    """Makes parts of one kind of row, in one stage, in one direction."""

    kind: DealKind
    stage_place: int
    descending: bool

    def by_day(self, rows: QuerySet[Any], column: str, *, few: bool) -> list[Part]:
        """Return those with a day in the order of the days; those without one come last in either direction."""
        far = Value(date.min if self.descending else date.max, output_field=DateField())
        if few:
            return [self.sorted(rows, Coalesce(F(column), far))]
        undated = self._of(rows.filter(**{f"{column}__isnull": True}), far).order_by(self._turned("pk"))
        return [self.sorted(rows.filter(**{f"{column}__isnull": False}), F(column)), undated]

    def by_amount(self, rows: QuerySet[Opportunity], currency: str, rate: Fraction | None) -> list[Part]:
        """Return those in one currency by amount; those without an amount or a rate come lowest."""
        of_currency = rows.filter(currency=currency)
        lowest = Value(Decimal(-1), output_field=_SCALE)
        if rate is None:
            return [self._of(of_currency, lowest).order_by(self._turned("pk"))]
        known = of_currency.filter(amount_minor__isnull=False)
        ordered = self._of(known, _scaled("amount_minor", rate)).order_by(
            self._turned("amount_minor"), self._turned("pk")
        )
        unknown = self._of(of_currency.filter(amount_minor__isnull=True), lowest).order_by(self._turned("pk"))
        return [ordered, unknown]

    def sorted(self, rows: QuerySet[Any], place: Any) -> Part:
        """Return rows in the order of a place."""
        return self._of(rows, place).order_by(self._turned("place"), self._turned("pk"))

    def grouped(self, rows: QuerySet[Any], place: Any, group: Any) -> Part:
        """Return rows by group, and in the order of a place within each."""
        return self._of(rows, place, group).order_by("stage_place", self._turned("place"), self._turned("pk"))

    def _of(self, rows: QuerySet[Any], place: Any, group: Any = None) -> Part:
        stage_place = Value(self.stage_place, output_field=IntegerField())
        keys: Part = (
            rows.order_by()
            .annotate(
                deal_kind=Value(self.kind.value),
                key=F("pk"),
                place=place,
                stage_place=stage_place if group is None else group,
            )
            .values_list("deal_kind", "key", "place", "stage_place")
        )
        return keys

    def _turned(self, column: str) -> str:
        return f"-{column}" if self.descending else column


def _registration_keys(rows: QuerySet[DealRegistration], order: DealOrder) -> Part:
    """Return the keys of registrations; those that are no opportunity yet are few at any time."""
    return _Keys(DealKind.REGISTRATION, -1, order.descending).sorted(rows, _place_of_registration(order))


def _place_of_registration(order: DealOrder) -> Any:
    match order.by:
        case DealSort.ACCOUNT:
            return Lower("company")
        case DealSort.AMOUNT:
            return _comparable("value_minor", order.rates)
        case DealSort.CLOSE:
            return _far(order)
        case DealSort.OPENED | DealSort.STAGE:
            return Cast("submitted_at", output_field=DateField())


def _place_of_opportunity(order: DealOrder) -> Any:
    match order.by:
        case DealSort.ACCOUNT:
            return Lower(Coalesce("account__name", "name"))
        case DealSort.AMOUNT:
            return _comparable("amount_minor", order.rates)
        case DealSort.CLOSE:
            return Coalesce(F("close_on"), _far(order))
        case DealSort.OPENED | DealSort.STAGE:
            return Coalesce(F("opened_on"), _far(order))


def _far(order: DealOrder) -> Any:
    """Return a day behind all others, whichever the direction."""
    return Value(date.min if order.descending else date.max, output_field=DateField())


def _comparable(column: str, rates: Mapping[str, Fraction]) -> Any:
    """Return amounts of several currencies on one scale; those without an amount or a rate come lowest."""
    scaled = [When(currency=currency, then=_scaled(column, rate)) for currency, rate in rates.items()]
    return Coalesce(Case(*scaled, default=Value(None), output_field=_SCALE), Value(Decimal(-1)), output_field=_SCALE)


def _scaled(column: str, rate: Fraction) -> Any:
    exact = Value(Decimal(rate.numerator) / Decimal(rate.denominator), output_field=_SCALE)
    return Cast(F(column), _SCALE) * exact
