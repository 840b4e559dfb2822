"""Where the pages of notifications stand: each side lends them its shell and its addresses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from tallystick.flows.notifications.rules import Side
from tallystick.platform.access import Viewer
from tallystick.platform.notifications.choices import Reader

Show = Callable[..., HttpResponse]


@dataclass(frozen=True, slots=True)
class Place:
    """One of the two sides."""

    side: Side
    namespace: str
    show: Show
    """Answers with a whole page of the side: request, template, context, status."""

    @property
    def base(self) -> str:
        """The shell that its pages extend."""
        return "ui/console.html" if self.side is Side.VENDOR else "ui/portal.html"

    def url(self, page: str, **query: object) -> str:
        """Return the address of a page of notifications on this side."""
        address = reverse(f"{self.namespace}:{page}")
        return f"{address}?{urlencode(query)}" if query else address


def reader_of(viewer: Viewer) -> Reader:
    """Return for whom the viewer's notices and choices are kept."""
    return Reader(viewer.person.pk, viewer.partner.id if viewer.partner else None)


def answer(request: HttpRequest, place: Place, template: str, context: Mapping[str, Any], **named: Any) -> HttpResponse:
    """Answer with a page that knows its side: `base` is the shell it extends."""
    return place.show(request, template, {"base": place.base, "urls": place, **context}, **named)
