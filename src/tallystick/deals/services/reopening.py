"""Takes a decision on a registration back, as if it had not been made: the claim waits again where it can."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from tallystick.deals.models import ApprovalStep, DealRegistration, Protection, RegistrationState
from tallystick.deals.rules.clock import next_escalation
from tallystick.deals.services.protections import claim_protection
from tallystick.deals.services.requests import lapse_requests
from tallystick.deals.services.terms import terms_of
from tallystick.platform.activity import record_activity
from tallystick.platform.actors import Actor

_DECIDED = (RegistrationState.APPROVED, RegistrationState.DECLINED)


class ReopeningRefused(ValueError):
    """The decision stands; the message says why, in words for whoever would take it back."""


@transaction.atomic
def reopen_registration(
    actor: Actor, *, registration_id: int, decided_as: RegistrationState, at: datetime
) -> DealRegistration:
    """Let a registration wait for its decision again. `decided_as` is the decision that is taken back.

    Every step of its approval is taken anew; its clock is the one it had. What was declined claims its account anew:
    whoever registered it meanwhile keeps it. Raises `DealRegistration.DoesNotExist` and `ReopeningRefused`.
    """
    registration = DealRegistration.objects.select_for_update().get(pk=registration_id)
    if decided_as not in _DECIDED or registration.state != decided_as:
        raise ReopeningRefused(f"It is {str(registration.get_state_display()).lower()} by now.")
    if registration.opportunity_id is not None:
        raise ReopeningRefused("It became an opportunity of the CRM meanwhile.")
    # What came second and waited for a person held nothing before, and waits again.
    if registration.state == RegistrationState.DECLINED and not registration.undisclosed_rule:
        _claim_again(registration, at=at)
    elif registration.state == RegistrationState.APPROVED:
        Protection.objects.filter(registration=registration, released_at__isnull=True).update(protected_until=None)
    registration.state = RegistrationState.SUBMITTED
    registration.protected_until = registration.decided_at = None
    registration.decided_by_label = registration.decision_rule = registration.decision_reason = ""
    registration.extensions = 0
    registration.escalates_at = next_escalation(
        terms_of(registration), level=registration.escalations, due=registration.answer_due_at, at=at
    )
    lapse_requests([registration.pk], at=at)
    ApprovalStep.objects.filter(registration=registration).update(taken_at=None, taken_by=None, taken_by_label="")
    registration.save(
        update_fields=[
            "state",
            "extensions",
            "escalates_at",
            "protected_until",
            "decided_at",
            "decided_by_label",
            "decision_rule",
            "decision_reason",
        ]
    )
    record_activity(
        actor,
        verb="registration_reopened",
        subject_kind="deal_registration",
        subject_id=registration.pk,
        summary=f"{registration.reference} {registration.company} waits for a decision again",
        data={"reference": registration.reference, "was": decided_as.value},
        partner_id=registration.partner_id,
        at=at,
    )
    return registration


def _claim_again(registration: DealRegistration, *, at: datetime) -> None:
    """Hold what the registration held before, product by product; the unique index says whether it is still free."""
    held = Protection.objects.filter(registration=registration).order_by("product_key")
    products = list(held.values_list("product_key", flat=True).distinct()) or [""]
    for product_key in products:
        if not claim_protection(registration, product_key=product_key, at=at):
            raise ReopeningRefused("The account was registered by somebody else meanwhile, and is protected for them.")
