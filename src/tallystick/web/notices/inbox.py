"""What one was told: the list behind the bell, marked as read one by one or all at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from http import HTTPStatus
from typing import Final
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tallystick.flows.notifications.kind_words import kind_label
from tallystick.flows.notifications.rules import KINDS, Kind, Side
from tallystick.platform.clock import now, today
from tallystick.platform.models import Notice
from tallystick.platform.notifications.reading import mark_read, mark_unread, notices_of, unread_count
from tallystick.web.access import current_viewer
from tallystick.web.notices.place import Place, answer, reader_of
from tallystick.web.ui import formats
from tallystick.web.ui.components import Link
from tallystick.web.ui.toasts import say_with_undo

ROWS: Final = 50
ICONS: Final = {
    Kind.REGISTRATIONS: "file-check-2",
    Kind.CONFLICTS: "git-compare",
    Kind.DECISIONS: "circle-check",
    Kind.DEALS: "handshake",
    Kind.SILENCE: "clock-3",
    Kind.PROTECTION: "shield-check",
    Kind.QUESTIONS: "mail",
    Kind.MONEY: "wallet",
    Kind.STATEMENTS: "receipt-text",
    Kind.ATTRIBUTION: "git-merge",
    Kind.PARTNERS: "building-2",
    Kind.PROGRAMME: "scale",
    Kind.TEAM: "users-round",
    Kind.IMPORTS: "upload",
}


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """One notice as the list shows it."""

    id: int
    icon: str
    label: str
    title: str
    text: str
    url: str
    kind: str
    at: datetime
    time: str
    is_unread: bool


@dataclass(frozen=True, slots=True)
class Day:
    """The notices of one day under its name."""

    name: str
    rows: tuple[NoticeRow, ...]


def notices_page(request: HttpRequest, place: Place) -> HttpResponse:
    """Show what the viewer was told, unread first to see, narrowed by `show` and `kind` in the address."""
    viewer = current_viewer(request)
    reader = reader_of(viewer)
    unread = unread_count(reader)
    shows_all = request.GET.get("show") == "all"
    kind = request.GET.get("kind", "")
    found = notices_of(reader) if shows_all else notices_of(reader).filter(read_at__isnull=True)
    if kind in KINDS[place.side]:
        found = found.filter(kind=kind)
    page = Paginator(found, ROWS).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "days": _days(list(page.object_list), place.side, on=today(viewer.workspace.time_zone)),
        "unread": unread,
        "tabs": _tabs(request, place, shows_all=shows_all, unread=unread),
        "kinds": [(each.value, kind_label(each, place.side)) for each in KINDS[place.side]],
        "kind": kind,
        "shows_all": shows_all,
        "read_url": place.url("read_notices"),
        "settings_url": place.url("notice_settings"),
        "here": request.get_full_path(),
    }
    return answer(request, place, "notices/inbox.html", context)


def read_notices(request: HttpRequest, place: Place) -> HttpResponse:
    """Mark the notices named in `id`, or with `all` every one, as read; answers a script with nothing."""
    reader, at = reader_of(current_viewer(request)), now()
    ids = [int(text) for text in request.POST.getlist("id") if text.isdigit()]
    count = mark_read(reader, notice_ids=None if "all" in request.POST else ids, at=at)
    if request.headers.get("X-Notice") == "opened":
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    if count:
        words = ngettext("%(count)s notification marked as read.", "%(count)s notifications marked as read.", count)
        undo = f"{place.url('unread_notices')}?{urlencode({'at': at.isoformat()})}"
        say_with_undo(request, words % {"count": formats.number(count)}, undo_url=undo)
    return redirect(_back(request, place))


def unread_notices(request: HttpRequest, place: Place) -> HttpResponse:
    """Take back what `read_notices` did at the instant in the address."""
    try:
        at = datetime.fromisoformat(request.GET.get("at", ""))
    except ValueError:
        return redirect(place.url("notices"))
    mark_unread(reader_of(current_viewer(request)), read_at=at)
    return redirect(place.url("notices"))


def _back(request: HttpRequest, place: Place) -> str:
    query = request.POST.get("query", "")
    return f"{place.url('notices')}?{query}" if query else place.url("notices")


def _tabs(request: HttpRequest, place: Place, *, shows_all: bool, unread: int) -> list[Link]:
    kind = {"kind": request.GET["kind"]} if request.GET.get("kind") else {}
    return [
        Link(label=_("Unread"), url=place.url("notices", **kind), count=unread, current=not shows_all),
        Link(label=_("All"), url=place.url("notices", show="all", **kind), current=shows_all),
    ]


def _days(notices: Sequence[Notice], side: Side, *, on: date) -> list[Day]:
    found: dict[date, list[NoticeRow]] = {}
    for notice in notices:
        local = timezone.localtime(notice.at)
        found.setdefault(local.date(), []).append(_row(notice, side, local))
    return [Day(_day_name(day, on), tuple(rows)) for day, rows in found.items()]


def _row(notice: Notice, side: Side, local: datetime) -> NoticeRow:
    kind = Kind(notice.kind)
    return NoticeRow(
        id=notice.pk,
        icon=ICONS[kind],
        label=notice.label,
        title=notice.title,
        text=notice.text,
        url=notice.url,
        kind=kind_label(kind, side),
        at=notice.at,
        time=formats.clock(local),
        is_unread=notice.read_at is None,
    )


def _day_name(day: date, on: date) -> str:
    match (on - day).days:
        case 0:
            return _("Today")
        case 1:
            return _("Yesterday")
        case _:
            return formats.day_and_year(day) if day.year != on.year else formats.day(day)
