"""Loads the facts of many opportunities in a fixed number of queries, however many there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from tallystick.attribution.models import Ruling, Touch, TouchRuling
from tallystick.attribution.rules.facts import (
    DirectEvidence,
    DirectKind,
    OpportunityFacts,
    OpportunityOutcome,
    RulingFacts,
    TouchFacts,
    TouchKind,
    TouchRulingFacts,
)
from tallystick.attribution.rules.policy import AttributionPolicy
from tallystick.attribution.rules.sourcing import direct_opportunities
from tallystick.crm.models import Opportunity, OpportunityStatus, SalesActivity
from tallystick.kernel.names import normalise_company_name
from tallystick.kernel.periods import day_of
from tallystick.partners.models import Partner
from tallystick.platform.database.bulk import any_of

MEETING = "meeting"
"""The kind of sales activity that is direct evidence."""
_KINDS = {kind.value: kind for kind in TouchKind}
_OUTCOMES = {outcome.value: outcome for outcome in OpportunityOutcome}


class PartnerDirectory:
    """Finds the partner a CRM names, by the normal form of the name. Read once a run."""

    @cached_property
    def _by_name(self) -> dict[str, int]:
        partners = Partner.objects.order_by("-pk").values_list("name", "pk")
        return {normalise_company_name(name): partner_id for name, partner_id in partners}

    def named(self, name: str) -> int | None:
        """Return the partner of that name, or nothing where none has it."""
        return self._by_name.get(normalise_company_name(name))


@dataclass(slots=True)
class AccountEvidence:
    """What is known about one account: touches, our own meetings, and all its opportunities."""

    touches: list[TouchFacts] = field(default_factory=list)
    meetings: list[DirectEvidence] = field(default_factory=list)
    opportunities: list[OpportunityFacts] = field(default_factory=list)
    _direct: dict[int, tuple[DirectEvidence, ...]] = field(default_factory=dict)

    def direct(self, policy: AttributionPolicy) -> tuple[DirectEvidence, ...]:
        """Return the direct evidence of the account, worked out once for each policy; none without a touch."""
        if not self.touches:
            return ()
        known = self._direct.get(id(policy))
        if known is None:
            known = (*self.meetings, *direct_opportunities(self.opportunities, self.touches, policy))
            self._direct[id(policy)] = known
        return known


@dataclass(frozen=True, slots=True)
class LoadedOpportunity:
    """One opportunity to decide, with the evidence of its account, the partner its CRM record names, and a ruling."""

    id: int
    facts: OpportunityFacts
    evidence: AccountEvidence
    named: TouchFacts | None
    ruling: RulingFacts | None

    @property
    def touches(self) -> list[TouchFacts]:
        """The touches to judge: those of the account, and the mention on the opportunity itself."""
        return self.evidence.touches if self.named is None else [*self.evidence.touches, self.named]


_FIELDS = (
    "pk",
    "source",
    "external_id",
    "account_id",
    "account__source",
    "account__external_id",
    "status",
    "opened_on",
    "close_on",
    "learned_at",
    "partner_named",
)


def load_opportunities(
    opportunity_ids: Sequence[int], *, zone: ZoneInfo, partners: PartnerDirectory
) -> list[LoadedOpportunity]:
    """Lock the opportunities in key order and load what decides them. At most seven queries.

    An opportunity without an opening date counts as created on the day we first knew it, or on its close where that
    is earlier. Facts that arrive after the lock carry a mark of their own and are decided by the next run.
    """
    locked = (
        Opportunity.objects.filter(pk__in=any_of(opportunity_ids))
        .order_by("pk")
        .select_for_update(no_key=True, of=("self",))
    )
    rows = list(locked.values_list(*_FIELDS))
    accounts = _load_accounts({row[3] for row in rows if row[3] is not None}, zone=zone)
    rulings = _load_rulings([row[0] for row in rows], zone=zone)
    loaded = []
    for row in rows:
        facts = _opportunity_facts(row, zone=zone)
        evidence = accounts[row[3]] if row[3] is not None else AccountEvidence()
        loaded.append(LoadedOpportunity(row[0], facts, evidence, _named_touch(facts, partners), rulings.get(row[0])))
    return loaded


def _load_rulings(opportunity_ids: Sequence[int], *, zone: ZoneInfo) -> dict[int, RulingFacts]:
    """Return the newest ruling on each opportunity that has one; of two of one moment the later key stands."""
    newest = (
        Ruling.objects.filter(opportunity_id__in=any_of(opportunity_ids))
        .order_by("opportunity_id", "-ruled_at", "-external_id")
        .distinct("opportunity_id")
    )
    return {ruling.opportunity_id: _ruling_facts(ruling, zone=zone) for ruling in newest}


def _ruling_facts(ruling: Ruling, *, zone: ZoneInfo) -> RulingFacts:
    return RulingFacts(
        key=ruling.external_id,
        ruled_on=day_of(ruling.ruled_at, zone=zone),
        rule=ruling.rule,
        rules=ruling.rules_reference,
        claimants=tuple(ruling.claimants),
        parts=tuple((partner, ppm) for partner, ppm in ruling.parts),
    )


def _load_accounts(account_ids: set[int], *, zone: ZoneInfo) -> dict[int, AccountEvidence]:
    accounts: dict[int, AccountEvidence] = defaultdict(AccountEvidence)
    rulings = _load_touch_rulings(account_ids, zone=zone)
    touches = Touch.objects.filter(account_id__in=any_of(account_ids)).values_list(
        "account_id",
        "pk",
        "source",
        "external_id",
        "partner_id",
        "kind",
        "happened_on",
        "learned_on",
        "opportunity__source",
        "opportunity__external_id",
    )
    for account_id, touch_id, source, external_id, partner_id, kind, happened_on, learned_on, *opportunity in touches:
        accounts[account_id].touches.append(
            TouchFacts(
                key=f"{source}:{external_id}",
                partner_id=partner_id,
                kind=_KINDS[kind],
                occurred_on=happened_on,
                learned_on=learned_on,
                opportunity_key=":".join(opportunity) if opportunity[0] else None,
                rulings=tuple(rulings.get(touch_id, ())),
            )
        )
    if accounts:
        _add_direct_evidence(accounts, zone=zone)
    return accounts


def _load_touch_rulings(account_ids: set[int], *, zone: ZoneInfo) -> dict[int, list[TouchRulingFacts]]:
    """Return the rulings on touches of these accounts, by touch, the earliest first."""
    found: dict[int, list[TouchRulingFacts]] = {}
    rows = TouchRuling.objects.filter(touch__account_id__in=any_of(account_ids)).order_by("ruled_at", "external_id")
    for row in rows:
        facts = TouchRulingFacts(row.external_id, day_of(row.ruled_at, zone=zone), row.stands)
        found.setdefault(row.touch_id, []).append(facts)
    return found


def _add_direct_evidence(accounts: dict[int, AccountEvidence], *, zone: ZoneInfo) -> None:
    """Add meetings and opportunities to accounts that have touches: without one they decide nothing."""
    touched = list(accounts)
    meetings = SalesActivity.objects.filter(account_id__in=any_of(touched), kind__iexact=MEETING)
    for account_id, source, external_id, happened_on, learned_at in meetings.values_list(
        "account_id", "source", "external_id", "happened_on", "learned_at"
    ):
        accounts[account_id].meetings.append(
            DirectEvidence(
                key=f"{source}:{external_id}",
                kind=DirectKind.MEETING,
                occurred_on=happened_on,
                learned_on=day_of(learned_at, zone=zone),
            )
        )
    for row in Opportunity.objects.filter(account_id__in=any_of(touched)).values_list(*_FIELDS):
        accounts[row[3]].opportunities.append(_opportunity_facts(row, zone=zone))


def _opportunity_facts(row: tuple[Any, ...], *, zone: ZoneInfo) -> OpportunityFacts:
    _, source, external_id, _, account_source, account_id, status, opened_on, close_on, learned_at, named = row
    known_since = day_of(learned_at, zone=zone)
    closed_on = close_on if status != OpportunityStatus.OPEN else None
    return OpportunityFacts(
        key=f"{source}:{external_id}",
        created_on=opened_on or min(known_since, closed_on or known_since),
        closed_on=closed_on,
        outcome=_OUTCOMES[status],
        account_key=f"{account_source}:{account_id}" if account_source is not None else None,
        known_since=known_since,
        named_partner=named or None,
    )


def _named_touch(facts: OpportunityFacts, partners: PartnerDirectory) -> TouchFacts | None:
    """Read the partner that the CRM names on the opportunity as a touch of the day it was created.

    It is derived and never stored, so that undoing an import takes it away again.
    """
    if facts.named_partner is None:
        return None
    partner_id = partners.named(facts.named_partner)
    if partner_id is None:
        return None
    return TouchFacts(
        key=f"{facts.key}/partner_named",
        partner_id=partner_id,
        kind=TouchKind.NAMED_ON_OPPORTUNITY,
        occurred_on=facts.created_on,
        learned_on=max(facts.created_on, facts.known_since or date.min),
        opportunity_key=facts.key,
    )
