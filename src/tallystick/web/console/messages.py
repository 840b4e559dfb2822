"""Writing in the conversation about a deal: to the partner, or a note that only the vendor reads."""

from __future__ import annotations

from functools import partial

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from tallystick.attribution.deal_list import Deal, DealKind
from tallystick.crm.models import Opportunity
from tallystick.deals.models import Message, MessageSide, Thread
from tallystick.deals.services import (
    Draft,
    RetractionRefused,
    post_message,
    retract_message,
    settle_question,
    write_internal_note,
)
from tallystick.partners.models import Partner
from tallystick.platform.access import Permission
from tallystick.platform.clock import now
from tallystick.web.access import console, current_viewer
from tallystick.web.console.deal import find_registration, read_deal, show_deal
from tallystick.web.console.deal_people import about_of, conversation_of, partners_of
from tallystick.web.console.deals import deal_url
from tallystick.web.conversations import posted_part, read_form, refused_part

ONLY_US = "team"
"""What the button for an internal note sends."""


@console(Permission.WRITE_ON_DEALS)
@require_http_methods(["GET", "HEAD", "POST"])
def write_on_registration(request: HttpRequest, reference: str) -> HttpResponse:
    """Write in the conversation about a registration; opened by itself the address leads to the deal."""
    claim = find_registration(reference)
    return _write(request, read_deal(DealKind.REGISTRATION, claim.pk), claim.partner_id)


@console(Permission.WRITE_ON_DEALS)
@require_http_methods(["GET", "HEAD", "POST"])
def write_on_deal(request: HttpRequest, opportunity_id: int, partner_id: int) -> HttpResponse:
    """Write to a partner that is credited for a deal it did not register."""
    if not Opportunity.objects.filter(pk=opportunity_id).exists():
        raise Http404
    return _write(request, read_deal(DealKind.OPPORTUNITY, opportunity_id), partner_id)


@console(Permission.WRITE_ON_DEALS)
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


@console(Permission.WRITE_ON_DEALS)
@require_POST
def settle(request: HttpRequest, thread_id: int) -> HttpResponse:
    """Note that a partner's question needs no answer here."""
    try:
        thread = settle_question(current_viewer(request).actor(), thread_id=thread_id, at=now())
    except Thread.DoesNotExist as missing:
        raise Http404 from missing
    messages.success(request, _("Nobody waits for an answer any more."))
    return redirect(_address(thread))


def _write(request: HttpRequest, shown: Deal, partner_id: int) -> HttpResponse:
    partner = _partner(shown, partner_id)
    address = f"{deal_url(shown)}#conversation-{partner_id}"
    if request.method != "POST":
        return redirect(address)
    viewer = current_viewer(request)
    form = read_form(request, partial(_post, request, shown, partner_id))
    if request.headers.get("HX-Request"):
        panel = conversation_of(viewer, shown, partner)
        return refused_part(request, panel.id, form) if form.errors else posted_part(request, panel)
    return show_deal(request, shown, message_form=form, with_partner=partner_id) if form.errors else redirect(address)


def _post(request: HttpRequest, shown: Deal, partner_id: int, draft: Draft) -> None:
    actor, about = current_viewer(request).actor(), about_of(shown, partner_id)
    if request.POST.get("reader") == ONLY_US:
        write_internal_note(actor, about=about, draft=draft, at=now())
    else:
        post_message(actor, about=about, side=MessageSide.VENDOR, draft=draft, at=now())


def _partner(shown: Deal, partner_id: int) -> Partner:
    found = next((partner for partner in partners_of(shown) if partner.pk == partner_id), None)
    if found is None:
        raise Http404
    return found


def _address(thread: Thread) -> str:
    """Return where a conversation stands: on the page of its deal."""
    if thread.registration is not None:
        page = reverse("console:registration", args=[thread.registration.reference])
    else:
        page = reverse("console:deal", args=[thread.opportunity_id])
    return f"{page}#conversation-{thread.partner_id}"
