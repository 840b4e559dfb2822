"""The addresses that all lists of a side share: the page itself, views, fields in place; `many` has those of many rows.

Each side names its lists in a registry and puts its own shell around what is answered here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tallystick.platform.access import Permission, Viewer
from tallystick.platform.clock import now
from tallystick.platform.models import SavedView
from tallystick.platform.saved_views import (
    NAME_LENGTH,
    NameTaken,
    default_view,
    open_first,
    remove_view,
    restore_view,
    save_view,
    update_view,
)
from tallystick.web.access import current_viewer
from tallystick.web.listing.address import state_of
from tallystick.web.listing.editing import EditField, EditRefused
from tallystick.web.listing.exports import MADE_AT_ONCE, SHEET_ROWS, TooManyRows, file_response
from tallystick.web.listing.lists import AnyList, RowList
from tallystick.web.listing.saved import address_of, view_tabs
from tallystick.web.ui.toasts import say_with_undo

SHEET: Final = "sheet"

ShowPage = Callable[..., HttpResponse]


@dataclass(frozen=True, slots=True)
class Frame:
    """One of the two shells: the function that shows a page in it, and its addresses' namespace."""

    show_page: ShowPage
    namespace: str


@dataclass(frozen=True, slots=True)
class Side:
    """A shell with its lists by name."""

    frame: Frame
    lists: Mapping[str, AnyList]


class ViewForm(forms.Form):
    """Asks for the name of a view, and who may see it."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=NAME_LENGTH,
        error_messages={"required": gettext_lazy("Give the view a name.")},
    )
    shared = forms.BooleanField(required=False)
    first = forms.BooleanField(required=False)
    state = forms.CharField(required=False)


def answer_list(
    request: HttpRequest,
    frame: Frame,
    listed: RowList[Any],
    template: str,
    context: Mapping[str, Any],
    *,
    status: int = HTTPStatus.OK,
) -> HttpResponseBase:
    """Answer with a page of a list, or with its rows as a file; a bare address opens the person's default view.

    A form on the page of a list that was refused is answered with the list around it: `status` is 422 then.
    """
    if listed.asked.file_format:
        return _file(request, frame, listed)
    usual = default_view(person=listed.viewer.person, list_name=listed.name) or ""
    if usual and not request.GET and request.method != "POST":
        return redirect(f"{listed.url}?{usual}")
    shown = listed.shown()
    tabs = view_tabs(shown, listed.viewer, usual)
    shared = {"list": shown, "views": tabs, "views_namespace": frame.namespace}
    return frame.show_page(request, template, shared | dict(context), status=status)


def _file(request: HttpRequest, frame: Frame, listed: RowList[Any]) -> HttpResponseBase:
    if listed.asked.file_format == "xlsx" and listed.found[SHEET_ROWS : SHEET_ROWS + 1]:
        messages.error(request, str(TooManyRows()))
        return redirect(listed.back_url)
    if listed.asked.file_format == "xlsx" and listed.found[MADE_AT_ONCE : MADE_AT_ONCE + 1]:
        query = state_of(listed.parameters).urlencode()
        return redirect(f"{reverse(f'{frame.namespace}:ask_for_file', args=[listed.name])}?{query}")
    name, rows = listed.name.replace("_", "-"), listed.file_rows(listed.every_row())
    return file_response(name, listed.asked.file_format, listed.every_file_column(), rows)


# Views


def save(request: HttpRequest, side: Side, list_name: str) -> HttpResponse:
    """Keep the present state of a list under a name."""
    viewer, listed = listed_by_name(request, side, list_name, QueryDict(request.POST.get("state", "")))
    form = ViewForm(request.POST)
    if not form.is_valid():
        return _refused(request, listed, str(next(iter(form.errors.values()))[0]))
    asked = form.cleaned_data
    try:
        view = save_view(
            viewer.actor(),
            person=viewer.person,
            list_name=list_name,
            name=asked["name"],
            query=asked["state"],
            is_shared=asked["shared"] and viewer.may(Permission.SHARE_VIEWS),
            at=now(),
        )
    except NameTaken as problem:
        return _refused(request, listed, str(problem))
    if asked["first"]:
        open_first(person=viewer.person, list_name=list_name, query=address_of(view)[1:])
    messages.success(request, _("Saved the view %(name)s.") % {"name": view.name})
    return redirect(listed.url + address_of(view))


def change(request: HttpRequest, side: Side, list_name: str, view_id: int) -> HttpResponse:
    """Rename or share a view, or give it the present state of the list."""
    viewer, listed = listed_by_name(request, side, list_name, QueryDict(request.POST.get("state", "")))
    form = ViewForm(request.POST)
    if not form.is_valid():
        return _refused(request, listed, str(next(iter(form.errors.values()))[0]))
    asked = form.cleaned_data
    try:
        view = update_view(
            viewer.actor(),
            person=viewer.person,
            view_id=view_id,
            name=asked["name"],
            query=asked["state"],
            is_shared=asked["shared"] and viewer.may(Permission.SHARE_VIEWS),
            at=now(),
        )
    except SavedView.DoesNotExist as missing:
        raise Http404 from missing
    except NameTaken as problem:
        return _refused(request, listed, str(problem))
    messages.success(request, _("Changed the view %(name)s.") % {"name": view.name})
    return redirect(listed.url + address_of(view))


def remove(request: HttpRequest, side: Side, list_name: str, view_id: int) -> HttpResponse:
    """Take a view away; the toast brings it back."""
    viewer, listed = listed_by_name(request, side, list_name, QueryDict(""))
    try:
        view = remove_view(viewer.actor(), person=viewer.person, view_id=view_id, at=now())
    except SavedView.DoesNotExist as missing:
        raise Http404 from missing
    undo = reverse(f"{side.frame.namespace}:restore_view", args=[list_name, view.pk])
    say_with_undo(request, _("Deleted the view %(name)s.") % {"name": view.name}, undo_url=undo)
    return redirect(f"{listed.url}?view=all")


def restore(request: HttpRequest, side: Side, list_name: str, view_id: int) -> HttpResponse:
    """Bring a removed view back."""
    viewer, listed = listed_by_name(request, side, list_name, QueryDict(""))
    try:
        view = restore_view(viewer.actor(), person=viewer.person, view_id=view_id, at=now())
    except SavedView.DoesNotExist as missing:
        raise Http404 from missing
    except NameTaken as problem:
        return _refused(request, listed, str(problem))
    messages.success(request, _("The view %(name)s is back.") % {"name": view.name})
    return redirect(listed.url + address_of(view))


def first(request: HttpRequest, side: Side, list_name: str) -> HttpResponse:
    """Let the list open in the present state from now on, or in its usual one again."""
    state = request.POST.get("state", "")
    viewer, listed = listed_by_name(request, side, list_name, QueryDict(state))
    open_first(person=viewer.person, list_name=list_name, query=state)
    messages.success(request, _("This list opens like this from now on.") if state else _("This list opens as usual."))
    return redirect(f"{listed.url}?{state or 'view=all'}")


# One field


def edit(request: HttpRequest, side: Side, list_name: str, field_name: str, key: str) -> HttpResponse:
    """Show one field to edit, or keep what was entered; a value refused comes back with 422 and its input."""
    viewer, listed = listed_by_name(request, side, list_name, request.GET)
    field = listed.field(field_name)
    value = field.read(viewer, key) if field else None
    if field is None or value is None:
        raise Http404
    part = bool(request.headers.get("HX-Request"))
    if request.GET.get("shown"):
        return _cell(request, field, viewer, key)
    form = _edit_form(field, viewer, request.POST or None, value)
    if request.method == "POST" and form.is_valid():
        try:
            field.save(viewer, key, form.cleaned_data["value"], now())
        except EditRefused as problem:
            form.add_error("value", str(problem))
        else:
            return _cell(request, field, viewer, key) if part else redirect(listed.back_url)
    context = {"form": form, "field": field, "here": request.get_full_path(), "back": listed.back_url}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    if part:
        return render(request, "ui/list/edit_form.html", context, status=status)
    return side.frame.show_page(request, "ui/list/edit.html", context, status=status)


def _edit_form(field: EditField, viewer: Viewer, data: Any, value: Any) -> forms.Form:
    form = forms.Form(data, initial={"value": value})
    form.fields["value"] = field.field(viewer)
    form.fields["value"].label = str(field.label)
    return form


def _cell(request: HttpRequest, field: EditField, viewer: Viewer, key: str) -> HttpResponse:
    return render(request, "ui/list/cell.html", {"cell": field.cell(viewer, key), "saved": request.method == "POST"})


# What they share


def listed_by_name(
    request: HttpRequest, side: Side, list_name: str, parameters: QueryDict
) -> tuple[Viewer, RowList[Any]]:
    """Return the viewer and the list of a name; a list that is not there is answered as one that may not be seen."""
    viewer = current_viewer(request)
    found = side.lists.get(list_name)
    if found is None:
        raise Http404
    if request.method == "POST" and viewer.is_viewing_as_partner:
        raise PermissionDenied("Whoever looks at the portal as a partner changes nothing there.")
    viewer.require(found.permission)
    return viewer, found(viewer, parameters)


def _refused(request: HttpRequest, listed: RowList[Any], reason: str) -> HttpResponse:
    messages.error(request, reason)
    return redirect(next_address(request) or listed.back_url)


def next_address(request: HttpRequest) -> str:
    """Return where the form asked to go on to, if that is on this site."""
    address = request.POST.get("next", "")
    return address if url_has_allowed_host_and_scheme(address, allowed_hosts=None) else ""
