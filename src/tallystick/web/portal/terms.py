"""The terms of the portal: five lines, the full text below, and one button; once accepted, a page to read again."""

from __future__ import annotations

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from tallystick.partners.models import TermsAcceptance
from tallystick.partners.terms import TermsChanged, accept_terms, current_terms
from tallystick.platform.access import Permission
from tallystick.platform.clock import now
from tallystick.web.access import current_viewer, portal_before_terms
from tallystick.web.portal.pages import partner_id_of, show_page


@portal_before_terms(Permission.SEE_OWN_PORTAL)
@require_http_methods(["GET", "HEAD", "POST"])
def terms(request: HttpRequest) -> HttpResponse:
    """Show the terms that hold, and keep that somebody agrees to them."""
    viewer = current_viewer(request)
    partner_id = partner_id_of(viewer)
    changed = False
    if request.method == "POST" and not viewer.is_viewing_as_partner:
        read = request.POST.get("version", "")
        version = int(read) if read.isdecimal() else 0
        try:
            accept_terms(viewer.actor(), partner_id=partner_id, person=viewer.person, version=version, at=now())
        except TermsChanged as problem:
            changed = True
            messages.warning(request, str(problem))
        else:
            return redirect(_own_path(request, request.POST.get("next", "")) or "portal:home")
    accepted = TermsAcceptance.objects.filter(partner_id=partner_id, person=viewer.person).order_by("-version").first()
    holds = current_terms()
    context = {
        "terms": holds,
        "accepted": accepted if accepted and accepted.version == holds.version else None,
        "asks": not viewer.is_viewing_as_partner and (accepted is None or accepted.version != holds.version),
        "next_path": _own_path(request, request.GET.get("next", "")),
    }
    status = HTTPStatus.CONFLICT if changed else HTTPStatus.OK
    return show_page(request, "portal/terms.html", context, status=status)


def _own_path(request: HttpRequest, path: str) -> str:
    own = url_has_allowed_host_and_scheme(path, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return path if own else ""
