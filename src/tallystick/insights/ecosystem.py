"""The ecosystem as its page reads it: partners with value and health, and open deals that no partner is credited for.

Partners are read afresh; the figures behind them cost a walk over the year's deals and are kept for ten minutes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Final, TypeVar

from babel import Locale
from django.core.cache import cache
from django.db.models import Count, Sum
from django.db.models.functions import Coalesce

from tallystick.attribution.models import CreditClass
from tallystick.crm.models import Opportunity, OpportunityStatus
from tallystick.crm.queries.rates import day_rates
from tallystick.insights.deals import NEW_BUSINESS, Deals, classified_deals
from tallystick.insights.partner_figures import PartnerFigures, partner_figures
from tallystick.insights.rules.ecosystem import Demand
from tallystick.insights.rules.partner_health import Health, HealthFacts, partner_health
from tallystick.partners.models import Lifecycle, Partner, PartnerType, Tier
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import current_workspace_id

KEPT_FOR: Final = timedelta(minutes=10)
ON_THE_MAP: Final = (Lifecycle.APPROVED, Lifecycle.ONBOARDING, Lifecycle.ACTIVE, Lifecycle.DORMANT)
"""Partners we work with: neither those we only talk to nor those that left."""

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True, kw_only=True)
class EcosystemPartner:
    """One partner on the map. Amounts are of twelve months, in minor units of the workspace's currency."""

    id: int
    name: str
    type: PartnerType
    tier: Tier | None
    region: str
    country: str
    figures: PartnerFigures
    health: Health

    @property
    def value(self) -> int:
        """What it is sized by: revenue it sourced that was won in the last four quarters."""
        return self.figures.won


def ecosystem_partners(*, on: date) -> list[EcosystemPartner]:
    """Return the partners we work with, the most valuable first. One query beside those of the figures."""
    figures = kept_figures(on=on)
    rows = Partner.objects.filter(lifecycle__in=ON_THE_MAP).order_by("name", "pk")
    found = [_partner(row, figures.get(row.pk, PartnerFigures()), on) for row in rows]
    return sorted(found, key=lambda one: (-one.value, -one.figures.sourced, one.name.casefold(), one.id))


def kept_figures(*, on: date) -> Mapping[int, PartnerFigures]:
    """Return the figures of every partner that has any, at most ten minutes old."""
    return _kept("figures", on, lambda: dict(partner_figures(on=on)))


def health_of(partner: Partner, figures: PartnerFigures, *, on: date) -> Health:
    """Return a partner's health on a day, by the plain rule."""
    facts = HealthFacts(
        is_dormant=partner.lifecycle == Lifecycle.DORMANT,
        joined_on=partner.joined_on,
        last_active_on=figures.last_active_on,
        sourced=figures.sourced,
        influenced=figures.influenced,
        won=figures.won,
    )
    return partner_health(facts, on=on)


def demand_by_country(*, on: date) -> list[Demand]:
    """Return the open deals that no partner is credited for by country, as ISO code, at most ten minutes old."""
    return _kept("demand", on, lambda: _demand(on))


def unserved_deals(country: str, *, on: date) -> Deals:
    """Return the open deals of a country that no partner is credited for, the largest first."""
    names = [text for text, code in _country_texts().items() if code == country]
    deals = _direct(on).filter(account__country__in=names).select_related("account")
    return deals.order_by(Coalesce("amount", 0).desc(), "pk")


def _country_texts() -> dict[str, str]:
    """Return how accounts write their country, with the code each text means."""
    texts = Opportunity.objects.filter(status=OpportunityStatus.OPEN, account__isnull=False)
    return {
        text: code_of(text)
        for text in texts.order_by("account__country").values_list("account__country", flat=True).distinct()
        if text
    }


def _partner(row: Partner, figures: PartnerFigures, on: date) -> EcosystemPartner:
    return EcosystemPartner(
        id=row.pk,
        name=row.name,
        type=PartnerType(row.type),
        tier=Tier(row.tier) if row.tier else None,
        region=row.region,
        country=row.country,
        figures=figures,
        health=health_of(row, figures, on=on),
    )


def _demand(on: date) -> list[Demand]:
    deals: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    rows = _direct(on).values_list("account__country").annotate(deals=Count("pk"), sum=Sum("amount"))
    for text, count, amount in rows.order_by("account__country"):
        code = code_of(text or "")
        deals[code][0] += count
        deals[code][1] += int(amount or 0)
    return [Demand(code, count, value) for code, (count, value) in sorted(deals.items()) if code]


def _direct(on: date) -> Deals:
    workspace = Workspace.objects.get(pk=current_workspace_id())
    deals = classified_deals(rates=day_rates(on), currency=workspace.currency)
    return deals.filter(status=OpportunityStatus.OPEN, kind__in=NEW_BUSINESS, credit_class=CreditClass.DIRECT)


def code_of(text: str) -> str:
    """Return the ISO code of a country written as a code or in English; "" for what is neither."""
    written = text.strip()
    return written.upper() if len(written) == 2 else _codes().get(written.casefold(), "")


@lru_cache(maxsize=1)
def _codes() -> Mapping[str, str]:
    return {name.casefold(): code for code, name in Locale("en").territories.items() if len(code) == 2}


def _kept(name: str, on: date, read: Callable[[], Found]) -> Found:
    key = f"ecosystem:{name}:{current_workspace_id()}:{on.isoformat()}"
    found: Found | None = cache.get(key)
    if found is None:
        found = read()
        cache.set(key, found, timeout=KEPT_FOR.total_seconds())
    return found
