"""Actions on many rows: shown in numbers, done once confirmed, told with the rows that were left, and taken back."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Final

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from tallystick.platform.bulk_runs import (
    RunMissing,
    TooLate,
    keep_run,
    note_undoing,
    run_of,
    take_back,
    undone_until,
)
from tallystick.platform.clock import now
from tallystick.platform.models import BulkRun
from tallystick.web.access import current_viewer
from tallystick.web.listing.bulk import BulkAction, BulkOutcome, Refused
from tallystick.web.listing.lists import RowList
from tallystick.web.listing.serving import SHEET, Side, listed_by_name, next_address
from tallystick.web.ui import formats
from tallystick.web.ui.toasts import say_with_undo

SHOWN_REFUSALS: Final = 20
"""How many refused rows are named before anything is done; the rest is counted."""
KEPT_REFUSALS: Final = 500
"""How many refused rows are kept with what was done."""


def act(request: HttpRequest, side: Side, list_name: str, action_name: str) -> HttpResponse:
    """Show what an action would change in numbers; once confirmed, do it and say what was left as it is."""
    viewer, listed = listed_by_name(request, side, list_name, request.GET)
    action = next((action for action in listed.actions if action.name == action_name), None)
    if action is None:
        raise Http404
    keys = _selected(request, listed)
    form = action.form(request.POST) if request.method == "POST" else action.form()
    if request.method == "POST" and keys and form.is_valid():
        with transaction.atomic():
            outcome = action.run(viewer, keys, form.cleaned_data, now())
            run = _kept(listed, action, outcome, form.cleaned_data.get("reason", ""))
        return _go_to(request, _tell(request, side, listed, action, outcome, run))
    preview = action.preview(viewer, keys)
    context = {
        "list": listed,
        "action": action,
        "preview": preview,
        "shown_refused": preview.refused[:SHOWN_REFUSALS],
        "more_refused": max(0, len(preview.refused) - SHOWN_REFUSALS),
        "form": form,
        "here": request.get_full_path(),
        "close_url": listed.back_url,
    }
    if request.headers.get("HX-Target") == SHEET:
        return render(request, "ui/list/action_sheet.html", context)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    if request.headers.get("HX-Request"):
        return render(request, "ui/list/action_form.html", context, status=status)
    return side.frame.show_page(request, "ui/list/action.html", context, status=status)


def show_run(request: HttpRequest, side: Side, run_id: int) -> HttpResponse:
    """Show what was done to many rows: what changed, what was left and why, and the way back while there is one."""
    try:
        run = run_of(person=current_viewer(request).person, run_id=run_id)
    except RunMissing as missing:
        raise Http404 from missing
    _viewer, listed = listed_by_name(request, side, run.list_name, QueryDict(""))
    action = next((action for action in listed.actions if action.name == run.action), None)
    if action is None:
        raise Http404
    until = undone_until(run)
    context = {
        "run": run,
        "action": action,
        "things": listed.listing.things,
        "at": formats.moment(run.at),
        "undone_at": formats.moment(run.undone_at) if run.undone_at else "",
        "until": formats.moment(until),
        "may_undo": action.undo is not None and run.undone_at is None and now() <= until,
        "undo_url": reverse(f"{side.frame.namespace}:undo_action", args=[run.pk]),
        "here": request.get_full_path(),
        "list_url": listed.url,
    }
    return side.frame.show_page(request, "ui/list/run.html", context)


def undo(request: HttpRequest, side: Side, run_id: int) -> HttpResponse:
    """Take back what an action did, row by row; rows that were changed since stay as they are, each with the reason."""
    viewer, at = current_viewer(request), now()
    with transaction.atomic():
        try:
            run = take_back(person=viewer.person, run_id=run_id, at=at)
        except RunMissing as missing:
            raise Http404 from missing
        except TooLate:
            messages.error(request, _("This was done more than a day ago. Change the rows one by one."))
            return redirect(f"{side.frame.namespace}:bulk_run", run_id)
        _viewer, listed = listed_by_name(request, side, run.list_name, QueryDict(""))
        action = next((action for action in listed.actions if action.name == run.action), None)
        if action is None or action.undo is None:
            raise Http404
        outcome = action.undo(viewer, run.record, at)
        note_undoing(run, words=outcome.words, refused=_pairs(outcome.refused))
    if outcome.refused:
        messages.warning(request, _left(outcome))
        return redirect(f"{side.frame.namespace}:bulk_run", run.pk)
    messages.success(request, outcome.words)
    return redirect(next_address(request) or listed.url)


def _selected(request: HttpRequest, listed: RowList[Any]) -> list[str]:
    """Return the keys of the rows selected, read afresh: all that match now, or those ticked that still exist."""
    if request.GET.get("all"):
        return listed.every_key()
    return list(dict.fromkeys(request.GET.getlist("row")))


def _kept(listed: RowList[Any], action: BulkAction, outcome: BulkOutcome, reason: str) -> BulkRun | None:
    """Keep what was done; nothing is kept where nothing was."""
    if not outcome.count:
        return None
    return keep_run(
        listed.viewer.actor(),
        person=listed.viewer.person,
        list_name=listed.name,
        action=action.name,
        words=outcome.words,
        reason=reason,
        rows=outcome.count,
        record=outcome.record,
        refused=_pairs(outcome.refused),
        at=now(),
    )


def _tell(
    request: HttpRequest,
    side: Side,
    listed: RowList[Any],
    action: BulkAction,
    outcome: BulkOutcome,
    run: BulkRun | None,
) -> str:
    """Say what was done with the way back where there is one; return where to go on.

    Where rows were left as they are, that is the page that names each with its reason.
    """
    if run is not None and action.undo is not None:
        back = reverse(f"{side.frame.namespace}:undo_action", args=[run.pk])
        say_with_undo(request, outcome.words, undo_url=back)
    elif run is not None:
        messages.success(request, outcome.words)
    if not outcome.refused:
        return listed.back_url
    messages.warning(request, _left(outcome))
    return reverse(f"{side.frame.namespace}:bulk_run", args=[run.pk]) if run is not None else listed.back_url


def _left(outcome: BulkOutcome) -> str:
    first_one = outcome.refused[0]
    words = {"count": formats.number(len(outcome.refused)), "label": first_one.label, "reason": first_one.reason}
    return _("Left as they are: %(count)s. %(label)s: %(reason)s") % words


def _pairs(refused: Sequence[Refused]) -> list[tuple[str, str]]:
    return [(row.label, row.reason) for row in refused[:KEPT_REFUSALS]]


def _go_to(request: HttpRequest, address: str) -> HttpResponse:
    return HttpResponseClientRedirect(address) if request.headers.get("HX-Request") else redirect(address)
