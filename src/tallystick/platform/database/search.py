"""Finding rows by the words in them, fast in a table of any size, on every PostgreSQL and without extensions.

A table that can be searched has an index over the words of some of its columns, each word marked with the workspace,
so that one tenant's rows never slow another's search. Row-level security forbids the application role to look into
such an index: an operator that could leak what it compares must wait until the policies have judged a row, and then
every row would be read. So each table has a function with its owner's rights that looks into the index, applies the
vendor-side condition itself, and returns ids only; what those ids are is read under the policies as always.

    migrations.RunSQL(*word_index("crm_account", "name"))            # in a migration of the table's module
    Account.objects.filter(pk__in=found_by_words(Account, "cellv"))  # every word begins a word of the row
"""

from __future__ import annotations

import re
from typing import Final

from django.db import connection
from django.db.models import Model

from tallystick.platform.tenancy import EVERY_PARTNER, current_scope, current_workspace_id

FOLLOWED_TO: Final = 2_000
"""A search follows at most so many rows of a table; more words narrow it."""
_WORD: Final = re.compile(r"[^\W_]+")

_WORDS = """
CREATE OR REPLACE FUNCTION tallystick_words(workspace bigint, texts text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT array_to_tsvector(coalesce(array_agg(DISTINCT workspace || '.' || word), '{}'))
        FROM regexp_split_to_table(lower(texts), '[^[:alnum:]]+') word WHERE word <> ''
$$;
"""


def word_index(table: str, *columns: str) -> tuple[str, str]:
    """Return the SQL that makes a table searchable by the words of these columns, and the SQL that undoes it."""
    words = f"tallystick_words(workspace_id, {' || chr(32) || '.join(columns)})"
    made = f"""
        {_WORDS}
        CREATE INDEX {table}_words ON {table} USING gin (({words}));
        CREATE FUNCTION {_function(table)}(sought tsquery, at_most integer) RETURNS SETOF bigint
            LANGUAGE sql STABLE SECURITY DEFINER ROWS 100 SET search_path = pg_catalog, public, pg_temp AS $$
            SELECT id FROM {table} WHERE {words} @@ sought
                AND workspace_id = nullif(current_setting('tallystick.workspace', true), '')::bigint
                AND current_setting('tallystick.partner', true) = '{EVERY_PARTNER}' LIMIT at_most
        $$;
    """  # noqa: S608 - names of tables and columns from a migration
    return made, f"DROP FUNCTION {_function(table)}(tsquery, integer); DROP INDEX {table}_words;"


def found_by_words(model: type[Model], text: str, *, at_most: int = FOLLOWED_TO) -> list[int]:
    """Return the ids of rows in which each word of the text begins a word, at most so many. One query.

    Nothing is found on a partner's side, nor by a text without letters and digits. Raises `ScopeMissing` outside a
    workspace.
    """
    workspace_id = current_workspace_id()
    words = words_of(text)
    if not words or current_scope().partner_id is not None:
        return []
    sought = " & ".join(f"'{workspace_id}.{word}':*" for word in words)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {_function(model._meta.db_table)}(%s::tsquery, %s)", [sought, at_most])
        return [key for (key,) in cursor.fetchall()]


def words_of(text: str) -> list[str]:
    """Return the words of a text in lower case, as they are compared: letters and digits only."""
    return _WORD.findall(text.lower())


def _function(table: str) -> str:
    return f"tallystick_found_in_{table}"
