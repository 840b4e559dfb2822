"""Imports: files brought in, what became of their rows, the rows refused, and taking a file back as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from tallystick.crm.models import FactKind, Import, ImportRefusal, ImportState
from tallystick.crm.queries.imports import latest_imports, refusals_of
from tallystick.crm.rules.refused_files import REASON_COLUMNS
from tallystick.crm.services.undoing import UndoRefused
from tallystick.flows.imports import undo_import
from tallystick.platform.access import Permission
from tallystick.platform.clock import now, today
from tallystick.web.access import console, current_viewer
from tallystick.web.console.pages import show_page, show_part
from tallystick.web.console.words import Tag, counted, day_near
from tallystick.web.listing import Asked, Filter, Listing, choices_of, csv_response, page_of, read_address
from tallystick.web.ui import formats
from tallystick.web.ui.components import Column

COLUMNS = (
    Column(label="File"),
    Column(label="Holds"),
    Column(label="Read", kind="number"),
    Column(label="Added", kind="number"),
    Column(label="Changed", kind="number"),
    Column(label="Refused", kind="number"),
    Column(label="State"),
    Column(label="Loaded", kind="date"),
    Column(label="By"),
)
REFUSAL_COLUMNS = (
    Column(label="Line", kind="number"),
    Column(label="Column"),
    Column(label="Value"),
    Column(label="Why it was refused"),
)


@console(Permission.IMPORT_FACTS)
@require_safe
def imports(request: HttpRequest) -> HttpResponse:
    """List the imports, latest first; while one is running the page asks again by itself."""
    on = today(current_viewer(request).workspace.time_zone)
    asked = read_address(LISTING, request.GET)
    listed = page_of(LISTING, request.GET, _found(asked), lambda found, _: _rows(found, on))
    running = any(row["is_running"] for row in listed.rows)
    return show_page(request, "console/imports/imports.html", {"list": listed, "running": running})


@console(Permission.IMPORT_FACTS)
@require_safe
def one_import(request: HttpRequest, import_id: int) -> HttpResponseBase:
    """Show one import: its counts, how the file was read, and its refused rows; or these as a file to mend."""
    batch = _import(import_id)
    refusals = refusals_of(import_id=batch.pk)
    if request.GET.get("format") == "csv":
        return _refused_file(batch, refusals.iterator(1000))
    on = today(current_viewer(request).workspace.time_zone)
    context = {
        "list": page_of(REFUSALS, request.GET, refusals, lambda found, _: found),
        "batch": batch,
        "row": _row(batch, on),
        "figures": _figures(batch),
        "reading": _reading(batch),
        "notes": batch.message.splitlines(),
        "can_undo": batch.state == ImportState.DONE,
    }
    if request.headers.get("HX-Request"):
        return show_part(request, "console/imports/state.html", context)
    return show_page(request, "console/imports/import.html", context)


@console(Permission.IMPORT_FACTS)
@require_http_methods(["GET", "HEAD", "POST"])
def undo(request: HttpRequest, import_id: int) -> HttpResponse:
    """Show what undoing would take back, in numbers, and do it once that was confirmed."""
    batch = _import(import_id)
    if batch.state != ImportState.DONE:
        return redirect("console:import", import_id=batch.pk)
    refusal = ""
    if request.method == "POST":
        try:
            undo_import(current_viewer(request).actor(), import_id=batch.pk, at=now())
        except UndoRefused as problem:
            refusal = str(problem)
        else:
            messages.success(request, f"Undid the import of {batch.file_name}.")
            return redirect("console:import", import_id=batch.pk)
    context = {
        "batch": batch,
        "added": counted(batch.rows_added, "row", "rows"),
        "changed": counted(batch.rows_changed, "row", "rows"),
        "refusal": refusal,
    }
    return show_page(request, "console/imports/undo.html", context, status=422 if refusal else 200)


LISTING = Listing(
    things="imports",
    columns=COLUMNS,
    search_label="File name",
    filters=(
        Filter(name="kind", label="Holds", options=choices_of(FactKind.choices)),
        Filter(name="state", label="State", options=choices_of(ImportState.choices)),
    ),
)
REFUSALS = Listing(things="refused rows", columns=REFUSAL_COLUMNS)


def _import(import_id: int) -> Import:
    found = Import.objects.filter(pk=import_id).first()
    if found is None:
        raise Http404
    return found


def _found(asked: Asked) -> Any:
    found = latest_imports()
    if kind := asked.get("kind"):
        found = found.filter(kind=kind)
    if state := asked.get("state"):
        found = found.filter(state=state)
    if asked.search:
        found = found.filter(file_name__icontains=asked.search)
    return found


def _rows(found: Sequence[Import], on: date) -> list[dict[str, Any]]:
    return [_row(batch, on) for batch in found]


def _row(batch: Import, on: date) -> dict[str, Any]:
    return {
        "url": reverse("console:import", args=[batch.pk]),
        "file": batch.file_name,
        "source": batch.source,
        "kind": batch.get_kind_display(),
        "read": formats.number(batch.rows_read),
        "added": formats.number(batch.rows_added),
        "changed": formats.number(batch.rows_changed),
        "refused": formats.number(batch.rows_refused),
        "state": _state(batch),
        "is_running": batch.state == ImportState.RUNNING,
        "rows_read": batch.rows_read,
        "rows_total": batch.rows_total,
        "total": formats.number(batch.rows_total),
        "loaded": day_near(batch.started_at.date(), on),
        "by": batch.started_by_label,
    }


def _state(batch: Import) -> Tag:
    match ImportState(batch.state):
        case ImportState.RUNNING:
            return Tag("Running", "accent")
        case ImportState.DONE if batch.rows_refused:
            return Tag("Done, rows refused", "warn")
        case ImportState.DONE:
            return Tag("Done", "good")
        case ImportState.FAILED:
            return Tag("Failed", "bad")
        case ImportState.UNDONE:
            return Tag("Undone")


def _figures(batch: Import) -> list[tuple[str, str, str]]:
    return [
        ("Read", formats.number(batch.rows_read), "rows of the file"),
        ("Added", formats.number(batch.rows_added), "new here"),
        ("Changed", formats.number(batch.rows_changed), "known, now different"),
        ("Unchanged", formats.number(batch.rows_unchanged), "known, the same"),
        ("Repeated", formats.number(batch.rows_duplicate), "again in the same file"),
        ("Refused", formats.number(batch.rows_refused), "to be mended"),
    ]


def _reading(batch: Import) -> list[tuple[str, str]]:
    """Return how the file was read, in words: its form, its columns, and the orders that were decided."""
    reading = batch.reading
    lines = [("File", str(reading.get("format", "")))]
    lines += [(header, str(field).replace("_", " ")) for header, field in dict(reading.get("columns", {})).items()]
    lines += [(f"Dates in {header}", str(order)) for header, order in dict(reading.get("dates", {})).items()]
    lines += [(f"Decimals in {header}", str(mark)) for header, mark in dict(reading.get("decimals", {})).items()]
    if unused := reading.get("unused"):
        lines.append(("Left out", ", ".join(map(str, unused))))
    return [line for line in lines if line[1]]


def _refused_file(batch: Import, refusals: Any) -> HttpResponseBase:
    """Answer with the refused rows as they stood, each with its reason; mended, the file can be loaded as it is."""

    def cells(refusal: ImportRefusal) -> list[str]:
        return [str(refusal.line), refusal.column, refusal.value, refusal.reason, *map(str, refusal.row)]

    header = [*REASON_COLUMNS, *map(str, batch.reading.get("header", []))]
    return csv_response(f"refused-{batch.pk}", header, map(cells, refusals))
