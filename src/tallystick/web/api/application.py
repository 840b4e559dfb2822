"""The API itself: its operations with their addresses, each declared to the middleware by method."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any, Final, NoReturn

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from ninja import NinjaAPI, Router
from ninja.operation import PathView
from ninja.parser import Parser
from ninja.utils import normalize_path

from tallystick.web.access import Audience, Side, open_to_everyone
from tallystick.web.api.openapi import complete
from tallystick.web.api.operations import ROUTERS
from tallystick.web.api.problems import not_found
from tallystick.web.api.refusals import handle_refusals

VERSION = "1.0.0"
ROOT = "/api/v1"
_MOST_DIGITS: Final = 400


class ExactParser(Parser):
    """Reads bodies as JSON is defined: numbers exactly as they are written, and none that JSON does not have."""

    def parse_body(self, request: HttpRequest) -> Any:
        """Return the body. Raises `ValueError`, which is answered with 400."""
        return json.loads(request.body, parse_float=_number, parse_constant=_no_number)


class TallystickAPI(NinjaAPI):
    """The API with our addresses and our document; keys, limits and scopes are the gate's."""

    def path_views(self) -> Iterator[tuple[str, PathView]]:
        """Yield the address of each path, below the root of the API, with the operations behind it."""
        for bound in self._get_bound_routers():
            for route, view in bound.path_operations.items():
                yield normalize_path(f"{bound.prefix}/{route}").lstrip("/"), view


@cache
def api() -> TallystickAPI:
    """Return the API, put together once."""
    made = TallystickAPI(
        title="Tallystick",
        version=VERSION,
        urls_namespace="api",
        openapi_url=None,
        docs_url=None,
        parser=ExactParser(),
    )
    for router in ROUTERS:
        made.add_router("", router)
    handle_refusals(made)
    return made


def api_patterns() -> list[URLPattern]:
    """Return the addresses of the API; what is not among them is answered with a problem document, too."""
    found = []
    for route, view in api().path_views():
        answer = view.get_view()
        operations = {method: behind for behind in view.operations for method in behind.methods}
        answer.audience = Audience(Side.PROGRAM, operations=operations)  # type: ignore[attr-defined]
        found.append(path(_django_route(route), answer, name=view.operations[0].view_func.__name__))
    return [*found, path("<path:rest>", nothing_here, name="nothing_here")]


@cache
def openapi_document() -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of the API, put together once."""
    return complete(api().get_openapi_schema(path_prefix=f"{ROOT}/"), dict(_operations()))


@open_to_everyone
def nothing_here(request: HttpRequest, rest: str) -> HttpResponse:  # noqa: ARG001 - Django gives them
    """Answer that there is no such address."""
    return not_found().response()


def _number(text: str) -> Decimal:
    """Return a number with a point or an exponent; far too large a one is refused before anything counts its digits."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValueError("The number is too large.") from None
    if number and number.adjusted() > _MOST_DIGITS:
        raise ValueError("The number is too large.")
    return number


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"JSON has no {name}.")


def _operations() -> Iterator[tuple[str, Any]]:
    for _route, view in api().path_views():
        for behind in view.operations:
            yield behind.view_func.__name__, behind.view_func


def _django_route(route: str) -> str:
    return route.replace("{int:", "<int:").replace("{", "<").replace("}", ">")


__all__ = ["ROOT", "Router", "api", "api_patterns", "openapi_document"]
