"""Which version of the policy decides an opportunity."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from tallystick.attribution.rules.facts import OpportunityFacts
from tallystick.attribution.rules.policy import AttributionPolicy


@dataclass(frozen=True, slots=True)
class PublishedPolicy:
    """One published version with its name ("attribution@3#ab12cd") and the business date of its publication."""

    id: int
    reference: str
    published_on: date
    policy: AttributionPolicy


def policy_in_force(opportunity: OpportunityFacts, versions: Sequence[PublishedPolicy]) -> PublishedPolicy:
    """Give the version that decides: the last one published before the opportunity was locked, else the first.

    `versions` are in the order of publication. A version published after the lock never reopens a decision, so the
    answer does not depend on when it is asked. Raises IndexError where nothing was published.
    """
    in_force = versions[0]
    for version in versions[1:]:
        locks_after = in_force.policy.locks_after(opportunity)
        if locks_after is not None and version.published_on > locks_after:
            break
        in_force = version
    return in_force
