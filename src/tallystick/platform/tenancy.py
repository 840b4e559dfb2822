"""The wall between tenants: every query runs inside a scope, and PostgreSQL enforces it below.

A scope is a workspace and, within it, either the vendor's side (sees every partner) or one partner's. It is
kept twice: in a context variable, so that a query without one fails here with a clear error, and in settings of
the database session, which the row-level security policies read. Without a scope PostgreSQL shows no row.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from django.db import connection, models

from tallystick.platform.database.roles import accepts_statements

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

EVERY_PARTNER = "*"


class ScopeMissing(RuntimeError):
    """Raised when tenant rows are asked for outside a scope: wrap the call in `tenancy.scope(...)`."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose rows may be seen: a workspace, one partner of it or all, and the person who looks."""

    workspace_id: int | None = None
    partner_id: int | None = None
    person_id: int | None = None

    @property
    def settings(self) -> dict[str, str]:
        """Return the database session settings that the row-level security policies read."""
        inside = self.workspace_id is not None
        partner = str(self.partner_id) if self.partner_id is not None else EVERY_PARTNER
        return {
            "tallystick.workspace": str(self.workspace_id) if inside else "",
            "tallystick.partner": partner if inside else "",
            "tallystick.person": str(self.person_id) if self.person_id is not None else "",
        }


NO_SCOPE = Scope()
_current: ContextVar[Scope] = ContextVar("tallystick_scope", default=NO_SCOPE)


def current_scope() -> Scope:
    """Return the scope this code runs in; `NO_SCOPE` outside any."""
    return _current.get()


def current_workspace_id() -> int:
    """Return the workspace of the current scope, or raise `ScopeMissing`."""
    workspace_id = _current.get().workspace_id
    if workspace_id is None:
        raise ScopeMissing("No workspace is in scope. Wrap the call in tenancy.scope(workspace_id=...).")
    return workspace_id


@contextmanager
def scope(*, workspace_id: int, partner_id: int | None = None, person_id: int | None = None) -> Iterator[Scope]:
    """Run the block as one workspace, on the vendor's side or, with `partner_id`, as that partner."""
    entered = Scope(workspace_id, partner_id, person_id or _current.get().person_id)
    with _entered(entered):
        yield entered


@contextmanager
def vendor_side() -> Iterator[Scope]:
    """Look with the vendor's eyes inside a partner's scope, for checks that must see other partners' claims.

    What is found there must leave only as an answer the policy allows.
    """
    entered = replace(_current.get(), partner_id=None)
    if entered.workspace_id is None:
        raise ScopeMissing("vendor_side() needs a scope around it.")
    with _entered(entered):
        yield entered


@contextmanager
def same_scope(kept: Scope) -> Iterator[Scope]:
    """Run the block in a scope that was kept: for what goes on after its request has left it, such as a long file."""
    with _entered(kept):
        yield kept


@contextmanager
def person_scope(person_id: int) -> Iterator[Scope]:
    """Run the block as a person without a workspace: only that person's own memberships are visible."""
    entered = Scope(person_id=person_id)
    with _entered(entered):
        yield entered


@contextmanager
def _entered(entered: Scope) -> Iterator[None]:
    token = _current.set(entered)
    try:
        apply_scope(connection)
        yield
    finally:
        _current.reset(token)
        # In a failed transaction no statement runs any more; its rollback restores the settings by itself.
        if accepts_statements(connection):
            apply_scope(connection)


def apply_scope(database: BaseDatabaseWrapper) -> None:
    """Write the current scope into the database session (also called after every reconnect)."""
    pairs = _current.get().settings
    statement = "SELECT " + ", ".join("set_config(%s, %s, false)" for _ in pairs)
    with database.cursor() as cursor:
        cursor.execute(statement, [part for pair in pairs.items() for part in pair])


class Visibility(Enum):
    """Who may see a table's rows within a workspace; the row-level security policy follows from it."""

    VENDOR = "vendor side only"
    SHARED = "the whole workspace reads, the vendor side writes"
    PARTNER = "each partner reads, adds and changes its own rows, the vendor side sees all"
    PARTNER_READS = "each partner reads its own rows, only the vendor side writes"


Row = TypeVar("Row", bound=models.Model, covariant=True)
Owned = TypeVar("Owned", bound="TenantModel")


class TenantManager(models.Manager[Row]):
    """A manager that refuses to build a query outside a scope and filters by the workspace inside one."""

    def get_queryset(self) -> models.QuerySet[Row]:
        """Return the rows of the current workspace, or raise `ScopeMissing`."""
        return super().get_queryset().filter(workspace_id=current_workspace_id())


class TenantModel(models.Model):
    """Base of every table that belongs to a workspace; the concrete model declares its `visibility`.

    `append_only` tables refuse UPDATE and DELETE; `frozen_once` names a column after which, once set, a row refuses
    them. Both are triggers, made with the policies after each migration (`platform/database/security.py`).
    `person_reads_own` lets the person named in `person` read the row without a workspace: how a sign-in finds out
    where it may go.
    """

    visibility: ClassVar[Visibility]
    append_only: ClassVar[bool] = False
    frozen_once: ClassVar[str] = ""
    partner_column: ClassVar[str] = "partner_id"
    person_reads_own: ClassVar[bool] = False

    workspace = models.ForeignKey("platform.Workspace", on_delete=models.PROTECT, related_name="+")

    objects: ClassVar[TenantManager[Self]] = TenantManager()

    class Meta:
        abstract = True


def own_rows(model: type[Owned]) -> models.QuerySet[Owned]:
    """Return the rows that name the person in scope, in whichever workspace: how a sign-in finds where it may go.

    For models with `person_reads_own`. Raises `ScopeMissing` outside `person_scope`.
    """
    person_id = _current.get().person_id
    if person_id is None or not model.person_reads_own:
        raise ScopeMissing("Ask for somebody's own rows inside tenancy.person_scope(...).")
    return model._base_manager.filter(person_id=person_id)


def tenant_models() -> list[type[TenantModel]]:
    """Return every concrete tenant model of the installed modules, by table name."""
    from django.apps import apps

    found: list[Any] = [model for model in apps.get_models() if issubclass(model, TenantModel)]
    return sorted(found, key=lambda model: str(model._meta.db_table))
