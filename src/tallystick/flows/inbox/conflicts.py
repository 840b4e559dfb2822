"""Conflicts that wait for a ruling, as the inbox shows them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from django.utils.translation import gettext as _

from tallystick.deals.models import Conflict, ConflictState
from tallystick.flows.inbox.items import InboxItem, ItemKind, Page

LIMIT: Final = 200


def conflict_items() -> Iterator[InboxItem]:
    """Yield the cases that wait for a ruling, or for another one after an appeal."""
    waiting = Conflict.objects.filter(state__in=[ConflictState.OPEN, ConflictState.APPEALED])
    for row in waiting.order_by("due_at", "pk")[:LIMIT]:
        appealed = row.state == ConflictState.APPEALED
        title = _("Decide the appeal on %(company)s") if appealed else _("Rule the conflict on %(company)s")
        yield InboxItem(
            key=f"conflict:{row.pk}:{row.state}",
            kind=ItemKind.CONFLICT,
            title=title % {"company": row.company},
            note=f"{row.reference}, {row.get_kind_display()}",
            since=row.opened_at,
            due=row.due_at,
            page=Page("conflict", row.pk),
        )
