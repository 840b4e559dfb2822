"""Commands on the rules of engagement: keep a draft, publish it as the next version. All run on the vendor's side."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Max

from tallystick.deals.engagement import RulesInForce, published_versions, rules_in_force
from tallystick.deals.models import EngagementVersion
from tallystick.deals.rules.engagement.reading import default_document, read_engagement
from tallystick.platform.activity import record_activity
from tallystick.platform.actors import SYSTEM, Actor
from tallystick.platform.database.bulk import insert_rows
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import current_workspace_id


class EngagementPublished(ValueError):
    """Raised for a version of the rules that is published already: it never changes."""


class NothingChanged(ValueError):
    """Raised for a draft that says the same as the version in force."""


def ensure_rules(*, at: datetime) -> RulesInForce:
    """Return the rules in force; a workspace that has published none gets those that ship as its first version.

    Of any number of first claims at once one writes them down, the others wait for it. At most three queries.
    """
    found = rules_in_force()
    if found.version_id is not None:
        return found
    text = default_document()
    insert_rows(
        EngagementVersion,
        columns=(
            "workspace_id",
            "number",
            "document",
            "document_hash",
            "reason",
            "published_at",
            "published_by_label",
            "created_at",
        ),
        rows=[(current_workspace_id(), 1, text, read_engagement(text).hash, "", at, SYSTEM.label, at)],
        skip_existing=True,
    )
    return rules_in_force()


@transaction.atomic
def save_engagement_draft(actor: Actor, *, document: str, at: datetime) -> EngagementVersion:
    """Keep the YAML text of the rules as the draft of the next version; a draft that is there already is replaced.

    Raises `EngagementInvalid` with every problem found.
    """
    engagement = read_engagement(document)
    _one_at_a_time()
    ensure_rules(at=at)
    draft = EngagementVersion.objects.filter(published_at__isnull=True).first()
    if draft is None:
        last = EngagementVersion.objects.aggregate(number=Max("number"))["number"]
        draft = EngagementVersion(workspace_id=current_workspace_id(), number=last + 1)
    draft.document = document
    draft.document_hash = engagement.hash
    draft.save()
    record_activity(
        actor,
        verb="engagement_drafted",
        subject_kind="engagement_version",
        subject_id=draft.pk,
        summary=f"Version {draft.number} of the rules of engagement was drafted",
        data={"number": draft.number, "hash": draft.document_hash},
        at=at,
    )
    return draft


@transaction.atomic
def publish_engagement(actor: Actor, *, version_id: int, at: datetime, reason: str = "") -> EngagementVersion:
    """Publish a draft: from then on it never changes, and answers every claim until a later version is published.

    Claims that came in before keep their answer and its version. Raises `EngagementVersion.DoesNotExist`,
    `EngagementPublished` and `NothingChanged`.
    """
    _one_at_a_time()
    version = EngagementVersion.objects.select_for_update().get(pk=version_id)
    if version.published_at is not None:
        raise EngagementPublished(f"Version {version.number} of the rules of engagement is published already.")
    before = published_versions().first()
    if before is not None and before.document_hash == version.document_hash:
        raise NothingChanged(f"The draft says the same as version {before.number}, which is in force.")
    version.published_at = at
    version.published_by_label = actor.label
    version.reason = reason.strip()
    version.save(update_fields=["published_at", "published_by_label", "reason"])
    record_activity(
        actor,
        verb="engagement_published",
        subject_kind="engagement_version",
        subject_id=version.pk,
        summary=f"Version {version.number} of the rules of engagement was published",
        data={"number": version.number, "hash": version.document_hash, "reason": version.reason},
        at=at,
    )
    return version


def _one_at_a_time() -> None:
    """Let one change of the rules wait for another, so that numbers have no gap and no draft is lost."""
    Workspace.objects.select_for_update(no_key=True).get(pk=current_workspace_id())
