"""A colour shown as a small picture: the policy of the pages allows no colour written into them."""

from __future__ import annotations

from typing import Final

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from tallystick.kernel.colours import NotAColour, colour
from tallystick.web.access import open_to_everyone
from tallystick.web.ui.assets import ONE_YEAR

_SQUARE: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="48" height="24"><rect width="48" height="24" fill="{}"/></svg>'
)


def swatch_url(shade: str) -> str:
    """Return the address of a small picture of the colour."""
    return reverse("swatch", args=[shade.removeprefix("#")])


@open_to_everyone
@require_safe
def serve_swatch(_request: HttpRequest, shade: str) -> HttpResponse:
    """Answer with a rectangle in the colour; it says nothing about anybody, so it needs no sign-in."""
    try:
        known = colour(shade)
    except NotAColour as refused:
        raise Http404 from refused
    response = HttpResponse(_SQUARE.format(known), content_type="image/svg+xml")
    patch_cache_control(response, public=True, immutable=True, max_age=ONE_YEAR)
    return response
