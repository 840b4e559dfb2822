"""What the deals of a day come to, kept so that a page adds up days and not deals.

Kept sums are a copy and never a truth: a day whose deals, decisions or credits changed is marked by a trigger in the
transaction of the change, and a marked day is read from its deals until a job has added it up anew.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from tallystick.attribution.models import CreditClass
from tallystick.crm.models import OpportunityStatus
from tallystick.platform.tenancy import TenantModel, Visibility


class DayMeasure(models.TextChoices):
    """Which deals a sum is of, and on which of their days."""

    OPENED = "opened", _("Opened")
    CLOSED = "closed", _("Won or lost")
    INFLUENCED = "influenced", _("Opened, of a partner that influenced it")


class DaySum(TenantModel):
    """New and expansion deals of one day: how many, and their amounts in the workspace's currency.

    With a partner it is of the deals this partner sourced or, for `INFLUENCED`, influenced; without one of all deals of
    a class. Each amount is converted and rounded before it is added, so that a sum is that of its rows.
    """

    visibility = Visibility.VENDOR

    day = models.DateField()
    measure = models.CharField(max_length=10, choices=DayMeasure)
    status = models.CharField(max_length=4, choices=OpportunityStatus, blank=True, help_text="Of closed deals.")
    credit_class = models.CharField(
        max_length=10, choices=CreditClass, blank=True, help_text="Of sums without partner."
    )
    partner_id = models.BigIntegerField(null=True)
    deals = models.BigIntegerField()
    with_amount = models.BigIntegerField(help_text="Deals whose amount is known and has an exchange rate.")
    without_rate = models.BigIntegerField(help_text="Deals whose amount is known and has no exchange rate.")
    amount_minor = models.BigIntegerField()

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["workspace", "measure", "day"],
                condition=models.Q(partner_id__isnull=True),
                name="day_sums_of_classes",
            ),
            models.Index(
                fields=["workspace", "measure", "day"],
                condition=models.Q(partner_id__isnull=False),
                include=["partner_id", "status", "deals", "amount_minor"],
                name="day_sums_of_partners",
            ),
            models.Index(
                fields=["workspace", "partner_id", "measure", "day"],
                condition=models.Q(partner_id__isnull=False),
                name="day_sums_of_a_partner",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.measure} on {self.day}"


class DaySumsTerms(TenantModel):
    """The currency and exchange rates that the kept sums of a workspace were converted at."""

    visibility = Visibility.VENDOR

    digest = models.CharField(max_length=64)

    class Meta:
        verbose_name_plural = "day sums terms"
        constraints: ClassVar = [models.UniqueConstraint(fields=["workspace"], name="one_set_of_day_sums_terms")]

    def __str__(self) -> str:
        return self.digest[:8]


class ChangedDay(TenantModel):
    """A day whose kept sums no longer hold. Plain rows without uniqueness: marking waits for nobody."""

    visibility = Visibility.VENDOR

    day = models.DateField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["workspace", "day"], name="changed_days")]

    def __str__(self) -> str:
        return str(self.day)
