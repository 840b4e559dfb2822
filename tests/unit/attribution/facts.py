"""Short ways to state facts in attribution tests. Northwind is partner 1, Corvid 2, Solano 3."""

from datetime import date

from tallystick.attribution.rules.facts import (
    DirectEvidence,
    DirectKind,
    OpportunityFacts,
    OpportunityOutcome,
    TouchFacts,
    TouchKind,
)

NORTHWIND, CORVID, SOLANO = 1, 2, 3
NAMES = {NORTHWIND: "Northwind", CORVID: "Corvid", SOLANO: "Solano"}


def day(text: str) -> date:
    return date.fromisoformat(text)


def opportunity(
    key: str = "crm:O1",
    *,
    created: str = "2026-03-05",
    closed: str | None = None,
    known_since: str | None = None,
    outcome: OpportunityOutcome | None = None,
    account: str | None = "crm:A1",
    named_partner: str | None = None,
) -> OpportunityFacts:
    return OpportunityFacts(
        key=key,
        created_on=day(created),
        closed_on=day(closed) if closed else None,
        outcome=outcome or (OpportunityOutcome.WON if closed else OpportunityOutcome.OPEN),
        account_key=account,
        known_since=day(known_since) if known_since else None,
        named_partner=named_partner,
    )


def touch(
    partner: int,
    kind: TouchKind,
    on: str,
    *,
    key: str | None = None,
    learned: str | None = None,
    only_for: str | None = None,
) -> TouchFacts:
    return TouchFacts(
        key=key or f"portal:{kind}-{partner}-{on}",
        partner_id=partner,
        kind=kind,
        occurred_on=day(on),
        learned_on=day(learned or on),
        opportunity_key=only_for,
    )


def meeting(on: str, *, key: str = "crm:M1", learned: str | None = None) -> DirectEvidence:
    return DirectEvidence(key=key, kind=DirectKind.MEETING, occurred_on=day(on), learned_on=day(learned or on))
