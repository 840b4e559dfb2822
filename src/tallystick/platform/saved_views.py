"""Views of lists that people keep: saved under a name, changed, removed and brought back, and which one opens first.

A view belongs to a person on one side: the vendor's, or a partner's. Shared ones are read by everyone on that side and
changed only by whoever made them.
"""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from tallystick.platform.activity import record_activity
from tallystick.platform.actors import Actor
from tallystick.platform.models import DefaultView, Person, SavedView
from tallystick.platform.tenancy import current_scope, current_workspace_id

NAME_LENGTH = 60


class NameTaken(ValueError):
    """Raised where the person has a view of that name on the list already."""

    def __init__(self, name: str) -> None:
        super().__init__(f"You have a view named {name} here already. Update it, or choose another name.")


def views_of(*, person: Person, list_name: str) -> QuerySet[SavedView]:
    """Return the person's own views of a list and those shared with its side, by name."""
    views = SavedView.objects.filter(
        Q(person=person) | Q(is_shared=True),
        partner_id=current_scope().partner_id,
        list_name=list_name,
        removed_at__isnull=True,
    )
    return views.order_by("name", "pk")


def default_view(*, person: Person, list_name: str) -> str | None:
    """Return the query in which a list opens for the person; None for the usual one."""
    return _defaults(person, list_name).values_list("query", flat=True).first()


@transaction.atomic
def save_view(
    actor: Actor, *, person: Person, list_name: str, name: str, query: str, is_shared: bool, at: datetime
) -> SavedView:
    """Keep a state of a list under a name. Raises `NameTaken`."""
    try:
        with transaction.atomic():
            view = SavedView.objects.create(
                workspace_id=current_workspace_id(),
                partner_id=current_scope().partner_id,
                person=person,
                list_name=list_name,
                name=name,
                query=query,
                is_shared=is_shared,
                created_at=at,
            )
    except IntegrityError as taken:
        raise NameTaken(name) from taken
    _record(actor, view, verb="view_saved", words="was saved", at=at)
    return view


@transaction.atomic
def update_view(
    actor: Actor, *, person: Person, view_id: int, name: str, query: str, is_shared: bool, at: datetime
) -> SavedView:
    """Change a view's name, state or whether it is shared. Raises `SavedView.DoesNotExist` and `NameTaken`."""
    view = _own(person, view_id)
    view.name, view.query, view.is_shared = name, query, is_shared
    try:
        with transaction.atomic():
            view.save(update_fields=["name", "query", "is_shared"])
    except IntegrityError as taken:
        raise NameTaken(name) from taken
    _record(actor, view, verb="view_changed", words="was changed", at=at)
    return view


@transaction.atomic
def remove_view(actor: Actor, *, person: Person, view_id: int, at: datetime) -> SavedView:
    """Take a view away; `restore_view` brings it back. Raises `SavedView.DoesNotExist`."""
    view = _own(person, view_id)
    view.removed_at = at
    view.save(update_fields=["removed_at"])
    _record(actor, view, verb="view_removed", words="was removed", at=at)
    return view


@transaction.atomic
def restore_view(actor: Actor, *, person: Person, view_id: int, at: datetime) -> SavedView:
    """Bring a removed view back. Raises `SavedView.DoesNotExist` and `NameTaken`."""
    view = _own(person, view_id)
    view.removed_at = None
    try:
        with transaction.atomic():
            view.save(update_fields=["removed_at"])
    except IntegrityError as taken:
        raise NameTaken(view.name) from taken
    _record(actor, view, verb="view_restored", words="was brought back", at=at)
    return view


@transaction.atomic
def open_first(*, person: Person, list_name: str, query: str) -> None:
    """Let a list open in a state for the person from now on; "" is its usual state again.

    A habit of one reader and nothing anyone else sees: the activity stream does not tell of it.
    """
    if not query:
        # A partner's person may not delete rows; an empty query says the same.
        _defaults(person, list_name).update(query="")
        return
    DefaultView.objects.update_or_create(
        workspace_id=current_workspace_id(),
        partner_id=current_scope().partner_id,
        person=person,
        list_name=list_name,
        defaults={"query": query},
    )


def _own(person: Person, view_id: int) -> SavedView:
    own = SavedView.objects.select_for_update()
    return own.get(pk=view_id, person=person, partner_id=current_scope().partner_id)


def _defaults(person: Person, list_name: str) -> QuerySet[DefaultView]:
    return DefaultView.objects.filter(person=person, partner_id=current_scope().partner_id, list_name=list_name)


def _record(actor: Actor, view: SavedView, *, verb: str, words: str, at: datetime) -> None:
    record_activity(
        actor,
        verb=verb,
        subject_kind="saved_view",
        subject_id=view.pk,
        summary=f"The view {view.name} of {view.list_name.replace('_', ' ')} {words}",
        data={"list": view.list_name, "query": view.query, "shared": view.is_shared},
        partner_id=view.partner_id,
        at=at,
    )
