"""Imports: start one with a file, see how far it has come and which rows were refused, and take one back."""

from __future__ import annotations

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Any, Literal, Self

from django.http import HttpRequest
from ninja import File, Form, Query, Router, UploadedFile
from pydantic import Field

from tallystick.crm.models import FactKind, Import, ImportRefusal, ImportState
from tallystick.crm.queries.imports import refusals_of
from tallystick.crm.rules.problems import ImportProblem
from tallystick.crm.services.reading import file_hash, plan_file
from tallystick.crm.services.undoing import UndoRefused
from tallystick.flows.imports import undo_import
from tallystick.flows.uploads import Said, forget_upload, keep_upload, load_soon
from tallystick.platform.access import Permission
from tallystick.platform.clock import now
from tallystick.platform.models import Kept
from tallystick.platform.retention import kept_for
from tallystick.web.api.access import Whose, caller_of, operation
from tallystick.web.api.paging import Order, Page, PageAsked, one_by_one, one_page, sorted_by
from tallystick.web.api.problems import ErrorCode, Problem
from tallystick.web.api.values import Given, Id, Told, words

LARGEST_UPLOAD = 100 * 1024 * 1024
"""Bytes a program may send at once; larger files are loaded at the command line."""

router = Router(tags=["Imports"])


class ImportTold(Told):
    """A file brought in as a whole, and what became of its rows."""

    id: int
    kind: FactKind
    source: Annotated[str, Field(examples=["hubspot"])]
    file_name: Annotated[str, Field(examples=["accounts.csv"])]
    file_hash: Annotated[str, Field(description="SHA-256 of the file's bytes.")]
    state: ImportState
    message: Annotated[str, Field(description="Why it failed, or what a reader should know.")]
    rows_total: int
    rows_read: int
    rows_added: int
    rows_changed: int
    rows_unchanged: int
    rows_duplicate: int
    rows_refused: int
    started_at: datetime
    finished_at: datetime | None
    undone_at: datetime | None
    started_by: Annotated[str, Field(examples=["CRM sync (key tsk_1_9f3ab82ec1d0)"])]

    @classmethod
    def of(cls, batch: Import) -> Self:
        """Return an import as it is told."""
        return cls(
            id=batch.pk,
            kind=FactKind(batch.kind),
            source=batch.source,
            file_name=batch.file_name,
            file_hash=batch.file_hash,
            state=ImportState(batch.state),
            message=batch.message,
            rows_total=batch.rows_total,
            rows_read=batch.rows_read,
            rows_added=batch.rows_added,
            rows_changed=batch.rows_changed,
            rows_unchanged=batch.rows_unchanged,
            rows_duplicate=batch.rows_duplicate,
            rows_refused=batch.rows_refused,
            started_at=batch.started_at,
            finished_at=batch.finished_at,
            undone_at=batch.undone_at,
            started_by=batch.started_by_label,
        )


class ImportPage(Page[ImportTold]):
    """Imports, a page at a time."""


class ImportsAsked(PageAsked):
    """What imports are narrowed and ordered by."""

    kind: FactKind | None = None
    state: ImportState | None = None
    source: Annotated[str, words(40)] = ""
    file_hash: Annotated[str, words(64), Field(description="Finds what became of the file that was sent.")] = ""
    sort: Literal["id", "-id"] = "-id"


@operation(router, "GET", "/imports", ImportPage, whose=Whose.WORKSPACE, permission=Permission.IMPORT_FACTS)
def list_imports(request: HttpRequest, asked: Query[ImportsAsked]) -> ImportPage:  # noqa: ARG001
    """List imports, the latest first.

    With `file_hash` it tells how far the file that was sent has come: an empty list while it waits for its turn.
    """
    found = Import.objects.all()
    for column in ("kind", "state", "source", "file_hash"):
        if wanted := getattr(asked, column):
            found = found.filter(**{column: wanted})
    return ImportPage(**one_page(found, sorted_by(asked.sort), asked, one_by_one(ImportTold.of)))


class ImportGiven(Given):
    """What is said about a file; what is left out is guessed from its header, or asked for."""

    kind: Annotated[FactKind | Literal[""], Field(description="What it holds; guessed where it is left out.")] = ""
    source: Annotated[
        str,
        words(40),
        Field(description="The system it comes from; guessed where it is left out.", examples=["hubspot"]),
    ] = ""


class UploadTold(Told):
    """A file that waits to be loaded: ask for the imports with its hash to see how far it has come."""

    file_name: Annotated[str, Field(examples=["accounts.csv"])]
    file_hash: str
    kind: FactKind
    source: Annotated[str, Field(examples=["hubspot"])]
    imports: Annotated[str, Field(description="Where to look.", examples=["/api/v1/imports?file_hash=9f86d0818"])]


@operation(
    router,
    "POST",
    "/imports",
    UploadTold,
    whose=Whose.WORKSPACE,
    permission=Permission.IMPORT_FACTS,
    status=HTTPStatus.ACCEPTED,
    refuses=(ErrorCode.REFUSED,),
)
def start_import(request: HttpRequest, file: File[UploadedFile], given: Form[ImportGiven]) -> UploadTold:
    """Send a file to be loaded in the background.

    CSV or XLSX with the names of the columns in the first row. A file that cannot be read, or that could be read in
    more than one way, is refused at once and the detail says why. A file sent again changes nothing.
    """
    if (file.size or 0) > LARGEST_UPLOAD:
        raise Problem(ErrorCode.TOO_LARGE, f"At most {LARGEST_UPLOAD // 1024**2} MB at a time.")
    caller = caller_of(request)
    upload = keep_upload(name=file.name or "upload", chunks=file.chunks(), at=now())
    said = Said(kind=given.kind, source=given.source)
    try:
        plan = plan_file(said.request(upload.path))
    except ImportProblem:
        forget_upload(upload)
        raise
    digest = file_hash(upload.path)
    load_soon(caller.actor(), upload=upload, said=said)
    return UploadTold(
        file_name=upload.path.name,
        file_hash=digest,
        kind=FactKind(plan.kind.value),
        source=plan.source,
        imports=f"/api/v1/imports?file_hash={digest}",
    )


@operation(router, "GET", "/imports/{import_id}", ImportTold, whose=Whose.WORKSPACE, permission=Permission.IMPORT_FACTS)
def read_import(request: HttpRequest, import_id: Id) -> ImportTold:  # noqa: ARG001
    """Read an import: its state, and its rows in numbers."""
    return ImportTold.of(Import.objects.get(pk=import_id))


class RefusedRowTold(Told):
    """A row that was refused, and how to mend it."""

    id: int
    line: Annotated[int, Field(description="Line of the file; the header is line 1.")]
    column: Annotated[str, Field(examples=["Amount"])]
    value: Annotated[str, Field(examples=["12,50,00"])]
    reason: Annotated[str, Field(examples=["“12,50,00” is not an amount. Write it like 1250.00."])]
    row: Annotated[list[Any], Field(description="The row as it stood, cell by cell.")]

    @classmethod
    def of(cls, refusal: ImportRefusal) -> Self:
        """Return a refused row as it is told."""
        return cls(
            id=refusal.pk,
            line=refusal.line,
            column=refusal.column,
            value=refusal.value,
            reason=refusal.reason,
            row=list(refusal.row),
        )


class RefusedRowPage(Page[RefusedRowTold]):
    """Refused rows, a page at a time."""


@operation(
    router,
    "GET",
    "/imports/{import_id}/refused-rows",
    RefusedRowPage,
    whose=Whose.WORKSPACE,
    permission=Permission.IMPORT_FACTS,
)
def list_refused_rows(request: HttpRequest, import_id: Id, asked: Query[PageAsked]) -> RefusedRowPage:  # noqa: ARG001
    """List the rows that an import refused, in the order of the file."""
    batch = Import.objects.get(pk=import_id)
    found = refusals_of(import_id=batch.pk)
    return RefusedRowPage(**one_page(found, Order(("line", "id")), asked, one_by_one(RefusedRowTold.of)))


class UndoGiven(Given):
    """Why an import is taken back."""

    reason: Annotated[str, words(1000, least=1), Field(examples=["The export was of last year."])]


@operation(
    router,
    "POST",
    "/imports/{import_id}/undo",
    ImportTold,
    whose=Whose.WORKSPACE,
    permission=Permission.IMPORT_FACTS,
    refuses=(ErrorCode.STATE_CONFLICT,),
)
def undo_an_import(request: HttpRequest, import_id: Id, given: UndoGiven) -> ImportTold:
    """Take an import back as a whole.

    What it added goes, what it changed is as before. Refused where commissions, later imports or other facts rest on
    it, and once the days are over in which imports can be undone.
    """
    at = now()
    batch = Import.objects.get(pk=import_id)
    if at > batch.started_at + timedelta(days=kept_for(Kept.IMPORT_UNDO)):
        raise UndoRefused(f"The import of {batch.file_name} is too old to be undone. Correct the facts with a new one.")
    undone = undo_import(caller_of(request).actor(), import_id=import_id, at=at, reason=given.reason)
    return ImportTold.of(undone)
