"""Addresses of the settings, added to those of the console."""

from __future__ import annotations

from typing import Final

from django.urls import URLPattern, path

from tallystick.web.console.settings.sections import settings_index
from tallystick.web.console.settings.workspace import workspace_effects, workspace_settings

SETTINGS_PATTERNS: Final[list[URLPattern]] = [
    path("settings/", settings_index, name="settings"),
    path("settings/workspace/", workspace_settings, name="workspace_settings"),
    path("settings/workspace/effects/", workspace_effects, name="workspace_effects"),
]
