"""Builds the wall in PostgreSQL from what the models declare; runs after every migration and changes nothing twice.

The application acts as `tallystick_app`: a role that owns nothing, cannot log in and cannot bypass policies. It may
use a table only after this module has seen it: there are no default privileges, so a new table that was
forgotten is closed, not open. docs/explanation/isolation.md describes what follows for a reader.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, assert_never

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.recorder import MigrationRecorder
from psycopg import errors, sql

from tallystick.platform.database.roles import APP_ROLE, as_owner
from tallystick.platform.tenancy import EVERY_PARTNER, TenantModel, Visibility, tenant_models

APPEND_ONLY_TRIGGER = "tallystick_append_only"
FROZEN_TRIGGER = "tallystick_frozen"
CHAIN_TRIGGER = "tallystick_chain"
POLICY_PREFIX = "tallystick_"

_ALWAYS = sql.SQL("")
_ROLE = sql.Identifier(APP_ROLE)

# Each setting is read in a sub-select: PostgreSQL then evaluates it once a statement, not once a row, and can use
# it to look into an index. A setting that was never made is NULL, one that was reset is ''; both equal no row.
_WORKSPACE = sql.SQL("workspace_id = (SELECT nullif(current_setting('tallystick.workspace', true), '')::bigint)")
_VENDOR_SIDE = sql.SQL("(SELECT current_setting('tallystick.partner', true) = {every})").format(
    every=sql.Literal(EVERY_PARTNER)
)
_OWN_PARTNER = sql.SQL(
    "{column} = (SELECT nullif(nullif(current_setting('tallystick.partner', true), {every}), '')::bigint)"
)
_OWN_PERSON = sql.SQL("person_id = (SELECT nullif(current_setting('tallystick.person', true), '')::bigint)")

_FUNCTIONS = (
    """
    CREATE OR REPLACE FUNCTION tallystick_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'rows of % are kept as they are: they are never changed or removed', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END $$
    """,
    # The chain must see the last entry of the workspace even where a partner writes, who may not read it: the
    # function runs with its owner's rights. That is also why row-level security is not FORCEd on the owner. The
    # lock is held until the transaction ends, so positions are given in the order in which entries commit.
    """
    CREATE OR REPLACE FUNCTION tallystick_chain_activity() RETURNS trigger LANGUAGE plpgsql
        SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    DECLARE
        last record;
    BEGIN
        PERFORM pg_advisory_xact_lock(hashtextextended('tallystick.activity', NEW.workspace_id));
        SELECT position, hash INTO last FROM platform_activityentry
            WHERE workspace_id = NEW.workspace_id ORDER BY position DESC LIMIT 1;
        NEW.position := coalesce(last.position, 0) + 1;
        NEW.previous_hash := coalesce(last.hash, '');
        NEW.hash := encode(sha256(convert_to(NEW.previous_hash || E'\\n' || NEW.body, 'UTF8')), 'hex');
        RETURN NEW;
    END $$
    """,
    # Only its owner may have a table analysed. The function changes no row and reveals none.
    """
    CREATE OR REPLACE FUNCTION tallystick_refresh_statistics(tables text[]) RETURNS void LANGUAGE plpgsql
        SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    DECLARE
        name text;
    BEGIN
        FOREACH name IN ARRAY tables LOOP
            EXECUTE format('ANALYZE public.%I', name);
        END LOOP;
    END $$
    """,
)


def secure(connection: BaseDatabaseWrapper) -> None:
    """Create the application role, the functions and, for each table, its policies, triggers and grants.

    Runs with the owner's rights and may be repeated. Each table is done in a transaction of its own, so that a
    busy system is never locked as a whole. Raises `ImproperlyConfigured` where the login may not create the role.
    """
    with as_owner(connection):
        _create_role(connection)
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            for function in _FUNCTIONS:
                cursor.execute(function)
        for model in tenant_models():
            _execute(connection, [*_tenant_statements(model), *_grants(model)])
        for table in sorted(_global_tables()):
            _execute(connection, [_grant(table, "SELECT, INSERT, UPDATE, DELETE")])
        _execute(connection, [_grant(MigrationRecorder.Migration._meta.db_table, "SELECT")])


def _create_role(connection: BaseDatabaseWrapper) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [APP_ROLE])
        exists = cursor.fetchone() is not None
        cursor.execute("SELECT current_database()")
        (database,) = cursor.fetchone()
    if not exists:
        _create_role_once(connection)
    _execute(
        connection,
        [
            sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(_ROLE),
            sql.SQL("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {}").format(_ROLE),
            sql.SQL("GRANT TEMPORARY ON DATABASE {} TO {}").format(sql.Identifier(database), _ROLE),
            *([] if _may_act_as_app(connection) else [sql.SQL("GRANT {} TO CURRENT_USER").format(_ROLE)]),
        ],
    )


def _create_role_once(connection: BaseDatabaseWrapper) -> None:
    create = sql.SQL("CREATE ROLE {} NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOINHERIT").format(_ROLE)
    try:
        _execute(connection, [create])
    except DatabaseError as error:
        match error.__cause__:
            case errors.DuplicateObject() | errors.UniqueViolation():
                # Roles belong to the whole server: someone has just set up another database on it.
                return
            case errors.InsufficientPrivilege():
                raise ImproperlyConfigured(
                    f"The database login may not create roles. As an administrator run: {create.as_string()}; "
                    f"GRANT {APP_ROLE} TO your_login;"
                ) from error
            case _:
                raise


def _may_act_as_app(connection: BaseDatabaseWrapper) -> bool:
    # PostgreSQL 16 made SET a right of its own; before, membership was enough.
    right = "SET" if connection.pg_version >= 160_000 else "MEMBER"  # type: ignore[attr-defined]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_has_role(current_user, %s, %s)", [APP_ROLE, right])
        return bool(cursor.fetchone()[0])


def _tenant_statements(model: type[TenantModel]) -> Iterator[sql.Composable]:
    table = sql.Identifier(model._meta.db_table)
    yield sql.SQL("ALTER TABLE {} ENABLE ROW LEVEL SECURITY").format(table)
    reads, writes = _conditions(model)
    for command, clauses in (
        ("SELECT", sql.SQL("USING ({reads})")),
        ("INSERT", sql.SQL("WITH CHECK ({writes})")),
        ("UPDATE", sql.SQL("USING ({writes}) WITH CHECK ({writes})")),
        ("DELETE", sql.SQL("USING ({removes})")),
    ):
        policy = sql.Identifier(POLICY_PREFIX + command.lower())
        yield sql.SQL("DROP POLICY IF EXISTS {} ON {}").format(policy, table)
        yield sql.SQL("CREATE POLICY {} ON {} FOR {} TO {} {}").format(
            policy,
            table,
            sql.SQL(command),
            _ROLE,
            clauses.format(reads=reads, writes=writes, removes=_both(_WORKSPACE, _VENDOR_SIDE)),
        )
    if model.append_only:
        yield _trigger(APPEND_ONLY_TRIGGER, table, "BEFORE UPDATE OR DELETE", "STATEMENT", "tallystick_refuse_change")
    if model.frozen_once:
        frozen = sql.SQL("WHEN (OLD.{} IS NOT NULL)").format(sql.Identifier(model.frozen_once))
        yield _trigger(FROZEN_TRIGGER, table, "BEFORE UPDATE OR DELETE", "ROW", "tallystick_refuse_change", frozen)
    if model._meta.label == "platform.ActivityEntry":
        yield _trigger(CHAIN_TRIGGER, table, "BEFORE INSERT", "ROW", "tallystick_chain_activity")


def _conditions(model: type[TenantModel]) -> tuple[sql.Composable, sql.Composable]:
    """Return which rows the application role reads in a scope and which it writes."""
    own_partner = _OWN_PARTNER.format(column=sql.Identifier(model.partner_column), every=sql.Literal(EVERY_PARTNER))
    vendor = _both(_WORKSPACE, _VENDOR_SIDE)
    vendor_or_own = _both(_WORKSPACE, _either(_VENDOR_SIDE, own_partner))
    match model.visibility:
        case Visibility.VENDOR:
            reads, writes = vendor, vendor
        case Visibility.SHARED:
            reads, writes = _WORKSPACE, vendor
        case Visibility.PARTNER:
            reads, writes = vendor_or_own, vendor_or_own
        case Visibility.PARTNER_READS:
            reads, writes = vendor_or_own, vendor
        case _:
            assert_never(model.visibility)
    return (_either(reads, _OWN_PERSON) if model.person_reads_own else reads), writes


def _both(*conditions: sql.Composable) -> sql.Composable:
    return sql.SQL(" AND ").join(conditions)


def _either(*conditions: sql.Composable) -> sql.Composable:
    return sql.SQL("({})").format(sql.SQL(" OR ").join(conditions))


def _trigger(
    name: str, table: sql.Composable, event: str, level: str, function: str, when: sql.Composable = _ALWAYS
) -> sql.Composable:
    return sql.SQL("CREATE OR REPLACE TRIGGER {} {} ON {} FOR EACH {} {} EXECUTE FUNCTION {}()").format(
        sql.Identifier(name),
        sql.SQL(event),
        table,
        sql.SQL(level),
        when,
        sql.Identifier(function),
    )


def _grants(model: type[TenantModel]) -> Iterator[sql.Composable]:
    table = model._meta.db_table
    if model.append_only:
        yield sql.SQL("REVOKE UPDATE, DELETE ON {} FROM {}").format(sql.Identifier(table), _ROLE)
        yield _grant(table, "SELECT, INSERT")
    else:
        yield _grant(table, "SELECT, INSERT, UPDATE, DELETE")


def _grant(table: str, rights: str) -> sql.Composable:
    return sql.SQL("GRANT {} ON {} TO {}").format(
        sql.SQL(rights),
        sql.Identifier(table),
        _ROLE,
    )


def _global_tables() -> set[str]:
    """Return the tables of every workspace together: people, sessions, jobs. Tenant tables are never among them."""
    tenant = {model._meta.db_table for model in tenant_models()}
    every = {model._meta.db_table for model in apps.get_models(include_auto_created=True) if model._meta.managed}
    jobs = {model._meta.db_table for model in apps.get_app_config("procrastinate").get_models()}
    return (every | jobs) - tenant


def _execute(connection: BaseDatabaseWrapper, statements: list[sql.Composable]) -> None:
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        for statement in statements:
            parts: Any = statement
            cursor.execute(parts)
