"""What a workspace sets for itself beside its name and money: its logo, how long it keeps things, its set-up."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from tallystick.platform.models.people import Person
from tallystick.platform.tenancy import TenantModel, Visibility


class WorkspaceLogo(TenantModel):
    """The vendor's logo: a PNG that we drew anew from the upload, so it holds nothing but pixels.

    The workspace itself says which one it wears (`logo_digest`), and its accent.
    """

    visibility = Visibility.SHARED

    digest = models.CharField(max_length=16)
    content = models.BinaryField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["workspace"], name="one_logo_a_workspace")]

    def __str__(self) -> str:
        return self.digest


class Kept(models.TextChoices):
    """What is removed by itself once it is old."""

    REFUSED_ROWS = "refused_rows", _("Refused rows of imports")
    IMPORT_UNDO = "import_undo", _("What facts were before an import changed them")
    LAPSED_INVITATIONS = "lapsed_invitations", _("Invitations nobody accepted")
    LIST_FILES = "list_files", _("Files of long lists")
    WEBHOOK_DELIVERIES = "webhook_deliveries", _("What was sent to webhooks")
    INBOUND_MAIL = "inbound_mail", _("Mail that came in")
    DRAFTS = "drafts", _("Drafts of registrations")


class RetentionPeriod(TenantModel):
    """For how many days one sort of thing is kept, where a workspace wants another number than ours."""

    visibility = Visibility.VENDOR

    subject = models.CharField(max_length=20, choices=Kept)
    days = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "subject"], name="one_retention_period_a_subject"),
            models.CheckConstraint(condition=models.Q(days__range=(1, 3650)), name="retention_is_a_day_to_ten_years"),
        ]

    def __str__(self) -> str:
        return f"{self.subject}: {self.days} days"


class SetupDismissal(TenantModel):
    """The set-up card was put away by someone; without a row it shows until all is done."""

    visibility = Visibility.VENDOR

    dismissed_at = models.DateTimeField()
    dismissed_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["workspace"], name="set_up_is_dismissed_once")]

    def __str__(self) -> str:
        return f"dismissed {self.dismissed_at:%Y-%m-%d}"


class PrivacyWish(models.TextChoices):
    """What someone may ask of the data kept about them."""

    EXPORT = "export", _("A copy of my data")
    ERASE = "erase", _("Remove my data")


class PrivacyRequest(TenantModel):
    """What a partner's person asked about their own data, and when it was answered."""

    visibility = Visibility.PARTNER

    partner_id = models.BigIntegerField(help_text="The partner the person works for.")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    wish = models.CharField(max_length=10, choices=PrivacyWish)
    note = models.TextField(blank=True)
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    answered_by_label = models.CharField(max_length=120, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["workspace", "answered_at"], name="privacy_requests_open")]

    def __str__(self) -> str:
        return f"{self.wish} of {self.person_id}"
