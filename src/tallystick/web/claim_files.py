"""Files of a registration as both sides show them, with the forms that add one's own and take them off again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tallystick.deals.models import DealRegistration, MessageSide, RegistrationFile
from tallystick.deals.services.attaching import MOST_FILES, TooManyFiles, attach_file, files_with, take_file_off
from tallystick.platform.access import Permission, Viewer
from tallystick.platform.clock import now
from tallystick.platform.files.media_types import MOST_AT_ONCE, FileRefused
from tallystick.platform.files.refusals import refusal_words
from tallystick.platform.files.services import ReasonMissing
from tallystick.web.access import current_viewer
from tallystick.web.files import ManyFilesField, ShownFile, size_words

_MAY: Final = {
    MessageSide.VENDOR: Permission.WRITE_ON_DEALS,
    MessageSide.PARTNER: Permission.WRITE_ON_OWN_DEALS,
}
_LONGEST_REASON: Final = 1000


class AttachForm(forms.Form):
    """Asks for files to keep with a registration."""

    claim_files = ManyFilesField()


@dataclass(frozen=True, slots=True)
class ShownClaimFile(ShownFile):
    """A file of a registration: `take_off_url` where the viewer's side sent it and the viewer may."""

    part: str
    take_off_url: str


@dataclass(frozen=True, slots=True)
class ClaimFiles:
    """The files of a registration, and adding some; `add_url` is empty for who may add none."""

    shown: Sequence[ShownClaimFile]
    add_url: str
    most: int = MOST_AT_ONCE


def claim_files(viewer: Viewer, made: DealRegistration) -> ClaimFiles:
    """Return the files of a registration as the viewer sees them. One query."""
    side = _side(viewer)
    may, place = viewer.may(_MAY[side]), _place(viewer)

    def take_off_url(row: RegistrationFile) -> str:
        own = may and row.side == side
        return reverse(f"{place}:take_file_off", args=[made.reference, row.file_id]) if own else ""

    return ClaimFiles(
        shown=[
            ShownClaimFile(
                name=row.file.name,
                size=size_words(row.file.size),
                url=reverse(f"{place}:file", args=[row.file_id]),
                part=_part(viewer, made, row),
                take_off_url=take_off_url(row),
            )
            for row in files_with(made.pk)
        ],
        add_url=reverse(f"{place}:attach_files", args=[made.reference]) if may else "",
    )


def attach(request: HttpRequest, reference: str) -> HttpResponse:
    """Keep files with a registration, all of them or none, and lead back to its page."""
    viewer, made = _asked(request, reference)
    form = AttachForm(request.POST, request.FILES)
    if not form.is_valid():
        messages.error(request, " ".join(str(problem) for problem in form.errors["claim_files"]))
        return _back(viewer, made)
    uploads = form.cleaned_data["claim_files"]
    try:
        with transaction.atomic():
            for upload in uploads:
                attach_file(viewer.actor(), registration_id=made.pk, side=_side(viewer), upload=upload, at=now())
    except FileRefused as refused:
        messages.error(request, refusal_words(refused))
    except TooManyFiles:
        words = _("A registration keeps %(most)d files. Take one off first, or send a link in a message.")
        messages.error(request, words % {"most": MOST_FILES})
    else:
        words = ngettext("The file is with the registration.", "The files are with the registration.", len(uploads))
        messages.success(request, words)
    return _back(viewer, made)


def take_off(request: HttpRequest, reference: str, file_id: int) -> HttpResponse:
    """Take a file of the viewer's side off, with the reason, and lead back to the page."""
    viewer, made = _asked(request, reference)
    reason = request.POST.get("reason", "")[:_LONGEST_REASON]
    try:
        take_file_off(
            viewer.actor(), registration_id=made.pk, side=_side(viewer), file_id=file_id, reason=reason, at=now()
        )
    except RegistrationFile.DoesNotExist as missing:
        raise Http404 from missing
    except ReasonMissing:
        messages.error(request, _("Say why the file is taken off."))
    return _back(viewer, made)


def _asked(request: HttpRequest, reference: str) -> tuple[Viewer, DealRegistration]:
    """Return the viewer, who must be allowed to, and the registration; 404 for one that is not theirs."""
    viewer = current_viewer(request)
    viewer.require(_MAY[_side(viewer)])
    found = DealRegistration.objects.filter(reference=reference)
    made = found.filter(partner_id=viewer.partner.id).first() if viewer.partner else found.first()
    if made is None:
        raise Http404
    return viewer, made


def _side(viewer: Viewer) -> MessageSide:
    return MessageSide.PARTNER if viewer.partner else MessageSide.VENDOR


def _place(viewer: Viewer) -> str:
    return "portal" if viewer.partner else "console"


def _part(viewer: Viewer, made: DealRegistration, row: RegistrationFile) -> str:
    if row.side == _side(viewer):
        return ""
    return viewer.workspace.name if row.side == MessageSide.VENDOR else made.partner.name


def _back(viewer: Viewer, made: DealRegistration) -> HttpResponse:
    return redirect("portal:deal" if viewer.partner else "console:registration", made.reference)
