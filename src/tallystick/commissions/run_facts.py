"""What the checks of an approval run look at, gathered in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any, Final

from django.db.models import Count, DateField, Exists, F, OuterRef, Q, QuerySet, Sum
from django.db.models.expressions import RawSQL

from tallystick.attribution.models import PendingOpportunity
from tallystick.commissions.approvals import approval_terms, lines_of_run, partner_totals, set_aside_lines
from tallystick.commissions.models import (
    ApprovalRun,
    BlockedLine,
    CommissionLine,
    PendingInvoice,
    RunState,
    Statement,
)
from tallystick.commissions.rules.approval import digest_of
from tallystick.commissions.rules.run_checks import CheckRow, Found, PartnerChange, RunFacts
from tallystick.crm.queries.rates import day_rates
from tallystick.kernel.money import Money
from tallystick.kernel.periods import Month
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import current_workspace_id
from tallystick.programmes.models import PlanVersion
from tallystick.programmes.rules.facts import facts_in_words

ROWS: Final = 10
"""Rows shown of each check; the count tells how many there are."""
MONTHS_BEFORE: Final = 3
NO_RATE: Final = "No exchange rate"


def given_in_workspace_currency(run: ApprovalRun) -> int | None:
    """Return what the run pays out, in minor units of the workspace's currency; None where no rate is known."""
    currency = Workspace.objects.get(pk=current_workspace_id()).currency
    if run.currency == currency:
        return run.given_minor
    rates = day_rates(run.through)
    if rates.rate(run.currency, currency) is None:
        return None
    return rates.together([Money(run.given_minor, run.currency)], currency).minor


def run_facts(run: ApprovalRun) -> RunFacts:
    """Return what is known of a run now."""
    lines = lines_of_run(run)
    terms = approval_terms()
    totals = {total.partner_id: total for total in partner_totals(run)}
    before = _totals_before(run)
    return RunFacts(
        total=Money(run.total_minor, run.currency),
        lines=run.lines,
        undecided_deals=PendingOpportunity.objects.values("opportunity_id").distinct().count(),
        unsettled_invoices=PendingInvoice.objects.values("invoice_id").distinct().count(),
        without_payment=_lines_found(_without_payment(lines)),
        corrected=_lines_found(_corrected(lines, run)),
        blocked=_blocked_found(BlockedLine.objects.exclude(reason__startswith=NO_RATE)),
        set_aside=_set_aside(run),
        below_zero=_below_zero(run, {key: (total.name, total.total.minor) for key, total in totals.items()}),
        plan_changes=_plan_changes(run),
        missing_rates=_blocked_found(BlockedLine.objects.filter(reason__startswith=NO_RATE)),
        old_rates=_lines_found(_old_rates(lines, run.currency, terms.rate_age_days)),
        booked_later=_lines_found(lines.exclude(booked_on=F("earned_on"))),
        totals_before=tuple(before.values()),
        partner_changes=_partner_changes(
            run, {key: (total.name, total.total) for key, total in totals.items()}, latest=next(iter(before), None)
        ),
        digest_holds=run.digest == digest_of(lines.values_list("pk", "content_hash")),
    )


def _without_payment(lines: QuerySet[CommissionLine]) -> QuerySet[CommissionLine]:
    return lines.filter(reverses__isnull=True, reversed_by__isnull=True, invoice__payments__isnull=True)


def _corrected(lines: QuerySet[CommissionLine], run: ApprovalRun) -> QuerySet[CommissionLine]:
    """Return lines whose reversal is not in the run with them."""
    inside = run.run_lines.filter(line=OuterRef("reversed_by__pk"))
    return lines.filter(~Exists(inside), reversed_by__isnull=False)


def _old_rates(lines: QuerySet[CommissionLine], currency: str, days: int) -> QuerySet[CommissionLine]:
    """Return converted lines whose explanation names a rate that was older than so many days."""
    rate_day: Any = RawSQL(
        """(jsonb_path_query_first(commissions_commissionline.explanation,
            '$.steps[*] ? (@.rule == "exchange_rate").facts.day') #>> '{}')::date""",
        [],
        output_field=DateField(),
    )
    converted = lines.exclude(base_currency=currency).annotate(rate_day=rate_day)
    return converted.filter(rate_day__lt=F("earned_on") - timedelta(days=days))


def _lines_found(lines: QuerySet[CommissionLine]) -> Found:
    count = lines.count()
    if not count:
        return Found()
    shown = lines.select_related("partner", "invoice__account").order_by("pk")[:ROWS]
    return Found(count, tuple(_line_row(line) for line in shown))


def _line_row(line: CommissionLine) -> CheckRow:
    return CheckRow(
        label=f"{line.partner}, {line.invoice.account}",
        note=f"{line.invoice.number}, {line.get_event_kind_display().lower()} of {line.earned_on.isoformat()}",
        figure=str(Money(line.amount_minor, line.currency)),
        kind="line",
        key=line.pk,
    )


def _blocked_found(blocked: QuerySet[BlockedLine]) -> Found:
    count = blocked.count()
    if not count:
        return Found()
    shown = blocked.select_related("invoice__account").order_by("blocked_at", "pk")[:ROWS]
    rows = (
        CheckRow(f"{row.invoice.account}, {row.invoice.number}", facts_in_words(row.reason), kind="blocked")
        for row in shown
    )
    return Found(count, tuple(rows))


def _set_aside(run: ApprovalRun) -> Found:
    aside = set_aside_lines().filter(line__currency=run.currency, line__booked_on__lte=run.through)
    count = aside.count()
    rows = (
        CheckRow(
            label=f"{row.partner}, {row.line.invoice.account}",
            note=row.reason,
            figure=str(Money(row.line.amount_minor, row.line.currency)),
            kind="line",
            key=row.line_id,
        )
        for row in aside[:ROWS]
    )
    return Found(count, tuple(rows)) if count else Found()


def _below_zero(run: ApprovalRun, totals: Mapping[int, tuple[str, int]]) -> Found:
    """Return the partners whose next statement would close below zero, with what they bring forward."""
    opening = _closing_balances(run, totals)
    rows = []
    for key, (name, total) in totals.items():
        forward = opening.get(key, 0)
        if forward + total < 0:
            note = f"{Money(forward, run.currency)} brought forward, {Money(total, run.currency)} in this run"
            rows.append(CheckRow(name, note, str(Money(forward + total, run.currency)), kind="partner", key=key))
    return Found(len(rows), tuple(rows[:ROWS]))


def _closing_balances(run: ApprovalRun, partner_ids: Iterable[int]) -> dict[int, int]:
    rows = (
        Statement.objects.filter(currency=run.currency, month__lt=run.month, partner_id__in=list(partner_ids))
        .order_by("partner_id", "-month")
        .distinct("partner_id")
        .values_list("partner_id", "closing_minor")
    )
    return dict(rows)


def _plan_changes(run: ApprovalRun) -> Found:
    changed = PlanVersion.objects.filter(
        Q(valid_from__range=(run.month, run.through)) | Q(published_at__date__range=(run.month, run.through)),
        currency=run.currency,
        published_at__isnull=False,
    ).select_related("track")
    rows = tuple(
        CheckRow(str(plan), f"counts from {plan.valid_from.isoformat()}", kind="plan", key=plan.pk)
        for plan in changed.order_by("valid_from", "pk")[:ROWS]
    )
    return Found(len(rows), rows)


def _totals_before(run: ApprovalRun) -> dict[date, Money]:
    """Return the approved totals of the latest months before the run's, the latest first."""
    rows = (
        ApprovalRun.objects.filter(
            state=RunState.APPROVED,
            currency=run.currency,
            month__lt=run.month,
            month__gte=Month.containing(run.month).plus(-12).first_day,
        )
        .values("month")
        .annotate(total=Sum("total_minor"), runs=Count("pk"))
        .order_by("-month")[:MONTHS_BEFORE]
    )
    return {row["month"]: Money(int(row["total"]), run.currency) for row in rows}


def _partner_changes(
    run: ApprovalRun, totals: Mapping[int, tuple[str, Money]], *, latest: date | None
) -> tuple[PartnerChange, ...]:
    if latest is None:
        return ()
    rows = (
        CommissionLine.objects.filter(
            run_lines__run__month=latest,
            run_lines__run__currency=run.currency,
            run_lines__run__state=RunState.APPROVED,
            run_lines__released_at__isnull=True,
        )
        .values("partner_id", "partner__name")
        .annotate(total=Sum("amount_minor"))
        .order_by("partner_id")
    )
    none = Money(0, run.currency)
    earlier = {row["partner_id"]: (row["partner__name"], Money(int(row["total"]), run.currency)) for row in rows}
    return tuple(
        PartnerChange(
            partner_id=key,
            name=(totals.get(key) or earlier[key])[0],
            now=totals[key][1] if key in totals else none,
            before=earlier[key][1] if key in earlier else none,
        )
        for key in sorted(totals.keys() | earlier.keys())
    )
