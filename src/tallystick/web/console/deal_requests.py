"""Deciding what partners ask of their registrations, and asking them back before a decision."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tallystick.attribution.deal_list import DealKind
from tallystick.deals.models import DealRegistration, RegistrationRequest
from tallystick.deals.rules.approval import StepRefused
from tallystick.deals.rules.states import TransitionRefused
from tallystick.deals.services import QuestionRefused, RequestRefused, ask_partner, decline_request, grant_request
from tallystick.platform.access import Permission
from tallystick.platform.clock import now
from tallystick.web.access import console, current_viewer
from tallystick.web.console.deal import address_after, find_registration, read_deal, show_deal
from tallystick.web.console.deal_handling import QuestionForm, require_turn
from tallystick.web.console.pages import go_to


@console(Permission.TAKE_STEPS)
@require_POST
def ask(request: HttpRequest, reference: str) -> HttpResponse:
    """Ask the partner before deciding; the clock stands still until it answers."""
    viewer, claim = current_viewer(request), find_registration(reference)
    require_turn(claim, viewer)
    form = QuestionForm(request.POST)
    if not form.is_valid():
        return _refused(request, claim, ask_form=form)
    try:
        ask_partner(
            viewer.actor(),
            registration_id=claim.pk,
            text=form.cleaned_data["question"],
            at=now(),
            role=viewer.role,
        )
    except (TransitionRefused, StepRefused, QuestionRefused) as refusal:
        return _refused(request, claim, refusal=str(refusal))
    messages.success(request, _("Asked %(partner)s; the clock stands still.") % {"partner": claim.partner.name})
    return go_to(request, address_after(request, claim))


@console(Permission.DECIDE_REGISTRATIONS)
@require_POST
def grant(request: HttpRequest, reference: str, request_id: int) -> HttpResponse:
    """Grant what a partner asks of its registration."""
    claim = _asked(reference, request_id)
    try:
        granted = grant_request(current_viewer(request).actor(), request_id=request_id, at=now())
    except RequestRefused as refusal:
        return _refused(request, claim, refusal=str(refusal))
    messages.success(request, _("Granted: %(request)s") % {"request": granted.get_kind_display()})
    return go_to(request, address_after(request, claim))


@console(Permission.DECIDE_REGISTRATIONS)
@require_POST
def refuse(request: HttpRequest, reference: str, request_id: int) -> HttpResponse:
    """Decline what a partner asks, with the reason it reads; nothing changes."""
    claim = _asked(reference, request_id)
    try:
        declined = decline_request(
            current_viewer(request).actor(),
            request_id=request_id,
            reason=request.POST.get("reason", "")[:1000],
            at=now(),
        )
    except RequestRefused as refusal:
        return _refused(request, claim, refusal=str(refusal))
    messages.success(
        request, _("Declined: %(request)s; the partner has your reason.") % {"request": declined.get_kind_display()}
    )
    return go_to(request, address_after(request, claim))


def _asked(reference: str, request_id: int) -> DealRegistration:
    """Return the registration of a request, or answer 404."""
    claim = find_registration(reference)
    if not RegistrationRequest.objects.filter(pk=request_id, registration=claim).exists():
        raise Http404
    return claim


def _refused(request: HttpRequest, claim: DealRegistration, **context: Any) -> HttpResponse:
    return show_deal(request, read_deal(DealKind.REGISTRATION, claim.pk), **context)
