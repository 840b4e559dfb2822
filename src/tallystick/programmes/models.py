"""Tracks and commission plans as versioned documents."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from tallystick.partners.models import PartnerType
from tallystick.platform.models import Person
from tallystick.platform.tenancy import TenantModel, Visibility


class Motion(models.TextChoices):
    """How we sell with a partner."""

    REFERRAL = "referral", _("Referral")
    AFFILIATE = "affiliate", _("Affiliate")
    CO_SELL = "co_sell", _("Ecosystem co-sell")
    CHANNEL = "channel", _("Channel")
    RESELLER = "reseller", _("Reseller")
    MARKETPLACE = "marketplace", _("Marketplace")
    SERVICES = "services", _("Services")


class Track(TenantModel):
    """One partner type worked in one motion, with its own economics, owner and KPI."""

    visibility = Visibility.SHARED

    partner_type = models.CharField(max_length=20, choices=PartnerType)
    motion = models.CharField(max_length=12, choices=Motion)
    name = models.CharField(max_length=80)
    kpi = models.CharField(max_length=120, help_text="The one figure this track answers for.")
    owner = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "partner_type"], name="one_track_a_partner_type")
        ]

    def __str__(self) -> str:
        return self.name


class PlanVersion(TenantModel):
    """One version of a track's commission plan: a YAML document, immutable once published.

    A trigger refuses any change to a published version; what used it can always be recomputed.
    """

    visibility = Visibility.SHARED
    frozen_once: ClassVar[str] = "published_at"

    track = models.ForeignKey(Track, on_delete=models.PROTECT, related_name="plan_versions")
    number = models.PositiveIntegerField()
    document = models.TextField(help_text="The YAML text as written.")
    document_hash = models.CharField(max_length=64, help_text="SHA-256 of the canonical form.")
    currency = models.CharField(max_length=3)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, help_text="Last day on which it applies; open if empty.")
    published_at = models.DateTimeField(null=True)
    published_by_label = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["track", "number"], name="one_plan_version_a_number"),
            models.UniqueConstraint(
                fields=["track", "valid_from"],
                condition=models.Q(published_at__isnull=False),
                name="one_published_plan_a_track_and_first_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.track} v{self.number}"
