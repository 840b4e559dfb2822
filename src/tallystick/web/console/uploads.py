"""The first and the last step of the import wizard: choose files, and see how far a load has come."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from importlib import resources
from typing import Any, Final

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods, require_safe

from tallystick.crm.models import ImportState
from tallystick.crm.queries.imports import latest_imports
from tallystick.crm.rules.fields import Kind
from tallystick.crm.rules.problems import AnswerNeeded, ImportProblem
from tallystick.crm.services.reading import draft_file
from tallystick.flows.uploads import Said, Upload, forget_upload, keep_upload
from tallystick.platform.access import Permission
from tallystick.platform.clock import now
from tallystick.web.access import console
from tallystick.web.console.import_words import KINDS
from tallystick.web.console.pages import go_to, show_page, show_part
from tallystick.web.console.wizard import WizardStep, files_after, steps, with_files_after
from tallystick.web.ui import formats

LARGEST_UPLOAD = 500 * 1024 * 1024
"""Bytes a browser may send; larger files are loaded at the command line, which needs no copy of them."""
SAMPLES: Final = (Kind.ACCOUNTS, Kind.OPPORTUNITIES, Kind.CONTACTS, Kind.INVOICES, Kind.PAYMENTS)


class SeveralFiles(forms.FileInput):
    """A file input that takes several at once."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files, each checked by itself."""

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[bytes]]:
        """Return the files; refuse an empty one, and one that is larger than uploads may be."""
        given = data if isinstance(data, list | tuple) else [data] if data else []
        if not given:
            raise forms.ValidationError(self.error_messages["required"])
        files = [super(FilesField, self).clean(file, initial) for file in given]
        for file in files:
            if (file.size or 0) > LARGEST_UPLOAD:
                raise forms.ValidationError(
                    _("The file is larger than %(megabytes)s MB. Load it with `tallystick import` instead.")
                    % {"megabytes": LARGEST_UPLOAD // 1024**2}
                )
        return files


class FileForm(forms.Form):
    """Asks for the files."""

    file = FilesField(
        label=_lazy("CSV or Excel files"),
        widget=SeveralFiles(attrs={"accept": ".csv,.txt,.tsv,.xlsx"}),
        help_text=_lazy(
            "Exports of your CRM or billing system, with the names of the columns in the first row. "
            "Choose or drop several: each is checked by itself."
        ),
        error_messages={"required": _lazy("Choose a file first."), "empty": _lazy("The file is empty.")},
    )


@console(Permission.IMPORT_FACTS)
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """Take files, keep them, and go on to what the first was taken for; one that cannot be read is refused at once."""
    form = FileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        kept, problems = _keep(form.cleaned_data["file"])
        if not problems:
            first, *others = kept
            address = reverse("console:upload_reading", args=[first.token])
            return redirect(with_files_after(address, [other.token for other in others]))
        for one in kept:
            forget_upload(one)
        for problem in problems:
            form.add_error("file", problem)
    context = {
        "form": form,
        "steps": steps(WizardStep.FILE),
        "samples": [(kind.value, KINDS[kind]) for kind in SAMPLES],
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return show_page(request, "console/imports/upload.html", context, status=status)


@console(Permission.IMPORT_FACTS)
@require_safe
def sample(request: HttpRequest, kind: str) -> HttpResponseBase:  # noqa: ARG001 - Django gives it
    """Answer with a small file of that kind, to see what is expected."""
    if kind not in SAMPLES:
        raise Http404
    file = resources.files("tallystick.crm.samples").joinpath(f"{kind}.csv").open("rb")
    return FileResponse(file, as_attachment=True, filename=f"sample-{kind}.csv", content_type="text/csv; charset=utf-8")


@console(Permission.IMPORT_FACTS)
@require_safe
def loading(request: HttpRequest, digest: str) -> HttpResponse:
    """Show how far the load of a file has come; the page asks again by itself until there is an end."""
    after = files_after(request)
    batch = latest_imports().filter(file_hash=digest).first()
    if batch is not None and batch.state != ImportState.RUNNING:
        return go_to(request, with_files_after(reverse("console:import", args=[batch.pk]), after))
    context = {
        "batch": batch,
        "address": with_files_after(request.path, after),
        "read": formats.number(batch.rows_read) if batch else "",
        "total": formats.number(batch.rows_total) if batch else "",
        "steps": steps(WizardStep.RESULT),
    }
    if request.headers.get("HX-Request"):
        return show_part(request, "console/imports/progress.html", context)
    return show_page(request, "console/imports/loading.html", context)


def _keep(files: Sequence[UploadedFile[bytes]]) -> tuple[list[Upload], list[str]]:
    """Keep the files, in the order in which they refer to each other; return them and what is wrong with any."""
    order = list(Kind)
    kept: list[tuple[int, Upload]] = []
    problems = []
    for file in files:
        upload = keep_upload(name=file.name or "upload", chunks=file.chunks(), at=now())
        place = len(order)
        try:
            kind = draft_file(Said().request(upload.path)).kind
            place = order.index(kind) if kind is not None else place
        except AnswerNeeded:
            pass  # asked on the next page
        except ImportProblem as problem:
            problems.append(f"{upload.path.name}: {problem}" if len(files) > 1 else str(problem))
        kept.append((place, upload))
    return [upload for _place, upload in sorted(kept, key=lambda found: found[0])], problems
