"""Facts of the CRM: accounts, contacts, products, opportunities and what the direct team did."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from tallystick.crm.models.facts import Fact, as_named, natural_key


class Account(Fact):
    """A company that buys, or may."""

    name = models.CharField(max_length=255)
    normalised_name = models.CharField(max_length=255, help_text="Lower case, without legal form.")
    website = models.CharField(max_length=255, blank=True)
    domain = models.CharField(max_length=255, blank=True, help_text="Registrable domain, lower case; empty if none.")
    country = models.CharField(max_length=80, blank=True)
    industry = models.CharField(max_length=80, blank=True)
    owner_name = models.CharField(max_length=120, blank=True)
    is_customer = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints: ClassVar = [natural_key("account")]
        indexes: ClassVar = [
            models.Index(fields=["workspace", "domain"], name="accounts_by_domain"),
            models.Index(fields=["workspace", "normalised_name"], name="accounts_by_name"),
            models.Index("workspace", Lower("name"), "id", name="accounts_in_order_of_name"),
        ]

    def __str__(self) -> str:
        return self.name


class Contact(Fact):
    """A person at an account."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="contacts")
    account_named = as_named()
    name = models.CharField(max_length=200)
    email = models.CharField(max_length=254, blank=True)
    title = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints: ClassVar = [natural_key("contact")]

    def __str__(self) -> str:
        return self.name


class Product(Fact):
    """Something on the price list."""

    name = models.CharField(max_length=255)
    normalised_name = models.CharField(max_length=255)
    family = models.CharField(max_length=120, blank=True)
    list_price_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3, blank=True)

    class Meta:
        constraints: ClassVar = [natural_key("product")]

    def __str__(self) -> str:
        return self.name


class OpportunityStatus(models.TextChoices):
    """Whether an opportunity is still open, and how it ended."""

    OPEN = "open", _("Open")
    WON = "won", _("Won")
    LOST = "lost", _("Lost")


class DealKind(models.TextChoices):
    """What sort of revenue a deal or an invoice line is."""

    NEW = "new", _("New business")
    RENEWAL = "renewal", _("Renewal")
    EXPANSION = "expansion", _("Expansion")


class Opportunity(Fact):
    """A deal in the CRM. Those without an account are kept; they show up as attribution gaps."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="opportunities")
    account_named = as_named()
    product = models.ForeignKey(Product, on_delete=models.PROTECT, null=True, related_name="+")
    product_named = as_named()
    name = models.CharField(max_length=255)
    stage = models.CharField(max_length=80)
    status = models.CharField(max_length=4, choices=OpportunityStatus)
    kind = models.CharField(max_length=10, choices=DealKind, default=DealKind.NEW, db_default=DealKind.NEW)
    amount_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3)
    term_months = models.PositiveSmallIntegerField(null=True)
    opened_on = models.DateField(null=True, help_text="Created or engaged; in the workspace's time zone.")
    close_on = models.DateField(null=True, help_text="Expected close while open, close date when won or lost.")
    owner_name = models.CharField(max_length=120, blank=True)
    lead_source = models.CharField(max_length=120, blank=True)
    next_step = models.CharField(max_length=255, blank=True)
    partner_named = models.CharField(max_length=255, blank=True, help_text="The partner the CRM names, as it stands.")

    class Meta:
        constraints: ClassVar = [natural_key("opportunity")]
        indexes: ClassVar = [
            models.Index(fields=["workspace", "account"], name="opportunities_by_account"),
            models.Index(fields=["workspace", "-opened_on", "-id"], name="opportunities_latest_first"),
            models.Index(fields=["workspace", "status", "close_on"], name="opportunities_by_close"),
            models.Index(fields=["workspace", "close_on", "id"], name="opportunities_soonest_first"),
            models.Index(fields=["workspace", "stage", "opened_on", "id"], name="opportunities_by_stage"),
            models.Index(fields=["workspace", "owner_name", "opened_on", "id"], name="opportunities_by_owner"),
            models.Index(fields=["workspace", "currency", "amount_minor", "id"], name="opportunities_by_amount"),
            models.Index(
                fields=["workspace", "opened_on", "id"],
                condition=models.Q(account__isnull=True),
                name="opportunities_without_account",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class StageChange(Fact):
    """An opportunity entered a stage."""

    opportunity = models.ForeignKey(Opportunity, on_delete=models.CASCADE, related_name="stage_changes")
    stage = models.CharField(max_length=80)
    status = models.CharField(max_length=4, choices=OpportunityStatus)
    entered_on = models.DateField()

    class Meta:
        constraints: ClassVar = [natural_key("stage_change")]

    def __str__(self) -> str:
        return f"{self.stage} on {self.entered_on}"


class SalesActivity(Fact):
    """Something the direct team did for an account: direct evidence in attribution."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="sales_activities")
    opportunity = models.ForeignKey(Opportunity, on_delete=models.PROTECT, null=True, related_name="sales_activities")
    kind = models.CharField(max_length=20, help_text="meeting, call, e-mail …; only meetings are direct evidence.")
    happened_on = models.DateField()
    owner_name = models.CharField(max_length=120, blank=True)
    note = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [natural_key("sales_activity")]
        indexes: ClassVar = [models.Index(fields=["workspace", "account"], name="sales_activities_by_account")]

    def __str__(self) -> str:
        return f"{self.kind} on {self.happened_on}"
