"""What all commission lines come to, kept beside them so that no page has to add them up."""

from __future__ import annotations

from django.db import models

from tallystick.platform.tenancy import TenantModel, Visibility


class LineTotal(TenantModel):
    """A part of what the lines in one currency come to, and how far they are; the parts of a currency are added up.

    A trigger writes what each statement adds, in its own transaction and as a row of its own, so that nobody waits for
    anybody; a job folds the parts together (`services/line_totals.py`).
    """

    visibility = Visibility.VENDOR

    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField(help_text="All lines.")
    clawed_back_minor = models.BigIntegerField(help_text="The part that refunds and credit notes took back.")
    approved_minor = models.BigIntegerField(help_text="The part that a run approved, also where a statement has it.")
    stated_minor = models.BigIntegerField(help_text="The part that stands on statements.")

    def __str__(self) -> str:
        return f"{self.amount_minor} {self.currency}"
