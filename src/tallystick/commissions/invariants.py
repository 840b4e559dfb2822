"""What must hold of commissions at every moment."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Exists, OuterRef, Q, Sum

from tallystick.commissions.approvals import lines_of_run
from tallystick.commissions.models import (
    ApprovalRun,
    ApprovalRunLine,
    CommissionLine,
    LineTotal,
    PendingInvoice,
    Statement,
    StatementLine,
    UnstatedLine,
)
from tallystick.commissions.queries import effective_lines
from tallystick.commissions.rules.approval import digest_of
from tallystick.commissions.rules.recomputation import recompute
from tallystick.commissions.services.settlement import unbooked_changes
from tallystick.crm.models import Invoice
from tallystick.kernel.explanations import Explanation
from tallystick.kernel.money import Money
from tallystick.ledger.queries import balances
from tallystick.platform.invariants import invariant


@invariant(id="L3", sentence="A partner's payable account holds exactly the sum of its commission lines.")
def balances_are_sums_of_lines() -> Iterator[str]:
    """Yield partners whose account and lines differ."""
    rows = CommissionLine.objects.values_list("partner_id", "currency").annotate(total=Sum("amount_minor"))
    lines = {(f"partner_payable:{partner_id}", currency): total for partner_id, currency, total in rows.order_by()}
    booked = {
        (balance.account, balance.amount.currency): balance.amount.minor
        for balance in balances()
        if balance.account.startswith("partner_payable:")
    }
    for key in sorted(lines.keys() | booked.keys()):
        if lines.get(key, 0) != booked.get(key, 0):
            yield f"{key[0]} holds {booked.get(key, 0)} {key[1]} minor units; its lines sum to {lines.get(key, 0)}."


@invariant(id="L3s", sentence="A statement's total is the sum of the lines on it.")
def statements_are_sums_of_lines() -> Iterator[str]:
    """Yield statements whose total and lines differ."""
    rows = Statement.objects.annotate(on_it=Sum("statement_lines__line__amount_minor")).order_by("pk")
    for statement in rows:
        if statement.total_minor != (statement.on_it or 0):
            yield f"{statement.number} says {statement.total_minor}; its lines sum to {statement.on_it}."


@invariant(id="L3a", sentence="An approval run's figures are the sum of its lines, and its digest is theirs.")
def runs_are_sums_of_lines() -> Iterator[str]:
    """Yield runs whose figures or digest are not those of their lines."""
    for run in ApprovalRun.objects.filter(ended_at__isnull=True).order_by("pk"):
        rows = list(lines_of_run(run).values_list("pk", "content_hash", "amount_minor"))
        total = sum(amount for _, _, amount in rows)
        if (run.lines, run.total_minor) != (len(rows), total):
            yield f"{run} says {run.lines} lines of {run.total_minor}; it has {len(rows)} of {total}."
        if run.digest != digest_of((line_id, content_hash) for line_id, content_hash, _ in rows):
            yield f"{run} has other lines than were prepared."


@invariant(id="L3b", sentence="Every line on a statement is approved.")
def statements_carry_approved_lines() -> Iterator[str]:
    """Yield lines on statements that no live run approved."""
    approved = ApprovalRunLine.objects.filter(
        line=OuterRef("line"), released_at__isnull=True, approved_at__isnull=False
    )
    for row in StatementLine.objects.filter(~Exists(approved)).select_related("statement").order_by("pk"):
        yield f"Commission line {row.line_id} stands on {row.statement} and is not approved."


@invariant(id="L3c", sentence="The kept totals of lines are the sums of the lines, approved and on statements.")
def totals_are_sums_of_lines() -> Iterator[str]:
    """Yield currencies whose kept totals are not those of their lines."""
    figures = ("amount_minor", "approved_minor", "stated_minor")
    kept = LineTotal.objects.order_by("currency").values_list("currency").annotate(*(Sum(name) for name in figures))
    live = ApprovalRunLine.objects.filter(line=OuterRef("pk"), released_at__isnull=True, approved_at__isnull=False)
    real = (
        CommissionLine.objects.annotate(is_approved=Exists(live))
        .order_by("currency")
        .values_list("currency")
        .annotate(
            earned=Sum("amount_minor"),
            approved=Sum("amount_minor", filter=Q(is_approved=True), default=0),
            stated=Sum("amount_minor", filter=Q(statement_line__isnull=False), default=0),
        )
    )
    found, told = ({row[0]: tuple(map(int, row[1:])) for row in rows} for rows in (real, kept))
    for currency in sorted(found.keys() | told.keys()):
        if found.get(currency, (0, 0, 0)) != told.get(currency, (0, 0, 0)):
            yield f"Lines in {currency} come to {found.get(currency)} and are kept as {told.get(currency)}."


@invariant(id="L3d", sentence="The lines kept as standing on no statement are exactly those that do.")
def unstated_lines_are_unstated() -> Iterator[str]:
    """Yield lines that are kept wrongly, or not kept."""
    kept = UnstatedLine.objects.filter(line=OuterRef("pk"))
    stated = StatementLine.objects.filter(line=OuterRef("pk"))
    for line in CommissionLine.objects.filter(~Exists(kept), ~Exists(stated)).order_by("pk"):
        yield f"Commission line {line.pk} stands on no statement and is not kept as such."
    for line in CommissionLine.objects.filter(Exists(kept), Exists(stated)).order_by("pk"):
        yield f"Commission line {line.pk} stands on a statement and is kept as standing on none."


@invariant(id="L4", sentence="What is booked is what the facts say: settling everything again would change nothing.")
def books_agree_with_facts() -> Iterator[str]:
    """Yield invoices that would be booked differently today, unless they wait to be settled."""
    waiting = PendingInvoice.objects.values("invoice_id")
    invoice_ids = Invoice.objects.exclude(pk__in=waiting).order_by("pk").values_list("pk", flat=True)
    chunk: list[int] = []
    for invoice_id in invoice_ids.iterator(chunk_size=2_000):
        chunk.append(invoice_id)
        if len(chunk) == 1_000:
            yield from _disagreements(chunk)
            chunk = []
    yield from _disagreements(chunk)


def _disagreements(invoice_ids: list[int]) -> Iterator[str]:
    for line in unbooked_changes(invoice_ids):
        yield f"Invoice {line.columns['invoice_id']}: line {line.line_key} of {line.amount} is not booked."


@invariant(id="L5", sentence="No more is clawed back on an invoice line than a partner earned on it.")
def nobody_gives_back_more_than_was_earned() -> Iterator[str]:
    """Yield partners below zero on an invoice line."""
    rows = (
        CommissionLine.objects.values_list("invoice_line_id", "partner_id", "currency")
        .annotate(total=Sum("amount_minor"))
        .filter(total__lt=0)
        .order_by("invoice_line_id", "partner_id")
    )
    for line_id, partner_id, currency, total in rows:
        yield f"Partner {partner_id} stands at {total} {currency} minor units on invoice line {line_id}."


@invariant(id="L6", sentence="Every commission line can be computed again from its explanation alone.")
def explanations_recompute() -> Iterator[str]:
    """Yield lines whose explanation gives another amount; a reversing line carries that of the line it reverses."""
    lines = CommissionLine.objects.order_by("pk").values_list(
        "pk", "amount_minor", "currency", "reverses__pk", "explanation"
    )
    for line_id, amount_minor, currency, reversed_id, explanation in lines.iterator(chunk_size=2_000):
        computed = recompute(Explanation.from_json(explanation))
        expected = Money(-amount_minor if reversed_id else amount_minor, currency)
        if computed != expected:
            yield f"Commission line {line_id} is {expected}; its explanation gives {computed}."


@invariant(
    id="P0", sentence="No commission without a payment: the invoice of every line that counts has received money."
)
def every_line_has_a_payment() -> Iterator[str]:
    """Yield lines that count on invoices without a payment, unless these wait to be settled."""
    waiting = PendingInvoice.objects.values("invoice_id")
    unpaid = effective_lines().filter(invoice__payments__isnull=True).exclude(invoice_id__in=waiting).order_by("pk")
    for line_id in unpaid.values_list("pk", flat=True):
        yield f"Commission line {line_id} belongs to an invoice without a payment."
