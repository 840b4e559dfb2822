"""What deals can be put together by, beside their stage: owner, credit, and the partner that sourced them."""

from __future__ import annotations

from typing import Any, assert_never

from django.db.models import CharField, F, OuterRef, Subquery, TextChoices, Value
from django.db.models.functions import Coalesce

from tallystick.attribution.models import Credit, CreditRole, Decision


class DealGroup(TextChoices):
    """By what deals stand under headings. The stage has an order of its own; the others stand by their words."""

    STAGE = "stage"
    OWNER = "owner"
    CREDIT = "credit"
    PARTNER = "partner"


def group_of_opportunity(by: DealGroup) -> Any:
    """Return the expression of an opportunity's group; "" where it has none."""
    match by:
        case DealGroup.STAGE:
            return F("stage")
        case DealGroup.OWNER:
            return F("owner_name")
        case DealGroup.CREDIT:
            decided = Decision.objects.filter(opportunity_id=OuterRef("pk"), is_current=True)
            return _or_none(decided.values("credit_class"))
        case DealGroup.PARTNER:
            sources = Credit.objects.filter(
                opportunity_id=OuterRef("pk"), is_current=True, role=CreditRole.SOURCE
            ).order_by("-share_ppm", "partner_id")
            return _or_none(sources.values("partner__name"))
        case _:
            assert_never(by)


def group_of_registration(by: DealGroup) -> Any:
    """Return the expression of the group of a registration that is no opportunity yet."""
    return F("partner__name") if by is DealGroup.PARTNER else Value("", output_field=CharField())


def _or_none(found: Any) -> Any:
    return Coalesce(Subquery(found[:1], output_field=CharField()), Value(""))
