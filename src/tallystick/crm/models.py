"""Revenue facts mirrored from CRM and billing, and the imports that bring them.

Every fact has a natural key: the outside system (`source`) and its id there (`external_id`). Amounts are integers of
minor units beside an ISO 4217 currency; business dates are dates in the workspace's time zone.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from tallystick.platform.models import Person
from tallystick.platform.tenancy import TenantModel, Visibility


class ImportState(models.TextChoices):
    """Where an import stands."""

    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"
    UNDONE = "undone", "Undone"


class FactKind(models.TextChoices):
    """What a file holds: one kind of fact a file."""

    ACCOUNTS = "accounts", "Accounts"
    CONTACTS = "contacts", "Contacts"
    PRODUCTS = "products", "Products"
    OPPORTUNITIES = "opportunities", "Opportunities"
    SALES_ACTIVITIES = "sales_activities", "Sales activities"
    SUBSCRIPTIONS = "subscriptions", "Subscriptions"
    INVOICES = "invoices", "Invoices"
    PAYMENTS = "payments", "Payments"
    REFUNDS = "refunds", "Refunds"
    CREDIT_NOTES = "credit_notes", "Credit notes"
    EXCHANGE_RATES = "exchange_rates", "Exchange rates"


class Import(TenantModel):
    """One file brought in as a whole; it can be repeated without effect and undone as a whole."""

    visibility = Visibility.VENDOR

    kind = models.CharField(max_length=20, choices=FactKind)
    source = models.CharField(max_length=40)
    file_name = models.CharField(max_length=255)
    file_hash = models.CharField(max_length=64, help_text="SHA-256 of the file's bytes.")
    reading = models.JSONField(default=dict, help_text="Columns, encoding, separator and date order it was read with.")
    state = models.CharField(max_length=10, choices=ImportState, default=ImportState.RUNNING)
    message = models.TextField(blank=True, help_text="Why it failed, or what a reader should know.")
    rows_total = models.PositiveIntegerField(default=0)
    rows_read = models.PositiveIntegerField(default=0)
    rows_added = models.PositiveIntegerField(default=0)
    rows_changed = models.PositiveIntegerField(default=0)
    rows_unchanged = models.PositiveIntegerField(default=0)
    rows_duplicate = models.PositiveIntegerField(default=0)
    rows_refused = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)
    started_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    started_by_label = models.CharField(max_length=120)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["workspace", "-started_at"], name="imports_latest_first")]

    def __str__(self) -> str:
        return f"{self.file_name} ({self.get_kind_display()})"


class ImportRefusal(TenantModel):
    """A row that was refused: where it stood, which column, why, and how to mend it."""

    visibility = Visibility.VENDOR

    batch = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="refusals")
    line = models.PositiveIntegerField(help_text="Line of the file on which the row begins; the header is line 1.")
    column = models.CharField(max_length=255, blank=True)
    value = models.TextField(blank=True)
    reason = models.TextField()
    row = models.JSONField(help_text="The row as it stood: a list of cell texts in the file's column order.")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["batch", "line"], name="refusals_by_line")]

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"


class ImportChange(TenantModel):
    """What a fact looked like before an import changed it, so that the import can be undone."""

    visibility = Visibility.VENDOR

    batch = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="changes")
    fact_kind = models.CharField(max_length=20, choices=FactKind)
    fact_id = models.BigIntegerField()
    before = models.JSONField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["batch", "fact_kind", "fact_id"], name="one_before_image_a_fact_and_import")
        ]

    def __str__(self) -> str:
        return f"{self.fact_kind} {self.fact_id} before import {self.batch_id}"


class ColumnMapping(TenantModel):
    """A saved answer to "which column is what" for exports whose columns are not guessed."""

    visibility = Visibility.VENDOR

    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=20, choices=FactKind)
    columns = models.JSONField(help_text="Field name → column header, and readings such as the date order.")
    saved_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "name"], name="one_column_mapping_a_name")
        ]

    def __str__(self) -> str:
        return self.name


class Fact(TenantModel):
    """Base of every imported fact: its natural key and the imports that added and last changed it."""

    visibility = Visibility.VENDOR

    source = models.CharField(max_length=40)
    external_id = models.CharField(max_length=120)
    added_by_import = models.ForeignKey(Import, on_delete=models.PROTECT, null=True, related_name="+")
    changed_by_import = models.ForeignKey(Import, on_delete=models.PROTECT, null=True, related_name="+")
    learned_at = models.DateTimeField(auto_now_add=True, db_default=Now())

    class Meta:
        abstract = True


def natural_key(table: str) -> models.UniqueConstraint:
    """Return the constraint that a fact exists once per workspace, outside system and id there."""
    return models.UniqueConstraint(fields=["workspace", "source", "external_id"], name=f"one_{table}_a_source_and_id")


def as_named() -> models.CharField[str, str]:
    """Return the column that keeps how the CRM refers to a fact, by which it is linked once that fact is known."""
    return models.CharField(
        max_length=255,
        blank=True,
        default="",
        db_default="",
        help_text="Its id in the CRM, else its name, as it stands.",
    )


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

    OPEN = "open", "Open"
    WON = "won", "Won"
    LOST = "lost", "Lost"


class DealKind(models.TextChoices):
    """What sort of revenue a deal or an invoice line is."""

    NEW = "new", "New business"
    RENEWAL = "renewal", "Renewal"
    EXPANSION = "expansion", "Expansion"


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


class Subscription(Fact):
    """A recurring contract of an account."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="subscriptions")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, null=True, related_name="+")
    opportunity = models.ForeignKey(Opportunity, on_delete=models.PROTECT, null=True, related_name="subscriptions")
    started_on = models.DateField()
    ends_on = models.DateField(null=True)
    yearly_minor = models.BigIntegerField(help_text="Recurring value of twelve months.")
    currency = models.CharField(max_length=3)

    class Meta:
        constraints: ClassVar = [natural_key("subscription")]

    def __str__(self) -> str:
        return f"Subscription {self.external_id}"


class Invoice(Fact):
    """An invoice; `gross_minor` = sum of its lines' net and tax."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="invoices")
    opportunity = models.ForeignKey(Opportunity, on_delete=models.PROTECT, null=True, related_name="invoices")
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, null=True, related_name="invoices")
    number = models.CharField(max_length=60)
    issued_on = models.DateField()
    due_on = models.DateField(null=True)
    currency = models.CharField(max_length=3)
    net_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField(default=0, db_default=0)
    gross_minor = models.BigIntegerField()
    is_void = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints: ClassVar = [
            natural_key("invoice"),
            models.CheckConstraint(
                condition=models.Q(gross_minor=models.F("net_minor") + models.F("tax_minor")),
                name="invoice_gross_is_net_plus_tax",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["workspace", "opportunity"], name="invoices_by_opportunity")]

    def __str__(self) -> str:
        return f"Invoice {self.number}"


class InvoiceLine(Fact):
    """A line of an invoice."""

    invoice = models.ForeignKey(Invoice, on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField()
    product = models.ForeignKey(Product, on_delete=models.PROTECT, null=True, related_name="+")
    description = models.CharField(max_length=255, blank=True)
    kind = models.CharField(max_length=10, choices=DealKind, default=DealKind.NEW, db_default=DealKind.NEW)
    renewal_year = models.PositiveSmallIntegerField(default=0, db_default=0, help_text="0 = first year.")
    quantity = models.PositiveIntegerField(default=1, db_default=1)
    net_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField(default=0, db_default=0)

    class Meta:
        constraints: ClassVar = [
            natural_key("invoice_line"),
            models.UniqueConstraint(fields=["invoice", "position"], name="one_invoice_line_a_position"),
        ]

    def __str__(self) -> str:
        return f"{self.position}. {self.description}"


class Payment(Fact):
    """Money received on an invoice, gross, in the invoice's currency."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="payments")
    received_on = models.DateField()
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)

    class Meta:
        constraints: ClassVar = [
            natural_key("payment"),
            models.CheckConstraint(condition=models.Q(amount_minor__gt=0), name="payment_amount_is_positive"),
        ]
        indexes: ClassVar = [models.Index(fields=["workspace", "-received_on"], name="payments_latest_first")]

    def __str__(self) -> str:
        return f"Payment {self.external_id}"


class Refund(Fact):
    """Money given back on a payment, gross, in the invoice's currency."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="refunds")
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, null=True, related_name="refunds")
    refunded_on = models.DateField()
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=255, blank=True)

    class Meta:
        constraints: ClassVar = [
            natural_key("refund"),
            models.CheckConstraint(condition=models.Q(amount_minor__gt=0), name="refund_amount_is_positive"),
        ]

    def __str__(self) -> str:
        return f"Refund {self.external_id}"


class CreditNote(Fact):
    """Part of an invoice taken back, by line or as a whole; net and tax, in the invoice's currency."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="credit_notes")
    line = models.ForeignKey(InvoiceLine, on_delete=models.PROTECT, null=True, related_name="credit_notes")
    number = models.CharField(max_length=60, blank=True)
    issued_on = models.DateField()
    net_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField(default=0, db_default=0)
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=255, blank=True)

    class Meta:
        constraints: ClassVar = [
            natural_key("credit_note"),
            models.CheckConstraint(condition=models.Q(net_minor__gt=0), name="credit_note_net_is_positive"),
        ]

    def __str__(self) -> str:
        return f"Credit note {self.number or self.external_id}"


class ExchangeRate(Fact):
    """One day's rate: `rate` units of `currency` for one unit of `base`, as the source published it."""

    day = models.DateField()
    base = models.CharField(max_length=3, default="EUR", db_default="EUR")
    currency = models.CharField(max_length=3)
    rate = models.CharField(max_length=24, help_text="Decimal string, exactly as published.")

    class Meta:
        constraints: ClassVar = [
            natural_key("exchange_rate"),
            models.UniqueConstraint(fields=["workspace", "base", "currency", "day"], name="one_exchange_rate_a_day"),
        ]

    def __str__(self) -> str:
        return f"1 {self.base} = {self.rate} {self.currency} on {self.day}"
