"""API keys: those of the workspace, made here; those of partners, which can be revoked here."""

from __future__ import annotations

from http import HTTPStatus

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tallystick.partners.api_keys import (
    WORKSPACE_KEY_PERMISSIONS,
    NewKey,
    api_keys,
    keys_of_partners,
    revoke_api_key,
)
from tallystick.partners.models import ApiKey
from tallystick.platform.access import Permission
from tallystick.platform.clock import now
from tallystick.web.access import console, current_viewer
from tallystick.web.api_keys import KeyForm, in_use, key_rows, offered_to
from tallystick.web.console.settings.sections import show_settings


@console(Permission.MANAGE_API_KEYS)
@require_http_methods(["GET", "HEAD", "POST"])
def keys(request: HttpRequest) -> HttpResponse:
    """List the keys and make one; what it is called with is shown this once."""
    viewer, at = current_viewer(request), now()
    offered = offered_to(viewer, WORKSPACE_KEY_PERMISSIONS)
    form = KeyForm(request.POST or None, offered=offered)
    made: NewKey | None = None
    if request.method == "POST" and form.is_valid():
        made = form.make(viewer, partner_id=None, at=at)
        form = KeyForm(offered=offered)
    context = {
        "form": form,
        "made": made,
        "keys": key_rows(api_keys(partner_id=None), at=at),
        "partners_keys": key_rows(keys_of_partners(), at=at),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.CREATED if made else HTTPStatus.OK
    return show_settings(request, "console/settings/api_keys.html", context, status=status)


@console(Permission.MANAGE_API_KEYS)
@require_http_methods(["GET", "HEAD", "POST"])
def revoke_key(request: HttpRequest, key_id: int) -> HttpResponse:
    """Say what a key is used for, and revoke it."""
    key = ApiKey.objects.select_related("partner").filter(pk=key_id, revoked_at__isnull=True).first()
    if key is None:
        raise Http404
    if request.method == "POST":
        revoke_api_key(current_viewer(request).actor(), key_id=key.pk, at=now())
        messages.success(request, _("Revoked %(name)s; its next request is refused.") % {"name": key.name})
        return redirect("console:api_keys")
    (row,) = key_rows([key], at=now())
    context = {"row": row, "in_use": in_use(key, at=now())}
    return show_settings(request, "console/settings/api_key_revoke.html", context)
