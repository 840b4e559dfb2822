"""The activity stream: what happened, by whom, newest first; and whether its chain still holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import ClassVar, Final
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tallystick.platform.access import Permission
from tallystick.platform.activity import verify_chain
from tallystick.platform.database.distinct import distinct_values
from tallystick.platform.database.search import found_by_words
from tallystick.platform.models import ActivityEntry
from tallystick.web.access import console, current_viewer
from tallystick.web.console.pages import FRAME, show_page, show_part
from tallystick.web.listing import FileColumn, Filter, Kind, Listing, Option
from tallystick.web.listing.cells import Row, code, text
from tallystick.web.listing.exports import Value
from tallystick.web.listing.lists import Part, RowList
from tallystick.web.listing.serving import answer_list
from tallystick.web.ui import formats
from tallystick.web.ui.components import Column

FINGERPRINT: Final = 8
MOST_OPTIONS: Final = 100


@console(Permission.SEE_ACTIVITY)
@require_safe
def activity(request: HttpRequest) -> HttpResponseBase:
    """List the entries of the stream, newest first."""
    listed = ActivityList(current_viewer(request), request.GET)
    return answer_list(request, FRAME, listed, "console/activity/entries.html", {})


@console(Permission.SEE_ACTIVITY)
@require_safe
def chain_check(request: HttpRequest) -> HttpResponse:
    """Walk the whole chain and say whether it holds."""
    report = verify_chain()
    context = {"report": report, "entries": formats.number(report.entries), "last": report.last_hash[:FINGERPRINT]}
    if request.headers.get("HX-Request"):
        return show_part(request, "console/activity/chain.html", context)
    return show_page(request, "console/activity/check.html", context)


class ActivityList(RowList[ActivityEntry]):
    """The entries of the stream."""

    name = "activity"
    page = "console:activity"
    permission = Permission.SEE_ACTIVITY
    without: ClassVar[Mapping[Part, str]] = {
        Part.GROUPS: "Entries stand in the order of the chain; under headings the order would be lost.",
        Part.BULK: "What happened is not changed, one entry or many.",
        Part.EDITING: "What happened is not changed.",
    }
    file_columns = (
        FileColumn("Position", Kind.COUNT),
        FileColumn("At", Kind.MOMENT),
        FileColumn("Who"),
        FileColumn("What"),
        FileColumn("Event"),
        FileColumn("Subject"),
        FileColumn("Subject id", Kind.COUNT),
        FileColumn("Hash"),
    )

    def offer(self) -> Listing:
        """Return what can be asked of the stream."""
        return Listing(
            things=_("entries"),
            columns=(
                Column(key="what", label=_("What"), fixed=True),
                Column(key="when", label=_("When"), kind="date", sort="position"),
                Column(key="who", label=_("Who"), kind="one-line"),
                Column(key="event", label=_("Event"), kind="one-line"),
                Column(key="position", label=_("Position"), kind="number"),
                Column(key="fingerprint", label=_("Fingerprint")),
                Column(key="subject", label=_("Subject"), kind="one-line", on_demand=True),
            ),
            default_sort="-position",
            search_label=_("Who or what"),
            filters=(
                Filter(name="event", label=_("Event"), options=_distinct("verb")),
                Filter(name="subject", label=_("Subject"), options=_distinct("subject_kind")),
                Filter(name="since", label=_("From"), is_day=True),
                Filter(name="until", label=_("To"), is_day=True),
            ),
        )

    def find(self) -> QuerySet[ActivityEntry]:
        """Return the entries asked for, in order."""
        asked = self.asked
        entries = ActivityEntry.objects.order_by(asked.sort)
        if verb := asked.get("event"):
            entries = entries.filter(verb=verb)
        if kind := asked.get("subject"):
            entries = entries.filter(subject_kind=kind)
        zone = ZoneInfo(self.viewer.workspace.time_zone)
        if since := asked.day("since"):
            entries = entries.filter(at__gte=datetime.combine(since, time.min, tzinfo=zone))
        if until := asked.day("until"):
            entries = entries.filter(at__lt=datetime.combine(until + timedelta(days=1), time.min, tzinfo=zone))
        if asked.search:
            entries = entries.filter(pk__in=found_by_words(ActivityEntry, asked.search))
        return entries

    def rows(self, found: Sequence[ActivityEntry]) -> list[Row]:
        """Return entries as the list shows them."""
        return [
            Row(
                key=str(entry.pk),
                label=entry.summary,
                cells={
                    "what": text(entry.summary),
                    "when": text(formats.moment(entry.at)),
                    "who": text(entry.actor_label),
                    "event": text(_words(entry.verb)),
                    "position": text(formats.number(entry.position)),
                    "fingerprint": code(entry.hash[:FINGERPRINT]),
                    "subject": text(_words(entry.subject_kind)),
                },
            )
            for entry in found
        ]

    def keys(self, found: Iterable[ActivityEntry]) -> list[str]:
        """Return the ids of entries."""
        return [str(entry.pk) for entry in found]

    def file_rows(self, found: Iterable[ActivityEntry]) -> Iterable[Sequence[Value]]:
        """Return entries as rows of a file."""
        return (
            (
                entry.position,
                entry.at,
                entry.actor_label,
                entry.summary,
                entry.verb,
                entry.subject_kind,
                entry.subject_id,
                entry.hash,
            )
            for entry in found
        )


def _distinct(column: str) -> tuple[Option, ...]:
    values = distinct_values(ActivityEntry, column, at_most=MOST_OPTIONS)
    return tuple(Option(value=value, label=_words(value)) for value in values)


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()
