"""What the vendor notes and keeps about a partner; no partner reads these tables."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from tallystick.partners.models.partners import Partner
from tallystick.platform.models import Person, StoredFile
from tallystick.platform.tenancy import TenantModel, Visibility


class PartnerNote(TenantModel):
    """A note about a partner. One that is removed keeps its row, so that it can come back."""

    visibility = Visibility.VENDOR

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="notes")
    body = models.TextField(help_text="Plain text.")
    is_pinned = models.BooleanField(default=False)
    author = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    author_label = models.CharField(max_length=120)
    written_at = models.DateTimeField()
    edited_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["partner", "-is_pinned", "-written_at"],
                condition=models.Q(removed_at__isnull=True),
                name="notes_of_a_partner",
            )
        ]

    def __str__(self) -> str:
        return f"{self.author_label}, {self.written_at}"


class PartnerFile(TenantModel):
    """A file that belongs to a partner. The partner reads it where the stored file names it as a reader."""

    visibility = Visibility.VENDOR

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="files")
    file = models.OneToOneField(StoredFile, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"{self.file_id} of {self.partner_id}"
