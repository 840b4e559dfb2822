"""Whether the program can do its work: the checks behind `/health/ready` and `tallystick doctor`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import DatabaseError

from tallystick.platform.database.catalogue import read_catalogue
from tallystick.platform.database.roles import APP_ROLE
from tallystick.platform.tenancy import tenant_models


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: whether it is as it must be, and in a sentence what was found."""

    holds: bool
    subject: str
    sentence: str


def database_answers() -> Finding:
    """Tell whether the database answers under the application role."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT current_user, rolsuper OR rolbypassrls, current_setting('server_version') "
                "FROM pg_roles WHERE rolname = current_user"
            )
            role, unbound, version = cursor.fetchone()
    except DatabaseError as error:
        return Finding(holds=False, subject="database", sentence=f"does not answer: {str(error).strip()}")
    if role != APP_ROLE or unbound:
        return Finding(
            holds=False,
            subject="database",
            sentence=f"answers as {role}, which policies do not bind. Run: tallystick migrate",
        )
    return Finding(holds=True, subject="database", sentence=f"PostgreSQL {version} answers as {role}")


def migrations_applied() -> Finding:
    """Tell whether the tables are those this version of the program expects."""
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        return Finding(holds=False, subject="migrations", sentence=f"{len(missing)} to apply. Run: tallystick migrate")
    return Finding(holds=True, subject="migrations", sentence="all applied")


def ready() -> tuple[Finding, ...]:
    """Return what decides whether requests may come in; stops at the first that does not hold."""
    database = database_answers()
    return (database, migrations_applied()) if database.holds else (database,)


def wall_findings() -> Iterator[Finding]:
    """Look at every table of every tenant: bound by policies, owned by another role, append-only where it must be."""
    catalogue = read_catalogue(connection)
    for model in tenant_models():
        name = model._meta.db_table
        table = catalogue.get(name)
        faults = ["does not exist"] if table is None else list(table.faults(append_only=model.append_only))
        if faults:
            yield Finding(holds=False, subject=name, sentence=f"{'; '.join(faults)}. Run: tallystick migrate")
    yield Finding(holds=True, subject="wall", sentence=f"{len(tenant_models())} tenant tables looked at")
