"""Reads on the rules of engagement of the workspace in scope; either side may read what is published."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import models

from tallystick.deals.models import DealRegistration, EngagementVersion
from tallystick.deals.rules.engagement.engagement import Engagement
from tallystick.deals.rules.engagement.reading import default_document, read_engagement


@dataclass(frozen=True, slots=True)
class RulesInForce:
    """The rules that answer claims now. `version_id` and `published_at` are None for those that ship.

    Those are written down as version 1 with the first claim that is answered by them.
    """

    version_id: int | None
    number: int
    published_at: datetime | None
    engagement: Engagement

    @property
    def reference(self) -> str:
        """Name the version as decisions do: engagement@3#ab12cd."""
        return self.engagement.reference(self.number)


def rules_in_force() -> RulesInForce:
    """Return the rules of the latest published version, else those that ship. One query."""
    version = published_versions().first()
    if version is None:
        return RulesInForce(None, 1, None, read_engagement(default_document()))
    return rules_of(version)


def rules_of_claim(registration: DealRegistration) -> RulesInForce:
    """Return the rules a claim came in under: what its partner was promised. One query.

    A claim from before the rules were a document is taken to have come in under those in force.
    """
    number = registration.rules_reference.partition("@")[2].partition("#")[0]
    version = published_versions().filter(number=int(number)).first() if number else None
    return rules_of(version) if version is not None else rules_in_force()


def rules_of(version: EngagementVersion) -> RulesInForce:
    """Return a stored version as the rules take it."""
    return RulesInForce(version.pk, version.number, version.published_at, read_engagement(version.document))


def published_versions() -> models.QuerySet[EngagementVersion]:
    """Return the published versions, latest first."""
    return EngagementVersion.objects.filter(published_at__isnull=False).order_by("-number")


def engagement_draft() -> EngagementVersion | None:
    """Return the draft of the next version, if there is one."""
    return EngagementVersion.objects.filter(published_at__isnull=True).first()
