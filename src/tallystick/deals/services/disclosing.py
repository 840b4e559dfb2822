"""Sets what partners may learn of a company they claim. On the vendor's side."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from tallystick.deals.disclosure import DEFAULT, disclosure_policies
from tallystick.deals.models import DisclosurePolicy
from tallystick.deals.rules.disclosure import Disclosure
from tallystick.platform.activity import record_activity
from tallystick.platform.actors import Actor
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import current_workspace_id


@transaction.atomic
def set_disclosure(actor: Actor, *, may_learn: Disclosure, at: datetime) -> DisclosurePolicy | None:
    """Write the next version of the policy; claims that came in before keep theirs. None where nothing changes."""
    Workspace.objects.select_for_update(no_key=True).get(pk=current_workspace_id())
    before = disclosure_policies().first()
    was = Disclosure(before.may_learn) if before else DEFAULT
    if was is may_learn:
        return None
    policy = DisclosurePolicy.objects.create(
        workspace_id=current_workspace_id(),
        number=before.number + 1 if before else 1,
        may_learn=may_learn.value,
        changed_at=at,
        changed_by_label=actor.label,
    )
    record_activity(
        actor,
        verb="disclosure_set",
        subject_kind="disclosure_policy",
        subject_id=policy.pk,
        summary=f"What partners may learn of a company: {may_learn.value}, before {was.value}",
        data={"number": policy.number, "may_learn": may_learn.value, "was": was.value},
        at=at,
    )
    return policy
