"""The conversation of the vendor and one partner about one deal, and the vendor's own notes in it.

`partner` in these tables is who may read the row, so that row-level security holds the wall: an internal note names
none, and no partner's query finds it.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from tallystick.crm.models import Opportunity
from tallystick.deals.models.registrations import DealRegistration
from tallystick.partners.models import Partner
from tallystick.platform.models import Person, StoredFile
from tallystick.platform.tenancy import TenantModel, Visibility


class Thread(TenantModel):
    """One conversation: of a registration, or of an opportunity that a partner is credited for without one.

    `waiting_since` and `answer_due_at` stand while the partner waits for an answer; they follow from the messages.
    """

    visibility = Visibility.PARTNER

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="threads")
    registration = models.OneToOneField(DealRegistration, on_delete=models.PROTECT, null=True, related_name="thread")
    opportunity = models.ForeignKey(Opportunity, on_delete=models.PROTECT, null=True, related_name="threads")
    title = models.CharField(max_length=300, help_text="What the deal is called, in words both sides may read.")
    waiting_since = models.DateTimeField(null=True)
    answer_due_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True, help_text="When somebody said that no answer is needed.")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(registration__isnull=False, opportunity__isnull=True)
                | models.Q(registration__isnull=True, opportunity__isnull=False),
                name="thread_is_about_a_registration_or_an_opportunity",
            ),
            models.UniqueConstraint(fields=["partner", "opportunity"], name="one_thread_a_partner_and_opportunity"),
            models.CheckConstraint(
                condition=models.Q(waiting_since__isnull=True, answer_due_at__isnull=True)
                | models.Q(waiting_since__isnull=False, answer_due_at__isnull=False),
                name="waiting_thread_has_a_day_of_answer",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["workspace", "answer_due_at"],
                condition=models.Q(waiting_since__isnull=False),
                name="threads_that_wait",
            )
        ]

    def __str__(self) -> str:
        return self.title


class MessageSide(models.TextChoices):
    """Who speaks."""

    VENDOR = "vendor", _("Vendor")
    PARTNER = "partner", _("Partner")


class Message(TenantModel):
    """Something said, or noted by the vendor for itself. Never edited; what is taken back leaves its trace."""

    visibility = Visibility.PARTNER
    append_only = True

    thread = models.ForeignKey(Thread, on_delete=models.PROTECT, related_name="messages")
    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, null=True, related_name="+", help_text="Who reads it; none: a note."
    )
    side = models.CharField(max_length=7, choices=MessageSide)
    author = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    author_label = models.CharField(max_length=120)
    body = models.TextField(help_text="Plain text.")
    asks = models.BooleanField(default=False, help_text="The partner waits for an answer.")
    key = models.CharField(max_length=40, help_text="Stands in the form, so that a form sent twice is one message.")
    sent_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["thread", "key"], name="one_message_a_form"),
            models.CheckConstraint(
                condition=models.Q(partner__isnull=False) | models.Q(side="vendor"), name="a_note_is_the_vendors"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["thread", "sent_at"], name="messages_of_a_thread")]

    def __str__(self) -> str:
        return f"{self.author_label}, {self.sent_at}"


class Attachment(TenantModel):
    """A file that came with a message."""

    visibility = Visibility.PARTNER
    append_only = True

    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="attachments")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, null=True, related_name="+")

    def __str__(self) -> str:
        return f"{self.file_id} with {self.message_id}"


class Retraction(TenantModel):
    """The trace of a message taken back: that there was one stays visible, what it said does not."""

    visibility = Visibility.PARTNER
    append_only = True

    message = models.OneToOneField(Message, on_delete=models.PROTECT, related_name="retraction")
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, null=True, related_name="+")
    retracted_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.message_id} at {self.retracted_at}"


class ThreadReading(TenantModel):
    """How far a person has read a conversation; `partner` is set for the partner's people."""

    visibility = Visibility.PARTNER

    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="readings")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, null=True, related_name="+")
    read_until = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["thread", "person"], name="one_reading_a_thread_and_person")
        ]

    def __str__(self) -> str:
        return f"{self.person_id} until {self.read_until}"
