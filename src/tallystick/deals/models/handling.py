"""How a registration is handled: the steps of its approval, questions that stop its clock, requests for a change."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from tallystick.deals.models.registrations import DealRegistration
from tallystick.partners.models import Partner
from tallystick.platform.models import Person
from tallystick.platform.tenancy import TenantModel, Visibility


class ApprovalStep(TenantModel):
    """One decision that an approval needs. Steps are taken in order, each by another person."""

    visibility = Visibility.PARTNER

    registration = models.ForeignKey(DealRegistration, on_delete=models.PROTECT, related_name="steps")
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=40, help_text="Its id in the rules of engagement.")
    says = models.CharField(max_length=120, help_text="In words the partner reads.")
    roles = models.JSONField(default=list, help_text="Roles that may take it.")
    taken_at = models.DateTimeField(null=True)
    taken_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    taken_by_label = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["registration", "position"], name="one_approval_step_a_position"),
            models.UniqueConstraint(
                fields=["registration", "taken_by"],
                condition=models.Q(taken_by__isnull=False),
                name="each_approval_step_is_taken_by_another_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.registration_id}: {self.says}"


class PartnerQuestion(TenantModel):
    """Something the vendor must know before it decides. The clock stands still until the partner answers."""

    visibility = Visibility.PARTNER

    registration = models.ForeignKey(DealRegistration, on_delete=models.PROTECT, related_name="questions")
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    asked_at = models.DateTimeField()
    asked_by_label = models.CharField(max_length=120)
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True)
    answered_by_label = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["registration"],
                condition=models.Q(answered_at__isnull=True),
                name="one_open_question_a_registration",
            )
        ]

    def __str__(self) -> str:
        return f"{self.registration_id}: {self.text[:60]}"


class RequestKind(models.TextChoices):
    """What a partner asks for."""

    EXTENSION = "extension", _("More time")
    AMENDMENT = "amendment", _("Change")


class RequestState(models.TextChoices):
    """Where a request stands. One that nobody had decided when the registration ended has lapsed."""

    WAITING = "waiting", _("Waiting")
    GRANTED = "granted", _("Granted")
    DECLINED = "declined", _("Declined")
    TAKEN_BACK = "taken_back", _("Taken back")
    LAPSED = "lapsed", _("Lapsed")


class RegistrationRequest(TenantModel):
    """A change a partner asks for, with what is and what would be. It changes nothing until it is granted."""

    visibility = Visibility.PARTNER

    registration = models.ForeignKey(DealRegistration, on_delete=models.PROTECT, related_name="requests")
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=RequestKind)
    state = models.CharField(max_length=10, choices=RequestState, default=RequestState.WAITING)
    reason = models.TextField(help_text="In the partner's words, with its evidence.")
    before = models.JSONField(default=dict, help_text="The fields that would change, as they were.")
    after = models.JSONField(default=dict, help_text="The same as they would be.")
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    asked_by_label = models.CharField(max_length=120)
    answer_due_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by_label = models.CharField(max_length=120, blank=True)
    decision_rule = models.CharField(max_length=60, blank=True)
    decision_reason = models.TextField(blank=True, help_text="In words the partner reads.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["registration", "kind"],
                condition=models.Q(state="waiting"),
                name="one_waiting_request_a_registration_and_kind",
            ),
            models.CheckConstraint(
                condition=models.Q(state="waiting", decided_at__isnull=True)
                | (~models.Q(state="waiting") & models.Q(decided_at__isnull=False)),
                name="request_that_waits_is_not_decided",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["workspace", "answer_due_at"],
                condition=models.Q(state="waiting"),
                name="requests_that_wait",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} for {self.registration_id}"
