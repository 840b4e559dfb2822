"""Begins the review of a claim: the steps its approval needs, and when somebody is told of its clock."""

from __future__ import annotations

from datetime import datetime

from tallystick.deals.models import ApprovalStep, DealRegistration
from tallystick.deals.rules.approval import steps_needed
from tallystick.deals.rules.clock import next_escalation
from tallystick.deals.rules.terms import Terms
from tallystick.kernel.conditions import Facts


def begin_review(registration: DealRegistration, terms: Terms, facts: Facts, *, at: datetime) -> None:
    """Write the steps that a claim in review needs, and set when its first escalation is due; the caller saves it."""
    ApprovalStep.objects.bulk_create(
        ApprovalStep(
            workspace_id=registration.workspace_id,
            registration=registration,
            partner_id=registration.partner_id,
            position=position,
            name=step.id,
            says=step.says,
            roles=list(step.roles),
        )
        for position, step in enumerate(steps_needed(terms.approval.steps, facts), start=1)
    )
    registration.escalates_at = next_escalation(terms, level=0, due=registration.answer_due_at, at=at)
