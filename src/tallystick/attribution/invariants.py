"""What must hold of attribution at every moment."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Count, Q, Sum

from tallystick.attribution.models import CreditClass, Decision, PolicyVersion
from tallystick.attribution.rules.decision import decide
from tallystick.attribution.rules.policy_document import read_policy
from tallystick.attribution.rules.record import read_record
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


@invariant(id="D4", sentence="Every current decision comes out the same when it is decided again from its own record.")
def decisions_follow_from_their_records() -> Iterator[str]:
    """Yield decisions that their record and their policy version do not explain."""
    policies = {version.pk: read_policy(version.document) for version in PolicyVersion.objects.order_by("pk")}
    current = Decision.objects.filter(is_current=True).order_by("pk")
    for decision_id, policy_id, record in current.values_list("pk", "policy_id", "record").iterator(chunk_size=2_000):
        stored = read_record(record)
        touches = [judged.touch for judged in stored.touches]
        if decide(stored.opportunity, touches, stored.direct, policies[policy_id], stored.ruling) != stored:
            yield f"Decision {decision_id} does not follow from its record."
