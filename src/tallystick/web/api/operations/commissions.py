"""Commission lines with their arithmetic, statements, and approval runs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Literal, Self

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import Field

from tallystick.commissions.approvals import lines_of_run
from tallystick.commissions.models import ApprovalRun, CommissionLine, RunState, Statement
from tallystick.commissions.queries import commission_lines
from tallystick.kernel.explanations import Explanation
from tallystick.platform.access import Permission
from tallystick.platform.clock import today
from tallystick.web.api.access import Whose, caller_of, operation
from tallystick.web.api.operations.earning_values import (
    OwnLinesAsked,
    OwnLineTold,
    OwnStatementTold,
    line_values,
    statement_values,
)
from tallystick.web.api.paging import Page, PageAsked, one_by_one, one_page, sorted_by
from tallystick.web.api.values import ExplanationTold, Id, MoneyTold, Told, words

router = Router(tags=["Commissions"])


class LineTold(OwnLineTold):
    """What one partner earns, or gives back, from one payment fact on one invoice line."""

    partner_id: int
    invoice_id: int
    rule: Annotated[str, Field(examples=["base"])]


class LineDetailTold(LineTold):
    """A commission line with its arithmetic: it can be computed again from that alone."""

    content_hash: str
    explanation: ExplanationTold


class LinePage(Page[LineTold]):
    """Commission lines, a page at a time."""


class LinesAsked(OwnLinesAsked):
    """What commission lines are narrowed and ordered by."""

    partner_id: Id | None = None
    invoice_id: Id | None = None
    run_id: Annotated[Id | None, Field(description="Lines of an approval run.")] = None


@operation(router, "GET", "/commission-lines", LinePage, whose=Whose.WORKSPACE, permission=Permission.SEE_COMMISSIONS)
def list_commission_lines(request: HttpRequest, asked: Query[LinesAsked]) -> LinePage:
    """List commission lines, the latest first."""
    on = today(caller_of(request).workspace.time_zone)
    found = asked.narrowed(commission_lines().select_related("reversed_by"), on=on)
    for column in ("partner_id", "invoice_id"):
        if wanted := getattr(asked, column):
            found = found.filter(**{column: wanted})
    if asked.run_id is not None:
        found = found.filter(pk__in=lines_of_run(ApprovalRun.objects.get(pk=asked.run_id)).values("pk"))

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


class StatementTold(OwnStatementTold):
    """A partner's lines of one month in one currency, issued once and never changed."""

    partner_id: int
    issued_at: datetime
    issued_by: Annotated[str, Field(examples=["Mara Novak"])]

    @classmethod
    def of(cls, statement: Statement) -> Self:
        """Return a statement as it is told."""
        return cls(
            **statement_values(statement),
            partner_id=statement.partner_id,
            issued_at=statement.issued_at,
            issued_by=statement.issued_by_label,
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
    return {
        **line_values(line, invoice_number=line.invoice.number, customer=line.invoice.account.name, on=on),
        "partner_id": line.partner_id,
        "invoice_id": line.invoice_id,
        "rule": line.rule,
    }
