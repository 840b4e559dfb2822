"""Who handed a registration in without an account here."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from tallystick.deals.models.registrations import DealRegistration
from tallystick.partners.models import Partner
from tallystick.platform.tenancy import TenantModel, Visibility


class WayIn(models.TextChoices):
    """How a registration came in without a sign-in."""

    PUBLIC_FORM = "public_form", _("Public form")
    MAIL = "mail", _("E-mail")


class OutsideSubmitter(TenantModel):
    """Name and address of who registered a deal by a public form or by mail; they get the receipt."""

    visibility = Visibility.PARTNER

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="+")
    registration = models.OneToOneField(DealRegistration, on_delete=models.PROTECT, related_name="outside_submitter")
    way = models.CharField(max_length=12, choices=WayIn)
    name = models.CharField(max_length=120)
    email = models.CharField(max_length=254)
    receipt_sent_at = models.DateTimeField(null=True)
    left_out = models.JSONField(default=list, help_text="Of files that came along and were not kept: sentences why.")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(way__in=WayIn.values), name="outside_submitter_came_a_known_way")
        ]

    def __str__(self) -> str:
        return f"{self.name} by {self.get_way_display()}"
