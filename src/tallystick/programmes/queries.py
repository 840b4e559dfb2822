"""Reads on tracks and plans for screens and other modules; each takes a fixed number of queries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tallystick.programmes.models import PlanVersion, Track


@dataclass(frozen=True, slots=True)
class TrackPlans:
    """A track with all versions of its plan, latest first, and the one that pays on the day asked for."""

    track: Track
    versions: tuple[PlanVersion, ...]
    in_force: PlanVersion | None


def plan_in_force(*, partner_type: str, on: date) -> PlanVersion | None:
    """Return the plan that pays partners of a type for invoices issued on a business date, if any. One query.

    It is the published version with the latest first day up to then, unless its own last day is over: a later version
    takes over from an earlier one without changing it.
    """
    version = (
        PlanVersion.objects.filter(track__partner_type=partner_type, published_at__isnull=False, valid_from__lte=on)
        .select_related("track")
        .order_by("-valid_from")
        .first()
    )
    return version if version is not None and _covers(version, on) else None


def tracks_with_plans(*, on: date) -> list[TrackPlans]:
    """Return the tracks of the workspace in scope by name with their plan versions. Two queries."""
    tracks = Track.objects.select_related("owner").prefetch_related("plan_versions").order_by("name", "pk")
    return [_with_plans(track, on) for track in tracks]


def _with_plans(track: Track, on: date) -> TrackPlans:
    versions = sorted(track.plan_versions.all(), key=lambda version: version.number, reverse=True)
    begun = [version for version in versions if version.published_at is not None and version.valid_from <= on]
    latest = max(begun, key=lambda version: version.valid_from, default=None)
    return TrackPlans(track, tuple(versions), latest if latest is not None and _covers(latest, on) else None)


def _covers(version: PlanVersion, on: date) -> bool:
    return version.valid_to is None or on <= version.valid_to
