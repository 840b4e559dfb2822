"""What waits for the viewer: only what this role may do something about, and only where there is something."""

from __future__ import annotations

from datetime import date, timedelta

from django.db.models import Count, Min, Sum
from django.urls import reverse

from tallystick.attribution.models import Decision
from tallystick.commissions.issue_preview import months_to_issue
from tallystick.commissions.models import BlockedLine
from tallystick.crm.models import Import, ImportState
from tallystick.deals.models import DealRegistration, RegistrationState
from tallystick.platform.access import Permission, Viewer
from tallystick.platform.clock import now
from tallystick.web.console.words import counted
from tallystick.web.ui import formats
from tallystick.web.ui.components import TodoItem, Urgency

RECENT = timedelta(days=30)
"""Refused rows of imports that are older are left alone: newer files have replaced them."""
HOUR = timedelta(hours=1)


def waiting_items(viewer: Viewer, *, on: date) -> list[TodoItem]:
    """Return what waits, the most pressing first. At most five queries."""
    items = [
        _registrations() if viewer.may(Permission.DECIDE_REGISTRATIONS) else None,
        _gaps() if viewer.may(Permission.MANAGE_ATTRIBUTION) else None,
        _blocked() if viewer.may(Permission.SEE_COMMISSIONS) else None,
        _statements(on) if viewer.may(Permission.MANAGE_COMMISSIONS) else None,
        _refused_rows() if viewer.may(Permission.IMPORT_FACTS) else None,
    ]
    return [item for item in items if item is not None]


def _registrations() -> TodoItem | None:
    waiting = DealRegistration.objects.filter(state=RegistrationState.SUBMITTED)
    found = waiting.aggregate(count=Count("pk"), oldest=Min("submitted_at"), due=Min("answer_due_at"))
    if not found["count"]:
        return None
    instant = now()
    left = found["due"] - instant
    due = f"answer due in {left // HOUR} h" if left > timedelta(0) else f"answer {abs(left) // HOUR} h late"
    return TodoItem(
        label="Decide deal registrations",
        note=f"Oldest {(instant - found['oldest']) // HOUR} h · {due}",
        url=f"{reverse('console:deals')}?view=needs-decision",
        icon="file-check-2",
        count=found["count"],
        urgency=Urgency.WAITING if left > timedelta(0) else Urgency.LATE,
    )


def _gaps() -> TodoItem | None:
    count = Decision.objects.filter(is_current=True).exclude(gaps=[]).count()
    if not count:
        return None
    return TodoItem(
        label="Look at attribution gaps",
        note="Deals with a partner but no credit, or without an account",
        url=reverse("console:gaps"),
        icon="git-merge",
        count=count,
    )


def _blocked() -> TodoItem | None:
    count = BlockedLine.objects.count()
    if not count:
        return None
    return TodoItem(
        label="Unblock commission lines",
        note="A fact that the plan asks for is missing",
        url=reverse("console:blocked"),
        icon="triangle-alert",
        count=count,
        urgency=Urgency.LATE,
    )


def _statements(on: date) -> TodoItem | None:
    months = months_to_issue(on=on)
    if not months:
        return None
    month, lines = months[0]
    return TodoItem(
        label=f"Issue statements of {formats.month(month.first_day)}",
        note=f"{counted(lines, 'line', 'lines')} on no statement",
        url=f"{reverse('console:issue')}?month={month}",
        icon="receipt-text",
        count=len(months),
    )


def _refused_rows() -> TodoItem | None:
    since = now() - RECENT
    imports = Import.objects.filter(state=ImportState.DONE, rows_refused__gt=0, started_at__gte=since)
    found = imports.aggregate(count=Count("pk"), rows=Sum("rows_refused"))
    if not found["count"]:
        return None
    return TodoItem(
        label="Mend refused rows",
        note=f"{counted(found['rows'], 'row', 'rows')} of {counted(found['count'], 'file', 'files')}, last 30 days",
        url=reverse("console:imports"),
        icon="file-spreadsheet",
        count=found["rows"],
    )
