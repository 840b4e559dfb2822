"""The activity stream: everything that happens is written once, in the transaction of the change itself.

It is append-only and hash-chained by a PostgreSQL trigger (`platform/database/security.py`): each entry's hash is
SHA-256 over the previous entry's hash and its own canonical body. Audit, timelines and notifications read it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connection

from tallystick.kernel.canonical import canonical_json
from tallystick.platform.actors import Actor
from tallystick.platform.clock import now
from tallystick.platform.models import ActivityEntry, ChainCheck
from tallystick.platform.notifications.jobs import take_up_after_commit
from tallystick.platform.tenancy import current_workspace_id


def record_activity(
    actor: Actor,
    *,
    verb: str,
    subject_kind: str,
    subject_id: int | None,
    summary: str,
    data: Mapping[str, Any] | None = None,
    partner_id: int | None = None,
    at: datetime | None = None,
) -> ActivityEntry:
    """Append one entry to the stream of the workspace in scope and return it with its place in the chain.

    `verb` is a past-tense event name such as `deal_registered`; `data` holds JSON values (money in minor units,
    dates in ISO form). The chain is locked until the transaction ends, so record last.
    """
    happened = (at or now()).astimezone(UTC)
    entry = ActivityEntry(
        workspace_id=current_workspace_id(),
        at=happened,
        actor_kind=actor.kind.value,
        actor_person_id=actor.person_id,
        actor_label=actor.label,
        verb=verb,
        subject_kind=subject_kind,
        subject_id=subject_id,
        partner_id=partner_id,
        summary=summary,
    )
    entry.body = _body(entry, data=dict(data or {}))
    entry.save(force_insert=True)
    entry.refresh_from_db(fields=["position", "previous_hash", "hash"])
    take_up_after_commit()
    return entry


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What a walk along the chain found; `broken_at` is the first position that does not fit.

    `entries` are those that fitted, `reaches_end` says whether the last one there is was among those looked at.
    """

    entries: int
    last_hash: str
    broken_at: int | None = None
    reason: str = ""
    reaches_end: bool = True

    @property
    def holds(self) -> bool:
        """Tell whether every entry fits the one before it."""
        return self.broken_at is None


def verify_chain() -> ChainReport:
    """Walk the chain of the workspace in scope from its first entry and recompute every hash.

    A changed, removed or inserted entry breaks the chain at its position; columns that differ from the signed body
    break it too, and so does an entry that had another hash when an earlier check passed it: who rewrites all that
    follows cannot rewrite what was checked.
    """
    previous, count = "", 0
    for entry in ActivityEntry.objects.order_by("position").iterator(chunk_size=5_000):
        place = count + 1
        if entry.position != place:
            return ChainReport(count, previous, place, f"entry {place} is missing; found position {entry.position}")
        if entry.previous_hash != previous or entry.hash != chain_hash(previous=previous, body=entry.body):
            return ChainReport(count, previous, place, f"entry {place} does not fit the one before it")
        if not _shows_what_was_recorded(entry):
            return ChainReport(count, previous, place, f"entry {place} shows something else than was recorded")
        previous, count = entry.hash, place
    with connection.cursor() as cursor:
        cursor.execute(_REWRITTEN, {"workspace": current_workspace_id()})
        rewritten = cursor.fetchone()
    if rewritten is not None:
        return _rewritten_at(*rewritten)
    return ChainReport(count, previous)


_REWRITTEN = """
    SELECT passed.entries, entry.position IS NULL
    FROM platform_chaincheck passed LEFT JOIN platform_activityentry entry
        ON entry.workspace_id = passed.workspace_id AND entry.position = passed.entries
    WHERE passed.workspace_id = %(workspace)s AND passed.entries > 0 AND entry.hash IS DISTINCT FROM passed.last_hash
    ORDER BY passed.entries LIMIT 1
"""
_MISFIT = """
    SELECT position FROM (
        SELECT position, previous_hash, hash, body,
               lag(hash) OVER along AS hash_before, lag(position) OVER along AS position_before
        FROM platform_activityentry
        WHERE workspace_id = %(workspace)s AND position BETWEEN %(start)s AND %(end)s
        WINDOW along AS (ORDER BY position)
    ) chain
    WHERE hash <> encode(sha256(convert_to(previous_hash || E'\\n' || body, 'UTF8')), 'hex')
       OR previous_hash <> coalesce(hash_before, CASE position WHEN 1 THEN '' ELSE previous_hash END)
       OR position <> coalesce(position_before + 1, %(start)s)
    ORDER BY position LIMIT 1
"""
NEAR = 1_000
"""Entries after one that are looked at beside it, however long the chain has become since."""


def verify_from(entry: ActivityEntry, *, near: int = NEAR) -> ChainReport:
    """Say whether an entry fits the one before it, shows what was recorded, and each of the next `near` fits.

    Besides, the entry up to which the whole chain was checked last must still be the one it was. Four queries, whose
    cost does not grow with the chain: a page that anybody may ask for can afford them. What lies between is for
    `verify_chain`, which `platform/chain_checks.py` keeps the results of.
    """
    start, end = entry.position, entry.position + near
    with connection.cursor() as cursor:
        cursor.execute(_MISFIT, {"workspace": entry.workspace_id, "start": max(start - 1, 1), "end": end})
        misfit = cursor.fetchone()
    if misfit is not None:
        (broken_at,) = misfit
        return ChainReport(0, entry.hash, broken_at, f"entry {broken_at} does not fit the one before it")
    if not _shows_what_was_recorded(entry):
        return ChainReport(0, entry.hash, start, f"entry {start} shows something else than was recorded")
    passed = ChainCheck.objects.filter(entries__gte=start).order_by("-pk").values_list("entries", "last_hash").first()
    along = ActivityEntry.objects.order_by("-position").values_list("position", "hash")
    if passed is not None:
        stands = along.filter(position=passed[0]).first()
        if stands != passed:
            return _rewritten_at(passed[0], is_missing=stands is None)
    position, last_hash = along.filter(position__lte=end).first() or (start, entry.hash)
    reaches_end = position < end or not along.filter(position__gt=end).exists()
    return ChainReport(position - start + 1, last_hash, reaches_end=reaches_end)


def _rewritten_at(position: int, is_missing: bool) -> ChainReport:  # noqa: FBT001 - a column of the answer
    if is_missing:
        return ChainReport(0, "", position, f"entry {position} is missing; it was there when the chain was checked")
    return ChainReport(0, "", position, f"entry {position} had another hash when the chain was checked")


def _body(entry: ActivityEntry, *, data: Mapping[str, Any]) -> str:
    """Return the canonical JSON of an entry: every column that tells something, and the data beside them."""
    return canonical_json(
        {
            "workspace": entry.workspace_id,
            "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
            "actor": [entry.actor_kind, entry.actor_person_id, entry.actor_label],
            "verb": entry.verb,
            "subject": [entry.subject_kind, entry.subject_id],
            "partner": entry.partner_id,
            "summary": entry.summary,
            "data": data,
        }
    )


def _shows_what_was_recorded(entry: ActivityEntry) -> bool:
    """Tell whether the columns of an entry, with the data in its body, make up that body again."""
    try:
        data = json.loads(entry.body)["data"]
    except (ValueError, KeyError, TypeError):
        return False
    return _body(entry, data=data) == entry.body


def chain_hash(*, previous: str, body: str) -> str:
    """Return SHA-256 (hex) over the previous hash, a line feed and the body, in UTF-8; the trigger does the same."""
    return hashlib.sha256(f"{previous}\n{body}".encode()).hexdigest()
