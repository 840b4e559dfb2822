"""QR codes in the page: dark on light in either theme, as cameras want it (see `.qr`)."""

from __future__ import annotations

from django.utils.safestring import SafeString, mark_safe


def qr_code(drawn: str) -> SafeString:
    """Return a QR code that `qrcode` has drawn as an SVG file as an element of the page: squares only, no text."""
    return mark_safe(drawn.partition("?>")[2] or drawn)  # noqa: S308 - squares drawn by the library
