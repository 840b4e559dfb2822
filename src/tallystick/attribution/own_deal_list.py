"""A partner's own deals as a list: counted, filtered, ordered and paged by PostgreSQL, then read a page at a time.

A deal is a registration, or a credit on an opportunity the partner never registered. Its state and its dates follow
from the vendor's rows too, so keys are found on the vendor's side, by the partner's own rows; what a page shows of
them is read by `own_deals.deals_of`, as the few columns a partner may know.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final, overload

from django.db.models import (
    Case,
    CharField,
    Count,
    DateField,
    DecimalField,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, Lower

from tallystick.attribution.models import Credit
from tallystick.attribution.own_deals import SHOWS_THE_DEAL, OwnDeal, OwnDealState, deals_of
from tallystick.crm.models import OpportunityStatus
from tallystick.deals.models import DealRegistration, RegistrationState
from tallystick.platform.tenancy import vendor_side

REGISTRATION, CREDIT = "registration", "credit"
LIVE: Final = frozenset({OwnDealState.OPEN, OwnDealState.IN_REVIEW})
_SCALE: Final = DecimalField(max_digits=40, decimal_places=12)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnDealFilter:
    """What the list is narrowed by and ordered by: "registered", "company", "value" or "close".

    `rates` are units of one currency for each of the others, so that values of several can be compared.
    """

    states: frozenset[OwnDealState] = frozenset()
    search: str = ""
    by: str = "registered"
    descending: bool = True
    rates: Mapping[str, Fraction] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OwnDealKeys(Sequence[tuple[str, int]]):
    """The keys of a partner's deals in order; each slice and the length are one query."""

    partner_id: int
    asked: OwnDealFilter

    @overload
    def __getitem__(self, at: int) -> tuple[str, int]: ...

    @overload
    def __getitem__(self, at: slice) -> list[tuple[str, int]]: ...

    def __getitem__(self, at: int | slice) -> tuple[str, int] | list[tuple[str, int]]:
        """Return the key at a place, or those of a slice."""
        if isinstance(at, int):
            return self[at : at + 1][0]
        with vendor_side():
            rows = self._rows()[at]
            return [(kind, key) for kind, key, *_ in rows]

    def beyond(self, last: tuple[Any, str, int] | None, *, most: int) -> list[tuple[str, int, Any]]:
        """Return so many keys that come after a place, kind and key, each with its place; from the first without one.

        What is added meanwhile moves nothing that was read before. One query.
        """
        with vendor_side():
            registrations, credits = self._parts()
            if last is not None:
                registrations = registrations.filter(self._after(last, REGISTRATION))
                credits = credits.filter(self._after(last, CREDIT))
            return [(kind, key, place) for kind, key, place in self._ordered(registrations, credits)[:most]]

    def _after(self, last: tuple[Any, str, int], kind: str) -> Q:
        place, last_kind, last_key = last
        then = "lt" if self.asked.descending else "gt"
        beyond = Q(**{f"place__{then}": place})
        if kind == last_kind:
            return beyond | Q(**{"place": place, f"deal_key__{then}": last_key})
        is_later = kind < last_kind if self.asked.descending else kind > last_kind
        return beyond | Q(place=place) if is_later else beyond

    def __len__(self) -> int:
        """Return how many there are."""
        with vendor_side():
            return sum(part.order_by().count() for part in self._parts())

    def __iter__(self) -> Iterator[tuple[str, int]]:
        """Walk through all of them in one query."""
        return iter(self[:])

    def _rows(self) -> QuerySet[Any, Any]:
        return self._ordered(*self._parts())

    def _ordered(self, registrations: QuerySet[Any, Any], credits: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
        turned = "-" if self.asked.descending else ""
        return registrations.union(credits, all=True).order_by(f"{turned}place", f"{turned}kind", f"{turned}deal_key")

    def _parts(self) -> tuple[QuerySet[Any, Any], QuerySet[Any, Any]]:
        registrations, credits = _registrations(self.partner_id), _credits(self.partner_id)
        if self.asked.states:
            registrations = registrations.filter(own_state__in=self.asked.states)
            credits = credits.filter(own_state__in=self.asked.states)
        if text := self.asked.search:
            account = Q(opportunity__account__name__icontains=text)
            registrations = registrations.filter(
                Q(company__icontains=text) | Q(reference__icontains=text) | (account & Q(shows=True))
            )
            credits = credits.filter(account)
        return self._keys(registrations, REGISTRATION), self._keys(credits, CREDIT)

    def _keys(self, rows: QuerySet[Any], kind: str) -> QuerySet[Any, Any]:
        keys: QuerySet[Any, Any] = (
            rows.order_by()
            .annotate(kind=Value(kind), deal_key=F("pk"), place=self._place(kind))
            .values_list("kind", "deal_key", "place")
        )
        return keys

    def _place(self, kind: str) -> Any:
        is_claim = kind == REGISTRATION
        match self.asked.by:
            case "company":
                return Lower("company") if is_claim else Lower("opportunity__account__name")
            case "close":
                shown = (
                    Case(When(shows=True, then=F("opportunity__close_on"))) if is_claim else F("opportunity__close_on")
                )
                return Coalesce(shown, Value(date.max), output_field=DateField())
            case "value":
                return self._value(is_claim=is_claim)
            case _:
                began = Cast("submitted_at", DateField()) if is_claim else F("opportunity__opened_on")
                return Coalesce(began, Value(date.min), output_field=DateField())

    def _value(self, *, is_claim: bool) -> Any:
        """Return the value on one scale: the CRM's where it is known and shown, else what the partner expects."""
        crm = Q(opportunity__amount_minor__isnull=False)
        of_crm = self._scaled("opportunity__amount_minor", "opportunity__currency")
        if not is_claim:
            return Coalesce(of_crm, Value(Decimal(0)), output_field=_SCALE)
        own = self._scaled("value_minor", "currency")
        chosen = Case(When(crm & Q(shows=True), then=of_crm), default=own, output_field=_SCALE)
        return Coalesce(chosen, Value(Decimal(0)), output_field=_SCALE)

    def _scaled(self, column: str, currency: str) -> Any:
        scaled = [
            When(
                **{currency: code},
                then=Cast(F(column), _SCALE) * Value(Decimal(rate.numerator) / Decimal(rate.denominator), _SCALE),
            )
            for code, rate in self.asked.rates.items()
        ]
        return Case(*scaled, default=Value(None), output_field=_SCALE)


def own_deal_counts(*, partner_id: int) -> Mapping[OwnDealState, int]:
    """Return how many deals of the partner stand in each state; a state without any is left out. Two queries."""
    found: dict[OwnDealState, int] = {}
    with vendor_side():
        for rows in (_registrations(partner_id), _credits(partner_id)):
            counted = rows.order_by("own_state").values_list("own_state").annotate(count=Count("pk"))
            for state, count in counted:
                found[OwnDealState(state)] = found.get(OwnDealState(state), 0) + count
    return found


def read_own_deals(keys: Sequence[tuple[str, int]], *, partner_id: int) -> list[OwnDeal]:
    """Return the deals of one page of keys, in their order. At most four queries, whatever the page holds."""
    claims = [key for kind, key in keys if kind == REGISTRATION]
    credits = [key for kind, key in keys if kind == CREDIT]
    own_claims = DealRegistration.objects.filter(partner_id=partner_id)
    own_credits = Credit.objects.filter(partner_id=partner_id)
    # Which claim shows an opportunity is told by all claims on it, so those beside the page's are read with them.
    became = own_claims.filter(pk__in=claims, opportunity__isnull=False).values("opportunity_id")
    found = deals_of(
        own_claims.filter(Q(pk__in=claims) | Q(opportunity_id__in=became)).defer("explanation"),
        own_credits.filter(Q(pk__in=credits) | Q(opportunity_id__in=became)),
    )
    by_key: dict[tuple[str, int], OwnDeal] = {}
    for deal in found:
        if deal.registration is not None:
            by_key[REGISTRATION, deal.registration.pk] = deal
        elif deal.credit is not None:
            by_key[CREDIT, deal.credit.pk] = deal
    return [by_key[key] for key in keys]


def _registrations(partner_id: int) -> QuerySet[Any, Any]:
    """Return the partner's claims with `shows` (it shows the opportunity it became) and `own_state`."""
    claims = DealRegistration.objects.filter(partner_id=partner_id)
    is_alive = Q(state__in=SHOWS_THE_DEAL)
    on_the_same = claims.filter(opportunity_id=OuterRef("opportunity_id"))
    first = on_the_same.order_by(Case(When(is_alive, then=0), default=1), "-submitted_at", "-pk")
    credited = Credit.objects.filter(partner_id=partner_id, is_current=True, opportunity_id=OuterRef("opportunity_id"))
    shows = Q(opportunity__isnull=False) & Q(first_claim=F("pk")) & (is_alive | Q(is_credited=True))
    return claims.annotate(
        first_claim=Subquery(first.values("pk")[:1]),
        is_credited=Exists(credited),
        shows=Case(When(shows, then=True), default=False),
        own_state=Case(
            When(
                Q(shows=True) & ~Q(opportunity__status=OpportunityStatus.OPEN),
                then=Cast("opportunity__status", CharField()),
            ),
            When(state=RegistrationState.SUBMITTED, then=Value(OwnDealState.IN_REVIEW.value)),
            When(
                state__in=[RegistrationState.APPROVED, RegistrationState.CONVERTED],
                then=Value(OwnDealState.OPEN.value),
            ),
            When(shows=True, then=Value(OwnDealState.OPEN.value)),
            default=Cast("state", CharField()),
            output_field=CharField(),
        ),
    )


def _credits(partner_id: int) -> QuerySet[Any, Any]:
    """Return the partner's credits on opportunities it never registered, with `own_state`."""
    registered = DealRegistration.objects.filter(partner_id=partner_id, opportunity_id=OuterRef("opportunity_id"))
    return Credit.objects.filter(~Exists(registered), partner_id=partner_id, is_current=True).annotate(
        own_state=F("opportunity__status")
    )
