"""What a protection holds of an account, as PostgreSQL compares it: the whole of it, or one product.

Both are ranges of text: the whole account reaches over every product at it, so that the two overlap, and two products
do not. A type of our own needs no extension, and its texts compare byte by byte.
"""

from __future__ import annotations

from typing import Final

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models

MAKE_SLOTS: Final = (
    """CREATE TYPE deals_slot AS RANGE (subtype = text, collation = "C")""",
    # A tab never stands in a key, and the line feed after it bounds every product. The body is bound to the type when
    # it is made, so that a restored database needs no search path.
    """
    CREATE FUNCTION deals_slot_of(workspace_id bigint, account_key text, product_key text) RETURNS deals_slot
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN product_key = '' THEN deals_slot(
        workspace_id::text || chr(9) || account_key || chr(9),
        workspace_id::text || chr(9) || account_key || chr(10), '[)'
    ) ELSE deals_slot(
        workspace_id::text || chr(9) || account_key || chr(9) || product_key,
        workspace_id::text || chr(9) || account_key || chr(9) || product_key, '[]'
    ) END
    """,
)
DROP_SLOTS: Final = ("DROP FUNCTION deals_slot_of(bigint, text, text)", "DROP TYPE deals_slot")


class SlotOf(models.Func):
    """The part of an account that a protection holds."""

    function = "deals_slot_of"
    arity = 3


def no_overlap(name: str) -> ExclusionConstraint:
    """Return the constraint that no two active protections hold overlapping parts of an account."""
    return ExclusionConstraint(
        name=name,
        expressions=[(SlotOf("workspace", "account_key", "product_key"), RangeOperators.OVERLAPS)],
        condition=models.Q(released_at__isnull=True),
    )
