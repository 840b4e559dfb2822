"""The partner's public form, as its own admin opens, renews and closes it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from tallystick.platform.access import Permission
from tallystick.platform.clock import now
from tallystick.web.access import current_viewer, portal
from tallystick.web.portal.pages import partner_id_of
from tallystick.web.public_forms import change_form


@portal(Permission.MANAGE_OWN_TEAM)
@require_POST
def change_public_form(request: HttpRequest, action: str) -> HttpResponse:
    """Open the form, give it another address, or close it."""
    viewer = current_viewer(request)
    change_form(request, viewer.actor(), partner_id=partner_id_of(viewer), action=action, at=now())
    return redirect("portal:team")
