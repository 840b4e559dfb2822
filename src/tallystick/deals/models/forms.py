"""What partners are asked beside the standard fields, in versions."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from tallystick.platform.tenancy import TenantModel, Visibility


class FormVersion(TenantModel):
    """One version of the forms of registrations and leads: a YAML document, immutable once published.

    A trigger refuses any change to a published version; what was answered to it can always be read.
    """

    visibility = Visibility.SHARED
    frozen_once: ClassVar[str] = "published_at"

    number = models.PositiveIntegerField()
    document = models.TextField(help_text="The YAML text as written.")
    document_hash = models.CharField(max_length=64, help_text="SHA-256 of the canonical form.")
    reason = models.CharField(max_length=300, blank=True, help_text="Why it was published.")
    published_at = models.DateTimeField(null=True)
    published_by_label = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "number"], name="one_form_version_a_number"),
            models.UniqueConstraint(
                fields=["workspace"], condition=models.Q(published_at__isnull=True), name="one_form_draft_a_workspace"
            ),
        ]

    def __str__(self) -> str:
        return f"form@{self.number}#{self.document_hash[:6]}"
