"""Publishes the attribution policy, and reads its versions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Max

from tallystick.attribution.models import PolicyVersion
from tallystick.attribution.rules.policy import DEFAULT_POLICY, AttributionPolicy
from tallystick.attribution.rules.policy_document import policy_document, read_policy
from tallystick.attribution.rules.versions import PublishedPolicy
from tallystick.attribution.services.pending import mark_unlocked
from tallystick.kernel.canonical import canonical_json, sha256_hex
from tallystick.kernel.periods import day_of
from tallystick.platform.activity import record_activity
from tallystick.platform.actors import SYSTEM, Actor
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import current_workspace_id


@transaction.atomic
def publish_policy(actor: Actor, *, document: Mapping[str, Any], at: datetime) -> PolicyVersion:
    """Publish a policy as the next version and mark every unlocked opportunity to be decided under it.

    A version never changes afterwards. Raises `PolicyRefused` naming each wrong field.
    """
    policy = read_policy(document)
    workspace = Workspace.objects.select_for_update(no_key=True).get(pk=current_workspace_id())
    versions = policy_versions(zone=ZoneInfo(workspace.time_zone))
    version = _publish(actor, policy=policy, number=_next_number(), at=at)
    longest_lock = max([policy.lock_days, *(earlier.policy.lock_days for earlier in versions)])
    marked = mark_unlocked(today=day_of(at, zone=ZoneInfo(workspace.time_zone)), lock_days=longest_lock)
    record_activity(
        actor,
        verb="attribution_policy_published",
        subject_kind="attribution_policy",
        subject_id=version.pk,
        summary=f"Version {version.number} of the attribution policy was published",
        data={"number": version.number, "hash": version.document_hash, "opportunities_to_decide": marked},
        at=at,
    )
    return version


def policy_versions(*, zone: ZoneInfo) -> tuple[PublishedPolicy, ...]:
    """Return every version in the order of publication. One query."""
    return tuple(published(version, zone=zone) for version in PolicyVersion.objects.order_by("number"))


def published(version: PolicyVersion, *, zone: ZoneInfo) -> PublishedPolicy:
    """Return a stored version as the rules take it, named like "attribution@3#ab12cd"."""
    return PublishedPolicy(
        id=version.pk,
        reference=f"attribution@{version.number}#{version.document_hash[:6]}",
        published_on=day_of(version.published_at, zone=zone),
        policy=read_policy(version.document),
    )


def ensure_policy(*, zone: ZoneInfo, at: datetime) -> tuple[PublishedPolicy, ...]:
    """Return every version; a workspace that has none gets the default policy as its first."""
    versions = policy_versions(zone=zone)
    if versions:
        return versions
    with transaction.atomic():
        Workspace.objects.select_for_update(no_key=True).get(pk=current_workspace_id())
        if not PolicyVersion.objects.exists():
            _publish(SYSTEM, policy=DEFAULT_POLICY, number=1, at=at)
    return policy_versions(zone=zone)


def _publish(actor: Actor, *, policy: AttributionPolicy, number: int, at: datetime) -> PolicyVersion:
    document = policy_document(policy)
    return PolicyVersion.objects.create(
        workspace_id=current_workspace_id(),
        number=number,
        document=document,
        document_hash=sha256_hex(canonical_json(document)),
        published_at=at,
        published_by_label=actor.label,
    )


def _next_number() -> int:
    return (PolicyVersion.objects.aggregate(last=Max("number"))["last"] or 0) + 1
