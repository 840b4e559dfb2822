"""Outgoing webhooks: where programs are told of events, what was sent to them and how each attempt went."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from tallystick.platform.models.people import Person
from tallystick.platform.tenancy import TenantModel, Visibility


class WebhookPause(models.TextChoices):
    """Why an endpoint is told nothing."""

    PERSON = "person", _("paused by a person")
    FAILING = "failing", _("paused after days without success")
    GONE = "gone", _("paused because the receiver said it is gone")


class WebhookState(models.TextChoices):
    """How far a message is."""

    QUEUED = "queued", _("Waiting")
    DELIVERED = "delivered", _("Delivered")
    FAILED = "failed", _("Failed")
    HELD = "held", _("Held back")


class WebhookEndpoint(TenantModel):
    """An address that is told of chosen events of the workspace or, with `partner_id`, of one partner's own.

    Its secrets are kept sealed. While `old_secret_until` is to come, both sign.
    """

    visibility = Visibility.PARTNER

    partner_id = models.BigIntegerField(null=True, help_text="The partner whose endpoint it is, if one's.")
    url = models.CharField(max_length=500)
    description = models.CharField(max_length=120, blank=True)
    types = ArrayField(models.CharField(max_length=60), help_text="The types of events it is told of.")
    sealed_secret = models.TextField()
    sealed_old_secret = models.TextField(blank=True)
    old_secret_until = models.DateTimeField(null=True)
    since_position = models.BigIntegerField(default=0, help_text="It is told of what comes after this entry.")
    paused_at = models.DateTimeField(null=True)
    pause = models.CharField(max_length=10, choices=WebhookPause, blank=True)
    failing_since = models.DateTimeField(null=True, help_text="The first attempt that failed since the last success.")
    is_slow = models.BooleanField(default=False, help_text="The last attempt took long: it shares a place with others.")
    told_failing_at = models.DateTimeField(null=True, help_text="When somebody was told that it fails.")
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    created_by_label = models.CharField(max_length=120)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(paused_at__isnull=True, pause="")
                | models.Q(paused_at__isnull=False) & ~models.Q(pause=""),
                name="paused_webhook_says_why",
            )
        ]

    def __str__(self) -> str:
        return self.description or self.url


class WebhookDelivery(TenantModel):
    """One message to one endpoint: its bytes are fixed when it is written, and its id is the same at each attempt."""

    visibility = Visibility.PARTNER

    partner_id = models.BigIntegerField(null=True, help_text="The partner whose endpoint it is for, if one's.")
    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="deliveries")
    message_id = models.CharField(max_length=40)
    type = models.CharField(max_length=60)
    position = models.BigIntegerField(null=True, help_text="The entry it tells of; none for a test.")
    body = models.TextField()
    state = models.CharField(max_length=10, choices=WebhookState, default=WebhookState.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0, help_text="Since it was last asked for.")
    due_at = models.DateTimeField()
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    last_status = models.PositiveSmallIntegerField(null=True)
    problem = models.CharField(max_length=250, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["workspace", "endpoint", "message_id"], name="one_webhook_delivery_an_endpoint_and_message"
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["workspace", "endpoint", "due_at"],
                condition=models.Q(state="queued"),
                name="webhook_deliveries_due",
            ),
            models.Index(fields=["workspace", "-created_at"], name="webhook_deliveries_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.message_id}"


class WebhookAttempt(TenantModel):
    """One try to deliver a message: what the receiver answered, or why no answer came."""

    visibility = Visibility.PARTNER

    partner_id = models.BigIntegerField(null=True)
    delivery = models.ForeignKey(WebhookDelivery, on_delete=models.CASCADE, related_name="tries")
    at = models.DateTimeField()
    status = models.PositiveSmallIntegerField(null=True)
    milliseconds = models.PositiveIntegerField()
    answer = models.CharField(max_length=1_000, blank=True, help_text="The first characters of the answer.")
    problem = models.CharField(max_length=250, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["delivery", "at"], name="webhook_attempts_in_order")]

    def __str__(self) -> str:
        return f"{self.status or self.problem}"


class WebhookCursor(TenantModel):
    """How far the activity stream of a workspace is written down as messages."""

    visibility = Visibility.VENDOR

    position = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["workspace"], name="one_webhook_cursor_a_workspace")]

    def __str__(self) -> str:
        return str(self.position)
