"""The command palette: one field over pages, actions and records, each only if this viewer may open it.

The field stands in both shells (`ui/palette/dialog.html`) and asks its address with every pause in typing; without a
script the same address is a page of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from django.http import HttpRequest
from django.utils.translation import gettext as _

from tallystick.platform.database.search import words_of
from tallystick.web.ui.components import Link

LONGEST: Final = 100
"""Characters of a search that are read."""
PART: Final = "part"
"""The parameter by which the script asks for the options alone."""


class How(Enum):
    """What choosing an item does."""

    OPEN = "open"
    SEND = "send"
    SWITCH_THEME = "switch-theme"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing to choose: where it leads, or what it sends its address a form for."""

    label: str
    url: str = ""
    note: str = ""
    icon: str = "arrow-right"
    how: How = How.OPEN
    words: str = ""
    """More words it is found by; nobody sees them."""

    def matches(self, sought: Sequence[str]) -> bool:
        """Tell whether each word typed begins a word of it."""
        own = words_of(f"{self.label} {self.note} {self.words}")
        return all(any(word.startswith(typed) for word in own) for typed in sought)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Items of one sort under their heading."""

    heading: str
    items: tuple[Item, ...]


def typed_in(request: HttpRequest) -> str:
    """Return what was typed, without needless blanks."""
    return " ".join(request.GET.get("q", "").replace("\0", " ").split())[:LONGEST]


def pages_group(links: Iterable[Link], typed: str) -> Group:
    """Return the pages of a navigation that the words typed find; all of them where nothing is typed."""
    items = (
        Item(label=str(link.label), url=link.url, icon=link.icon or "arrow-right", note=link.keys) for link in links
    )
    return Group(heading=_("Pages"), items=_found(items, typed))


def actions_group(actions: Iterable[Item], typed: str) -> Group:
    """Return the actions that the words typed find; all of them where nothing is typed."""
    return Group(heading=_("Actions"), items=_found(actions, typed))


def switch_theme() -> Item:
    """Return the action that every viewer has."""
    return Item(
        label=_("Switch between light and dark"),
        icon="sun-moon",
        how=How.SWITCH_THEME,
        words=_("theme dark light mode"),
    )


def palette_context(typed: str, groups: Iterable[Group]) -> dict[str, Any]:
    """Return what the options are drawn from; groups in which nothing was found are left out."""
    shown = [group for group in groups if group.items]
    return {"groups": shown, "typed": typed, "count": sum(len(group.items) for group in shown)}


def wants_options(request: HttpRequest) -> bool:
    """Tell whether the script asks for the options alone, not for a page."""
    return PART in request.GET


def _found(items: Iterable[Item], typed: str) -> tuple[Item, ...]:
    sought = words_of(typed)
    if typed and not sought:
        return ()
    return tuple(item for item in items if item.matches(sought))
