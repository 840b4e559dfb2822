"""Facts of billing: subscriptions, invoices, what was paid, given back and credited, and exchange rates."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from tallystick.crm.models.facts import Fact, natural_key
from tallystick.crm.models.sales import Account, DealKind, Opportunity, Product


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
