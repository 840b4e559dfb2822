"""Writes the facts into the tables, export by export, each kind in one COPY, tied to the import that brought it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime

from django.db import connection, models

from tallystick.attribution.rules.facts import TouchKind
from tallystick.attribution.services import NewTouch
from tallystick.crm import models as crm
from tallystick.demo import facts as told
from tallystick.demo.imports import BILLING, CRM, RATES, Batch, Timetable
from tallystick.demo.world import World
from tallystick.platform.activity import record_activity
from tallystick.platform.actors import Actor
from tallystick.platform.database.bulk import insert_rows
from tallystick.platform.tenancy import TenantModel, current_workspace_id

# What a fact's record carries for the demo's own use, and no column holds.
NOT_A_COLUMN = frozenset({"key", "seen_on", "changed_on", "region"})


@dataclass(frozen=True, slots=True)
class _Shelf:
    """All facts of one table, and the kind of export that brings them."""

    model: type[TenantModel]
    kind: str
    source: str
    facts: Sequence[told.Fact]


@dataclass(frozen=True, slots=True)
class Touched:
    """What an export bears on: opportunities to decide, and invoices to settle, by id."""

    opportunities: list[int]
    invoices: list[int]


class Loader:
    """Loads the facts of one world into the workspace in scope and remembers under which id each stands."""

    def __init__(self, world: World, *, times: Timetable, batches: Sequence[Batch], reader: Actor) -> None:
        self._times, self._reader = times, reader
        self._batches: dict[datetime, list[Batch]] = defaultdict(list)
        for batch in batches:
            self._batches[batch.finished_at].append(batch)
        self._imports = _record_imports(batches, reader)
        self._ids: dict[tuple[type[models.Model], str], int] = {}
        self._shelves = _shelves(world)
        self._due: dict[tuple[type[models.Model], datetime], list[told.Fact]] = defaultdict(list)
        for shelf in self._shelves:
            for fact in shelf.facts:
                self._due[shelf.model, times.read_at(fact.seen_on)].append(fact)
        self._touches: dict[datetime, list[told.Touch]] = defaultdict(list)
        self._moves: dict[datetime, dict[str, told.StageChange]] = defaultdict(dict)
        for change in world.stage_changes:
            self._moves[times.read_at(change.entered_on)][change.opportunity] = change
        opened = {deal.key: deal.seen_on for deal in world.opportunities}
        for touch in world.touches:
            # A lead can be older than the opportunity it names: it is tied to it when the CRM has both.
            known_on = max(touch.learned_on, opened[touch.opportunity]) if touch.opportunity else touch.learned_on
            self._touches[times.read_at(known_on)].append(touch)

    @property
    def instants(self) -> list[datetime]:
        """Return when exports were read, in order."""
        return sorted(self._batches)

    def load(self, at: datetime) -> Touched:
        """Load what the exports of one instant brought or changed; return what has to be looked at again.

        Opportunities stand as the CRM showed them at that instant, and who has bought is a customer.
        """
        moved = self._moves.get(at, {})
        for shelf in self._shelves:
            facts = self._due.get((shelf.model, at))
            if facts:
                self._insert(shelf, [_as_shown(fact, moved) for fact in facts], at=at)
        self._move(moved, at)
        sold = [
            fact.account for fact in self._due.get((crm.Subscription, at), ()) if isinstance(fact, told.Subscription)
        ]
        crm.Account.objects.filter(pk__in=[self._ids[crm.Account, key] for key in sold]).update(is_customer=True)
        for batch in self._batches[at]:
            self._record(batch)
        return Touched(
            opportunities=[self._ids[crm.Opportunity, key] for key in moved]
            + [self._ids[crm.Opportunity, fact.key] for fact in self._due.get((crm.Opportunity, at), ())],
            invoices=[
                self._ids[crm.Invoice, fact.invoice]
                for model in (crm.Payment, crm.Refund, crm.CreditNote)
                for fact in self._due.get((model, at), ())
                if isinstance(fact, told.Payment | told.Refund | told.CreditNote)
            ],
        )

    def touches(self, at: datetime, partner_ids: Mapping[str, int]) -> list[NewTouch]:
        """Return the touches learned of by one instant, as attribution takes them; `partner_ids` by name."""
        return [
            NewTouch(
                partner_id=partner_ids[touch.partner],
                account_id=self._ids[crm.Account, touch.account],
                opportunity_id=self._ids[crm.Opportunity, touch.opportunity] if touch.opportunity else None,
                kind=TouchKind(touch.kind),
                happened_on=touch.happened_on,
                learned_on=touch.learned_on,
                source=touch.source,
                external_id=touch.key,
                proof=touch.proof,
            )
            for touch in self._touches.get(at, ())
        ]

    def opportunity_id(self, key: str) -> int:
        """Return the id under which an opportunity of the world stands."""
        return self._ids[crm.Opportunity, key]

    def _insert(self, shelf: _Shelf, facts: Sequence[told.Fact], *, at: datetime) -> None:
        import_id = self._imports[shelf.kind, at]
        ids = _reserve_ids(shelf.model, len(facts))
        self._ids.update({(shelf.model, fact.key): row_id for fact, row_id in zip(facts, ids, strict=True)})
        names = [entry.name for entry in fields(facts[0]) if entry.name not in NOT_A_COLUMN]
        columns = [field for field in map(shelf.model._meta.get_field, names) if isinstance(field, models.Field)]
        workspace_id = current_workspace_id()
        insert_rows(
            shelf.model,
            columns=(
                *("id", "workspace_id", "source", "external_id", "learned_at", "added_by_import_id"),
                *(column.attname for column in columns),
            ),
            rows=(
                (row_id, workspace_id, shelf.source, fact.key, at, import_id, *self._cells(fact, columns))
                for fact, row_id in zip(facts, ids, strict=True)
            ),
        )

    def _move(self, moved: Mapping[str, told.StageChange], at: datetime) -> None:
        """Move opportunities that were loaded before to the stage they have reached."""
        known = {self._ids[crm.Opportunity, key]: change for key, change in moved.items()}
        earlier = list(crm.Opportunity.objects.filter(pk__in=known, learned_at__lt=at).order_by("pk"))
        for opportunity in earlier:
            change = known[opportunity.pk]
            opportunity.stage, opportunity.status = change.stage, change.status
            opportunity.changed_by_import_id = self._imports["opportunities", at]
            if change.status != crm.OpportunityStatus.OPEN:
                opportunity.next_step = ""
        fields_moved = ["stage", "status", "next_step", "changed_by_import"]
        crm.Opportunity.objects.bulk_update(earlier, fields_moved, batch_size=500)

    def _cells(self, fact: told.Fact, columns: Sequence[models.Field[object, object]]) -> Iterator[object]:
        for column in columns:
            value = getattr(fact, column.name)
            if isinstance(column, models.ForeignKey) and value is not None:
                value = self._ids[column.related_model, value]
            yield value

    def _record(self, batch: Batch) -> None:
        record_activity(
            self._reader,
            verb="facts_imported",
            subject_kind="import",
            subject_id=self._imports[batch.kind, batch.finished_at],
            summary=f"Imported {batch.file_name}: {batch.added:,} added, {batch.changed:,} changed, 0 refused",
            data={"kind": batch.kind, "file_hash": batch.file_hash, "added": batch.added, "changed": batch.changed},
            at=batch.finished_at,
        )


def _as_shown(fact: told.Fact, moved: Mapping[str, told.StageChange]) -> told.Fact:
    """Return an opportunity at the stage it had reached; any other fact is as it is."""
    change = moved.get(fact.key)
    if change is None or not isinstance(fact, told.Opportunity):
        return fact
    return replace(fact, stage=change.stage, status=change.status)


def _shelves(world: World) -> tuple[_Shelf, ...]:
    """Return the tables in the order in which they refer to each other."""
    books = world.books
    return (
        _Shelf(crm.Account, "accounts", CRM, world.accounts),
        _Shelf(crm.Contact, "contacts", CRM, world.contacts),
        _Shelf(crm.Product, "products", CRM, world.products),
        _Shelf(crm.ExchangeRate, "exchange_rates", RATES, world.exchange_rates),
        _Shelf(crm.Opportunity, "opportunities", CRM, world.opportunities),
        _Shelf(crm.StageChange, "opportunities", CRM, world.stage_changes),
        _Shelf(crm.SalesActivity, "sales_activities", CRM, world.sales_activities),
        _Shelf(crm.Subscription, "subscriptions", BILLING, books.subscriptions),
        _Shelf(crm.Invoice, "invoices", BILLING, books.invoices),
        _Shelf(crm.InvoiceLine, "invoices", BILLING, books.lines),
        _Shelf(crm.Payment, "payments", BILLING, books.payments),
        _Shelf(crm.Refund, "refunds", BILLING, books.refunds),
        _Shelf(crm.CreditNote, "credit_notes", BILLING, books.credit_notes),
    )


def _record_imports(batches: Sequence[Batch], reader: Actor) -> dict[tuple[str, datetime], int]:
    """Write down every export that will be read; return their ids by kind and instant."""
    rows = crm.Import.objects.bulk_create(_import(batch, reader) for batch in batches)
    return {(batch.kind, batch.finished_at): row.pk for batch, row in zip(batches, rows, strict=True)}


def _import(batch: Batch, reader: Actor) -> crm.Import:
    return crm.Import(
        workspace_id=current_workspace_id(),
        kind=batch.kind,
        source=batch.source,
        file_name=batch.file_name,
        file_hash=batch.file_hash,
        reading={"format": "CSV, utf-8, separated by comma", "header": []},
        state=crm.ImportState.DONE,
        rows_total=batch.added + batch.changed,
        rows_read=batch.added + batch.changed,
        rows_added=batch.added,
        rows_changed=batch.changed,
        started_at=batch.started_at,
        finished_at=batch.finished_at,
        started_by_id=reader.person_id,
        started_by_label=reader.label,
    )


def _reserve_ids(model: type[models.Model], count: int) -> list[int]:
    """Take ids from the table's sequence, so that facts can name each other before they are written."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [model._meta.db_table, count],
        )
        return [row_id for (row_id,) in cursor.fetchall()]
