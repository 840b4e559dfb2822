"""Why a file is not kept, in words for whoever sent it."""

from __future__ import annotations

from django.utils.translation import gettext as _

from tallystick.platform.files.media_types import LARGEST_BYTES, MEGABYTE, MOST_AT_ONCE, FileRefused, Refusal


def refusal_words(refused: FileRefused) -> str:
    """Say why an upload was not kept and what would be."""
    match refused.refusal:
        case Refusal.EMPTY:
            return _("%(name)s is empty.") % {"name": refused.name}
        case Refusal.TOO_MANY:
            return _("%(name)s is one too many: at most %(most)d files are kept at once.") % {
                "name": refused.name,
                "most": MOST_AT_ONCE,
            }
        case Refusal.TOO_LARGE:
            most = LARGEST_BYTES // MEGABYTE
            return _("%(name)s is larger than %(most)d MB. Make it smaller, or send a link to it.") % {
                "name": refused.name,
                "most": most,
            }
        case Refusal.NAME_PROMISES_OTHER:
            return _("%(name)s holds something else than its name says. It would be kept as %(allowed)s.") % {
                "name": refused.name,
                "allowed": ", ".join(refused.allowed),
            }
        case Refusal.UNKNOWN_CONTENT | Refusal.NOT_ALLOWED_HERE:
            return _("%(name)s is not of a kind that is kept here. These are: %(allowed)s.") % {
                "name": refused.name,
                "allowed": ", ".join(refused.allowed),
            }
