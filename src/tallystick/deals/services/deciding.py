"""Decides registrations: approve, decline with a reason the partner reads, withdraw."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction

from tallystick.deals.engagement import rules_of_claim
from tallystick.deals.models import DealRegistration, Protection, RegistrationState
from tallystick.deals.rules.engagement.assessing import CheckOutcome
from tallystick.deals.rules.states import RegistrationEvent, next_state
from tallystick.deals.rules.states import RegistrationState as State
from tallystick.deals.services.protections import release
from tallystick.kernel.explanations import Explanation
from tallystick.kernel.periods import day_of
from tallystick.platform.activity import record_activity
from tallystick.platform.actors import Actor
from tallystick.platform.models import Workspace


class ReasonMissing(ValueError):
    """A registration is declined without a reason; the partner is owed one."""


class RuleMissing(ValueError):
    """A decision cites a rule that the rules of the claim do not have."""


@transaction.atomic
def approve_registration(actor: Actor, *, registration_id: int, at: datetime) -> DealRegistration:
    """Approve a registration: its account is protected from today on, as long as the rules it came in under say.

    The record names those rules, and which of them the person approved it in spite of. Raises
    `DealRegistration.DoesNotExist` and `TransitionRefused`.
    """
    registration = _moved(registration_id, RegistrationEvent.APPROVE)
    workspace = Workspace.objects.get(pk=registration.workspace_id)
    today = day_of(at, zone=ZoneInfo(workspace.time_zone))
    registration.protected_until = rules_of_claim(registration).engagement.protected_until(today)
    _decide(registration, actor, rule=DECIDED_BY_PERSON, reason="", at=at)
    Protection.objects.filter(registration=registration, released_at__isnull=True).update(
        protected_until=registration.protected_until
    )
    _record(actor, registration, verb="registration_approved", words="was approved", at=at)
    return registration


@transaction.atomic
def decline_registration(
    actor: Actor, *, registration_id: int, reason: str, at: datetime, rule: str = ""
) -> DealRegistration:
    """Decline a registration and free its account. `reason` is in words the partner reads.

    `rule` is the id of the rule that decides, of those the claim came in under; without one the person decides alone.
    Raises `ReasonMissing`, `RuleMissing`, `DealRegistration.DoesNotExist` and `TransitionRefused`.
    """
    if not reason.strip():
        raise ReasonMissing("Tell the partner why: a registration is never declined without a reason.")
    registration = _moved(registration_id, RegistrationEvent.DECLINE)
    if rule and rules_of_claim(registration).engagement.rule(rule) is None:
        raise RuleMissing(f"The rules of {registration.reference} know no rule {rule}.")
    _decide(registration, actor, rule=rule or DECIDED_BY_PERSON, reason=reason.strip(), at=at)
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
"""What stands for the rule where a person decided without citing one."""


def not_met(registration: DealRegistration) -> list[str]:
    """Return the rules that the claim broke, or that lacked a fact, when it came in."""
    steps = Explanation.from_json(registration.explanation).steps if registration.explanation else ()
    return [step.rule for step in steps if step.outcome in (CheckOutcome.BROKEN, CheckOutcome.UNKNOWN)]


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
            "rule": registration.decision_rule,
            "rules": registration.rules_reference,
            "not_met": not_met(registration),
            "protected_until": protected.isoformat() if protected else None,
        },
        partner_id=registration.partner_id,
        at=at,
    )
