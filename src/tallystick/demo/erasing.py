"""Takes a demo workspace away with all its rows, which nothing else in the product can do."""

from __future__ import annotations

from django.db import connection, transaction
from psycopg import sql

from tallystick.platform.database.roles import as_owner
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import tenant_models


class NotADemoError(ValueError):
    """Raised for a workspace that holds real records: those are never erased."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(f"{workspace.name} is not a demo workspace. Its records are kept.")


@transaction.atomic
def erase_workspace(workspace: Workspace) -> None:
    """Remove a demo workspace, its ledger and its activity stream included; people stay, as they belong to nobody.

    The owner of the tables lifts the triggers that protect append-only tables, for this transaction only. Raises
    `NotADemoError`.
    """
    if not workspace.is_demo:
        raise NotADemoError(workspace)
    tables = [sql.Identifier(model._meta.db_table) for model in tenant_models()]
    with as_owner(connection), connection.cursor() as cursor:
        # Keys are checked when all is gone, not table by table; triggers can be lifted only where no check is pending.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in tables:
            cursor.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(table))
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        for table in tables:
            cursor.execute(sql.SQL("DELETE FROM {} WHERE workspace_id = %s").format(table), [workspace.pk])
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in tables:
            cursor.execute(sql.SQL("ALTER TABLE {} ENABLE TRIGGER USER").format(table))
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        workspace.delete()
