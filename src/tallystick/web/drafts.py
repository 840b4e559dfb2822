"""Drafts of forms: kept while one types, saved on purpose, taken up again on any device, thrown away.

A draft holds nothing, and every place that shows one says so. Registrations have them, and leads on both sides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tallystick.deals.models import FormDraft
from tallystick.deals.rules.forms.form import Subject
from tallystick.deals.services.drafting import (
    Drafts,
    TooManyDrafts,
    drafts_of,
    drop_draft,
    find_draft,
    keep_typed,
    save_draft,
)
from tallystick.platform.access import Permission, Viewer
from tallystick.platform.clock import now
from tallystick.platform.models import Kept
from tallystick.platform.retention import kept_for
from tallystick.web.asked import PREFIX
from tallystick.web.ui import formats


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftedForm:
    """A form with drafts: what it is for, its fields, and its pages by name."""

    subject: Subject
    permission: Permission
    fields: frozenset[str]
    page: str
    draft_page: str
    list_page: str
    promise: str | Promise
    """What a draft does not do, in a sentence."""


REGISTRATION: Final = DraftedForm(
    subject=Subject.REGISTRATION,
    permission=Permission.REGISTER_DEALS,
    fields=frozenset({"company", "website", "contact", "value", "product", "distributor"}),
    page="portal:register",
    draft_page="portal:draft",
    list_page="portal:deals",
    promise=gettext_lazy("A draft is no claim: nothing is held until you register."),
)
INTRODUCTION: Final = DraftedForm(
    subject=Subject.LEAD,
    permission=Permission.INTRODUCE_LEADS,
    fields=frozenset({"company", "website", "contact", "need", "promises_introduction", "country"}),
    page="portal:introduce_lead",
    draft_page="portal:lead_draft",
    list_page="portal:leads",
    promise=gettext_lazy("A draft introduces nobody: nothing counts as yours until you send it."),
)
NEW_LEAD: Final = DraftedForm(
    subject=Subject.LEAD,
    permission=Permission.MANAGE_LEADS,
    fields=frozenset(
        {
            "company",
            "website",
            "country",
            "need",
            "contact_name",
            "contact_email",
            "contact_phone",
            "wanted_type",
            "wanted_certificate",
        }
    ),
    page="console:new_lead",
    draft_page="console:lead_draft",
    list_page="console:leads",
    promise=gettext_lazy("A draft is passed to nobody: no partner is asked until you send it."),
)


@dataclass(frozen=True, slots=True)
class DraftRow:
    """A draft as a list shows it."""

    id: int
    title: str
    note: str
    url: str


@dataclass(frozen=True, slots=True)
class DraftCard:
    """The drafts above a list, with the address that removes one."""

    rows: tuple[DraftRow, ...]
    promise: str
    url: str


def own_drafts(form: DraftedForm, viewer: Viewer) -> Drafts:
    """Return whose drafts a viewer's are, for the services."""
    partner_id = viewer.partner.id if viewer.partner else None
    return Drafts(subject=form.subject, partner_id=partner_id, person_id=viewer.person.pk)


def draft_asked(request: HttpRequest, form: DraftedForm, viewer: Viewer) -> FormDraft | None:
    """Return the draft a form is opened with: the one named, else the one that follows the typing; none for a post."""
    if request.method == "POST":
        return None
    return find_draft(own_drafts(form, viewer), draft_id=draft_id_of(request.GET))


def draft_id_of(given: Mapping[str, str]) -> int | None:
    """Return the id of the draft that a request names, if it names one."""
    named = given.get("draft", "")
    return int(named) if named.isdecimal() and len(named) < 19 else None


def draft_context(
    request: HttpRequest, form: DraftedForm, kept: FormDraft | None, *, draft_url: str = ""
) -> dict[str, Any]:
    """Return what the templates in `drafts/` ask for on the page of a form."""
    return {
        "draft": kept,
        "draft_id": kept.pk if kept and kept.is_saved else draft_id_of(request.POST),
        "draft_days": kept_for(Kept.DRAFTS) if kept else 0,
        "draft_promise": form.promise,
        "draft_url": draft_url or reverse(form.draft_page),
    }


def forget_draft(request: HttpRequest, form: DraftedForm, viewer: Viewer) -> None:
    """Remove the draft whose form was sent: it has become what it was for."""
    drop_draft(own_drafts(form, viewer), draft_id=draft_id_of(request.POST))


def draft_card(form: DraftedForm, viewer: Viewer) -> DraftCard | None:
    """Return the viewer's drafts, latest first; nothing without one, or for who may not send the form. One query."""
    found = drafts_of(own_drafts(form, viewer)) if viewer.may(form.permission) else []
    if not found:
        return None
    rows = tuple(
        DraftRow(
            id=draft.pk,
            title=draft.typed.get("company") or draft.typed.get("website") or _("No company yet"),
            note=_("last changed %(moment)s") % {"moment": formats.moment(timezone.localtime(draft.changed_at))},
            url=reverse(form.page) + (f"?draft={draft.pk}" if draft.is_saved else ""),
        )
        for draft in found
    )
    return DraftCard(rows, str(form.promise), reverse(form.draft_page))


def answer_draft(
    request: HttpRequest, form: DraftedForm, viewer: Viewer, *, form_url: str = "", has_list: bool = True
) -> HttpResponse:
    """Keep what is being typed, save it on purpose, or throw it away; without a list nothing is saved on purpose."""
    own, draft_id, at = own_drafts(form, viewer), draft_id_of(request.POST), now()
    form_url, list_url = form_url or reverse(form.page), reverse(form.list_page)
    typed = {name: str(text) for name, text in request.POST.items() if name in form.fields or name.startswith(PREFIX)}
    match request.POST.get("do"):
        case "discard":
            drop_draft(own, draft_id=draft_id)
            return redirect(list_url if draft_id and has_list else form_url)
        case "save" if has_list:
            try:
                saved = save_draft(own, typed=typed, draft_id=draft_id, at=at)
            except TooManyDrafts as refusal:
                keep_typed(own, typed=typed, draft_id=draft_id, at=at)
                messages.error(request, str(refusal))
            else:
                words = _("The draft is saved. %(promise)s") % {"promise": form.promise}
                messages.success(request, words if saved else _("There was nothing to save."))
            return redirect(list_url)
        case "save":
            keep_typed(own, typed=typed, draft_id=draft_id, at=at)
            return redirect(form_url)
        case _:
            keep_typed(own, typed=typed, draft_id=draft_id, at=at)
            return HttpResponse(status=HTTPStatus.NO_CONTENT)
