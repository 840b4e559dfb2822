"""Notes about a partner, for the vendor alone: write, edit, pin, remove and bring back. Runs on the vendor's side."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from tallystick.partners.models import Partner, PartnerNote
from tallystick.platform.activity import record_activity
from tallystick.platform.actors import Actor


class NothingNoted(ValueError):
    """Raised for a note without words."""


def notes_of(partner_id: int) -> list[PartnerNote]:
    """Return the notes about a partner: pinned ones first, then the latest. One query."""
    notes = PartnerNote.objects.filter(partner_id=partner_id, removed_at__isnull=True)
    return list(notes.order_by("-is_pinned", "-written_at", "-pk"))


@transaction.atomic
def write_note(actor: Actor, *, partner_id: int, body: str, at: datetime) -> PartnerNote:
    """Note something about a partner. Raises `NothingNoted` and `Partner.DoesNotExist`."""
    partner = Partner.objects.get(pk=partner_id)
    note = PartnerNote.objects.create(
        workspace_id=partner.workspace_id,
        partner=partner,
        body=_words(body),
        author_id=actor.person_id,
        author_label=actor.label,
        written_at=at,
    )
    _record(actor, note, verb="partner_note_written", words="noted something about", at=at)
    return note


@transaction.atomic
def edit_note(actor: Actor, *, note_id: int, body: str, at: datetime) -> PartnerNote:
    """Change the words of a note. Raises `NothingNoted` and `PartnerNote.DoesNotExist`."""
    note = _locked(note_id)
    note.body, note.edited_at = _words(body), at
    note.save(update_fields=["body", "edited_at"])
    _record(actor, note, verb="partner_note_edited", words="edited a note about", at=at)
    return note


@transaction.atomic
def pin_note(actor: Actor, *, note_id: int, at: datetime) -> PartnerNote:
    """Keep a note on top. Raises `PartnerNote.DoesNotExist`."""
    return _pinned(actor, note_id, pinned=True, at=at)


@transaction.atomic
def unpin_note(actor: Actor, *, note_id: int, at: datetime) -> PartnerNote:
    """Let a note take its place among the others. Raises `PartnerNote.DoesNotExist`."""
    return _pinned(actor, note_id, pinned=False, at=at)


@transaction.atomic
def remove_note(actor: Actor, *, note_id: int, at: datetime) -> PartnerNote:
    """Remove a note; `restore_note` brings it back. Raises `PartnerNote.DoesNotExist`."""
    note = _locked(note_id)
    note.removed_at = at
    note.save(update_fields=["removed_at"])
    _record(actor, note, verb="partner_note_removed", words="removed a note about", at=at)
    return note


@transaction.atomic
def restore_note(actor: Actor, *, note_id: int, at: datetime) -> PartnerNote:
    """Bring a removed note back. Raises `PartnerNote.DoesNotExist` where there is none removed."""
    note = (
        PartnerNote.objects.select_related("partner")
        .select_for_update(of=("self",))
        .get(pk=note_id, removed_at__isnull=False)
    )
    note.removed_at = None
    note.save(update_fields=["removed_at"])
    _record(actor, note, verb="partner_note_restored", words="brought back a note about", at=at)
    return note


def _pinned(actor: Actor, note_id: int, *, pinned: bool, at: datetime) -> PartnerNote:
    note = _locked(note_id)
    note.is_pinned = pinned
    note.save(update_fields=["is_pinned"])
    verb, words = ("partner_note_pinned", "pinned") if pinned else ("partner_note_unpinned", "unpinned")
    _record(actor, note, verb=verb, words=f"{words} a note about", at=at)
    return note


def _locked(note_id: int) -> PartnerNote:
    notes = PartnerNote.objects.select_related("partner").select_for_update(of=("self",))
    return notes.get(pk=note_id, removed_at__isnull=True)


def _words(body: str) -> str:
    if not body.strip():
        raise NothingNoted("Write something.")
    return body.strip()


def _record(actor: Actor, note: PartnerNote, *, verb: str, words: str, at: datetime) -> None:
    # The words stay out of the stream, which is for ever; and no partner reads the entry.
    record_activity(
        actor,
        verb=verb,
        subject_kind="partner",
        subject_id=note.partner_id,
        summary=f"{actor.label} {words} {note.partner.name}",
        data={"note": note.pk},
        at=at,
    )
