"""Reads on partner organisations for screens and other modules; each takes a fixed number of queries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q

from tallystick.partners.models import (
    Lifecycle,
    Partner,
    PartnerMembership,
    PartnerRole,
    PartnerType,
    Tier,
    TierPeriod,
)


@dataclass(frozen=True, slots=True)
class DirectoryRow:
    """One partner in the directory; `people` counts those who have accepted their invitation."""

    id: int
    name: str
    type: PartnerType
    lifecycle: Lifecycle
    tier: Tier | None
    region: str
    country: str
    manager: str
    joined_on: date | None
    people: int


@dataclass(frozen=True, slots=True)
class PartnerPersonRow:
    """One person of a partner; `is_invited` until the invitation is accepted."""

    membership_id: int
    name: str
    email: str
    role: PartnerRole
    is_invited: bool


@dataclass(frozen=True, slots=True)
class PartnerPage:
    """What a partner's page begins with: the partner, its tiers with the latest first, and its people by name."""

    partner: Partner
    tier_periods: tuple[TierPeriod, ...]
    people: tuple[PartnerPersonRow, ...]


def directory_rows(
    *,
    type: PartnerType | None = None,
    lifecycle: Lifecycle | None = None,
    search: str = "",
) -> list[DirectoryRow]:
    """Return the partners of the workspace in scope by name, narrowed by type, lifecycle and a part of the name.

    One query.
    """
    partners = Partner.objects.annotate(
        joined_people=Count("memberships", filter=Q(memberships__accepted_at__isnull=False))
    )
    if type is not None:
        partners = partners.filter(type=type)
    if lifecycle is not None:
        partners = partners.filter(lifecycle=lifecycle)
    if search:
        partners = partners.filter(name__icontains=search)
    # Read as columns, not as rows of a model: all of them are, thousands at most, to show fifty.
    columns = partners.order_by("name", "pk").values_list(
        "pk", "name", "type", "lifecycle", "tier", "region", "country", "manager__name", "manager__email",
        "joined_on", "joined_people",
    )  # fmt: skip
    return [
        DirectoryRow(
            id=key,
            name=name,
            type=PartnerType(type_),
            lifecycle=Lifecycle(lifecycle_),
            tier=Tier(tier) if tier else None,
            region=region,
            country=country,
            manager=known_as or email or "",
            joined_on=joined_on,
            people=people,
        )
        for key, name, type_, lifecycle_, tier, region, country, known_as, email, joined_on, people in columns
    ]


def partner_page(partner_id: int) -> PartnerPage:
    """Return the basics of a partner's page in three queries; raises `Partner.DoesNotExist`."""
    return PartnerPage(
        partner=Partner.objects.select_related("manager").get(pk=partner_id),
        tier_periods=tuple(TierPeriod.objects.filter(partner_id=partner_id).order_by("-valid_from")),
        people=tuple(partner_people(partner_id)),
    )


def partner_people(partner_id: int) -> list[PartnerPersonRow]:
    """Return the people of a partner by name, those only invited included. One query."""
    memberships = PartnerMembership.objects.filter(partner_id=partner_id).select_related("person")
    return [
        PartnerPersonRow(
            membership_id=membership.pk,
            name=str(membership.person),
            email=membership.person.email,
            role=PartnerRole(membership.role),
            is_invited=membership.accepted_at is None,
        )
        for membership in memberships.order_by("person__name", "person__email")
    ]


def tier_on(*, partner_id: int, day: date) -> Tier | None:
    """Return the tier a partner holds on a business date, or nothing before its first. One query."""
    held = TierPeriod.objects.filter(partner_id=partner_id, valid_from__lte=day).order_by("-valid_from").first()
    return Tier(held.tier) if held else None
