"""Rules of engagement in versions, and what each claim was held against them with."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from tallystick.deals.models.registrations import DealRegistration, MayLearn
from tallystick.platform.tenancy import TenantModel, Visibility


class EngagementVersion(TenantModel):
    """One version of the rules of engagement: a YAML document, immutable once published.

    A trigger refuses any change to a published version; what was decided by it can always be explained.
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
            models.UniqueConstraint(fields=["workspace", "number"], name="one_engagement_version_a_number"),
            models.UniqueConstraint(
                fields=["workspace"],
                condition=models.Q(published_at__isnull=True),
                name="one_engagement_draft_a_workspace",
            ),
        ]

    def __str__(self) -> str:
        return f"engagement@{self.number}#{self.document_hash[:6]}"


class DisclosurePolicy(TenantModel):
    """One version of what partners may learn of a company they claim; the highest number counts."""

    visibility = Visibility.VENDOR
    append_only = True

    number = models.PositiveIntegerField()
    may_learn = models.CharField(max_length=10, choices=MayLearn)
    changed_at = models.DateTimeField()
    changed_by_label = models.CharField(max_length=120)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "number"], name="one_disclosure_policy_a_number")
        ]

    def __str__(self) -> str:
        return f"Disclosure policy v{self.number}"


class Assessment(TenantModel):
    """The facts a claim was held against the rules with, and what came of it at once.

    Partners do not read it: they read the sentences on their registration. A changed document is tried on these facts.
    """

    visibility = Visibility.VENDOR
    append_only = True

    registration = models.ForeignKey(DealRegistration, on_delete=models.PROTECT, related_name="assessments")
    version = models.ForeignKey(EngagementVersion, on_delete=models.PROTECT, related_name="+")
    facts = models.JSONField()
    kind = models.CharField(max_length=10, help_text="in_review or declined.")
    rule = models.CharField(max_length=60, blank=True, help_text="The rule that declined the claim.")
    hits = models.JSONField(
        default=list,
        db_default=models.Value([], models.JSONField()),
        help_text="What we knew of the company then, each with why it was taken to be the same.",
    )
    assessed_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["workspace", "assessed_at", "id"], name="assessments_in_order")]

    def __str__(self) -> str:
        return f"{self.registration_id} by {self.version_id}"


class EngagementTrial(TenantModel):
    """A changed document held against past claims: how far it is, and whose answer it would have changed."""

    visibility = Visibility.VENDOR

    document = models.TextField(help_text="The YAML text that is tried.")
    document_hash = models.CharField(max_length=64)
    against = models.ForeignKey(EngagementVersion, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField()
    started_by_label = models.CharField(max_length=120)
    finished_at = models.DateTimeField(null=True)
    claims = models.PositiveIntegerField(help_text="How many claims there are to try.")
    tried = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict, help_text="How many answers differ, by how.")
    rows = models.JSONField(default=list, help_text="The latest claims whose answer differs.")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["workspace", "-started_at"], name="engagement_trials_latest_first")]

    def __str__(self) -> str:
        return f"{self.document_hash[:6]} against {self.against}"
