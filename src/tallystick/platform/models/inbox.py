"""What people do with the things that wait: put them off, give them to a colleague, say they are done."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from tallystick.platform.models.people import Person
from tallystick.platform.tenancy import TenantModel, Visibility


class InboxMark(TenantModel):
    """What everybody sees of one thing that waits: whom it is given to, and whether somebody called it done.

    `key` names the thing ("registration:DR-1038"), whichever module it comes from; it is the same for as long as the
    thing waits. What waits again after `done_at` is there again.
    """

    visibility = Visibility.VENDOR

    key = models.CharField(max_length=120)
    assigned_to = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    assigned_by_label = models.CharField(max_length=120, blank=True)
    assigned_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    done_by_label = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["workspace", "key"], name="one_inbox_mark_a_key")]

    def __str__(self) -> str:
        return self.key


class InboxSnooze(TenantModel):
    """A thing one person does not want to see before an instant; others see it as before."""

    visibility = Visibility.VENDOR

    key = models.CharField(max_length=120)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    until = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "person", "key"], name="one_inbox_snooze_a_person_and_key")
        ]

    def __str__(self) -> str:
        return f"{self.key} until {self.until}"
