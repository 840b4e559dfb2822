"""Reads from PostgreSQL's catalogue how each table is guarded, for the doctor and for the isolation tests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.backends.base.base import BaseDatabaseWrapper

from tallystick.platform.database.roles import APP_ROLE
from tallystick.platform.database.security import APPEND_ONLY_TRIGGER

_POLICY_COMMANDS = frozenset({"SELECT", "INSERT", "UPDATE", "DELETE"})


@dataclass(frozen=True, slots=True)
class TableGuard:
    """What stands between the application role and the rows of one table."""

    owner: str
    row_security: bool
    policies: frozenset[str]
    triggers: frozenset[str]
    rights: frozenset[str]

    def faults(self, *, append_only: bool) -> Iterator[str]:
        """Say what is missing for a tenant table."""
        if self.owner == APP_ROLE:
            yield "belongs to the application role, which policies then do not bind"
        if not self.row_security:
            yield "row-level security is off"
        if missing := _POLICY_COMMANDS - self.policies:
            yield f"no policy for {', '.join(sorted(missing))}"
        if "TRUNCATE" in self.rights:
            yield "the application role may truncate it"
        if append_only and APPEND_ONLY_TRIGGER not in self.triggers:
            yield "nothing refuses changes of its rows"
        if append_only and self.rights & {"UPDATE", "DELETE"}:
            yield "the application role may change its rows"


def read_catalogue(connection: BaseDatabaseWrapper) -> dict[str, TableGuard]:
    """Return the guard of every table in the schema `public`, by table name."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT c.relname, pg_get_userbyid(c.relowner), c.relrowsecurity,
                   ARRAY(SELECT p.cmd FROM pg_policies p
                         WHERE p.schemaname = 'public' AND p.tablename = c.relname AND p.permissive = 'PERMISSIVE'),
                   ARRAY(SELECT t.tgname::text FROM pg_trigger t
                         WHERE t.tgrelid = c.oid AND NOT t.tgisinternal AND t.tgenabled <> 'D'),
                   ARRAY(SELECT r FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) r
                         WHERE has_table_privilege(%s, c.oid, r))
            FROM pg_class c
            WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
            """,
            [APP_ROLE],
        )
        return {
            name: TableGuard(owner, secured, frozenset(policies), frozenset(triggers), frozenset(rights))
            for name, owner, secured, policies, triggers, rights in cursor.fetchall()
        }
