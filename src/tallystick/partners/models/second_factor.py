"""Which partner asks its own team for a second factor."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from tallystick.partners.models.partners import Partner
from tallystick.platform.tenancy import TenantModel, Visibility


class TeamSecondFactor(TenantModel):
    """A partner's admin asks the whole team for a second factor; without a row nobody is asked."""

    visibility = Visibility.PARTNER

    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="+")
    grace_days = models.PositiveSmallIntegerField(help_text="Days from the rule, or from joining, until it binds.")
    required_since = models.DateTimeField()
    required_by_label = models.CharField(max_length=120)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["partner"], name="one_second_factor_rule_a_team"),
            models.CheckConstraint(condition=models.Q(grace_days__lte=90), name="grace_of_a_team_is_a_quarter_at_most"),
        ]

    def __str__(self) -> str:
        return f"{self.partner}: {self.grace_days} days"
