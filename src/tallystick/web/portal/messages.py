"""Writing to the vendor about a deal of one's own."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from tallystick.attribution.own_deals import OwnDeal, own_credited_deal, own_registered_deal
from tallystick.deals.models import Message, MessageSide, Thread
from tallystick.deals.services import Draft, RetractionRefused, post_message, retract_message
from tallystick.platform.access import Permission
from tallystick.platform.clock import now
from tallystick.web.access import current_viewer, portal
from tallystick.web.conversations import posted_part, read_form, refused_part
from tallystick.web.portal.deal import about_of, conversation_of, show_deal
from tallystick.web.portal.deals import deal_url
from tallystick.web.portal.pages import partner_id_of


@portal(Permission.WRITE_ON_OWN_DEALS)
@require_http_methods(["GET", "HEAD", "POST"])
def write_on_registration(request: HttpRequest, reference: str) -> HttpResponse:
    """Write about a registration; opened by itself the address leads to the deal."""
    partner_id = partner_id_of(current_viewer(request))
    return _write(request, own_registered_deal(partner_id=partner_id, reference=reference))


@portal(Permission.WRITE_ON_OWN_DEALS)
@require_http_methods(["GET", "HEAD", "POST"])
def write_on_deal(request: HttpRequest, opportunity_id: int) -> HttpResponse:
    """Write about a deal the partner is credited for."""
    partner_id = partner_id_of(current_viewer(request))
    return _write(request, own_credited_deal(partner_id=partner_id, opportunity_id=opportunity_id))


@portal(Permission.WRITE_ON_OWN_DEALS)
@require_POST
def take_back(request: HttpRequest, message_id: int) -> HttpResponse:
    """Take back what one wrote oneself a moment ago."""
    try:
        message = retract_message(current_viewer(request).actor(), message_id=message_id, at=now())
    except Message.DoesNotExist as missing:
        raise Http404 from missing
    except RetractionRefused as refusal:
        messages.error(request, str(refusal))
        message = Message.objects.select_related("thread").get(pk=message_id)
    return redirect(_address(message.thread))


def _write(request: HttpRequest, deal: OwnDeal | None) -> HttpResponse:
    if deal is None:
        raise Http404
    viewer = current_viewer(request)
    address = f"{deal_url(deal)}#conversation-{partner_id_of(viewer)}"
    if request.method != "POST":
        return redirect(address)
    about = about_of(viewer, deal)

    def post(draft: Draft) -> None:
        post_message(viewer.actor(), about=about, side=MessageSide.PARTNER, draft=draft, at=now())

    form = read_form(request, post)
    if request.headers.get("HX-Request"):
        panel = conversation_of(viewer, deal)
        return refused_part(request, panel.id, form) if form.errors else posted_part(request, panel)
    return show_deal(request, deal, message_form=form) if form.errors else redirect(address)


def _address(thread: Thread) -> str:
    """Return where a conversation stands: on the page of its deal."""
    if thread.registration is not None:
        page = reverse("portal:deal", args=[thread.registration.reference])
    else:
        page = reverse("portal:credited_deal", args=[thread.opportunity_id])
    return f"{page}#conversation-{thread.partner_id}"
