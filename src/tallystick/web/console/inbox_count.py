"""How much waits for the viewer, for the badge in the navigation.

Counting asks every module, and the badge is on every page: the count is kept until something happens in the workspace
(the place of the last entry in the activity stream is part of its key) or five minutes have passed, for clocks.
"""

from __future__ import annotations

from typing import Final

from django.core.cache import cache

from tallystick.flows.inbox.reading import Whose, read_inbox
from tallystick.platform.access import Viewer
from tallystick.platform.clock import now
from tallystick.platform.models import ActivityEntry

KEPT: Final = 300
"""Seconds."""


def waiting_count(viewer: Viewer) -> int:
    """Return how many things wait for the viewer. One query, and those of the inbox when something has happened."""
    key = _key(viewer)
    known = cache.get(key)
    if isinstance(known, int):
        return known
    count = len(read_inbox(viewer, at=now()).of(Whose.MINE))
    cache.set(key, count, KEPT)
    return count


def keep_count(viewer: Viewer, count: int) -> None:
    """Keep what a page has counted anyway, so that the badge beside it says the same and costs nothing."""
    cache.set(_key(viewer), count, KEPT)


def forget_count(viewer: Viewer) -> None:
    """Count again for the next page: what the viewer put off is written into no stream."""
    cache.delete(_key(viewer))


def _key(viewer: Viewer) -> str:
    last = ActivityEntry.objects.order_by("-position").values_list("position", flat=True).first()
    return f"inbox:{viewer.workspace.pk}:{viewer.person.pk}:{viewer.role}:{last or 0}"
