"""Adds files to a registration and takes the partner's own off again."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from tallystick.platform.access import Permission
from tallystick.web.access import portal
from tallystick.web.claim_files import attach, take_off


@portal(Permission.SEE_OWN_DEALS)
@require_POST
def attach_files(request: HttpRequest, reference: str) -> HttpResponse:
    """Keep files with a registration."""
    return attach(request, reference)


@portal(Permission.SEE_OWN_DEALS)
@require_POST
def take_file_off(request: HttpRequest, reference: str, file_id: int) -> HttpResponse:
    """Take a file of the partner's off."""
    return take_off(request, reference, file_id)
