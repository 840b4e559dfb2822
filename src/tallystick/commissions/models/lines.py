"""Commission lines from payments, lines blocked for review, and statements."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from tallystick.attribution.models import Decision
from tallystick.crm.models import Import, Invoice, InvoiceLine
from tallystick.ledger.models import Posting
from tallystick.partners.models import Partner
from tallystick.platform.tenancy import TenantModel, Visibility
from tallystick.programmes.models import PlanVersion


class EventKind(models.TextChoices):
    """The fact a line arises from."""

    PAYMENT = "payment", _("Payment")
    REFUND = "refund", _("Refund")
    CREDIT_NOTE = "credit_note", _("Credit note")


class CommissionLine(TenantModel):
    """What one partner earns, or gives back, from one payment fact on one invoice line under one rule.

    Lines are never changed. When facts or the decision change, the line is reversed by another (`reverses`) and a
    new one written beside it; `line_key` and `sequence` make a repeat impossible.
    """

    visibility = Visibility.PARTNER_READS
    append_only = True

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="commission_lines")
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="commission_lines")
    invoice_line = models.ForeignKey(InvoiceLine, on_delete=models.PROTECT, related_name="commission_lines")
    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="+")
    plan = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, related_name="+")
    event_kind = models.CharField(max_length=12, choices=EventKind)
    event_id = models.BigIntegerField(help_text="The payment, refund or credit note.")
    line_key = models.CharField(max_length=100, help_text="Event, invoice line and partner.")
    sequence = models.PositiveIntegerField(help_text="1 for the first line of its key, then counted up.")
    reverses = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="reversed_by")
    rule = models.CharField(max_length=60)
    base_minor = models.BigIntegerField(help_text="Paid revenue it is computed on, net of tax.")
    base_currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField(help_text="Earned if positive, clawed back if negative.")
    currency = models.CharField(max_length=3)
    earned_on = models.DateField(help_text="The day of the payment, refund or credit note.")
    booked_on = models.DateField(help_text="The day it counts for statements; later when its month was closed.")
    held_until = models.DateField(help_text="Last day of the hold.")
    posting = models.OneToOneField(Posting, on_delete=models.PROTECT, related_name="commission_line")
    explanation = models.JSONField()
    content_hash = models.CharField(max_length=64, help_text="SHA-256 of amount, rule, plan and explanation.")
    recorded_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["workspace", "line_key", "sequence"], name="one_commission_line_a_key_and_sequence"
            ),
            models.CheckConstraint(condition=~models.Q(amount_minor=0), name="commission_line_is_not_zero"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["workspace", "partner", "booked_on"], name="commission_lines_by_partner"),
            models.Index(fields=["workspace", "-booked_on", "-id"], name="commission_lines_latest"),
            models.Index(fields=["workspace", "amount_minor", "id"], name="commission_lines_by_amount"),
            models.Index(fields=["workspace", "held_until"], name="commission_lines_by_hold"),
        ]

    def __str__(self) -> str:
        return f"{self.amount_minor} {self.currency} for {self.partner}"


class BlockedLine(TenantModel):
    """An invoice line whose commission could not be computed: it waits for review, nothing is paid by default."""

    visibility = Visibility.VENDOR

    invoice = models.ForeignKey(Invoice, on_delete=models.CASCADE, related_name="blocked_lines")
    invoice_line = models.ForeignKey(InvoiceLine, on_delete=models.CASCADE, null=True, related_name="+")
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.TextField()
    blocked_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["workspace", "invoice"], name="blocked_lines_by_invoice")]

    def __str__(self) -> str:
        return self.reason


class Statement(TenantModel):
    """A partner's lines of one month in one currency, issued once and never changed."""

    visibility = Visibility.PARTNER_READS
    append_only = True

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="statements")
    month = models.DateField(help_text="First day of the month.")
    currency = models.CharField(max_length=3)
    number = models.CharField(max_length=40)
    opening_minor = models.BigIntegerField(help_text="Balance carried forward from the statement before.")
    total_minor = models.BigIntegerField(help_text="Sum of its lines.")
    closing_minor = models.BigIntegerField(help_text="Opening plus total.")
    issued_at = models.DateTimeField()
    issued_by_label = models.CharField(max_length=120)
    content_hash = models.CharField(max_length=64)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["workspace", "partner", "month", "currency"], name="one_statement_a_partner_month_and_currency"
            ),
            models.CheckConstraint(
                condition=models.Q(closing_minor=models.F("opening_minor") + models.F("total_minor")),
                name="statement_closes_at_opening_plus_total",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["workspace", "-month", "partner"], name="statements_latest_first")]

    def __str__(self) -> str:
        return self.number


class StatementLine(TenantModel):
    """Puts a commission line on a statement; a line stands on one statement at most."""

    visibility = Visibility.PARTNER_READS
    append_only = True

    statement = models.ForeignKey(Statement, on_delete=models.PROTECT, related_name="statement_lines")
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="+")
    line = models.OneToOneField(CommissionLine, on_delete=models.PROTECT, related_name="statement_line")

    def __str__(self) -> str:
        return f"line {self.line_id} on {self.statement}"


class PendingInvoice(TenantModel):
    """An invoice whose payments, lines, decision or plan changed and that waits to be settled again."""

    visibility = Visibility.VENDOR

    invoice = models.ForeignKey(Invoice, on_delete=models.CASCADE, related_name="+")
    cause_import = models.ForeignKey(Import, on_delete=models.SET_NULL, null=True, related_name="+")

    def __str__(self) -> str:
        return f"invoice {self.invoice_id}"
