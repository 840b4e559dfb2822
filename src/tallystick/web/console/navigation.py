"""What surrounds a console page: the pages this role may open, none greyed, none that does not exist."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tallystick.platform.access import Permission, Viewer
from tallystick.web.access import current_viewer
from tallystick.web.console.inbox_count import waiting_count
from tallystick.web.logos import logo_url
from tallystick.web.session import other_places
from tallystick.web.ui.components import Link, LinkGroup, Shell


@dataclass(frozen=True, slots=True)
class _Entry:
    """One page in the navigation."""

    label: str | Promise
    icon: str
    page: str
    permission: Permission
    keys: str = ""


_GROUPS: Final[tuple[tuple[str | Promise, tuple[_Entry, ...]], ...]] = (
    (
        "",
        (
            _Entry(_("Overview"), "layout-dashboard", "overview", Permission.SEE_OVERVIEW, "g o"),
            _Entry(_("Inbox"), "inbox", "inbox", Permission.SEE_OVERVIEW, "g b"),
        ),
    ),
    (
        _("Revenue"),
        (
            _Entry(_("Deals"), "handshake", "deals", Permission.SEE_DEALS, "g d"),
            _Entry(_("Leads"), "user-round-plus", "leads", Permission.SEE_LEADS, "g e"),
            _Entry(_("Conflicts"), "git-compare", "conflicts", Permission.SEE_DEALS, "g x"),
            _Entry(_("Attribution"), "git-merge", "attribution", Permission.SEE_ATTRIBUTION, "g a"),
            _Entry(_("Commissions"), "wallet", "commissions", Permission.SEE_COMMISSIONS, "g c"),
            _Entry(_("Seller pay"), "banknote", "seller_pay", Permission.SEE_OWN_SELLER_PAY, "g y"),
        ),
    ),
    (
        _("Partners"),
        (
            _Entry(_("Directory"), "building-2", "partners", Permission.SEE_PARTNERS, "g p"),
            _Entry(_("Ecosystem map"), "orbit", "ecosystem", Permission.SEE_PARTNERS, "g m"),
        ),
    ),
)
_FOOT: Final = (
    _Entry(_("Imports"), "upload", "imports", Permission.IMPORT_FACTS, "g i"),
    _Entry(_("Activity"), "history", "activity", Permission.SEE_ACTIVITY, "g l"),
    _Entry(_("Settings"), "settings", "settings", Permission.SEE_SETTINGS, "g s"),
)


def shell(request: HttpRequest) -> Shell:
    """Return what surrounds a page for the viewer behind the request."""
    viewer = current_viewer(request)
    groups = (LinkGroup(heading=str(heading), links=_links(request, viewer, entries)) for heading, entries in _GROUPS)
    return Shell(
        organisation=viewer.workspace.name,
        logo_url=logo_url(viewer.workspace),
        subtitle=gettext("Partner programme"),
        home_url=reverse("start"),
        person_name=viewer.label,
        person_email=viewer.person.email,
        sign_out_url=reverse("account_logout"),
        account_url=reverse("account:profile"),
        notices_url=reverse("console:notices"),
        unread=viewer.unread_notices,
        other_places=other_places(request),
        single_keys=viewer.person.single_keys,
        navigation=tuple(group for group in groups if group.links),
        foot=_links(request, viewer, _FOOT),
    )


def _links(request: HttpRequest, viewer: Viewer, entries: tuple[_Entry, ...]) -> tuple[Link, ...]:
    return tuple(_link(request, entry) for entry in entries if viewer.may(entry.permission))


def _link(request: HttpRequest, entry: _Entry) -> Link:
    address = reverse(f"console:{entry.page}")
    waiting = waiting_count(current_viewer(request)) if entry.page == "inbox" else 0
    return Link(
        label=str(entry.label),
        url=address,
        icon=entry.icon,
        current=request.path.startswith(address),
        count=waiting or None,
        waiting=bool(waiting),
        keys=entry.keys,
    )
