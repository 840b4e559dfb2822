"""Addresses of imports and their wizard, added to those of the console."""

from __future__ import annotations

from typing import Final

from django.urls import URLPattern, path

from tallystick.web.console.import_result import one_import, undo
from tallystick.web.console.imports import imports
from tallystick.web.console.upload_check import upload_check, upload_numbers
from tallystick.web.console.upload_columns import upload_reading
from tallystick.web.console.uploads import loading, sample, upload

IMPORT_PATTERNS: Final[list[URLPattern]] = [
    path("imports/", imports, name="imports"),
    path("imports/new/", upload, name="upload"),
    path("imports/new/<str:token>/", upload_reading, name="upload_reading"),
    path("imports/new/<str:token>/check/", upload_check, name="upload_check"),
    path("imports/new/<str:token>/numbers/", upload_numbers, name="upload_numbers"),
    path("imports/sample/<str:kind>/", sample, name="import_sample"),
    path("imports/loading/<str:digest>/", loading, name="loading"),
    path("imports/<int:import_id>/", one_import, name="import"),
    path("imports/<int:import_id>/undo/", undo, name="undo_import"),
]
