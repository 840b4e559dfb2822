"""From a statement's opening to its closing balance, as a picture whose steps open to their lines."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tallystick.commissions.models import CommissionLine, Statement
from tallystick.web.ui import formats
from tallystick.web.ui.charts import Chart, WaterfallStep, waterfall


class Part(StrEnum):
    """What a line does to the balance."""

    EARNED = "earned"
    TAKEN_BACK = "taken-back"
    CORRECTED = "corrected"


PARTS: Final = {
    Part.EARNED: gettext_lazy("Earned"),
    Part.TAKEN_BACK: gettext_lazy("Taken back"),
    Part.CORRECTED: gettext_lazy("Corrections"),
}


def part_of(line: CommissionLine) -> Part:
    """Return what a line does: reverse an earlier one, take money back for a refund, or add what was earned."""
    if line.reverses_id is not None:
        return Part.CORRECTED
    return Part.EARNED if line.amount_minor > 0 else Part.TAKEN_BACK


def lines_of_part(lines: Sequence[CommissionLine], part: Part | None) -> list[CommissionLine]:
    """Return the lines of one part, or all of them."""
    return [line for line in lines if part is None or part_of(line) is part]


def waterfall_of(statement: Statement, lines: Sequence[CommissionLine]) -> Chart | None:
    """Draw what led from the opening to the closing balance; a part without lines is left out."""
    address, currency = reverse("console:statement", args=[statement.pk]), statement.currency
    sums = {part: [line.amount_minor for line in lines_of_part(lines, part)] for part in Part}
    changes = [
        WaterfallStep(
            name=str(label),
            value=sum(sums[part]),
            text=_signed(sum(sums[part]), currency),
            url=f"{address}?part={part.value}#lines",
        )
        for part, label in PARTS.items()
        if sums[part]
    ]
    return waterfall(
        [
            _balance(_("Opening balance"), statement.opening_minor, currency, _before(statement) or address),
            *changes,
            _balance(_("Closing balance"), statement.closing_minor, currency, f"{address}#lines"),
        ],
        title=_("From the opening to the closing balance"),
        head=(_("Step"), _("Amount")),
    )


def _balance(name: str, minor: int, currency: str, url: str) -> WaterfallStep:
    return WaterfallStep(name=name, value=minor, text=formats.money_exact(minor, currency), url=url, total=True)


def _before(statement: Statement) -> str:
    """Return the address of the statement whose closing balance this one opens with, or nothing."""
    earlier = Statement.objects.filter(
        partner_id=statement.partner_id, currency=statement.currency, month__lt=statement.month
    )
    found = earlier.order_by("-month").values_list("pk", flat=True).first()
    return reverse("console:statement", args=[found]) if found else ""


def _signed(minor: int, currency: str) -> str:
    written = formats.money_exact(minor, currency)
    return f"+{written}" if minor > 0 else written
