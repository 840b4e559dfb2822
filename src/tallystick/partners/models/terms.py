"""The terms of the partner portal, and who agreed to which version and when."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from tallystick.partners.models.partners import Partner
from tallystick.platform.models import Person
from tallystick.platform.tenancy import TenantModel, Visibility


class PortalTerms(TenantModel):
    """One published version of a workspace's terms; the newest holds, and none means the default that ships."""

    visibility = Visibility.SHARED
    append_only = True

    version = models.PositiveIntegerField()
    summary = models.TextField(help_text="Five lines that say the same in short.")
    body = models.TextField(help_text="The full text; paragraphs are parted by an empty line.")
    published_at = models.DateTimeField()
    published_by_label = models.CharField(max_length=120, default="", blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "version"], name="one_terms_text_a_version")
        ]

    def __str__(self) -> str:
        return f"Terms, version {self.version}"


class TermsAcceptance(TenantModel):
    """One person of a partner agreed to one version; the row is evidence, so nobody changes or removes it."""

    visibility = Visibility.PARTNER
    append_only = True

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField()
    text_hash = models.CharField(max_length=64, help_text="SHA-256 of the summary and the text that were shown.")
    accepted_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["partner", "person", "version"], name="one_acceptance_a_person_and_version")
        ]

    def __str__(self) -> str:
        return f"{self.person} agreed to version {self.version}"
