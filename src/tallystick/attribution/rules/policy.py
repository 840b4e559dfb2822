"""The attribution policy: every figure of the rules that a workspace may set differently."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType

from tallystick.attribution.rules.facts import OpportunityFacts, TouchKind


class SharesModel(StrEnum):
    """How credit for pay is divided among the partners of one opportunity."""

    SOURCE_TAKES_ALL = "source_takes_all"
    ROLE_SPLIT = "role_split"
    LINEAR = "linear"
    POSITION = "position"


@dataclass(frozen=True, slots=True)
class KindRule:
    """What one kind of touch can do.

    `source_class` ranks the kinds that can source, 1 highest; None cannot source. `weight` is added
    up per partner and held against the influence threshold; 0 cannot influence.
    """

    source_class: int | None
    weight: int


@dataclass(frozen=True, slots=True)
class AttributionPolicy:
    """One version of the policy. Periods are whole days, shares parts per million.

    `source_share_ppm` is the source's part in a role split, `end_share_ppm` the part of the first
    and of the last partner in a split by position.
    """

    kinds: Mapping[TouchKind, KindRule]
    grace_days: int
    look_back_days: int
    influence_threshold: int
    shares: SharesModel
    source_share_ppm: int
    end_share_ppm: int
    lock_days: int

    def evidence_from(self, opportunity: OpportunityFacts) -> date:
        """Give the first day whose evidence counts: creation minus the look-back."""
        return opportunity.created_on - timedelta(days=self.look_back_days)

    def source_until(self, opportunity: OpportunityFacts) -> date:
        """Give the last day a touch can become the source: creation plus the grace."""
        return opportunity.created_on + timedelta(days=self.grace_days)

    def locks_after(self, opportunity: OpportunityFacts) -> date | None:
        """Give the last day on which a newly learned fact still changes the decision; None: open.

        Counted from the close, or from the day we first knew the opportunity where that is later.
        """
        if opportunity.closed_on is None:
            return None
        known_close = max(opportunity.closed_on, opportunity.known_since or opportunity.closed_on)
        return known_close + timedelta(days=self.lock_days)


DEFAULT_POLICY = AttributionPolicy(
    kinds=MappingProxyType(
        {
            TouchKind.REGISTRATION_APPROVED: KindRule(source_class=1, weight=10),
            TouchKind.LEAD_ACCEPTED: KindRule(source_class=2, weight=10),
            TouchKind.TRACKED_REFERRAL: KindRule(source_class=3, weight=10),
            TouchKind.INTRODUCTION_ACCEPTED: KindRule(source_class=4, weight=10),
            TouchKind.CO_SELL_MEETING: KindRule(source_class=None, weight=5),
            TouchKind.DEMO: KindRule(source_class=None, weight=10),
            TouchKind.IMPLEMENTATION_SCOPED: KindRule(source_class=None, weight=10),
            TouchKind.CO_MARKETING_RESPONSE: KindRule(source_class=None, weight=3),
            TouchKind.NAMED_ON_OPPORTUNITY: KindRule(source_class=None, weight=5),
        }
    ),
    grace_days=7,
    look_back_days=180,
    influence_threshold=10,
    shares=SharesModel.ROLE_SPLIT,
    source_share_ppm=600_000,
    end_share_ppm=400_000,
    lock_days=30,
)
