"""What a partner is told of a claim or a lead: all that is its own, and of the company no more than the policy allows.

Under NOTHING what is told follows from what the partner knows itself, so that it is the same for a company that is
free and for one a rival holds. `docs/explanation/deal-registration.md`, "What a partner learns", specifies it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from tallystick.deals.rules.answer import Answer, AnswerKind, answer_claim
from tallystick.deals.rules.engagement.assessing import Check, CheckOutcome, Eligibility, outcome_of
from tallystick.deals.rules.engagement.claims import Holder
from tallystick.deals.rules.engagement.engagement import Engagement, Rule
from tallystick.deals.rules.engagement.words import facts_in
from tallystick.kernel.conditions import Facts, facts_named
from tallystick.kernel.explanations import FactValue

COMPANY_KNOWN: Final = "company_known"
"""Stands for the rules about the company whose findings are not told one by one."""
_LABEL: Final = "What we know of the company"
_HOLDERS: Final = ("account.holder", "account.overlap_holder")
_OPEN_TO_ALL: Final = frozenset({"account.country", "account.in_territory"})
"""Where a company sits is no secret; that the CRM knows it is one only where nothing is told."""


class Disclosure(StrEnum):
    """What a partner may learn of a company it claims, before the claim is approved, or introduces."""

    NOTHING = "nothing"
    KNOWN = "known"
    CONTACT = "contact"


@dataclass(frozen=True, slots=True)
class Told:
    """What a partner is told. `undisclosed` is the rule that declines the claim and that it is not told.

    `known` says whether it is told that the company is known; always False where nothing is told.
    """

    eligibility: Eligibility
    answer: Answer
    undisclosed: Check | None
    known: bool


def tell(
    eligibility: Eligibility,
    *,
    facts: Facts,
    engagement: Engagement,
    disclosure: Disclosure,
    known_otherwise: bool,
    contact: str = "",
) -> Told:
    """Return what a partner is told of a claim that the rules were held against.

    `known_otherwise` says that the company was met outside the rules, as in another partner's lead; `contact` names who
    to talk to, and is told under CONTACT alone. A rule that declines at once is told as itself, unless nothing may be
    told and it declines for what is known of the company.
    """
    rules = {rule.id: rule for rule in engagement.rules}
    withheld = {check.rule for check in eligibility.checks if _is_withheld(rules[check.rule], facts, disclosure)}
    declined = eligibility.declined_by
    undisclosed = None
    if disclosure is Disclosure.NOTHING:
        declined = next((check for check in eligibility.checks if check.declines and check.rule not in withheld), None)
        undisclosed = eligibility.declined_by if declined is None else None
    elif declined is not None:
        withheld.discard(declined.rule)
    hits = any(check.is_open for check in eligibility.checks if check.rule in withheld)
    known = disclosure is not Disclosure.NOTHING and (hits or known_otherwise)
    summary = _summary(disclosure, known=known, contact=contact)
    checks = _with_summary(eligibility.checks, withheld, summary, always=known)
    told = Eligibility(checks, declined)
    return Told(told, _answer(told, disclosure, known=known, sentence=summary.sentence), undisclosed, known)


def company_is_known(eligibility: Eligibility, *, facts: Facts, engagement: Engagement, known_otherwise: bool) -> bool:
    """Tell whether anything says that the vendor knows the company: its own facts, a rival's claim, a rival's lead.

    It is so of exactly those companies of which a claim is told under KNOWN that they are known or claimed before: a
    partner that asks both ways learns no more. What the partner holds itself makes no company known.
    """
    rules = {rule.id: rule for rule in engagement.rules}
    return known_otherwise or any(
        check.is_open and _speaks_of_company(rules[check.rule], facts) for check in eligibility.checks
    )


def words_on_lead(disclosure: Disclosure, *, known: bool, contact: str = "") -> str:
    """Return what a partner is told of a company it introduces, "" for nothing; `known` as `company_is_known` says.

    `contact` names who to talk to, and is told under CONTACT alone.
    """
    if disclosure is Disclosure.NOTHING or not known:
        return ""
    if disclosure is Disclosure.CONTACT and contact:
        return f"We know this company already: talk to {contact}. We tell you whether we take it up with you."
    return "We know this company already. We tell you whether we take it up with you."


def _is_withheld(rule: Rule, facts: Facts, disclosure: Disclosure) -> bool:
    """Tell whether what the rule found depends on what only the vendor knows, and may not be told."""
    if disclosure is not Disclosure.NOTHING:
        return bool(_of_company(rule) - _OPEN_TO_ALL)
    return bool(_of_company(rule)) or _depends_on_holders(rule, facts)


def _speaks_of_company(rule: Rule, facts: Facts) -> bool:
    """Tell whether a rule that is broken says more of the company than where it sits, or who else claims it."""
    return bool(_of_company(rule) - _OPEN_TO_ALL) or _depends_on_holders(rule, facts)


def _of_company(rule: Rule) -> frozenset[str]:
    words = (rule.when_met, rule.when_broken, rule.when_missing, rule.when_not_asked)
    named = facts_named(rule.condition) | facts_named(rule.applies) | frozenset().union(*map(facts_in, words))
    return frozenset(name for name in named if name.startswith("account.") and name not in _HOLDERS)


def _depends_on_holders(rule: Rule, facts: Facts) -> bool:
    return len({outcome_of(rule, seen) for seen in _as_the_partner_may_think(facts)}) > 1


def _as_the_partner_may_think(facts: Facts) -> list[Mapping[str, FactValue]]:
    """Return the facts with every holder there may be, as far as the partner knows: it knows what it holds itself."""
    possible = [
        [facts.get(name)]
        if facts.get(name) == Holder.THIS_PARTNER
        else [Holder.NOBODY.value, Holder.ANOTHER_PARTNER.value]
        for name in _HOLDERS
    ]
    return [{**facts, _HOLDERS[0]: holder, _HOLDERS[1]: overlap} for holder in possible[0] for overlap in possible[1]]


def _summary(disclosure: Disclosure, *, known: bool, contact: str) -> Check:
    if disclosure is Disclosure.NOTHING:
        sentence = "What we know of a company is not told before a claim to it is approved. A person looks."
        outcome = CheckOutcome.NOT_ASKED
    elif not known:
        sentence, outcome = "Nothing we know of the company stands in the way.", CheckOutcome.MET
    else:
        sentence, outcome = "We know the company already. A person decides.", CheckOutcome.BROKEN
        if disclosure is Disclosure.CONTACT and contact:
            sentence = f"We know the company already: talk to {contact}. A person decides."
    return Check(COMPANY_KNOWN, _LABEL, outcome, declines=False, sentence=sentence)


def _with_summary(checks: tuple[Check, ...], withheld: set[str], summary: Check, *, always: bool) -> tuple[Check, ...]:
    """Put the summary in the place of the first check that is withheld, or last where it must be told all the same."""
    told: list[Check] = []
    stands = False
    for check in checks:
        if check.rule not in withheld:
            told.append(replace(check, facts=_own(check)))
        elif not stands:
            told.append(summary)
            stands = True
    return tuple(told) if stands or not always else (*told, summary)


def _own(check: Check) -> Mapping[str, FactValue]:
    return {name: value for name, value in check.facts.items() if not name.startswith("account.")}


def _answer(told: Eligibility, disclosure: Disclosure, *, known: bool, sentence: str) -> Answer:
    if told.declined_by is not None:
        return answer_claim(told)
    if disclosure is Disclosure.NOTHING:
        return Answer(
            AnswerKind.IN_REVIEW,
            None,
            "We have your claim, and its moment is proved. If no other was first, the company is held for you while we "
            "review.",
        )
    answer = answer_claim(told)
    return replace(answer, sentence=f"{answer.sentence} {sentence}") if known else answer
