"""Keeps our own next step of a deal: what the CRM says of it stays as it is."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from tallystick.crm.models import Opportunity
from tallystick.deals.models import DealRegistration, OwnNextStep
from tallystick.platform.activity import record_activity
from tallystick.platform.actors import Actor
from tallystick.platform.tenancy import current_workspace_id


@transaction.atomic
def set_next_step_of_opportunity(
    actor: Actor, *, opportunity_id: int, words: str, due_on: date | None, at: datetime
) -> None:
    """Keep our own next step of an opportunity, with the business date it is due; "" takes it away.

    Raises `Opportunity.DoesNotExist`.
    """
    opportunity = Opportunity.objects.get(pk=opportunity_id)
    if words:
        OwnNextStep.objects.update_or_create(
            workspace_id=current_workspace_id(), opportunity=opportunity, defaults=_kept(actor, words, due_on, at)
        )
    else:
        OwnNextStep.objects.filter(opportunity=opportunity).delete()
    _record(actor, "opportunity", opportunity.pk, opportunity.name, words, due_on, at)


@transaction.atomic
def set_next_step_of_registration(
    actor: Actor, *, registration_id: int, words: str, due_on: date | None, at: datetime
) -> None:
    """Keep our own next step of a registration that is no opportunity yet; "" takes it away.

    Raises `DealRegistration.DoesNotExist`.
    """
    registration = DealRegistration.objects.get(pk=registration_id)
    if words:
        OwnNextStep.objects.update_or_create(
            workspace_id=current_workspace_id(), registration=registration, defaults=_kept(actor, words, due_on, at)
        )
    else:
        OwnNextStep.objects.filter(registration=registration).delete()
    _record(actor, "deal_registration", registration.pk, registration.company, words, due_on, at)


def _kept(actor: Actor, words: str, due_on: date | None, at: datetime) -> dict[str, object]:
    return {"words": words, "due_on": due_on, "set_at": at, "set_by_label": actor.label}


def _record(actor: Actor, kind: str, subject_id: int, name: str, words: str, due_on: date | None, at: datetime) -> None:
    record_activity(
        actor,
        verb="next_step_set" if words else "next_step_removed",
        subject_kind=kind,
        subject_id=subject_id,
        summary=f"Next step of {name}: {words}" if words else f"The own next step of {name} was taken away",
        data={"words": words, "due_on": due_on.isoformat() if due_on else None},
        at=at,
    )
