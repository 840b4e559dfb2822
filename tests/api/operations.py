"""Every operation of the API with a made-up value for each parameter and a body that is valid: found, not listed."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from django.test import Client

from tallystick.web.api.access import Declared, declared_by
from tallystick.web.api.application import ROOT, api, openapi_document

MADE_UP = {"reference": "DR-000000"}
NO_SUCH_ID = "4711"


@dataclass(frozen=True, slots=True)
class Tried:
    """An operation as a test calls it."""

    name: str
    method: str
    path: str
    declared: Declared
    body: Any
    is_form: bool

    def call(self, client: Client, token: str, *, once: str = "") -> Any:
        """Call it with a key; a POST that moves state under a text of its own."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if self.declared.moves_state:
            headers["Idempotency-Key"] = once or f"matrix-{self.name}"
        if self.method == "GET":
            return client.get(self.path, headers=headers)
        if self.is_form:
            return client.post(self.path, {"kind": "accounts"}, headers=headers)
        body = json.dumps(self.body) if self.body is not None else ""
        return client.post(self.path, body, content_type="application/json", headers=headers)


def every_operation() -> list[Tried]:
    """Return the operations in the order of the document."""
    declared = {
        behind.view_func.__name__: declared_by(behind.view_func)
        for _route, view in api().path_views()
        for behind in view.operations
    }
    found = []
    for path, methods in openapi_document()["paths"].items():
        for method, details in methods.items():
            content = details.get("requestBody", {}).get("content", {})
            found.append(
                Tried(
                    name=details["operationId"],
                    method=method.upper(),
                    path=re.sub(r"{(\w+)}", lambda name: MADE_UP.get(name[1], NO_SUCH_ID), path),
                    declared=declared[details["operationId"]],
                    body=content.get("application/json", {}).get("example"),
                    is_form="multipart/form-data" in content,
                )
            )
    assert all(each.path.startswith(ROOT) for each in found)
    return found
