"""The inbox of a person: what waits, without what was put off or done, the most pressing first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tallystick.flows.inbox.items import InboxItem, ItemKind
from tallystick.flows.inbox.sources import SOURCES, Asking
from tallystick.platform.access import Viewer
from tallystick.platform.inbox_marks import Marks, marks_of
from tallystick.platform.models import InboxMark


class Whose(StrEnum):
    """Which things a person looks at."""

    MINE = "mine"
    EVERYONE = "everyone"
    SNOOZED = "snoozed"


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing that waits, with what is marked of it; `until` is set while this person has put it off."""

    item: InboxItem
    assigned_to: str = ""
    assigned_to_id: int | None = None
    until: datetime | None = None

    def is_mine(self, person_id: int) -> bool:
        """Tell whether it waits for the person: given to them, or theirs and nobody's else."""
        if self.assigned_to_id is not None:
            return self.assigned_to_id == person_id
        return self.item.owner_id in {None, person_id}


@dataclass(frozen=True, slots=True)
class KindCount:
    """How many things of a kind wait, with the most pressing of them."""

    kind: ItemKind
    count: int
    first: Waiting


@dataclass(frozen=True, slots=True)
class Inbox:
    """Everything that a person may do something about, the most pressing first."""

    person_id: int
    at: datetime
    items: tuple[Waiting, ...]

    def of(self, whose: Whose) -> list[Waiting]:
        """Return what is the person's, everybody's, or put off by the person; what was put off is in no other."""
        match whose:
            case Whose.SNOOZED:
                return [waiting for waiting in self.items if waiting.until is not None]
            case Whose.MINE:
                return [waiting for waiting in self.items if waiting.until is None and waiting.is_mine(self.person_id)]
            case Whose.EVERYONE:
                return [waiting for waiting in self.items if waiting.until is None]


def read_inbox(viewer: Viewer, *, at: datetime) -> Inbox:
    """Return the viewer's inbox. The number of queries depends on the role alone."""
    asking = Asking(viewer, at)
    items = [item for source in SOURCES if source.is_for(viewer) for item in source.read(asking)]
    marks = marks_of([item.key for item in items], person_id=viewer.person.pk)
    waiting = (_marked(item, marks, at=at) for item in items if not _is_done(item, marks.shared.get(item.key)))
    ordered = sorted(waiting, key=lambda each: each.item.urgency(at))
    return Inbox(person_id=viewer.person.pk, at=at, items=tuple(ordered))


def waiting_item(viewer: Viewer, *, key: str, at: datetime) -> InboxItem | None:
    """Return a thing that waits by its key, marked or not; None where it does not, or not for the viewer's role."""
    kind = key.partition(":")[0]
    source = next((source for source in SOURCES if source.kind == kind and source.is_for(viewer)), None)
    found = source.read(Asking(viewer, at)) if source else ()
    return next((item for item in found if item.key == key), None)


def by_kind(waiting: Sequence[Waiting]) -> list[KindCount]:
    """Return the kinds among things that wait, the one with the most pressing first."""
    found: dict[ItemKind, KindCount] = {}
    for each in waiting:
        known = found.get(each.item.kind)
        found[each.item.kind] = KindCount(
            each.item.kind, (known.count if known else 0) + 1, known.first if known else each
        )
    return list(found.values())


def _is_done(item: InboxItem, mark: InboxMark | None) -> bool:
    return mark is not None and mark.done_at is not None and mark.done_at >= item.since


def _marked(item: InboxItem, marks: Marks, *, at: datetime) -> Waiting:
    mark, until = marks.shared.get(item.key), marks.put_off.get(item.key)
    return Waiting(
        item=item,
        assigned_to=str(mark.assigned_to) if mark and mark.assigned_to else "",
        assigned_to_id=mark.assigned_to_id if mark else None,
        until=until if until is not None and until > at else None,
    )
