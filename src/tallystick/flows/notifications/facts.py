"""Turns entries of the activity stream into events with what their words and their readers follow from.

An entry about many things, such as an import, becomes one event for each deal or partner it concerns. The number of
queries does not grow with the number of entries.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db.models import Q, Sum

from tallystick.commissions.models import CommissionLine
from tallystick.crm.models import Opportunity, StageChange
from tallystick.deals.forms import ToldAnswer, answers_of, forms_of_versions
from tallystick.deals.models import Collaborator, DealRegistration, Lead, LeadDirection
from tallystick.deals.rules.forms.form import Form
from tallystick.deals.services import WAS_APPROVED
from tallystick.kernel.money import Money
from tallystick.partners.models import Partner
from tallystick.platform.models import ActivityEntry

MOST_LINES: Final = 500
"""A run that booked more lines is history being loaded, not news: its money is told by digests and statements."""
MOST_DEALS: Final = 500
BOOKED_WITHIN: Final = timedelta(days=60)
"""Lines are found by the index of the day they are booked on."""
DEAL: Final = "deal_registration"
OPPORTUNITY: Final = "opportunity"
LEAD: Final = "lead"

STAGE_CHANGED: Final = "stage_changed"
PROTECTION_ENDED: Final = "protection_ended"
COMMISSIONS_BOOKED: Final = "commissions_booked"
"""Events that one entry about many things is taken apart into."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DealFacts:
    """What words about a deal are made of; `owner_name` is the CRM's."""

    key: int
    is_registration: bool
    reference: str
    company: str
    state: str = ""
    value: Money | None = None
    submitted_by: int | None = None
    protected_until: date | None = None
    answer_due_at: datetime | None = None
    reason: str = ""
    rule: str = ""
    owner_name: str = ""
    stage: str = ""
    answers: tuple[ToldAnswer, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerFacts:
    """The partner an event concerns, and who looks after it."""

    id: int
    name: str
    manager_id: int | None
    tier: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadFacts:
    """What words about a lead are made of; nothing of its contact is."""

    key: int
    reference: str
    company: str
    is_from_partner: bool
    state: str = ""
    owner_id: int | None = None
    introduced_by: int | None = None
    """The person at the partner who introduced it; nobody for a lead of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened, about one deal, partner or other record."""

    entry: ActivityEntry
    verb: str
    topic: str
    data: Mapping[str, Any]
    deal: DealFacts | None = None
    partner: PartnerFacts | None = None
    lead: LeadFacts | None = None
    for_partner: bool = False
    """Whether the partner's people may hear of it."""
    money: tuple[Money, ...] = ()
    workers: frozenset[int] = field(default_factory=frozenset)
    """People who did something on the same record."""


def events_of(entries: Sequence[ActivityEntry]) -> list[Event]:
    """Return the events of these entries, in their order."""
    data = {entry.pk: json.loads(entry.body)["data"] for entry in entries}
    raw = [event for entry in entries for event in _taken_apart(entry, data[entry.pk])]
    deals = _registrations({event.deal.key for event in raw if event.deal and event.deal.is_registration})
    others = _opportunities({event.deal.key for event in raw if event.deal and not event.deal.is_registration})
    known = [_with_deal(event, deals, others) for event in raw]
    leads = _leads({entry.subject_id for entry in entries if entry.subject_kind == LEAD and entry.subject_id})
    partners = _partners({event.partner.id for event in known if event.partner})
    workers = _workers(known)
    return [
        replace(
            event,
            lead=leads.get(event.entry.subject_id or 0) if event.entry.subject_kind == LEAD else None,
            partner=partners.get(event.partner.id) if event.partner else None,
            workers=frozenset(workers[event.topic]),
        )
        for event in known
    ]


def _taken_apart(entry: ActivityEntry, data: Mapping[str, Any]) -> Iterable[Event]:
    match entry.verb:
        case "protections_expired":
            for key in data.get("registrations", [])[:MOST_DEALS]:
                yield _event(entry, data, verb=PROTECTION_ENDED, deal=key, for_partner=True)
        case "facts_imported":
            yield _event(entry, data)
            if data.get("kind") == "opportunities" and entry.subject_id is not None:
                for key in _moved_deals(entry.subject_id):
                    yield _event(entry, data, verb=STAGE_CHANGED, deal=key, for_partner=True)
        case "commissions_accrued":
            yield _event(entry, data)
            if 0 < data.get("written", 0) + data.get("reversed", 0) <= MOST_LINES:
                for partner_id, sums in _booked(entry).items():
                    yield replace(
                        _event(entry, data, verb=COMMISSIONS_BOOKED, partner=partner_id, for_partner=True), money=sums
                    )
        case _:
            yield _event(entry, data)


def _event(
    entry: ActivityEntry,
    data: Mapping[str, Any],
    *,
    verb: str = "",
    deal: int | None = None,
    partner: int | None = None,
    for_partner: bool = False,
) -> Event:
    """Return the event with what it concerns named by id; the rest is filled in for all at once."""
    about_deal = deal if deal is not None else entry.subject_id if entry.subject_kind == DEAL else None
    about_crm = entry.subject_id if entry.subject_kind == OPPORTUNITY else None
    facts = None
    if about_deal is not None:
        facts = DealFacts(key=about_deal, is_registration=True, reference="", company="")
    elif about_crm is not None:
        facts = DealFacts(key=about_crm, is_registration=False, reference="", company="")
    partner_id = partner or entry.partner_id or (entry.subject_id if entry.subject_kind == "partner" else None)
    topic = f"{entry.subject_kind}:{entry.subject_id or 0}"
    if deal is not None:
        topic = f"{DEAL}:{deal}"
    elif partner is not None:
        topic = f"{entry.subject_kind}:partner-{partner}"
    return Event(
        entry=entry,
        verb=verb or entry.verb,
        topic=topic,
        data=data,
        deal=facts,
        partner=PartnerFacts(id=partner_id, name="", manager_id=None) if partner_id else None,
        for_partner=for_partner or entry.partner_id is not None,
    )


def _moved_deals(import_id: int) -> list[int]:
    changes = StageChange.objects.filter(
        added_by_import_id=import_id,
        opportunity__registrations__state__in=WAS_APPROVED,
    )
    found = changes.order_by("opportunity__registrations__pk").values_list("opportunity__registrations__pk", flat=True)
    return list(found.distinct()[:MOST_DEALS])


def _booked(entry: ActivityEntry) -> dict[int, tuple[Money, ...]]:
    """Return what a run booked for each partner, gains and losses apart, one amount a currency."""
    lines = CommissionLine.objects.filter(
        recorded_at=entry.at, booked_on__gte=entry.at.date() - BOOKED_WITHIN
    ).order_by("partner_id", "currency")
    rows = lines.values_list("partner_id", "currency").annotate(
        gained=Sum("amount_minor", filter=Q(amount_minor__gt=0)), lost=Sum("amount_minor", filter=Q(amount_minor__lt=0))
    )
    found: dict[int, tuple[Money, ...]] = {}
    for partner_id, currency, gained, lost in rows:
        amounts = tuple(Money(int(amount), currency) for amount in (gained, lost) if amount)
        found[partner_id] = (*found.get(partner_id, ()), *amounts)
    return found


def _registrations(keys: set[int]) -> Mapping[int, tuple[DealFacts, int]]:
    rows = DealRegistration.objects.filter(pk__in=keys).select_related("opportunity").defer("explanation")
    found = list(rows.order_by("pk")) if keys else []
    forms = forms_of_versions() if any(row.answers for row in found) else {}
    return {row.pk: (_facts_of(row, forms), row.partner_id) for row in found}


def _facts_of(row: DealRegistration, forms: Mapping[int, Form]) -> DealFacts:
    return DealFacts(
        key=row.pk,
        is_registration=True,
        reference=row.reference,
        company=row.company,
        state=row.state,
        value=Money(row.value_minor, row.currency),
        submitted_by=row.submitted_by_id,
        protected_until=row.protected_until,
        answer_due_at=row.answer_due_at,
        reason=row.decision_reason,
        rule=row.decision_rule,
        owner_name=row.opportunity.owner_name if row.opportunity else "",
        stage=row.opportunity.stage if row.opportunity else "",
        answers=answers_of(row, forms),
    )


def _opportunities(keys: set[int]) -> Mapping[int, DealFacts]:
    rows = Opportunity.objects.filter(pk__in=keys).select_related("account").order_by("pk") if keys else []
    return {
        row.pk: DealFacts(
            key=row.pk,
            is_registration=False,
            reference="",
            company=row.account.name if row.account else row.account_named,
            owner_name=row.owner_name,
            stage=row.stage,
        )
        for row in rows
    }


def _leads(keys: set[int]) -> Mapping[int, LeadFacts]:
    rows = Lead.objects.filter(pk__in=keys).order_by("pk") if keys else []
    return {
        row.pk: LeadFacts(
            key=row.pk,
            reference=row.reference,
            company=row.company,
            is_from_partner=row.direction == LeadDirection.TO_VENDOR,
            state=row.state,
            owner_id=row.owner_id,
            introduced_by=row.introduced_by_id if row.direction == LeadDirection.TO_VENDOR else None,
        )
        for row in rows
    }


def _with_deal(event: Event, deals: Mapping[int, tuple[DealFacts, int]], others: Mapping[int, DealFacts]) -> Event:
    if event.deal is None:
        return event
    if not event.deal.is_registration:
        return replace(event, deal=others.get(event.deal.key))
    found = deals.get(event.deal.key)
    if found is None:
        return replace(event, deal=None)
    deal, partner_id = found
    return replace(event, deal=deal, partner=PartnerFacts(id=partner_id, name="", manager_id=None))


def _partners(keys: set[int]) -> Mapping[int, PartnerFacts]:
    rows = Partner.objects.filter(pk__in=keys).order_by("pk") if keys else []
    return {
        row.pk: PartnerFacts(id=row.pk, name=row.name, manager_id=row.manager_id, tier=row.get_tier_display())
        for row in rows
    }


def _workers(events: Sequence[Event]) -> dict[str, set[int]]:
    """Return who did something on the deals of these events."""
    found: dict[str, set[int]] = defaultdict(set)
    for kind in (DEAL, OPPORTUNITY):
        keys = {event.deal.key for event in events if event.deal and event.topic == f"{kind}:{event.deal.key}"}
        if not keys:
            continue
        rows = ActivityEntry.objects.filter(
            subject_kind=kind, subject_id__in=keys, actor_person_id__isnull=False
        ).order_by("subject_id")
        for key, person_id in rows.values_list("subject_id", "actor_person_id").distinct():
            found[f"{kind}:{key}"].add(person_id)
    leads = {event.entry.subject_id for event in events if event.entry.subject_kind == LEAD}
    if leads:
        entries = ActivityEntry.objects.filter(
            subject_kind=LEAD, subject_id__in=leads, actor_person_id__isnull=False
        ).order_by("subject_id")
        for key, person_id in entries.values_list("subject_id", "actor_person_id").distinct():
            found[f"{LEAD}:{key}"].add(person_id)
    for topic, person_id in _added(events):
        found[topic].add(person_id)
    return found


def _added(events: Sequence[Event]) -> Iterator[tuple[str, int]]:
    """Yield who was added to what these events are about: to it, or to its registration or opportunity. Two queries."""
    about: dict[str, set[int]] = {kind: set() for kind in (DEAL, OPPORTUNITY, LEAD)}
    for event in events:
        kind, _colon, key = event.topic.partition(":")
        if kind in about and key.isdigit():
            about[kind].add(int(key))
    if not any(about.values()):
        return
    rows = Collaborator.objects.filter(
        Q(registration__in=about[DEAL])
        | Q(opportunity__in=about[OPPORTUNITY])
        | Q(lead__in=about[LEAD])
        | Q(registration__opportunity__in=about[OPPORTUNITY])
        | Q(opportunity__registrations__in=about[DEAL])
    )
    named = ("person_id", "registration_id", "registration__opportunity_id", "opportunity_id", "lead_id")
    for person_id, claim, became, deal, lead in rows.order_by("pk").values_list(*named):
        for kind, work_id in ((DEAL, claim), (OPPORTUNITY, became), (OPPORTUNITY, deal), (LEAD, lead)):
            if work_id in about[kind]:
                yield f"{kind}:{work_id}", person_id
    opened = rows.filter(opportunity__registrations__in=about[DEAL]).order_by("pk")
    for claim, person_id in opened.values_list("opportunity__registrations", "person_id"):
        yield f"{DEAL}:{claim}", person_id
