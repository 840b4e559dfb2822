"""The API described: as an OpenAPI document for programs, and as a page for people, made from the same document."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tallystick.platform.access import Permission
from tallystick.web.access import open_to_everyone
from tallystick.web.api.application import openapi_document
from tallystick.web.api.openapi import example_of
from tallystick.web.api.problems import ErrorCode

_JSON: Final = "application/json"
_FORM: Final = "multipart/form-data"


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter, or a field of a body, as the page shows it."""

    name: str
    kind: str
    required: bool
    about: str


@dataclass(frozen=True, slots=True)
class Described:
    """One operation as the page shows it."""

    id: str
    method: str
    path: str
    summary: str
    about: tuple[str, ...]
    permission: str
    parameters: tuple[Field, ...]
    body: tuple[Field, ...]
    call: str
    status: str
    answer: str
    refusals: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Section:
    """The operations about one subject."""

    title: str
    anchor: str
    operations: tuple[Described, ...]


@open_to_everyone
@require_safe
def openapi_json(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - Django gives it
    """Answer with the OpenAPI document."""
    return HttpResponse(openapi_text(), content_type="application/json; charset=utf-8")


@open_to_everyone
@require_safe
def docs_page(request: HttpRequest) -> HttpResponse:
    """Show what can be called, with what, and what is answered."""
    context = {
        "sections": sections(),
        "codes": list(ErrorCode),
        "base": settings.BASE_URL,
        "permissions": [permission for permission in Permission if permission.value in _permissions()],
    }
    return render(request, "api/docs.html", context)


@cache
def openapi_text() -> str:
    """Return the OpenAPI document as it is served, and kept in docs/reference."""
    return json.dumps(openapi_document(), ensure_ascii=False, indent=1) + "\n"


@cache
def sections() -> tuple[Section, ...]:
    """Return the operations by subject, in the order of the document."""
    document = openapi_document()
    found: dict[str, list[Described]] = {}
    for path, methods in document["paths"].items():
        for method, details in methods.items():
            found.setdefault(details["tags"][0], []).append(_described(path, method.upper(), details, document))
    return tuple(
        Section(title, title.lower().replace(" ", "-").replace("'", ""), tuple(operations))
        for title, operations in found.items()
    )


def _permissions() -> set[str]:
    return {described.permission for section in sections() for described in section.operations}


def _described(path: str, method: str, details: Mapping[str, Any], document: Mapping[str, Any]) -> Described:
    schemas = document["components"]["schemas"]
    status, answer = next(iter(details["responses"].items()))
    content = details.get("requestBody", {}).get("content", {})
    given = content.get(_JSON) or content.get(_FORM) or {}
    return Described(
        id=details["operationId"],
        method=method,
        path=path,
        summary=details["summary"],
        about=tuple(details["description"].split("\n\n")[1:-1]),
        permission=details.get("x-permission", ""),
        parameters=tuple(_parameter(each, schemas) for each in details["parameters"]),
        body=tuple(_fields(given.get("schema", {}), schemas)),
        call=_call(
            path,
            method,
            content,
            schemas,
            moves_state=any(each["in"] == "header" for each in details["parameters"]),
        ),
        status=status,
        answer=_pretty(answer["content"][_JSON]["example"]) if _JSON in answer["content"] else "(bytes)",
        refusals=tuple(
            (int(refused), code)
            for refused, response in details["responses"].items()
            if refused != status
            for code in response["content"]["application/problem+json"]["examples"]
        ),
    )


def _parameter(parameter: Mapping[str, Any], schemas: Mapping[str, Any]) -> Field:
    about = parameter.get("description") or parameter["schema"].get("description", "")
    return Field(parameter["name"], _kind(parameter["schema"], schemas), parameter["required"], about)


def _fields(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Iterator[Field]:
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]]
    required = set(schema.get("required", ()))
    for name, inner in schema.get("properties", {}).items():
        yield Field(name, _kind(inner, schemas), name in required, inner.get("description", ""))


def _kind(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> str:
    """Return in a word or two what a value is."""
    match schema:
        case {"$ref": reference}:
            return _kind(schemas[reference.rpartition("/")[2]], schemas)
        case {"enum": values}:
            return " · ".join(str(value) for value in values if value != "")
        case {"const": value}:
            return str(value)
        case {"anyOf": kinds}:
            return " · ".join(_kind(kind, schemas) for kind in kinds if kind.get("type") != "null")
        case {"type": "object", "properties": fields}:
            return "{" + ", ".join(fields) + "}"
        case {"format": form}:
            return str(form)
        case {"type": kind}:
            return str(kind)
        case _:
            return ""


def _call(path: str, method: str, content: Mapping[str, Any], schemas: Mapping[str, Any], *, moves_state: bool) -> str:
    """Return the call as a line for a shell."""
    lines = [f'curl "$TALLYSTICK{path}"', '-H "Authorization: Bearer $KEY"']
    if moves_state:
        lines.append('-H "Idempotency-Key: $(uuidgen)"')
    if method == "POST":
        if _JSON in content:
            lines += ['-H "Content-Type: application/json"', f"-d '{json.dumps(content[_JSON]['example'])}'"]
        elif _FORM in content:
            lines += _form_fields(content[_FORM]["schema"], schemas)
        else:
            lines.append("-X POST")
    return " \\\n  ".join(lines)


def _form_fields(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Iterator[str]:
    for name, inner in schema["properties"].items():
        if inner.get("format") == "binary":
            yield f"-F {name}=@path/to/{name}"
        elif example := example_of(inner, schemas, name=name):
            yield f"-F {name}={example}"


def _pretty(example: Any) -> str:
    return json.dumps(example, ensure_ascii=False, indent=2)
