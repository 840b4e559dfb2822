"""Collects what is known of a claim: of the company in the CRM, of the partner, and of who holds what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from django.db.models import Max, Q

from tallystick.crm.models import Account
from tallystick.crm.queries.rates import rate_on
from tallystick.deals.models import DealRegistration, Protection, RegistrationState
from tallystick.deals.rules.countries import country_code
from tallystick.deals.rules.engagement.claims import AccountFacts, ClaimFacts, Holder, PartnerFacts
from tallystick.deals.services.matching import AccountMatch, direct_work
from tallystick.kernel.money import Money
from tallystick.kernel.periods import day_of
from tallystick.kernel.rounding import Rounding
from tallystick.partners.models import Partner
from tallystick.partners.standing import standing_of
from tallystick.platform.models import Workspace
from tallystick.programmes.models import Track

AT_ONCE = "declined: "
"""How the reason begins with which a claim that a rule declined at once let go again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimBasis:
    """A claim and what was found out about it so far. `registration_id` is its own, None while it is being typed."""

    partner: Partner
    workspace: Workspace
    today: date
    account_key: str
    company: str
    country: str
    product_key: str
    value: Money
    match: AccountMatch | None
    holder: Holder
    overlap_holder: Holder
    names_distributor: bool
    distributor: Partner | None
    registration_id: int | None


def claim_facts(basis: ClaimBasis, *, namesakes: Sequence[Account]) -> ClaimFacts:
    """Return what the rules are held against; each of `namesakes` may be the company.

    A fixed number of queries, whatever is known, and one more for a value in another currency.
    """
    rate = rate_on(basis.today, basis.value.currency, basis.workspace.currency)
    return ClaimFacts(
        claimed_on=basis.today,
        value=basis.value,
        value_here=basis.value.converted(rate=rate, currency=basis.workspace.currency, rounding=Rounding.HALF_EVEN)
        if rate is not None
        else None,
        product=basis.product_key,
        holder=basis.holder,
        overlap_holder=basis.overlap_holder,
        names_distributor=basis.names_distributor,
        distributor=(basis.distributor.type, basis.distributor.lifecycle) if basis.distributor else None,
        account=_account_facts(basis, namesakes),
        partner=_partner_facts(basis),
    )


def _account_facts(basis: ClaimBasis, namesakes: Sequence[Account]) -> AccountFacts:
    account = basis.match.account if basis.match else None
    country = country_code(account.country if account and account.country else basis.country)
    work = direct_work(account, on=basis.today)
    # Where none of them is a customer it does not matter which one the company is.
    unknown = None if any(namesake.is_customer for namesake in namesakes) else False
    return AccountFacts(
        is_customer=account.is_customer if account else unknown,
        country=country,
        direct_deal_opened_on=work.deal_opened_on,
        direct_met_on=work.last_met_on,
        lost_on=work.lost_on,
    )


def _partner_facts(basis: ClaimBasis) -> PartnerFacts:
    partner = basis.partner
    live = Q(state__in=[RegistrationState.SUBMITTED, RegistrationState.APPROVED, RegistrationState.CONVERTED])
    # Before it is made a claim has no number, and 0 is nobody's.
    own_id = basis.registration_id or 0
    others = DealRegistration.objects.filter(live, partner=partner).exclude(pk=own_id).count()
    earlier = (
        Protection.objects.filter(partner=partner, account_key=basis.account_key, released_at__isnull=False)
        .exclude(registration_id=own_id)
        .exclude(release_reason__startswith=AT_ONCE)
        .aggregate(last=Max("released_at"))["last"]
    )
    standing = standing_of(partner.pk, product_key=basis.product_key, on=basis.today)
    return PartnerFacts(
        type=partner.type,
        tier=partner.tier,
        lifecycle=partner.lifecycle,
        country=partner.country,
        track=Track.objects.filter(partner_type=partner.type).values_list("name", flat=True).first() or "",
        open_registrations=others + 1,
        earlier_ended_on=day_of(earlier, zone=ZoneInfo(basis.workspace.time_zone)) if earlier else None,
        territories=standing.territories,
        certificates=standing.certificates,
        certified_for_product=standing.is_certified,
        programme_keeps_certificates=standing.anybody_certified,
    )
