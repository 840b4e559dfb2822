"""What a distributor reads of deals that resellers registered through it: what the rules allow, no more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tallystick.deals.engagement import published_versions, rules_of
from tallystick.deals.models import DealRegistration
from tallystick.deals.rules.engagement.two_tier import TwoTier
from tallystick.platform.tenancy import current_scope, vendor_side

MOST = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class DistributedDeal:
    """A deal registered through a distributor; what it may not see is None."""

    company: str | None
    product: str | None
    reseller: str | None
    state: str | None
    protected_until: date | None
    value: tuple[int, str] | None


def deals_through(*, partner_id: int) -> list[DistributedDeal]:
    """Return the latest deals that name the partner as their distributor. At most two queries.

    Each is shown as the rules allow under which it came in. Raises `PermissionError` for a partner not in scope.
    """
    own = current_scope().partner_id
    if own is not None and own != partner_id:
        raise PermissionError("A distributor reads what was registered through it only.")
    with vendor_side():
        claims = DealRegistration.objects.filter(distributor_id=partner_id).select_related("partner")
        found = list(claims.order_by("-submitted_at", "-pk")[:MOST])
        versions = {str(version): rules_of(version).engagement for version in published_versions()} if found else {}
    return [
        _told(claim, frozenset(versions[claim.rules_reference].section(TwoTier).distributor_sees)) for claim in found
    ]


def _told(claim: DealRegistration, sees: frozenset[str]) -> DistributedDeal:
    return DistributedDeal(
        company=claim.company if "company" in sees else None,
        product=claim.product_key if "product" in sees else None,
        reseller=claim.partner.name if "reseller" in sees else None,
        state=claim.get_state_display() if "state" in sees else None,
        protected_until=claim.protected_until if "protection" in sees else None,
        value=(claim.value_minor, claim.currency) if "value" in sees else None,
    )
