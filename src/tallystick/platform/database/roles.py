"""The two faces of a database login: the application role that policies bind, and the owner of the tables."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg.pq import TransactionStatus

APP_ROLE = "tallystick_app"

_owner: ContextVar[bool] = ContextVar("tallystick_acts_as_owner", default=False)


def acts_as_owner() -> bool:
    """Tell whether this code runs inside `as_owner`, so that new sessions keep the login's rights."""
    return _owner.get()


@contextmanager
def as_owner(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Run the block with the rights of the login that owns the tables; policies do not bind it.

    For migrations, for setting up the policies and for tests that build a database. Never around a request or a
    job.
    """
    token = _owner.set(True)
    try:
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")
        yield
    finally:
        _owner.reset(token)
        # Inside a failed transaction nothing can run; its rollback undoes the RESET above by itself.
        if not acts_as_owner() and accepts_statements(connection):
            take_app_role(connection)


def take_app_role(connection: BaseDatabaseWrapper) -> None:
    """Make the session act as the application role; does nothing before the role was created by `migrate`."""
    raw: Any = connection.connection
    with raw.cursor() as cursor:
        cursor.execute("SELECT set_config('role', rolname, false) FROM pg_roles WHERE rolname = %s", [APP_ROLE])


def accepts_statements(connection: BaseDatabaseWrapper) -> bool:
    """Tell whether the session is open and not inside a failed transaction."""
    raw: Any = connection.connection
    if raw is None or raw.closed or connection.needs_rollback:
        return False
    return bool(raw.info.transaction_status != TransactionStatus.INERROR)
