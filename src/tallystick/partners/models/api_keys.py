"""Keys that programs call the API with, and the answers kept so that a request sent twice acts once."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from tallystick.partners.models.partners import Partner
from tallystick.platform.tenancy import TenantModel, Visibility


class ApiKey(TenantModel):
    """A key of the workspace or, with `partner`, of one partner. Of its secret only the hash is kept.

    Once revoked, its row never changes again.
    """

    visibility = Visibility.PARTNER
    frozen_once: ClassVar[str] = "revoked_at"

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, null=True, related_name="api_keys")
    name = models.CharField(max_length=60)
    prefix = models.CharField(max_length=40, help_text="The part of the key that may be shown: it finds the row.")
    secret_hash = models.CharField(max_length=64, help_text="SHA-256 of the whole key; its secret is 192 random bits.")
    permissions = ArrayField(models.CharField(max_length=40))
    created_at = models.DateTimeField()
    created_by_label = models.CharField(max_length=120)
    expires_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True, help_text="To within a minute.")
    revoked_at = models.DateTimeField(null=True)
    revoked_by_label = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["workspace", "prefix"], name="one_api_key_a_prefix")]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix})"


class ApiAnswer(TenantModel):
    """The answer to a request that changed something, kept for a day under the idempotency key it came with.

    Written in the transaction of the change. The key's owner, workspace or partner, has the idempotency key to itself.
    """

    visibility = Visibility.PARTNER

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, null=True, related_name="+")
    api_key = models.ForeignKey(ApiKey, on_delete=models.PROTECT, related_name="+")
    idempotency_key = models.CharField(max_length=200)
    request_hash = models.CharField(max_length=64, help_text="SHA-256 of method, address and body.")
    status = models.PositiveSmallIntegerField()
    body = models.TextField()
    answered_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["workspace", "partner", "idempotency_key"],
                nulls_distinct=False,
                name="one_api_answer_an_owner_and_idempotency_key",
            )
        ]
        indexes: ClassVar = [models.Index(fields=["workspace", "answered_at"], name="api_answers_by_age")]

    def __str__(self) -> str:
        return f"{self.status} for {self.idempotency_key}"
