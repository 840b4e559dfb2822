"""Stored files on screen: who may open one, how it is handed out, and why an upload was refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, Http404, HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from tallystick.deals.models import DealRegistration
from tallystick.deals.services.attaching import files_with
from tallystick.platform.access import Permission
from tallystick.platform.files.media_types import MEGABYTE, MOST_AT_ONCE
from tallystick.platform.files.services import find_file, open_file
from tallystick.platform.models import FilePurpose, StoredFile
from tallystick.web.access import current_viewer

CONSOLE_PERMISSIONS: Final[Mapping[FilePurpose, Permission]] = {
    FilePurpose.LOGO: Permission.SEE_OVERVIEW,
    FilePurpose.DEAL_MESSAGE: Permission.SEE_DEALS,
    FilePurpose.REGISTRATION: Permission.SEE_DEALS,
    FilePurpose.PARTNER_FILE: Permission.SEE_PARTNERS,
}
PORTAL_PERMISSIONS: Final[Mapping[FilePurpose, Permission]] = {
    FilePurpose.LOGO: Permission.SEE_OWN_PORTAL,
    FilePurpose.DEAL_MESSAGE: Permission.SEE_OWN_DEALS,
    FilePurpose.REGISTRATION: Permission.SEE_OWN_DEALS,
    FilePurpose.PARTNER_FILE: Permission.SEE_OWN_PORTAL,
}
"""Which permission opens a file, by what it is kept for; whose it is, row-level security has decided before."""


@dataclass(frozen=True, slots=True)
class ShownFile:
    """A file as pages list it."""

    name: str
    size: str
    url: str


def shown_files(made: DealRegistration, page: str) -> list[ShownFile]:
    """Return the files sent with a claim that are still there; `page` names the address that hands them out."""
    return [
        ShownFile(row.file.name, size_words(row.file.size), reverse(page, args=[row.file_id]))
        for row in files_with(made.pk)
    ]


class ManyFilesInput(forms.ClearableFileInput):
    """A file input that takes several."""

    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """Several uploads in one field, at most `MOST_AT_ONCE`; what each of them is, is told when it is stored."""

    widget = ManyFilesInput

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[Any]]:
        """Return the uploads; raises `ValidationError` for more than are taken at once."""
        given = [one for one in (data if isinstance(data, list | tuple) else [data]) if one]
        if len(given) > MOST_AT_ONCE:
            raise forms.ValidationError(_("Attach at most %(most)d files at once.") % {"most": MOST_AT_ONCE})
        if not given and self.required:
            raise forms.ValidationError(self.error_messages["required"])
        cleaned = [super(ManyFilesField, self).clean(one, initial) for one in given]
        return [one for one in cleaned if isinstance(one, UploadedFile)]


def hand_out(request: HttpRequest, file_id: int, permissions: Mapping[FilePurpose, Permission]) -> FileResponse:
    """Answer with a file to save; what is not there for this scope is answered 404."""
    try:
        stored = find_file(file_id)
    except StoredFile.DoesNotExist as missing:
        raise Http404 from missing
    purpose = FilePurpose(stored.purpose)
    if purpose not in permissions:  # it is handed out elsewhere, to whoever it was made for
        raise Http404
    current_viewer(request).require(permissions[purpose])
    return answer_with(stored)


def answer_with(stored: StoredFile) -> FileResponse:
    """Answer with a file to save, for who was found to be allowed to; 404 where its bytes are gone."""
    try:
        content = open_file(stored)
    except FileNotFoundError as lost:
        raise Http404 from lost
    response = FileResponse(content, as_attachment=True, filename=stored.name, content_type=stored.media_type)
    response["X-Content-Type-Options"] = "nosniff"
    # Even where a browser shows it after all, nothing in it runs and it belongs to no origin.
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def size_words(size: int) -> str:
    """Write a size for people: "812 kB", "3.4 MB"."""
    if size < MEGABYTE:
        return _("%(size)d kB") % {"size": max(1, round(size / 1024))}
    return _("%(size).1f MB") % {"size": size / MEGABYTE}
