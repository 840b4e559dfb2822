"""Which partner a lead of ours fits best: every candidate with its points, criterion by criterion, the best first.

A fact that nobody knows gives half the points, so that it neither helps nor hurts, and is told as unknown. Points are
exact fractions; the order in which partners are given does not matter. Specified in docs/explanation/leads.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from typing import Any, Final, assert_never

from tallystick.deals.rules.lead_policy import POINTS, Criterion, LeadPolicy
from tallystick.kernel.explanations import FactValue, Step

_NEUTRAL: Final = Fraction(1, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadNeeds:
    """What a lead asks of the partner it goes to; "" where it asks for nothing. `country` is ISO 3166-1 alpha-2."""

    country: str = ""
    partner_type: str = ""
    certificate: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """What is known of a partner on the day it is ranked.

    `territories` are countries, `certificates` are names; None where nobody keeps them. `limit` is how many leads it
    may have open. Leads `asked` are those it answered or let lapse; of its `closed` registrations so many were `won`.
    """

    partner_id: int
    name: str
    type: str
    tier: str = ""
    country: str = ""
    territories: frozenset[str] | None = None
    certificates: frozenset[str] | None = None
    open_leads: int = 0
    limit: int = 0
    asked: int = 0
    accepted: int = 0
    closed: int = 0
    won: int = 0
    was_asked_before: bool = False


class Outcome(StrEnum):
    """What a criterion found."""

    FITS = "fits"
    PARTLY = "partly"
    NOT = "not"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Score:
    """One criterion of one partner: a part of 1, the weight it counts with, and the words for it."""

    criterion: Criterion
    outcome: Outcome
    part: Fraction
    weight: int
    sentence: str
    facts: Mapping[str, FactValue] = field(default_factory=dict)

    def as_step(self) -> Step:
        """Return the score as a step of an explanation."""
        facts = {**self.facts, "part": str(self.part), "weight": self.weight}
        return Step(rule=self.criterion.value, outcome=self.outcome.value, sentence=self.sentence, facts=facts)


@dataclass(frozen=True, slots=True)
class Ranked:
    """One partner with its points out of a hundred, and why; `passed_over` says why it is not asked at all."""

    candidate: Candidate
    points: Fraction
    scores: tuple[Score, ...]
    passed_over: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the partner with its steps as plain JSON values."""
        return {
            "partner_id": self.candidate.partner_id,
            "name": self.candidate.name,
            "points": str(self.points),
            "passed_over": self.passed_over,
            "steps": [score.as_step().as_json() for score in self.scores],
        }


def rank_partners(needs: LeadNeeds, candidates: Iterable[Candidate], policy: LeadPolicy) -> tuple[Ranked, ...]:
    """Rank partners for a lead, those that can be asked first, then those passed over.

    Of two with equal points the one with fewer open leads comes first, then the one asked less often, then by name.
    """
    ranked = (_ranked(needs, candidate, policy) for candidate in candidates)
    return tuple(sorted(ranked, key=_order))


def best_of(ranked: Iterable[Ranked]) -> Ranked | None:
    """Return the first that can be asked, or nothing where nobody is left."""
    return next((each for each in ranked if not each.passed_over), None)


def _order(ranked: Ranked) -> tuple[bool, Fraction, int, int, str, int]:
    who = ranked.candidate
    return bool(ranked.passed_over), -ranked.points, who.open_leads, who.asked, who.name, who.partner_id


def _ranked(needs: LeadNeeds, candidate: Candidate, policy: LeadPolicy) -> Ranked:
    scores = tuple(_score(criterion, needs, candidate, policy) for criterion in Criterion)
    weights = sum(score.weight for score in scores)
    points = sum((score.part * score.weight for score in scores), Fraction(0)) * POINTS / weights
    return Ranked(candidate, points, scores, _passed_over(candidate))


def _passed_over(candidate: Candidate) -> str:
    if candidate.was_asked_before:
        return "It was asked already."
    if candidate.open_leads >= candidate.limit:
        return f"It has {candidate.open_leads} of at most {candidate.limit} leads open."
    return ""


def _score(criterion: Criterion, needs: LeadNeeds, candidate: Candidate, policy: LeadPolicy) -> Score:
    match criterion:
        case Criterion.TERRITORY:
            found = _territory(needs, candidate)
        case Criterion.TYPE:
            found = _type(needs, candidate)
        case Criterion.TIER:
            found = _tier(candidate, policy)
        case Criterion.CAPACITY:
            found = _capacity(candidate)
        case Criterion.CERTIFICATE:
            found = _certificate(needs, candidate)
        case Criterion.ACCEPTANCE:
            found = _rate(
                candidate.accepted,
                candidate.asked,
                "It accepted {part} of {whole} leads it was asked about.",
                "It was not asked about a lead yet.",
            )
        case Criterion.WIN_RATE:
            found = _rate(
                candidate.won,
                candidate.closed,
                "It won {part} of {whole} registered deals that closed.",
                "None of its registered deals has closed yet.",
            )
        case _:
            assert_never(criterion)
    outcome, part, sentence, facts = found
    return Score(criterion, outcome, part, policy.weights[criterion], sentence, facts)


_Found = tuple[Outcome, Fraction, str, dict[str, FactValue]]


def _unknown(sentence: str, **facts: FactValue) -> _Found:
    return Outcome.UNKNOWN, _NEUTRAL, sentence, facts


def _territory(needs: LeadNeeds, candidate: Candidate) -> _Found:
    country = needs.country
    facts: dict[str, FactValue] = {"country": country or None, "partner_country": candidate.country or None}
    if not country:
        return _unknown("The country of the company is not known.", **facts)
    if candidate.territories is not None:
        facts["territories"] = ", ".join(sorted(candidate.territories))
        if country in candidate.territories:
            return Outcome.FITS, Fraction(1), f"Its territory covers {country}.", facts
        return Outcome.NOT, Fraction(0), f"Its territory does not cover {country}.", facts
    if candidate.country == country:
        return Outcome.FITS, Fraction(1), f"It is in {country} itself.", facts
    return _unknown("Its territory is not known.", **facts)


def _type(needs: LeadNeeds, candidate: Candidate) -> _Found:
    facts: dict[str, FactValue] = {"wanted": needs.partner_type or None, "type": candidate.type}
    if not needs.partner_type:
        return _unknown("The lead asks for no type of partner.", **facts)
    if candidate.type == needs.partner_type:
        return Outcome.FITS, Fraction(1), "It is of the type the lead asks for.", facts
    return Outcome.NOT, Fraction(0), "It is of another type than the lead asks for.", facts


def _tier(candidate: Candidate, policy: LeadPolicy) -> _Found:
    points = policy.tier_points.get(candidate.tier) if candidate.tier else None
    if points is None:
        return _unknown("It has no tier.", tier=candidate.tier or None)
    outcome = Outcome.FITS if points == POINTS else Outcome.PARTLY
    sentence = f"Its tier gives {points} of {POINTS} points."
    return outcome, Fraction(points, POINTS), sentence, {"tier": candidate.tier, "points": points}


def _capacity(candidate: Candidate) -> _Found:
    facts: dict[str, FactValue] = {"open": candidate.open_leads, "most": candidate.limit}
    sentence = f"It has {candidate.open_leads} of at most {candidate.limit} leads open."
    free = max(candidate.limit - candidate.open_leads, 0)
    part = Fraction(free, candidate.limit) if candidate.limit else Fraction(0)
    outcome = Outcome.NOT if not free else Outcome.FITS if part == 1 else Outcome.PARTLY
    return outcome, part, sentence, facts


def _certificate(needs: LeadNeeds, candidate: Candidate) -> _Found:
    wanted = needs.certificate
    facts: dict[str, FactValue] = {"wanted": wanted or None}
    if not wanted:
        return _unknown("The lead asks for no certificate.", **facts)
    if candidate.certificates is None:
        return _unknown("Its certificates are not known.", **facts)
    if wanted.casefold() in {held.casefold() for held in candidate.certificates}:
        return Outcome.FITS, Fraction(1), f"It holds the certificate {wanted}.", facts
    return Outcome.NOT, Fraction(0), f"It does not hold the certificate {wanted}.", facts


def _rate(part: int, whole: int, words: str, no_words: str) -> _Found:
    """Score a rate, drawn towards a half by one success and one failure that nobody saw: few cases say little."""
    if not whole:
        return _unknown(no_words, part=0, whole=0)
    score = Fraction(part + 1, whole + 2)
    return Outcome.PARTLY, score, words.format(part=part, whole=whole), {"part_count": part, "whole": whole}
