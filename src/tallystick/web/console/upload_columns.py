"""The second step of the import wizard: what the file is, what each column is, and what only a person knows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from itertools import islice
from typing import Any, Final

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods

from tallystick.crm.rules.fields import FIELDS, FieldType, Kind
from tallystick.crm.rules.guessing import confidence_of
from tallystick.crm.rules.problems import AnswerNeeded, ImportProblem, Question, Topic
from tallystick.crm.rules.readers import plain_text
from tallystick.crm.rules.tables import Batch
from tallystick.crm.rules.workbooks import sheets_of
from tallystick.crm.services.reading import FileDraft, draft_file, plan_file
from tallystick.flows.uploads import Said, Upload, remember_said, said_about, said_last_time
from tallystick.platform.access import Permission
from tallystick.platform.models import Workspace
from tallystick.web.access import console, current_viewer
from tallystick.web.console.import_words import ANSWERS, AS_LAST_TIME, CONFIDENCE, FIELD_LABELS, KINDS, NOT_READ
from tallystick.web.console.pages import show_page
from tallystick.web.console.settings.workspace import currencies, time_zones
from tallystick.web.console.wizard import WizardStep, files_after, found_upload, steps, with_files_after
from tallystick.web.console.words import Tag

_SAMPLES: Final = 3
_LOOKED_AT: Final = 200
_TIME: Final = re.compile(r"\d[ T]\d{1,2}:\d\d")
_ZONE: Final = re.compile(r"(Z|[+-]\d\d:?\d\d)\s*$")
_BARE_AMOUNT: Final = re.compile(r"[\d.,'\s()+-]*\d[\d.,'\s()+-]*")
_SOURCES: Final = ("salesforce", "hubspot", "stripe", "crossbeam", "csv")


@dataclass(frozen=True, slots=True)
class ColumnRow:
    """One column of the file: its name, first values, the select of what it is, and how sure that is."""

    header: str
    samples: str
    field: forms.BoundField
    widget: str
    confidence: Tag


class ColumnsForm(forms.Form):
    """Asks what the file holds and where it is from, what each column is, and every open question."""

    source = forms.CharField(
        label=_lazy("It comes from"),
        max_length=40,
        help_text=_lazy("The same name finds the same rows again, and its columns are remembered for the next file."),
        error_messages={"required": _lazy("Name the system the file comes from.")},
        widget=forms.TextInput(attrs={"list": "sources", "autocomplete": "off"}),
    )

    def __init__(
        self, *arguments: Any, draft: FileDraft, said: Said, sheets: Sequence[str], workspace: Workspace, **named: Any
    ) -> None:
        super().__init__(*arguments, **named)
        self.draft, self.said = draft, said
        self.questions = [question for question in draft.questions if question.topic in (Topic.DATES, Topic.DECIMALS)]
        self._ask_columns()
        self._ask_readings()
        self._ask_money_and_time(workspace)
        self.sheets = sheets

    def _ask_columns(self) -> None:
        kind, columns = self.draft.kind, self.draft.columns
        if kind is None or columns is None:
            return
        choices = [("", _("Leave out")), *((field.name, _choice(field.name, field.required)) for field in FIELDS[kind])]
        taken = {place: name for name, place in columns.positions.items()}
        for place, header in enumerate(columns.header):
            if header:
                self.fields[f"column-{place}"] = forms.ChoiceField(
                    label=header, choices=choices, required=False, initial=taken.get(place, "")
                )

    def _ask_readings(self) -> None:
        for number, question in enumerate(self.questions):
            self.fields[f"answer-{number}"] = forms.ChoiceField(
                label=_("How to read “%(column)s”") % {"column": question.column},
                choices=[(answer, ANSWERS.get(answer, answer)) for answer in question.answers],
                widget=forms.RadioSelect,
                help_text=question.sentence,
                error_messages={"required": _("Choose one: the file does not say, and it is never guessed.")},
            )

    def _ask_money_and_time(self, workspace: Workspace) -> None:
        if _has_amounts_without_currency(self.draft):
            self.fields["currency"] = forms.ChoiceField(
                label=_("Amounts without a currency are in"),
                choices=[
                    ("", _("Choose a currency")),
                    (workspace.currency, _("%(currency)s, as the workspace counts") % {"currency": workspace.currency}),
                    *(choice for choice in currencies() if choice[0] != workspace.currency),
                ],
                initial=self.said.currency,
                error_messages={"required": _("Choose one: the file names no currency, and it is never guessed.")},
            )
        if _has_times_without_zone(self.draft):
            self.fields["time_zone"] = forms.ChoiceField(
                label=_("Times without a zone are in"),
                choices=[
                    ("", _("Choose a time zone")),
                    (workspace.time_zone, _("%(zone)s, as the workspace") % {"zone": workspace.time_zone}),
                    *(choice for choice in time_zones() if choice[0] != workspace.time_zone),
                ],
                initial=self.said.time_zone,
                error_messages={
                    "required": _("Choose one: near midnight it decides the day, and it is never guessed.")
                },
            )

    @property
    def asked(self) -> Iterator[Any]:
        """Yield the fields of the open questions."""
        for name in self.fields:
            if name.startswith("answer-") or name in ("currency", "time_zone"):
                yield self[name]

    def clean(self) -> dict[str, Any]:
        """Refuse one field for two columns."""
        cleaned: dict[str, Any] = super().clean() or {}
        seen: dict[str, str] = {}
        for name, value in list(cleaned.items()):
            if name.startswith("column-") and value:
                if value in seen:
                    self.add_error(
                        name,
                        _("“%(column)s” is read as this already. Leave one of them out.") % {"column": seen[value]},
                    )
                seen[value] = str(self.fields[name].label)
        return cleaned

    def result(self) -> Said:
        """Return what was said, with every column either told or left out."""
        chosen = {
            str(self.fields[name].label): value
            for name, value in self.cleaned_data.items()
            if name.startswith("column-")
        }
        return replace(
            self.said,
            kind=self.draft.kind.value if self.draft.kind else "",
            source=self.cleaned_data["source"],
            columns={field: header for header, field in chosen.items() if field},
            left_out=tuple(header for header, field in chosen.items() if not field),
            dates={**(self.said.dates or {}), **self._answers(Topic.DATES)},
            decimals={**(self.said.decimals or {}), **self._answers(Topic.DECIMALS)},
            currency=self.cleaned_data.get("currency", ""),
            time_zone=self.cleaned_data.get("time_zone", ""),
        )

    def _answers(self, topic: Topic) -> dict[str, str]:
        return {
            question.column: self.cleaned_data[f"answer-{number}"]
            for number, question in enumerate(self.questions)
            if question.topic is topic
        }


@console(Permission.IMPORT_FACTS)
@require_http_methods(["GET", "HEAD", "POST"])
def upload_reading(request: HttpRequest, token: str) -> HttpResponse:
    """Show what the file and each column was taken for, take corrections and answers, and go on to the check."""
    upload = found_upload(token)
    said, draft, problem = _understood(upload, request.POST if request.method == "POST" else request.GET)
    if draft is None:
        return _ask_first(request, upload, said, problem)
    if draft.kind is None:
        return _ask_first(request, upload, said, "", questions=draft.questions)
    form = ColumnsForm(
        request.POST if request.method == "POST" else None,
        draft=draft,
        said=said,
        sheets=sheets_of(upload.path),
        workspace=current_viewer(request).workspace,
        initial={"source": draft.source},
    )
    if request.method == "POST" and form.is_valid():
        result = form.result()
        problem, still_asked = _what_stands_against(upload, result)
        if not problem and not still_asked:
            remember_said(upload, result)
            return redirect(with_files_after(reverse("console:upload_check", args=[token]), files_after(request)))
        if still_asked:  # a column that was named by hand opens a question of its own
            remember_said(upload, result)
            return redirect(with_files_after(request.path, files_after(request)))
    context = _context(request, upload, form, draft, said) | {"problem": problem}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors or problem else HTTPStatus.OK
    return show_page(request, "console/imports/reading.html", context, status=status)


def _understood(upload: Upload, given: QueryDict) -> tuple[Said, FileDraft | None, str]:
    """Return what was said so far, and what follows of it; the words of a problem where the file cannot be read."""
    said = _said_so_far(upload, given)
    try:
        draft = draft_file(said.request(upload.path))
        if not said.columns and not said.left_out and draft.kind is not None and "afresh" not in given:
            last = said_last_time(kind=draft.kind, source=draft.source, header=draft.table.header)
            if last is not None:
                said = replace(last, sheet=said.sheet, encoding=said.encoding)
                draft = draft_file(said.request(upload.path))
    except AnswerNeeded as needed:
        return said, None, str(needed)
    except ImportProblem as problem:
        return said, None, str(problem)
    except ValueError:
        return said, None, _("This is not an answer the file can be read with.")
    return said, draft, ""


def _said_so_far(upload: Upload, given: QueryDict) -> Said:
    """Return what was said before; another kind or sheet begins anew, as other columns follow from it."""
    before = said_about(upload) or Said()
    kind, sheet, source = (given.get(name, "") for name in ("kind", "sheet", "source"))
    kind = kind if kind in set(Kind) else ""
    if "afresh" in given or (kind and before.kind and kind != before.kind) or (sheet and sheet != before.sheet):
        before = Said(encoding=before.encoding)
    encoding = given.get("encoding", "") or before.encoding
    return replace(
        before,
        kind=kind or before.kind,
        sheet=sheet or before.sheet,
        source=source.strip()[:40] or before.source,
        encoding=encoding,
    )


def _what_stands_against(upload: Upload, said: Said) -> tuple[str, bool]:
    """Return why the file cannot be read as it was said, and whether something about it must still be asked."""
    try:
        plan_file(said.request(upload.path))
    except AnswerNeeded as needed:
        if all(question.topic in (Topic.DATES, Topic.DECIMALS) for question in needed.questions):
            return "", True
        return str(needed), False
    except ImportProblem as problem:
        return str(problem), False
    return "", False


def _ask_first(
    request: HttpRequest, upload: Upload, said: Said, problem: str, *, questions: Sequence[Question] = ()
) -> HttpResponse:
    """Ask what must be known before columns can be told: what the file holds, or in which letters it is written."""
    context = {
        "file": upload.path.name,
        "said": said,
        "problem": problem,
        "question": questions[0].sentence if questions else "",
        "kinds": [(kind.value, words) for kind, words in KINDS.items()],
        "steps": steps(WizardStep.COLUMNS, back={WizardStep.FILE: reverse("console:upload")}),
        "then": ",".join(files_after(request)),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if problem else HTTPStatus.OK
    return show_page(request, "console/imports/what_it_is.html", context, status=status)


def _context(request: HttpRequest, upload: Upload, form: ColumnsForm, draft: FileDraft, said: Said) -> dict[str, Any]:
    return {
        "form": form,
        "file": upload.path.name,
        "described": draft.table.described,
        "kind": draft.kind,
        "kinds": [(kind.value, words) for kind, words in KINDS.items()],
        "sheets": form.sheets if len(form.sheets) > 1 else (),
        "sheet": said.sheet or (form.sheets[0] if form.sheets else ""),
        "columns": list(_rows(form, draft, said)),
        "missing": draft.missing,
        "remembered": said.remembered,
        "sources": _SOURCES,
        "steps": steps(WizardStep.COLUMNS, back={WizardStep.FILE: reverse("console:upload")}),
        "then": ",".join(files_after(request)),
    }


def _rows(form: ColumnsForm, draft: FileDraft, said: Said) -> Iterator[ColumnRow]:
    assert draft.columns is not None  # noqa: S101 - a draft with a kind has columns
    first = next(draft.table.batches(), Batch([], []))
    taken = {place: name for name, place in draft.columns.positions.items()}
    for place, header in enumerate(draft.columns.header):
        if not header:
            continue
        values = (plain_text(row[place]) for row in first.rows[:_LOOKED_AT])
        samples = list(islice(dict.fromkeys(value for value in values if value), _SAMPLES))
        words: tuple[Promise, str]
        if place not in taken:
            words = NOT_READ
        elif said.remembered:
            words = AS_LAST_TIME
        else:
            words = CONFIDENCE[confidence_of(taken[place], draft.columns)]
        asked = form[f"column-{place}"]
        widget = asked.as_widget(attrs={"class": "input"})
        yield ColumnRow(header, " · ".join(samples), asked, widget, Tag(str(words[0]), words[1]))


def _choice(name: str, required: bool) -> str:  # noqa: FBT001 - a field's own property
    label = str(FIELD_LABELS.get(name, name))
    return _("%(field)s (required)") % {"field": label} if required else label


def _has_amounts_without_currency(draft: FileDraft) -> bool:
    columns = draft.columns
    if columns is None or columns.kind is Kind.EXCHANGE_RATES or columns.has("currency"):
        return False
    named = [field.name for field in FIELDS[columns.kind] if field.type is FieldType.AMOUNT and columns.has(field.name)]
    rows = next(draft.table.batches(), Batch([], [])).rows[:_LOOKED_AT]
    return any(_BARE_AMOUNT.fullmatch(plain_text(row[columns.positions[name]])) for name in named for row in rows)


def _has_times_without_zone(draft: FileDraft) -> bool:
    """Tell whether dates come with a time of day that names no zone, as far as the first rows show."""
    columns = draft.columns
    if columns is None:
        return False
    dated = [field.name for field in FIELDS[columns.kind] if field.type is FieldType.DATE and columns.has(field.name)]
    rows = next(draft.table.batches(), Batch([], [])).rows[:_LOOKED_AT]
    return any(_is_time_without_zone(row[columns.positions[name]]) for name in dated for row in rows)


def _is_time_without_zone(cell: object) -> bool:
    return isinstance(cell, str) and bool(_TIME.search(cell)) and not _ZONE.search(cell)
