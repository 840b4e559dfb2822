"""Commands on many partners at once: each partner is changed by the command for one, and those refused are named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import transaction

from tallystick.partners.models import Lifecycle, Partner, Tier
from tallystick.partners.services import LifecycleRefused, change_lifecycle, change_manager, change_tier
from tallystick.platform.actors import Actor
from tallystick.platform.models import Person


@dataclass(frozen=True, slots=True)
class ManyChanged:
    """What became of many partners: what those changed held before, by id, and why the others were left, by name."""

    before: dict[int, str] = field(default_factory=dict)
    refused: list[tuple[str, str]] = field(default_factory=list)


@transaction.atomic
def change_managers(actor: Actor, *, managers: Mapping[int, Person | None], at: datetime) -> ManyChanged:
    """Name who looks after each of these partners. `before` holds the ids of people, "" for nobody."""
    done = ManyChanged()
    for partner in _locked(list(managers)):
        held = str(partner.manager_id or "")
        change_manager(actor, partner_id=partner.pk, manager=managers[partner.pk], at=at)
        done.before[partner.pk] = held
    return done


@transaction.atomic
def change_tiers(
    actor: Actor, *, tiers: Mapping[int, Tier], valid_from: date, today: date, at: datetime
) -> ManyChanged:
    """Give each of these partners a tier from a business date on. `before` holds today's tiers, "" for none."""
    done = ManyChanged()
    for partner in _locked(list(tiers)):
        held = partner.tier
        change_tier(actor, partner_id=partner.pk, tier=tiers[partner.pk], valid_from=valid_from, today=today, at=at)
        done.before[partner.pk] = held
    return done


@transaction.atomic
def change_lifecycles(actor: Actor, *, lifecycles: Mapping[int, Lifecycle], on: date, at: datetime) -> ManyChanged:
    """Move each of these partners to a point of its lifecycle; a step that makes no sense is refused for that one."""
    done = ManyChanged()
    for partner in _locked(list(lifecycles)):
        held = partner.lifecycle
        try:
            change_lifecycle(actor, partner_id=partner.pk, lifecycle=lifecycles[partner.pk], on=on, at=at)
        except LifecycleRefused as refusal:
            done.refused.append((partner.name, str(refusal)))
        else:
            done.before[partner.pk] = held
    return done


def _locked(partner_ids: Sequence[int]) -> list[Partner]:
    return list(Partner.objects.select_for_update().filter(pk__in=partner_ids).order_by("pk"))
