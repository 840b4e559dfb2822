"""People added to a deal or a lead as both sides show them, with the forms that add and take off one's own.

Each side has the same two addresses; what is worked on is named by its sort and its reference or id.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from tallystick.crm.models import Opportunity
from tallystick.deals.models import Collaborator, DealRegistration, Lead, MessageSide
from tallystick.deals.services.collaborating import (
    CollaboratorRefused,
    WorkedOn,
    add_collaborator,
    collaborators_on,
    people_to_add,
    remove_collaborator,
)
from tallystick.platform.access import Permission, Viewer
from tallystick.platform.clock import now
from tallystick.platform.models import Person
from tallystick.web.access import current_viewer

REGISTRATION, DEAL, LEAD = "registration", "deal", "lead"

_MAY: Final = {
    (MessageSide.VENDOR, REGISTRATION): Permission.WRITE_ON_DEALS,
    (MessageSide.VENDOR, DEAL): Permission.WRITE_ON_DEALS,
    (MessageSide.VENDOR, LEAD): Permission.MANAGE_LEADS,
    (MessageSide.PARTNER, REGISTRATION): Permission.WRITE_ON_OWN_DEALS,
    (MessageSide.PARTNER, LEAD): Permission.INTRODUCE_LEADS,
}
"""Who adds people to what; partners read no opportunity, so there is none for them."""


@dataclass(frozen=True, slots=True)
class ShownCollaborator:
    """Somebody who was added: `remove_url` where the viewer may take them off."""

    name: str
    part: str
    remove_url: str


@dataclass(frozen=True, slots=True)
class CollaboratorPanel:
    """Who works on something, and whom the viewer may add; `add_url` is empty for who may add nobody."""

    people: tuple[ShownCollaborator, ...]
    to_add: Sequence[Person]
    add_url: str


def collaborator_panel(viewer: Viewer, row: DealRegistration | Opportunity | Lead) -> CollaboratorPanel:
    """Return who was added, as the viewer sees it. Three queries at most."""
    work, side, sort = WorkedOn(row), _side(viewer), _sort(row)
    may = viewer.may(_MAY[side, sort])
    place, key = "console" if side is MessageSide.VENDOR else "portal", _key(row)
    return CollaboratorPanel(
        people=tuple(
            ShownCollaborator(
                name=str(one.person),
                part=_part(viewer, one),
                remove_url=reverse(f"{place}:remove_collaborator", args=[sort, key, one.pk])
                if may and one.side == side
                else "",
            )
            for one in collaborators_on(work)
        ),
        to_add=people_to_add(work, side) if may else (),
        add_url=reverse(f"{place}:add_collaborator", args=[sort, key]) if may else "",
    )


def add_to(request: HttpRequest, sort: str, key: str) -> HttpResponse:
    """Add somebody of the viewer's side, and lead back to the page."""
    viewer, work = _asked(request, sort, key)
    person = request.POST.get("person", "")
    try:
        added = add_collaborator(
            viewer.actor(),
            work=work,
            side=_side(viewer),
            person_id=int(person) if person.isdecimal() and len(person) < 19 else 0,
            at=now(),
        )
    except CollaboratorRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("%(name)s works on it now, and hears of it.") % {"name": added.person})
    return redirect(_page(viewer, work))


def take_off(request: HttpRequest, sort: str, key: str, collaborator_id: int) -> HttpResponse:
    """Take somebody of the viewer's side off, and lead back to the page."""
    viewer, work = _asked(request, sort, key)
    try:
        remove_collaborator(viewer.actor(), work=work, side=_side(viewer), collaborator_id=collaborator_id, at=now())
    except Collaborator.DoesNotExist as missing:
        raise Http404 from missing
    return redirect(_page(viewer, work))


def _asked(request: HttpRequest, sort: str, key: str) -> tuple[Viewer, WorkedOn]:
    """Return the viewer, who must be allowed to add people, and what is worked on; 404 for what is not theirs."""
    viewer = current_viewer(request)
    needed = _MAY.get((_side(viewer), sort))
    if needed is None:
        raise Http404
    viewer.require(needed)
    own: dict[str, Any] = {"partner_id": viewer.partner.id} if viewer.partner else {}
    readers: dict[str, Callable[[], DealRegistration | Opportunity | Lead | None]] = {
        REGISTRATION: lambda: DealRegistration.objects.filter(reference=key, **own).first(),
        DEAL: lambda: Opportunity.objects.filter(pk=key).first() if key.isdecimal() and len(key) < 19 else None,
        LEAD: lambda: Lead.objects.filter(reference=key, **own).first(),
    }
    row = readers[sort]()
    if row is None:
        raise Http404
    return viewer, WorkedOn(row)


def _side(viewer: Viewer) -> MessageSide:
    return MessageSide.PARTNER if viewer.partner else MessageSide.VENDOR


def _sort(row: DealRegistration | Opportunity | Lead) -> str:
    match row:
        case DealRegistration():
            return REGISTRATION
        case Opportunity():
            return DEAL
        case Lead():
            return LEAD


def _key(row: DealRegistration | Opportunity | Lead) -> str:
    return str(row.pk) if isinstance(row, Opportunity) else row.reference


def _part(viewer: Viewer, one: Collaborator) -> str:
    if one.side == _side(viewer):
        return _("Your colleague")
    return viewer.workspace.name if one.side == MessageSide.VENDOR else _("At the partner")


def _page(viewer: Viewer, work: WorkedOn) -> str:
    place = "portal" if viewer.partner else "console"
    match work.row:
        case Opportunity():
            return reverse("console:deal", args=[work.row.pk])
        case Lead():
            return reverse(f"{place}:lead", args=[work.row.reference])
        case DealRegistration():
            name = "portal:deal" if viewer.partner else "console:registration"
            return reverse(name, args=[work.row.reference])
