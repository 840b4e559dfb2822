"""The third step of the import wizard: ten rows as they will be read, and in numbers what the load would bring."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from tallystick.crm.rules.previewing import AmountRead, Preview, PreviewCell, preview_rows
from tallystick.crm.rules.problems import ImportProblem
from tallystick.crm.rules.staging import Context, Remarks
from tallystick.crm.services.reading import FilePlan, file_hash, plan_file
from tallystick.flows.uploads import Said, TrialState, Upload, load_soon, said_about, trial_of, try_now, try_soon
from tallystick.platform.access import Permission
from tallystick.platform.clock import now
from tallystick.web.access import console, current_viewer
from tallystick.web.console.import_words import FIELD_LABELS, KINDS
from tallystick.web.console.pages import go_to, show_page, show_part
from tallystick.web.console.wizard import WizardStep, files_after, found_upload, steps, with_files_after
from tallystick.web.ui import formats

TRIED_AT_ONCE: Final = 512 * 1024
"""Bytes of a file that is tried while the page waits; a larger one is tried by a job."""


@dataclass(frozen=True, slots=True)
class ShownCell:
    """A cell of the preview: what it is read as, what stands in the file where that differs, or why it is refused."""

    words: str
    raw: str = ""
    problem: str = ""
    kind: str = ""


@console(Permission.IMPORT_FACTS)
@require_http_methods(["GET", "HEAD", "POST"])
def upload_check(request: HttpRequest, token: str) -> HttpResponse:
    """Show the first rows and the numbers of a trial; have the file loaded once that was confirmed."""
    upload = found_upload(token)
    said = said_about(upload)
    plan = _plan(upload, said) if said is not None else None
    after = files_after(request)
    if said is None or plan is None:
        return redirect(with_files_after(reverse("console:upload_reading", args=[token]), after))
    if request.method == "POST":
        digest = file_hash(upload.path)
        with transaction.atomic():
            load_soon(current_viewer(request).actor(), upload=upload, said=said)
        return go_to(request, with_files_after(reverse("console:loading", args=[digest]), after))
    state = _trial(request, upload, said)
    preview = _preview(request, plan)
    columns = reverse("console:upload_reading", args=[token])
    context = {
        "file": upload.path.name,
        "kind": KINDS[plan.kind],
        "source": plan.source,
        "heads": [(FIELD_LABELS.get(name, name), header) for name, header in preview.fields],
        "rows": _shown_rows(preview),
        "problems": sum(bool(cell.problem) for row in preview.rows for cell in row.cells)
        + sum(bool(row.problem) for row in preview.rows),
        "then": ",".join(after),
        "steps": steps(
            WizardStep.CHECK,
            back={WizardStep.FILE: reverse("console:upload"), WizardStep.COLUMNS: with_files_after(columns, after)},
        ),
        **_numbers(token, state),
    }
    return show_page(request, "console/imports/check.html", context, status=HTTPStatus.OK)


@console(Permission.IMPORT_FACTS)
@require_safe
def upload_numbers(request: HttpRequest, token: str) -> HttpResponse:
    """Answer with how far the trial of a file has come, for the page that asks again by itself."""
    upload = found_upload(token)
    return show_part(request, "console/imports/numbers.html", _numbers(token, trial_of(upload) or TrialState()))


def _plan(upload: Upload, said: Said) -> FilePlan | None:
    try:
        return plan_file(said.request(upload.path))
    except (ImportProblem, ValueError):
        return None


def _trial(request: HttpRequest, upload: Upload, said: Said) -> TrialState:
    """Return the trial of the file as it was said to be read; begin it where there is none yet."""
    known = trial_of(upload)
    if known is not None:
        return known
    actor = current_viewer(request).actor()
    if upload.path.stat().st_size <= TRIED_AT_ONCE:
        return try_now(actor, upload=upload, said=said, at=now())
    with transaction.atomic():
        try_soon(actor, upload=upload, said=said)
    return TrialState()


def _numbers(token: str, state: TrialState) -> dict[str, Any]:
    trial = state.trial
    figures = []
    if trial is not None:
        figures = [
            (_("New"), formats.number(trial.added), _("not here yet")),
            (_("Changed"), formats.number(trial.changed), _("here already, now different")),
            (_("Unchanged"), formats.number(trial.unchanged), _("here already, the same")),
            (_("Repeated"), formats.number(trial.duplicate), _("again in the same file")),
            (_("Refused"), formats.number(trial.refused), _("with a reason each, to be mended")),
        ]
    return {
        "token": token,
        "state": state,
        "read": formats.number(state.rows_read),
        "figures": figures,
        "trial": trial,
        "to_load": trial.added + trial.changed if trial else 0,
        "refused_more": max(trial.refused - len(trial.refused_rows), 0) if trial else 0,
    }


def _preview(request: HttpRequest, plan: FilePlan) -> Preview:
    workspace = current_viewer(request).workspace
    context = Context(
        plan.readings,
        plan.request.currency or workspace.currency,
        ZoneInfo(plan.request.time_zone or workspace.time_zone),
        provisional=False,
        remarks=Remarks(),
    )
    return preview_rows(plan.table, plan.columns, context)


def _shown_rows(preview: Preview) -> list[dict[str, Any]]:
    return [
        {
            "line": row.line,
            "cells": [_shown(cell) for cell in row.cells],
            "problem": _("The row has another number of cells than the header (%(cells)s).") % {"cells": row.problem}
            if row.problem
            else "",
        }
        for row in preview.rows
    ]


def _shown(cell: PreviewCell) -> ShownCell:
    if cell.problem:
        return ShownCell(cell.raw, problem=cell.problem)
    match cell.value:
        case AmountRead(minor, currency):
            return ShownCell(formats.money_exact(minor, currency), cell.raw, kind="number")
        case bool() as said:
            return ShownCell(_("Yes") if said else _("No"), cell.raw)
        case date() as day:
            return ShownCell(formats.day_and_year(day), cell.raw, kind="date")
        case None:
            return ShownCell("–")
        case text:
            return ShownCell(text, cell.raw if text != cell.raw else "")
