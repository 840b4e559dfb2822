"""Conflicts: claims to one deal that stand against each other, what was ruled, and the appeal."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from tallystick.crm.models import Account, Opportunity
from tallystick.deals.models.registrations import DealRegistration
from tallystick.partners.models import Partner
from tallystick.platform.models import Person
from tallystick.platform.tenancy import TenantModel, Visibility


class ConflictKind(models.TextChoices):
    """Why claims stand against each other."""

    TWO_PARTNERS = "two_partners", _("Two partners")
    DIRECT_FIRST = "direct_first", _("Our own team was there")
    DIRECT_ON_PROTECTED = "direct_on_protected", _("Direct deal on a protected account")
    SEVERAL_SOURCES = "several_sources", _("Several possible sources")
    DISPUTED = "disputed", _("Disputed decision")


class ConflictState(models.TextChoices):
    """Where a case stands."""

    OPEN = "open", _("Waiting for a ruling")
    RULED = "ruled", _("Ruled, open to appeal")
    APPEALED = "appealed", _("Appealed")
    CLOSED = "closed", _("Closed")


class Conflict(TenantModel):
    """A case: at most one that is open of an account, a product and the claims to them."""

    visibility = Visibility.VENDOR

    kind = models.CharField(max_length=20, choices=ConflictKind)
    company = models.CharField(max_length=255)
    account_key = models.CharField(max_length=300)
    product_key = models.CharField(max_length=120, blank=True, default="")
    claims_key = models.CharField(max_length=200, help_text="What claims it is about, in one order.")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+")
    opportunity = models.ForeignKey(Opportunity, on_delete=models.PROTECT, null=True, related_name="conflicts")
    state = models.CharField(max_length=10, choices=ConflictState, default=ConflictState.OPEN)
    opened_at = models.DateTimeField()
    opened_by_label = models.CharField(max_length=120)
    words = models.TextField(blank=True, help_text="What whoever opened it by hand says.")
    due_at = models.DateTimeField(help_text="When a ruling is due; after an appeal, the second one.")
    appeal_until = models.DateField(null=True, help_text="Last day of the appeal, in the workspace's time zone.")
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["workspace", "account_key", "product_key", "claims_key"],
                condition=models.Q(closed_at__isnull=True),
                name="one_open_conflict_of_the_same_claims",
            ),
            models.CheckConstraint(
                condition=models.Q(state="closed", closed_at__isnull=False)
                | (~models.Q(state="closed") & models.Q(closed_at__isnull=True)),
                name="closed_conflict_has_its_moment",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["workspace", "state", "due_at"], name="conflicts_by_state"),
            models.Index(fields=["workspace", "-opened_at", "-id"], name="conflicts_latest"),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        """What people call the case."""
        return f"CF-{self.pk}"


class ClaimKind(models.TextChoices):
    """What somebody's claim rests on, the strongest first."""

    REGISTRATION = "registration", _("Registration")
    EVIDENCE = "evidence", _("Evidence")
    DIRECT = "direct", _("Our own team")
    DECISION = "decision", _("Our own decision")


class ConflictClaim(TenantModel):
    """One side of a case: who, on what grounds, since when, and what proves it. `partner` is none for our own team."""

    visibility = Visibility.PARTNER_READS

    conflict = models.ForeignKey(Conflict, on_delete=models.CASCADE, related_name="claims")
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, null=True, related_name="+")
    kind = models.CharField(max_length=12, choices=ClaimKind)
    registration = models.ForeignKey(DealRegistration, on_delete=models.PROTECT, null=True, related_name="contests")
    opportunity = models.ForeignKey(Opportunity, on_delete=models.PROTECT, null=True, related_name="+")
    happened_at = models.DateTimeField(null=True, help_text="When it was made or done; none where nobody knows.")
    learned_at = models.DateTimeField(null=True, help_text="When we learned of it.")
    held_account = models.BooleanField(default=False, help_text="Whether it held the account when the case arose.")
    grounds = models.TextField(blank=True, help_text="What it rests on, in words of the vendor's side.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["conflict", "partner"], nulls_distinct=False, name="one_claim_a_conflict_and_side"
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=["direct", "decision"], partner__isnull=True)
                | (~models.Q(kind__in=["direct", "decision"]) & models.Q(partner__isnull=False)),
                name="a_claim_is_a_partners_or_our_own",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} in {self.conflict_id}"

    @property
    def reference(self) -> str:
        """What people call its case; read without the case, which a partner cannot."""
        return f"CF-{self.conflict_id}"


class RulingOutcome(models.TextChoices):
    """What a ruling says."""

    UPHOLD = "uphold", _("One claim stands")
    SHARE = "share", _("The claims share")
    REJECT = "reject", _("No partner's claim stands")


class ConflictRuling(TenantModel):
    """What a person ruled: once, and after an appeal once more by somebody else."""

    visibility = Visibility.VENDOR
    append_only = True

    conflict = models.ForeignKey(Conflict, on_delete=models.PROTECT, related_name="rulings")
    number = models.PositiveSmallIntegerField(help_text="1, and 2 after an appeal.")
    outcome = models.CharField(max_length=10, choices=RulingOutcome)
    parts = models.JSONField(help_text="Partner id and parts per million, the source first; empty: no partner.")
    rule = models.CharField(max_length=60, help_text="Id of the rule it cites.")
    rules_reference = models.CharField(max_length=40)
    reason = models.TextField(help_text="In words both sides read.")
    ruled_at = models.DateTimeField()
    ruled_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    ruled_by_label = models.CharField(max_length=120)
    not_by = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, related_name="+", help_text="Who ruled before the appeal."
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["conflict", "number"], name="one_ruling_a_conflict_and_number"),
            models.CheckConstraint(condition=models.Q(number__in=[1, 2]), name="a_conflict_is_ruled_twice_at_most"),
            models.CheckConstraint(
                condition=models.Q(number=1)
                | (models.Q(ruled_by__isnull=False) & ~models.Q(ruled_by=models.F("not_by"))),
                name="an_appeal_is_decided_by_another_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.conflict_id}/{self.number}"


class ConflictAppeal(TenantModel):
    """What a side says against a ruling; one a case."""

    visibility = Visibility.PARTNER
    append_only = True

    conflict = models.OneToOneField(Conflict, on_delete=models.PROTECT, related_name="appeal")
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, null=True, related_name="+")
    words = models.TextField()
    appealed_at = models.DateTimeField()
    appealed_by_label = models.CharField(max_length=120)

    def __str__(self) -> str:
        return f"against {self.conflict_id}"
