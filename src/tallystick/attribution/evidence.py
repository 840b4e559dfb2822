"""The evidence behind one opportunity's decision, as a reader on the vendor's side sees it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from tallystick.attribution.models import CreditClass, Decision
from tallystick.attribution.rules.decision import Decision as Ruling
from tallystick.attribution.rules.explanation import explain
from tallystick.attribution.rules.facts import DirectKind, TouchKind
from tallystick.attribution.rules.influence import InfluenceVerdict
from tallystick.attribution.rules.record import read_record
from tallystick.attribution.rules.wording import PartnerNames, direct_words
from tallystick.attribution.services.policies import published
from tallystick.crm.models import Opportunity
from tallystick.kernel.explanations import Difference, Explanation, difference_of
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

    def change_after(self, version: DecisionVersion) -> Difference:
        """Return what the version after one that is not current said otherwise; hypotheses are left out."""
        later = self.versions[self.versions.index(version) - 1]
        found = difference_of(version.explanation, later.explanation)
        return Difference(
            gone=tuple(step for step in found.gone if step.rule != WOULD_CHANGE),
            come=tuple(step for step in found.come if step.rule != WOULD_CHANGE),
        )

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
    """Return the evidence of an opportunity, or None while it waits for its first decision. Three queries."""
    rows = list(Decision.objects.filter(opportunity_id=opportunity_id).select_related("policy").order_by("-version"))
    if not rows:
        return None
    rulings = [read_record(row.record) for row in rows]
    names, deals = _partner_names(rulings), _deal_names(rulings)
    versions = tuple(_version(row, ruling, names, deals, zone) for row, ruling in zip(rows, rulings, strict=True))
    weights = {kind: rule.weight for kind, rule in published(rows[0].policy, zone=zone).policy.kinds.items()}
    entries = _entries(rulings[0], versions[0].explanation, names=names, deals=deals, weights=weights)
    return Evidence(versions, entries, rulings[0].locks_after)


def _version(
    row: Decision, ruling: Ruling, names: Mapping[int, str], deals: Mapping[str, str], zone: ZoneInfo
) -> DecisionVersion:
    policy = published(row.policy, zone=zone)
    explanation = explain(ruling, policy=policy.policy, policy_reference=policy.reference, names=names)
    return DecisionVersion(
        version=row.version,
        is_current=row.is_current,
        credit_class=CreditClass(row.credit_class),
        policy_number=row.policy.number,
        decided_at=row.decided_at,
        explanation=_with_deal_names(explanation, deals),
    )


def _partner_names(rulings: Iterable[Ruling]) -> Mapping[int, str]:
    rulings = tuple(rulings)
    ids = {judged.touch.partner_id for ruling in rulings for judged in ruling.touches}
    ids.update(partner for ruling in rulings if ruling.ruling is not None for partner in ruling.ruling.claimants)
    return dict(Partner.objects.filter(pk__in=ids).values_list("pk", "name"))


def _deal_names(rulings: Iterable[Ruling]) -> Mapping[str, str]:
    """Return the names of the opportunities that count as direct evidence, by the keys the rules know them by."""
    keys = {
        evidence.key for ruling in rulings for evidence in ruling.direct if evidence.kind is DirectKind.OPEN_OPPORTUNITY
    }
    if not keys:
        return {}
    ids = [key.partition(":")[2] for key in keys]
    rows = Opportunity.objects.filter(external_id__in=ids).values_list("source", "external_id", "name")
    return {f"{source}:{external_id}": name for source, external_id, name in rows}


def _with_deal_names(explanation: Explanation, deals: Mapping[str, str]) -> Explanation:
    """Write opportunities by name where a sentence has their key: a reader knows no keys."""
    return replace(
        explanation,
        steps=tuple(replace(step, sentence=_named(step.sentence, deals)) for step in explanation.steps),
    )


def _named(sentence: str, deals: Mapping[str, str]) -> str:
    for key, name in deals.items():
        sentence = sentence.replace(key, f"“{name}”")
    return sentence


def _entries(
    ruling: Ruling,
    explanation: Explanation,
    *,
    names: Mapping[int, str],
    deals: Mapping[str, str],
    weights: Mapping[TouchKind, int],
) -> tuple[EvidenceEntry, ...]:
    said: dict[object, list[str]] = {}
    for step in explanation.steps:
        if step.rule in _OF_A_TOUCH:
            said.setdefault(step.facts["touch"], []).append(step.sentence)
    for judged in ruling.touches:
        if judged.influence is InfluenceVerdict.COUNTED:
            words = f"Counts as influence with a weight of {weights[judged.touch.kind]}."
            said.setdefault(judged.touch.key, []).append(words)
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
        EvidenceEntry(
            on=evidence.occurred_on, words=_capital(_named(direct_words(evidence), deals)), verdicts=(), counted=False
        )
        for evidence in ruling.direct
    ]
    return tuple(sorted([*touches, *ours], key=lambda entry: entry.on, reverse=True))


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
