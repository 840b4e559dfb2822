"""Mail that comes in: where it is taken from, and what is kept of each mail."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from tallystick.platform.tenancy import TenantModel, Visibility


class MailInState(models.TextChoices):
    """What became of a mail."""

    WAITING = "waiting", _("Waiting")
    REGISTERED = "registered", _("Registered")
    REPLIED = "replied", _("In a conversation")
    UNREADABLE = "unreadable", _("Not understood")
    HELD = "held", _("Held")
    IGNORED = "ignored", _("Ignored")
    DISCARDED = "discarded", _("Discarded")


class MailInWay(models.TextChoices):
    """How a mail reached us."""

    WEBHOOK = "webhook", _("Webhook")
    IMAP = "imap", _("Mailbox")


class MailInSettings(TenantModel):
    """Where a workspace takes mail: its address, who may send it here, and the mailbox it is fetched from.

    Secrets are kept sealed. Without a row nothing is taken.
    """

    visibility = Visibility.VENDOR

    address = models.CharField(max_length=254, help_text="deals@in.example.com: mail to it, and to it with +tags.")
    sealed_secret = models.TextField(help_text="Signs what a mail server sends to the webhook.")
    trusted_server = models.CharField(
        max_length=255, blank=True, help_text="authserv-id of the server whose Authentication-Results are believed."
    )
    imap_host = models.CharField(max_length=255, blank=True, help_text="Empty: no mailbox is fetched.")
    imap_port = models.PositiveIntegerField(default=993)
    imap_user = models.CharField(max_length=254, blank=True)
    sealed_imap_password = models.TextField(blank=True)
    imap_folder = models.CharField(max_length=255, default="INBOX")
    uid_validity = models.BigIntegerField(null=True, help_text="Of the mailbox; with another one it is read anew.")
    last_uid = models.BigIntegerField(default=0)
    fetched_at = models.DateTimeField(null=True)
    fetch_problem = models.CharField(max_length=250, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace"], name="one_set_of_mail_in_settings_a_workspace"),
            models.CheckConstraint(condition=models.Q(imap_port__range=(1, 65535)), name="imap_port_is_a_port"),
        ]

    def __str__(self) -> str:
        return self.address


class InboundMail(TenantModel):
    """One mail that came in, taken once, with what became of it and why."""

    visibility = Visibility.VENDOR

    message_key = models.CharField(max_length=64, help_text="SHA-256 of its Message-ID.")
    way = models.CharField(max_length=8, choices=MailInWay)
    recipient = models.CharField(max_length=254, blank=True, help_text="Whom it was delivered to, as the server said.")
    results = models.TextField(blank=True, help_text="What the server that signed it found out about the sender.")
    raw = models.BinaryField()
    is_cut = models.BooleanField(default=False, help_text="It was too large: only its beginning is kept.")
    received_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=MailInState, default=MailInState.WAITING)
    reason = models.TextField(blank=True, help_text="Why it was not taken, in words its sender or an admin reads.")
    sender = models.CharField(max_length=254, blank=True)
    subject = models.CharField(max_length=250, blank=True)
    partner_id = models.BigIntegerField(null=True, help_text="For whom it was taken.")
    reference = models.CharField(max_length=12, blank=True, help_text="Of the registration it made or is about.")
    settled_at = models.DateTimeField(null=True)
    settled_by_label = models.CharField(max_length=120, blank=True)
    answered_at = models.DateTimeField(null=True, help_text="When its sender was told what is missing.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "message_key"], name="one_inbound_mail_a_message_id")
        ]
        indexes: ClassVar = [
            models.Index(fields=["workspace", "state", "-received_at"], name="inbound_mail_by_state"),
            models.Index(fields=["workspace", "sender", "-received_at"], name="inbound_mail_by_sender"),
        ]

    def __str__(self) -> str:
        return self.subject or self.message_key
