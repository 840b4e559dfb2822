"""Issue a month's statements: one a partner and currency, final once issued."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Count, Min, OuterRef, Subquery

from tallystick.attribution.models import PendingOpportunity
from tallystick.commissions.approvals import approved_without_statement, earned_open_lines
from tallystick.commissions.models import ApprovalRun, PendingInvoice, RunState, Statement, StatementLine
from tallystick.commissions.services.approvals import hold_approvals
from tallystick.kernel.canonical import canonical_json, sha256_hex
from tallystick.kernel.periods import Month, day_of
from tallystick.ledger.services import close_month
from tallystick.platform.activity import record_activity
from tallystick.platform.actors import Actor
from tallystick.platform.clock import now
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import current_workspace_id


class MonthNotReadyError(ValueError):
    """Raised when statements are asked for a month that is not over or has invoices still to be settled."""


@dataclass(frozen=True, slots=True)
class _Line:
    id: int
    amount_minor: int
    content_hash: str


@transaction.atomic
def issue_statements(actor: Actor, *, month: Month, at: datetime | None = None) -> list[Statement]:
    """Close the month and issue a statement for every partner and currency with approved lines, now or as of `at`.

    Only a month that is over in the workspace's time zone, with no invoice waiting to be settled, no run waiting for
    approval, and no approved line of an earlier month on no statement, can be issued; otherwise MonthNotReadyError
    says what is missing. Issuing again returns only what was not issued before; what is approved later stands on a
    later month's statement.
    """
    issued_at = at or now()
    hold_approvals()
    # Closed first: what is being settled meanwhile is waited for, and what the checks see stays so.
    close_month(actor, month=month, at=issued_at)
    _require_ready(month, at=issued_at)
    lines = _lines_without_statement(month)
    opening = _closing_balances(before=month)
    statements = [
        _issue(actor, month=month, key=key, lines=lines[key], opening_minor=opening.get(key, 0), at=issued_at)
        for key in sorted(lines)
    ]
    for statement in statements:
        record_activity(
            actor,
            verb="statement_issued",
            subject_kind="statement",
            subject_id=statement.pk,
            partner_id=statement.partner_id,
            summary=f"Issued statement {statement.number}",
            data={"total_minor": statement.total_minor, "currency": statement.currency, "month": str(month)},
            at=issued_at,
        )
    return statements


def _require_ready(month: Month, *, at: datetime) -> None:
    workspace = Workspace.objects.get(pk=current_workspace_id())
    if month.last_day >= day_of(at, zone=ZoneInfo(workspace.time_zone)):
        raise MonthNotReadyError(f"{month} is not over yet; its statements can be issued after {month.last_day}.")
    undecided = PendingOpportunity.objects.values("opportunity_id").distinct().count()
    if undecided:
        raise MonthNotReadyError(f"{undecided} deals wait to be decided; run `tallystick decide` first.")
    waiting = PendingInvoice.objects.values("invoice_id").distinct().count()
    if waiting:
        raise MonthNotReadyError(f"{waiting} invoices wait to be settled; run `tallystick accrue` first.")
    _require_approved(month)


def _require_approved(month: Month) -> None:
    waiting = ApprovalRun.objects.filter(state=RunState.PREPARED, month__lte=month.first_day).order_by("month", "pk")
    if run := waiting.first():
        raise MonthNotReadyError(f"{run.number} waits for approval; approve or reject it first.")
    approved = approved_without_statement()
    earlier = approved.filter(run__month__lt=month.first_day).aggregate(first=Min("run__month"), lines=Count("pk"))
    if earlier["lines"]:
        raise MonthNotReadyError(
            f"{earlier['lines']} lines before {month} stand on no statement; "
            f"issue {Month.containing(earlier['first'])} first."
        )
    if not approved.filter(run__month=month.first_day).exists():
        unapproved = earned_open_lines(through=month.last_day).count()
        if unapproved and not Statement.objects.filter(month__gte=month.first_day).exists():
            raise MonthNotReadyError(
                f"{unapproved} lines earned up to {month.last_day} are not approved; prepare an approval run first."
            )


def _lines_without_statement(month: Month) -> Mapping[tuple[int, str], list[_Line]]:
    found: dict[tuple[int, str], list[_Line]] = defaultdict(list)
    rows = (
        approved_without_statement()
        .filter(run__month=month.first_day)
        .order_by("partner_id", "line__currency", "line__booked_on", "line_id")
        .values_list("partner_id", "line__currency", "line_id", "line__amount_minor", "line__content_hash")
    )
    for partner_id, currency, line_id, amount_minor, content_hash in rows:
        found[partner_id, currency].append(_Line(line_id, amount_minor, content_hash))
    return found


def _closing_balances(*, before: Month) -> dict[tuple[int, str], int]:
    latest = (
        Statement.objects.filter(
            partner_id=OuterRef("partner_id"), currency=OuterRef("currency"), month__lt=before.first_day
        )
        .order_by("-month")
        .values("pk")[:1]
    )
    rows = Statement.objects.filter(pk=Subquery(latest)).values_list("partner_id", "currency", "closing_minor")
    return {(partner_id, currency): closing for partner_id, currency, closing in rows}


def _issue(
    actor: Actor, *, month: Month, key: tuple[int, str], lines: Sequence[_Line], opening_minor: int, at: datetime
) -> Statement:
    partner_id, currency = key
    total = sum(line.amount_minor for line in lines)
    statement = Statement.objects.create(
        workspace_id=current_workspace_id(),
        partner_id=partner_id,
        month=month.first_day,
        currency=currency,
        number=f"ST-{month}-{partner_id}-{currency}",
        opening_minor=opening_minor,
        total_minor=total,
        closing_minor=opening_minor + total,
        issued_at=at,
        issued_by_label=actor.label,
        content_hash=sha256_hex(canonical_json([opening_minor, total, [line.content_hash for line in lines]])),
    )
    StatementLine.objects.bulk_create(
        [
            StatementLine(
                workspace_id=current_workspace_id(), statement=statement, partner_id=partner_id, line_id=line.id
            )
            for line in lines
        ]
    )
    return statement
