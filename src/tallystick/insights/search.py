"""Records by the words in their names, numbers and references: what a person types to jump somewhere.

Every word typed must begin a word of the record. A kind costs one to three queries that look into an index and read at
most a handful of rows, so that the answer comes as fast with a million deals as with a hundred.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from django.db.models import Q

from tallystick.commissions.models import Statement
from tallystick.crm.models import Account, Invoice, Opportunity
from tallystick.deals.models import DealRegistration, Lead
from tallystick.partners.models import Partner, PartnerMembership
from tallystick.platform.database.search import found_by_words, words_of

SHORTEST: Final = 2
"""Letters and digits a search needs: one alone begins nearly everything."""
LOOKED_AT: Final = 50
"""Matches of a kind among which those to show are chosen."""


class RecordKind(StrEnum):
    """What can be found."""

    PARTNER = "partner"
    DEAL = "deal"
    REGISTRATION = "registration"
    LEAD = "lead"
    ACCOUNT = "account"
    PERSON = "person"
    INVOICE = "invoice"
    STATEMENT = "statement"


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundRecord:
    """One record: its kind, the id or reference its page goes by, its name, and what tells it from its likes."""

    kind: RecordKind
    key: str
    name: str
    note: str = ""


def found_records(text: str, *, kinds: Collection[RecordKind], at_most: int = 5) -> list[FoundRecord]:
    """Return records of these kinds whose words begin as typed, at most so many of each, in the order of `RecordKind`.

    Vendor side only: on a partner's side nothing is found.
    """
    if len("".join(words_of(text))) < SHORTEST:
        return []
    return [record for kind in RecordKind if kind in kinds for record in _FINDERS[kind](text, at_most)]


def _partners(text: str, at_most: int) -> Sequence[FoundRecord]:
    rows = Partner.objects.filter(_each_word("name", text)).order_by("name")[:at_most]
    return [
        FoundRecord(kind=RecordKind.PARTNER, key=str(row.pk), name=row.name, note=row.get_type_display())
        for row in rows
    ]


def _deals(text: str, at_most: int) -> Sequence[FoundRecord]:
    found = found_by_words(Opportunity, text, at_most=LOOKED_AT)
    rows = Opportunity.objects.filter(pk__in=found).order_by("-opened_on", "-pk")[:at_most]
    return [FoundRecord(kind=RecordKind.DEAL, key=str(row.pk), name=row.name, note=row.stage) for row in rows]


def _registrations(text: str, at_most: int) -> Sequence[FoundRecord]:
    found = found_by_words(DealRegistration, text, at_most=LOOKED_AT)
    rows = DealRegistration.objects.filter(pk__in=found).order_by("-submitted_at")[:at_most]
    return [
        FoundRecord(kind=RecordKind.REGISTRATION, key=row.reference, name=row.company, note=row.reference)
        for row in rows
    ]


def _leads(text: str, at_most: int) -> Sequence[FoundRecord]:
    found = found_by_words(Lead, text, at_most=LOOKED_AT)
    rows = Lead.objects.filter(pk__in=found).order_by("-introduced_at", "-pk")[:at_most]
    return [FoundRecord(kind=RecordKind.LEAD, key=row.reference, name=row.company, note=row.reference) for row in rows]


def _accounts(text: str, at_most: int) -> Sequence[FoundRecord]:
    found = found_by_words(Account, text, at_most=LOOKED_AT)
    rows = Account.objects.filter(pk__in=found).order_by("name", "pk")[:at_most]
    return [FoundRecord(kind=RecordKind.ACCOUNT, key=row.name, name=row.name, note=row.country) for row in rows]


def _people(text: str, at_most: int) -> Sequence[FoundRecord]:
    by_name = _each_word("person__name", text)
    rows = PartnerMembership.objects.filter(by_name | Q(person__email__istartswith=text)).select_related(
        "person", "partner"
    )
    return [
        FoundRecord(kind=RecordKind.PERSON, key=str(row.partner_id), name=str(row.person), note=row.partner.name)
        for row in rows.order_by("person__name", "pk")[:at_most]
    ]


def _invoices(text: str, at_most: int) -> Sequence[FoundRecord]:
    found = found_by_words(Invoice, text, at_most=LOOKED_AT) if _has_digit(text) else []
    rows = Invoice.objects.filter(pk__in=found, opportunity__isnull=False).select_related("account")
    return [
        FoundRecord(kind=RecordKind.INVOICE, key=str(row.opportunity_id), name=row.number, note=row.account.name)
        for row in rows.order_by("-issued_on", "-pk")[:at_most]
    ]


def _statements(text: str, at_most: int) -> Sequence[FoundRecord]:
    found = found_by_words(Statement, text, at_most=LOOKED_AT) if _has_digit(text) else []
    rows = Statement.objects.filter(pk__in=found).select_related("partner").order_by("-month", "-pk")[:at_most]
    return [
        FoundRecord(kind=RecordKind.STATEMENT, key=str(row.pk), name=row.number, note=row.partner.name) for row in rows
    ]


def _each_word(column: str, text: str) -> Q:
    """Return rows of a small table in whose column each word begins a word."""
    found = Q()
    for word in text.split():
        found &= Q(**{f"{column}__istartswith": word}) | Q(**{f"{column}__icontains": f" {word}"})
    return found


def _has_digit(text: str) -> bool:
    return any(character.isdigit() for character in text)


_FINDERS: Final[Mapping[RecordKind, Callable[[str, int], Sequence[FoundRecord]]]] = {
    RecordKind.PARTNER: _partners,
    RecordKind.DEAL: _deals,
    RecordKind.REGISTRATION: _registrations,
    RecordKind.LEAD: _leads,
    RecordKind.ACCOUNT: _accounts,
    RecordKind.PERSON: _people,
    RecordKind.INVOICE: _invoices,
    RecordKind.STATEMENT: _statements,
}
