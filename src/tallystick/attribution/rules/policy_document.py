"""The policy as a document people edit (YAML or JSON): checked when it enters, and written back the same.

Percentages are whole numbers, periods whole days. A kind that the document leaves out keeps its default.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from tallystick.attribution.rules.facts import TouchKind
from tallystick.attribution.rules.policy import DEFAULT_POLICY, AttributionPolicy, KindRule, SharesModel

PPM_PER_PERCENT = 10_000

Days = Annotated[int, Field(ge=0, le=3650)]


class PolicyRefused(ValueError):
    """The document is not a valid policy. Each entry of `errors` names the field and what is wrong with it."""

    def __init__(self, errors: tuple[str, ...]) -> None:
        super().__init__("; ".join(errors))
        self.errors = errors


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class KindDocument(_Document):
    """What one kind of touch can do."""

    source_class: Annotated[int, Field(ge=1, le=99)] | None = None
    weight: Annotated[int, Field(ge=0, le=1000)] = 0


class PolicyDocument(_Document):
    """The whole policy; every field has the default of docs/explanation/attribution.md."""

    grace_days: Days = DEFAULT_POLICY.grace_days
    look_back_days: Days = DEFAULT_POLICY.look_back_days
    lock_days: Days = DEFAULT_POLICY.lock_days
    influence_threshold: Annotated[int, Field(ge=1, le=10_000)] = DEFAULT_POLICY.influence_threshold
    shares: SharesModel = DEFAULT_POLICY.shares
    source_percent: Annotated[int, Field(ge=0, le=100)] = DEFAULT_POLICY.source_share_ppm // PPM_PER_PERCENT
    end_percent: Annotated[int, Field(ge=0, le=50)] = DEFAULT_POLICY.end_share_ppm // PPM_PER_PERCENT
    kinds: Mapping[TouchKind, KindDocument] = {}

    def kind_rules(self) -> dict[TouchKind, KindRule]:
        """Give the rule of every kind, the default where the document is silent."""
        return {
            kind: KindRule(self.kinds[kind].source_class, self.kinds[kind].weight)
            if kind in self.kinds
            else DEFAULT_POLICY.kinds[kind]
            for kind in TouchKind
        }

    @model_validator(mode="after")
    def some_kind_counts(self) -> Self:
        """Refuse a policy under which nothing would ever be credited."""
        if not any(rule.source_class or rule.weight for rule in self.kind_rules().values()):
            raise ValueError("no kind of touch can source or influence: nothing would ever be credited")
        return self


def read_policy(document: Mapping[str, Any]) -> AttributionPolicy:
    """Read a policy from its document. Raises PolicyRefused naming every field that is wrong."""
    try:
        checked = PolicyDocument.model_validate(document)
    except ValidationError as refusal:
        raise PolicyRefused(
            tuple(f"{'.'.join(map(str, error['loc'])) or 'policy'}: {error['msg']}" for error in refusal.errors())
        ) from refusal
    return AttributionPolicy(
        kinds=MappingProxyType(checked.kind_rules()),
        grace_days=checked.grace_days,
        look_back_days=checked.look_back_days,
        influence_threshold=checked.influence_threshold,
        shares=checked.shares,
        source_share_ppm=checked.source_percent * PPM_PER_PERCENT,
        end_share_ppm=checked.end_percent * PPM_PER_PERCENT,
        lock_days=checked.lock_days,
    )


def policy_document(policy: AttributionPolicy) -> dict[str, Any]:
    """Write a policy in full, with no default left out: what is stored, hashed and shown."""
    return {
        "grace_days": policy.grace_days,
        "look_back_days": policy.look_back_days,
        "lock_days": policy.lock_days,
        "influence_threshold": policy.influence_threshold,
        "shares": policy.shares.value,
        "source_percent": policy.source_share_ppm // PPM_PER_PERCENT,
        "end_percent": policy.end_share_ppm // PPM_PER_PERCENT,
        "kinds": {
            kind.value: {"source_class": rule.source_class, "weight": rule.weight}
            for kind, rule in policy.kinds.items()
        },
    }
