"""Touches, the attribution policy, and one decision per opportunity with its credits."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from tallystick.crm.models import Account, Import, Opportunity
from tallystick.partners.models import Partner
from tallystick.platform.tenancy import TenantModel, Visibility


class TouchKind(models.TextChoices):
    """What a partner did. The policy says of each kind whether it can source or influence, and its weight."""

    REGISTRATION_APPROVED = "registration_approved", _("Registration approved")
    LEAD_ACCEPTED = "lead_accepted", _("Lead accepted")
    TRACKED_REFERRAL = "tracked_referral", _("Referral link or code")
    INTRODUCTION_ACCEPTED = "introduction_accepted", _("Introduction accepted")
    CO_SELL_MEETING = "co_sell_meeting", _("Co-sell meeting")
    DEMO = "demo", _("Demo or proof of concept")
    IMPLEMENTATION_SCOPED = "implementation_scoped", _("Implementation scoped")
    CO_MARKETING_RESPONSE = "co_marketing_response", _("Co-marketing response")
    NAMED_ON_OPPORTUNITY = "named_on_opportunity", _("Named on the CRM opportunity")


class Touch(TenantModel):
    """One piece of evidence that a partner did something for an account or an opportunity."""

    visibility = Visibility.PARTNER
    append_only = True

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="touches")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="touches")
    opportunity = models.ForeignKey(Opportunity, on_delete=models.PROTECT, null=True, related_name="touches")
    kind = models.CharField(max_length=24, choices=TouchKind)
    happened_on = models.DateField(help_text="When it happened, in the workspace's time zone.")
    learned_on = models.DateField(help_text="When we learned of it; after the lock date it changes nothing.")
    source = models.CharField(max_length=40)
    external_id = models.CharField(max_length=120)
    proof = models.TextField(blank=True, help_text="What proves it: a reference, a link, a quotation.")
    recorded_by_label = models.CharField(max_length=120, blank=True)

    class Meta:
        verbose_name_plural = "touches"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "source", "external_id"], name="one_touch_a_source_and_id")
        ]
        indexes: ClassVar = [models.Index(fields=["workspace", "account"], name="touches_by_account")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} by {self.partner}"


class PolicyVersion(TenantModel):
    """One version of the attribution policy: which touches source and influence, look-back, shares, lock."""

    visibility = Visibility.SHARED
    append_only = True

    number = models.PositiveIntegerField()
    document = models.JSONField()
    document_hash = models.CharField(max_length=64)
    published_at = models.DateTimeField()
    published_by_label = models.CharField(max_length=120)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "number"], name="one_policy_version_a_number")
        ]

    def __str__(self) -> str:
        return f"Attribution policy v{self.number}"


class Ruling(TenantModel):
    """What a person ruled of an opportunity when claims stood against each other; the newest of one decides.

    Never changed or removed: a ruling that was changed on appeal is followed by another.
    """

    visibility = Visibility.VENDOR
    append_only = True

    opportunity = models.ForeignKey(Opportunity, on_delete=models.PROTECT, related_name="rulings", db_index=False)
    source = models.CharField(max_length=40)
    external_id = models.CharField(max_length=120)
    claimants = ArrayField(models.BigIntegerField(), help_text="The partners it binds, by id, in order.")
    parts = models.JSONField(help_text="Partner id and parts per million, the source first; empty: none of them.")
    rule = models.CharField(max_length=60, help_text="Id of the rule that was cited.")
    rules_reference = models.CharField(max_length=40, help_text="Version of the rules of engagement.")
    ruled_at = models.DateTimeField()
    ruled_by_label = models.CharField(max_length=120)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "source", "external_id"], name="one_ruling_a_source_and_id")
        ]
        indexes: ClassVar = [
            models.Index(fields=["opportunity", "-ruled_at", "-external_id"], name="rulings_of_an_opportunity")
        ]

    def __str__(self) -> str:
        return self.external_id


class TouchRuling(TenantModel):
    """What a ruling said of a registration's evidence: that it stands no more, or after an appeal that it does again.

    Never changed or removed; of several on one touch the newest counts.
    """

    visibility = Visibility.VENDOR
    append_only = True

    touch = models.ForeignKey(Touch, on_delete=models.PROTECT, related_name="rulings")
    source = models.CharField(max_length=40)
    external_id = models.CharField(max_length=120, help_text="Of the ruling, in the system it came from.")
    stands = models.BooleanField(help_text="Whether the touch is evidence after it.")
    ruled_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["workspace", "touch", "source", "external_id"], name="one_ruling_a_touch_and_id"
            )
        ]

    def __str__(self) -> str:
        return f"{self.external_id} on {self.touch_id}"


class CreditClass(models.TextChoices):
    """The three classes; exclusive and exhaustive."""

    SOURCED = "sourced", _("Sourced")
    INFLUENCED = "influenced", _("Influenced")
    DIRECT = "direct", _("Direct")


class Decision(TenantModel):
    """Who brought an opportunity: one current decision each; older versions stay readable."""

    visibility = Visibility.VENDOR

    # Looked up by the unique constraint on opportunity and version.
    opportunity = models.ForeignKey(Opportunity, on_delete=models.CASCADE, related_name="decisions", db_index=False)
    version = models.PositiveIntegerField()
    is_current = models.BooleanField(default=True)
    credit_class = models.CharField(max_length=10, choices=CreditClass)
    policy = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="+")
    content_hash = models.CharField(max_length=64, help_text="SHA-256 of the policy and the record.")
    record = models.JSONField(help_text="Facts and verdicts; sentences are made from it when somebody reads.")
    gaps = ArrayField(
        models.CharField(max_length=24), default=list, db_default=[], help_text="Why a person should look at it."
    )
    decided_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["opportunity", "version"], name="one_decision_a_version"),
            models.UniqueConstraint(
                fields=["opportunity"],
                condition=models.Q(is_current=True),
                name="one_current_decision_an_opportunity",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["workspace", "id"], condition=models.Q(is_current=True), name="current_decisions_latest"
            ),
            models.Index(
                fields=["workspace", "credit_class", "id"],
                condition=models.Q(is_current=True),
                name="current_decisions_of_a_class",
            ),
            models.Index(
                fields=["workspace"],
                condition=models.Q(is_current=True) & ~models.Q(gaps=[]),
                name="current_decisions_with_gaps",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_credit_class_display()} v{self.version}"


class CreditRole(models.TextChoices):
    """What a partner is credited for."""

    SOURCE = "source", _("Source")
    INFLUENCE = "influence", _("Influence")


class Credit(TenantModel):
    """A partner's part in a decision. Shares of one decision sum to 1,000,000 parts per million."""

    visibility = Visibility.PARTNER_READS

    # Looked up by the unique constraint on decision and partner.
    decision = models.ForeignKey(Decision, on_delete=models.CASCADE, related_name="credits", db_index=False)
    opportunity = models.ForeignKey(Opportunity, on_delete=models.CASCADE, related_name="credits")
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="credits")
    role = models.CharField(max_length=10, choices=CreditRole)
    share_ppm = models.PositiveIntegerField(help_text="Share for pay, in parts per million.")
    is_current = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["decision", "partner"], name="one_credit_a_decision_and_partner"),
            models.CheckConstraint(condition=models.Q(share_ppm__lte=1_000_000), name="credit_share_is_at_most_one"),
            models.UniqueConstraint(
                fields=["opportunity"],
                condition=models.Q(is_current=True, role="source"),
                name="one_source_an_opportunity",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["opportunity"], condition=models.Q(is_current=True), name="current_credits"),
            models.Index(
                fields=["workspace", "partner"], condition=models.Q(is_current=True), name="current_credits_by_partner"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.partner}: {self.get_role_display()}"


class PendingOpportunity(TenantModel):
    """An opportunity whose facts or policy changed and that waits to be decided again.

    Plain rows without uniqueness: marking never waits for a decision in progress.
    """

    visibility = Visibility.VENDOR

    opportunity = models.ForeignKey(Opportunity, on_delete=models.CASCADE, related_name="+")
    cause_import = models.ForeignKey(Import, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)

    class Meta:
        verbose_name_plural = "pending opportunities"

    def __str__(self) -> str:
        return f"opportunity {self.opportunity_id}"
