"""What the rows of a table come to, kept beside them so that no page has to add them up."""

from __future__ import annotations

from django.db import models

from tallystick.crm.models.sales import OpportunityStatus
from tallystick.platform.tenancy import TenantModel, Visibility


class StageTotal(TenantModel):
    """A part of how many opportunities stand in a stage and what they come to; the parts of a stage are added up.

    A trigger writes what each statement on opportunities adds and takes away, in its own transaction and as a row of
    its own, so that nobody waits for anybody; a job folds the parts together (`services/stage_totals.py`).
    """

    visibility = Visibility.VENDOR

    stage = models.CharField(max_length=80)
    status = models.CharField(max_length=4, choices=OpportunityStatus)
    currency = models.CharField(max_length=3)
    deals = models.BigIntegerField()
    without_account = models.BigIntegerField(help_text="Those of `deals` that belong to no account.")
    amount_minor = models.BigIntegerField(help_text="Sum of the amounts known.")

    def __str__(self) -> str:
        return f"{self.deals} in {self.stage}"
