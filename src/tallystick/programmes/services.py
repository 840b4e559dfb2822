"""Commands on tracks and commission plans. All run on the vendor's side of the workspace in scope."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Max

from tallystick.partners.models import PartnerType
from tallystick.platform.activity import record_activity
from tallystick.platform.actors import Actor
from tallystick.platform.models import Person
from tallystick.platform.tenancy import current_workspace_id
from tallystick.programmes.models import Motion, PlanVersion, Track
from tallystick.programmes.rules.reading import read_plan


class TrackMissing(LookupError):
    """Raised for a plan of a partner type that has no track yet; create the track first."""

    def __init__(self, partner_type: str) -> None:
        label = PartnerType(partner_type).label
        super().__init__(f"There is no track for the partner type {label}. Create the track, then save its plan.")


class PlanPublished(ValueError):
    """Raised for a plan version that is published already: it never changes."""


class PlanClash(ValueError):
    """Raised for a plan whose first day another published version of the track has; choose another day."""


@transaction.atomic
def create_track(
    actor: Actor,
    *,
    partner_type: PartnerType,
    motion: Motion,
    name: str,
    kpi: str,
    owner: Person | None = None,
    at: datetime,
) -> Track:
    """Open the one track of a partner type, with its motion, the figure it answers for and its owner.

    Raises `IntegrityError` where the type has a track.
    """
    track = Track.objects.create(
        workspace_id=current_workspace_id(), partner_type=partner_type, motion=motion, name=name, kpi=kpi, owner=owner
    )
    record_activity(
        actor,
        verb="track_created",
        subject_kind="track",
        subject_id=track.pk,
        summary=f"Track {name} was created for the type {partner_type.label}",
        data={"partner_type": partner_type.value, "motion": motion.value, "kpi": kpi},
        at=at,
    )
    return track


@transaction.atomic
def save_plan_draft(actor: Actor, *, document: str, at: datetime) -> PlanVersion:
    """Keep a plan's YAML text as the draft of its track; a draft that is there already is replaced.

    The track follows from the document. Raises `PlanInvalid` with every problem found, and `TrackMissing`.
    """
    plan = read_plan(document)
    track = Track.objects.filter(partner_type=plan.track).select_for_update().first()
    if track is None:
        raise TrackMissing(plan.track)
    draft = track.plan_versions.filter(published_at__isnull=True).first()
    if draft is None:
        last = track.plan_versions.aggregate(number=Max("number"))["number"] or 0
        draft = PlanVersion(workspace_id=track.workspace_id, track=track, number=last + 1)
    draft.document = document
    draft.document_hash = plan.hash
    draft.currency = plan.currency
    draft.valid_from = plan.valid_from
    draft.valid_to = plan.valid_to
    draft.save()
    record_activity(
        actor,
        verb="plan_drafted",
        subject_kind="plan_version",
        subject_id=draft.pk,
        summary=f"Version {draft.number} of the plan of {track.name} was drafted",
        data={"track": track.partner_type, "number": draft.number, "hash": draft.document_hash},
        at=at,
    )
    return draft


@transaction.atomic
def publish_plan(actor: Actor, *, version_id: int, at: datetime, reason: str = "") -> PlanVersion:
    """Publish a draft: from then on it never changes, and pays from its first day until a later version's first day.

    Whoever publishes must have the affected invoices settled anew (`flows`). Raises `PlanVersion.DoesNotExist`,
    `PlanPublished` and `PlanClash`.
    """
    version = PlanVersion.objects.select_related("track").select_for_update(of=("self",)).get(pk=version_id)
    if version.published_at is not None:
        raise PlanPublished(f"Version {version.number} of the plan of {version.track.name} is published already.")
    version.published_at = at
    version.published_by_label = actor.label
    try:
        with transaction.atomic():
            version.save(update_fields=["published_at", "published_by_label"])
    except IntegrityError as error:
        raise PlanClash(
            f"Another published plan of {version.track.name} begins on {version.valid_from.isoformat()}. "
            "Choose another valid_from."
        ) from error
    record_activity(
        actor,
        verb="plan_published",
        subject_kind="plan_version",
        subject_id=version.pk,
        summary=f"Version {version.number} of the plan of {version.track.name} was published, "
        f"valid from {version.valid_from.isoformat()}",
        data={
            "track": version.track.partner_type,
            "number": version.number,
            "hash": version.document_hash,
            "valid_from": version.valid_from.isoformat(),
            "valid_to": version.valid_to.isoformat() if version.valid_to else None,
            **({"reason": reason} if reason else {}),
        },
        at=at,
    )
    return version
