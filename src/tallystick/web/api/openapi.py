"""Completes the OpenAPI document: every operation with its key, its headers, its refusals and an example."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from tallystick.web.api.access import Declared, FileSent, declared_by
from tallystick.web.api.idempotency import HEADER, PATTERN
from tallystick.web.api.problems import MEDIA_TYPE, ErrorCode, Problem

KEY: Final = "key"
PROBLEM: Final = "Problem"
DESCRIPTION: Final = (
    "Who brought the deal, what is owed, and why: everything of it for programs. A key of the workspace or of a "
    "partner opens it. Money is whole minor units beside an ISO 4217 currency; instants are UTC; days are in the "
    "workspace's time zone. Lists come a page at a time by cursor. Errors are problem documents (RFC 9457) with "
    "codes that never change. A POST that moves state takes an Idempotency-Key and acts once."
)
_ERROR_SCHEMA: Final[Mapping[str, Any]] = {
    "title": PROBLEM,
    "description": "Why a request was refused, and how to mend it (RFC 9457).",
    "type": "object",
    "properties": {
        "type": {"type": "string", "description": "Where the code is documented."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "Stable: what a program decides by."},
        "detail": {"type": "string", "description": "What is wrong here, and what to do."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "in": {"type": "string"},
                    "field": {"type": "string"},
                    "problem": {"type": "string"},
                },
                "required": ["in", "field", "problem"],
                "additionalProperties": False,
            },
        },
    },
    "required": ["type", "title", "status", "code", "detail"],
    "additionalProperties": False,
}
_BY_FORMAT: Final = {"date": "2026-03-14", "date-time": "2026-03-14T09:26:53Z", "binary": "(the file)"}
_BY_NAME: Final = {
    "id": 4711,
    "limit": 50,
    "position": 1,
    "quantity": 1,
    "lines": 12,
    "version": 2,
    "policy_version": 3,
    "line": 17,
    "note": "They asked for an offer at the fair.",
    "text": "Thank you.",
    "proof": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "file_hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "content_hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "previous_hash": "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752",
    "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
}


def complete(schema: Mapping[str, Any], functions: Mapping[str, Callable[..., Any]]) -> dict[str, Any]:
    """Return the document, made from what Ninja knows of the operations and what they declare."""
    document = dict(schema)
    document["info"] = {**schema["info"], "description": DESCRIPTION, "license": {"name": "Apache-2.0"}}
    document["servers"] = [{"url": "/"}]
    document["security"] = [{KEY: []}]
    schemas = {**dict(sorted(schema["components"]["schemas"].items())), PROBLEM: dict(_ERROR_SCHEMA)}
    document["components"] = {
        "schemas": schemas,
        "examples": {code.code: {"value": Problem(code).document()} for code in ErrorCode},
        "securitySchemes": {KEY: {"type": "http", "scheme": "bearer", "description": "`Authorization: Bearer tsk_…`"}},
    }
    document["paths"] = {
        path: {
            method: _completed(details, declared_by(functions[details["operationId"]]), schemas)
            for method, details in methods.items()
        }
        for path, methods in schema["paths"].items()
    }
    return _with_plain_names(document)


def _with_plain_names(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the document with the names of schemas as a reader takes them: Account, not AccountTold.

    Raises `ValueError` where two schemas would be called the same: one would be taken for the other.
    """
    text = re.sub(r'"#/components/schemas/(\w+?)Told"', r'"#/components/schemas/\1"', json.dumps(document))
    plain: dict[str, Any] = json.loads(text)
    schemas = plain["components"]["schemas"]
    for name in [name for name in schemas if name.endswith("Told")]:
        schema, short = schemas.pop(name), name.removesuffix("Told")
        if short in schemas:
            raise ValueError(f"{name} cannot be called {short}: there is a schema of that name. Give it another.")
        schemas[short] = {**schema, "title": short}
    plain["components"]["schemas"] = dict(sorted(schemas.items()))
    return plain


def example_of(schema: Mapping[str, Any], schemas: Mapping[str, Any], *, name: str = "") -> Any:
    """Return an example of a schema: what its fields give as theirs, else what their kind suggests."""
    if "$ref" in schema and not schema.get("examples"):
        return example_of(schemas[schema["$ref"].rpartition("/")[2]], schemas, name=name)
    match schema:
        case {"examples": [first, *_]}:
            return first
        case {"const": value} | {"enum": [value, *_]}:
            return value
        case {"anyOf": [first, *_]} | {"allOf": [first, *_]}:
            return example_of(first, schemas, name=name)
        case {"type": "object"}:
            fields = schema.get("properties", {})
            return {each: example_of(inner, schemas, name=each) for each, inner in fields.items()}
        case {"type": "array", "items": inner}:
            return [example_of(inner, schemas)] if inner else []
        case _:
            return _plain_example(schema, name)


def _plain_example(schema: Mapping[str, Any], name: str) -> Any:
    if schema.get("format") in _BY_FORMAT:
        return _BY_FORMAT[schema["format"]]
    if name in _BY_NAME:
        return _BY_NAME[name]
    match schema.get("type"):
        case "integer":
            return 4711 if name.endswith("_id") else 0
        case "boolean":
            return False
        case "string":
            return schema.get("default", "")
        case _:
            return None


def _completed(details: Mapping[str, Any], declared: Declared, schemas: Mapping[str, Any]) -> dict[str, Any]:
    parameters = [*details["parameters"], *([_idempotency()] if declared.moves_state else [])]
    found = {**details, "parameters": [_parameter(each) for each in parameters]}
    found["responses"] = {
        **{str(status): _answer(answer, declared, schemas) for status, answer in details["responses"].items()},
        **_refusals(declared),
    }
    if body := details.get("requestBody"):
        found["requestBody"] = {**_with_example(_closed(body), schemas), "required": True}
    if declared.permission:
        found["x-permission"] = declared.permission.value
    return found


def _answer(answer: Mapping[str, Any], declared: Declared, schemas: Mapping[str, Any]) -> dict[str, Any]:
    if declared.answer is FileSent:
        return {**answer, "content": {FileSent.MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}}}
    return _with_example(answer, schemas)


def _with_example(answer: Mapping[str, Any], schemas: Mapping[str, Any]) -> dict[str, Any]:
    content = {
        media: {**inner, **({"example": example_of(inner["schema"], schemas)} if media == "application/json" else {})}
        for media, inner in answer.get("content", {}).items()
    }
    return {**answer, **({"content": content} if content else {})}


def _closed(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return a body whose form takes no other fields, as bodies in JSON say of themselves, and no empty file."""
    content = {
        media: {**inner, "schema": _form(inner["schema"])} if media == "multipart/form-data" else inner
        for media, inner in body["content"].items()
    }
    return {**body, "content": content}


def _form(schema: Mapping[str, Any]) -> dict[str, Any]:
    fields = {
        name: {**inner, "minLength": 1} if inner.get("format") == "binary" else inner
        for name, inner in schema["properties"].items()
    }
    return {**schema, "properties": fields, "additionalProperties": False}


def _parameter(parameter: Mapping[str, Any]) -> dict[str, Any]:
    """Return a parameter without what Ninja writes twice."""
    return {name: value for name, value in parameter.items() if name != "examples"}


def _idempotency() -> dict[str, Any]:
    return {
        "in": "header",
        "name": HEADER,
        "required": True,
        "description": "Random text, such as a UUID: the request acts once, however often it is sent within a day.",
        "schema": {"type": "string", "pattern": PATTERN, "minLength": 1, "maxLength": 200},
        "example": "0f2b7a52-7c1e-4c57-9d0a-2f1f6c8e5b11",
    }


def _refusals(declared: Declared) -> dict[str, Any]:
    """Return the refusals by status; each code has its example."""
    by_status: dict[int, list[ErrorCode]] = {}
    for code in declared.refusals:
        by_status.setdefault(code.status, []).append(code)
    return {
        str(status): {
            "description": "; ".join(code.title for code in codes),
            "content": {
                MEDIA_TYPE: {
                    "schema": {"$ref": f"#/components/schemas/{PROBLEM}"},
                    "examples": {code.code: {"$ref": f"#/components/examples/{code.code}"} for code in codes},
                }
            },
            **(_RETRY_AFTER if status in {409, 429} else {}),
        }
        for status, codes in sorted(by_status.items())
    }


_RETRY_AFTER: Final = {
    "headers": {"Retry-After": {"description": "Seconds to wait, where waiting helps.", "schema": {"type": "integer"}}}
}
