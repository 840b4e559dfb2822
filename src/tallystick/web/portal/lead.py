"""One lead of the partner: offered with its clock, introduced, or accepted and in work."""

from __future__ import annotations

from http import HTTPStatus
from secrets import token_bytes
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from tallystick.deals.lead_queries import latest_offer
from tallystick.deals.models import Lead, LeadDirection, LeadOffer, LeadOfferState, LeadState
from tallystick.deals.receipts import receipt_of
from tallystick.deals.rules.lead_states import LeadMoveRefused
from tallystick.deals.services.leads import (
    OfferGone,
    accept_offer,
    decline_lead,
    decline_offer,
    qualify_lead,
    register_lead,
)
from tallystick.deals.services.submitting import ENTROPY_NEEDED
from tallystick.platform.access import Permission, Viewer
from tallystick.platform.clock import now, today
from tallystick.platform.models import ActivityEntry
from tallystick.web.access import current_viewer, portal
from tallystick.web.asked import shown_answers
from tallystick.web.collaborating import collaborator_panel
from tallystick.web.console.lead_forms import ValueForm
from tallystick.web.console.words import day_near
from tallystick.web.portal.lead_forms import DeclineLeadForm
from tallystick.web.portal.leads import lead_path, lead_tag
from tallystick.web.portal.pages import partner_id_of, show_page
from tallystick.web.ui import formats
from tallystick.web.ui.components import TimelineEntry


@portal(Permission.SEE_OWN_LEADS)
@require_safe
def lead(request: HttpRequest, reference: str) -> HttpResponse:
    """Show a lead of the partner, or an offer of one."""
    return _show(request, reference)


@portal(Permission.INTRODUCE_LEADS)
@require_POST
def accept(request: HttpRequest, reference: str) -> HttpResponse:
    """Accept a lead that is offered; its contact is shown from now on."""
    viewer = current_viewer(request)
    offer = _offer(viewer, reference)
    try:
        accept_offer(viewer.actor(), offer_id=offer.pk, at=now())
    except (OfferGone, LeadMoveRefused) as refusal:
        return _show(request, reference, refusal=str(refusal))
    messages.success(request, _("%(company)s is yours. The contact stands below.") % {"company": offer.company})
    return redirect("portal:lead", reference=reference)


@portal(Permission.INTRODUCE_LEADS)
@require_POST
def decline(request: HttpRequest, reference: str) -> HttpResponse:
    """Decline a lead that is offered, or give up one that was accepted; the vendor reads the reason."""
    viewer, form = current_viewer(request), DeclineLeadForm(request.POST)
    own = _own_lead(viewer, reference)
    offer = None if own else _offer(viewer, reference)
    if not form.is_valid():
        return _show(request, reference, decline_form=form)
    reason = form.cleaned_data["reason"]
    try:
        if offer is not None:
            decline_offer(viewer.actor(), offer_id=offer.pk, reason=reason, at=now())
        elif own is not None:
            decline_lead(viewer.actor(), lead_id=own.pk, reason=reason, at=now())
    except Lead.DoesNotExist as error:
        raise Http404 from error
    except (OfferGone, LeadMoveRefused) as refusal:
        return _show(request, reference, refusal=str(refusal))
    messages.success(request, _("Thank you. Your partner manager has your reason."))
    return redirect("portal:leads") if offer else redirect("portal:lead", reference=reference)


@portal(Permission.INTRODUCE_LEADS)
@require_POST
def qualify(request: HttpRequest, reference: str) -> HttpResponse:
    """Note that an accepted lead is worth a deal."""
    viewer = current_viewer(request)
    own = _require_own(viewer, reference)
    try:
        qualify_lead(viewer.actor(), lead_id=own.pk, at=now())
    except Lead.DoesNotExist as error:
        raise Http404 from error
    except LeadMoveRefused as refusal:
        return _show(request, reference, refusal=str(refusal))
    messages.success(request, _("%(company)s is qualified.") % {"company": own.company})
    return redirect("portal:lead", reference=reference)


@portal(Permission.REGISTER_DEALS)
@require_POST
def register(request: HttpRequest, reference: str) -> HttpResponse:
    """Register the deal that an accepted lead became; only the value is asked."""
    viewer = current_viewer(request)
    own, form = _require_own(viewer, reference), ValueForm(request.POST, home=viewer.workspace.currency)
    if not form.is_valid():
        return _show(request, reference, value_form=form)
    value, entropy = form.cleaned_data["value"], token_bytes(ENTROPY_NEEDED)
    try:
        made = register_lead(viewer.actor(), lead_id=own.pk, value=value, at=now(), entropy=entropy)
    except Lead.DoesNotExist as error:
        raise Http404 from error
    except LeadMoveRefused as refusal:
        return _show(request, reference, refusal=str(refusal))
    return redirect("portal:receipt", reference=made.registration.reference)


def _own_lead(viewer: Viewer, reference: str) -> Lead | None:
    rows = Lead.objects.select_related("registration", "opportunity")
    return rows.filter(partner_id=partner_id_of(viewer), reference=reference).first()


def _require_own(viewer: Viewer, reference: str) -> Lead:
    own = _own_lead(viewer, reference)
    if own is None:
        raise Http404
    return own


def _offer(viewer: Viewer, reference: str) -> LeadOffer:
    offer = latest_offer(partner_id=partner_id_of(viewer), reference=reference)
    if offer is None:
        raise Http404
    return offer


def _show(request: HttpRequest, reference: str, *, refusal: str = "", **forms_given: forms.Form) -> HttpResponse:
    """Answer with the partner's lead or, before it has it, with the offer; refused forms with 422."""
    viewer = current_viewer(request)
    own = _own_lead(viewer, reference)
    failed = bool(refusal) or any(form.errors for form in forms_given.values())
    status = HTTPStatus.UNPROCESSABLE_ENTITY if failed else HTTPStatus.OK
    context = {"refusal": refusal, "now": now(), "decline_form": DeclineLeadForm()}
    if own is None:
        context |= _offer_context(viewer, _offer(viewer, reference))
        return show_page(request, "portal/leads/offer.html", context | forms_given, status=status)
    context |= _lead_context(viewer, own)
    return show_page(request, "portal/leads/lead.html", context | forms_given, status=status)


def _offer_context(viewer: Viewer, offer: LeadOffer) -> dict[str, Any]:
    is_open = offer.state == LeadOfferState.OPEN and offer.due_at > now()
    return {
        "offer": offer,
        "due": formats.moment(timezone.localtime(offer.due_at)),
        "is_open": is_open,
        "may_answer": is_open and viewer.may(Permission.INTRODUCE_LEADS),
        "over": _over_words(offer),
    }


def _over_words(offer: LeadOffer) -> str:
    match LeadOfferState(offer.state):
        case LeadOfferState.DECLINED:
            return _("You declined this lead.")
        case LeadOfferState.WITHDRAWN:
            return _("The lead was taken back.")
        case _:
            return _("The time to accept is over.")


def _lead_context(viewer: Viewer, own: Lead) -> dict[str, Any]:
    passed = own.direction == LeadDirection.TO_PARTNER
    works = passed and viewer.may(Permission.INTRODUCE_LEADS)
    in_work = own.state in {LeadState.ACCEPTED, LeadState.QUALIFIED}
    return {
        "lead": own,
        "answers": shown_answers(own),
        "collaborating": collaborator_panel(viewer, own),
        "tag": lead_tag(own),
        "path": lead_path(own),
        "was_passed": passed,
        "waits": own.state == LeadState.NEW,
        "due": formats.moment(timezone.localtime(own.answer_due_at)) if own.answer_due_at else "",
        "introduced": formats.moment(timezone.localtime(own.introduced_at)),
        "receipt": receipt_of(own) if own.receipt_hash else None,
        "history": _history(own, viewer),
        "may_qualify": works and own.state == LeadState.ACCEPTED,
        "may_give_up": works and in_work,
        "may_register": passed and in_work and viewer.may(Permission.REGISTER_DEALS),
        "value_form": ValueForm(home=viewer.workspace.currency),
    }


def _history(own: Lead, viewer: Viewer) -> list[TimelineEntry]:
    """Return what happened to the lead, as far as it concerns the partner; the latest first."""
    on = today(viewer.workspace.time_zone)
    entries = ActivityEntry.objects.filter(subject_kind="lead", subject_id=own.pk, partner_id=own.partner_id)
    return [
        TimelineEntry(
            text=entry.summary, when=day_near(timezone.localtime(entry.at).date(), on), note=entry.actor_label
        )
        for entry in entries.order_by("-position")
    ]
