"""One lead: what is known of it, its checks, who was asked and why, and what can be done now.

The page stands at its own address; opened from the list or the inbox it is a sheet beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from secrets import token_bytes
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from tallystick.deals.lead_queries import deals_a_lead_became
from tallystick.deals.models import Lead, LeadDirection, LeadState
from tallystick.deals.rules.lead_states import LeadMoveRefused
from tallystick.deals.services.leads import (
    AnotherAccountsDeal,
    CannotAsk,
    decline_lead,
    offer_lead,
    offer_lead_to,
    qualify_lead,
    register_lead,
)
from tallystick.deals.services.submitting import ENTROPY_NEEDED
from tallystick.flows.leads import accept_lead, convert_lead
from tallystick.platform.access import Permission, Viewer
from tallystick.platform.clock import now, today
from tallystick.web.access import console, current_viewer
from tallystick.web.asked import shown_answers
from tallystick.web.collaborating import collaborator_panel
from tallystick.web.console.lead_forms import ChoosePartnerForm, ConvertForm, LeadReasonForm, ValueForm
from tallystick.web.console.lead_parts import checks_of, history_of, offers_of, ranking_of, told_of
from tallystick.web.console.leads import LeadList, state_tag
from tallystick.web.console.pages import comes_from_inbox, go_to, show_page, show_part, wants_sheet
from tallystick.web.sheets import PLACE, SheetLinks, sheet_links
from tallystick.web.ui import formats

REFUSALS = (LeadMoveRefused, CannotAsk, AnotherAccountsDeal)


@console(Permission.SEE_LEADS)
@require_safe
def lead(request: HttpRequest, reference: str) -> HttpResponse:
    """Show a lead."""
    return show_lead(request, find_lead(reference))


@console(Permission.MANAGE_LEADS)
@require_POST
def accept(request: HttpRequest, reference: str) -> HttpResponse:
    """Accept an introduction; it is evidence from now on."""
    viewer, found = current_viewer(request), find_lead(reference)
    return _done(
        request,
        found,
        lambda: accept_lead(viewer.actor(), lead_id=found.pk, at=now()),
        _("Accepted %(company)s. The partner is told."),
    )


@console(Permission.MANAGE_LEADS)
@require_POST
def qualify(request: HttpRequest, reference: str) -> HttpResponse:
    """Note that a lead is worth a deal."""
    viewer, found = current_viewer(request), find_lead(reference)
    return _done(
        request,
        found,
        lambda: qualify_lead(viewer.actor(), lead_id=found.pk, at=now()),
        _("Qualified %(company)s."),
    )


@console(Permission.MANAGE_LEADS)
@require_POST
def decline(request: HttpRequest, reference: str) -> HttpResponse:
    """Decline a lead with the reason that the partner reads."""
    viewer, found, form = current_viewer(request), find_lead(reference), LeadReasonForm(request.POST)
    if not form.is_valid():
        return show_lead(request, found, decline_form=form)
    reason = form.cleaned_data["reason"]
    return _done(
        request,
        found,
        lambda: decline_lead(viewer.actor(), lead_id=found.pk, reason=reason, at=now()),
        _("Declined %(company)s; the partner has your reason."),
    )


@console(Permission.MANAGE_LEADS)
@require_POST
def convert(request: HttpRequest, reference: str) -> HttpResponse:
    """Tie a lead to the opportunity of the CRM that it became."""
    viewer, found = current_viewer(request), find_lead(reference)
    form = ConvertForm(request.POST, deals=list(deals_a_lead_became(found)))
    if not form.is_valid():
        return show_lead(request, found, convert_form=form)
    opportunity_id = form.cleaned_data["opportunity"]
    return _done(
        request,
        found,
        lambda: convert_lead(viewer.actor(), lead_id=found.pk, opportunity_id=opportunity_id, at=now()),
        _("%(company)s became a deal."),
    )


@console(Permission.MANAGE_LEADS)
@require_POST
def register(request: HttpRequest, reference: str) -> HttpResponse:
    """Make a registration of a lead for its partner; only the value is asked."""
    viewer, found = current_viewer(request), find_lead(reference)
    form = ValueForm(request.POST, home=viewer.workspace.currency)
    if not form.is_valid():
        return show_lead(request, found, value_form=form)
    try:
        made = register_lead(
            viewer.actor(),
            lead_id=found.pk,
            value=form.cleaned_data["value"],
            at=now(),
            entropy=token_bytes(ENTROPY_NEEDED),
        )
    except LeadMoveRefused as refusal:
        return show_lead(request, found, refusal=str(refusal))
    if made.lead.registration_id is None:
        return show_lead(request, find_lead(reference), refusal=made.answer)
    messages.success(request, _("%(company)s is registered. Decide the registration now.") % {"company": found.company})
    return go_to(request, reverse("console:registration", args=[made.registration.reference]))


@console(Permission.MANAGE_LEADS)
@require_POST
def ask(request: HttpRequest, reference: str) -> HttpResponse:
    """Ask the partner that fits best."""
    viewer, found = current_viewer(request), find_lead(reference)
    try:
        offer = offer_lead(viewer.actor(), lead_id=found.pk, at=now())
    except LeadMoveRefused as refusal:
        return show_lead(request, found, refusal=str(refusal))
    if offer is None:
        return show_lead(
            request, find_lead(reference), refusal=_("No partner is left to ask: the reasons stand below.")
        )
    messages.success(
        request, _("%(company)s is offered to %(partner)s.") % {"company": found.company, "partner": offer.partner.name}
    )
    return go_to(request, _address_after(request, found))


@console(Permission.MANAGE_LEADS)
@require_POST
def choose(request: HttpRequest, reference: str) -> HttpResponse:
    """Ask a partner that somebody chose, with the reason."""
    viewer, found, form = current_viewer(request), find_lead(reference), ChoosePartnerForm(request.POST)
    if not form.is_valid():
        return show_lead(request, found, choose_form=form)
    partner_id, reason = form.cleaned_data["partner"], form.cleaned_data["reason"]
    return _done(
        request,
        found,
        lambda: offer_lead_to(viewer.actor(), lead_id=found.pk, partner_id=partner_id, reason=reason, at=now()),
        _("%(company)s is offered to the partner you chose."),
    )


def find_lead(reference: str) -> Lead:
    """Return a lead of the workspace, or answer 404."""
    rows = Lead.objects.select_related("partner", "owner", "account", "opportunity", "registration")
    found = rows.filter(reference=reference).first()
    if found is None:
        raise Http404
    return found


def show_lead(request: HttpRequest, found: Lead, *, refusal: str = "", **forms_given: forms.Form) -> HttpResponse:
    """Answer with a lead: beside its list, as a part after something was done, or as a page; refused with 422."""
    viewer = current_viewer(request)
    context = lead_context(viewer, found) | {
        "links": _links(request),
        "query": request.GET.urlencode(),
        "refusal": refusal,
        **forms_given,
    }
    if wants_sheet(request):
        return show_part(request, "console/leads/sheet.html", context)
    failed = bool(refusal) or any(form.errors for form in forms_given.values())
    status = HTTPStatus.UNPROCESSABLE_ENTITY if failed else HTTPStatus.OK
    if request.headers.get("HX-Request"):
        return show_part(request, "console/leads/next.html", context, status=status)
    return show_page(request, "console/leads/lead.html", context, status=status)


def lead_context(viewer: Viewer, found: Lead) -> dict[str, Any]:
    """Return what a lead's page shows to a viewer."""
    on, at = today(viewer.workspace.time_zone), now()
    ours = found.direction == LeadDirection.TO_PARTNER
    offers = offers_of(found) if ours else []
    manages = viewer.may(Permission.MANAGE_LEADS)
    in_work = found.state in {LeadState.ACCEPTED, LeadState.QUALIFIED}
    return {
        "lead": found,
        "title": found.company,
        "subtitle": " · ".join((found.reference, str(found.get_direction_display()))),
        "tag": state_tag(found),
        "is_ours": ours,
        "now": at,
        "waits": found.state == LeadState.NEW and not ours,
        "asked": next((offer for offer in offers if offer.is_open), None),
        "offers": offers,
        "ranking": ranking_of(found) if ours else None,
        "checks": checks_of(found),
        "told": told_of(found),
        "answers": shown_answers(found),
        "collaborating": collaborator_panel(viewer, found),
        "history": history_of(found, on),
        "introduced": formats.moment(timezone.localtime(found.introduced_at)),
        "may_manage": manages,
        "may_answer": manages and found.state == LeadState.NEW and not ours,
        "may_pass": manages and found.state == LeadState.NEW and ours,
        "may_qualify": manages and found.state == LeadState.ACCEPTED,
        "may_convert": manages and in_work,
        "may_decline": manages and found.state not in {LeadState.CONVERTED, LeadState.DECLINED},
        "decline_form": LeadReasonForm(),
        **(_conversion(viewer, found) if manages and in_work else {}),
        **({"choose_form": ChoosePartnerForm()} if manages and ours and found.state == LeadState.NEW else {}),
    }


def _conversion(viewer: Viewer, found: Lead) -> dict[str, Any]:
    deals = list(deals_a_lead_became(found))
    return {
        "convert_form": ConvertForm(deals=deals) if deals else None,
        "value_form": ValueForm(home=viewer.workspace.currency),
    }


def _done(request: HttpRequest, found: Lead, work: Callable[[], object], words: str) -> HttpResponse:
    """Do something to a lead, say so, and go on from there; what is refused is shown on the lead."""
    try:
        work()
    except REFUSALS as refusal:
        return show_lead(request, find_lead(found.reference), refusal=str(refusal))
    messages.success(request, words % {"company": found.company})
    return go_to(request, _address_after(request, found))


def _address_after(request: HttpRequest, found: Lead) -> str:
    """Return where an action leads: back to the inbox or list it was made from, else to the lead itself."""
    if comes_from_inbox(request):
        return reverse("console:inbox")
    return _links(request).close_url if PLACE in request.GET else reverse("console:lead", args=[found.reference])


def _links(request: HttpRequest) -> SheetLinks:
    """Return the way back to the list and to the leads beside this one in it."""
    viewer = current_viewer(request)
    return sheet_links(
        request.GET,
        list_url=reverse("console:leads"),
        found=lambda: LeadList(viewer, request.GET).found,
        url_of=lambda row: reverse("console:lead", args=[row.reference]),
    )
