"""Workspaces: the tenants."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Workspace(models.Model):
    """The vendor company that runs a partner programme: the tenant."""

    slug = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    currency = models.CharField(max_length=3, help_text="Reporting currency, ISO 4217.")
    time_zone = models.CharField(max_length=40, default="UTC", help_text="IANA name; business dates are taken in it.")
    fiscal_year_start = models.PositiveSmallIntegerField(default=1, help_text="Month in which the fiscal year begins.")
    language = models.CharField(
        max_length=12, default="", blank=True, help_text="For people who chose none; empty for the installation's."
    )
    accent = models.CharField(
        max_length=7, default="", blank=True, help_text="The vendor's colour as chosen, #rrggbb; empty for ours."
    )
    logo_digest = models.CharField(
        max_length=16, default="", blank=True, help_text="Names the logo in its address; empty for ours."
    )
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(currency__regex="^[A-Z]{3}$"), name="workspace_currency_is_iso"),
            models.CheckConstraint(
                condition=models.Q(fiscal_year_start__range=(1, 12)), name="workspace_fiscal_start_is_a_month"
            ),
        ]

    def __str__(self) -> str:
        return self.name
