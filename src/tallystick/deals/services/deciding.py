"""Decides registrations: approve, decline with a reason the partner reads, withdraw."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction

from tallystick.deals.models import DealRegistration, Protection, RegistrationState
from tallystick.deals.rules.policy import DEFAULT_REGISTRATION_POLICY
from tallystick.deals.rules.states import RegistrationEvent, next_state
from tallystick.deals.rules.states import RegistrationState as State
from tallystick.deals.services.protections import release
from tallystick.kernel.periods import day_of
from tallystick.platform.activity import record_activity
from tallystick.platform.actors import Actor
from tallystick.platform.models import Workspace


class ReasonMissing(ValueError):
    """A registration is declined without a reason; the partner is owed one."""


@transaction.atomic
def approve_registration(actor: Actor, *, registration_id: int, at: datetime) -> DealRegistration:
    """Approve a registration: its account is protected until the policy's last day, counted from today.

    Raises `DealRegistration.DoesNotExist` and `TransitionRefused`.
    """
    registration = _moved(registration_id, RegistrationEvent.APPROVE)
    workspace = Workspace.objects.get(pk=registration.workspace_id)
    today = day_of(at, zone=ZoneInfo(workspace.time_zone))
    registration.protected_until = DEFAULT_REGISTRATION_POLICY.protected_until(today)
    _decide(registration, actor, rule=DEFAULT_REGISTRATION_POLICY.reference, reason="", at=at)
    Protection.objects.filter(registration=registration, released_at__isnull=True).update(
        protected_until=registration.protected_until
    )
    _record(actor, registration, verb="registration_approved", words="was approved", at=at)
    return registration


@transaction.atomic
def decline_registration(actor: Actor, *, registration_id: int, reason: str, at: datetime) -> DealRegistration:
    """Decline a registration and free its account. `reason` is in words the partner reads.

    Raises `ReasonMissing`, `DealRegistration.DoesNotExist` and `TransitionRefused`.
    """
    if not reason.strip():
        raise ReasonMissing("Tell the partner why: a registration is never declined without a reason.")
    registration = _moved(registration_id, RegistrationEvent.DECLINE)
    _decide(registration, actor, rule=DECIDED_BY_PERSON, reason=reason.strip(), at=at)
    release(registration.pk, reason=RegistrationState.DECLINED, at=at)
    _record(actor, registration, verb="registration_declined", words="was declined", at=at)
    return registration


@transaction.atomic
def withdraw_registration(actor: Actor, *, registration_id: int, at: datetime, reason: str = "") -> DealRegistration:
    """Withdraw a registration and free its account; a partner can withdraw its own. Both sides read the reason.

    Raises `DealRegistration.DoesNotExist` (also for another partner's) and `TransitionRefused`.
    """
    registration = _moved(registration_id, RegistrationEvent.WITHDRAW)
    registration.decision_reason = reason.strip()
    registration.save(update_fields=["state", "decision_reason"])
    release(registration.pk, reason=RegistrationState.WITHDRAWN, at=at)
    _record(actor, registration, verb="registration_withdrawn", words="was withdrawn", at=at)
    return registration


DECIDED_BY_PERSON = "decided_by_person"


def _moved(registration_id: int, event: RegistrationEvent) -> DealRegistration:
    """Lock a registration and move it to the state the event leads to."""
    registration = DealRegistration.objects.select_for_update().get(pk=registration_id)
    registration.state = RegistrationState(next_state(State(registration.state), event).value)
    return registration


def _decide(registration: DealRegistration, actor: Actor, *, rule: str, reason: str, at: datetime) -> None:
    registration.decided_at = at
    registration.decided_by_label = actor.label
    registration.decision_rule = rule
    registration.decision_reason = reason
    registration.save(
        update_fields=[
            "state",
            "protected_until",
            "decided_at",
            "decided_by_label",
            "decision_rule",
            "decision_reason",
        ]
    )


def _record(actor: Actor, registration: DealRegistration, *, verb: str, words: str, at: datetime) -> None:
    protected = registration.protected_until
    record_activity(
        actor,
        verb=verb,
        subject_kind="deal_registration",
        subject_id=registration.pk,
        summary=f"{registration.reference} {registration.company} {words}",
        data={
            "reference": registration.reference,
            "reason": registration.decision_reason,
            "protected_until": protected.isoformat() if protected else None,
        },
        partner_id=registration.partner_id,
        at=at,
    )
