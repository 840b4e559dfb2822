"""Partner organisations, their tiers and the people who work for them."""

from __future__ import annotations

from typing import ClassVar, Final

from django.db import models
from django.utils.translation import gettext_lazy as _

from tallystick.platform.models import Person
from tallystick.platform.tenancy import TenantModel, Visibility


class PartnerType(models.TextChoices):
    """What a partner is. Types are never run on one playbook: each has its own track."""

    RESELLER = "reseller", _("Reseller")
    SYSTEM_INTEGRATOR = "system_integrator", _("System integrator")
    ISV = "isv", _("ISV")
    INSTRUMENT_VENDOR = "instrument_vendor", _("Instrument vendor")
    MSP = "msp", _("MSP")
    DISTRIBUTOR = "distributor", _("Distributor")
    AGENCY = "agency", _("Agency")
    CONSULTANT = "consultant", _("Consultant")
    REFERRAL = "referral", _("Referral partner")
    AFFILIATE = "affiliate", _("Affiliate")
    COMMUNITY = "community", _("Ambassador or community")
    STRATEGIC_ALLY = "strategic_ally", _("Strategic ally")


class Lifecycle(models.TextChoices):
    """Where a partner stands, from first talk to goodbye."""

    PROSPECT = "prospect", _("Prospect")
    APPLIED = "applied", _("Applied")
    APPROVED = "approved", _("Approved")
    DECLINED = "declined", _("Declined")
    ONBOARDING = "onboarding", _("Onboarding")
    ACTIVE = "active", _("Active")
    DORMANT = "dormant", _("Dormant")
    ENDED = "ended", _("Ended")


class Tier(models.TextChoices):
    """The programme's three tiers, lowest first."""

    AUTHORISED = "authorised", _("Authorised")
    PREMIER = "premier", _("Premier")
    STRATEGIC = "strategic", _("Strategic")


GONE: Final = frozenset({Lifecycle.DECLINED, Lifecycle.ENDED})
"""Where a partner stands when its portal is closed: its people are out at the next request."""


class Partner(TenantModel):
    """A partner organisation. Its own people see it; other partners do not know it exists."""

    visibility = Visibility.PARTNER_READS
    partner_column: ClassVar[str] = "id"

    name = models.CharField(max_length=120)
    type = models.CharField(max_length=20, choices=PartnerType)
    lifecycle = models.CharField(max_length=12, choices=Lifecycle, default=Lifecycle.PROSPECT)
    tier = models.CharField(max_length=12, choices=Tier, blank=True, help_text="Today's tier; history in TierPeriod.")
    region = models.CharField(max_length=40, blank=True)
    country = models.CharField(max_length=2, blank=True, help_text="ISO 3166-1 alpha-2.")
    domain = models.CharField(max_length=255, blank=True)
    manager = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    joined_on = models.DateField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["workspace", "name"], name="one_partner_a_name")]

    def __str__(self) -> str:
        return self.name


class TierPeriod(TenantModel):
    """The tier a partner holds from a date on; commission rules read the tier of the invoice's day."""

    visibility = Visibility.PARTNER_READS

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="tier_periods")
    tier = models.CharField(max_length=12, choices=Tier)
    valid_from = models.DateField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["partner", "valid_from"], name="one_tier_a_partner_and_day")
        ]

    def __str__(self) -> str:
        return f"{self.get_tier_display()} from {self.valid_from}"


class PartnerRole(models.TextChoices):
    """What a person at a partner does."""

    ADMIN = "admin", _("Partner admin")
    SELLER = "seller", _("Seller")
    MARKETER = "marketer", _("Marketer")
    FINANCE = "finance", _("Finance")


class PartnerMembership(TenantModel):
    """A person at a partner, in one role; invited until `accepted_at` is set."""

    visibility = Visibility.PARTNER_READS
    person_reads_own = True

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="memberships")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="partner_memberships")
    role = models.CharField(max_length=10, choices=PartnerRole)
    invited_at = models.DateTimeField()
    invitation_expires_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    terms_version = models.PositiveIntegerField(
        null=True, help_text="Version of the terms agreed to; 0 while they are still to be, null where nobody asks."
    )
    last_seen_at = models.DateTimeField(null=True, help_text="Last request for this partner, to within minutes.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["partner", "person"], name="one_membership_a_person_and_partner")
        ]

    def __str__(self) -> str:
        return f"{self.person} at {self.partner}"
