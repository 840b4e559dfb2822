"""What one was told: the list behind the bell, marked as read one by one or all at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from http import HTTPStatus
from typing import Any, ClassVar, Final
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
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
from tallystick.web.listing import FileColumn, Filter, Listing, Option
from tallystick.web.listing import Kind as ColumnKind
from tallystick.web.listing.exports import Value
from tallystick.web.listing.lists import Part, RowList
from tallystick.web.listing.serving import Frame, ShowPage, answer_list
from tallystick.web.notices.place import Place, reader_of
from tallystick.web.ui import formats
from tallystick.web.ui.toasts import say_with_undo

_UNREAD: Final = "unread"
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
    Kind.WEBHOOKS: "forward",
    Kind.IMPORTS: "upload",
    Kind.FILES: "file-spreadsheet",
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


class NoticeList(RowList[Notice]):
    """What one was told; each side has its own, with its kinds of news."""

    name = "notices"
    is_table = False
    side: ClassVar[Side]
    without: ClassVar[Mapping[Part, str]] = {
        Part.SEARCH: "The palette finds what a notice is about; the notice only says that it happened.",
        Part.SORT: "Notices stand by day, the latest first: old news first would be no news.",
        Part.COLUMNS: "A notice is one sentence with its time.",
        Part.GROUPS: "They stand under their days.",
        Part.BULK: "The one thing done to them is marking as read: one by one, or all at once with an undo.",
        Part.EDITING: "What was told is not changed.",
    }
    file_columns = (
        FileColumn("At", ColumnKind.MOMENT),
        FileColumn("About"),
        FileColumn("Subject"),
        FileColumn("What happened"),
        FileColumn("More"),
        FileColumn("Read at", ColumnKind.MOMENT),
    )

    def offer(self) -> Listing:
        """Return what can be asked of the notices."""
        unread = unread_count(reader_of(self.viewer))
        return Listing(
            things=_("notifications"),
            columns=(),
            filters=(
                Filter(
                    name="view",
                    label=_("Which notifications"),
                    options=(
                        Option(value=_UNREAD, label=_("Unread"), count=unread),
                        Option(value="all", label=_("All")),
                    ),
                ),
                Filter(
                    name="kind",
                    label=_("About"),
                    options=tuple(
                        Option(value=each.value, label=kind_label(each, self.side))
                        for each in (*KINDS[self.side], Kind.FILES)
                    ),
                ),
            ),
        )

    def find(self) -> QuerySet[Notice]:
        """Return the notices asked for, latest first; those unread unless all are asked for."""
        found = notices_of(reader_of(self.viewer))
        if not self.shows_all:
            found = found.filter(read_at__isnull=True)
        if kind := self.asked.get("kind"):
            found = found.filter(kind=kind)
        return found

    def rows(self, found: Sequence[Notice]) -> list[NoticeRow]:
        """Return notices as the list shows them."""
        return [_row(notice, self.side, timezone.localtime(notice.at)) for notice in found]

    def keys(self, found: Iterable[Notice]) -> list[str]:
        """Return the ids of notices."""
        return [str(notice.pk) for notice in found]

    def file_rows(self, found: Iterable[Notice]) -> Iterable[Sequence[Value]]:
        """Return notices as rows of a file."""
        return (
            (
                notice.at,
                kind_label(Kind(notice.kind), self.side),
                notice.label,
                notice.title,
                notice.text,
                notice.read_at,
            )
            for notice in found
        )

    @property
    def shows_all(self) -> bool:
        """Tell whether those that were read are shown too."""
        return self.asked.get("view") == "all"


def notices_page(request: HttpRequest, place: Place, listed: NoticeList) -> HttpResponseBase:
    """Show what the viewer was told, unread first to see."""
    context = {
        "base": place.base,
        "unread": unread_count(reader_of(listed.viewer)),
        "shows_all": listed.shows_all,
        "read_url": place.url("read_notices"),
        "settings_url": place.url("notice_settings"),
    }
    return answer_list(request, Frame(_in_days(place), place.namespace), listed, "notices/inbox.html", context)


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


def _in_days(place: Place) -> ShowPage:
    """Return what shows the page with its notices put under their days."""

    def show(request: HttpRequest, template: str, context: Mapping[str, Any], **named: Any) -> HttpResponse:
        on = today(current_viewer(request).workspace.time_zone)
        return place.show(request, template, {**context, "days": _days(context["list"].rows, on=on)}, **named)

    return show


def _days(rows: Sequence[NoticeRow], *, on: date) -> list[Day]:
    found: dict[date, list[NoticeRow]] = {}
    for row in rows:
        found.setdefault(timezone.localtime(row.at).date(), []).append(row)
    return [Day(_day_name(day, on), tuple(of_day)) for day, of_day in found.items()]


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
