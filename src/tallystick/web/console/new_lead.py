"""A lead of ours that is to be passed to a partner: written down, and offered to the one that fits best."""

from __future__ import annotations

from http import HTTPStatus
from secrets import token_bytes

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tallystick.deals.services.leads import LEAD_ENTROPY, create_lead, offer_lead
from tallystick.platform.access import Permission
from tallystick.platform.clock import now
from tallystick.web.access import console, current_viewer
from tallystick.web.console.lead_forms import LeadForm
from tallystick.web.console.pages import show_page


@console(Permission.MANAGE_LEADS)
@require_http_methods(["GET", "HEAD", "POST"])
def new_lead(request: HttpRequest) -> HttpResponse:
    """Ask what is known of a company, then ask the partner that fits best; a form sent twice is one lead."""
    viewer, form = current_viewer(request), LeadForm(request.POST or None)
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
    return show_page(request, "console/leads/new.html", {"form": form}, status=status)
