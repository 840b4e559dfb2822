"""Prepare, approve, reject and undo approval runs. One at a time in a workspace: each holds the approvals' lock."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.utils.translation import gettext as _

from tallystick.commissions.approvals import (
    approval_terms,
    lines_of_run,
    number_of,
    on_statements,
    preparable,
    read_open_lines,
)
from tallystick.commissions.models import ApprovalRun, ApprovalRunLine, RunState
from tallystick.commissions.rules.approval import Composed, Hand, OpenLine, compose, four_eyes_refusal
from tallystick.commissions.rules.run_checks import CheckResult, run_checks
from tallystick.commissions.run_facts import given_in_workspace_currency, run_facts
from tallystick.kernel.periods import Month, day_of
from tallystick.ledger.queries import closed_through
from tallystick.platform.activity import record_activity
from tallystick.platform.actors import Actor
from tallystick.platform.clock import now
from tallystick.platform.database.bulk import insert_rows
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import current_workspace_id


class ApprovalRefused(ValueError):
    """Raised when a run cannot be prepared, approved, rejected or undone; says why and what to do."""


@transaction.atomic
def prepare_approval_runs(actor: Actor, *, through: date, at: datetime | None = None) -> list[ApprovalRun]:
    """Put all that is earned by the day and in no live run into runs, one a currency; none where there is nothing."""
    hold_approvals()
    _require_open(through, at=at or now())
    return [
        prepare_approval_run(actor, through=through, currency=found.currency, at=at)
        for found in preparable(through=through)
    ]


@transaction.atomic
def prepare_approval_run(actor: Actor, *, through: date, currency: str, at: datetime | None = None) -> ApprovalRun:
    """Put all that is earned in a currency by the day and in no live run into one run, now or as of `at`.

    The day must be over in the workspace's time zone and its month open; otherwise, or where nothing is earned,
    raises ApprovalRefused. Of many who prepare at once each line goes to one.
    """
    hold_approvals()
    prepared_at, month = at or now(), Month.containing(through)
    _require_open(through, at=prepared_at)
    composed = compose(read_open_lines(through=through, currency=currency), through=through)
    if not composed.lines:
        raise ApprovalRefused(
            _("Nothing is earned in %(currency)s up to %(day)s that is not in a run already.")
            % {"currency": currency, "day": through.isoformat()}
        )
    run = _write(actor, composed, through=through, month=month, currency=currency, at=prepared_at)
    record_activity(
        actor,
        verb="approval_run_prepared",
        subject_kind="approval_run",
        subject_id=run.pk,
        summary=f"Prepared {run.number} for approval: {run.lines} lines",
        data=_figures(run),
        at=prepared_at,
    )
    return run


@transaction.atomic
def approve_approval_run(actor: Actor, *, run_id: int, at: datetime | None = None) -> ApprovalRun:
    """Approve a prepared run: statements may carry its lines from now on; what the checks found is kept with it.

    Raises ApprovalRefused where a check stops it, its month was closed, or four eyes are asked for.
    """
    hold_approvals()
    approved_at = at or now()
    run = _run_in(run_id, RunState.PREPARED)
    _require_month_open(run.month)
    terms = approval_terms()
    refusal = four_eyes_refusal(
        preparer=Hand(run.prepared_by_id, run.prepared_by_label),
        approver=Hand(actor.person_id, actor.label),
        given_minor=given_in_workspace_currency(run),
        terms=terms,
    )
    if refusal:
        raise ApprovalRefused(refusal)
    checks = run_checks(run_facts(run), terms=terms)
    stopped = [check for check in checks if check.result is CheckResult.STOP]
    if stopped:
        raise ApprovalRefused(stopped[0].sentence)
    run.state, run.approved_at = RunState.APPROVED, approved_at
    run.approved_by_id, run.approved_by_label = actor.person_id, actor.label
    run.checks = [check.as_json() for check in checks]
    run.save(update_fields=["state", "approved_at", "approved_by", "approved_by_label", "checks"])
    run.run_lines.filter(released_at__isnull=True).update(approved_at=approved_at)
    _tell_partners(actor, run, verb="commissions_approved", words="Approved", at=approved_at)
    record_activity(
        actor,
        verb="approval_run_approved",
        subject_kind="approval_run",
        subject_id=run.pk,
        summary=f"Approved {run.number}: {run.lines} lines",
        data=_figures(run),
        at=approved_at,
    )
    return run


@transaction.atomic
def reject_approval_run(actor: Actor, *, run_id: int, reason: str, at: datetime | None = None) -> ApprovalRun:
    """Reject a prepared run for a reason: its lines are free for another run. Raises ApprovalRefused."""
    hold_approvals()
    run = _run_in(run_id, RunState.PREPARED)
    return _end(actor, run, state=RunState.REJECTED, reason=reason, at=at or now())


@transaction.atomic
def undo_approval_run(actor: Actor, *, run_id: int, reason: str, at: datetime | None = None) -> ApprovalRun:
    """Take an approval back while none of its lines stands on a statement. Raises ApprovalRefused."""
    hold_approvals()
    run, undone_at = _run_in(run_id, RunState.APPROVED), at or now()
    stated = on_statements(run)
    if stated:
        raise ApprovalRefused(
            _("%(count)s of its lines stand on statements: an issued statement is final. Correct the fact instead.")
            % {"count": stated}
        )
    _tell_partners(actor, run, verb="commissions_approval_undone", words="Took back the approval of", at=undone_at)
    return _end(actor, run, state=RunState.UNDONE, reason=reason, at=undone_at)


def hold_approvals() -> None:
    """Keep others from preparing, approving or issuing until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('tallystick.approvals', %s))", [current_workspace_id()]
        )


def take_out(actor: Actor, run: ApprovalRun, *, line_ids: Sequence[int], at: datetime) -> None:
    """Take lines out of a prepared run and write its figures anew; the caller holds the approvals.

    A run that is left without a line is rejected.
    """
    leaving = run.run_lines.filter(line_id__in=line_ids, released_at__isnull=True)
    if leaving.count() == run.lines:
        _end(actor, run, state=RunState.REJECTED, reason=_("Every line was taken out."), at=at)
        return
    leaving.update(released_at=at)
    left = compose(_lines_left(run), through=run.through)
    run.lines, run.digest = len(left.lines), left.digest
    run.given_minor, run.taken_minor, run.total_minor = left.given_minor, left.taken_minor, left.total_minor
    run.save(update_fields=["lines", "digest", "given_minor", "taken_minor", "total_minor"])


def _lines_left(run: ApprovalRun) -> Iterator[OpenLine]:
    rows = lines_of_run(run).order_by("pk")
    names = ("pk", "partner_id", "amount_minor", "content_hash", "booked_on", "held_until")
    return (OpenLine(*row) for row in rows.values_list(*names))


def _require_open(through: date, *, at: datetime) -> None:
    workspace = Workspace.objects.get(pk=current_workspace_id())
    if through >= day_of(at, zone=ZoneInfo(workspace.time_zone)):
        raise ApprovalRefused(
            _("%(day)s is not over yet; what is earned by then can be prepared on the day after.")
            % {"day": through.isoformat()}
        )
    _require_month_open(through)


def _require_month_open(day: date) -> None:
    closed = closed_through()
    if closed is not None and Month.containing(day) <= closed:
        raise ApprovalRefused(
            _("%(month)s is closed; what is left of it belongs to the run of a later month.")
            % {"month": Month.containing(day)}
        )


def _run_in(run_id: int, state: RunState) -> ApprovalRun:
    run = ApprovalRun.objects.select_for_update().get(pk=run_id)
    if run.state != state:
        raise ApprovalRefused(
            _("%(number)s is %(state)s already.")
            % {"number": run.number, "state": str(RunState(run.state).label).lower()}
            if run.state != RunState.PREPARED
            else _("%(number)s is not approved.") % {"number": run.number}
        )
    return run


def _write(
    actor: Actor, composed: Composed, *, through: date, month: Month, currency: str, at: datetime
) -> ApprovalRun:
    numbers = ApprovalRun.objects.filter(month=month.first_day, currency=currency).values_list("number", flat=True)
    run = ApprovalRun.objects.create(
        workspace_id=current_workspace_id(),
        number=number_of(list(numbers), month=month, currency=currency),
        through=through,
        month=month.first_day,
        currency=currency,
        lines=len(composed.lines),
        given_minor=composed.given_minor,
        taken_minor=composed.taken_minor,
        total_minor=composed.total_minor,
        digest=composed.digest,
        prepared_at=at,
        prepared_by_id=actor.person_id,
        prepared_by_label=actor.label,
    )
    insert_rows(
        ApprovalRunLine,
        columns=("workspace_id", "run_id", "partner_id", "line_id"),
        rows=((run.workspace_id, run.pk, line.partner_id, line.id) for line in composed.lines),
    )
    return run


def _end(actor: Actor, run: ApprovalRun, *, state: RunState, reason: str, at: datetime) -> ApprovalRun:
    if not reason.strip():
        raise ApprovalRefused(_("Say why: whoever prepared the run reads it."))
    run.state, run.ended_at, run.ended_by_label, run.end_reason = state, at, actor.label, reason.strip()
    run.save(update_fields=["state", "ended_at", "ended_by_label", "end_reason"])
    run.run_lines.filter(released_at__isnull=True).update(released_at=at)
    record_activity(
        actor,
        verb=f"approval_run_{state.value}",
        subject_kind="approval_run",
        subject_id=run.pk,
        summary=f"{state.value.capitalize()} {run.number}: {run.end_reason}",
        data={**_figures(run), "reason": run.end_reason},
        at=at,
    )
    return run


def _tell_partners(actor: Actor, run: ApprovalRun, *, verb: str, words: str, at: datetime) -> None:
    """Record for each partner what the run means for it; partners read these entries, and nothing of the run."""
    sums: dict[int, int] = defaultdict(int)
    for partner_id, amount_minor in lines_of_run(run).order_by("partner_id").values_list("partner_id", "amount_minor"):
        sums[partner_id] += amount_minor
    for partner_id, total_minor in sums.items():
        record_activity(
            actor,
            verb=verb,
            subject_kind="approval_run",
            subject_id=run.pk,
            partner_id=partner_id,
            summary=f"{words} commissions of {Month.containing(run.month)}",
            data={"total_minor": total_minor, "currency": run.currency, "month": str(Month.containing(run.month))},
            at=at,
        )


def _figures(run: ApprovalRun) -> dict[str, str | int]:
    return {
        "month": str(Month.containing(run.month)),
        "through": run.through.isoformat(),
        "currency": run.currency,
        "lines": run.lines,
        "total_minor": run.total_minor,
        "digest": run.digest,
    }
