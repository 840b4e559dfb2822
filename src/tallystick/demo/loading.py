"""Writes the facts into the tables, each kind in one COPY, tied to the import that brought it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import datetime

from django.db import connection, models, transaction

from tallystick.attribution.rules.facts import TouchKind
from tallystick.attribution.services import NewTouch
from tallystick.crm import models as crm
from tallystick.demo import facts as told
from tallystick.demo.imports import BILLING, CRM, RATES, Batch, Timetable, batches, timetable
from tallystick.demo.world import World
from tallystick.platform.database.bulk import insert_rows
from tallystick.platform.models import Person
from tallystick.platform.tenancy import TenantModel, current_workspace_id

# What a fact's record carries for the demo's own use, and no column holds.
NOT_A_COLUMN = frozenset({"key", "seen_on", "changed_on", "region"})
READERS_NAME = "Nightly sync"


class Loader:
    """Loads facts of one world and remembers under which id each stands."""

    def __init__(self, world: World, *, imports: Mapping[tuple[str, datetime], int]) -> None:
        self._world = world
        self._times: Timetable = timetable(world)
        self._imports = imports
        self._ids: dict[tuple[type[models.Model], str], int] = {}

    def load_companies(self) -> None:
        """Load what a registration is checked against: accounts, contacts, price list, exchange rates."""
        world = self._world
        with transaction.atomic():
            self._load(crm.Account, world.accounts, source=CRM, kind="accounts")
            self._load(crm.Contact, world.contacts, source=CRM, kind="contacts")
            self._load(crm.Product, world.products, source=CRM, kind="products")
            self._load(crm.ExchangeRate, world.exchange_rates, source=RATES, kind="exchange_rates")

    def load_deals(self) -> None:
        """Load what was sold and paid, and mark as customers those who bought."""
        world, books = self._world, self._world.books
        with transaction.atomic():
            self._load(crm.Opportunity, world.opportunities, source=CRM, kind="opportunities")
            self._load(crm.StageChange, world.stage_changes, source=CRM, kind="opportunities")
            self._load(crm.SalesActivity, world.sales_activities, source=CRM, kind="sales_activities")
            self._load(crm.Subscription, books.subscriptions, source=BILLING, kind="subscriptions")
            self._load(crm.Invoice, books.invoices, source=BILLING, kind="invoices")
            self._load(crm.InvoiceLine, books.lines, source=BILLING, kind="invoices")
            self._load(crm.Payment, books.payments, source=BILLING, kind="payments")
            self._load(crm.Refund, books.refunds, source=BILLING, kind="refunds")
            self._load(crm.CreditNote, books.credit_notes, source=BILLING, kind="credit_notes")
            customers = crm.Subscription.objects.filter(ends_on__gte=world.anchor).values("account_id")
            crm.Account.objects.filter(pk__in=customers).update(is_customer=True)

    def touches(self, partner_ids: Mapping[str, int]) -> Iterator[NewTouch]:
        """Give the touches as attribution takes them; `partner_ids` by name."""
        for touch in self._world.touches:
            yield NewTouch(
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

    def opportunity_id(self, key: str) -> int:
        """Return the id under which an opportunity of the world stands."""
        return self._ids[crm.Opportunity, key]

    def _load(self, model: type[TenantModel], records: Sequence[told.Fact], *, source: str, kind: str) -> None:
        ids = _reserve_ids(model, len(records))
        self._ids.update({(model, record.key): row_id for record, row_id in zip(records, ids, strict=True)})
        names = [entry.name for entry in fields(records[0]) if entry.name not in NOT_A_COLUMN]
        targets = [model._meta.get_field(name) for name in names]
        workspace_id = current_workspace_id()
        insert_rows(
            model,
            columns=(
                *("id", "workspace_id", "source", "external_id", "learned_at"),
                *("added_by_import_id", "changed_by_import_id"),
                *(target.attname for target in targets if isinstance(target, models.Field)),
            ),
            rows=(
                (row_id, workspace_id, source, record.key, *self._brought(record, kind), *self._values(record, targets))
                for record, row_id in zip(records, ids, strict=True)
            ),
        )

    def _brought(self, record: told.Fact, kind: str) -> tuple[datetime, int, int | None]:
        """Return when the fact was learned and by which imports it was added and last changed."""
        first = self._times.read_at(record.seen_on)
        last = self._times.read_at(record.changed_on or record.seen_on)
        return first, self._imports[kind, first], None if last == first else self._imports[kind, last]

    def _values(self, record: told.Fact, targets: Sequence[object]) -> Iterator[object]:
        for target in targets:
            if isinstance(target, models.ForeignKey):
                key = getattr(record, target.name)
                yield None if key is None else self._ids[target.related_model, key]
            elif isinstance(target, models.Field):
                yield getattr(record, target.name)


def record_imports(world: World, *, reader: Person) -> dict[tuple[str, datetime], int]:
    """Write down every export that was read; return their ids by kind and instant."""
    made = batches(world)
    rows = crm.Import.objects.bulk_create(_import(batch, reader) for batch in made)
    return {(batch.kind, batch.finished_at): row.pk for batch, row in zip(made, rows, strict=True)}


def _import(batch: Batch, reader: Person) -> crm.Import:
    return crm.Import(
        workspace_id=current_workspace_id(),
        kind=batch.kind,
        source=batch.source,
        file_name=batch.file_name,
        file_hash=batch.file_hash,
        state=crm.ImportState.DONE,
        rows_total=batch.added + batch.changed,
        rows_read=batch.added + batch.changed,
        rows_added=batch.added,
        rows_changed=batch.changed,
        started_at=batch.started_at,
        finished_at=batch.finished_at,
        started_by=reader,
        started_by_label=READERS_NAME,
    )


def _reserve_ids(model: type[models.Model], count: int) -> list[int]:
    """Take ids from the table's sequence, so that facts can name each other before they are written."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [model._meta.db_table, count],
        )
        return [row_id for (row_id,) in cursor.fetchall()]
