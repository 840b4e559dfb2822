"""The evidence behind one opportunity's decision, as a reader on the vendor's side sees it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from tallystick.attribution.models import CreditClass, Decision
from tallystick.attribution.rules.decision import Decision as Ruling
from tallystick.attribution.rules.explanation import explain
from tallystick.attribution.rules.record import read_record
from tallystick.attribution.rules.wording import PartnerNames, direct_words
from tallystick.attribution.services.policies import published
from tallystick.kernel.explanations import Explanation
from tallystick.partners.models import Partner

WOULD_CHANGE = "would_change"
_OF_A_TOUCH = frozenset({"source", "influence_evidence"})


@dataclass(frozen=True, slots=True)
class EvidenceEntry:
    """One piece of evidence: what it is, when it happened, and what became of it and why."""

    on: date
    words: str
    verdicts: tuple[str, ...]
    counted: bool


@dataclass(frozen=True, slots=True)
class DecisionVersion:
    """One version of a decision with its explanation."""

    version: int
    is_current: bool
    credit_class: CreditClass
    policy_number: int
    decided_at: datetime
    explanation: Explanation


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why an opportunity is credited as it is: versions with the latest first, and the evidence newest first."""

    versions: tuple[DecisionVersion, ...]
    entries: tuple[EvidenceEntry, ...]
    locks_after: date | None

    @property
    def current(self) -> DecisionVersion:
        """The version that counts."""
        return self.versions[0]

    @property
    def reasons(self) -> tuple[str, ...]:
        """The sentences that led to the decision, without those about single touches, which `entries` tell."""
        told = _OF_A_TOUCH | {WOULD_CHANGE}
        return tuple(step.sentence for step in self.current.explanation.steps if step.rule not in told)

    @property
    def would_change(self) -> tuple[str, ...]:
        """What would have changed the decision."""
        return tuple(step.sentence for step in self.current.explanation.steps if step.rule == WOULD_CHANGE)


def opportunity_evidence(opportunity_id: int, *, zone: ZoneInfo) -> Evidence | None:
    """Return the evidence of an opportunity, or None while it waits for its first decision. Two queries."""
    rows = list(Decision.objects.filter(opportunity_id=opportunity_id).select_related("policy").order_by("-version"))
    if not rows:
        return None
    rulings = [read_record(row.record) for row in rows]
    names = _names(rulings)
    versions = tuple(_version(row, ruling, names, zone) for row, ruling in zip(rows, rulings, strict=True))
    return Evidence(versions, _entries(rulings[0], versions[0].explanation, names), rulings[0].locks_after)


def _version(row: Decision, ruling: Ruling, names: dict[int, str], zone: ZoneInfo) -> DecisionVersion:
    policy = published(row.policy, zone=zone)
    return DecisionVersion(
        version=row.version,
        is_current=row.is_current,
        credit_class=CreditClass(row.credit_class),
        policy_number=row.policy.number,
        decided_at=row.decided_at,
        explanation=explain(ruling, policy=policy.policy, policy_reference=policy.reference, names=names),
    )


def _names(rulings: Iterable[Ruling]) -> dict[int, str]:
    ids = {judged.touch.partner_id for ruling in rulings for judged in ruling.touches}
    return dict(Partner.objects.filter(pk__in=ids).values_list("pk", "name"))


def _entries(ruling: Ruling, explanation: Explanation, names: dict[int, str]) -> tuple[EvidenceEntry, ...]:
    said: dict[object, list[str]] = {}
    for step in explanation.steps:
        if step.rule in _OF_A_TOUCH:
            said.setdefault(step.facts["touch"], []).append(step.sentence)
    known = PartnerNames(names)
    touches = [
        EvidenceEntry(
            on=judged.touch.occurred_on,
            words=f"{known.of(judged.touch.partner_id)}: {judged.touch.kind.noun}",
            verdicts=tuple(said.get(judged.touch.key, [])),
            counted=judged.touch.partner_id in ruling.credited,
        )
        for judged in ruling.touches
    ]
    ours = [
        EvidenceEntry(on=evidence.occurred_on, words=_capital(direct_words(evidence)), verdicts=(), counted=False)
        for evidence in ruling.direct
    ]
    return tuple(sorted([*touches, *ours], key=lambda entry: entry.on, reverse=True))


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
