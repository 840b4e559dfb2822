"""Workbooks of long lists: asked for by a person, made by a job, told of in the app, and removed after some days.

A workbook cannot leave before it is whole, and nobody waits minutes for an answer. Who asked may open it, as long as
their role sees the list; nobody else does. See docs/how-to/lists.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from tallystick.platform.activity import record_activity
from tallystick.platform.actors import Actor
from tallystick.platform.files.media_types import EXCEL
from tallystick.platform.files.services import forget_file, keep_made_file
from tallystick.platform.models import FilePurpose, ListFile, ListFileState, Notice, Person
from tallystick.platform.tenancy import current_scope, current_workspace_id

WRITE: Final = "web.write_list_file"
"""The job that makes one; it is in `web/tasks.py`, for lists are the web's."""
GIVEN_UP_AFTER: Final = timedelta(hours=2)
"""A file that has not ended by then never will: its job was cancelled, or given up. The next may be asked for."""
NEWS: Final = "files"
"""The kind of news that a file is ready, or could not be made."""


class AlreadyMade(ValueError):
    """Raised where a file of the same list is being made for the person already; `list_file` is that one."""

    def __init__(self, list_file: ListFile) -> None:
        super().__init__("A file of this list is being made for you already. Wait for it, then ask for the next.")
        self.list_file = list_file


@transaction.atomic
def ask_for_list_file(*, person: Person, list_name: str, query: str, rows: int, at: datetime) -> ListFile:
    """Have the rows of a list made into a workbook for a person, once this transaction commits.

    `rows` is how many there are about now, for the progress. Raises `AlreadyMade`.
    """
    of_list = {"person": person, "partner_id": current_scope().partner_id, "list_name": list_name}
    forgotten = ListFile.objects.filter(ended_at__isnull=True, asked_at__lt=at - GIVEN_UP_AFTER, **of_list)
    forgotten.update(state=ListFileState.FAILED, ended_at=at, problem=_("It was never begun, or never ended."))
    try:
        with transaction.atomic():
            asked = ListFile.objects.create(
                workspace_id=current_workspace_id(), query=query, rows_total=rows, asked_at=at, **of_list
            )
    except IntegrityError as taken:
        raise AlreadyMade(ListFile.objects.get(ended_at__isnull=True, **of_list)) from taken
    app.configure_task(WRITE).defer(workspace_id=current_workspace_id(), list_file_id=asked.pk)
    return asked


def list_file_of(*, person: Person, list_file_id: int) -> ListFile:
    """Return a file that a person asked for; raises `ListFile.DoesNotExist` for another's."""
    own = ListFile.objects.select_related("file")
    return own.get(pk=list_file_id, person=person, partner_id=current_scope().partner_id)


def begin_writing(list_file_id: int, *, rows: int) -> None:
    """Note that a file is being written; a job that begins again begins at nothing."""
    ListFile.objects.filter(pk=list_file_id).update(
        state=ListFileState.WRITING, rows_total=rows, rows_written=0, ended_at=None, problem=""
    )


def note_progress(list_file_id: int, *, rows: int) -> None:
    """Note how many rows are written."""
    ListFile.objects.filter(pk=list_file_id).update(rows_written=rows)


@transaction.atomic
def finish_list_file(
    actor: Actor, *, list_file_id: int, made: Path, name: str, rows: int, words: Sequence[str], url: str, at: datetime
) -> ListFile:
    """Keep the file that was made and tell who asked. `words` are title and text in that person's language."""
    asked = ListFile.objects.select_for_update().get(pk=list_file_id)
    asked.file = keep_made_file(
        actor,
        made=made,
        name=name,
        media_type=EXCEL,
        purpose=FilePurpose.LIST_FILE,
        partner_id=asked.partner_id,
        at=at,
    )
    asked.state, asked.rows_written, asked.rows_total, asked.ended_at = ListFileState.DONE, rows, rows, at
    asked.save(update_fields=["file", "state", "rows_written", "rows_total", "ended_at"])
    _tell(actor, asked, verb="list_file_made", did="was made", words=words, url=url, at=at)
    return asked


@transaction.atomic
def fail_list_file(
    actor: Actor, *, list_file_id: int, problem: str, words: Sequence[str], url: str, at: datetime
) -> ListFile:
    """Note why a file could not be made and tell who asked. `words` are title and text in that person's language."""
    asked = ListFile.objects.select_for_update().get(pk=list_file_id)
    asked.state, asked.problem, asked.ended_at = ListFileState.FAILED, problem, at
    asked.save(update_fields=["state", "problem", "ended_at"])
    _tell(actor, asked, verb="list_file_failed", did="could not be made", words=words, url=url, at=at)
    return asked


def remove_list_files(*, ended_before: datetime) -> int:
    """Remove files that ended before an instant, with their bytes, and return how many. Vendor's side.

    What was asked for before it and never ended goes too.
    """
    never_ended = Q(ended_at__isnull=True, asked_at__lt=ended_before)
    old = list(ListFile.objects.filter(Q(ended_at__lt=ended_before) | never_ended).order_by("pk"))
    for asked in old:
        file_id = asked.file_id
        asked.delete()
        if file_id is not None:
            forget_file(file_id)
    return len(old)


def _tell(actor: Actor, asked: ListFile, *, verb: str, did: str, words: Sequence[str], url: str, at: datetime) -> None:
    """Record what became of a file, and tell the one person it is for: whatever they chose to hear of, they asked."""
    entry = record_activity(
        actor,
        verb=verb,
        subject_kind="list_file",
        subject_id=asked.pk,
        summary=f"A workbook of the list {asked.list_name.replace('_', ' ')} {did}",
        data={"list": asked.list_name, "query": asked.query, "rows": asked.rows_written},
        at=at,
    )
    title, text = words
    Notice.objects.create(
        workspace_id=asked.workspace_id,
        partner_id=asked.partner_id,
        person_id=asked.person_id,
        position=entry.position,
        topic=f"list_file:{asked.pk}",
        verb=verb,
        kind=NEWS,
        label="XLSX",
        title=title,
        text=text,
        url=url,
        in_digest=False,
        at=at,
    )
