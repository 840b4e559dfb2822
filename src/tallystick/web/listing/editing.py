"""Fields that are edited where they stand in a list: one value, saved on Enter, refused with the input kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.utils.functional import Promise

from tallystick.platform.access import Permission, Viewer
from tallystick.web.listing.cells import Cell


class EditRefused(ValueError):
    """Raised by `save` where the value cannot be kept; the message is shown under the field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EditField:
    """One column of a list that is edited in place.

    `field` makes the form field that asks; `read` returns its value now, or None where there is no such row; `save`
    keeps a cleaned value through a service and raises `EditRefused`; `cell` returns the cell as it is afterwards.
    """

    name: str
    label: str | Promise
    permission: Permission
    field: Callable[[Viewer], forms.Field]
    read: Callable[[Viewer, str], Any]
    save: Callable[[Viewer, str, Any, datetime], None]
    cell: Callable[[Viewer, str], Cell]
