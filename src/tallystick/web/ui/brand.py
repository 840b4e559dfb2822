"""The vendor's accent on its pages: a style sheet of a few lines, at an address made from the colour itself.

The policy of the pages allows no style in them, so the tokens of the accent are overruled by a file. It says nothing
about who uses it, so it needs no sign-in, and browsers may keep it for ever: another colour is another address.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from typing import Final

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from tallystick.kernel.colours import NotAColour, corrected_accent
from tallystick.web.access import open_to_everyone
from tallystick.web.ui.assets import ONE_YEAR

_TEMPLATE: Final = """\
:root {{
  --accent: light-dark({accent.text_on_light}, {accent.text_on_dark});
  --accent-solid: {accent.solid};
  --accent-solid-hover: {accent.solid_hover};
  --accent-tint: light-dark({accent.tint_on_light}, {accent.tint_on_dark});
  --logo-from: {accent.solid};
  --logo-to: {accent.solid_hover};
}}
"""


@lru_cache(maxsize=256)
def accent_sheet(accent: str) -> str:
    """Return the style sheet for a chosen accent, each use corrected to what can be read. Raises NotAColour."""
    return _TEMPLATE.format(accent=corrected_accent(accent))


def accent_sheet_url(accent: str) -> str:
    """Return the address of the accent's style sheet as it is now. Raises NotAColour."""
    return reverse("accent_sheet", args=[accent.removeprefix("#").lower(), _digest(accent_sheet(accent))])


@open_to_everyone
@require_safe
def serve_accent_sheet(_request: HttpRequest, accent: str, digest: str) -> HttpResponse:
    """Answer with the accent's style sheet; a page of an older release gets today's, but may not keep it."""
    try:
        text = accent_sheet(accent)
    except NotAColour as refused:
        raise Http404 from refused
    response = HttpResponse(text, content_type="text/css; charset=utf-8")
    if digest == _digest(text):
        patch_cache_control(response, public=True, immutable=True, max_age=ONE_YEAR)
    else:
        patch_cache_control(response, no_cache=True)
    return response


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:8]
