"""A lead of ours that is to be passed to a partner: written down, and offered to the one that fits best."""

from __future__ import annotations

from http import HTTPStatus
from secrets import token_bytes

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from tallystick.deals.services.leads import LEAD_ENTROPY, create_lead, offer_lead
from tallystick.platform.access import Permission
from tallystick.platform.clock import now
from tallystick.web.access import console, current_viewer
from tallystick.web.console.lead_forms import LeadForm
from tallystick.web.console.pages import show_page
from tallystick.web.drafts import NEW_LEAD, answer_draft, draft_asked, draft_context, forget_draft


@console(Permission.MANAGE_LEADS)
@require_http_methods(["GET", "HEAD", "POST"])
def new_lead(request: HttpRequest) -> HttpResponse:
    """Ask what is known of a company, then ask the partner that fits best; a form sent twice is one lead."""
    viewer = current_viewer(request)
    kept = draft_asked(request, NEW_LEAD, viewer)
    form = LeadForm(request.POST or None, initial=kept.typed if kept else None)
    if request.method == "POST" and form.is_valid():
        at, keeps = now(), "keep" in request.POST
        with transaction.atomic():
            made = create_lead(
                viewer.actor(),
                lead=form.lead(),
                form_key=form.cleaned_data["token"],
                entropy=token_bytes(LEAD_ENTROPY),
                at=at,
            )
            forget_draft(request, NEW_LEAD, viewer)
            offer = None if keeps else offer_lead(viewer.actor(), lead_id=made.pk, at=at)
        if offer is not None:
            words = _("%(company)s is offered to %(partner)s.")
            messages.success(request, words % {"company": made.company, "partner": offer.partner.name})
        elif keeps:
            messages.success(request, _("%(company)s is kept. Nobody is asked yet.") % {"company": made.company})
        else:
            words = _("%(company)s is kept, but no partner can be asked. The reasons stand below.")
            messages.warning(request, words % {"company": made.company})
        return redirect("console:lead", reference=made.reference)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    context = {"form": form, **draft_context(request, NEW_LEAD, kept)}
    return show_page(request, "console/leads/new.html", context, status=status)


@console(Permission.MANAGE_LEADS)
@require_POST
def lead_draft(request: HttpRequest) -> HttpResponse:
    """Keep what is being typed of a lead, save it as a draft, or throw a draft away."""
    return answer_draft(request, NEW_LEAD, current_viewer(request))
