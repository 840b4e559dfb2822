"""What every imported fact has: a natural key and the imports that brought it."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from tallystick.crm.models.imports import Import
from tallystick.platform.tenancy import TenantModel, Visibility


class Fact(TenantModel):
    """Base of every imported fact: its natural key and the imports that added and last changed it."""

    visibility = Visibility.VENDOR

    source = models.CharField(max_length=40)
    external_id = models.CharField(max_length=120)
    added_by_import = models.ForeignKey(Import, on_delete=models.PROTECT, null=True, related_name="+")
    changed_by_import = models.ForeignKey(Import, on_delete=models.PROTECT, null=True, related_name="+")
    learned_at = models.DateTimeField(auto_now_add=True, db_default=Now())

    class Meta:
        abstract = True


def natural_key(table: str) -> models.UniqueConstraint:
    """Return the constraint that a fact exists once per workspace, outside system and id there."""
    return models.UniqueConstraint(fields=["workspace", "source", "external_id"], name=f"one_{table}_a_source_and_id")


def as_named() -> models.CharField[str, str]:
    """Return the column that keeps how the CRM refers to a fact, by which it is linked once that fact is known."""
    return models.CharField(
        max_length=255,
        blank=True,
        default="",
        db_default="",
        help_text="Its id in the CRM, else its name, as it stands.",
    )
