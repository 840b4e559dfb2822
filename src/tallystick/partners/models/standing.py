"""What a partner may do and can do, as the partner manager keeps it: territories, and certificates of its people."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from tallystick.partners.models.partners import Partner
from tallystick.platform.tenancy import TenantModel, Visibility


class PartnerTerritory(TenantModel):
    """A country a partner may sell in; a partner without any may sell everywhere."""

    visibility = Visibility.PARTNER_READS

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="territories")
    country = models.CharField(max_length=2, help_text="ISO 3166-1 alpha-2.")
    valid_until = models.DateField(null=True, help_text="Last day; open if empty.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["partner", "country"], name="one_territory_a_partner_and_country")
        ]

    def __str__(self) -> str:
        return self.country


class PartnerCertificate(TenantModel):
    """A certificate that a person of a partner holds, for one product or for every one."""

    visibility = Visibility.PARTNER_READS

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="certificates")
    name = models.CharField(max_length=120)
    holder = models.CharField(max_length=120, help_text="The person who holds it.")
    product_key = models.CharField(max_length=120, blank=True, help_text="Lower case; empty = every product.")
    valid_until = models.DateField(null=True, help_text="Last day; for ever if empty.")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["workspace", "partner"], name="certificates_of_a_partner")]

    def __str__(self) -> str:
        return f"{self.name}, {self.holder}"
