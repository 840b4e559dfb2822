"""Outgoing webhooks of the workspace: the vendor's side of `web.webhooks`."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tallystick.platform.access import Permission
from tallystick.web.access import console, current_viewer
from tallystick.web.console.settings.sections import SETTINGS_FRAME
from tallystick.web.listing.serving import answer_list
from tallystick.web.webhooks import pages, sent
from tallystick.web.webhooks.place import Place

PLACE: Final = Place(SETTINGS_FRAME, None, "console/settings/page.html")


@console(Permission.MANAGE_WEBHOOKS)
@require_http_methods(["GET", "HEAD", "POST"])
def webhooks(request: HttpRequest) -> HttpResponse:
    """List the endpoints and add one; its secret is shown this once."""
    return pages.index(request, PLACE)


@console(Permission.MANAGE_WEBHOOKS)
@require_http_methods(["GET", "HEAD", "POST"])
def webhook(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    """Show one endpoint, and change it."""
    return pages.endpoint_page(request, PLACE, endpoint_id)


@console(Permission.MANAGE_WEBHOOKS)
@require_POST
def rotate(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    """Give an endpoint a new secret and show it this once."""
    return pages.rotate(request, PLACE, endpoint_id)


@console(Permission.MANAGE_WEBHOOKS)
@require_POST
def switch(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    """Pause an endpoint, or send to it again."""
    return pages.switch(request, PLACE, endpoint_id)


@console(Permission.MANAGE_WEBHOOKS)
@require_POST
def test(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    """Have a message sent that says hello."""
    return pages.test(request, PLACE, endpoint_id)


@console(Permission.MANAGE_WEBHOOKS)
@require_POST
def replay(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    """Send again what an endpoint did not get since a moment."""
    return pages.replay_missed(request, PLACE, endpoint_id)


@console(Permission.MANAGE_WEBHOOKS)
@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    """Say what removing an endpoint means, and remove it."""
    return pages.remove(request, PLACE, endpoint_id)


@console(Permission.MANAGE_WEBHOOKS)
@require_safe
def deliveries(request: HttpRequest) -> HttpResponseBase:
    """List what was sent, or waits to be."""
    listed = sent.WebhookDeliveryList(current_viewer(request), request.GET)
    return answer_list(request, SETTINGS_FRAME, listed, "console/settings/webhook_deliveries.html", {})


@console(Permission.MANAGE_WEBHOOKS)
@require_safe
def delivery(request: HttpRequest, delivery_id: int) -> HttpResponse:
    """Show one message with every attempt."""
    return sent.delivery_page(request, PLACE, delivery_id)


@console(Permission.MANAGE_WEBHOOKS)
@require_POST
def again(request: HttpRequest, delivery_id: int) -> HttpResponse:
    """Send a message again."""
    return sent.again(request, PLACE, delivery_id)
