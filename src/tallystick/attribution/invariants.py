"""What must hold of attribution at every moment."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Count, Q, Sum

from tallystick.attribution.models import CreditClass, Decision
from tallystick.platform.invariants import invariant

WHOLE_PPM = 1_000_000


@invariant(id="D1", sentence="The shares of a decision sum to exactly one, or nobody has one.")
def shares_sum_to_one() -> Iterator[str]:
    """Yield decisions whose shares do not."""
    rows = Decision.objects.annotate(whole=Sum("credits__share_ppm")).filter(whole__isnull=False)
    for decision_id, whole in rows.exclude(whole=WHOLE_PPM).order_by("pk").values_list("pk", "whole"):
        yield f"The shares of decision {decision_id} sum to {whole} parts per million."


@invariant(id="D2", sentence="A decision's class says what its credits say: one source, or influence alone, or nobody.")
def classes_agree_with_credits() -> Iterator[str]:
    """Yield decisions whose class and credits disagree."""
    rows = Decision.objects.annotate(
        sources=Count("credits", filter=Q(credits__role="source")), partners=Count("credits")
    ).order_by("pk")
    wrong = rows.exclude(
        Q(credit_class=CreditClass.SOURCED, sources=1)
        | Q(credit_class=CreditClass.INFLUENCED, sources=0, partners__gt=0)
        | Q(credit_class=CreditClass.DIRECT, partners=0)
    )
    for decision in wrong:
        yield f"Decision {decision.pk} is {decision.credit_class} and disagrees with its credits."


@invariant(id="D3", sentence="Every decided opportunity has exactly one current decision.")
def one_current_decision() -> Iterator[str]:
    """Yield opportunities whose decisions are all old, or several of them current."""
    rows = (
        Decision.objects.values_list("opportunity_id")
        .annotate(current=Count("pk", filter=Q(is_current=True)))
        .exclude(current=1)
        .order_by("opportunity_id")
    )
    for opportunity_id, current in rows:
        yield f"Opportunity {opportunity_id} has {current} current decisions."
