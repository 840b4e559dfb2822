"""Saved views of a list, as tabs beside its fixed ones."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import QueryDict
from django.utils.translation import gettext as _

from tallystick.platform.access import Permission, Viewer
from tallystick.platform.models import SavedView
from tallystick.platform.saved_views import views_of
from tallystick.web.listing.address import SAVED, VIEW
from tallystick.web.listing.lists import TablePage
from tallystick.web.ui.components import Link


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewTabs:
    """The views of a list: fixed ones first, then those that people saved; and what can be kept of the present state.

    `current` is the saved view the address came from; `is_changed` tells that the address asks for something else now.
    """

    links: list[Link]
    state: str
    current: SavedView | None
    is_changed: bool
    is_own: bool
    is_default: bool
    may_share: bool
    may_save: bool
    """Who looks at the portal as a partner changes nothing, views included."""


def view_tabs(shown: TablePage, viewer: Viewer, usual: str) -> ViewTabs:
    """Return the views of a list for a viewer; `usual` is the query it opens in for that person. One query."""
    views = list(views_of(person=viewer.person, list_name=shown.name))
    marked = shown.parameters.get(SAVED, "")
    current = next((view for view in views if str(view.pk) == marked), None)
    fixed = shown.views or [_whole(shown)]
    links = [
        *(
            Link(label=link.label, url=link.url, current=link.current and current is None, count=link.count)
            for link in fixed
        ),
        *(_link(view, current) for view in views),
    ]
    if current is None and not any(link.current for link in links):
        links[0] = Link(label=links[0].label, url=links[0].url, count=links[0].count, current=True)
    return ViewTabs(
        links=links,
        state=shown.state,
        current=current,
        is_changed=current is not None and not _same(current.query, shown.state),
        is_own=current is not None and current.person_id == viewer.person.pk,
        is_default=bool(usual) and _same(usual, shown.state),
        may_share=viewer.may(Permission.SHARE_VIEWS),
        may_save=not viewer.is_viewing_as_partner,
    )


def address_of(view: SavedView) -> str:
    """Return the query that opens a saved view: its state spelt out, so that the link works for whoever gets it."""
    return f"?{SAVED}={view.pk}&{view.query}" if view.query else f"?{SAVED}={view.pk}"


def _link(view: SavedView, current: SavedView | None) -> Link:
    return Link(
        label=view.name, url=address_of(view), current=view == current, icon="users-round" if view.is_shared else ""
    )


def _whole(shown: TablePage) -> Link:
    label = _("All %(things)s") % {"things": shown.listing.things}
    return Link(label=label, url=f"?{VIEW}=all", current=not shown.asked.is_narrowed and SAVED not in shown.parameters)


def _same(one: str, other: str) -> bool:
    return _canonical(one) == _canonical(other)


def _canonical(query: str) -> list[tuple[str, list[str]]]:
    """Return what a query asks, whatever the order of its parameters; the view "all" is the same as none."""
    pairs = dict(QueryDict(query).lists())
    if pairs.get(VIEW) == ["all"]:
        del pairs[VIEW]
    return sorted((name, [str(value) for value in values]) for name, values in pairs.items() if any(values))
