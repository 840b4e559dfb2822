"""The checks of an introduced company. Only the vendor reads them: they name other partners and the vendor's own work.

What the partner is told is decided for leads and registrations alike: `deals/rules/disclosure.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from tallystick.kernel.explanations import Explanation, FactValue, Step


class LeadRule(StrEnum):
    """The checks of an introduction, in the order in which they are made."""

    ACCOUNT_KNOWN = "account_known"
    NEW_TO_US = "new_to_us"
    NO_OPEN_DIRECT_DEAL = "no_open_direct_deal"
    NOT_PROTECTED = "not_protected"
    FIRST_TO_INTRODUCE = "first_to_introduce"


@dataclass(frozen=True, slots=True, kw_only=True)
class IntroductionFacts:
    """What is known of a company on the day it is introduced; names of accounts and partners, "" where there is none.

    `protected_for` holds the account by a registration, also this partner itself; `introduced_by` are other partners
    with an open lead of the company.
    """

    account: str = ""
    account_reason: str = ""
    is_customer: bool = False
    direct_deal_opened_on: date | None = None
    protected_for: str = ""
    protected_for_this_partner: bool = False
    introduced_by: tuple[str, ...] = ()


class LeadCheckOutcome(StrEnum):
    """What a check found: a hit is for a person to weigh, it declines nothing."""

    CLEAR = "clear"
    HIT = "hit"


@dataclass(frozen=True, slots=True)
class LeadCheck:
    """One check, in the vendor's words."""

    rule: LeadRule
    outcome: LeadCheckOutcome
    sentence: str
    facts: Mapping[str, FactValue] = field(default_factory=dict)

    @property
    def is_hit(self) -> bool:
        """Tell whether it found something to weigh."""
        return self.outcome is LeadCheckOutcome.HIT


@dataclass(frozen=True, slots=True)
class Assessment:
    """All checks of one introduction."""

    checks: tuple[LeadCheck, ...]

    @property
    def hits(self) -> tuple[LeadCheck, ...]:
        """Return the checks that found something, in order."""
        return tuple(check for check in self.checks if check.is_hit)

    def explain(self, *, reference: str, policy: str) -> Explanation:
        """Explain the checks; only the vendor reads it."""
        hits = len(self.hits)
        conclusion = (
            "Nothing speaks against it." if not hits else f"{hits} of {len(self.checks)} checks found something."
        )
        steps = tuple(
            Step(rule=check.rule.value, outcome=check.outcome.value, sentence=check.sentence, facts=check.facts)
            for check in self.checks
        )
        return Explanation(subject=f"lead {reference}", policy=policy, conclusion=conclusion, steps=steps)


def assess_introduction(facts: IntroductionFacts) -> Assessment:
    """Check an introduced company against what is known of it."""
    return Assessment(tuple(_checks(facts)))


def _checks(facts: IntroductionFacts) -> Iterator[LeadCheck]:
    yield _check(
        LeadRule.ACCOUNT_KNOWN,
        hit=bool(facts.account),
        clear="The company is not in the CRM.",
        words=f"It is {facts.account} in the CRM: {facts.account_reason}.",
        facts={"account": facts.account or None},
    )
    yield _check(
        LeadRule.NEW_TO_US,
        hit=facts.is_customer,
        clear="The company is not a customer.",
        words="The company is a customer of ours.",
    )
    opened = facts.direct_deal_opened_on
    yield _check(
        LeadRule.NO_OPEN_DIRECT_DEAL,
        hit=opened is not None,
        clear="Our own team has no open deal with the company.",
        words="" if opened is None else f"Our own team has an open deal with it since {opened.day} {opened:%b %Y}.",
        facts={"opened_on": None if opened is None else opened.isoformat()},
    )
    holder = "this partner itself" if facts.protected_for_this_partner else facts.protected_for
    yield _check(
        LeadRule.NOT_PROTECTED,
        hit=bool(facts.protected_for),
        clear="No registration holds the company.",
        words=f"A registration holds the company for {holder}.",
        facts={"holder": facts.protected_for or None},
    )
    others = ", ".join(sorted(facts.introduced_by))
    yield _check(
        LeadRule.FIRST_TO_INTRODUCE,
        hit=bool(others),
        clear="No other partner has introduced the company.",
        words=f"It was introduced before by {others}.",
        facts={"introduced_by": others or None},
    )


def _check(
    rule: LeadRule, *, hit: bool, clear: str, words: str, facts: Mapping[str, FactValue] | None = None
) -> LeadCheck:
    if hit:
        return LeadCheck(rule, LeadCheckOutcome.HIT, words, facts or {})
    return LeadCheck(rule, LeadCheckOutcome.CLEAR, clear, facts or {})
