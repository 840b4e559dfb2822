"""Addresses of the API, below `/api/v1/`."""

from __future__ import annotations

from typing import Final

from django.urls import URLPattern, path

from tallystick.web.api.application import api_patterns
from tallystick.web.api.documents import docs_page, openapi_json

app_name = "api"

urlpatterns: Final[list[URLPattern]] = [
    path("openapi.json", openapi_json, name="openapi"),
    path("docs", docs_page, name="docs"),
    *api_patterns(),
]
