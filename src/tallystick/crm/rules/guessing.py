"""Which kind of facts a file holds, which column is which field, and which system wrote it: told from its header."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from tallystick.crm.rules.fields import FIELDS, Field, Kind, field_of
from tallystick.crm.rules.problems import AnswerNeeded, ImportProblem, Question, Topic
from tallystick.crm.rules.stages import folded
from tallystick.crm.rules.wide_rates import is_wide_rates

_SIGNS_OF_SOURCE: Final = {
    "salesforce": (
        *("accountid", "stagename", "closedate", "createddate", "leadsource", "systemmodstamp", "isclosed", "iswon"),
        *("opportunity owner", "opportunity id", "opportunity name", "account name", "account id", "fiscal period"),
        *("billing country", "currencyisocode", "ownerid", "probability (%)", "stage", "account owner"),
    ),
    "hubspot": (
        *("record id", "deal name", "deal stage", "deal owner", "dealname", "dealstage", "hs_object_id", "pipeline"),
        *("company owner", "contact owner", "create date", "associated company", "associated company ids"),
        *("company domain name", "lifecycle stage", "hubspot_owner_id", "country/region", "hs_lastmodifieddate"),
    ),
    "stripe": (
        *("date (utc)", "created (utc)", "created date (utc)", "due date (utc)", "paid at (utc)", "customer id"),
        *("paymentintent id", "amount refunded", "finalized at (utc)", "refunded date (utc)", "customer description"),
    ),
    "crossbeam": ("company name", "company url", "account owner email", "account owner phone"),
}
_PERSON: Final = {"salesagent", "salesrep", "owner", "ownername", "agent", "rep", "user", "dealowner"}
_TEAM: Final = {"manager", "team", "region", "regionaloffice", "office", "territory"}

_KEYS: Final[dict[Kind, tuple[tuple[str, ...], ...]]] = {
    Kind.ACCOUNTS: (("name",),),
    Kind.CONTACTS: (("email",), ("first_name", "last_name")),
    Kind.PRODUCTS: (("name",),),
    Kind.OPPORTUNITIES: (("stage", "external_id"), ("stage", "name"), ("stage", "amount")),
    Kind.SALES_ACTIVITIES: (("happened_on", "kind", "account"), ("happened_on", "kind", "account_id")),
    Kind.SUBSCRIPTIONS: (("started_on", "yearly"),),
    Kind.INVOICES: (
        *(("issued_on", "net", "external_id"), ("issued_on", "net", "number")),
        *(("issued_on", "gross", "external_id"), ("issued_on", "gross", "number")),
    ),
    Kind.PAYMENTS: (("received_on", "amount", "invoice"),),
    Kind.REFUNDS: (("refunded_on", "amount", "payment"), ("refunded_on", "amount", "invoice")),
    Kind.CREDIT_NOTES: (("issued_on", "net", "invoice", "number"), ("issued_on", "net", "invoice", "external_id")),
    Kind.EXCHANGE_RATES: (("day", "currency", "rate"),),
}
"""The fields that make a kind possible: one whole set of them must be found."""


class NothingToImport(ImportProblem):
    """The file is recognised and holds nothing that Tallystick keeps."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Where each field stands: field name → position of its column in the header."""

    kind: Kind
    header: tuple[str, ...]
    positions: Mapping[str, int] = field(default_factory=dict)

    @property
    def by_header(self) -> dict[str, str]:
        """Field name → column name, as a saved mapping and the summary show it."""
        return {name: self.header[position] for name, position in self.positions.items()}

    @property
    def unused(self) -> tuple[str, ...]:
        """The named columns that nothing is read from."""
        used = set(self.positions.values())
        return tuple(name for place, name in enumerate(self.header) if name and place not in used)

    def has(self, *names: str) -> bool:
        """Tell whether every one of the fields has a column."""
        return all(name in self.positions for name in names)


def guess_kind(header: Sequence[str], *, told: Mapping[str, str] | None = None) -> Kind:
    """Return the kind of facts whose fields the header names most of; `told` is field → column.

    Raises NothingToImport for a list of sales teams, AnswerNeeded when no kind or more than one fits.
    """
    if is_wide_rates(header):
        return Kind.EXCHANGE_RATES
    scores: dict[Kind, int] = {}
    for kind in Kind:
        columns = find_columns(kind, header, told={} if told is None else told)
        if any(columns.has(*key) for key in _KEYS[kind]):
            scores[kind] = len(columns.positions)
    best = [kind for kind, score in scores.items() if score == max(scores.values())]
    if len(best) == 1:
        return best[0]
    names = {folded(name) for name in header}
    if names & _PERSON and names & _TEAM and not best:
        raise NothingToImport("Nothing to import: sales teams hold no revenue facts.")
    raise AnswerNeeded(
        [
            Question(
                Topic.KIND,
                "",
                "The columns do not tell what the file holds."
                if not best
                else f"The columns fit {' and '.join(kind.value.replace('_', ' ') for kind in best)} equally well.",
                tuple(kind.value for kind in best or Kind),
            )
        ]
    )


def find_columns(
    kind: Kind, header: Sequence[str], *, told: Mapping[str, str], left_out: Collection[str] = ()
) -> Columns:
    """Return the column of each field: the one told, else the first whose name is known and is not `left_out`.

    Raises ImportProblem when a told field or column does not exist.
    """
    unread = {name.casefold() for name in left_out}
    places = {name.casefold(): place for place, name in enumerate(header) if name and name.casefold() not in unread}
    positions: dict[str, int] = {}
    known = {candidate.name: candidate for candidate in FIELDS[kind]}
    for name, column in told.items():
        if name in known and column.casefold() in places:
            positions[name] = places[column.casefold()]
    taken = set(positions.values())
    by_folded = {folded(name): place for name, place in reversed(places.items())}
    for candidate in FIELDS[kind]:
        if candidate.name not in positions and (place := _place_of(candidate, by_folded, taken)) is not None:
            positions[candidate.name] = place
            taken.add(place)
    return Columns(kind, tuple(header), positions)


def check_told(kind: Kind, header: Sequence[str], *, told: Mapping[str, str]) -> None:
    """Refuse a mapping that names a field the kind does not have or a column the file does not have."""
    fields = {candidate.name for candidate in FIELDS[kind]}
    columns = {name.casefold() for name in header}
    for name, column in told.items():
        if name not in fields:
            raise ImportProblem(
                f'{kind.value.capitalize()} have no field "{name}". They have: {", ".join(sorted(fields))}.'
            )
        if column.casefold() not in columns:
            raise ImportProblem(
                f'The file has no column "{column}". It has: {", ".join(name for name in header if name)}.'
            )


class Confidence(StrEnum):
    """How sure it is that a column is what it was taken for."""

    OWN_NAME = "own_name"
    USUAL_NAME = "usual_name"
    TOLD = "told"


def confidence_of(field_name: str, columns: Columns) -> Confidence:
    """Return how a field found its column: by the field's own name, by a usual one, or because somebody said so."""
    header = folded(columns.header[columns.positions[field_name]])
    names = [folded(name) for name in field_of(columns.kind, field_name).names]
    if header not in names:
        return Confidence.TOLD
    return Confidence.OWN_NAME if header == names[0] else Confidence.USUAL_NAME


def missing_columns(columns: Columns) -> tuple[str, ...]:
    """Return what must be told before the file can be read, as sentences: () when nothing is missing."""
    missing = [
        f'No column is known as "{candidate.name}" ({candidate.sentence.rstrip(".").lower()}).'
        for candidate in FIELDS[columns.kind]
        if candidate.required and not _has(columns, candidate.name)
    ]
    match columns.kind:
        case Kind.INVOICES if not columns.has("net") and not columns.has("gross", "tax"):
            missing.append("An invoice needs its net amount, or its gross amount and its tax.")
        case Kind.INVOICES if not columns.has("external_id") and not columns.has("number"):
            missing.append("An invoice needs its id or its number.")
        case Kind.CONTACTS if not columns.has("name") and not columns.has("last_name") and not columns.has("email"):
            missing.append("A contact needs a name or an e-mail address.")
        case Kind.OPPORTUNITIES if not columns.has("external_id") and not columns.has("name"):
            missing.append("An opportunity needs its id or its name.")
        case Kind.REFUNDS if not columns.has("payment") and not columns.has("invoice"):
            missing.append("A refund needs its payment or its invoice.")
        case Kind.EXCHANGE_RATES if not columns.has("currency", "rate"):
            missing.append("Exchange rates need a currency and a rate, or one column for each currency.")
        case _:
            pass
    return tuple(missing)


def guess_source(header: Sequence[str]) -> str:
    """Return "salesforce", "hubspot", "stripe" or "crossbeam" when two columns show its hand, else "csv".

    The wide file of reference rates is "ecb".
    """
    if is_wide_rates(header):
        return "ecb"
    names = {name.casefold() for name in header}
    scores = {source: len(names & set(signs)) for source, signs in _SIGNS_OF_SOURCE.items()}
    best = max(scores, key=lambda source: scores[source])
    return best if scores[best] >= 2 else "csv"


def _has(columns: Columns, name: str) -> bool:
    """An account may be named by its name, its id or its domain."""
    alternatives = (name, "account_id", "account_domain") if name == "account" else (name,)
    return any(columns.has(alternative) for alternative in alternatives)


def _place_of(candidate: Field, by_folded: Mapping[str, int], taken: set[int]) -> int | None:
    for name in candidate.names:
        place = by_folded.get(folded(name))
        if place is not None and place not in taken:
            return place
    return None
