"""A clean claim that the tests of rules of engagement start from, and the rules that ship."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from tallystick.deals.rules.engagement.assessing import Check, CheckOutcome, Eligibility, check_claim
from tallystick.deals.rules.engagement.claims import AccountFacts, ClaimFacts, Holder, PartnerFacts, facts_of
from tallystick.deals.rules.engagement.reading import default_document, read_engagement
from tallystick.kernel.explanations import FactValue
from tallystick.kernel.money import Money

RULES = read_engagement(default_document())
CLAIM = ClaimFacts(
    claimed_on=date(2026, 11, 20),
    value=Money(4_200_000, "GBP"),
    value_here=Money(4_200_000, "GBP"),
    product="",
    holder=Holder.NOBODY,
    overlap_holder=Holder.NOBODY,
    names_distributor=False,
    distributor=None,
    account=AccountFacts(is_customer=False, country="GB", direct_deal_opened_on=None, direct_met_on=None, lost_on=None),
    partner=PartnerFacts(
        type="reseller",
        tier="premier",
        lifecycle="active",
        country="GB",
        track="Reseller",
        open_registrations=4,
        earlier_ended_on=None,
        territories=(),
        certificates=None,
        certified_for_product=None,
        programme_keeps_certificates=False,
    ),
)


def checked(claim: ClaimFacts = CLAIM) -> Eligibility:
    return check_claim(facts_of(claim), RULES, currency="GBP")


def check_of(rule: str, facts: dict[str, FactValue]) -> Check:
    """Hold the clean claim, with these facts put in place of its own, against one rule that ships."""
    found = check_claim({**facts_of(CLAIM), **facts}, RULES, currency="GBP")
    return next(check for check in found.checks if check.rule == rule)


def with_account(**changes: object) -> ClaimFacts:
    return replace(CLAIM, account=replace(CLAIM.account, **changes))  # type: ignore[arg-type]


def with_partner(**changes: object) -> ClaimFacts:
    return replace(CLAIM, partner=replace(CLAIM.partner, **changes))  # type: ignore[arg-type]


__all__ = ["CLAIM", "RULES", "CheckOutcome", "check_of", "checked", "with_account", "with_partner"]
