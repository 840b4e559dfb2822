"""What is known of a claim on the day it is made, and the facts that rules may name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from tallystick.kernel.currencies import minor_units
from tallystick.kernel.explanations import FactValue
from tallystick.kernel.money import Money


class Holder(StrEnum):
    """Who holds a protection when a claim is checked, as far as the partner that claims may know."""

    NOBODY = "nobody"
    THIS_PARTNER = "this_partner"
    ANOTHER_PARTNER = "another_partner"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFacts:
    """What the CRM knows of the company.

    `is_customer` is None where a customer of that name may be the company. `direct_deal_opened_on` is the day the
    vendor's own team opened its oldest open opportunity, `direct_met_on` the latest meeting of its own team, `lost_on`
    the day the last opportunity was lost.
    """

    is_customer: bool | None
    country: str | None
    direct_deal_opened_on: date | None
    direct_met_on: date | None
    lost_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerFacts:
    """What is known of the partner; `open_registrations` counts the claim itself. An empty text is not known."""

    type: str
    tier: str
    lifecycle: str
    country: str
    track: str
    open_registrations: int
    earlier_ended_on: date | None
    territories: tuple[str, ...]
    certificates: int | None
    certified_for_product: bool | None
    programme_keeps_certificates: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimFacts:
    """What is known about a claim on the day it is made.

    `value` is what the partner expects, `value_here` the same in the workspace currency (None: no rate for the day).
    `holder` holds the same company and product, `overlap_holder` the whole of it where a product is claimed, or a
    product where the whole is. `distributor` is the type and lifecycle of the one that is named, None where it is not
    known; `names_distributor` says whether one is.
    """

    claimed_on: date
    value: Money
    value_here: Money | None
    product: str
    holder: Holder
    overlap_holder: Holder
    names_distributor: bool
    distributor: tuple[str, str] | None
    account: AccountFacts
    partner: PartnerFacts


def facts_of(claim: ClaimFacts) -> Mapping[str, FactValue]:
    """Return what rules may name; None is what is not known."""
    here = claim.value_here
    return {
        "claim.value": here.minor if here else None,
        "claim.value_currency": here.currency if here else None,
        "claim.value_units": here.minor // minor_units(here.currency) if here else None,
        "claim.currency": claim.value.currency,
        "claim.names_product": bool(claim.product),
        "claim.product": claim.product or None,
        "claim.names_distributor": claim.names_distributor,
        "account.holder": claim.holder.value,
        "account.overlap_holder": claim.overlap_holder.value,
        "distributor.type": claim.distributor[0] if claim.distributor else None,
        "distributor.lifecycle": claim.distributor[1] if claim.distributor else None,
        **_of_account(claim.account, claim),
        **_of_partner(claim.partner, claim.claimed_on),
    }


def _of_account(account: AccountFacts, claim: ClaimFacts) -> dict[str, FactValue]:
    territories = claim.partner.territories
    return {
        "account.is_customer": account.is_customer,
        "account.country": account.country,
        "account.in_territory": account.country in territories if account.country and territories else None,
        "account.direct_deal_open": account.direct_deal_opened_on is not None,
        **_day("account.direct_deal_opened_on", "account.direct_deal_days", account.direct_deal_opened_on, claim),
        "account.direct_met": account.direct_met_on is not None,
        **_day("account.direct_met_on", "account.direct_met_days_ago", account.direct_met_on, claim),
        "account.was_lost": account.lost_on is not None,
        **_day("account.lost_on", "account.lost_days_ago", account.lost_on, claim),
    }


def _of_partner(partner: PartnerFacts, claimed_on: date) -> dict[str, FactValue]:
    earlier = partner.earlier_ended_on
    return {
        "partner.type": partner.type or None,
        "partner.tier": partner.tier or None,
        "partner.lifecycle": partner.lifecycle or None,
        "partner.country": partner.country or None,
        "partner.track": partner.track or None,
        "partner.open_registrations": partner.open_registrations,
        "partner.registered_before": earlier is not None,
        "partner.earlier_ended_on": earlier.isoformat() if earlier else None,
        "partner.earlier_ended_days_ago": (claimed_on - earlier).days if earlier else None,
        "partner.has_territories": bool(partner.territories),
        "partner.territories": ", ".join(partner.territories) or None,
        "programme.keeps_certificates": partner.programme_keeps_certificates,
        "partner.certificates": partner.certificates,
        "partner.certified_for_product": partner.certified_for_product,
    }


def _day(on: str, ago: str, day: date | None, claim: ClaimFacts) -> dict[str, FactValue]:
    return {on: day.isoformat() if day else None, ago: (claim.claimed_on - day).days if day else None}
