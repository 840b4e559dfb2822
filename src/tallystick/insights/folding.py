"""Brings the kept sums of days up to date: only the days that changed, or all where the rates are others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from django.db import connection, transaction
from django.db.models import Count, F, Q, Sum

from tallystick.crm.queries.rates import day_rates
from tallystick.insights.day_sums import measured_deals, terms_digest
from tallystick.insights.models import ChangedDay, DayMeasure, DaySum, DaySumsTerms
from tallystick.platform.clock import today
from tallystick.platform.database.bulk import insert_rows
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import current_workspace_id

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('tallystick.day_sums', %s))"
_COLUMNS = (
    "workspace_id", "measure", "day", "status", "credit_class", "partner_id", "deals", "with_amount", "without_rate",
    "amount_minor",
)  # fmt: skip
_EVERY_MEASURE = (
    (DayMeasure.OPENED, False),
    (DayMeasure.OPENED, True),
    (DayMeasure.CLOSED, False),
    (DayMeasure.CLOSED, True),
    (DayMeasure.INFLUENCED, True),
)


@transaction.atomic
def fold_day_sums(*, on: date | None = None) -> int:
    """Add up anew the days that changed, all of them where the rates of `on` are others; return how many rows.

    Marks are taken before their days are added up: whatever is committed later leaves a mark of its own.
    """
    workspace_id = current_workspace_id()
    workspace = Workspace.objects.get(pk=workspace_id)
    rates = day_rates(on or today(workspace.time_zone))
    digest = terms_digest(workspace.currency, rates)
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [workspace_id])
    is_new = DaySumsTerms.objects.values_list("digest", flat=True).first() != digest
    days = _taken_days()
    if not is_new and not days:
        return 0
    if is_new:
        DaySum.objects.all().delete()
        DaySumsTerms.objects.all().delete()
        DaySumsTerms.objects.create(workspace_id=workspace_id, digest=digest)
    else:
        DaySum.objects.filter(day__in=days).delete()
    narrowed = Q(day__isnull=False) if is_new else Q(day__in=days)
    written = 0
    for measure, of_partners in _EVERY_MEASURE:
        deals = measured_deals(measure, currency=workspace.currency, rates=rates, of_partners=of_partners)
        rows = [(workspace_id, measure.value, *row) for row in _sums(deals.filter(narrowed), measure, of_partners)]
        insert_rows(DaySum, columns=_COLUMNS, rows=rows)
        written += len(rows)
    return written


@transaction.atomic
def rebuild_day_sums() -> int:
    """Add up every day anew, whatever is marked; return how many rows were written."""
    DaySumsTerms.objects.all().delete()
    return fold_day_sums()


def _taken_days() -> list[date]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {ChangedDay._meta.db_table} WHERE workspace_id = %s RETURNING day",  # noqa: S608
            [current_workspace_id()],
        )
        return sorted({day for (day,) in cursor.fetchall()})


def _sums(deals: object, measure: DayMeasure, of_partners: bool) -> Iterator[Sequence[object]]:  # noqa: FBT001
    """Yield a row a day and group, in the order of `_COLUMNS` from the day on."""
    group = ["day", *(["status"] if measure is DayMeasure.CLOSED else [])]
    group.append("partner_id" if of_partners else "credit_class")
    grouped = (
        deals.order_by()  # type: ignore[attr-defined]
        .annotate(**{f"by_{key}": F(key) for key in group})
        .values(*(f"by_{key}" for key in group))
        .annotate(
            found=Count("pk"),
            known=Count("amount"),
            unrated=Count("pk", filter=Q(amount_minor__isnull=False, amount__isnull=True)),
            total=Sum("amount"),
        )
        .order_by(*(f"by_{key}" for key in group))
    )
    for row in grouped.iterator(chunk_size=5_000):
        yield (
            row["by_day"],
            row.get("by_status", ""),
            row.get("by_credit_class", ""),
            row.get("by_partner_id"),
            row["found"],
            row["known"],
            row["unrated"],
            int(row["total"] or 0),
        )
