"""The address at which a partner takes registrations from people who do not sign in."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from tallystick.partners.models.partners import Partner
from tallystick.platform.tenancy import TenantModel, Visibility


class PublicForm(TenantModel):
    """A partner's public form: open while `closed_at` is empty. Its token is found by its hash and kept sealed."""

    visibility = Visibility.PARTNER

    partner = models.OneToOneField(Partner, on_delete=models.PROTECT, related_name="public_form")
    token_hash = models.CharField(max_length=64)
    sealed_token = models.TextField(help_text="Shown again to those who manage the form.")
    opened_at = models.DateTimeField(help_text="When the address in use was made.")
    opened_by_label = models.CharField(max_length=120)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "token_hash"], name="one_public_form_a_token")
        ]

    def __str__(self) -> str:
        return f"Public form of {self.partner}"
