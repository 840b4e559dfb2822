"""Commission lines with their arithmetic, statements, and approval runs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Literal, Self, cast

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import Field

from tallystick.commissions.approvals import lines_of_run
from tallystick.commissions.line_states import LineState, Progress, line_state, lines_in_state
from tallystick.commissions.models import ApprovalRun, CommissionLine, EventKind, RunState, Statement
from tallystick.commissions.queries import commission_lines
from tallystick.kernel.explanations import Explanation
from tallystick.platform.access import Permission
from tallystick.platform.clock import today
from tallystick.web.api.access import Whose, caller_of, operation
from tallystick.web.api.paging import Page, PageAsked, one_by_one, one_page, sorted_by
from tallystick.web.api.values import ExplanationTold, Id, MoneyTold, Told, words

router = Router(tags=["Commissions"])


class LineTold(Told):
    """What one partner earns, or gives back, from one payment fact on one invoice line."""

    id: int
    partner_id: int
    invoice_id: int
    invoice_number: Annotated[str, Field(examples=["2026-0042"])]
    customer: Annotated[str, Field(examples=["Cellvia"])]
    event: EventKind
    rule: Annotated[str, Field(examples=["base"])]
    plan: Annotated[str, Field(examples=["Reseller v2"])]
    base: Annotated[MoneyTold, Field(description="Paid revenue it is computed on, net of tax.")]
    amount: Annotated[MoneyTold, Field(description="Earned if positive, clawed back if negative.")]
    state: LineState
    set_aside_because: str | None
    earned_on: date
    booked_on: date
    held_until: date
    statement_id: int | None
    reverses: Annotated[int | None, Field(description="The line that this one takes back.")]


class LineDetailTold(LineTold):
    """A commission line with its arithmetic: it can be computed again from that alone."""

    content_hash: str
    explanation: ExplanationTold


class LinePage(Page[LineTold]):
    """Commission lines, a page at a time."""


class LinesAsked(PageAsked):
    """What commission lines are narrowed and ordered by."""

    partner_id: Id | None = None
    invoice_id: Id | None = None
    statement_id: Id | None = None
    run_id: Annotated[Id | None, Field(description="Lines of an approval run.")] = None
    state: LineState | None = None
    booked_from: date | None = None
    booked_until: date | None = None
    sort: Literal["id", "-id", "booked_on", "-booked_on"] = "-booked_on"


@operation(router, "GET", "/commission-lines", LinePage, whose=Whose.WORKSPACE, permission=Permission.SEE_COMMISSIONS)
def list_commission_lines(request: HttpRequest, asked: Query[LinesAsked]) -> LinePage:
    """List commission lines, the latest first."""
    on = today(caller_of(request).workspace.time_zone)
    found = commission_lines().select_related("reversed_by")
    for column in ("partner_id", "invoice_id"):
        if wanted := getattr(asked, column):
            found = found.filter(**{column: wanted})
    if asked.statement_id is not None:
        found = found.filter(statement_line__statement_id=asked.statement_id)
    if asked.run_id is not None:
        found = found.filter(pk__in=lines_of_run(ApprovalRun.objects.get(pk=asked.run_id)).values("pk"))
    if asked.state:
        found = lines_in_state(found, asked.state, on=on)
    if asked.booked_from:
        found = found.filter(booked_on__gte=asked.booked_from)
    if asked.booked_until:
        found = found.filter(booked_on__lte=asked.booked_until)

    def show(lines: Sequence[CommissionLine]) -> list[LineTold]:
        return [LineTold(**_line(line, on)) for line in lines]

    return LinePage(**one_page(found, sorted_by(asked.sort), asked, show))


@operation(
    router,
    "GET",
    "/commission-lines/{line_id}",
    LineDetailTold,
    whose=Whose.WORKSPACE,
    permission=Permission.SEE_COMMISSIONS,
)
def read_commission_line(request: HttpRequest, line_id: Id) -> LineDetailTold:
    """Read a commission line with its arithmetic, step by step."""
    line = commission_lines().select_related("reversed_by").get(pk=line_id)
    return LineDetailTold(
        **_line(line, today(caller_of(request).workspace.time_zone)),
        content_hash=line.content_hash,
        explanation=ExplanationTold.of(Explanation.from_json(line.explanation)),
    )


class StatementTold(Told):
    """A partner's lines of one month in one currency, issued once and never changed."""

    id: int
    partner_id: int
    number: Annotated[str, Field(examples=["ST-2026-03-0007-EUR"])]
    month: Annotated[date, Field(description="First day of the month.")]
    opening: Annotated[MoneyTold, Field(description="Carried forward from the statement before.")]
    total: Annotated[MoneyTold, Field(description="Sum of its lines.")]
    closing: Annotated[MoneyTold, Field(description="Opening and total together.")]
    issued_at: datetime
    issued_by: Annotated[str, Field(examples=["Mara Novak"])]
    content_hash: str

    @classmethod
    def of(cls, statement: Statement) -> Self:
        """Return a statement as it is told."""
        return cls(
            id=statement.pk,
            partner_id=statement.partner_id,
            number=statement.number,
            month=statement.month,
            opening=MoneyTold.of(statement.opening_minor, statement.currency),
            total=MoneyTold.of(statement.total_minor, statement.currency),
            closing=MoneyTold.of(statement.closing_minor, statement.currency),
            issued_at=statement.issued_at,
            issued_by=statement.issued_by_label,
            content_hash=statement.content_hash,
        )


class StatementPage(Page[StatementTold]):
    """Statements, a page at a time."""


class StatementsAsked(PageAsked):
    """What statements are narrowed and ordered by."""

    partner_id: Id | None = None
    number: Annotated[str, words(40)] = ""
    month: Annotated[date | None, Field(description="First day of the month.")] = None
    sort: Literal["id", "-id", "month", "-month"] = "-month"


@operation(router, "GET", "/statements", StatementPage, whose=Whose.WORKSPACE, permission=Permission.SEE_COMMISSIONS)
def list_statements(request: HttpRequest, asked: Query[StatementsAsked]) -> StatementPage:  # noqa: ARG001
    """List statements, the latest month first; their lines are found by `statement_id`."""
    found = Statement.objects.all()
    for column in ("partner_id", "number", "month"):
        if wanted := getattr(asked, column):
            found = found.filter(**{column: wanted})
    return StatementPage(**one_page(found, sorted_by(asked.sort), asked, one_by_one(StatementTold.of)))


@operation(
    router,
    "GET",
    "/statements/{statement_id}",
    StatementTold,
    whose=Whose.WORKSPACE,
    permission=Permission.SEE_COMMISSIONS,
)
def read_statement(request: HttpRequest, statement_id: Id) -> StatementTold:  # noqa: ARG001
    """Read a statement; its lines are found by `statement_id` among the commission lines."""
    return StatementTold.of(Statement.objects.get(pk=statement_id))


class ApprovalRunTold(Told):
    """All that was earned in one currency up to a day, put together to be approved as a whole."""

    id: int
    number: Annotated[str, Field(examples=["AR-2026-03-EUR-1"])]
    state: RunState
    through: Annotated[date, Field(description="Last day whose earned lines it takes.")]
    month: Annotated[date, Field(description="First day of the month whose statements carry its lines.")]
    lines: int
    given: Annotated[MoneyTold, Field(description="Sum of its lines above zero.")]
    taken: Annotated[MoneyTold, Field(description="Sum of its lines below zero.")]
    total: MoneyTold
    digest: Annotated[str, Field(description="SHA-256 over its lines' ids and hashes.")]
    prepared_at: datetime
    prepared_by: Annotated[str, Field(examples=["Mara Novak"])]
    approved_at: datetime | None
    approved_by: Annotated[str, Field(examples=["Jonas Weber"])]
    ended_at: datetime | None
    ended_by: Annotated[str, Field(examples=[""])]
    end_reason: Annotated[str, Field(examples=[""])]

    @classmethod
    def of(cls, run: ApprovalRun) -> Self:
        """Return an approval run as it is told."""
        return cls(
            id=run.pk,
            number=run.number,
            state=RunState(run.state),
            through=run.through,
            month=run.month,
            lines=run.lines,
            given=MoneyTold.of(run.given_minor, run.currency),
            taken=MoneyTold.of(run.taken_minor, run.currency),
            total=MoneyTold.of(run.total_minor, run.currency),
            digest=run.digest,
            prepared_at=run.prepared_at,
            prepared_by=run.prepared_by_label,
            approved_at=run.approved_at,
            approved_by=run.approved_by_label,
            ended_at=run.ended_at,
            ended_by=run.ended_by_label,
            end_reason=run.end_reason,
        )


class ApprovalRunPage(Page[ApprovalRunTold]):
    """Approval runs, a page at a time."""


class ApprovalRunsAsked(PageAsked):
    """What approval runs are narrowed and ordered by."""

    state: RunState | None = None
    month: Annotated[date | None, Field(description="First day of the month.")] = None
    sort: Literal["id", "-id", "month", "-month"] = "-month"


@operation(
    router, "GET", "/approval-runs", ApprovalRunPage, whose=Whose.WORKSPACE, permission=Permission.SEE_COMMISSIONS
)
def list_approval_runs(request: HttpRequest, asked: Query[ApprovalRunsAsked]) -> ApprovalRunPage:  # noqa: ARG001
    """List approval runs, the latest month first; their lines are found by `run_id`."""
    found = ApprovalRun.objects.all()
    for column in ("state", "month"):
        if wanted := getattr(asked, column):
            found = found.filter(**{column: wanted})
    return ApprovalRunPage(**one_page(found, sorted_by(asked.sort), asked, one_by_one(ApprovalRunTold.of)))


@operation(
    router,
    "GET",
    "/approval-runs/{run_id}",
    ApprovalRunTold,
    whose=Whose.WORKSPACE,
    permission=Permission.SEE_COMMISSIONS,
)
def read_approval_run(request: HttpRequest, run_id: Id) -> ApprovalRunTold:  # noqa: ARG001
    """Read an approval run."""
    return ApprovalRunTold.of(ApprovalRun.objects.get(pk=run_id))


def _line(line: CommissionLine, on: date) -> dict[str, object]:
    stated = getattr(line, "statement_line", None)
    return {
        "id": line.pk,
        "partner_id": line.partner_id,
        "invoice_id": line.invoice_id,
        "invoice_number": line.invoice.number,
        "customer": line.invoice.account.name,
        "event": EventKind(line.event_kind),
        "rule": line.rule,
        "plan": str(line.plan),
        "base": MoneyTold.of(line.base_minor, line.base_currency),
        "amount": MoneyTold.of(line.amount_minor, line.currency),
        "state": line_state(line, on=on),
        "set_aside_because": cast("Progress", line).set_aside_because,
        "earned_on": line.earned_on,
        "booked_on": line.booked_on,
        "held_until": line.held_until,
        "statement_id": stated.statement_id if stated else None,
        "reverses": line.reverses_id,
    }
