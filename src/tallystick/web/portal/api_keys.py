"""API keys of a partner: its admin makes and revokes them; programs then see what this partner sees, and no more."""

from __future__ import annotations

from http import HTTPStatus

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tallystick.partners.api_keys import PARTNER_KEY_PERMISSIONS, NewKey, api_keys, revoke_api_key
from tallystick.platform.access import Permission
from tallystick.platform.clock import now
from tallystick.web.access import current_viewer, portal
from tallystick.web.api_keys import KeyForm, in_use, key_rows, offered_to
from tallystick.web.portal.pages import partner_id_of, show_page


@portal(Permission.MANAGE_OWN_API_KEYS)
@require_http_methods(["GET", "HEAD", "POST"])
def keys(request: HttpRequest) -> HttpResponse:
    """List the partner's keys and make one; what it is called with is shown this once."""
    viewer, at = current_viewer(request), now()
    partner_id = partner_id_of(viewer)
    offered = offered_to(viewer, PARTNER_KEY_PERMISSIONS)
    form = KeyForm(request.POST or None, offered=offered)
    made: NewKey | None = None
    if request.method == "POST" and form.is_valid():
        made = form.make(viewer, partner_id=partner_id, at=at)
        form = KeyForm(offered=offered)
    context = {"form": form, "made": made, "keys": key_rows(api_keys(partner_id=partner_id), at=at)}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.CREATED if made else HTTPStatus.OK
    return show_page(request, "portal/api_keys.html", context, status=status)


@portal(Permission.MANAGE_OWN_API_KEYS)
@require_http_methods(["GET", "HEAD", "POST"])
def revoke_key(request: HttpRequest, key_id: int) -> HttpResponse:
    """Say what a key is used for, and revoke it."""
    viewer = current_viewer(request)
    key = api_keys(partner_id=partner_id_of(viewer)).filter(pk=key_id, revoked_at__isnull=True).first()
    if key is None:
        raise Http404
    if request.method == "POST":
        revoke_api_key(viewer.actor(), key_id=key.pk, at=now())
        messages.success(request, _("Revoked %(name)s; its next request is refused.") % {"name": key.name})
        return redirect("portal:api_keys")
    (row,) = key_rows([key], at=now())
    return show_page(request, "portal/api_key_revoke.html", {"row": row, "in_use": in_use(key, at=now())})
