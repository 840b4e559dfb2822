"""Deals as one list: opportunities with their credit, and registrations that are no opportunity yet.

A list reads the keys of one page first, with filters and order applied by PostgreSQL, and then what it shows of those
fifty; so a page costs the same however many deals there are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final, assert_never

from django.db.models import (
    Case,
    CharField,
    Count,
    DateField,
    DecimalField,
    F,
    Q,
    QuerySet,
    Sum,
    TextChoices,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, Lower

from tallystick.attribution.models import Credit, Decision
from tallystick.crm.models import Opportunity, OpportunityStatus
from tallystick.deals.models import DealRegistration, RegistrationState
from tallystick.kernel.money import Money
from tallystick.kernel.periods import Month, Quarter

ENDING_DAYS: Final = 30
"""A protection is ending when its last day is at most this many days away."""
REGISTERED: Final = "registered"
"""The stage of a registration that is no opportunity yet."""
LIVE_REGISTRATIONS: Final = (RegistrationState.SUBMITTED, RegistrationState.APPROVED)


class DealView(TextChoices):
    """The fixed views of the list."""

    ALL = "all", "All deals"
    NEEDS_DECISION = "needs-decision", "Needs decision"
    PROTECTION_ENDING = "protection-ending", "Protection ending"
    CLOSING_THIS_MONTH = "closing-this-month", "Closing this month"
    WITHOUT_ACCOUNT = "without-account", "Without account"


class Closes(TextChoices):
    """When a deal closes, or should."""

    OVERDUE = "overdue", "Overdue"
    THIS_MONTH = "this-month", "This month"
    NEXT_MONTH = "next-month", "Next month"
    THIS_QUARTER = "this-quarter", "This quarter"


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
class DealFilter:
    """What the list is narrowed by; empty values narrow nothing."""

    view: DealView = DealView.ALL
    search: str = ""
    credit_class: str = ""
    partner_id: int | None = None
    owner: str = ""
    stage: str = ""
    closes: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DealOrder:
    """The order of the list: by one column, and with `stages` grouped by them first.

    `rates` are units of one currency for each of the others, so that amounts of several can be compared.
    """

    by: DealSort = DealSort.OPENED
    descending: bool = True
    stages: tuple[str, ...] = ()
    rates: Mapping[str, Fraction] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DealKey:
    """One row of the list before it is read."""

    kind: DealKind
    id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Deal:
    """One row of the list: an opportunity, a registration, or both, with the credit of the current decision."""

    opportunity: Opportunity | None = None
    registration: DealRegistration | None = None
    decision: Decision | None = None
    credits: tuple[Credit, ...] = field(default=())


def deal_keys(asked: DealFilter, *, order: DealOrder, on: date) -> QuerySet[Any, Any]:
    """Return the keys of the list in order, as tuples that `read_deals` understands."""
    parts = []
    opportunities, registrations = _opportunities(asked, on), _registrations(asked, on)
    if opportunities is not None:
        parts.append(_keys(opportunities, DealKind.OPPORTUNITY, order))
    if registrations is not None:
        parts.append(_keys(registrations, DealKind.REGISTRATION, order))
    keys = parts[0] if len(parts) == 1 else parts[0].union(parts[1], all=True)
    turned = "-" if order.descending else ""
    return keys.order_by(*(["stage_place"] if order.stages else []), f"{turned}place", f"{turned}key")


def read_deals(keys: Sequence[tuple[str, int, Any, Any]]) -> list[Deal]:
    """Return the deals of one page of keys, in their order. Four queries, whatever the page holds."""
    wanted = [DealKey(DealKind(kind), key) for kind, key, *_ in keys]
    opportunity_ids = [key.id for key in wanted if key.kind is DealKind.OPPORTUNITY]
    registration_ids = [key.id for key in wanted if key.kind is DealKind.REGISTRATION]
    registrations = list(
        DealRegistration.objects.filter(Q(pk__in=registration_ids) | Q(opportunity_id__in=opportunity_ids))
        .select_related("partner", "account")
        .order_by("submitted_at")
    )
    by_opportunity = {row.opportunity_id: row for row in registrations if row.state != RegistrationState.DECLINED}
    by_id = {row.pk: row for row in registrations}
    opportunity_ids += [linked for key in registration_ids if (linked := by_id[key].opportunity_id) is not None]
    opportunities = Opportunity.objects.select_related("account").in_bulk(opportunity_ids)
    decisions = {row.opportunity_id: row for row in current_decisions(opportunity_ids)}
    credits = current_credits(opportunity_ids)

    def deal(key: DealKey) -> Deal:
        registration = by_id[key.id] if key.kind is DealKind.REGISTRATION else by_opportunity.get(key.id)
        opportunity_id = key.id if key.kind is DealKind.OPPORTUNITY else (registration and registration.opportunity_id)
        return Deal(
            opportunity=opportunities.get(opportunity_id or 0),
            registration=registration,
            decision=decisions.get(opportunity_id or 0),
            credits=credits.get(opportunity_id or 0, ()),
        )

    return [deal(key) for key in wanted]


def current_decisions(opportunity_ids: Sequence[int]) -> QuerySet[Decision]:
    """Return the current decision of each of the opportunities, without its record."""
    return Decision.objects.filter(opportunity_id__in=opportunity_ids, is_current=True).defer("record")


def current_credits(opportunity_ids: Sequence[int]) -> Mapping[int, tuple[Credit, ...]]:
    """Return the current credits by opportunity, the source first, then by share."""
    found: dict[int, tuple[Credit, ...]] = {}
    rows = Credit.objects.filter(opportunity_id__in=opportunity_ids, is_current=True).select_related("partner")
    for credit in rows.order_by("opportunity_id", "-role", "-share_ppm", "partner_id"):
        found[credit.opportunity_id] = (*found.get(credit.opportunity_id, ()), credit)
    return found


def view_counts(*, on: date) -> Mapping[DealView, int]:
    """Return how many rows each view holds. Two queries."""
    month = Month.containing(on)
    opportunities = Opportunity.objects.aggregate(
        all=Count("pk"),
        closing=Count("pk", filter=Q(status=OpportunityStatus.OPEN, close_on__range=(month.first_day, month.last_day))),
        without=Count("pk", filter=Q(account__isnull=True)),
    )
    registrations = DealRegistration.objects.aggregate(
        unlinked=Count("pk", filter=_no_opportunity_yet()),
        waiting=Count("pk", filter=Q(state=RegistrationState.SUBMITTED)),
        ending=Count("pk", filter=_protection_ends_soon(on)),
    )
    return {
        DealView.ALL: opportunities["all"] + registrations["unlinked"],
        DealView.NEEDS_DECISION: registrations["waiting"],
        DealView.PROTECTION_ENDING: registrations["ending"],
        DealView.CLOSING_THIS_MONTH: opportunities["closing"],
        DealView.WITHOUT_ACCOUNT: opportunities["without"],
    }


@dataclass(frozen=True, slots=True)
class StageSum:
    """How many deals stand in a stage, and their amounts by currency. `status` is empty for registrations."""

    stage: str
    status: str
    count: int
    amounts: tuple[Money, ...]


def stage_sums(asked: DealFilter, *, on: date) -> list[StageSum]:
    """Return the sums by stage of the rows that the filter finds. One or two queries."""
    found: dict[tuple[str, str], tuple[int, tuple[Money, ...]]] = {}
    for stage, status, currency, count, amount in [*_opportunity_sums(asked, on), *_registration_sums(asked, on)]:
        counted, amounts = found.get((stage, status), (0, ()))
        found[stage, status] = counted + count, (*amounts, Money(int(amount or 0), currency))
    return [StageSum(stage, status, count, amounts) for (stage, status), (count, amounts) in found.items()]


def owner_names() -> list[str]:
    """Return the names of those who own an opportunity, in alphabetical order."""
    names = Opportunity.objects.exclude(owner_name="").order_by("owner_name").values_list("owner_name", flat=True)
    return list(names.distinct())


def stage_names() -> list[str]:
    """Return the stages that opportunities stand in."""
    return list(Opportunity.objects.order_by("stage").values_list("stage", flat=True).distinct())


def _opportunity_sums(asked: DealFilter, on: date) -> Sequence[tuple[str, str, str, int, int | None]]:
    rows = _opportunities(asked, on)
    if rows is None:
        return ()
    grouped = rows.order_by("stage").values_list("stage", "status", "currency")
    return list(grouped.annotate(count=Count("pk"), amount=Sum("amount_minor")))


def _registration_sums(asked: DealFilter, on: date) -> Sequence[tuple[str, str, str, int, int | None]]:
    rows = _registrations(asked, on)
    if rows is None:
        return ()
    grouped = rows.order_by("currency").values_list("currency").annotate(count=Count("pk"), amount=Sum("value_minor"))
    return [(REGISTERED, "", currency, count, amount) for currency, count, amount in grouped]


def _opportunities(asked: DealFilter, on: date) -> QuerySet[Opportunity] | None:
    """Return the opportunities the filter finds; None where the view lists registrations only."""
    if asked.view in {DealView.NEEDS_DECISION, DealView.PROTECTION_ENDING} or asked.stage == REGISTERED:
        return None
    rows = Opportunity.objects.all()
    if asked.view is DealView.CLOSING_THIS_MONTH:
        rows = rows.filter(status=OpportunityStatus.OPEN, close_on__range=_days(Closes.THIS_MONTH, on))
    if asked.view is DealView.WITHOUT_ACCOUNT:
        rows = rows.filter(account__isnull=True)
    if asked.search:
        rows = rows.filter(Q(account__name__icontains=asked.search) | Q(name__icontains=asked.search))
    if asked.credit_class:
        decided = Decision.objects.filter(is_current=True, credit_class=asked.credit_class)
        rows = rows.filter(pk__in=decided.values("opportunity_id"))
    if asked.partner_id is not None:
        credited = Credit.objects.filter(is_current=True, partner_id=asked.partner_id)
        rows = rows.filter(pk__in=credited.values("opportunity_id"))
    if asked.owner:
        rows = rows.filter(owner_name=asked.owner)
    if asked.stage:
        rows = rows.filter(stage=asked.stage)
    if asked.closes:
        rows = rows.filter(status=OpportunityStatus.OPEN, close_on__range=_days(Closes(asked.closes), on))
    return rows


def _registrations(asked: DealFilter, on: date) -> QuerySet[DealRegistration] | None:
    """Return the registrations the filter finds; None where it asks for what only an opportunity has."""
    only_opportunities = asked.view in {DealView.CLOSING_THIS_MONTH, DealView.WITHOUT_ACCOUNT}
    if only_opportunities or asked.credit_class or asked.owner or asked.closes or asked.stage not in {"", REGISTERED}:
        return None
    match asked.view:
        case DealView.NEEDS_DECISION:
            rows = DealRegistration.objects.filter(state=RegistrationState.SUBMITTED)
        case DealView.PROTECTION_ENDING:
            rows = DealRegistration.objects.filter(_protection_ends_soon(on))
        case _:
            rows = DealRegistration.objects.filter(_no_opportunity_yet())
    if asked.search:
        rows = rows.filter(Q(company__icontains=asked.search) | Q(reference__iexact=asked.search))
    if asked.partner_id is not None:
        rows = rows.filter(partner_id=asked.partner_id)
    return rows


def _no_opportunity_yet() -> Q:
    return Q(opportunity__isnull=True, state__in=LIVE_REGISTRATIONS)


def _protection_ends_soon(on: date) -> Q:
    return Q(state=RegistrationState.APPROVED, protected_until__range=(on, on + timedelta(days=ENDING_DAYS)))


def _days(closes: Closes, on: date) -> tuple[date, date]:
    month = Month.containing(on)
    match closes:
        case Closes.OVERDUE:
            return date.min, on - timedelta(days=1)
        case Closes.THIS_MONTH:
            return month.first_day, month.last_day
        case Closes.NEXT_MONTH:
            return month.plus(1).first_day, month.plus(1).last_day
        case Closes.THIS_QUARTER:
            quarter = Quarter.containing(on)
            return quarter.first_day, quarter.last_day
        case _:
            assert_never(closes)


# Order

_PLACES: Final[Mapping[DealKind, Mapping[DealSort, Any]]] = {
    DealKind.OPPORTUNITY: {
        DealSort.OPENED: F("opened_on"),
        DealSort.CLOSE: F("close_on"),
        DealSort.ACCOUNT: Lower(Coalesce("account__name", "name")),
        DealSort.STAGE: F("stage"),
    },
    DealKind.REGISTRATION: {
        DealSort.OPENED: Cast("submitted_at", output_field=DateField()),
        DealSort.CLOSE: Value(None, output_field=DateField()),
        DealSort.ACCOUNT: Lower("company"),
        DealSort.STAGE: Value(REGISTERED, output_field=CharField()),
    },
}
_AMOUNT: Final = {DealKind.OPPORTUNITY: "amount_minor", DealKind.REGISTRATION: "value_minor"}


def _keys(rows: QuerySet[Any], kind: DealKind, order: DealOrder) -> QuerySet[Any, Any]:
    stage_place: Any = Value(-1)
    if order.stages and kind is DealKind.OPPORTUNITY:
        known = [When(stage=stage, then=Value(at)) for at, stage in enumerate(order.stages)]
        stage_place = Case(*known, default=Value(len(order.stages)))
    keys: QuerySet[Any, Any] = (
        rows.order_by()
        .annotate(deal_kind=Value(kind.value), key=F("pk"), place=_place(kind, order), stage_place=stage_place)
        .values_list("deal_kind", "key", "place", "stage_place")
    )
    return keys


def _place(kind: DealKind, order: DealOrder) -> Any:
    match order.by:
        case DealSort.AMOUNT:
            return _comparable(_AMOUNT[kind], order.rates)
        case DealSort.OPENED | DealSort.CLOSE:
            # Deals without a date come last in either direction
            far = date.min if order.descending else date.max
            return Coalesce(_PLACES[kind][order.by], Value(far))
        case _:
            return _PLACES[kind][order.by]


def _comparable(column: str, rates: Mapping[str, Fraction]) -> Any:
    """Return amounts of several currencies on one scale; those without an amount or a rate come lowest."""
    scaled = [
        When(currency=currency, then=F(column) * Value(Decimal(rate.numerator) / Decimal(rate.denominator)))
        for currency, rate in rates.items()
    ]
    scale = DecimalField(max_digits=40, decimal_places=12)
    return Coalesce(Case(*scaled, default=Value(None), output_field=scale), Value(Decimal(-1)), output_field=scale)
