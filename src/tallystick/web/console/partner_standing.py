"""Territories and certificates on a partner's page: add and remove."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from tallystick.partners import standing
from tallystick.partners.models import PartnerCertificate, PartnerTerritory
from tallystick.platform.access import Permission
from tallystick.platform.clock import now
from tallystick.web.access import console, current_viewer
from tallystick.web.console.partner_forms import CertificateForm, TerritoryForm
from tallystick.web.console.partners import find_partner, show_partner, to_tab


@console(Permission.MANAGE_PARTNERS)
@require_POST
def add_territory(request: HttpRequest, partner_id: int) -> HttpResponse:
    """Give a partner a country to sell in."""
    partner, form = find_partner(partner_id), TerritoryForm(request.POST)
    if form.is_valid():
        try:
            standing.add_territory(
                current_viewer(request).actor(),
                partner_id=partner_id,
                country=form.cleaned_data["country"],
                valid_until=form.cleaned_data["territory_until"],
                at=now(),
            )
        except standing.TerritoryKnown as known:
            form.add_error("country", str(known))
        else:
            return to_tab(partner_id, "standing")
    return show_partner(request, partner, tab="standing", refused={"territory_form": form})


@console(Permission.MANAGE_PARTNERS)
@require_POST
def remove_territory(request: HttpRequest, partner_id: int, territory_id: int) -> HttpResponse:
    """Take a territory from a partner."""
    actor = current_viewer(request).actor()
    try:
        standing.remove_territory(actor, partner_id=partner_id, territory_id=territory_id, at=now())
    except PartnerTerritory.DoesNotExist as missing:
        raise Http404 from missing
    return to_tab(partner_id, "standing")


@console(Permission.MANAGE_PARTNERS)
@require_POST
def add_certificate(request: HttpRequest, partner_id: int) -> HttpResponse:
    """Note that a person of a partner is certified."""
    partner, form = find_partner(partner_id), CertificateForm(request.POST)
    if not form.is_valid():
        return show_partner(request, partner, tab="standing", refused={"certificate_form": form})
    standing.add_certificate(
        current_viewer(request).actor(),
        partner_id=partner_id,
        name=form.cleaned_data["name"],
        holder=form.cleaned_data["holder"],
        product=form.cleaned_data["product"],
        valid_until=form.cleaned_data["certificate_until"],
        at=now(),
    )
    return to_tab(partner_id, "standing")


@console(Permission.MANAGE_PARTNERS)
@require_POST
def remove_certificate(request: HttpRequest, partner_id: int, certificate_id: int) -> HttpResponse:
    """Take a certificate off the record."""
    actor = current_viewer(request).actor()
    try:
        standing.remove_certificate(actor, partner_id=partner_id, certificate_id=certificate_id, at=now())
    except PartnerCertificate.DoesNotExist as missing:
        raise Http404 from missing
    return to_tab(partner_id, "standing")
