"""The lines that stand on no statement yet, kept apart: there are few of them, however many lines there are in all."""

from __future__ import annotations

from django.db import models

from tallystick.commissions.models.lines import CommissionLine
from tallystick.partners.models import Partner
from tallystick.platform.tenancy import TenantModel, Visibility


class UnstatedLine(TenantModel):
    """A commission line that stands on no statement: held, earned, set aside, in a run, or approved.

    Triggers add a row with each line and take it away with its line on a statement, in the same transaction.
    """

    visibility = Visibility.PARTNER_READS

    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="+")
    line = models.OneToOneField(CommissionLine, on_delete=models.CASCADE, related_name="+")

    def __str__(self) -> str:
        return f"line {self.line_id}"
