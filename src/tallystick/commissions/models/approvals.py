"""Approval runs: earned lines that somebody prepared, somebody approved, and statements may carry from then on."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from tallystick.commissions.models.lines import CommissionLine
from tallystick.partners.models import Partner
from tallystick.platform.models import Person
from tallystick.platform.tenancy import TenantModel, Visibility


class RunState(models.TextChoices):
    """Where an approval run stands; a run is live while it is prepared or approved."""

    PREPARED = "prepared", _("To approve")
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Rejected")
    UNDONE = "undone", _("Undone")


class ApprovalRun(TenantModel):
    """All that was earned in one currency up to a day, put together to be approved as a whole.

    Its figures are those of its lines. Lines may be taken out while it is prepared; once rejected or undone it never
    changes again.
    """

    visibility = Visibility.VENDOR
    frozen_once: ClassVar[str] = "ended_at"

    number = models.CharField(max_length=32)
    through = models.DateField(help_text="Last day whose earned lines it takes.")
    month = models.DateField(help_text="First day of the month whose statements carry its lines.")
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=10, choices=RunState, default=RunState.PREPARED)
    lines = models.PositiveIntegerField(help_text="How many lines it holds.")
    given_minor = models.BigIntegerField(help_text="Sum of its lines above zero.")
    taken_minor = models.BigIntegerField(help_text="Sum of its lines below zero.")
    total_minor = models.BigIntegerField(help_text="Given plus taken.")
    digest = models.CharField(max_length=64, help_text="SHA-256 over its lines' ids and hashes.")
    prepared_at = models.DateTimeField()
    prepared_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    prepared_by_label = models.CharField(max_length=120)
    approved_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    approved_by_label = models.CharField(max_length=120, blank=True)
    checks = models.JSONField(default=list, help_text="What the checks found when it was approved.")
    ended_at = models.DateTimeField(null=True, help_text="When it was rejected or undone.")
    ended_by_label = models.CharField(max_length=120, blank=True)
    end_reason = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "number"], name="one_approval_run_a_number"),
            models.CheckConstraint(
                condition=models.Q(total_minor=models.F("given_minor") + models.F("taken_minor")),
                name="approval_run_totals_given_plus_taken",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="approved") | models.Q(approved_at__isnull=False),
                name="approved_run_says_when",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["workspace", "state", "-month"], name="approval_runs_by_state"),
        ]

    def __str__(self) -> str:
        return self.number


class ApprovalRunLine(TenantModel):
    """Puts a commission line into an approval run; a line is in one live run at most.

    A run that is rejected or undone, and a line that is taken out, is released: the row stays and never changes again.
    """

    visibility = Visibility.PARTNER_READS
    frozen_once: ClassVar[str] = "released_at"

    run = models.ForeignKey(ApprovalRun, on_delete=models.PROTECT, related_name="run_lines")
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="+")
    line = models.ForeignKey(CommissionLine, on_delete=models.PROTECT, related_name="run_lines")
    approved_at = models.DateTimeField(null=True)
    released_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["line"], condition=models.Q(released_at__isnull=True), name="a_line_is_in_one_live_approval_run"
            ),
        ]

    def __str__(self) -> str:
        return f"line {self.line_id} in run {self.run_id}"


class LineSetAside(TenantModel):
    """Keeps a line out of approval runs until somebody takes it back, for a reason that the partner reads."""

    visibility = Visibility.PARTNER_READS
    frozen_once: ClassVar[str] = "released_at"

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="+")
    line = models.ForeignKey(CommissionLine, on_delete=models.PROTECT, related_name="set_aside")
    reason = models.TextField(help_text="In words the partner reads.")
    set_aside_at = models.DateTimeField()
    set_aside_by_label = models.CharField(max_length=120)
    released_at = models.DateTimeField(null=True)
    released_by_label = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["line"], condition=models.Q(released_at__isnull=True), name="a_line_is_set_aside_once"
            ),
        ]

    def __str__(self) -> str:
        return f"line {self.line_id}: {self.reason}"


class ApprovalPolicy(TenantModel):
    """One version of what a workspace asks of approvals; the highest number counts."""

    visibility = Visibility.VENDOR
    append_only = True

    number = models.PositiveIntegerField()
    four_eyes_above_minor = models.BigIntegerField(
        help_text="In the workspace's currency: who prepares a run above it does not approve it."
    )
    rate_age_days = models.PositiveIntegerField(help_text="An exchange rate older than this is looked at.")
    change_percent = models.PositiveIntegerField(help_text="A total that moves by more is looked at.")
    changed_at = models.DateTimeField()
    changed_by_label = models.CharField(max_length=120)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "number"], name="one_approval_policy_a_number")
        ]

    def __str__(self) -> str:
        return f"Approval policy v{self.number}"
