"""Addresses of the settings, added to those of the console."""

from __future__ import annotations

from typing import Final

from django.urls import URLPattern, path

from tallystick.web.console.settings.sections import settings_index

SETTINGS_PATTERNS: Final[list[URLPattern]] = [
    path("settings/", settings_index, name="settings"),
]
