"""What the summary of an import tells beside its figures: every choice that was made for the reader."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from psycopg import Cursor, sql

from tallystick.crm.rules.fields import Kind
from tallystick.crm.rules.staging import identified_by
from tallystick.crm.services.reading import FilePlan
from tallystick.crm.services.references import references_of
from tallystick.crm.services.scope import count
from tallystick.crm.services.staging import Staged

_SHOWN: Final = 5


def notes_of(raw: Cursor[Any], plan: FilePlan, staged: Staged, *, home_currency: str, linked: int) -> tuple[str, ...]:
    """Return the sentences of the summary, in the order of their weight."""
    return tuple(_notes(raw, plan, staged, home_currency, linked))


def _notes(raw: Cursor[Any], plan: FilePlan, staged: Staged, home_currency: str, linked: int) -> Iterator[str]:
    remarks = staged.remarks
    if remarks.home_currency_used:
        yield f"Amounts without a currency are taken as {home_currency}, the workspace's currency."
    if remarks.unknown_stages:
        yield f"Stages that are not known count as open: {_some(sorted(remarks.unknown_stages))}."
    if remarks.unknown_deal_types:
        yield f"Deal types that are not known count as new business: {_some(sorted(remarks.unknown_deal_types))}."
    if remarks.day_numbers:
        yield f"Spreadsheet day numbers are read as dates in {_some(sorted(remarks.day_numbers))}."
    if plan.kind is Kind.OPPORTUNITIES:
        yield from _opportunity_notes(raw, staged)
    if plan.kind in (Kind.OPPORTUNITIES, Kind.CONTACTS):
        yield from _unknown_references(raw, staged)
    if headers := identified_by(plan.columns):
        yield f"The file has no column of ids: a row is identified by {' and '.join(headers)}."
    if linked:
        yield f"{linked:,} facts that were here already now have their {plan.kind.value.rstrip('s')}."
    if plan.columns.unused:
        yield f"Columns that nothing is read from: {', '.join(plan.columns.unused)}."


def _opportunity_notes(raw: Cursor[Any], staged: Staged) -> Iterator[str]:
    without = (
        count(raw, "SELECT count(*) FROM import_rows WHERE account_named = ''")
        if staged.has("account_named")
        else count(raw, "SELECT count(*) FROM import_rows")
    )
    if without:
        yield f"{without:,} opportunities name no account. They are kept and listed as gaps."


def _unknown_references(raw: Cursor[Any], staged: Staged) -> Iterator[str]:
    for reference in references_of(staged):
        named = sql.Identifier(reference.named)
        raw.execute(
            sql.SQL("SELECT {named} FROM {found} WHERE fact_id IS NULL ORDER BY {named} LIMIT {shown}").format(
                named=named, found=reference.found, shown=_SHOWN + 1
            )
        )
        if names := [str(name) for (name,) in raw.fetchall()]:
            yield f"Not known yet, and linked once it is imported: {reference.name} {_some(names)}."


def _some(names: Sequence[str]) -> str:
    more = " and more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
