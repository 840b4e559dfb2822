"""The style sheet: parts split by concern, joined once into the one file a page asks for.

Joining here rather than with `@import` saves the browser a round trip for each part, and rather than with a build
step keeps "what ships is what you edit" true, comments and indentation aside: a changed part is a new digest, so
caches may keep the file for ever.
"""

from __future__ import annotations

import gzip
import re
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.templatetags.static import static
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.views.decorators.http import require_safe

STYLES: Final = Path(__file__).parent / "styles"
PARTS: Final = tuple(
    STYLES / f"{name}.css"
    for name in (
        "tokens",
        "base",
        "layout",
        "components/navigation",
        "components/controls",
        "components/cards",
        "components/marks",
        "components/tables",
        "components/lists",
        "components/list_parts",
        "components/details",
        "components/ecosystem",
        "components/checks",
        "components/inbox",
        "components/conversations",
        "components/dialogs",
        "components/palette",
        "components/file_drop",
        "components/import_preview",
        "components/matrix",
        "components/messages",
        "components/places",
        "components/account",
        "components/settings",
        "components/wizard",
        "components/portal",
        "components/notices",
        "components/api",
        "components/styleguide",
        "charts",
        "utilities",
        "forced_colors",
        "print",
    )
)
"""In the order of the cascade; the layers named at the head of `tokens.css` decide all else."""

ONE_YEAR: Final = 365 * 24 * 60 * 60
_FOR_US: Final = re.compile(r"/\*.*?\*/|^\s+", re.DOTALL | re.MULTILINE)
"""Comments and indentation: a browser needs neither, and they are a fifth of the file."""
_STATIC_URL: Final = re.compile(r'url\("static:([^"]+)"\)')


@dataclass(frozen=True, slots=True)
class StyleSheet:
    """The joined style sheet, as it is and compressed."""

    text: bytes
    compressed: bytes
    digest: str


def style_sheet() -> StyleSheet:
    """Return the style sheet of the parts as they are on disk now."""
    return _joined(tuple(part.stat().st_mtime_ns for part in PARTS))


@lru_cache(maxsize=1)
def _joined(_stamps: tuple[int, ...]) -> StyleSheet:
    source = _FOR_US.sub("", "\n".join(part.read_text(encoding="utf-8") for part in PARTS)).lstrip()
    text = _STATIC_URL.sub(lambda match: f'url("{static(match[1])}")', source).encode()
    return StyleSheet(text, gzip.compress(text, compresslevel=9, mtime=0), sha256(text).hexdigest()[:16])


@require_safe
def serve_style_sheet(request: HttpRequest, digest: str) -> HttpResponse:
    """Answer with the style sheet; a page of an older release gets today's, but may not keep it."""
    sheet = style_sheet()
    compress = "gzip" in request.headers.get("Accept-Encoding", "")
    response = HttpResponse(sheet.compressed if compress else sheet.text, content_type="text/css; charset=utf-8")
    if compress:
        response["Content-Encoding"] = "gzip"
    patch_vary_headers(response, ["Accept-Encoding"])
    if digest == sheet.digest:
        patch_cache_control(response, public=True, immutable=True, max_age=ONE_YEAR)
    else:
        patch_cache_control(response, no_cache=True)
    return response
