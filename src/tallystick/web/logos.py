"""The vendor's logo, for pages and mails: at an address made from its content, so browsers may keep it for ever."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from tallystick.platform.branding import logo_of
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import scope
from tallystick.web.access import open_to_everyone
from tallystick.web.ui.assets import ONE_YEAR


def logo_url(workspace: Workspace) -> str:
    """Return the address of a workspace's logo; "" where it wears ours."""
    return reverse("logo", args=[workspace.pk, workspace.logo_digest]) if workspace.logo_digest else ""


def brand_shell(workspace_id: int) -> dict[str, str]:
    """Return what a page before the sign-in wears of a vendor: its name, accent and logo, as the shell names them."""
    workspace = Workspace.objects.get(pk=workspace_id)
    return {"organisation": workspace.name, "accent": workspace.accent, "logo_url": logo_url(workspace)}


@open_to_everyone
@require_safe
def serve_logo(_request: HttpRequest, workspace_id: int, digest: str) -> HttpResponse:
    """Answer with the logo to whoever has its address: it stands in mails and on the sign-in page, before any sign-in.

    The address holds the digest, so nobody finds a logo by counting; a wrong one is answered like an absent one.
    """
    with scope(workspace_id=workspace_id):
        content = logo_of(digest)
    if content is None:
        raise Http404
    response = HttpResponse(content, content_type="image/png")
    patch_cache_control(response, public=True, immutable=True, max_age=ONE_YEAR)
    return response
