"""Commands on partner organisations. All run on the vendor's side of the workspace in scope."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, datetime

from django.db import transaction

from tallystick.partners.models import Lifecycle, Partner, PartnerType, Tier, TierPeriod
from tallystick.platform.activity import record_activity
from tallystick.platform.actors import Actor
from tallystick.platform.models import Person
from tallystick.platform.tenancy import current_workspace_id


class LifecycleRefused(ValueError):
    """Raised for a step that a partner cannot take from where it stands."""

    def __init__(self, before: Lifecycle, after: Lifecycle) -> None:
        steps = ", ".join(step.label.lower() for step in LIFECYCLE_STEPS[before]) or "nothing else"
        super().__init__(
            f"A partner cannot go from {before.label.lower()} to {after.label.lower()}; it can become {steps}."
        )


LIFECYCLE_STEPS: dict[Lifecycle, tuple[Lifecycle, ...]] = {
    Lifecycle.PROSPECT: (Lifecycle.APPLIED, Lifecycle.APPROVED, Lifecycle.DECLINED),
    Lifecycle.APPLIED: (Lifecycle.APPROVED, Lifecycle.DECLINED),
    Lifecycle.APPROVED: (Lifecycle.ONBOARDING, Lifecycle.ACTIVE, Lifecycle.ENDED),
    Lifecycle.DECLINED: (Lifecycle.PROSPECT, Lifecycle.APPLIED),
    Lifecycle.ONBOARDING: (Lifecycle.ACTIVE, Lifecycle.DORMANT, Lifecycle.ENDED),
    Lifecycle.ACTIVE: (Lifecycle.DORMANT, Lifecycle.ENDED),
    Lifecycle.DORMANT: (Lifecycle.ACTIVE, Lifecycle.ENDED),
    Lifecycle.ENDED: (Lifecycle.PROSPECT, Lifecycle.ACTIVE),
}
"""Where a partner can go from where it stands; someone who left may come back."""

JOINED = frozenset({Lifecycle.ONBOARDING, Lifecycle.ACTIVE})


@transaction.atomic
def create_partner(
    actor: Actor,
    *,
    name: str,
    type: PartnerType,
    lifecycle: Lifecycle = Lifecycle.PROSPECT,
    tier: Tier | None = None,
    region: str = "",
    country: str = "",
    domain: str = "",
    manager: Person | None = None,
    on: date,
    at: datetime,
) -> Partner:
    """Add a partner organisation; `on` is the business date from which it has joined and holds its tier.

    Raises `IntegrityError` where the workspace has a partner of that name.
    """
    partner = Partner.objects.create(
        workspace_id=current_workspace_id(),
        name=name,
        type=type,
        lifecycle=lifecycle,
        tier=tier or "",
        region=region,
        country=country,
        domain=domain,
        manager=manager,
        joined_on=on if lifecycle in JOINED else None,
    )
    if tier is not None:
        TierPeriod.objects.create(workspace_id=partner.workspace_id, partner=partner, tier=tier, valid_from=on)
    record_activity(
        actor,
        verb="partner_created",
        subject_kind="partner",
        subject_id=partner.pk,
        summary=f"{name} was added: {type.label}, {lifecycle.label.lower()}",
        data={"type": type.value, "lifecycle": lifecycle.value, "tier": tier.value if tier else None},
        at=at,
    )
    return partner


@transaction.atomic
def change_lifecycle(
    actor: Actor, *, partner_id: int, lifecycle: Lifecycle, on: date, at: datetime, reason: str = ""
) -> Partner:
    """Move a partner to another point of its lifecycle; `on` becomes its joining date at the first onboarding.

    Raises `Partner.DoesNotExist`, and `LifecycleRefused` for a step that makes no sense.
    """
    partner = Partner.objects.select_for_update().get(pk=partner_id)
    before = Lifecycle(partner.lifecycle)
    if before is lifecycle:
        return partner
    if lifecycle not in LIFECYCLE_STEPS[before]:
        raise LifecycleRefused(before, lifecycle)
    partner.lifecycle = lifecycle
    if lifecycle in JOINED and partner.joined_on is None:
        partner.joined_on = on
    partner.save(update_fields=["lifecycle", "joined_on"])
    record_activity(
        actor,
        verb="partner_lifecycle_changed",
        subject_kind="partner",
        subject_id=partner.pk,
        partner_id=partner.pk,
        summary=f"{partner.name} went from {before.label.lower()} to {lifecycle.label.lower()}",
        data={"from": before.value, "to": lifecycle.value, "reason": reason.strip()},
        at=at,
    )
    return partner


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerDetails:
    """What can be corrected about a partner at any time; `domain` is its website without scheme."""

    name: str
    type: PartnerType
    region: str
    country: str
    domain: str
    manager_id: int | None


@transaction.atomic
def change_details(actor: Actor, *, partner_id: int, details: PartnerDetails, at: datetime) -> Partner:
    """Correct what is known of a partner. Raises `Partner.DoesNotExist`, `IntegrityError` for a name that is taken."""
    partner = Partner.objects.select_for_update().get(pk=partner_id)
    wanted = {field.name: getattr(details, field.name) for field in fields(details)}
    changed = {name: getattr(partner, name) for name, value in wanted.items() if getattr(partner, name) != value}
    if not changed:
        return partner
    for name in changed:
        setattr(partner, name, wanted[name])
    partner.save(update_fields=[name.removesuffix("_id") for name in changed])
    record_activity(
        actor,
        verb="partner_details_changed",
        subject_kind="partner",
        subject_id=partner.pk,
        summary=f"{actor.label} changed what is known of {partner.name}",
        data={name: {"from": before, "to": wanted[name]} for name, before in changed.items()},
        at=at,
    )
    return partner


@transaction.atomic
def change_tier(actor: Actor, *, partner_id: int, tier: Tier, valid_from: date, today: date, at: datetime) -> Partner:
    """Give a partner a tier from a business date on; commission rules read the tier of the invoice's day.

    A second change for the same date replaces the first. A date after `today` is kept for later: the partner's tier of
    today stays. Raises `Partner.DoesNotExist`.
    """
    partner = Partner.objects.select_for_update().get(pk=partner_id)
    before = partner.tier
    TierPeriod.objects.update_or_create(
        workspace_id=partner.workspace_id, partner=partner, valid_from=valid_from, defaults={"tier": tier}
    )
    held = partner.tier_periods.filter(valid_from__lte=today).order_by("-valid_from").first()
    partner.tier = held.tier if held else ""
    partner.save(update_fields=["tier"])
    record_activity(
        actor,
        verb="partner_tier_changed",
        subject_kind="partner",
        subject_id=partner.pk,
        partner_id=partner.pk,
        summary=f"{partner.name} is {tier.label} from {valid_from.isoformat()}",
        data={"from": before or None, "to": tier.value, "valid_from": valid_from.isoformat()},
        at=at,
    )
    return partner


@transaction.atomic
def change_manager(actor: Actor, *, partner_id: int, manager: Person | None, at: datetime) -> Partner:
    """Name who at the vendor looks after a partner, or nobody. Raises `Partner.DoesNotExist`."""
    partner = Partner.objects.select_for_update(of=("self",)).select_related("manager").get(pk=partner_id)
    before = partner.manager
    if before == manager:
        return partner
    partner.manager = manager
    partner.save(update_fields=["manager"])
    record_activity(
        actor,
        verb="partner_manager_changed",
        subject_kind="partner",
        subject_id=partner.pk,
        partner_id=partner.pk,
        summary=f"{partner.name} is looked after by {manager}" if manager else f"Nobody looks after {partner.name} now",
        data={"from": before.pk if before else None, "to": manager.pk if manager else None},
        at=at,
    )
    return partner


@transaction.atomic
def begin_looking_as_partner(actor: Actor, *, partner_id: int, at: datetime) -> Partner:
    """Note that someone of the vendor begins to look at the portal as a partner; the partner does not see the note.

    Raises `Partner.DoesNotExist`.
    """
    partner = Partner.objects.get(pk=partner_id)
    record_activity(
        actor,
        verb="portal_viewed_as_partner",
        subject_kind="partner",
        subject_id=partner.pk,
        summary=f"{actor.label} looked at the portal as {partner.name}",
        at=at,
    )
    return partner
