"""What belongs to registering: files sent with a claim, and drafts of claims that were not made."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from tallystick.deals.models.registrations import DealRegistration
from tallystick.partners.models import Partner
from tallystick.platform.models import Person, StoredFile
from tallystick.platform.tenancy import TenantModel, Visibility


class RegistrationFile(TenantModel):
    """A file that was sent with a claim; both sides open it."""

    visibility = Visibility.PARTNER
    append_only = True

    registration = models.ForeignKey(DealRegistration, on_delete=models.PROTECT, related_name="files")
    file = models.OneToOneField(StoredFile, on_delete=models.PROTECT, related_name="+")
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"{self.file_id} with {self.registration_id}"


class RegistrationDraft(TenantModel):
    """What a person typed into the form and did not send. It is no claim: nothing is held by it.

    One follows what is being typed; those saved on purpose have their own rows. Only the person sees them.
    """

    visibility = Visibility.PARTNER

    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    typed = models.JSONField(default=dict, help_text="The fields of the form by name, as they were typed.")
    is_saved = models.BooleanField(default=False, help_text="Saved on purpose; else it follows the typing.")
    begun_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["partner", "person"],
                condition=models.Q(is_saved=False),
                name="one_draft_a_person_follows_the_typing",
            )
        ]
        indexes: ClassVar = [models.Index(fields=["partner", "person", "-changed_at"], name="drafts_of_a_person")]

    def __str__(self) -> str:
        return f"draft of {self.person_id}"
