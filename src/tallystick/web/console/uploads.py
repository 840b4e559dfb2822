"""Bringing a file in: upload it, read what it was taken for, answer what only a person knows, and have it loaded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from tallystick.crm.models import FactKind, ImportState
from tallystick.crm.queries.imports import latest_imports
from tallystick.crm.rules.problems import AnswerNeeded, ImportProblem, Question, Topic
from tallystick.crm.services.reading import FilePlan, file_hash, plan_file
from tallystick.flows.uploads import Said, Upload, forget_upload, keep_upload, kept_upload, load_soon
from tallystick.platform.access import Permission
from tallystick.platform.clock import now
from tallystick.web.access import console, current_viewer
from tallystick.web.console.pages import go_to, show_page, show_part
from tallystick.web.ui import formats

ANSWERS = {
    "day-first": "Day first: 03/04 is 3 April",
    "month-first": "Month first: 03/04 is 4 March",
    "point": "Decimal point: 1,234.50",
    "comma": "Decimal comma: 1.234,50",
}
LARGEST_UPLOAD = 500 * 1024 * 1024
"""Bytes a browser may send; larger files are loaded at the command line, which needs no copy of them."""

ANSWERED_BY_CHOICE = frozenset({Topic.DATES, Topic.DECIMALS, Topic.ENCODING})


class FileForm(forms.Form):
    """Asks for the file, and optionally for what it holds and where it comes from."""

    file = forms.FileField(
        label="CSV or Excel file",
        help_text="An export of your CRM or billing system, with the names of its columns in the first row.",
        error_messages={"required": "Choose a file first.", "empty": "The file is empty."},
    )

    def clean_file(self) -> UploadedFile[bytes]:
        """Refuse a file that is larger than uploads may be."""
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        if (file.size or 0) > LARGEST_UPLOAD:
            raise forms.ValidationError(
                f"The file is larger than {LARGEST_UPLOAD // 1024**2} MB. Load it with `tallystick import` instead."
            )
        return file


class SaidForm(forms.Form):
    """Asks what the file holds, and every question that only a person can answer."""

    kind = forms.ChoiceField(label="The file holds", choices=FactKind.choices)
    source = forms.CharField(
        label="It comes from", max_length=40, help_text="The same name finds the same rows again: salesforce, hubspot …"
    )

    def __init__(self, *arguments: Any, questions: Sequence[Question] = (), **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.questions = [question for question in questions if question.topic in ANSWERED_BY_CHOICE]
        for number, question in enumerate(self.questions):
            self.fields[f"answer-{number}"] = forms.ChoiceField(
                label=f"How to read “{question.column}”" if question.column else "How to read its letters",
                choices=[(answer, ANSWERS.get(answer, answer)) for answer in question.answers],
                widget=forms.RadioSelect,
                help_text=question.sentence,
                error_messages={"required": "Choose one: the file does not say, and it is never guessed."},
            )

    def said(self) -> Said:
        """Return what was said, with the answers by column."""
        return Said(
            kind=self.cleaned_data["kind"],
            source=self.cleaned_data["source"],
            dates=self._answers(Topic.DATES),
            decimals=self._answers(Topic.DECIMALS),
            encoding=self._answers(Topic.ENCODING).get("", ""),
        )

    def _answers(self, topic: Topic) -> dict[str, str]:
        return {
            question.column: self.cleaned_data[f"answer-{number}"]
            for number, question in enumerate(self.questions)
            if question.topic is topic
        }


@dataclass(frozen=True, slots=True)
class Guess:
    """What a file was taken for: the plan to read it by, or the questions that are open, or why it cannot be read."""

    plan: FilePlan | None = None
    questions: tuple[Question, ...] = ()
    problem: str = ""


@console(Permission.IMPORT_FACTS)
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """Take a file, keep it, and go on to what it was taken for; one that cannot be read is refused at once."""
    form = FileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file: UploadedFile[bytes] = form.cleaned_data["file"]
        kept = keep_upload(name=file.name or "upload", chunks=file.chunks(), at=now())
        guess = guess_file(kept.path, Said())
        if not guess.problem:
            return redirect("console:upload_reading", token=kept.token)
        forget_upload(kept)
        form.add_error("file", guess.problem)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return show_page(request, "console/imports/upload.html", {"form": form}, status=status)


@console(Permission.IMPORT_FACTS)
@require_http_methods(["GET", "HEAD", "POST"])
def upload_reading(request: HttpRequest, token: str) -> HttpResponse:
    """Show what the file was taken for and ask what it does not say; then have it loaded."""
    kept = _kept(token)
    guess = guess_file(kept.path, _said_so_far(request))
    if request.method == "POST":
        form = SaidForm(request.POST, questions=guess.questions)
        if form.is_valid():
            guess = guess_file(kept.path, form.said())
            if guess.plan is not None:
                return _load(request, kept, form.said())
            form = SaidForm(request.POST, questions=guess.questions)
            form.is_valid()
    else:
        form = SaidForm(questions=guess.questions, initial=_guessed(guess))
    context = {
        "form": form,
        "file": kept.path.name,
        "columns": _columns(guess.plan),
        "unused": ", ".join(guess.plan.columns.unused) if guess.plan else "",
        "described": guess.plan.table.described if guess.plan else "",
        "problem": guess.problem,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors or guess.problem else HTTPStatus.OK
    return show_page(request, "console/imports/reading.html", context, status=status)


@console(Permission.IMPORT_FACTS)
@require_safe
def loading(request: HttpRequest, digest: str) -> HttpResponse:
    """Show how far the load of a file has come; the page asks again by itself until there is an end."""
    batch = latest_imports().filter(file_hash=digest).first()
    if batch is not None and batch.state != ImportState.RUNNING:
        return go_to(request, reverse("console:import", args=[batch.pk]))
    context = {"batch": batch, "digest": digest, "read": formats.number(batch.rows_read) if batch else ""}
    if request.headers.get("HX-Request"):
        return show_part(request, "console/imports/progress.html", context)
    return show_page(request, "console/imports/loading.html", context)


def guess_file(path: Path, said: Said) -> Guess:
    """Read a file's head and say what it was taken for."""
    try:
        return Guess(plan=plan_file(said.request(path)))
    except AnswerNeeded as open_questions:
        asked = tuple(open_questions.questions)
        if any(question.topic is Topic.COLUMNS for question in asked):
            return Guess(problem=str(open_questions))
        return Guess(questions=asked)
    except ImportProblem as problem:
        return Guess(problem=str(problem))
    except ValueError:
        return Guess(problem="This is not an answer the file can be read with.")


def _said_so_far(request: HttpRequest) -> Said:
    return Said(kind=request.POST.get("kind", ""), source=request.POST.get("source", ""))


def _guessed(guess: Guess) -> dict[str, str]:
    return {"kind": guess.plan.kind.value, "source": guess.plan.source} if guess.plan else {}


def _columns(plan: FilePlan | None) -> list[tuple[str, str]]:
    """Return the file's columns with what each was taken for, in words."""
    if plan is None:
        return []
    return [(header, name.replace("_", " ")) for header, name in plan.columns.by_header.items()]


def _kept(token: str) -> Upload:
    kept = kept_upload(token)
    if kept is None:
        raise Http404
    return kept


def _load(request: HttpRequest, kept: Upload, said: Said) -> HttpResponse:
    digest = file_hash(kept.path)
    with transaction.atomic():
        load_soon(current_viewer(request).actor(), upload=kept, said=said)
    return redirect("console:loading", digest=digest)
