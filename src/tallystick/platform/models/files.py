"""Files that people uploaded; their bytes lie in the storage under the digest (`platform/files`)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from tallystick.platform.models.people import Person
from tallystick.platform.tenancy import TenantModel, Visibility


class FilePurpose(models.TextChoices):
    """What a file is kept for: the web asks the permission of the purpose before it hands out the bytes."""

    LOGO = "logo", _("Logo")
    DEAL_MESSAGE = "deal_message", _("Attachment of a message")
    REGISTRATION = "registration", _("Sent with a registration")
    PARTNER_FILE = "partner_file", _("File of a partner")
    LIST_FILE = "list_file", _("Rows of a list, for who asked")


class StoredFile(TenantModel):
    """One uploaded file. `partner` may read it; without one it is the vendor's alone."""

    visibility = Visibility.PARTNER

    partner_id = models.BigIntegerField(null=True, help_text="The partner who may read the file, if any.")
    purpose = models.CharField(max_length=20, choices=FilePurpose)
    name = models.CharField(max_length=120, help_text="As uploaded, without path and control characters.")
    media_type = models.CharField(max_length=100, help_text="Told by the content.")
    size = models.BigIntegerField(help_text="In bytes.")
    sha256 = models.CharField(max_length=64)
    uploaded_at = models.DateTimeField()
    uploaded_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    uploaded_by_label = models.CharField(max_length=120)
    removed_at = models.DateTimeField(null=True)
    removed_by_label = models.CharField(max_length=120, blank=True)
    removal_reason = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(size__gt=0), name="stored_file_is_not_empty"),
            models.CheckConstraint(condition=models.Q(sha256__regex="^[0-9a-f]{64}$"), name="stored_file_has_a_digest"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["workspace", "partner_id", "purpose", "-uploaded_at"], name="stored_files_of_a_partner"
            )
        ]

    def __str__(self) -> str:
        return self.name
