"""Who at the vendor must have a second factor: one row a role of which it is asked."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from tallystick.platform.models.people import WorkspaceRole
from tallystick.platform.tenancy import TenantModel, Visibility


class SecondFactorRule(TenantModel):
    """A role whose people must have a second factor, since when, and with how many days to set one up."""

    visibility = Visibility.VENDOR

    role = models.CharField(max_length=20, choices=WorkspaceRole)
    grace_days = models.PositiveSmallIntegerField(help_text="Days from the rule, or from joining, until it binds.")
    required_since = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "role"], name="one_second_factor_rule_a_role"),
            models.CheckConstraint(condition=models.Q(grace_days__lte=90), name="grace_is_a_quarter_at_most"),
        ]

    def __str__(self) -> str:
        return f"{self.role}: {self.grace_days} days"
