"""Views that people keep of lists, and what was done to many rows at once."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from tallystick.platform.models.people import Person
from tallystick.platform.tenancy import TenantModel, Visibility


class SavedView(TenantModel):
    """A state of a list under a name: somebody's own, or shared with everyone on the same side.

    `query` is the address of the state without page and form. A removed view keeps its row, so that it can come back.
    """

    visibility = Visibility.PARTNER

    partner_id = models.BigIntegerField(null=True, help_text="The partner it belongs to; none on the vendor's side.")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    list_name = models.CharField(max_length=40)
    name = models.CharField(max_length=60)
    query = models.TextField(blank=True)
    is_shared = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["workspace", "partner_id", "person", "list_name", "name"],
                condition=models.Q(removed_at__isnull=True),
                nulls_distinct=False,
                name="one_saved_view_a_name",
            )
        ]
        indexes: ClassVar = [models.Index(fields=["workspace", "list_name"], name="saved_views_of_a_list")]

    def __str__(self) -> str:
        return self.name


class DefaultView(TenantModel):
    """The state in which a list opens for one person, where that is not the usual one."""

    visibility = Visibility.PARTNER

    partner_id = models.BigIntegerField(null=True, help_text="The partner it belongs to; none on the vendor's side.")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    list_name = models.CharField(max_length=40)
    query = models.TextField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["workspace", "partner_id", "person", "list_name"],
                nulls_distinct=False,
                name="one_default_view_a_person_and_list",
            )
        ]

    def __str__(self) -> str:
        return f"{self.list_name}: {self.query}"


class BulkRun(TenantModel):
    """An action that somebody did to many rows at once, with what undoing it needs.

    `words` say what was done and `refused` which rows were left and why, as whoever did it read it; `undone_words` and
    `undone_refused` the same of taking it back.
    """

    visibility = Visibility.VENDOR

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    list_name = models.CharField(max_length=40)
    action = models.CharField(max_length=40)
    at = models.DateTimeField()
    rows = models.IntegerField()
    record = models.JSONField(default=dict)
    words = models.TextField(blank=True)
    refused = models.JSONField(default=list)
    undone_at = models.DateTimeField(null=True)
    undone_words = models.TextField(blank=True)
    undone_refused = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"{self.list_name}: {self.action}, {self.rows}"
