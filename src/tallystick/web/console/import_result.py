"""One import: what became of its rows, what followed, the rows refused as a file to mend, and taking it back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from tallystick.crm.models import Import, ImportRefusal, ImportState
from tallystick.crm.queries.imports import latest_imports, refusals_of
from tallystick.crm.rules.fields import Kind
from tallystick.crm.rules.refused_files import REASON_COLUMNS
from tallystick.crm.services.undoing import UndoRefused
from tallystick.deals.conflicts import conflicts_on_import
from tallystick.flows.import_effects import ImportEffects, booked_on, effects_of
from tallystick.flows.imports import undo_import
from tallystick.kernel.money import Money
from tallystick.platform.access import Permission
from tallystick.platform.clock import now
from tallystick.platform.models import Kept
from tallystick.platform.retention import kept_for
from tallystick.web.access import console, current_viewer
from tallystick.web.console.import_words import ANSWERS, FIELD_LABELS, KINDS
from tallystick.web.console.pages import show_page, show_part
from tallystick.web.console.wizard import WizardStep, files_after, next_file, steps
from tallystick.web.listing import Listing, csv_response, page_of
from tallystick.web.ui import formats
from tallystick.web.ui.components import Column
from tallystick.web.words import Tag


def _refusals() -> Listing:
    return Listing(
        things=_("refused rows"),
        columns=(
            Column(label=_("Line"), kind="number"),
            Column(label=_("Column")),
            Column(label=_("Value")),
            Column(label=_("Why it was refused")),
        ),
    )


class UndoForm(forms.Form):
    """Asks why an import is taken back."""

    reason = forms.CharField(
        label=_lazy("Why it is undone"),
        max_length=300,
        error_messages={"required": _lazy("Say why: it is written down with the import.")},
    )


@console(Permission.IMPORT_FACTS)
@require_safe
def one_import(request: HttpRequest, import_id: int) -> HttpResponseBase:
    """Show one import: its counts, what followed, how the file was read, and its refused rows; or these as a file."""
    batch = _import(import_id)
    refusals = refusals_of(import_id=batch.pk)
    if request.GET.get("format") == "csv":
        return _refused_file(batch, refusals.iterator(1000))
    running = batch.state == ImportState.RUNNING
    effects = effects_of(batch) if batch.state == ImportState.DONE else ImportEffects()
    context = {
        "list": page_of(_refusals(), request.GET, refusals, lambda found, _rows: found),
        "batch": batch,
        "kind": KINDS[Kind(batch.kind)],
        "state": _state(batch),
        "is_running": running,
        "read": formats.number(batch.rows_read),
        "total": formats.number(batch.rows_total),
        "loaded": formats.moment(batch.started_at),
        "figures": _figures(batch),
        "reading": _reading(batch),
        "notes": batch.message.splitlines(),
        "effects": effects,
        "uncredited": _amounts(effects.uncredited.amounts),
        "can_undo": batch.state == ImportState.DONE,
        "next_file": next_file(files_after(request)),
        "steps": steps(WizardStep.RESULT),
        "address": request.get_full_path(),
    }
    if request.headers.get("HX-Request"):
        return show_part(request, "console/imports/state.html", context)
    return show_page(request, "console/imports/import.html", context)


@console(Permission.IMPORT_FACTS)
@require_http_methods(["GET", "HEAD", "POST"])
def undo(request: HttpRequest, import_id: int) -> HttpResponse:
    """Show what undoing would take back, in numbers, and do it once it is confirmed with a reason."""
    batch = _import(import_id)
    if batch.state != ImportState.DONE:
        return redirect("console:import", import_id=batch.pk)
    form = UndoForm(request.POST if request.method == "POST" else None)
    until = batch.started_at + timedelta(days=kept_for(Kept.IMPORT_UNDO))
    refusal = _why_not(batch) if now() <= until else _too_old(batch)
    if request.method == "POST" and not refusal and form.is_valid():
        try:
            undo_import(
                current_viewer(request).actor(), import_id=batch.pk, reason=form.cleaned_data["reason"], at=now()
            )
        except UndoRefused as problem:
            refusal = str(problem)
        else:
            messages.success(request, _("Undid the import of %(file)s.") % {"file": batch.file_name})
            return redirect("console:import", import_id=batch.pk)
    effects = effects_of(batch)
    context = {
        "batch": batch,
        "form": form,
        "consequences": _consequences(batch, effects),
        "until": formats.day_and_year(until.date()),
        "refusal": refusal,
    }
    failed = refusal or form.errors
    status = HTTPStatus.UNPROCESSABLE_ENTITY if request.method == "POST" and failed else HTTPStatus.OK
    return show_page(request, "console/imports/undo.html", context, status=status)


def _import(import_id: int) -> Import:
    found = latest_imports().filter(pk=import_id).first()
    if found is None:
        raise Http404
    return found


def _why_not(batch: Import) -> str:
    booked = booked_on(batch)
    if not booked:
        return _why_not_for_cases(batch)
    return ngettext(
        "%(lines)s commission line rests on its opportunities, and books are not taken back. Correct the facts with a "
        "new import instead; the books follow.",
        "%(lines)s commission lines rest on its opportunities, and books are not taken back. Correct the facts with a "
        "new import instead; the books follow.",
        booked,
    ) % {"lines": formats.number(booked)}


def _why_not_for_cases(batch: Import) -> str:
    cases = conflicts_on_import(import_id=batch.pk)
    if not cases:
        return ""
    return ngettext(
        "A conflict is about its deals: %(names)s. What was claimed and ruled stays on record. Correct the facts with "
        "a new import instead; the deals are decided again, and rulings hold.",
        "%(n)s conflicts are about its deals: %(names)s. What was claimed and ruled stays on record. Correct the facts "
        "with a new import instead; the deals are decided again, and rulings hold.",
        len(cases),
    ) % {"n": formats.number(len(cases)), "names": ", ".join(f"{case.reference} {case.company}" for case in cases[:5])}


def _too_old(batch: Import) -> str:
    return _("What %(file)s changed is kept for %(days)s days only. Correct the facts with a new import instead.") % {
        "file": batch.file_name,
        "days": formats.number(kept_for(Kept.IMPORT_UNDO)),
    }


def _consequences(batch: Import, effects: ImportEffects) -> list[tuple[str, str]]:
    return [
        (_("Rows it added, which go"), formats.number(batch.rows_added)),
        (_("Rows it changed, which become what they were"), formats.number(batch.rows_changed)),
        (_("Decisions that are made again"), formats.number(effects.decided)),
        (_("Commission lines that rest on it"), formats.number(effects.lines)),
    ]


def _state(batch: Import) -> Tag:
    match ImportState(batch.state):
        case ImportState.RUNNING:
            return Tag(_("Running"), "accent")
        case ImportState.DONE if batch.rows_refused:
            return Tag(_("Done, rows refused"), "warn")
        case ImportState.DONE:
            return Tag(_("Done"), "good")
        case ImportState.FAILED:
            return Tag(_("Failed"), "bad")
        case ImportState.UNDONE:
            return Tag(_("Undone"))


def _figures(batch: Import) -> list[tuple[str, str, str]]:
    return [
        (_("Read"), formats.number(batch.rows_read), _("rows of the file")),
        (_("Added"), formats.number(batch.rows_added), _("new here")),
        (_("Changed"), formats.number(batch.rows_changed), _("known, now different")),
        (_("Unchanged"), formats.number(batch.rows_unchanged), _("known, the same")),
        (_("Repeated"), formats.number(batch.rows_duplicate), _("again in the same file")),
        (_("Refused"), formats.number(batch.rows_refused), _("to be mended")),
    ]


def _amounts(amounts: Iterable[Money]) -> str:
    return " + ".join(formats.money_short(amount.minor, amount.currency) for amount in amounts)


def _reading(batch: Import) -> list[tuple[str, str]]:
    """Return how the file was read, in words: its form, its columns, and the orders that were decided."""
    reading = batch.reading
    lines = [(_("File"), str(reading.get("format", "")))]
    fields = dict(reading.get("columns", {}))
    lines += [(header, str(FIELD_LABELS.get(name, name))) for name, header in fields.items()]
    for what in ("dates", "decimals"):
        answered = dict(reading.get(what, {}))
        lines += [
            (_("How “%(column)s” was read") % {"column": header}, str(ANSWERS.get(answer, answer)))
            for header, answer in answered.items()
        ]
    if unused := reading.get("unused"):
        lines.append((_("Left out"), ", ".join(map(str, unused))))
    return [line for line in lines if line[1]]


def _refused_file(batch: Import, refusals: Any) -> HttpResponseBase:
    """Answer with the refused rows as they stood, each with its reason; mended, the file can be loaded as it is."""

    def cells(refusal: ImportRefusal) -> list[str]:
        return [str(refusal.line), refusal.column, refusal.value, refusal.reason, *map(str, refusal.row)]

    header = [*REASON_COLUMNS, *map(str, batch.reading.get("header", []))]
    return csv_response(f"refused-{batch.pk}", header, map(cells, refusals))
