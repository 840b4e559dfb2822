"""Every page of the product, found by walking: a new page needs no list to be added to, only a link that leads to it.

Somebody signed in follows all links of the address space, one address for each route. What no link leads to is tried
with made-up parameters: a page that shows itself so is taken too. `Walk.unseen` are the routes left over.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.test import Client
from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve

from tallystick.web.access import Side, audience_of

LEAD_AWAY = frozenset({"view-as/leave/", "sign-out/"})
FOUND = 200
NOT_FOR_READING = 405
BROKEN = 500


@dataclass(frozen=True, slots=True)
class SeenPage:
    """A page as it was answered: its route, the address it was seen at, and its HTML."""

    route: str
    address: str
    html: str


@dataclass(slots=True)
class Walk:
    """What one visitor was shown."""

    pages: dict[str, SeenPage] = field(default_factory=dict)
    unseen: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take down where an element leads."""
        self.found += [value for name, value in attrs if name == "href" and tag == "a" and value]


def walk(client: Client, *, start: str, side: Side) -> Walk:
    """Follow every link from `start` on one side of the product."""
    walked = Walk()
    client.raise_request_exception = False
    waiting, asked = [start], set[str]()
    while waiting:
        address = waiting.pop(0)
        route = _route(address)
        if route is None or route in asked or not _belongs(address, side):
            continue
        asked.add(route)
        response = client.get(address)
        if response.status_code >= BROKEN:
            walked.broken.add(address)
        if page := _page(response, address, route):
            walked.pages[route] = page
            waiting += _links(page)
    for route in sorted(_routes_of(side) - set(walked.pages)):
        made_up = "/" + re.sub(r"<(?:(\w+):)?\w+>", lambda kind: "4711" if kind[1] == "int" else "made-up", route)
        response = client.get(made_up)
        if page := _page(response, made_up, route):
            walked.pages[route] = page
        elif route not in asked and response.status_code != NOT_FOR_READING:
            walked.unseen.add(route)
    return walked


def _page(response: Any, address: str, route: str) -> SeenPage | None:
    is_page = response.status_code == FOUND and response.get("Content-Type", "").startswith("text/html")
    html = response.content.decode() if is_page else ""
    if response.streaming:
        # Read to its end, so that the file behind it is closed.
        list(response)
    return SeenPage(route, address, html) if "<html" in html else None


def _links(page: SeenPage) -> Iterator[str]:
    links = _Links()
    links.feed(page.html)
    for link in links.found:
        parts = urlsplit(urljoin(page.address, link))
        if not parts.netloc and not parts.scheme:
            yield parts.path + (f"?{parts.query}" if parts.query else "")


def _route(address: str) -> str | None:
    try:
        route = resolve(urlsplit(address).path).route
    except Resolver404:
        return None
    return None if route in LEAD_AWAY else route


def _belongs(address: str, side: Side) -> bool:
    audience = audience_of(resolve(urlsplit(address).path).func)
    return audience is not None and audience.side in {side, Side.PERSON, Side.MEMBER}


def _routes_of(side: Side) -> set[str]:
    return {
        route
        for route, entry in _below(get_resolver().url_patterns, "")
        if (audience := audience_of(entry.callback)) and audience.side is side
    }


def _below(patterns: Iterable[URLPattern | URLResolver], prefix: str) -> Iterator[tuple[str, URLPattern]]:
    for entry in patterns:
        pattern = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _below(entry.url_patterns, pattern)
        else:
            yield pattern, entry
