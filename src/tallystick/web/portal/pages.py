"""How a portal page is answered: the shell around it, and the partner it is for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tallystick.kernel.money import Money
from tallystick.platform.access import Permission, Viewer
from tallystick.web.access import current_viewer
from tallystick.web.listing.lists import Part
from tallystick.web.listing.serving import Frame
from tallystick.web.logos import logo_url
from tallystick.web.session import other_places
from tallystick.web.ui import formats
from tallystick.web.ui.components import Link, LinkGroup, Shell


@dataclass(frozen=True, slots=True)
class _Entry:
    """One page in the navigation."""

    label: str | Promise
    icon: str
    page: str
    permission: Permission


_PAGES: Final = (
    _Entry(_("Home"), "house", "home", Permission.SEE_OWN_PORTAL),
    _Entry(_("Deals"), "handshake", "deals", Permission.SEE_OWN_DEALS),
    _Entry(_("Leads"), "user-round-plus", "leads", Permission.SEE_OWN_LEADS),
    _Entry(_("Earnings"), "banknote", "earnings", Permission.SEE_OWN_EARNINGS),
    _Entry(_("Programme"), "award", "programme", Permission.SEE_OWN_PORTAL),
    _Entry(_("Team"), "users-round", "team", Permission.SEE_OWN_PORTAL),
)


def show_page(
    request: HttpRequest, template: str, context: Mapping[str, Any], *, status: int = HTTPStatus.OK
) -> HttpResponse:
    """Answer with a whole page of the portal; `viewer` and `shell` are added to its context."""
    viewer = current_viewer(request)
    return render(request, template, {"viewer": viewer, "shell": shell(request, viewer), **context}, status=status)


FRAME: Final = Frame(show_page, "portal")
"""The portal as lists know it."""
NOT_IN_THE_PORTAL: Final[Mapping[Part, str]] = {
    Part.COLUMNS: "Rows of the portal are made for a phone: what they say stands below one another.",
    Part.GROUPS: "Rows of the portal are made for a phone: the state and the month are filters.",
    Part.BULK: "What a partner changes it changes one by one, on the page that says what follows.",
    Part.EDITING: "What a partner changes it changes on the page that says what follows.",
}
"""The parts of the list contract that no list of the portal has."""


def partner_id_of(viewer: Viewer) -> int:
    """Return the partner behind a portal page."""
    assert viewer.partner is not None  # noqa: S101 - `portal` lets nobody without one pass
    return viewer.partner.id


def exact(amount: Money) -> str:
    """Write money with every decimal."""
    return formats.money_exact(amount.minor, amount.currency)


def trimmed(amount: Money) -> str:
    """Write money exactly, without decimals that are all nil."""
    return formats.money_trimmed(amount.minor, amount.currency)


def together(amounts: Iterable[Money]) -> str:
    """Write sums of several currencies side by side; they are never added up. "" where there is none."""
    return " + ".join(exact(amount) for amount in amounts)


def shell(request: HttpRequest, viewer: Viewer) -> Shell:
    """Return what surrounds a page of the portal for this viewer."""
    return Shell(
        organisation=viewer.workspace.name,
        accent=viewer.workspace.accent,
        logo_url=logo_url(viewer.workspace),
        subtitle=gettext("Partners"),
        home_url=reverse("portal:home"),
        person_name=viewer.label,
        person_email=viewer.person.email,
        sign_out_url=reverse("account_logout"),
        account_url=reverse("account:profile"),
        notices_url=reverse("portal:notices") if viewer.may(Permission.SEE_OWN_NOTICES) else "",
        unread=viewer.unread_notices,
        other_places=other_places(request),
        navigation=(LinkGroup(links=tuple(_link(request, page) for page in _PAGES if viewer.may(page.permission))),),
        main_action=_main_action(viewer),
    )


def _main_action(viewer: Viewer) -> Link | None:
    """Return the portal's one button: registering a deal or, for a role that cannot, introducing a lead."""
    if viewer.may(Permission.REGISTER_DEALS):
        return Link(label=gettext("Register a deal"), url=reverse("portal:register"), icon="plus")
    if viewer.may(Permission.INTRODUCE_LEADS):
        return Link(label=gettext("Introduce a lead"), url=reverse("portal:introduce_lead"), icon="plus")
    return None


def _link(request: HttpRequest, page: _Entry) -> Link:
    address = reverse(f"portal:{page.page}")
    inside = request.path == address or (page.page != "home" and request.path.startswith(address))
    return Link(label=str(page.label), url=address, icon=page.icon, current=inside)
