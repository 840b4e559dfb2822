"""`tallystick migrate`: brings the tables and the wall around them up to date."""

from __future__ import annotations

from django.core.management import call_command
from django.db import connection

from tallystick.cli.application import commands, console
from tallystick.platform.database.roles import as_owner
from tallystick.platform.database.security import secure


@commands.command()
def migrate() -> None:
    """Bring the tables up to date, then build policies, triggers and grants. May be repeated."""
    with as_owner(connection), connection.cursor() as cursor:
        # Several machines may be started at once: the second waits here until the first is done.
        cursor.execute("SELECT pg_advisory_lock(hashtext('tallystick.migrate'))")
        call_command("migrate", interactive=False, verbosity=0)
        secure(connection)
    console.print("The database is up to date.")
