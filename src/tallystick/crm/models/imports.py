"""Imports: the files that bring facts, the rows they refused, and what facts were before."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from tallystick.platform.models import Person
from tallystick.platform.tenancy import TenantModel, Visibility


class ImportState(models.TextChoices):
    """Where an import stands."""

    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    UNDONE = "undone", _("Undone")


class FactKind(models.TextChoices):
    """What a file holds: one kind of fact a file."""

    ACCOUNTS = "accounts", _("Accounts")
    CONTACTS = "contacts", _("Contacts")
    PRODUCTS = "products", _("Products")
    OPPORTUNITIES = "opportunities", _("Opportunities")
    SALES_ACTIVITIES = "sales_activities", _("Sales activities")
    SUBSCRIPTIONS = "subscriptions", _("Subscriptions")
    INVOICES = "invoices", _("Invoices")
    PAYMENTS = "payments", _("Payments")
    REFUNDS = "refunds", _("Refunds")
    CREDIT_NOTES = "credit_notes", _("Credit notes")
    EXCHANGE_RATES = "exchange_rates", _("Exchange rates")


class Import(TenantModel):
    """One file brought in as a whole; it can be repeated without effect and undone as a whole."""

    visibility = Visibility.VENDOR

    kind = models.CharField(max_length=20, choices=FactKind)
    source = models.CharField(max_length=40)
    file_name = models.CharField(max_length=255)
    file_hash = models.CharField(max_length=64, help_text="SHA-256 of the file's bytes.")
    reading = models.JSONField(default=dict, help_text="Columns, encoding, separator and date order it was read with.")
    state = models.CharField(max_length=10, choices=ImportState, default=ImportState.RUNNING)
    message = models.TextField(blank=True, help_text="Why it failed, or what a reader should know.")
    rows_total = models.PositiveIntegerField(default=0)
    rows_read = models.PositiveIntegerField(default=0)
    rows_added = models.PositiveIntegerField(default=0)
    rows_changed = models.PositiveIntegerField(default=0)
    rows_unchanged = models.PositiveIntegerField(default=0)
    rows_duplicate = models.PositiveIntegerField(default=0)
    rows_refused = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)
    started_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    started_by_label = models.CharField(max_length=120)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["workspace", "-started_at"], name="imports_latest_first")]

    def __str__(self) -> str:
        return f"{self.file_name} ({self.get_kind_display()})"


class ImportRefusal(TenantModel):
    """A row that was refused: where it stood, which column, why, and how to mend it."""

    visibility = Visibility.VENDOR

    batch = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="refusals")
    line = models.PositiveIntegerField(help_text="Line of the file on which the row begins; the header is line 1.")
    column = models.CharField(max_length=255, blank=True)
    value = models.TextField(blank=True)
    reason = models.TextField()
    row = models.JSONField(help_text="The row as it stood: a list of cell texts in the file's column order.")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["batch", "line"], name="refusals_by_line")]

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"


class ImportChange(TenantModel):
    """What a fact looked like before an import changed it, so that the import can be undone."""

    visibility = Visibility.VENDOR

    batch = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="changes")
    fact_kind = models.CharField(max_length=20, choices=FactKind)
    fact_id = models.BigIntegerField()
    before = models.JSONField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["batch", "fact_kind", "fact_id"], name="one_before_image_a_fact_and_import")
        ]

    def __str__(self) -> str:
        return f"{self.fact_kind} {self.fact_id} before import {self.batch_id}"


class ColumnMapping(TenantModel):
    """A saved answer to "which column is what" for exports whose columns are not guessed."""

    visibility = Visibility.VENDOR

    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=20, choices=FactKind)
    columns = models.JSONField(help_text="Field name → column header, and readings such as the date order.")
    saved_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "name"], name="one_column_mapping_a_name")
        ]

    def __str__(self) -> str:
        return self.name
