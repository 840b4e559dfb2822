"""What AEs are paid, in versions, and how the deals with partners compare with the same deals sold direct."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from tallystick.crm.models import Opportunity
from tallystick.platform.tenancy import TenantModel, Visibility


class PayBase(models.TextChoices):
    """What an AE is paid on where a partner takes part."""

    AMOUNT = "amount", _("The deal’s whole amount")
    KEPT = "kept", _("What we keep of it, after the partner’s commission")


class PayWay(models.TextChoices):
    """How a deal with a partner is sold."""

    SOURCED = "sourced", _("Sourced")
    INFLUENCED = "influenced", _("Influenced")
    RESALE = "resale", _("Resold")


class PayVerdict(models.TextChoices):
    """How pay with the partner compares with pay direct."""

    LESS = "less", _("Earns less")
    MORE = "more", _("Earns more")
    UNKNOWN = "unknown", _("Not known")
    SAME = "same", _("Earns the same")


class PayCause(models.TextChoices):
    """Why the two differ, or cannot be compared."""

    NONE = "none", _("They do not differ")
    RATE = "rate", _("Another rate")
    BASE = "base", _("Paid on what is kept")
    RATE_AND_BASE = "rate_and_base", _("Another rate, on what is kept")
    NO_RATE = "no_rate", _("No row of the table fits")
    NO_SHARE = "no_share", _("The partner’s share is not known")


class SellerPayVersion(TenantModel):
    """One version of the AE pay table; the highest number counts, and none ever changes."""

    visibility = Visibility.VENDOR
    append_only = True

    number = models.PositiveIntegerField()
    paid_on = models.CharField(max_length=10, choices=PayBase)
    tolerance_percent = models.DecimalField(
        max_digits=7, decimal_places=4, help_text="Of the pay direct: how far the two may lie apart."
    )
    reason = models.CharField(max_length=300, blank=True)
    published_at = models.DateTimeField()
    published_by_label = models.CharField(max_length=120)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "number"], name="one_seller_pay_version_a_number"),
            models.CheckConstraint(
                condition=models.Q(tolerance_percent__range=(Decimal(0), Decimal(100))),
                name="seller_pay_tolerance_is_a_percentage",
            ),
        ]

    def __str__(self) -> str:
        return f"seller_pay@{self.number}"


def _percent() -> models.DecimalField[Decimal, Decimal]:
    return models.DecimalField(max_digits=7, decimal_places=4)


class SellerPayRate(TenantModel):
    """What one seller, product and segment is paid in percent of a deal, by the way it is sold; "" means all."""

    visibility = Visibility.VENDOR
    append_only = True

    version = models.ForeignKey(SellerPayVersion, on_delete=models.PROTECT, related_name="rates")
    seller = models.CharField(max_length=120, blank=True, help_text="The owner of the deal in the CRM.")
    product = models.CharField(max_length=255, blank=True)
    segment = models.CharField(max_length=80, blank=True, help_text="The account's industry.")
    direct = _percent()
    sourced = _percent()
    influenced = _percent()
    resale = _percent()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["version", "seller", "product", "segment"], name="one_seller_pay_rate_a_place"
            ),
            *(
                models.CheckConstraint(
                    condition=models.Q(**{f"{way}__range": (Decimal(0), Decimal(100))}),
                    name=f"seller_pay_{way}_is_a_percentage",
                )
                for way in ("direct", "sourced", "influenced", "resale")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.seller or 'everybody'} {self.direct} %"


class SellerPayCheck(TenantModel):
    """How one deal with a partner pays its seller, beside the same deal sold direct. Computed anew, never edited."""

    visibility = Visibility.VENDOR

    opportunity = models.OneToOneField(Opportunity, on_delete=models.CASCADE, related_name="seller_pay")
    version = models.ForeignKey(SellerPayVersion, on_delete=models.PROTECT, related_name="+")
    seller = models.CharField(max_length=120, blank=True)
    way = models.CharField(max_length=10, choices=PayWay)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    partner_minor = models.BigIntegerField(null=True, help_text="What partners earn of it.")
    direct_minor = models.BigIntegerField(null=True)
    partnered_minor = models.BigIntegerField(null=True)
    difference_minor = models.BigIntegerField(null=True, help_text="With the partner less direct.")
    verdict = models.CharField(max_length=10, choices=PayVerdict)
    cause = models.CharField(max_length=20, choices=PayCause)
    explanation = models.JSONField()
    checked_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["workspace", "verdict", "difference_minor"], name="seller_pay_by_difference"),
            models.Index(fields=["workspace", "seller"], name="seller_pay_by_seller"),
        ]

    def __str__(self) -> str:
        return f"{self.opportunity_id}: {self.verdict}"
