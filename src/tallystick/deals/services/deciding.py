"""Decides registrations: approve step by step, decline with a reason the partner reads, withdraw."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db import transaction

from tallystick.deals.engagement import rules_of_claim
from tallystick.deals.models import (
    ApprovalStep,
    ConflictClaim,
    ConflictState,
    DealRegistration,
    PartnerQuestion,
    Protection,
    RegistrationState,
)
from tallystick.deals.rules.approval import DECIDING_ROLES, TakenStep, check_program, check_step
from tallystick.deals.rules.clock import deemed_reason, silence_approves
from tallystick.deals.rules.engagement.assessing import CheckOutcome
from tallystick.deals.rules.states import RegistrationEvent, TransitionRefused, next_state
from tallystick.deals.rules.states import RegistrationState as State
from tallystick.deals.services.converting import convert
from tallystick.deals.services.protections import claim_protection, release
from tallystick.deals.services.recording import DECIDED_BY_PERSON, record
from tallystick.deals.services.requests import lapse_requests
from tallystick.deals.services.terms import terms_of
from tallystick.kernel.explanations import Explanation
from tallystick.kernel.periods import day_of
from tallystick.platform.actors import Actor, ActorKind
from tallystick.platform.models import Workspace

SILENCE: Final = "clock.overdue"
"""What stands for the rule where nobody decided in time."""
DEEMED_BY = "The clock"
WAITS_FOR_RULING: Final = (ConflictState.OPEN, ConflictState.APPEALED)


class ReasonMissing(ValueError):
    """A registration is declined without a reason; the partner is owed one."""


class RuleMissing(ValueError):
    """A decision cites a rule that the rules of the claim do not have."""


@transaction.atomic
def approve_registration(
    actor: Actor, *, registration_id: int, at: datetime, role: str | None = None
) -> DealRegistration:
    """Take the next step of an approval; with the last one the account is protected as long as the claim's rules say.

    The days are counted from the day of the last step. The record names the rules, and which of them the person
    approved it in spite of. `role` is that of the person; None is the program itself.
    Raises `DealRegistration.DoesNotExist`, `TransitionRefused` - also where another registration holds the account -
    and `StepRefused` where the step is another's.
    """
    registration = _locked(registration_id, RegistrationEvent.APPROVE)
    if not _holds(registration, at=at):
        raise TransitionRefused(
            "Another registration holds the company. Decline this one, or open a case and rule whose claim stands."
        )
    if _take_step(registration, actor, role=role, at=at):
        return registration
    return _approve(registration, actor, verb="registration_approved", words="was approved", reason="", at=at)


@transaction.atomic
def deem_approved(actor: Actor, *, registration_id: int, at: datetime) -> DealRegistration | None:
    """Approve a registration that nobody answered in time, where its terms say so; nothing where they do not.

    Every step left is taken by the rule, which the decision cites with its version. Does it once: what is decided, or
    waits for the partner or for a ruling, is left alone.
    """
    registration = DealRegistration.objects.select_for_update().get(pk=registration_id)
    is_late = registration.clock_stopped_at is None and registration.answer_due_at <= at
    if registration.state != RegistrationState.SUBMITTED or not is_late:
        return None
    terms = terms_of(registration)
    if not silence_approves(terms, not_met=not_met(registration)) or is_contested(registration):
        return None
    if not _holds(registration, at=at):
        return None
    due = registration.answer_due_at.astimezone(ZoneInfo(terms.calendar.zone))
    reason = deemed_reason(terms, due_in_words=f"{due:%a} {due.day} {due:%b %H:%M}")
    take_steps_left(registration, label=DEEMED_BY, at=at)
    registration.state = RegistrationState.APPROVED
    return _approve(registration, actor, verb="registration_deemed_approved", words="is approved", reason=reason, at=at)


@transaction.atomic
def decline_registration(
    actor: Actor, *, registration_id: int, reason: str, at: datetime, rule: str = "", role: str | None = None
) -> DealRegistration:
    """Decline a registration and free its account. `reason` is in words the partner reads.

    `rule` is the id of the rule that decides, of those the claim came in under; without one the person decides alone.
    Raises `ReasonMissing`, `RuleMissing`, `DealRegistration.DoesNotExist`, `TransitionRefused`, and `StepRefused`
    where the step of the approval that is next is another role's.
    """
    if not reason.strip():
        raise ReasonMissing("Tell the partner why: a registration is never declined without a reason.")
    registration = _locked(registration_id, RegistrationEvent.DECLINE)
    check_step(steps_taken(registration), role=role, person_id=None)
    if rule and rules_of_claim(registration).engagement.rule(rule) is None:
        raise RuleMissing(f"The rules of {registration.reference} know no rule {rule}.")
    registration.state = RegistrationState.DECLINED
    stop_clock(registration, at=at)
    _decide(registration, actor.label, rule=rule or DECIDED_BY_PERSON, reason=reason.strip(), at=at)
    lapse_requests([registration.pk], at=at)
    release(registration.pk, reason=RegistrationState.DECLINED, at=at)
    _record(actor, registration, verb="registration_declined", words="was declined", at=at)
    return registration


@transaction.atomic
def withdraw_registration(actor: Actor, *, registration_id: int, at: datetime, reason: str = "") -> DealRegistration:
    """Withdraw a registration and free its account; a partner can withdraw its own. Both sides read the reason.

    Raises `DealRegistration.DoesNotExist` (also for another partner's) and `TransitionRefused`.
    """
    registration = _locked(registration_id, RegistrationEvent.WITHDRAW)
    registration.state = RegistrationState.WITHDRAWN
    registration.decision_reason = reason.strip()
    stop_clock(registration, at=at)
    registration.save(update_fields=["state", "decision_reason", "clock_stopped_at", "escalates_at"])
    lapse_requests([registration.pk], at=at)
    release(registration.pk, reason=RegistrationState.WITHDRAWN, at=at)
    _record(actor, registration, verb="registration_withdrawn", words="was withdrawn", at=at)
    return registration


def not_met(registration: DealRegistration) -> list[str]:
    """Return the rules that the claim broke, or that lacked a fact, when it came in."""
    steps = Explanation.from_json(registration.explanation).steps if registration.explanation else ()
    return [step.rule for step in steps if step.outcome in (CheckOutcome.BROKEN, CheckOutcome.UNKNOWN)]


def _locked(registration_id: int, event: RegistrationEvent) -> DealRegistration:
    """Lock a registration to which the event can happen. Raises `TransitionRefused`."""
    registration = DealRegistration.objects.select_for_update().get(pk=registration_id)
    next_state(State(registration.state), event)
    return registration


def _holds(registration: DealRegistration, *, at: datetime) -> bool:
    """Tell whether a claim holds its account; one that came second and waits takes it where it is free by now."""
    if not registration.undisclosed_rule:
        return True
    held = Protection.objects.filter(registration=registration, released_at__isnull=True)
    return held.exists() or claim_protection(registration, product_key=registration.product_key, at=at)


def _steps(registration: DealRegistration) -> list[ApprovalStep]:
    return sorted(registration.steps.all(), key=lambda step: step.position)


def steps_taken(registration: DealRegistration) -> list[TakenStep]:
    """Return the steps of an approval as the rules see them; what was registered before there were steps has one."""
    steps = [
        TakenStep(step.says, tuple(step.roles), step.taken_at is not None, step.taken_by_id)
        for step in _steps(registration)
    ]
    return steps or [TakenStep("Partner management decides", DECIDING_ROLES, is_taken=False)]


def _take_step(registration: DealRegistration, actor: Actor, *, role: str | None, at: datetime) -> bool:
    """Take the next step, and tell whether others are left."""
    taken = steps_taken(registration)
    place = check_step(taken, role=role, person_id=actor.person_id)
    if actor.kind is ActorKind.API:
        check_program(taken, place=place)
    steps = _steps(registration)
    if not steps:
        return False
    step = steps[place]
    step.taken_at, step.taken_by_id, step.taken_by_label = at, actor.person_id, actor.label
    step.save(update_fields=["taken_at", "taken_by", "taken_by_label"])
    if place == len(steps) - 1:
        return False
    after = steps[place + 1]
    record(
        actor,
        registration,
        verb="registration_step_approved",
        words=f"passed “{step.says}”; next is “{after.says}”",
        data={"step": step.says, "next": after.says, "roles": after.roles},
        at=at,
    )
    return True


def _approve(
    registration: DealRegistration, actor: Actor, *, verb: str, words: str, reason: str, at: datetime
) -> DealRegistration:
    workspace = Workspace.objects.get(pk=registration.workspace_id)
    terms = terms_of(registration)
    is_deemed = verb == "registration_deemed_approved"
    registration.state = RegistrationState.APPROVED
    registration.protected_until = terms.protected_until(day_of(at, zone=ZoneInfo(workspace.time_zone)))
    stop_clock(registration, at=at)
    _decide(
        registration,
        DEEMED_BY if is_deemed else actor.label,
        rule=SILENCE if is_deemed else DECIDED_BY_PERSON,
        reason=reason,
        at=at,
    )
    Protection.objects.filter(registration=registration, released_at__isnull=True).update(
        protected_until=registration.protected_until
    )
    _record(actor, registration, verb=verb, words=words, at=at)
    if registration.opportunity_id is not None:
        convert(actor, registration, at=at)
    return registration


def is_contested(registration: DealRegistration) -> bool:
    """Tell whether a case about the claim waits for a ruling."""
    waits = ConflictClaim.objects.filter(registration=registration, conflict__state__in=WAITS_FOR_RULING)
    return waits.exists()


def take_steps_left(registration: DealRegistration, *, label: str, at: datetime) -> None:
    """Take the steps of an approval that nobody took, where no person takes them; `label` says what does."""
    ApprovalStep.objects.filter(registration=registration, taken_at__isnull=True).update(
        taken_at=at, taken_by_label=label
    )


def stop_clock(registration: DealRegistration, *, at: datetime) -> None:
    """End the clock of a registration that is decided; a question that is open needs no answer any more."""
    registration.clock_stopped_at = None
    registration.escalates_at = None
    PartnerQuestion.objects.filter(registration=registration, answered_at__isnull=True).update(answered_at=at)


def _decide(registration: DealRegistration, label: str, *, rule: str, reason: str, at: datetime) -> None:
    registration.decided_at = at
    registration.decided_by_label = label
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
            "clock_stopped_at",
            "escalates_at",
        ]
    )


def _record(actor: Actor, registration: DealRegistration, *, verb: str, words: str, at: datetime) -> None:
    protected = registration.protected_until
    data: dict[str, Any] = {
        "reason": registration.decision_reason,
        "rule": registration.decision_rule,
        "rules": registration.rules_reference,
        "not_met": not_met(registration),
        "protected_until": protected.isoformat() if protected else None,
    }
    record(actor, registration, verb=verb, words=words, data=data, at=at)
