"""What the pages of notices ask and change: one's own notices, unread first to count, and marked as read."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from tallystick.platform.models import Notice
from tallystick.platform.notifications.choices import Reader


def notices_of(reader: Reader) -> QuerySet[Notice]:
    """Return what a reader was told in the app, latest first."""
    own = Notice.objects.filter(person_id=reader.person_id, partner_id=reader.partner_id, in_app=True)
    return own.order_by("-at", "-pk")


def unread_count(reader: Reader) -> int:
    """Return how many notices a reader has not read. One query on an index of unread notices."""
    return notices_of(reader).filter(read_at__isnull=True).count()


def mark_read(reader: Reader, *, notice_ids: list[int] | None = None, at: datetime) -> int:
    """Mark some, or all, of a reader's notices as read, and return how many were unread."""
    unread = notices_of(reader).filter(read_at__isnull=True)
    if notice_ids is not None:
        unread = unread.filter(pk__in=notice_ids)
    return unread.order_by().update(read_at=at)


def mark_unread(reader: Reader, *, read_at: datetime) -> int:
    """Mark as unread again what was marked as read at that instant: the undo of `mark_read`."""
    return notices_of(reader).filter(read_at=read_at).order_by().update(read_at=None)


def unread_of_row(*, person: str = "person_id", partner: str | None = None) -> Coalesce:
    """Return an expression that counts a membership's unread notices, to be read in one query with it."""
    notices = Notice._base_manager.filter(
        workspace_id=OuterRef("workspace_id"), person_id=OuterRef(person), read_at__isnull=True, in_app=True
    )
    notices = notices.filter(partner_id=OuterRef(partner)) if partner else notices.filter(partner_id__isnull=True)
    counted = notices.order_by().values("person_id").annotate(unread=Count("pk")).values("unread")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)
