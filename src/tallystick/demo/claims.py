"""The deals partners registered in the portal, and how each claim was answered.

What is written here is what people did: who claimed what and when, and what the partner manager decided. Whether a
claim holds the account, or came second, is for the deal desk to find out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from tallystick.demo.cast import PartnerPlan, data
from tallystick.demo.chance import Chance
from tallystick.demo.days import in_office_hours, working_day
from tallystick.demo.facts import Account
from tallystick.demo.origins import PORTAL_DAYS, REGISTRATION
from tallystick.demo.pipeline import POUNDS_TO, Deal


class Outcome(StrEnum):
    """What the partner manager made of a claim. A claim that came second is declined at once, whatever stands here."""

    APPROVED = "approved"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A deal registered by a partner's person; amounts in minor units. `opportunity` is what it turned into."""

    partner: str
    submitted_by: str
    company: str
    website: str
    country: str
    contact_name: str
    contact_email: str
    value_minor: int
    currency: str
    submitted_at: datetime
    outcome: Outcome
    decided_at: datetime | None = None
    reason: str = ""
    opportunity: str = ""


APPROVAL = "New logo, buyer named, no work by our team. Protected while you work it."
DECLINE_REASONS = (
    "The buyer told us they have not been in touch with you. Register again once you have met them.",
    "The site belongs to a group we already serve under a framework agreement.",
    "The project is an academic grant without a budget owner.",
)
UNUSED_APPROVALS, SECOND_CLAIMS, DECLINED, WITHDRAWN, TOO_SMALL = 12, 7, 6, 3, 3


def make_claims(
    *, anchor: date, deals: Sequence[Deal], spare: Sequence[Account], partners: Sequence[PartnerPlan]
) -> tuple[Claim, ...]:
    """Return the claims of two years in the order they came in, but those that wait today.

    `spare` are accounts that no deal was ever opened with: claims that led nowhere go there.
    """
    claims = [_converted(deal) for deal in deals if deal.origin == REGISTRATION]
    selling = [plan for plan in partners if plan.type not in ("referral", "consultant")]
    claims += _leading_nowhere(anchor, spare, selling)
    claims += _second(claims, selling)
    return tuple(sorted(claims, key=lambda claim: (claim.submitted_at, claim.company, claim.partner)))


def _converted(deal: Deal) -> Claim:
    """Return the claim that a deal grew out of: approved some days before the CRM had the opportunity."""
    if deal.partner is None:
        raise ValueError(f"Deal {deal.key} was registered by nobody.")
    chance = Chance("claim", deal.key)
    return _claim(
        chance,
        partner=deal.partner,
        account=deal.account,
        day=deal.opened_on - timedelta(days=chance.between(4, 16)),
        value_minor=deal.amount_minor * chance.between(85, 125) // 100 // 50_000 * 50_000,
        outcome=Outcome.APPROVED,
        reason=APPROVAL,
        opportunity=deal.key,
    )


def _leading_nowhere(anchor: date, spare: Sequence[Account], partners: Sequence[PartnerPlan]) -> list[Claim]:
    outcomes = [
        *[(Outcome.APPROVED, APPROVAL)] * UNUSED_APPROVALS,
        *[(Outcome.DECLINED, reason) for reason in DECLINE_REASONS * (DECLINED // len(DECLINE_REASONS))],
        *[(Outcome.WITHDRAWN, "The customer postponed the project.")] * WITHDRAWN,
        *[(Outcome.DECLINED, "Below the value from which we register deals.")] * TOO_SMALL,
    ]
    if len(spare) < len(outcomes):
        raise ValueError("There are too few accounts without a deal.")
    claims = []
    for turn, (outcome, reason) in enumerate(outcomes):
        chance, account = Chance("leading nowhere", turn), spare[turn]
        # Every second approval is recent enough to be protected still.
        most_days = 80 if outcome == Outcome.APPROVED and turn % 2 else PORTAL_DAYS - 300
        day = anchor - timedelta(days=chance.between(8, most_days))
        working = [plan for plan in partners if plan.works_on(day)]
        near = [plan for plan in working if plan.region == account.region] or working
        pounds = chance.between(20, 90) * 1_000 if "Below" not in reason else chance.between(2, 4) * 1_000
        currency = data("market")["regions"][account.region]["currency"]
        claims.append(
            _claim(
                chance,
                partner=chance.pick(near),
                account=account,
                day=day,
                value_minor=pounds * POUNDS_TO[currency],
                outcome=outcome,
                reason=reason,
            )
        )
    return claims


def _second(claims: Sequence[Claim], partners: Sequence[PartnerPlan]) -> list[Claim]:
    """Return claims of other partners to companies that were already taken, some days too late."""
    chance, seconds = Chance("second"), []
    first = [claim for claim in claims if claim.opportunity]
    for claim in chance.shuffled(first)[:SECOND_CLAIMS]:
        others = [plan for plan in partners if plan.name != claim.partner and plan.works_on(claim.submitted_at.date())]
        other = chance.pick(others)
        seconds.append(
            Claim(
                partner=other.name,
                submitted_by=other.people[0].email,
                company=claim.company,
                website=claim.website,
                country=claim.country,
                contact_name=claim.contact_name,
                contact_email=claim.contact_email,
                value_minor=claim.value_minor * 9 // 10,
                currency=claim.currency,
                submitted_at=claim.submitted_at + timedelta(days=chance.between(1, 3), minutes=chance.between(0, 200)),
                outcome=Outcome.WITHDRAWN,
            )
        )
    return seconds


def _claim(
    chance: Chance,
    *,
    partner: PartnerPlan,
    account: Account,
    day: date,
    value_minor: int,
    outcome: Outcome,
    reason: str,
    opportunity: str = "",
) -> Claim:
    market = data("market")
    contact = f"{chance.pick(market['first_names'].split())} {chance.pick(market['last_names'].split())}"
    sellers = [person for person in partner.people if person.role in ("admin", "seller")]
    day -= timedelta(days=max(0, day.weekday() - 4))
    decided_on = working_day(day + timedelta(days=chance.between(1, 2)))
    return Claim(
        partner=partner.name,
        submitted_by=chance.pick(sellers).email,
        company=account.name,
        website=account.domain,
        country=account.country,
        contact_name=contact,
        contact_email=f"{contact.lower().replace(' ', '.')}@{account.domain}",
        value_minor=value_minor,
        currency=data("market")["regions"][account.region]["currency"],
        submitted_at=in_office_hours(day, chance),
        outcome=outcome,
        decided_at=in_office_hours(decided_on, chance),
        reason=reason,
        opportunity=opportunity,
    )
