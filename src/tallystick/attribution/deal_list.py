"""Deals as one list: opportunities with their credit, and registrations that are no opportunity yet.

A list reads the keys of one page first, with filters and order applied by PostgreSQL, and then what it shows of those
fifty; so a page costs the same however many deals there are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final, assert_never

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum, TextChoices
from django.utils.translation import gettext_lazy as _

from tallystick.attribution.deal_order import COUNTED_TO, DealKeys, DealKind, DealOrder, DealSort
from tallystick.attribution.models import Credit, Decision
from tallystick.crm.models import Account, Opportunity, OpportunityStatus
from tallystick.crm.queries.stages import owner_names, owner_spellings, stage_names, stage_totals
from tallystick.deals.models import DealRegistration, RegistrationRequest, RegistrationState, RequestState
from tallystick.kernel.money import Money
from tallystick.kernel.periods import Month, Quarter
from tallystick.platform.database.bulk import is_one_of
from tallystick.platform.database.search import found_by_words

__all__ = [
    "COUNTED_TO",
    "Closes",
    "Deal",
    "DealFilter",
    "DealKeys",
    "DealKind",
    "DealOrder",
    "DealSort",
    "DealView",
    "StageSum",
    "current_credits",
    "current_decisions",
    "deal_keys",
    "matching_deals",
    "opportunities_asked",
    "owner_names",
    "owner_spellings",
    "read_deals",
    "registrations_asked",
    "stage_names",
    "stage_sums",
    "view_counts",
]

ENDING_DAYS: Final = 30
"""A protection is ending when its last day is at most this many days away."""
REGISTERED: Final = "registered"
"""The stage of a registration that is no opportunity yet."""
SUMMED_TO: Final = 2_000
"""A filter that finds more opportunities has them neither counted nor added up by stage: a page stays a page."""
LIVE_REGISTRATIONS: Final = (RegistrationState.SUBMITTED, RegistrationState.APPROVED, RegistrationState.CONVERTED)


class DealView(TextChoices):
    """The fixed views of the list."""

    ALL = "all", _("All deals")
    MINE = "mine", _("My accounts")
    NEEDS_DECISION = "needs-decision", _("Needs decision")
    REQUESTS = "requests", _("Requests waiting")
    PROTECTION_ENDING = "protection-ending", _("Protection ending")
    CLOSING_THIS_MONTH = "closing-this-month", _("Closing this month")
    WITHOUT_ACCOUNT = "without-account", _("Without account")


class Closes(TextChoices):
    """When a deal closes, or should."""

    OVERDUE = "overdue", _("Overdue")
    THIS_MONTH = "this-month", _("This month")
    NEXT_MONTH = "next-month", _("Next month")
    THIS_QUARTER = "this-quarter", _("This quarter")


@dataclass(frozen=True, slots=True, kw_only=True)
class DealFilter:
    """What the list is narrowed by; empty values narrow nothing.

    `own_names` are the owners whose deals the view "My accounts" holds: those of the viewer's name.
    """

    view: DealView = DealView.ALL
    own_names: tuple[str, ...] = ()
    search: str = ""
    credit_class: str = ""
    partner_id: int | None = None
    owner: str = ""
    stage: str = ""
    closes: str = ""

    @property
    def is_selective(self) -> bool:
        """Tell whether it leaves few deals, however many there are in all."""
        is_of_few = self.view is DealView.MINE or bool(self.search or self.owner)
        return is_of_few or self.partner_id is not None

    @property
    def is_by_stage_only(self) -> bool:
        """Tell whether it narrows by nothing but the stage, so that kept totals answer for it."""
        narrowed = self.is_selective or self.credit_class or self.closes
        return self.view is DealView.ALL and not narrowed


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


def deal_keys(asked: DealFilter, *, order: DealOrder, on: date) -> DealKeys:
    """Return the keys of the list in order, as tuples that `read_deals` understands."""
    totals = stage_totals()
    return DealKeys(
        opportunities=opportunities_asked(asked, on),
        registrations=registrations_asked(asked, on),
        order=order,
        few=asked.is_selective,
        currencies=tuple(sorted({row.amount.currency for row in totals})),
        counted=sum(row.deals for row in totals if asked.stage in {"", row.stage}) if asked.is_by_stage_only else None,
    )


def read_deals(keys: Sequence[tuple[str, int, Any, Any]]) -> list[Deal]:
    """Return the deals of one page of keys, in their order. Four queries, whatever the page holds."""
    wanted = [DealKey(DealKind(kind), key) for kind, key, *_ in keys]
    opportunity_ids = [key.id for key in wanted if key.kind is DealKind.OPPORTUNITY]
    registration_ids = [key.id for key in wanted if key.kind is DealKind.REGISTRATION]
    registrations = list(
        DealRegistration.objects.filter(Q(pk__in=registration_ids) | Q(opportunity_id__in=opportunity_ids))
        .select_related("partner", "account", "own_next_step")
        .order_by("submitted_at")
    )
    by_opportunity = {row.opportunity_id: row for row in registrations if row.state != RegistrationState.DECLINED}
    by_id = {row.pk: row for row in registrations}
    opportunity_ids += [linked for key in registration_ids if (linked := by_id[key].opportunity_id) is not None]
    opportunities = Opportunity.objects.select_related("account", "own_next_step").in_bulk(opportunity_ids)
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


def view_counts(*, own_names: Sequence[str], on: date) -> Mapping[DealView, int]:
    """Return how many rows each view holds; `own_names` own those of "My accounts". At most four queries.

    "My accounts" and "Closing this month" are counted to `COUNTED_TO`.
    """
    totals = stage_totals()
    closing = Opportunity.objects.filter(
        status=OpportunityStatus.OPEN, close_on__range=_days(Closes.THIS_MONTH, on)
    ).order_by()
    mine = Opportunity.objects.filter(owner_name__in=own_names).order_by()
    registrations = DealRegistration.objects.filter(state__in=LIVE_REGISTRATIONS).aggregate(
        unlinked=Count("pk", filter=_no_opportunity_yet()),
        asking=Count("pk", filter=_asks_for_something()),
        waiting=Count("pk", filter=Q(state=RegistrationState.SUBMITTED)),
        ending=Count("pk", filter=_protection_ends_soon(on)),
    )
    return {
        DealView.ALL: sum(row.deals for row in totals) + registrations["unlinked"],
        DealView.MINE: mine[:COUNTED_TO].count(),
        DealView.NEEDS_DECISION: registrations["waiting"],
        DealView.REQUESTS: registrations["asking"],
        DealView.PROTECTION_ENDING: registrations["ending"],
        DealView.CLOSING_THIS_MONTH: closing[:COUNTED_TO].count(),
        DealView.WITHOUT_ACCOUNT: sum(row.without_account for row in totals),
    }


@dataclass(frozen=True, slots=True)
class StageSum:
    """How many deals stand in a stage, and their amounts by currency. `status` is empty for registrations.

    `count` is None, and no amount is told, where a filter finds more than `SUMMED_TO` deals.
    """

    stage: str
    status: str
    count: int | None
    amounts: tuple[Money, ...]


def stage_sums(asked: DealFilter, *, on: date) -> list[StageSum]:
    """Return the sums by stage of the rows that the filter finds. At most three queries."""
    opportunities = _opportunity_sums(asked, on)
    if opportunities is None:
        stages = {(row.stage, row.status.value) for row in stage_totals()}
        return [StageSum(stage, status, None, ()) for stage, status in sorted(stages)]
    found: dict[tuple[str, str], tuple[int, tuple[Money, ...]]] = {}
    for stage, status, count, amount in [*opportunities, *_registration_sums(asked, on)]:
        counted, amounts = found.get((stage, status), (0, ()))
        found[stage, status] = counted + count, (*amounts, amount)
    return [StageSum(stage, status, count, amounts) for (stage, status), (count, amounts) in found.items()]


def matching_deals(search: str, *, of: str = "") -> Q:
    """Return the opportunities with each word of a search beginning a word of their name or of their account's.

    `of` is the way to the opportunity from what is filtered, such as "opportunity__". Two queries; follows at most
    `FOLLOWED_TO` accounts and as many opportunities.
    """
    accounts, deals = found_by_words(Account, search), found_by_words(Opportunity, search)
    found = is_one_of("account_id", accounts) | is_one_of("pk", deals)
    # Through a join the two could not be looked up in their indexes.
    return Q(**{f"{of}pk__in": Opportunity.objects.filter(found).values("pk")}) if of else found


_Sums = Sequence[tuple[str, str, int, Money]]


def _opportunity_sums(asked: DealFilter, on: date) -> _Sums | None:
    """Return the sums of opportunities by stage and currency; None where there are too many to add up."""
    rows = opportunities_asked(asked, on)
    if rows is None:
        return ()
    if asked.is_by_stage_only:
        return [
            (row.stage, row.status.value, row.deals, row.amount)
            for row in stage_totals()
            if asked.stage in {"", row.stage}
        ]
    read = list(rows.order_by().values_list("stage", "status", "currency", "amount_minor")[: SUMMED_TO + 1])
    if len(read) > SUMMED_TO:
        return None
    sums: dict[tuple[str, str, str], tuple[int, int]] = {}
    for stage, status, code, minor in read:
        count, amount = sums.get((stage, status, code), (0, 0))
        sums[stage, status, code] = count + 1, amount + (minor or 0)
    return [(stage, status, count, Money(amount, code)) for (stage, status, code), (count, amount) in sums.items()]


def _registration_sums(asked: DealFilter, on: date) -> _Sums:
    rows = registrations_asked(asked, on)
    if rows is None:
        return ()
    grouped = rows.order_by("currency").values_list("currency").annotate(count=Count("pk"), amount=Sum("value_minor"))
    return [(REGISTERED, "", count, Money(int(amount or 0), currency)) for currency, count, amount in grouped]


def opportunities_asked(asked: DealFilter, on: date) -> QuerySet[Opportunity] | None:
    """Return the opportunities the filter finds; None where the view lists registrations only."""
    if (
        asked.view in {DealView.NEEDS_DECISION, DealView.REQUESTS, DealView.PROTECTION_ENDING}
        or asked.stage == REGISTERED
    ):
        return None
    rows = Opportunity.objects.all()
    if asked.view is DealView.MINE:
        rows = rows.filter(owner_name__in=asked.own_names)
    if asked.view is DealView.CLOSING_THIS_MONTH:
        rows = rows.filter(status=OpportunityStatus.OPEN, close_on__range=_days(Closes.THIS_MONTH, on))
    if asked.view is DealView.WITHOUT_ACCOUNT:
        rows = rows.filter(account__isnull=True)
    if asked.search:
        rows = rows.filter(matching_deals(asked.search))
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


def registrations_asked(asked: DealFilter, on: date) -> QuerySet[DealRegistration] | None:
    """Return the registrations the filter finds; None where it asks for what only an opportunity has."""
    only_opportunities = asked.view in {DealView.MINE, DealView.CLOSING_THIS_MONTH, DealView.WITHOUT_ACCOUNT}
    if only_opportunities or asked.credit_class or asked.owner or asked.closes or asked.stage not in {"", REGISTERED}:
        return None
    match asked.view:
        case DealView.NEEDS_DECISION:
            rows = DealRegistration.objects.filter(state=RegistrationState.SUBMITTED)
        case DealView.REQUESTS:
            rows = DealRegistration.objects.filter(_asks_for_something())
        case DealView.PROTECTION_ENDING:
            rows = DealRegistration.objects.filter(_protection_ends_soon(on))
        case _:
            rows = DealRegistration.objects.filter(_no_opportunity_yet())
    if asked.search:
        rows = rows.filter(is_one_of("pk", found_by_words(DealRegistration, asked.search)))
    if asked.partner_id is not None:
        rows = rows.filter(partner_id=asked.partner_id)
    return rows


def _no_opportunity_yet() -> Q:
    return Q(opportunity__isnull=True, state__in=LIVE_REGISTRATIONS)


def _asks_for_something() -> Q:
    waiting = RegistrationRequest.objects.filter(registration_id=OuterRef("pk"), state=RequestState.WAITING)
    return Q(Exists(waiting))


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
