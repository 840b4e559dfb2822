"""The columns that a file's rows are staged in, derived from its own columns and how they are read.

Every kind of fact passes through the same few shapes: text, ids, amounts with one currency a row, dates, stages, and
references to other facts, which are staged as they stand and found later by set.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from tallystick.crm.rules import amounts, dates, stages
from tallystick.crm.rules.fields import FIELDS, Field, FieldType, Kind, field_of
from tallystick.crm.rules.guessing import Columns
from tallystick.crm.rules.problems import CellRefused
from tallystick.crm.rules.readers import (
    NULL,
    PlainNumbers,
    Reader,
    TextReader,
    ValueReader,
    checked_text,
    copy_text,
    plain_text,
)
from tallystick.crm.rules.readings import Readings
from tallystick.crm.rules.references import account_key, composed_id, domain_key, product_key
from tallystick.crm.rules.tables import Cell
from tallystick.kernel.currencies import exponent

_NOTED: Final = 20
_ACCOUNT_FIELDS: Final = ("account_id", "account", "account_domain")
_RECEIVED: Final = {
    *("", "paid", "succeeded", "received", "completed", "complete", "settled", "success", "captured"),
    *("refunded", "partialrefund", "partiallyrefunded", "true", "yes"),
}
_VOID: Final = {"void", "voided", "cancelled", "canceled", "deleted", "true", "yes", "1"}


@dataclass(slots=True)
class Remarks:
    """What the reader of the summary should know, gathered while cells are read."""

    home_currency_used: bool = False
    day_numbers: set[str] = field(default_factory=set)
    unknown_stages: set[str] = field(default_factory=set)
    unknown_deal_types: set[str] = field(default_factory=set)

    @staticmethod
    def note(found: set[str], value: str) -> None:
        """Remember a value, as long as there are not too many."""
        if len(found) < _NOTED:
            found.add(value)


@dataclass(frozen=True, slots=True)
class Context:
    """What cells are read with, beside themselves; `provisional` readings were decided from the first rows only."""

    readings: Readings
    home_currency: str
    zone: ZoneInfo
    provisional: bool
    remarks: Remarks


@dataclass(frozen=True, slots=True)
class StageColumn:
    """A column of the staging table: its SQL type, the columns of the file it comes from, and how they are read."""

    name: str
    sql_type: str
    inputs: tuple[int, ...]
    reader: Reader
    header: str


def stage_columns(columns: Columns, context: Context) -> tuple[StageColumn, ...]:
    """Return the staging columns of a file, its identifying column first."""
    made = [_identity(columns)]
    made.extend(_account_columns(columns))
    settled_together = (
        "external_id",
        *_ACCOUNT_FIELDS,
        *(() if columns.kind is Kind.EXCHANGE_RATES else ("currency",)),
    )
    for candidate in FIELDS[columns.kind]:
        if candidate.name in columns.positions and candidate.name not in settled_together:
            made.extend(_columns_of(candidate, columns, context))
    if amount_fields(columns) or (columns.has("currency") and columns.kind is not Kind.EXCHANGE_RATES):
        made.append(_currency(columns, context))
    names = {column.name for column in made}
    if columns.kind in (Kind.OPPORTUNITIES, Kind.CONTACTS) and "name" not in names:
        made.extend(_composed_name(columns))
    return tuple(made)


def amount_fields(columns: Columns) -> tuple[str, ...]:
    """Return the amount fields that the file has."""
    return tuple(
        item.name for item in FIELDS[columns.kind] if item.type is FieldType.AMOUNT and item.name in columns.positions
    )


def date_fields(columns: Columns) -> tuple[str, ...]:
    """Return the date fields that the file has."""
    return tuple(
        item.name for item in FIELDS[columns.kind] if item.type is FieldType.DATE and item.name in columns.positions
    )


_IDENTIFIED_BY: Final[dict[Kind, tuple[str, ...]]] = {
    Kind.ACCOUNTS: ("name",),
    Kind.CONTACTS: ("email", "name", "first_name", "last_name", "account", "account_id"),
    Kind.PRODUCTS: ("name",),
    Kind.OPPORTUNITIES: ("name", "account", "account_id"),
    Kind.SALES_ACTIVITIES: ("account", "account_id", "account_domain", "happened_on", "kind", "owner_name", "note"),
    Kind.SUBSCRIPTIONS: ("account", "account_id", "product", "started_on"),
    Kind.INVOICES: ("number",),
    Kind.PAYMENTS: ("invoice", "received_on", "amount"),
    Kind.REFUNDS: ("invoice", "payment", "refunded_on", "amount"),
    Kind.CREDIT_NOTES: ("number", "invoice_line"),
    Kind.EXCHANGE_RATES: ("base", "currency", "day"),
}
"""What identifies a row of a file that has no column of ids."""


def identified_by(columns: Columns) -> tuple[str, ...]:
    """Return the columns that identify a row together where the file has no ids; () where it has."""
    if columns.has("external_id"):
        return ()
    fields = _IDENTIFIED_BY[columns.kind]
    if columns.kind is Kind.CONTACTS and columns.has("email"):
        fields = ("email",)
    return tuple(columns.header[columns.positions[name]] for name in fields if name in columns.positions)


def _identity(columns: Columns) -> StageColumn:
    if columns.has("external_id"):
        place = columns.positions["external_id"]
        longest = field_of(columns.kind, "external_id").longest
        reader = TextReader(longest=longest, required=True)
        return StageColumn("external_id", "text", (place,), reader, columns.header[place])
    headers = identified_by(columns)

    def compose(*cells: Cell) -> str:
        made = composed_id(*map(plain_text, cells))
        if not made:
            raise CellRefused("Nothing identifies the row. Fill the cell, or add a column of ids.")
        return copy_text(made)

    inputs = tuple(columns.header.index(header) for header in headers)
    return StageColumn("external_id", "text", inputs, ValueReader(compose), headers[0])


def _composed_name(columns: Columns) -> Iterator[StageColumn]:
    """Name a deal by its account and product, and a contact by first and last name, where the file names neither."""
    fields = ("first_name", "last_name") if columns.kind is Kind.CONTACTS else ("account", "account_id", "product")
    used = [columns.positions[name] for name in fields if name in columns.positions]
    separator = " " if columns.kind is Kind.CONTACTS else " · "

    def compose(*cells: Cell) -> str:
        return copy_text(separator.join(text for text in map(plain_text, cells) if text)[:200])

    if used:
        yield StageColumn("name", "text", tuple(used), ValueReader(compose), columns.header[used[0]])


def _columns_of(wanted: Field, columns: Columns, context: Context) -> Iterator[StageColumn]:
    place = columns.positions[wanted.name]
    header = columns.header[place]

    def column(name: str, sql_type: str, reader: Reader, *others: int) -> StageColumn:
        return StageColumn(name, sql_type, (place, *others), reader, header)

    match wanted.type:
        case FieldType.TEXT | FieldType.ID:
            yield column(wanted.name, "text", TextReader(longest=wanted.longest, required=wanted.required))
            if (columns.kind, wanted.name) in _NAME_KEYS:
                yield column("normalised_name", "text", _key_reader(_NAME_KEYS[columns.kind, wanted.name]))
        case FieldType.WEBSITE:
            yield column(wanted.name, "text", TextReader(longest=wanted.longest, required=False))
            yield column("domain", "text", _key_reader(domain_key))
        case FieldType.REFERENCE:
            reader = TextReader(longest=wanted.longest, required=wanted.required)
            yield column(f"{wanted.name}_named", "text", reader)
            if wanted.name == "product":
                yield column("product_key", "text", _key_reader(product_key))
        case FieldType.STAGE:
            yield column(wanted.name, "text", TextReader(longest=wanted.longest, required=True))
            flags = [columns.positions[name] for name in ("is_closed", "is_won") if name in columns.positions]
            yield column("status", "text", ValueReader(_status(columns, context.remarks)), *flags)
        case FieldType.DEAL_TYPE:
            yield column(wanted.name, "text", ValueReader(_deal_type(context.remarks)))
        case FieldType.DATE:
            yield column(wanted.name, "date", _date_reader(wanted, header, context))
        case FieldType.AMOUNT:
            currency = (columns.positions["currency"],) if columns.has("currency") else ()
            amount = _amount_reader(wanted, header, context, beside_currency=bool(currency))
            yield column(f"{wanted.name}_minor", "bigint", amount, *currency)
        case FieldType.YES_NO:
            return
        case alone:
            sql_type, interpret = _READ_ALONE[alone]
            yield column(wanted.name, sql_type, ValueReader(interpret))


_NAME_KEYS: Final = {(Kind.ACCOUNTS, "name"): account_key, (Kind.PRODUCTS, "name"): product_key}


def _key_reader(key_of: Callable[[str], str]) -> ValueReader:
    """Return a reader of the key under which two ways to write something meet."""
    return ValueReader(lambda cell: copy_text(key_of(plain_text(cell))))


def _account_columns(columns: Columns) -> Iterator[StageColumn]:
    """Stage how a row refers to its account: by id, else name, else domain, with the keys to find it by."""
    if columns.kind is Kind.ACCOUNTS:
        return
    used = [columns.positions[name] for name in _ACCOUNT_FIELDS if name in columns.positions]
    if not used:
        return
    required = field_of(columns.kind, "account").required

    def first(*cells: Cell) -> str:
        named = next((text for text in map(plain_text, cells) if text), "")
        return copy_text(checked_text(named, longest=255, required=required))

    header = columns.header[used[0]]
    yield StageColumn("account_named", "text", tuple(used), ValueReader(first), header)
    if columns.has("account"):
        place = columns.positions["account"]
        yield StageColumn("account_key", "text", (place,), _key_reader(account_key), header)
    if columns.has("account_domain"):
        place = columns.positions["account_domain"]
        yield StageColumn("account_host", "text", (place,), _key_reader(domain_key), header)


def _currency(columns: Columns, context: Context) -> StageColumn:
    """Settle one currency a row: its own column, else the sign beside an amount, else the workspace's."""
    named = amount_fields(columns)
    places = [columns.positions[name] for name in named]
    headers = [columns.header[place] for place in places]
    marks = [context.readings.decimals.get(header) for header in headers]
    told = columns.positions.get("currency")

    def settle(*cells: Cell) -> str:
        own = amounts.read_currency(cells[-1]) if told is not None else ""
        found = {own} if own else set()
        for cell, mark in zip(cells, marks, strict=False):
            if isinstance(cell, str) and not (text := cell.strip()).isdigit() and text:
                sign = amounts.read_amount(text, mark=mark).currency
                if sign and not (own and own in amounts.SHARED_SIGNS.get(sign, ())):
                    found.add(amounts.currency_of_sign(sign, home=context.home_currency))
        if len(found) > 1:
            raise CellRefused(f"The row names several currencies: {', '.join(sorted(found))}. Keep one.")
        if not found:
            context.remarks.home_currency_used = context.remarks.home_currency_used or any(
                cell != "" for cell in (cells[:-1] if told is not None else cells)
            )
        return found.pop() if found else context.home_currency

    def home(_: str) -> str:
        context.remarks.home_currency_used = True
        return context.home_currency

    inputs = (*places, *(() if told is None else (told,)))
    reader: Reader = ValueReader(settle, provisional=context.provisional)
    if told is None and len(places) == 1:
        reader = PlainNumbers(reader, plain=home, blank=context.home_currency)
    return StageColumn("currency", "text", inputs, reader, columns.header[inputs[-1]])


def _amount_reader(wanted: Field, header: str, context: Context, *, beside_currency: bool) -> Reader:
    mark = context.readings.decimals.get(header)
    home = context.home_currency
    zeros = "0" * exponent(home)

    def read(cell: Cell, currency: Cell = "") -> str:
        if isinstance(cell, str):
            cell = cell.strip()
            if not cell:
                if wanted.required:
                    raise CellRefused("The cell is blank. It must hold an amount.")
                return NULL
        amount = amounts.read_amount(cell, mark=mark)
        told = amounts.read_currency(currency) or amounts.currency_of_sign(amount.currency, home=home) or home
        return str(amounts.to_minor(amount.value, told))

    careful = ValueReader(read, provisional=context.provisional)
    if beside_currency:
        return careful
    return PlainNumbers(careful, plain=lambda cell: cell + zeros, blank=None if wanted.required else NULL)


def _date_reader(wanted: Field, header: str, context: Context) -> Reader:
    order = context.readings.dates.get(header)

    def read(cell: Cell) -> str:
        if cell == "" or (isinstance(cell, str) and not cell.strip()):
            if wanted.required:
                raise CellRefused("The cell is blank. It must hold a date.")
            return NULL
        if dates.is_day_number(cell):
            context.remarks.day_numbers.add(header)
        return dates.read_date(cell, order=order, zone=context.zone).isoformat()

    return ValueReader(read, provisional=context.provisional)


def _status(columns: Columns, remarks: Remarks) -> Callable[..., str]:
    names = [name for name in ("is_closed", "is_won") if name in columns.positions]

    def read(stage: Cell, *flags: Cell) -> str:
        told = {"is_closed": "", "is_won": ""} | dict(zip(names, map(plain_text, flags), strict=True))
        status = stages.status_of_flags(is_closed=told["is_closed"], is_won=told["is_won"])
        status = status or stages.status_of_stage(plain_text(stage))
        if status is None:
            remarks.note(remarks.unknown_stages, plain_text(stage))
        return status or "open"

    return read


def _deal_type(remarks: Remarks) -> Callable[[Cell], str]:
    def read(cell: Cell) -> str:
        kind = stages.deal_kind(plain_text(cell))
        if kind is None:
            remarks.note(remarks.unknown_deal_types, plain_text(cell))
        return kind or "new"

    return read


def _customer(cell: Cell) -> str:
    text = stages.folded(plain_text(cell))
    said = stages.read_yes_no(text)
    return "t" if said or (said is None and text.startswith("customer")) else "f"


def _void(cell: Cell) -> str:
    return "t" if stages.folded(plain_text(cell)) in _VOID else "f"


def _received(cell: Cell) -> str:
    text = plain_text(cell)
    if stages.folded(text) not in _RECEIVED:
        raise CellRefused(f'The payment has the status "{text}": only money that came in is a payment.')
    return copy_text(text)


def _email(cell: Cell) -> str:
    text = plain_text(cell)
    if text and (text.count("@") != 1 or " " in text or text[0] == "@" or text[-1] == "@" or len(text) > 254):
        raise CellRefused(f'"{text}" is not an e-mail address.')
    return copy_text(text)


def _whole_number(cell: Cell) -> str:
    text = plain_text(cell)
    if not text:
        return NULL
    if not (text.isascii() and text.isdigit()) or int(text) > 32_767:
        raise CellRefused(f'"{text}" is not a whole number from 0 to 32767.')
    return str(int(text))


def read_rate(cell: Cell) -> str:
    """Return an exchange rate exactly as published. Raises CellRefused for what is no positive decimal."""
    text = plain_text(cell)
    number, point, decimals = text.partition(".")
    digits = number + decimals
    if not digits.isdigit() or not digits.isascii() or (point and not decimals) or not Decimal(text) or len(text) > 24:
        raise CellRefused(f'"{text}" is not an exchange rate. Write it like 1.0853.')
    return text


_READ_ALONE: Final[dict[FieldType, tuple[str, Callable[[Cell], str]]]] = {
    FieldType.CURRENCY: ("text", amounts.read_currency),
    FieldType.EMAIL: ("text", _email),
    FieldType.CUSTOMER: ("boolean", _customer),
    FieldType.VOID: ("boolean", _void),
    FieldType.RECEIVED: ("text", _received),
    FieldType.WHOLE_NUMBER: ("integer", _whole_number),
    FieldType.RATE: ("text", read_rate),
}
"""Types whose cells say all about themselves: the SQL type and how a cell is read."""
