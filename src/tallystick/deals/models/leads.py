"""Leads: introductions of companies, from a partner to the vendor or from the vendor to the partner that fits best.

`partner` of a lead is who may read it: the partner that introduced it, or the one that accepted it. A partner that is
only asked reads its offer, which holds no contact; row-level security keeps the rest from it.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from tallystick.crm.models import Account, Opportunity
from tallystick.deals.models.forms import FormVersion
from tallystick.deals.models.registrations import DealRegistration, MayLearn
from tallystick.partners.models import Partner, PartnerType
from tallystick.platform.models import Person
from tallystick.platform.tenancy import TenantModel, Visibility


class LeadDirection(models.TextChoices):
    """Who introduces a company to whom."""

    TO_VENDOR = "to_vendor", _("From a partner")
    TO_PARTNER = "to_partner", _("To a partner")


class LeadState(models.TextChoices):
    """Where a lead stands."""

    NEW = "new", _("New")
    ACCEPTED = "accepted", _("Accepted")
    QUALIFIED = "qualified", _("Qualified")
    CONVERTED = "converted", _("Converted")
    DECLINED = "declined", _("Declined")


class Lead(TenantModel):
    """An introduction: new, accepted, qualified, converted to a deal, or declined with a reason.

    `answer_due_at` is when a partner that introduced a company has its answer; a lead of the vendor's has none, its
    clocks are those of its offers. `returned_at` stands while nobody is left to be asked.
    """

    visibility = Visibility.PARTNER_READS

    partner = models.ForeignKey(
        Partner,
        on_delete=models.PROTECT,
        null=True,
        related_name="leads",
        help_text="Who introduced it, or accepted it; none while a lead of ours has no partner yet.",
    )
    direction = models.CharField(max_length=10, choices=LeadDirection, default=LeadDirection.TO_VENDOR)
    state = models.CharField(max_length=10, choices=LeadState, default=LeadState.NEW)
    reference = models.CharField(max_length=12)
    company = models.CharField(max_length=255)
    website = models.CharField(max_length=255, blank=True)
    country = models.CharField(max_length=80, blank=True)
    account_key = models.CharField(max_length=300, help_text="Normalised domain, else normalised name and country.")
    contact_name = models.CharField(max_length=200, blank=True)
    contact_email = models.CharField(max_length=254, blank=True)
    contact_phone = models.CharField(max_length=40, blank=True)
    need = models.TextField(blank=True, help_text="What the company needs, without names of people.")
    promises_introduction = models.BooleanField(default=False, db_default=False)
    wanted_type = models.CharField(max_length=20, choices=PartnerType, blank=True)
    wanted_certificate = models.CharField(max_length=120, blank=True)
    source = models.CharField(max_length=40, blank=True, help_text="Where it came from: the portal, an import, us.")
    form_key = models.CharField(max_length=64, help_text="Stands in the form: a form sent twice is one lead.")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="leads")
    opportunity = models.ForeignKey(Opportunity, on_delete=models.PROTECT, null=True, related_name="leads")
    registration = models.OneToOneField(DealRegistration, on_delete=models.PROTECT, null=True, related_name="lead")
    owner = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, related_name="+", help_text="The colleague who looks after it."
    )
    introduced_at = models.DateTimeField()
    introduced_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    introduced_by_label = models.CharField(max_length=120)
    answer_due_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    answered_by_label = models.CharField(max_length=120, blank=True)
    qualified_at = models.DateTimeField(null=True)
    converted_at = models.DateTimeField(null=True)
    declined_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True, help_text="Why it was declined, in words the partner reads.")
    returned_at = models.DateTimeField(null=True)
    form_version = models.ForeignKey(
        FormVersion, on_delete=models.PROTECT, null=True, related_name="+", help_text="The form that was in force."
    )
    answers = models.JSONField(
        default=dict,
        db_default=models.Value({}, models.JSONField()),
        help_text="What the form asked beside the standard fields, by the field's id.",
    )
    receipt_hash = models.CharField(max_length=64, blank=True, help_text="Hash of its entry in the activity chain.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "reference"], name="one_lead_a_reference"),
            models.UniqueConstraint(fields=["workspace", "form_key"], name="one_lead_a_form"),
            models.UniqueConstraint(
                fields=["workspace", "partner", "account_key"],
                condition=models.Q(direction="to_vendor", state__in=["new", "accepted", "qualified"]),
                name="one_open_introduction_a_partner_and_company",
            ),
            models.CheckConstraint(
                condition=models.Q(form_version__isnull=False) | models.Q(answers={}),
                name="answers_of_a_lead_have_their_form",
            ),
            models.CheckConstraint(
                condition=~models.Q(direction="to_vendor") | models.Q(partner__isnull=False),
                name="introduced_lead_has_its_partner",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["new", "declined"]) | models.Q(partner__isnull=False),
                name="accepted_lead_has_a_partner",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="converted")
                | models.Q(opportunity__isnull=False)
                | models.Q(registration__isnull=False),
                name="converted_lead_became_a_deal",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="declined") | ~models.Q(reason=""), name="declined_lead_has_a_reason"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["workspace", "state", "introduced_at"], name="leads_by_state"),
            models.Index(fields=["workspace", "partner", "-introduced_at"], name="leads_by_partner"),
            models.Index(fields=["workspace", "account_key"], name="leads_by_account_key"),
            models.Index(fields=["receipt_hash"], name="leads_by_receipt"),
            models.Index(
                fields=["workspace", "answer_due_at"],
                condition=models.Q(state="new", direction="to_vendor"),
                name="leads_that_wait",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.company}"


class LeadAssessment(TenantModel):
    """What was known about a company when it was introduced, check by check, and what its partner was told of it.

    Partners do not read it.
    """

    visibility = Visibility.VENDOR
    append_only = True

    lead = models.OneToOneField(Lead, on_delete=models.PROTECT, related_name="assessment")
    explanation = models.JSONField()
    disclosure = models.CharField(
        max_length=10,
        choices=MayLearn,
        blank=True,
        default="",
        db_default="",
        help_text="What its partner might learn of the company then; empty: before that was kept.",
    )
    told = models.CharField(
        max_length=400, blank=True, default="", db_default="", help_text="What its partner was told; empty: nothing."
    )

    def __str__(self) -> str:
        return f"checks of {self.lead_id}"


class LeadOfferState(models.TextChoices):
    """Where an offer stands."""

    OPEN = "open", _("Waits for an answer")
    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Declined")
    LAPSED = "lapsed", _("Lapsed")
    WITHDRAWN = "withdrawn", _("Taken back")


class LeadOffer(TenantModel):
    """A lead of the vendor's, offered to one partner until a moment; it tells what the partner may know before.

    One partner is asked at a time, and one accepts: the partial unique indexes are the judges.
    """

    visibility = Visibility.PARTNER_READS

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="offers")
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="lead_offers")
    state = models.CharField(max_length=10, choices=LeadOfferState, default=LeadOfferState.OPEN)
    reference = models.CharField(max_length=12, help_text="The lead's.")
    company = models.CharField(max_length=255)
    country = models.CharField(max_length=80, blank=True)
    need = models.TextField(blank=True)
    offered_at = models.DateTimeField()
    due_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    answered_by_label = models.CharField(max_length=120, blank=True)
    reason = models.TextField(blank=True, help_text="Why the partner declined.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["lead"], condition=models.Q(state="open"), name="one_partner_is_asked_at_a_time"
            ),
            models.UniqueConstraint(fields=["lead"], condition=models.Q(state="accepted"), name="one_partner_accepts"),
            models.CheckConstraint(
                condition=models.Q(state="open", answered_at__isnull=True)
                | (~models.Q(state="open") & models.Q(answered_at__isnull=False)),
                name="answered_offer_has_its_moment",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["workspace", "due_at"], condition=models.Q(state="open"), name="open_lead_offers"),
            models.Index(fields=["workspace", "partner", "-offered_at"], name="lead_offers_by_partner"),
        ]

    def __str__(self) -> str:
        return f"{self.reference} to {self.partner_id}"


class LeadRanking(TenantModel):
    """Why a partner was asked: every partner that was considered, with its figures. Partners do not read it."""

    visibility = Visibility.VENDOR
    append_only = True

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="rankings")
    chosen = models.ForeignKey(Partner, on_delete=models.PROTECT, null=True, related_name="+")
    policy = models.CharField(max_length=40, help_text="Version and digest: lead_routing@2#ab12cd.")
    document = models.JSONField(help_text="The ranking with its steps, the best first.")
    by_hand = models.BooleanField(default=False)
    reason = models.TextField(blank=True, help_text="Why somebody chose by hand.")
    made_at = models.DateTimeField()
    made_by_label = models.CharField(max_length=120)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(by_hand=False) | ~models.Q(reason=""), name="choice_by_hand_has_a_reason"
            )
        ]
        indexes: ClassVar = [models.Index(fields=["lead", "-made_at"], name="rankings_of_a_lead")]

    def __str__(self) -> str:
        return f"{self.lead_id} under {self.policy}"


class LeadPolicyVersion(TenantModel):
    """One version of the policy of leads: clocks, weights of the ranking, open leads a tier may have."""

    visibility = Visibility.VENDOR
    append_only = True

    number = models.PositiveIntegerField()
    document = models.JSONField()
    document_hash = models.CharField(max_length=64)
    published_at = models.DateTimeField()
    published_by_label = models.CharField(max_length=120)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "number"], name="one_lead_policy_version_a_number")
        ]

    def __str__(self) -> str:
        return f"Lead policy v{self.number}"
