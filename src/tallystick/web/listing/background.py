"""The pages of a workbook that is too long to be waited for: ask for it, see how far it is, open it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from tallystick.platform.clock import now
from tallystick.platform.list_files import AlreadyMade, ask_for_list_file, list_file_of
from tallystick.platform.models import Kept, ListFile, ListFileState
from tallystick.platform.retention import kept_for
from tallystick.web.access import current_viewer
from tallystick.web.files import answer_with, size_words
from tallystick.web.listing.address import changed, state_of
from tallystick.web.listing.lists import RowList
from tallystick.web.listing.serving import Frame, Side, listed_by_name
from tallystick.web.ui import formats


def ask(request: HttpRequest, side: Side, list_name: str) -> HttpResponse:
    """Say in numbers what a workbook of the list would be; once confirmed, have it made and show how far it is."""
    viewer, listed = listed_by_name(request, side, list_name, request.GET)
    rows = _count(listed)
    if request.method == "POST":
        try:
            query = state_of(listed.parameters).urlencode()
            asked = ask_for_list_file(person=viewer.person, list_name=listed.name, query=query, rows=rows, at=now())
        except AlreadyMade as problem:
            messages.info(request, _("A workbook of this list is being made for you already; the next can follow it."))
            asked = problem.list_file
        return redirect(f"{side.frame.namespace}:list_file", asked.pk)
    context = {
        **_around(side.frame),
        "listed": listed,
        "rows": formats.number(rows),
        "days": formats.number(kept_for(Kept.LIST_FILES)),
        "back_url": listed.back_url,
        "csv_url": f"{listed.url}{changed(listed.parameters, format='csv')}",
        "may_ask": not viewer.is_viewing_as_partner,
    }
    return side.frame.show_page(request, "ui/list/ask_for_file.html", context)


def show(request: HttpRequest, side: Side, list_file_id: int) -> HttpResponse:
    """Show how far a workbook is, and the way to it once it is ready; a part of the page asks again by itself."""
    asked = _own(request, list_file_id)
    _viewer, listed = listed_by_name(request, side, asked.list_name, QueryDict(asked.query))
    context = {
        **_around(side.frame),
        "asked": asked,
        "listed": listed,
        "things": listed.listing.things,
        "is_over": asked.ended_at is not None,
        "is_ready": asked.state == ListFileState.DONE and asked.file is not None,
        "written": formats.number(asked.rows_written),
        "total": formats.number(asked.rows_total),
        "size": size_words(asked.file.size) if asked.file else "",
        "days": formats.number(kept_for(Kept.LIST_FILES)),
        "back_url": listed.back_url,
        "csv_url": f"{listed.url}{changed(listed.parameters, format='csv')}",
        "again_url": f"{_address(side, 'ask_for_file', listed.name)}?{asked.query}",
        "state_url": _address(side, "list_file", asked.pk),
        "file_url": _address(side, "open_list_file", asked.pk),
    }
    if request.headers.get("HX-Request"):
        return render(request, "ui/list/file_state.html", context)
    return side.frame.show_page(request, "ui/list/file.html", context)


def open_file(request: HttpRequest, side: Side, list_file_id: int) -> HttpResponseBase:
    """Answer with a workbook, to whoever asked for it and as long as their role sees the list."""
    asked = _own(request, list_file_id)
    listed_by_name(request, side, asked.list_name, QueryDict(""))
    if asked.file is None:
        raise Http404
    return answer_with(asked.file)


def _own(request: HttpRequest, list_file_id: int) -> ListFile:
    viewer = current_viewer(request)
    if viewer.is_viewing_as_partner:
        raise PermissionDenied("Whoever looks at the portal as a partner has asked for no file there.")
    try:
        return list_file_of(person=viewer.person, list_file_id=list_file_id)
    except ListFile.DoesNotExist as missing:
        raise Http404 from missing


def _count(listed: RowList[Any]) -> int:
    return listed.found.count() if isinstance(listed.found, QuerySet) else len(listed.found)


def _around(frame: Frame) -> dict[str, str]:
    return {"base": "ui/console.html" if frame.namespace == "console" else "ui/portal.html"}


def _address(side: Side, name: str, *arguments: object) -> str:
    return reverse(f"{side.frame.namespace}:{name}", args=arguments)
