"""How many deals a group holds and what they come to: of the whole group, not only of the page that shows a part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Sum

from tallystick.attribution.deal_groups import DealGroup, group_of_opportunity, group_of_registration
from tallystick.attribution.deal_list import SUMMED_TO, DealFilter, opportunities_asked, registrations_asked
from tallystick.crm.models import Opportunity
from tallystick.kernel.money import Money


@dataclass(frozen=True, slots=True)
class GroupSum:
    """How many deals stand in a group, and their amounts, one a currency."""

    group: str
    count: int
    amounts: tuple[Money, ...]


def group_sums(asked: DealFilter, by: DealGroup, groups: Sequence[str], *, on: date) -> list[GroupSum] | None:
    """Return the sums of these groups; None where the filter finds more than `SUMMED_TO`. At most two queries."""
    rows: list[tuple[str, str, int, int | None]] = []
    opportunities, registrations = opportunities_asked(asked, on), registrations_asked(asked, on)
    if opportunities is not None:
        bounded = Opportunity.objects.filter(pk__in=opportunities.order_by().values("pk")[: SUMMED_TO + 1])
        grouped = bounded.annotate(in_group=group_of_opportunity(by)).order_by("in_group")
        rows += grouped.values_list("in_group", "currency").annotate(n=Count("pk"), together=Sum("amount_minor"))
        if sum(count for *_, count, _ in rows) > SUMMED_TO:
            return None
    if registrations is not None:
        grouped_claims = registrations.annotate(in_group=group_of_registration(by)).order_by("in_group")
        rows += grouped_claims.values_list("in_group", "currency").annotate(n=Count("pk"), together=Sum("value_minor"))
    found: dict[str, GroupSum] = {}
    for group, currency, count, minor in rows:
        so_far = found.get(group, GroupSum(group, 0, ()))
        amounts = (*so_far.amounts, Money(int(minor or 0), currency))
        found[group] = GroupSum(group, so_far.count + count, amounts)
    return [found[group] for group in groups if group in found]
