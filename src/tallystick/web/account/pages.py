"""How a page of one's own account is answered: in the shell of the side one is on, beside the other pages of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tallystick.platform.models import Person
from tallystick.web.access import current_viewer
from tallystick.web.console.navigation import shell as console_shell
from tallystick.web.portal.pages import shell as portal_shell
from tallystick.web.ui.components import Link


@dataclass(frozen=True, slots=True)
class AccountPage:
    """One page of the account: its name and the name of its view. Add a line to `PAGES` for another."""

    label: str | Promise
    page: str


PAGES: Final = (
    AccountPage(_("Profile"), "account:profile"),
    AccountPage(_("How you sign in"), "account:ways"),
    AccountPage(_("Sessions"), "account:sessions"),
)


def person_of(request: HttpRequest) -> Person:
    """Return whoever is signed in."""
    assert isinstance(request.user, Person)  # noqa: S101 - `member` lets nobody else pass
    return request.user


def show_account(
    request: HttpRequest, template: str, context: Mapping[str, Any], *, status: int = HTTPStatus.OK
) -> HttpResponse:
    """Answer with a page of the account; its template extends `base`, "ui/console.html" or "ui/portal.html"."""
    viewer = current_viewer(request)
    is_portal = viewer.partner is not None
    around = {
        "viewer": viewer,
        "shell": portal_shell(request, viewer) if is_portal else console_shell(request),
        "base": "ui/portal.html" if is_portal else "ui/console.html",
        "pages": [
            Link(label=str(page.label), url=reverse(page.page), current=_is_inside(request, page)) for page in PAGES
        ],
    }
    return render(request, template, {**around, **context}, status=status)


def _is_inside(request: HttpRequest, page: AccountPage) -> bool:
    address = reverse(page.page)
    return request.path == address or (page is not PAGES[0] and request.path.startswith(address))
