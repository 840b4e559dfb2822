"""Publishes the policy of leads, and reads the one that holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from tallystick.deals.models import LeadPolicyVersion
from tallystick.deals.rules.lead_policy import (
    DEFAULT_LEAD_POLICY,
    LeadPolicy,
    lead_policy_document,
    read_kept_lead_policy,
    read_lead_policy,
)
from tallystick.kernel.canonical import canonical_json, sha256_hex
from tallystick.platform.activity import record_activity
from tallystick.platform.actors import Actor
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import current_workspace_id


@dataclass(frozen=True, slots=True)
class PublishedLeadPolicy:
    """A policy with the version it has: "leads@3#ab12cd"; version 0 is ours, where a workspace published none."""

    number: int
    reference: str
    policy: LeadPolicy


def current_lead_policy() -> PublishedLeadPolicy:
    """Return the policy that holds in the workspace in scope, on the vendor's side. One query."""
    version = LeadPolicyVersion.objects.order_by("-number").first()
    if version is None:
        return _named(0, DEFAULT_LEAD_POLICY, digest=_digest(DEFAULT_LEAD_POLICY))
    return _named(version.number, read_kept_lead_policy(version.document), digest=version.document_hash)


@transaction.atomic
def publish_lead_policy(actor: Actor, *, document: Mapping[str, Any], at: datetime) -> PublishedLeadPolicy:
    """Publish a policy as the next version; clocks that run already keep their moment.

    What equals the version that holds is not published again. Raises `LeadPolicyRefused` naming each wrong field.
    """
    policy = read_lead_policy(document)
    Workspace.objects.select_for_update(no_key=True).get(pk=current_workspace_id())
    before = current_lead_policy()
    if before.policy == policy:
        return before
    published = _named(before.number + 1, policy, digest=_digest(policy))
    written = lead_policy_document(policy)
    version = LeadPolicyVersion.objects.create(
        workspace_id=current_workspace_id(),
        number=published.number,
        document=written,
        document_hash=_digest(policy),
        published_at=at,
        published_by_label=actor.label,
    )
    record_activity(
        actor,
        verb="lead_policy_published",
        subject_kind="lead_policy",
        subject_id=version.pk,
        summary=f"Version {version.number} of the policy of leads was published",
        data={"number": version.number, "hash": version.document_hash},
        at=at,
    )
    return published


def _named(number: int, policy: LeadPolicy, *, digest: str) -> PublishedLeadPolicy:
    return PublishedLeadPolicy(number, f"leads@{number}#{digest[:6]}", policy)


def _digest(policy: LeadPolicy) -> str:
    return sha256_hex(canonical_json(lead_policy_document(policy)))
