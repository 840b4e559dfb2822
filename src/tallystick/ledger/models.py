"""The ledger: accounts, postings and closed months.

A posting is one row that moves an amount from a source account to a destination account. Nothing is updated or
deleted; a reversal is a posting with the sides swapped; a balance is a sum.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from tallystick.platform.tenancy import TenantModel, Visibility


class LedgerAccount(TenantModel):
    """A place where amounts stand, such as `commission_expense` or `partner_payable:12`."""

    visibility = Visibility.PARTNER_READS

    code = models.CharField(max_length=60)
    partner_id = models.BigIntegerField(null=True, help_text="The partner whose account it is, if any.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "code"], name="one_ledger_account_a_code")
        ]

    def __str__(self) -> str:
        return self.code


class Posting(TenantModel):
    """An amount moved from one account to another on a date, for a reason."""

    visibility = Visibility.PARTNER_READS
    append_only = True

    source_account = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="+")
    destination_account = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="+")
    partner_id = models.BigIntegerField(null=True, help_text="The partner whose account it touches, if any.")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    fact_on = models.DateField(help_text="When the thing happened.")
    effective_on = models.DateField(help_text="When it is booked: a closed month is corrected only in the next.")
    idempotency_key = models.CharField(max_length=120)
    input_hash = models.CharField(
        max_length=64, help_text="SHA-256 of the input; same key with other input is refused."
    )
    description = models.CharField(max_length=255)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "idempotency_key"], name="one_posting_an_idempotency_key"),
            models.CheckConstraint(condition=models.Q(amount_minor__gt=0), name="posting_amount_is_positive"),
            models.CheckConstraint(
                condition=~models.Q(source_account=models.F("destination_account")),
                name="posting_moves_between_two_accounts",
            ),
            models.CheckConstraint(condition=models.Q(currency__regex="^[A-Z]{3}$"), name="posting_currency_is_iso"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["source_account", "currency"], name="postings_by_source"),
            models.Index(fields=["destination_account", "currency"], name="postings_by_destination"),
        ]

    def __str__(self) -> str:
        return self.description


class ClosedMonth(TenantModel):
    """A month that takes no more postings."""

    visibility = Visibility.SHARED
    append_only = True

    month = models.DateField(help_text="First day of the month.")
    closed_at = models.DateTimeField()
    closed_by_label = models.CharField(max_length=120)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "month"], name="a_month_is_closed_once"),
            models.CheckConstraint(condition=models.Q(month__day=1), name="closed_month_is_its_first_day"),
        ]

    def __str__(self) -> str:
        return f"{self.month:%B %Y}"
