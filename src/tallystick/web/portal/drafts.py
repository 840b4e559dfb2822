"""Drafts of registrations: kept while one types, saved on purpose, taken up again on any device, thrown away.

A draft is no claim, and every place that shows one says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from tallystick.deals.models import RegistrationDraft
from tallystick.deals.services.drafting import (
    TooManyDrafts,
    drafts_of,
    drop_draft,
    find_draft,
    keep_typed,
    save_draft,
)
from tallystick.platform.access import Permission, Viewer
from tallystick.platform.clock import now
from tallystick.web.asked import PREFIX
from tallystick.web.portal.pages import partner_id_of
from tallystick.web.ui import formats

STANDARD: Final = ("company", "website", "contact", "value", "product", "distributor")


@dataclass(frozen=True, slots=True)
class DraftRow:
    """A draft as the deals page lists it."""

    id: int
    title: str
    note: str
    url: str


def draft_asked(request: HttpRequest, viewer: Viewer) -> RegistrationDraft | None:
    """Return the draft a form is opened with: the one named, else the one that follows the typing."""
    return find_draft(partner_id=partner_id_of(viewer), person_id=viewer.person.pk, draft_id=draft_id_of(request.GET))


def draft_id_of(given: Mapping[str, str]) -> int | None:
    """Return the id of the draft that a request names, if it names one."""
    named = given.get("draft", "")
    return int(named) if named.isdecimal() and len(named) < 19 else None


def draft_rows(viewer: Viewer) -> list[DraftRow]:
    """Return the viewer's drafts, latest first; none for who registers no deals. One query."""
    if not viewer.may(Permission.REGISTER_DEALS):
        return []
    return [
        DraftRow(
            id=draft.pk,
            title=draft.typed.get("company") or draft.typed.get("website") or _("No company yet"),
            note=_("last changed %(moment)s") % {"moment": formats.moment(timezone.localtime(draft.changed_at))},
            url=reverse("portal:register") + (f"?draft={draft.pk}" if draft.is_saved else ""),
        )
        for draft in drafts_of(partner_id=partner_id_of(viewer), person_id=viewer.person.pk)
    ]


def answer_draft(request: HttpRequest, viewer: Viewer, *, form_url: str, list_url: str) -> HttpResponse:
    """Keep what is being typed, save it on purpose, or throw it away; `list_url` is empty where no list shows it."""
    own = {"partner_id": partner_id_of(viewer), "person_id": viewer.person.pk}
    draft_id = draft_id_of(request.POST)
    typed = {name: str(text) for name, text in request.POST.items() if name in STANDARD or name.startswith(PREFIX)}
    match request.POST.get("do"):
        case "discard":
            drop_draft(**own, draft_id=draft_id)
            return redirect(list_url if draft_id and list_url else form_url)
        case "save" if list_url:
            try:
                saved = save_draft(**own, typed=typed, draft_id=draft_id, at=now())
            except TooManyDrafts as refusal:
                keep_typed(**own, typed=typed, draft_id=draft_id, at=now())
                messages.error(request, str(refusal))
            else:
                words = _("The draft is saved. It is no claim: nothing is held until you register it.")
                messages.success(request, words if saved else _("There was nothing to save."))
            return redirect(list_url)
        case "save":
            keep_typed(**own, typed=typed, draft_id=draft_id, at=now())
            return redirect(form_url)
        case _:
            keep_typed(**own, typed=typed, draft_id=draft_id, at=now())
            return HttpResponse(status=HTTPStatus.NO_CONTENT)
