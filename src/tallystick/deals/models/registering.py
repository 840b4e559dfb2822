"""What belongs to registering: files sent with a claim, and drafts of forms that were not sent."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from tallystick.deals.models.conversations import MessageSide
from tallystick.deals.models.registrations import DealRegistration
from tallystick.deals.rules.forms.form import Subject
from tallystick.partners.models import Partner
from tallystick.platform.models import Person, StoredFile
from tallystick.platform.tenancy import TenantModel, Visibility


class RegistrationFile(TenantModel):
    """A file that was sent with a claim, or added to it later; both sides open it, and `side` is whose it is."""

    visibility = Visibility.PARTNER
    append_only = True

    registration = models.ForeignKey(DealRegistration, on_delete=models.PROTECT, related_name="files")
    file = models.OneToOneField(StoredFile, on_delete=models.PROTECT, related_name="+")
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="+")
    side = models.CharField(max_length=7, choices=MessageSide, default=MessageSide.PARTNER)

    def __str__(self) -> str:
        return f"{self.file_id} with {self.registration_id}"


class FormDraft(TenantModel):
    """What a person typed into the form of a registration or a lead and did not send. Nothing is held by it.

    One a form follows what is being typed; those saved on purpose have their own rows. Only the person sees them.
    `partner` is set for the forms of the portal, and not for the vendor's own.
    """

    visibility = Visibility.PARTNER

    subject = models.CharField(max_length=12, default=Subject.REGISTRATION, help_text="Which form it was typed into.")
    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, null=True, related_name="+")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    typed = models.JSONField(default=dict, help_text="The fields of the form by name, as they were typed.")
    is_saved = models.BooleanField(default=False, help_text="Saved on purpose; else it follows the typing.")
    begun_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["workspace", "partner", "person", "subject"],
                condition=models.Q(is_saved=False),
                nulls_distinct=False,
                name="one_draft_a_form_follows_the_typing_of_a_person",
            ),
            models.CheckConstraint(
                condition=models.Q(subject__in=[subject.value for subject in Subject]),
                name="form_draft_is_of_a_known_form",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["workspace", "partner", "person", "-changed_at"], name="drafts_of_a_person")
        ]

    def __str__(self) -> str:
        return f"draft of {self.person_id}"
