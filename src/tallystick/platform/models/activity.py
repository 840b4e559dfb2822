"""The activity stream."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from tallystick.platform.models.people import Person
from tallystick.platform.tenancy import TenantModel, Visibility


class ActivityEntry(TenantModel):
    """One thing that happened, chained by hash to the one before it in its workspace.

    `position`, `previous_hash` and `hash` are set by a PostgreSQL trigger from `body`, the canonical JSON of the
    entry, so that no route can skip the chain. See docs/explanation/activity.md.
    """

    visibility = Visibility.PARTNER
    append_only = True

    position = models.BigIntegerField(default=0)
    at = models.DateTimeField()
    actor_kind = models.CharField(max_length=10)
    actor_person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    actor_label = models.CharField(max_length=120)
    verb = models.CharField(max_length=60)
    subject_kind = models.CharField(max_length=40)
    subject_id = models.BigIntegerField(null=True)
    partner_id = models.BigIntegerField(null=True, help_text="The partner who may read the entry, if any.")
    summary = models.TextField()
    body = models.TextField()
    previous_hash = models.CharField(max_length=64, default="")
    hash = models.CharField(max_length=64, default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "position"], name="one_activity_entry_a_position")
        ]
        indexes: ClassVar = [
            models.Index(fields=["workspace", "subject_kind", "subject_id"], name="activity_subject"),
            models.Index(fields=["workspace", "verb", "position"], name="activity_by_verb"),
            models.Index(
                fields=["workspace", "partner_id", "position"],
                condition=models.Q(partner_id__isnull=False),
                name="activity_of_a_partner",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.position}: {self.summary}"


class ChainCheck(TenantModel):
    """What a walk along the whole chain found, and up to where: later walks are held against it.

    `entries` are those that fitted, `last_hash` that of the last of them.
    """

    visibility = Visibility.VENDOR
    append_only = True

    checked_at = models.DateTimeField()
    checked_by_label = models.CharField(max_length=120)
    entries = models.BigIntegerField()
    last_hash = models.CharField(max_length=64, blank=True)
    broken_at = models.BigIntegerField(null=True, help_text="The first position that did not fit, if any.")
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(broken_at__isnull=False) | models.Q(reason=""), name="broken_chain_says_where"
            )
        ]
        indexes: ClassVar = [models.Index(fields=["workspace", "-id"], name="chain_checks_latest_first")]

    def __str__(self) -> str:
        return f"{self.entries} entries, {self.checked_at:%Y-%m-%d %H:%M}"
