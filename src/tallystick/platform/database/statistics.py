"""What PostgreSQL knows of the rows in its tables, brought up to date after many came at once.

Every policy asks for the workspace. Of a table whose figures are missing or old PostgreSQL takes that to leave one row,
and then walks through all rows of the workspace for each row it joins. The server looks by itself, but a minute later
and never inside a transaction that goes on; what reads in between would pay with minutes.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection
from django.db.models import Model


def refresh_statistics(models: Iterable[type[Model]]) -> None:
    """Have PostgreSQL look at the tables of these models now; it looks at a sample, however large they are."""
    tables = sorted({model._meta.db_table for model in models})
    with connection.cursor() as cursor:
        cursor.execute("SELECT tallystick_refresh_statistics(%s)", [tables])
