"""Set single lines aside for a reason, and take them back; and the policy that approvals follow."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from tallystick.commissions.approvals import approval_terms
from tallystick.commissions.models import (
    ApprovalPolicy,
    ApprovalRunLine,
    CommissionLine,
    LineSetAside,
    RunState,
)
from tallystick.commissions.services.approvals import ApprovalRefused, hold_approvals, take_out
from tallystick.platform.activity import record_activity
from tallystick.platform.actors import Actor
from tallystick.platform.clock import now
from tallystick.platform.tenancy import current_workspace_id


@transaction.atomic
def set_lines_aside(
    actor: Actor, *, line_ids: Sequence[int], reason: str, at: datetime | None = None
) -> list[LineSetAside]:
    """Keep lines out of approval runs for a reason the partner reads; those in a prepared run leave it.

    A line already set aside is left as it is. Raises ApprovalRefused without a reason, or where a line is approved.
    """
    hold_approvals()
    if not reason.strip():
        raise ApprovalRefused(_("Say why: the partner reads it beside the line."))
    live = list(ApprovalRunLine.objects.filter(line_id__in=line_ids, released_at__isnull=True).select_related("run"))
    if any(row.run.state == RunState.APPROVED for row in live):
        raise ApprovalRefused(_("A line that is approved cannot be set aside; undo its approval run first."))
    set_at = at or now()
    already = set(
        LineSetAside.objects.filter(line_id__in=line_ids, released_at__isnull=True).values_list("line_id", flat=True)
    )
    lines = CommissionLine.objects.filter(pk__in=line_ids).exclude(pk__in=already).order_by("pk")
    for run in {row.run_id: row.run for row in live}.values():
        take_out(actor, run, line_ids=[row.line_id for row in live if row.run_id == run.pk], at=set_at)
    return [_set_aside(actor, line, reason=reason.strip(), at=set_at) for line in lines]


@transaction.atomic
def take_line_back(actor: Actor, *, line_id: int, at: datetime | None = None) -> LineSetAside:
    """Let a line that was set aside into the next approval run. Raises ApprovalRefused where it was not."""
    hold_approvals()
    found = LineSetAside.objects.filter(line_id=line_id, released_at__isnull=True).first()
    if found is None:
        raise ApprovalRefused(_("The line is not set aside."))
    found.released_at, found.released_by_label = at or now(), actor.label
    found.save(update_fields=["released_at", "released_by_label"])
    record_activity(
        actor,
        verb="commission_line_taken_back",
        subject_kind="commission_line",
        subject_id=line_id,
        partner_id=found.partner_id,
        summary="A commission line waits for approval again",
        at=found.released_at,
    )
    return found


@transaction.atomic
def set_approval_policy(
    actor: Actor, *, four_eyes_above_minor: int, rate_age_days: int, change_percent: int, at: datetime | None = None
) -> ApprovalPolicy:
    """Write a new version of what approvals ask for; the limit is in minor units of the workspace's currency."""
    if four_eyes_above_minor < 0 or rate_age_days < 0 or change_percent < 0:
        raise ValueError("Limits of approvals are zero or more.")
    hold_approvals()
    changed_at, before = at or now(), approval_terms()
    policy = ApprovalPolicy.objects.create(
        workspace_id=current_workspace_id(),
        number=before.version + 1,
        four_eyes_above_minor=four_eyes_above_minor,
        rate_age_days=rate_age_days,
        change_percent=change_percent,
        changed_at=changed_at,
        changed_by_label=actor.label,
    )
    record_activity(
        actor,
        verb="approval_policy_changed",
        subject_kind="approval_policy",
        subject_id=policy.pk,
        summary=f"Changed what approvals ask for: version {policy.number}",
        data={
            "four_eyes_above_minor": four_eyes_above_minor,
            "rate_age_days": rate_age_days,
            "change_percent": change_percent,
            "before": {
                "version": before.version,
                "four_eyes_above_minor": before.four_eyes_above_minor,
                "rate_age_days": before.rate_age_days,
                "change_percent": before.change_percent,
            },
        },
        at=changed_at,
    )
    return policy


def _set_aside(actor: Actor, line: CommissionLine, *, reason: str, at: datetime) -> LineSetAside:
    aside = LineSetAside.objects.create(
        workspace_id=current_workspace_id(),
        partner_id=line.partner_id,
        line=line,
        reason=reason,
        set_aside_at=at,
        set_aside_by_label=actor.label,
    )
    record_activity(
        actor,
        verb="commission_line_set_aside",
        subject_kind="commission_line",
        subject_id=line.pk,
        partner_id=line.partner_id,
        summary=f"Set a commission line aside: {reason}",
        data={"amount_minor": line.amount_minor, "currency": line.currency, "reason": reason},
        at=at,
    )
    return aside
