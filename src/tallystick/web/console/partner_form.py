"""A partner's public form, as the partner's manager opens, renews and closes it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from tallystick.platform.access import Permission
from tallystick.platform.clock import now
from tallystick.web.access import console, current_viewer
from tallystick.web.console.partners import find_partner, to_tab
from tallystick.web.public_forms import change_form


@console(Permission.MANAGE_PARTNERS)
@require_POST
def change_public_form(request: HttpRequest, partner_id: int, action: str) -> HttpResponse:
    """Open the form, give it another address, or close it."""
    actor = current_viewer(request).actor()
    change_form(request, actor, partner_id=find_partner(partner_id).pk, action=action, at=now())
    return to_tab(partner_id, "people")
