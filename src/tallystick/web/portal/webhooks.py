"""Outgoing webhooks of a partner: the side of its admins of `web.webhooks`."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tallystick.platform.access import Permission
from tallystick.web.access import current_viewer, portal
from tallystick.web.listing.serving import answer_list
from tallystick.web.portal.pages import FRAME, partner_id_of
from tallystick.web.webhooks import pages, sent
from tallystick.web.webhooks.place import Place


def _place(request: HttpRequest) -> Place:
    return Place(FRAME, partner_id_of(current_viewer(request)), "webhooks/portal.html")


@portal(Permission.MANAGE_OWN_WEBHOOKS)
@require_http_methods(["GET", "HEAD", "POST"])
def webhooks(request: HttpRequest) -> HttpResponse:
    """List the endpoints and add one; its secret is shown this once."""
    return pages.index(request, _place(request))


@portal(Permission.MANAGE_OWN_WEBHOOKS)
@require_http_methods(["GET", "HEAD", "POST"])
def webhook(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    """Show one endpoint, and change it."""
    return pages.endpoint_page(request, _place(request), endpoint_id)


@portal(Permission.MANAGE_OWN_WEBHOOKS)
@require_POST
def rotate(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    """Give an endpoint a new secret and show it this once."""
    return pages.rotate(request, _place(request), endpoint_id)


@portal(Permission.MANAGE_OWN_WEBHOOKS)
@require_POST
def switch(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    """Pause an endpoint, or send to it again."""
    return pages.switch(request, _place(request), endpoint_id)


@portal(Permission.MANAGE_OWN_WEBHOOKS)
@require_POST
def test(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    """Have a message sent that says hello."""
    return pages.test(request, _place(request), endpoint_id)


@portal(Permission.MANAGE_OWN_WEBHOOKS)
@require_POST
def replay(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    """Send again what an endpoint did not get since a moment."""
    return pages.replay_missed(request, _place(request), endpoint_id)


@portal(Permission.MANAGE_OWN_WEBHOOKS)
@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    """Say what removing an endpoint means, and remove it."""
    return pages.remove(request, _place(request), endpoint_id)


@portal(Permission.MANAGE_OWN_WEBHOOKS)
@require_safe
def deliveries(request: HttpRequest) -> HttpResponseBase:
    """List what was sent, or waits to be."""
    listed = sent.OwnWebhookDeliveryList(current_viewer(request), request.GET)
    return answer_list(request, FRAME, listed, "portal/webhook_deliveries.html", {})


@portal(Permission.MANAGE_OWN_WEBHOOKS)
@require_safe
def delivery(request: HttpRequest, delivery_id: int) -> HttpResponse:
    """Show one message with every attempt."""
    return sent.delivery_page(request, _place(request), delivery_id)


@portal(Permission.MANAGE_OWN_WEBHOOKS)
@require_POST
def again(request: HttpRequest, delivery_id: int) -> HttpResponse:
    """Send a message again."""
    return sent.again(request, _place(request), delivery_id)
