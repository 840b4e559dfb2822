"""Won deals whose CRM record names a partner and that credit nobody: the first thing an import can tell."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q, Sum

from tallystick.attribution.models import CreditClass, Decision
from tallystick.attribution.rules.gaps import GapKind
from tallystick.crm.models import OpportunityStatus
from tallystick.kernel.money import Money


@dataclass(frozen=True, slots=True)
class UncreditedWins:
    """How many there are, and what they are worth, one amount a currency, the largest first."""

    count: int = 0
    amounts: tuple[Money, ...] = ()


def uncredited_wins(*, import_id: int | None = None) -> UncreditedWins:
    """Return the uncredited wins of the workspace in scope, or of one import. One query."""
    found = Decision.objects.filter(
        is_current=True,
        gaps__contains=[GapKind.NAMED_UNCREDITED.value],
        credit_class=CreditClass.DIRECT,
        opportunity__status=OpportunityStatus.WON,
    ).exclude(gaps=[])  # as the index of doubtful decisions says it
    if import_id is not None:
        found = found.filter(
            Q(opportunity__added_by_import_id=import_id) | Q(opportunity__changed_by_import_id=import_id)
        )
    sums = (
        found.order_by()
        .values("opportunity__currency")
        .annotate(deals=Count("pk"), minor=Sum("opportunity__amount_minor"))
        .order_by("-minor", "opportunity__currency")
    )
    rows = list(sums)
    amounts = tuple(Money(int(row["minor"]), row["opportunity__currency"]) for row in rows if row["minor"])
    return UncreditedWins(sum(row["deals"] for row in rows), amounts)
