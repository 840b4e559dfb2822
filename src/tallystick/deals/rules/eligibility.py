"""The checks of a registration, each in words a partner understands and may read.

No sentence here names another partner, a colleague of the vendor or a figure of another deal.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import assert_never

from tallystick.deals.rules.policy import RegistrationPolicy, Rule
from tallystick.kernel.currencies import minor_units
from tallystick.kernel.explanations import FactValue
from tallystick.kernel.money import Money


class Holder(StrEnum):
    """Who holds the protection of the account when a claim is checked."""

    NOBODY = "nobody"
    THIS_PARTNER = "this_partner"
    ANOTHER_PARTNER = "another_partner"


@dataclass(frozen=True, slots=True)
class ClaimFacts:
    """What is known about a claim on the day it is made.

    `value` is what the partner expects, `value_here` the same in the workspace currency (None: no rate for the day).
    `direct_deal_opened_on` is the opening of the oldest open opportunity of the vendor's own, `direct_work_on` the
    latest meeting of the vendor's own team.
    """

    claimed_on: date
    value: Money
    value_here: Money | None
    holder: Holder
    is_customer: bool
    direct_deal_opened_on: date | None
    direct_work_on: date | None
    other_open_registrations: int


class CheckOutcome(StrEnum):
    """What a check found; UNKNOWN asks a person to look."""

    MET = "met"
    BROKEN = "broken"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Check:
    """One rule with what it found and the figures it was found from."""

    rule: Rule
    outcome: CheckOutcome
    sentence: str
    facts: Mapping[str, FactValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Eligibility:
    """All checks of one claim. `declined_by` is the first broken rule that declines at once."""

    checks: tuple[Check, ...]
    declined_by: Check | None

    @property
    def met(self) -> int:
        """Count the rules that are met: "5 of 6 rules met"."""
        return sum(check.outcome is CheckOutcome.MET for check in self.checks)


def check_claim(claim: ClaimFacts, policy: RegistrationPolicy) -> Eligibility:
    """Check a claim against every rule of the policy, in order."""
    checks = tuple(_checks(claim, policy))
    return Eligibility(
        checks=checks,
        declined_by=next(
            (check for check in checks if check.outcome is CheckOutcome.BROKEN and check.rule in policy.declining), None
        ),
    )


def _checks(claim: ClaimFacts, policy: RegistrationPolicy) -> Iterator[Check]:
    yield _first_to_register(claim)
    yield _found(
        Rule.NEW_TO_US,
        broken=claim.is_customer,
        when_met="The company is not a customer yet.",
        when_broken="The company is already a customer of ours.",
    )
    opened = claim.direct_deal_opened_on
    yield _found(
        Rule.NO_OPEN_DIRECT_DEAL,
        broken=opened is not None,
        when_met="Our own team has no open deal with the company.",
        when_broken=f"Our own team has an open deal with the company since {_spoken(opened)}.",
        facts={"opened_on": _iso(opened)},
    )
    worked = claim.direct_work_on
    since = claim.claimed_on - timedelta(days=policy.direct_work_days)
    yield _found(
        Rule.NOT_WORKED_BY_DIRECT,
        broken=worked is not None and worked >= since,
        when_met=f"Our own team has not met the company in the last {policy.direct_work_days} days.",
        when_broken=f"Our own team last met the company on {_spoken(worked)}.",
        facts={"last_met_on": _iso(worked), "counts_since": since.isoformat()},
    )
    yield _minimum_value(claim, policy)
    count = claim.other_open_registrations + 1
    yield _found(
        Rule.OPEN_REGISTRATIONS,
        broken=count > policy.open_registrations,
        when_met=f"It is your open registration {count} of at most {policy.open_registrations}.",
        when_broken=f"You already have {policy.open_registrations} open registrations, the most we accept at a time.",
        facts={"open": count, "most": policy.open_registrations},
    )


def _first_to_register(claim: ClaimFacts) -> Check:
    match claim.holder:
        case Holder.NOBODY:
            return Check(Rule.FIRST_TO_REGISTER, CheckOutcome.MET, "You are the first to register the company.")
        case Holder.THIS_PARTNER:
            return Check(
                Rule.FIRST_TO_REGISTER, CheckOutcome.BROKEN, "You already hold an open registration of the company."
            )
        case Holder.ANOTHER_PARTNER:
            return Check(
                Rule.FIRST_TO_REGISTER,
                CheckOutcome.BROKEN,
                "The company was already registered when your claim arrived. The first to register is protected.",
            )
        case _:
            assert_never(claim.holder)


def _minimum_value(claim: ClaimFacts, policy: RegistrationPolicy) -> Check:
    value = claim.value_here
    if value is None:
        return Check(
            Rule.MINIMUM_VALUE,
            CheckOutcome.UNKNOWN,
            f"There is no exchange rate for {claim.value.currency} on that day: a person compares the value.",
        )
    least = Money(policy.minimum_value * minor_units(value.currency), value.currency)
    return _found(
        Rule.MINIMUM_VALUE,
        broken=value < least,
        when_met=f"The value is at least {least}.",
        when_broken=f"The value is below {least}, the least we register.",
        facts={
            "value": value.minor,
            "value_currency": value.currency,
            "least": least.minor,
            "least_currency": least.currency,
        },
    )


def _found(
    rule: Rule, *, broken: bool, when_met: str, when_broken: str, facts: Mapping[str, FactValue] | None = None
) -> Check:
    if broken:
        return Check(rule, CheckOutcome.BROKEN, when_broken, facts or {})
    return Check(rule, CheckOutcome.MET, when_met, facts or {})


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _spoken(day: date | None) -> str:
    return "" if day is None else f"{day.day} {day:%b %Y}"
