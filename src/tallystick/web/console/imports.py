"""The list of imports; each has a page of its own in `import_result`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from tallystick.crm.models import FactKind, Import, ImportState
from tallystick.crm.queries.imports import latest_imports
from tallystick.platform.access import Permission
from tallystick.platform.clock import today
from tallystick.web.access import console, current_viewer
from tallystick.web.console.pages import show_page
from tallystick.web.console.words import Tag, day_near
from tallystick.web.listing import Asked, Filter, Listing, choices_of, page_of, read_address
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


@console(Permission.IMPORT_FACTS)
@require_safe
def imports(request: HttpRequest) -> HttpResponse:
    """List the imports, latest first; while one is running the page asks again by itself."""
    on = today(current_viewer(request).workspace.time_zone)
    asked = read_address(LISTING, request.GET)
    listed = page_of(LISTING, request.GET, _found(asked), lambda found, _: _rows(found, on))
    running = any(row["is_running"] for row in listed.rows)
    return show_page(request, "console/imports/imports.html", {"list": listed, "running": running})


LISTING = Listing(
    things="imports",
    columns=COLUMNS,
    search_label="File name",
    filters=(
        Filter(name="kind", label="Holds", options=choices_of(FactKind.choices)),
        Filter(name="state", label="State", options=choices_of(ImportState.choices)),
    ),
)


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
