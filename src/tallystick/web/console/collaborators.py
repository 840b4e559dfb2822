"""Adds colleagues to a deal or a lead and takes them off again."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from tallystick.platform.access import Permission
from tallystick.web.access import console
from tallystick.web.collaborating import add_to, take_off


@console(Permission.SEE_DEALS)
@require_POST
def add_collaborator(request: HttpRequest, sort: str, key: str) -> HttpResponse:
    """Add a colleague."""
    return add_to(request, sort, key)


@console(Permission.SEE_DEALS)
@require_POST
def remove_collaborator(request: HttpRequest, sort: str, key: str, collaborator_id: int) -> HttpResponse:
    """Take a colleague off."""
    return take_off(request, sort, key, collaborator_id)
