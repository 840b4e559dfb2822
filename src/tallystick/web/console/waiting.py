"""What needs the viewer, in a line a kind of work: the top of the inbox, of which it is a summary."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tallystick.flows.inbox.items import InboxItem, ItemKind
from tallystick.flows.inbox.reading import KindCount, Whose, by_kind, read_inbox
from tallystick.platform.access import Viewer
from tallystick.platform.clock import now
from tallystick.web.console.inbox import ICONS, age_words, page_url
from tallystick.web.console.inbox_count import keep_count
from tallystick.web.ui.components import TodoItem, Urgency

SHOWN: Final = 6
VERBS: Final[dict[ItemKind, Promise]] = {
    ItemKind.REGISTRATION: gettext_lazy("Decide deal registrations"),
    ItemKind.REQUEST: gettext_lazy("Decide requests of partners"),
    ItemKind.LEAD: gettext_lazy("Answer leads and pass them on"),
    ItemKind.QUESTION: gettext_lazy("Answer partners"),
    ItemKind.MAIL: gettext_lazy("Settle mails that were held or not understood"),
    ItemKind.CONFLICT: gettext_lazy("Rule conflicts"),
    ItemKind.APPROVAL: gettext_lazy("Approve commissions"),
    ItemKind.MONTH: gettext_lazy("Finish the month"),
    ItemKind.BLOCKED: gettext_lazy("Unblock commission lines"),
    ItemKind.GAP: gettext_lazy("Settle attribution gaps"),
    ItemKind.PROTECTION: gettext_lazy("Look at protections that end"),
    ItemKind.SILENCE: gettext_lazy("Give news on silent deals"),
    ItemKind.IMPORT: gettext_lazy("Mend refused rows"),
}


def waiting_items(viewer: Viewer) -> list[TodoItem]:
    """Return what waits for the viewer by kind, the most pressing first. The queries are those of the inbox."""
    at = now()
    mine = read_inbox(viewer, at=at).of(Whose.MINE)
    keep_count(viewer, len(mine))
    return [_item(each, at) for each in by_kind(mine)[:SHOWN]]


def _item(found: KindCount, at: datetime) -> TodoItem:
    first = found.first.item
    urgency = Urgency.LATE if first.is_late(at) else Urgency.WAITING if first.due else Urgency.NORMAL
    return TodoItem(
        label=str(VERBS[found.kind]),
        note=_note(first, at),
        url=page_url(first.page) if found.count == 1 else f"{reverse('console:inbox')}?kind={found.kind.value}",
        icon=ICONS[found.kind],
        count=found.count,
        urgency=urgency,
    )


def _note(first: InboxItem, at: datetime) -> str:
    """Say what presses most: what it is, how long it waits, and its clock."""
    words = {"what": first.title, "age": age_words(first.since, at)}
    if first.due is None:
        return _("%(what)s · waits %(age)s") % words
    if first.due < at:
        return _("%(what)s · %(late)s late") % {**words, "late": age_words(first.due, at)}
    return _("%(what)s · due in %(left)s") % {**words, "left": age_words(at, first.due)}
