"""Files of long lists that are made in the background, for whoever asked."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from tallystick.platform.models.files import StoredFile
from tallystick.platform.models.people import Person
from tallystick.platform.tenancy import TenantModel, Visibility


class ListFileState(models.TextChoices):
    """How far a file is."""

    WAITING = "waiting", _("Waiting")
    WRITING = "writing", _("Being written")
    DONE = "done", _("Ready")
    FAILED = "failed", _("Failed")


class ListFile(TenantModel):
    """One workbook of a list, asked for by a person and read by nobody else; `query` is the state of the list.

    `problem` is a sentence for that person where it could not be made.
    """

    visibility = Visibility.PARTNER

    partner_id = models.BigIntegerField(null=True, help_text="The partner the person works for, if any.")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    list_name = models.CharField(max_length=40)
    query = models.TextField(blank=True)
    state = models.CharField(max_length=8, choices=ListFileState, default=ListFileState.WAITING)
    rows_total = models.PositiveIntegerField(default=0)
    rows_written = models.PositiveIntegerField(default=0)
    asked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    problem = models.TextField(blank=True)
    file = models.ForeignKey(StoredFile, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["workspace", "partner_id", "person", "list_name"],
                condition=models.Q(ended_at__isnull=True),
                nulls_distinct=False,
                name="one_file_of_a_list_is_made_at_a_time",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["waiting", "writing"], ended_at__isnull=True)
                | models.Q(state__in=["done", "failed"], ended_at__isnull=False),
                name="list_file_ends_done_or_failed",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["workspace", "ended_at"], name="list_files_that_ended")]

    def __str__(self) -> str:
        return f"{self.list_name}: {self.state}"
