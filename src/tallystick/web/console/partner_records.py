"""Notes and files on a partner's page: write, edit, pin, share, remove and bring back."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tallystick.partners import files, notes
from tallystick.partners.models import PartnerFile, PartnerNote
from tallystick.platform.access import Permission
from tallystick.platform.clock import now
from tallystick.platform.files.media_types import FileRefused
from tallystick.platform.files.refusals import refusal_words
from tallystick.platform.models import StoredFile
from tallystick.web.access import console, current_viewer
from tallystick.web.console.partner_forms import NoteForm, RemovalForm, UploadForm
from tallystick.web.console.partners import find_partner, show_partner, to_tab

Changed = TypeVar("Changed")

NOTE_ACTIONS = {"pin": notes.pin_note, "unpin": notes.unpin_note, "restore": notes.restore_note}
FILE_ACTIONS = {
    "share": files.share_partner_file,
    "keep-back": files.keep_back_partner_file,
    "restore": files.restore_partner_file,
}


@console(Permission.MANAGE_PARTNERS)
@require_POST
def write_note(request: HttpRequest, partner_id: int) -> HttpResponse:
    """Note something about a partner."""
    partner, form = find_partner(partner_id), NoteForm(request.POST)
    if not form.is_valid():
        return show_partner(request, partner, tab="notes", refused={"note_form": form})
    notes.write_note(current_viewer(request).actor(), partner_id=partner_id, body=form.cleaned_data["body"], at=now())
    return to_tab(partner_id, "notes")


@console(Permission.MANAGE_PARTNERS)
@require_POST
def edit_note(request: HttpRequest, partner_id: int, note_id: int) -> HttpResponse:
    """Change the words of a note."""
    note, form = _note(partner_id, note_id), NoteForm(request.POST)
    if not form.is_valid():
        refused = {"edit_form": form, "edited": str(note.pk)}
        return show_partner(request, find_partner(partner_id), tab="notes", refused=refused)
    notes.edit_note(current_viewer(request).actor(), note_id=note_id, body=form.cleaned_data["body"], at=now())
    return to_tab(partner_id, "notes")


@console(Permission.MANAGE_PARTNERS)
@require_POST
def remove_note(request: HttpRequest, partner_id: int, note_id: int) -> HttpResponse:
    """Remove a note; the page offers to bring it back."""
    _note(partner_id, note_id)
    _found(lambda: notes.remove_note(current_viewer(request).actor(), note_id=note_id, at=now()))
    return to_tab(partner_id, "notes", removed=note_id)


@console(Permission.MANAGE_PARTNERS)
@require_POST
def change_note(request: HttpRequest, partner_id: int, note_id: int, action: str) -> HttpResponse:
    """Pin a note, unpin it, or bring a removed one back."""
    _note(partner_id, note_id)
    change = NOTE_ACTIONS.get(action)
    if change is None:
        raise Http404
    _found(lambda: change(current_viewer(request).actor(), note_id=note_id, at=now()))
    return to_tab(partner_id, "notes")


@console(Permission.MANAGE_PARTNERS)
@require_POST
def upload_files(request: HttpRequest, partner_id: int) -> HttpResponse:
    """Keep files about a partner: all of them, or none where one is refused."""
    partner, form = find_partner(partner_id), UploadForm(request.POST, request.FILES)
    if form.is_valid():
        actor = current_viewer(request).actor()
        try:
            with transaction.atomic():
                for upload in form.cleaned_data["files_to_keep"]:
                    files.keep_partner_file(actor, partner_id=partner_id, upload=upload, at=now())
        except FileRefused as refused:
            form.add_error("files_to_keep", refusal_words(refused))
        else:
            return to_tab(partner_id, "files")
    return show_partner(request, partner, tab="files", refused={"upload_form": form})


@console(Permission.MANAGE_PARTNERS)
@require_POST
def remove_file(request: HttpRequest, partner_id: int, file_id: int) -> HttpResponse:
    """Remove a file with a reason; the page offers to bring it back."""
    form = RemovalForm(request.POST)
    if not form.is_valid():
        refused = {"removal_form": form, "removal_of": file_id}
        return show_partner(request, find_partner(partner_id), tab="files", refused=refused)
    actor, reason = current_viewer(request).actor(), form.cleaned_data["reason"]
    _found(lambda: files.remove_partner_file(actor, partner_id=partner_id, file_id=file_id, reason=reason, at=now()))
    return to_tab(partner_id, "files", removed=file_id)


@console(Permission.MANAGE_PARTNERS)
@require_POST
def change_file(request: HttpRequest, partner_id: int, file_id: int, action: str) -> HttpResponse:
    """Share a file with the partner, keep it back again, or bring a removed one back."""
    change = FILE_ACTIONS.get(action)
    if change is None:
        raise Http404
    actor, partner = current_viewer(request).actor(), find_partner(partner_id)
    stored = _found(lambda: change(actor, partner_id=partner_id, file_id=file_id, at=now()))
    words = {
        "share": _("%(partner)s reads %(file)s in the portal now."),
        "keep-back": _("%(partner)s reads %(file)s no more."),
        "restore": _("%(file)s is back."),
    }[action]
    messages.success(request, words % {"partner": partner.name, "file": stored.name})
    return to_tab(partner_id, "files")


def _note(partner_id: int, note_id: int) -> PartnerNote:
    found = PartnerNote.objects.filter(pk=note_id, partner_id=partner_id).first()
    if found is None:
        raise Http404
    return found


def _found(change: Callable[[], Changed]) -> Changed:
    """Run a change; what is not there any more is answered 404."""
    try:
        return change()
    except (PartnerNote.DoesNotExist, PartnerFile.DoesNotExist, StoredFile.DoesNotExist) as missing:
        raise Http404 from missing
