"""What people are told: notices, what each wants to hear of, and what was sent."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from tallystick.platform.models.people import Person
from tallystick.platform.tenancy import TenantModel, Visibility


class NoticeUrgency(models.TextChoices):
    """How loudly a notice asks."""

    NORMAL = "normal", _("For information")
    ACT = "act", _("Somebody must act")
    MONEY = "money", _("Money changed")


class DeliveryChannel(models.TextChoices):
    """How something left the house."""

    MAIL = "mail", _("E-mail")
    DIGEST = "digest", _("Digest")
    CHAT = "chat", _("Chat")


class DeliveryState(models.TextChoices):
    """Where a delivery stands."""

    QUEUED = "queued", _("Waiting")
    SENT = "sent", _("Sent")
    SKIPPED = "skipped", _("Not needed any more")
    FAILED = "failed", _("Failed")


class ChatService(models.TextChoices):
    """A chat that takes messages by an incoming webhook."""

    SLACK = "slack", _("Slack")
    TEAMS = "teams", _("Microsoft Teams")


class NoticeCursor(TenantModel):
    """How far the activity stream was read for notices; its row is locked while it is."""

    visibility = Visibility.VENDOR

    position = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["workspace"], name="one_notice_cursor_a_workspace")]

    def __str__(self) -> str:
        return f"read up to {self.position}"


class ChatWebhook(TenantModel):
    """A channel of Slack or Teams that is told of some kinds; its address is a secret and kept sealed."""

    visibility = Visibility.VENDOR

    service = models.CharField(max_length=8, choices=ChatService)
    name = models.CharField(max_length=80)
    sealed_url = models.TextField()
    host = models.CharField(max_length=255, help_text="All of the address that is ever shown.")
    kinds = models.JSONField(default=list)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "name"], name="one_chat_webhook_a_name_and_workspace")
        ]

    def __str__(self) -> str:
        return self.name


class Delivery(TenantModel):
    """One mail or chat message: waiting until `due_at`, then sent, or not needed, or failed with the reason.

    While one about a topic waits for a person, what else happens to the topic joins it.
    """

    visibility = Visibility.PARTNER

    partner_id = models.BigIntegerField(null=True, help_text="Set where the reader works for a partner.")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, null=True, related_name="+")
    webhook = models.ForeignKey(ChatWebhook, on_delete=models.CASCADE, null=True, related_name="deliveries")
    channel = models.CharField(max_length=8, choices=DeliveryChannel)
    topic = models.CharField(max_length=120)
    state = models.CharField(max_length=8, choices=DeliveryState, default=DeliveryState.QUEUED)
    due_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    subject = models.CharField(max_length=250, blank=True)
    url = models.CharField(max_length=250, blank=True)
    problem = models.CharField(max_length=250, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["workspace", "person", "partner_id", "webhook", "topic"],
                condition=models.Q(state="queued"),
                nulls_distinct=False,
                name="one_waiting_delivery_a_reader_and_topic",
            )
        ]
        indexes: ClassVar = [models.Index(fields=["workspace", "person", "topic", "-sent_at"], name="deliveries_last")]

    def __str__(self) -> str:
        return self.subject or self.topic


class Notice(TenantModel):
    """One thing a person is told, from one entry of the activity stream; never twice."""

    visibility = Visibility.PARTNER

    partner_id = models.BigIntegerField(null=True, help_text="Set where the reader works for a partner.")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="notices")
    position = models.BigIntegerField(help_text="The entry of the activity stream it tells of.")
    topic = models.CharField(max_length=120, help_text="What it is about: the kind and id of a record.")
    verb = models.CharField(max_length=60)
    kind = models.CharField(max_length=30)
    label = models.CharField(max_length=120, help_text="What stands in brackets in a mail's subject.")
    title = models.CharField(max_length=250)
    text = models.TextField(blank=True)
    url = models.CharField(max_length=250)
    urgency = models.CharField(max_length=8, choices=NoticeUrgency, default=NoticeUrgency.NORMAL)
    in_app = models.BooleanField(default=True)
    in_digest = models.BooleanField(default=True)
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    delivery = models.ForeignKey(Delivery, on_delete=models.SET_NULL, null=True, related_name="notices")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["workspace", "person", "partner_id", "position", "topic"],
                nulls_distinct=False,
                name="one_notice_a_person_and_entry",
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["workspace", "person"],
                condition=models.Q(read_at__isnull=True, in_app=True),
                name="notices_unread",
            ),
            models.Index(fields=["workspace", "person", "-at"], name="notices_latest"),
        ]

    def __str__(self) -> str:
        return self.title


class NoticeChoice(TenantModel):
    """What one person chose for one kind and channel, against the default of the role or the team."""

    visibility = Visibility.PARTNER

    partner_id = models.BigIntegerField(null=True)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=30)
    channel = models.CharField(max_length=8)
    reach = models.CharField(max_length=14)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["workspace", "person", "partner_id", "kind", "channel"],
                nulls_distinct=False,
                name="one_notice_choice_a_person_kind_and_channel",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} by {self.channel}: {self.reach}"


class TeamNoticeDefault(TenantModel):
    """What a partner's admin set for the whole team, for one kind and channel."""

    visibility = Visibility.PARTNER

    partner_id = models.BigIntegerField()
    kind = models.CharField(max_length=30)
    channel = models.CharField(max_length=8)
    reach = models.CharField(max_length=14)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["workspace", "partner_id", "kind", "channel"], name="one_team_default_a_kind_and_channel"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} by {self.channel}: {self.reach}"


class DigestChoice(TenantModel):
    """When one person wants a digest; without a row the default of the role holds."""

    visibility = Visibility.PARTNER

    partner_id = models.BigIntegerField(null=True)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=10, help_text="daily or weekly.")
    is_on = models.BooleanField(default=True)
    hour = models.PositiveSmallIntegerField(default=8, help_text="Full hour of the day, in `time_zone`.")
    weekday = models.PositiveSmallIntegerField(default=0, help_text="0 is Monday; for the weekly digest.")
    time_zone = models.CharField(max_length=40, blank=True, help_text="IANA name; empty is the workspace's.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["workspace", "person", "partner_id", "digest"],
                nulls_distinct=False,
                name="one_digest_choice_a_person_and_digest",
            ),
            models.CheckConstraint(condition=models.Q(hour__range=(0, 23)), name="digest_hour_is_an_hour"),
            models.CheckConstraint(condition=models.Q(weekday__range=(0, 6)), name="digest_weekday_is_a_weekday"),
        ]

    def __str__(self) -> str:
        return f"{self.digest} digest"


class DigestSent(TenantModel):
    """A digest was written for a person and period, or had nothing to tell: never twice."""

    visibility = Visibility.PARTNER

    partner_id = models.BigIntegerField(null=True)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=10)
    period = models.CharField(max_length=20, help_text="The local day it was due on, or the statement's number.")
    written_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["workspace", "person", "partner_id", "digest", "period"],
                nulls_distinct=False,
                name="one_digest_a_person_and_period",
            )
        ]

    def __str__(self) -> str:
        return f"{self.digest} of {self.period}"


class NoticeRules(TenantModel):
    """When silence is broken and who is reminded: one row a workspace, made when an admin changes something."""

    visibility = Visibility.VENDOR

    nudge_owner_days = models.PositiveSmallIntegerField(default=7)
    tell_partner_days = models.PositiveSmallIntegerField(default=10)
    answer_due_hours = models.PositiveSmallIntegerField(default=8)
    quiet_partner_days = models.PositiveSmallIntegerField(default=60)
    protection_days = models.JSONField(default=list, help_text="Days before the end of a protection, largest first.")
    coalesce_minutes = models.PositiveSmallIntegerField(default=30)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace"], name="one_set_of_notice_rules_a_workspace"),
            models.CheckConstraint(
                condition=models.Q(nudge_owner_days__gte=1) & models.Q(tell_partner_days__gte=1),
                name="silence_lasts_a_day_at_least",
            ),
        ]

    def __str__(self) -> str:
        return f"silence {self.nudge_owner_days}/{self.tell_partner_days} days"


class ReminderGiven(TenantModel):
    """A reminder was recorded for an occasion, such as one silence of one registration: never twice."""

    visibility = Visibility.VENDOR

    verb = models.CharField(max_length=60)
    subject_id = models.BigIntegerField()
    occasion = models.CharField(max_length=60)
    given_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["workspace", "verb", "subject_id", "occasion"], name="one_reminder_an_occasion"
            )
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.subject_id} {self.occasion}"


class MailAction(TenantModel):
    """What one link in one mail may do, once, as the person it was sent to."""

    visibility = Visibility.PARTNER

    partner_id = models.BigIntegerField(null=True)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    action = models.CharField(max_length=20)
    subject_kind = models.CharField(max_length=40)
    subject_id = models.BigIntegerField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.action} {self.subject_kind} {self.subject_id}"
