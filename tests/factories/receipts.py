"""Receipts as pages and mails show them, read for comparison."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

from django.db import connection

from tallystick.platform.database.roles import as_owner
from tallystick.platform.models import ActivityEntry


@dataclass(frozen=True, slots=True)
class SeenReceipt:
    """What a receipt shows, as text: the same four things, wherever it is read."""

    reference: str
    moment: str
    proof: str
    verify_url: str


def receipt_in(text: str) -> SeenReceipt:
    """Read the receipt in a page or a mail; raises where one of the four is missing, or there twice and different."""
    plain = html.unescape(text)
    return SeenReceipt(
        reference=_one(r"\b((?:DR|LD)-[0-9A-Z]{6})\b", plain),
        moment=_one(r"Received.{0,90}?\b(\d{1,2} [A-Z][a-z]+ 2026, \d\d:\d\d [A-Z]+)", plain),
        proof=_one(r"(?<!/)\b([0-9a-f]{64})\b(?!/)", plain),
        verify_url=_one(r"(http://[^\s\"<>]+/verify/[0-9a-f]{64}/)", plain),
    )


def _one(pattern: str, text: str) -> str:
    found = re.findall(pattern, text, re.DOTALL)
    if not found:
        raise LookupError(f"Nothing like {pattern} is in: {text}")
    return str(found[0])


def change_entry(entry: ActivityEntry, **columns: object) -> None:
    """Change an entry as only the owner of the database could, who also takes the trigger away."""
    with as_owner(connection), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE platform_activityentry DISABLE TRIGGER tallystick_append_only")
        ActivityEntry.objects.filter(pk=entry.pk).update(**columns)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE platform_activityentry ENABLE TRIGGER tallystick_append_only")
