"""How a console page is answered: the shell around it, the sheet beside a list, a form that was refused."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django_htmx.http import HttpResponseClientRedirect

from tallystick.web.access import current_viewer
from tallystick.web.console.navigation import shell
from tallystick.web.listing.serving import Frame

SHEET_TARGET: Final = "sheet"
FROM_INBOX: Final = "from=inbox"
"""The query of a page that was opened from the inbox: what is decided there leads back to it."""


def show_page(
    request: HttpRequest, template: str, context: Mapping[str, Any], *, status: int = HTTPStatus.OK
) -> HttpResponse:
    """Answer with a whole page of the console; `viewer` and `shell` are added to its context."""
    return render(
        request, template, {"viewer": current_viewer(request), "shell": shell(request), **context}, status=status
    )


FRAME: Final = Frame(show_page, "console")
"""The console as lists know it."""


def show_part(
    request: HttpRequest, template: str, context: Mapping[str, Any], *, status: int = HTTPStatus.OK
) -> HttpResponse:
    """Answer with a part of a page, for a script that puts it in its place."""
    return render(request, template, {"viewer": current_viewer(request), **context}, status=status)


def wants_sheet(request: HttpRequest) -> bool:
    """Tell whether the address is opened beside its list, not as a page of its own."""
    return request.headers.get("HX-Target") == SHEET_TARGET


def go_to(request: HttpRequest, address: str) -> HttpResponse:
    """Send the browser to an address after a change, whether a script asked or a form."""
    return HttpResponseClientRedirect(address) if request.headers.get("HX-Request") else redirect(address)


def comes_from_inbox(request: HttpRequest) -> bool:
    """Tell whether the page was opened from the inbox."""
    return request.GET.get("from") == "inbox"
