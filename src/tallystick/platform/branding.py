"""The vendor's logo and accent: checked, corrected so that they can be read, and kept.

An uploaded logo is never served: it is read, and drawn anew as a PNG that holds nothing but its pixels.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final

from django.db import transaction
from PIL import Image, UnidentifiedImageError

from tallystick.kernel.colours import Accent, corrected_accent
from tallystick.platform.activity import record_activity
from tallystick.platform.actors import Actor
from tallystick.platform.models import Workspace, WorkspaceLogo
from tallystick.platform.tenancy import current_workspace_id

LARGEST_LOGO: Final = 2 * 1024 * 1024
_FORMATS: Final = ("PNG", "JPEG", "WEBP")
_MOST_PIXELS: Final = 24_000_000
_SHOWN_AT_MOST: Final = (512, 192)
"""Width and height a logo is kept in: twice what any page shows."""


class LogoRefused(ValueError):
    """Raised for a file that is no picture we draw; `reason` is "size", "format" or "pixels"."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"The logo is refused: {reason}.")
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Brand:
    """What a workspace wears: the accent as chosen ("" for ours), and the name of its logo ("" for ours)."""

    accent: str = ""
    logo_digest: str = ""


def brand_of(workspace: Workspace) -> Brand:
    """Return what a workspace wears."""
    return Brand(workspace.accent, workspace.logo_digest)


def logo_of(digest: str) -> bytes | None:
    """Return the logo of the workspace in scope under that name; None where it has another."""
    content = WorkspaceLogo.objects.filter(digest=digest).values_list("content", flat=True).first()
    return bytes(content) if content else None


def drawn_logo(content: bytes) -> bytes:
    """Return a picture drawn anew as a PNG of the size that pages show. Raises `LogoRefused`."""
    if len(content) > LARGEST_LOGO:
        raise LogoRefused("size")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(content), formats=_FORMATS)
            if picture.width * picture.height > _MOST_PIXELS:
                raise LogoRefused("pixels")
            drawn = picture.convert("RGBA")
    except (UnidentifiedImageError, Image.DecompressionBombError, Image.DecompressionBombWarning) as refused:
        raise LogoRefused("format") from refused
    except (OSError, ValueError, SyntaxError) as broken:
        if isinstance(broken, LogoRefused):
            raise
        raise LogoRefused("format") from broken
    drawn.thumbnail(_SHOWN_AT_MOST, Image.Resampling.LANCZOS)
    clean = Image.new("RGBA", drawn.size)
    clean.paste(drawn)
    written = io.BytesIO()
    clean.save(written, format="PNG", optimize=True)
    return written.getvalue()


@transaction.atomic
def change_accent(actor: Actor, *, accent: str, at: datetime) -> Accent | None:
    """Choose the accent of the workspace in scope, or with "" ours again; return what each use became.

    Raises `NotAColour`.
    """
    corrected = corrected_accent(accent) if accent else None
    workspace = Workspace.objects.select_for_update().get(pk=current_workspace_id())
    before, workspace.accent = workspace.accent, corrected.chosen if corrected else ""
    if before != workspace.accent:
        workspace.save(update_fields=["accent"])
        _record(actor, f"The accent is {workspace.accent or 'ours'} now", {"accent": [before, workspace.accent]}, at)
    return corrected


@transaction.atomic
def change_logo(actor: Actor, *, content: bytes | None, at: datetime) -> None:
    """Give the workspace in scope a logo, or with None ours again. Raises `LogoRefused`."""
    drawn = drawn_logo(content) if content is not None else None
    workspace = Workspace.objects.select_for_update().get(pk=current_workspace_id())
    before, workspace.logo_digest = workspace.logo_digest, sha256(drawn).hexdigest()[:16] if drawn else ""
    if before == workspace.logo_digest:
        return
    workspace.save(update_fields=["logo_digest"])
    if drawn is None:
        WorkspaceLogo.objects.all().delete()
    else:
        WorkspaceLogo.objects.update_or_create(
            workspace_id=workspace.pk, defaults={"digest": workspace.logo_digest, "content": drawn}
        )
    summary = "The logo was changed" if drawn else "The logo was removed"
    _record(actor, summary, {"logo": [before, workspace.logo_digest]}, at)


def _record(actor: Actor, summary: str, data: dict[str, list[str]], at: datetime) -> None:
    record_activity(
        actor,
        verb="brand_changed",
        subject_kind="workspace",
        subject_id=current_workspace_id(),
        summary=summary,
        data=data,
        at=at,
    )
