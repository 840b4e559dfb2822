"""One migrated database of a run that its parallel processes clone: to migrate takes each many seconds, to clone none.

Django makes a test database from the one named in `TEST["TEMPLATE"]`; its own migrations then find nothing to do.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test.utils import setup_databases, teardown_databases

from tallystick.platform.database.security import secure


@contextmanager
def run_template(connection: BaseDatabaseWrapper, *, run: str) -> Iterator[None]:
    """Make new test databases from the template of the run; the process that asks first makes it and removes it.

    Runs with the owner's rights. Whoever asks after it was removed makes it again.
    """
    name = f"test_template_{run}"
    made = Path(settings.VAR) / f"template-{run}"
    with _locked(made):
        if not made.exists():
            _make(connection, name)
            made.write_text(str(os.getpid()))
    connection.settings_dict["TEST"]["TEMPLATE"] = name
    try:
        yield
    finally:
        with _locked(made):
            if made.exists() and made.read_text() == str(os.getpid()):
                with connection._nodb_cursor() as cursor:
                    cursor.execute(f"DROP DATABASE {connection.ops.quote_name(name)}")
                made.unlink()


def _make(connection: BaseDatabaseWrapper, name: str) -> None:
    own = connection.settings_dict["TEST"]["NAME"]
    connection.settings_dict["TEST"]["NAME"] = name
    try:
        databases = setup_databases(verbosity=0, interactive=False, serialized_aliases=set())
        secure(connection)
        # Kept: only the connection to it ends, for who makes a database from another one must be alone.
        teardown_databases(databases, verbosity=0, keepdb=True)
    finally:
        connection.settings_dict["TEST"]["NAME"] = own


@contextmanager
def _locked(beside: Path) -> Iterator[None]:
    with beside.with_suffix(".lock").open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
