"""Makes the workbook of a long list as whoever asked sees it at this moment: their role, scope, zone and language."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from tallystick.partners.models import PartnerMembership
from tallystick.partners.places import partner_viewer, viewer_at
from tallystick.platform.access import Viewer
from tallystick.platform.actors import Actor, ActorKind
from tallystick.platform.clock import now
from tallystick.platform.files.content import folder_for_making
from tallystick.platform.languages import language_for
from tallystick.platform.list_files import begin_writing, fail_list_file, finish_list_file, note_progress
from tallystick.platform.models import Kept, ListFile, ListFileState, Membership
from tallystick.platform.retention import kept_for
from tallystick.platform.tenancy import scope
from tallystick.web.console.lists import SIDE as CONSOLE
from tallystick.web.listing.exports import TooManyRows, Value, write_workbook
from tallystick.web.listing.lists import RowList
from tallystick.web.portal.lists import SIDE as PORTAL
from tallystick.web.ui import formats

NOTED_EVERY: Final = 5_000
"""Rows after which the progress is noted."""


def write(*, workspace_id: int, list_file_id: int) -> None:
    """Make the file. Whoever asked is told when it is ready, or why it is not; the error is raised again then."""
    asked = ListFile.objects.select_related("person", "workspace").get(pk=list_file_id)
    if asked.state == ListFileState.DONE:
        return
    actor = Actor(kind=ActorKind.PERSON, label=str(asked.person), person_id=asked.person_id)
    language = language_for(asked.person.language or asked.workspace.language)
    zone = ZoneInfo(asked.person.time_zone or asked.workspace.time_zone)
    days = kept_for(Kept.LIST_FILES)
    with translation.override(language), timezone.override(zone):
        url = reverse(f"{_side(asked).frame.namespace}:list_file", args=[asked.pk])
        try:
            with _scope_of(asked, workspace_id):
                listed = _list_of(asked)
                things = str(listed.listing.things)
                rows, made = _make(listed, asked)
        except Exception as error:
            problem = _problem(error)
            title = _("The workbook you asked for could not be made")
            fail_list_file(actor, list_file_id=list_file_id, problem=problem, words=(title, problem), url=url, at=now())
            if isinstance(error, TooManyRows | PermissionDenied):
                return
            raise
        title = _("%(rows)s %(things)s: your workbook is ready") % {"rows": formats.number(rows), "things": things}
        text = _("It is kept for %(days)s days.") % {"days": formats.number(days)}
        name = f"{listed.name.replace('_', '-')}.xlsx"
        finish_list_file(
            actor, list_file_id=list_file_id, made=made, name=name, rows=rows, words=(title, text), url=url, at=now()
        )


def _side(asked: ListFile) -> Any:
    return CONSOLE if asked.partner_id is None else PORTAL


def _scope_of(asked: ListFile, workspace_id: int) -> ExitStack:
    entered = ExitStack()
    entered.enter_context(scope(workspace_id=workspace_id, partner_id=asked.partner_id, person_id=asked.person_id))
    return entered


def _viewer(asked: ListFile) -> Viewer:
    """Return who asked as they are now; raises `PermissionDenied` where they have left."""
    found: Viewer | None = None
    if asked.partner_id is None:
        membership = Membership.objects.filter(person_id=asked.person_id, accepted_at__isnull=False).first()
        if membership is not None:
            found = viewer_at(
                f"workspace-{membership.pk}", workspace_id=asked.workspace_id, partner_id=None, person=asked.person
            )
    else:
        of_partner = PartnerMembership.objects.filter(
            person_id=asked.person_id, partner_id=asked.partner_id, accepted_at__isnull=False
        ).first()
        if of_partner is not None:
            found = partner_viewer(of_partner.pk, partner_id=asked.partner_id, person_id=asked.person_id)
    if found is None:
        raise PermissionDenied("Whoever asked for the file has left.")
    return found


def _list_of(asked: ListFile) -> RowList[Any]:
    listed, viewer = _side(asked).lists[asked.list_name], _viewer(asked)
    viewer.require(listed.permission)
    made: RowList[Any] = listed(viewer, QueryDict(asked.query))
    return made


def _make(listed: RowList[Any], asked: ListFile) -> tuple[int, Path]:
    """Write the workbook to a file beside those that are kept; return how many rows it has, and where it is."""
    found = listed.found
    begin_writing(asked.pk, rows=found.count() if isinstance(found, QuerySet) else len(found))
    handle, path = tempfile.mkstemp(dir=folder_for_making(), prefix="making-")
    try:
        with os.fdopen(handle, "w+b") as file:
            counted = _counted(listed.file_rows(listed.every_row()), asked.pk)
            rows = write_workbook(file, listed.every_file_column(), counted)
    except BaseException:
        Path(path).unlink(missing_ok=True)
        raise
    return rows, Path(path)


def _counted(rows: Iterable[Sequence[Value]], list_file_id: int) -> Iterator[Sequence[Value]]:
    for at, row in enumerate(rows, 1):
        if at % NOTED_EVERY == 0:
            note_progress(list_file_id, rows=at)
        yield row


def _problem(error: Exception) -> str:
    """Say in a sentence why a file could not be made; what else is known stands with the job."""
    match error:
        case TooManyRows():
            return str(error)
        case PermissionDenied():
            return _("Your role does not see this list any more.")
        case _:
            return _("An error stopped it. Ask for it again; if it fails again, an admin finds the reason under Jobs.")
