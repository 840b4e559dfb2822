"""Deal registrations and the protection they win."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from tallystick.crm.models import Account, Opportunity
from tallystick.deals.models.forms import FormVersion
from tallystick.deals.models.slots import no_overlap
from tallystick.partners.models import Partner
from tallystick.platform.models import Person
from tallystick.platform.tenancy import TenantModel, Visibility


class RegistrationState(models.TextChoices):
    """Where a registration stands."""

    SUBMITTED = "submitted", _("In review")
    APPROVED = "approved", _("Approved")
    CONVERTED = "converted", _("Opportunity")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    EXPIRED = "expired", _("Expired")
    WON = "won", _("Won")
    LOST = "lost", _("Lost")


class MayLearn(models.TextChoices):
    """What a partner may learn of a company it claims, before the claim is approved."""

    NOTHING = "nothing", _("Nothing")
    KNOWN = "known", _("That we know it already")
    CONTACT = "contact", _("Whom to talk to about it")


class DealRegistration(TenantModel):
    """A partner's claim to a deal. Nothing submitted is ever lost: those that came second are kept as declined."""

    visibility = Visibility.PARTNER

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="registrations")
    reference = models.CharField(max_length=12)
    company = models.CharField(max_length=255)
    website = models.CharField(max_length=255, blank=True)
    country = models.CharField(max_length=80, blank=True)
    account_key = models.CharField(max_length=300, help_text="Normalised domain, else normalised name and country.")
    product_key = models.CharField(
        max_length=120,
        blank=True,
        default="",
        db_default="",
        help_text="The product claimed; empty = the whole account.",
    )
    distributor_named = models.CharField(
        max_length=120, blank=True, default="", db_default="", help_text="As the partner wrote it; empty = none."
    )
    distributor = models.ForeignKey(
        Partner, on_delete=models.PROTECT, null=True, related_name="distributed", help_text="Protected together."
    )
    contact_name = models.CharField(max_length=200, blank=True)
    contact_email = models.CharField(max_length=254, blank=True)
    value_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    close_on = models.DateField(null=True, help_text="When the partner expects to close.")
    note = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=RegistrationState, default=RegistrationState.SUBMITTED)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="registrations")
    opportunity = models.ForeignKey(Opportunity, on_delete=models.PROTECT, null=True, related_name="registrations")
    submitted_at = models.DateTimeField()
    submitted_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    terms = models.JSONField(
        default=dict,
        db_default=models.Value({}, models.JSONField()),
        help_text="Clock, approval and protection it was made under.",
    )
    answer_due_at = models.DateTimeField(help_text="While the clock is stopped: when it was due at that moment.")
    clock_stopped_at = models.DateTimeField(null=True, help_text="Since when we wait for the partner's answer.")
    escalations = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="How often somebody was told of the clock."
    )
    escalates_at = models.DateTimeField(null=True, help_text="When somebody is told next; none: nobody.")
    decided_at = models.DateTimeField(null=True)
    decided_by_label = models.CharField(max_length=120, blank=True)
    decision_rule = models.CharField(max_length=60, blank=True, help_text="Id of the rule the decision cites.")
    rules_reference = models.CharField(
        max_length=40, blank=True, default="", db_default="", help_text="Version of the rules the claim came in under."
    )
    decision_reason = models.TextField(blank=True, help_text="In words the partner reads.")
    protected_until = models.DateField(null=True)
    extensions = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="How often its protection was extended."
    )
    form_version = models.ForeignKey(
        FormVersion, on_delete=models.PROTECT, null=True, related_name="+", help_text="The form that was in force."
    )
    answers = models.JSONField(
        default=dict,
        db_default=models.Value({}, models.JSONField()),
        help_text="What the form asked beside the standard fields, by the field's id.",
    )
    explanation = models.JSONField(default=dict, help_text="Every rule with what it found; the vendor reads it.")
    disclosure = models.CharField(
        max_length=10,
        choices=MayLearn,
        default=MayLearn.KNOWN,
        db_default=MayLearn.KNOWN,
        help_text="What its partner may learn of the company, by the policy it came in under.",
    )
    told = models.JSONField(
        default=dict,
        db_default=models.Value({}, models.JSONField()),
        help_text="What its partner reads until it is approved; empty: all, as before there was a policy.",
    )
    undisclosed_rule = models.CharField(
        max_length=60,
        blank=True,
        default="",
        db_default="",
        help_text="Id of the rule that declines it, which its partner is not told: a person answers.",
    )
    receipt_hash = models.CharField(max_length=64, blank=True, help_text="Hash of its entry in the activity chain.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "reference"], name="one_registration_a_reference"),
            models.CheckConstraint(condition=models.Q(value_minor__gte=0), name="registration_value_is_not_negative"),
            models.CheckConstraint(
                condition=~models.Q(state="approved") | models.Q(protected_until__isnull=False),
                name="approved_registration_is_protected_until_a_date",
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=["converted", "won", "lost"]) | models.Q(opportunity__isnull=False),
                name="converted_registration_has_its_opportunity",
            ),
            models.CheckConstraint(
                condition=models.Q(form_version__isnull=False) | models.Q(answers={}),
                name="answers_of_a_registration_have_their_form",
            ),
            models.CheckConstraint(
                condition=models.Q(clock_stopped_at__isnull=True) | models.Q(state="submitted"),
                name="only_the_clock_of_a_registration_in_review_is_stopped",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["workspace", "state", "submitted_at"], name="registrations_by_state"),
            models.Index(fields=["workspace", "partner", "-submitted_at"], name="registrations_by_partner"),
            models.Index(fields=["workspace", "account_key"], name="registrations_by_account_key"),
            models.Index(fields=["receipt_hash"], name="registrations_by_receipt"),
            models.Index(
                fields=["workspace", "escalates_at"],
                condition=models.Q(state="submitted", escalates_at__isnull=False),
                name="registrations_that_escalate",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.company}"


class Protection(TenantModel):
    """The one claim that holds an account (and product): first to register wins.

    Claimed at submission with INSERT … ON CONFLICT DO NOTHING; the partial unique index is the judge, and between a
    claim to the whole account and one to a product of it the exclusion constraint is.
    """

    visibility = Visibility.PARTNER

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="protections")
    registration = models.ForeignKey(DealRegistration, on_delete=models.PROTECT, related_name="protections")
    account_key = models.CharField(max_length=300)
    product_key = models.CharField(max_length=120, blank=True, default="", help_text="Empty = the whole account.")
    claimed_at = models.DateTimeField()
    protected_until = models.DateField(null=True, help_text="Set on approval; last protected day.")
    released_at = models.DateTimeField(null=True)
    release_reason = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["workspace", "account_key", "product_key"],
                condition=models.Q(released_at__isnull=True),
                name="one_active_protection_an_account_and_product",
            ),
            no_overlap("whole_account_and_product_are_never_protected_side_by_side"),
        ]

    def __str__(self) -> str:
        return f"{self.account_key} for {self.partner}"


class OwnNextStep(TenantModel):
    """What we do next on a deal and when, in our own words; shown in place of what the CRM says.

    Of an opportunity or of a registration that is none yet. Partners do not read it.
    """

    visibility = Visibility.VENDOR

    opportunity = models.OneToOneField(Opportunity, on_delete=models.CASCADE, null=True, related_name="own_next_step")
    registration = models.OneToOneField(
        DealRegistration, on_delete=models.CASCADE, null=True, related_name="own_next_step"
    )
    words = models.CharField(max_length=200)
    due_on = models.DateField(null=True)
    set_at = models.DateTimeField()
    set_by_label = models.CharField(max_length=120)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(opportunity__isnull=False, registration__isnull=True)
                | models.Q(opportunity__isnull=True, registration__isnull=False),
                name="own_next_step_is_of_one_deal",
            )
        ]

    def __str__(self) -> str:
        return self.words
