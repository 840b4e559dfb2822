"""The activity stream: what happened, by whom, newest first; and whether its chain still holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from tallystick.platform.access import Permission
from tallystick.platform.activity import verify_chain
from tallystick.platform.database.distinct import distinct_values
from tallystick.platform.database.search import found_by_words
from tallystick.platform.models import ActivityEntry
from tallystick.web.access import console
from tallystick.web.console.pages import show_page, show_part
from tallystick.web.listing import Asked, Filter, Listing, Option, csv_response, page_of, read_address
from tallystick.web.ui import formats
from tallystick.web.ui.components import Column

COLUMNS = (
    Column(label="#", kind="number"),
    Column(label="When", kind="date"),
    Column(label="Who"),
    Column(label="What"),
    Column(label="Event"),
    Column(label="Fingerprint"),
)
FINGERPRINT = 8
MOST_OPTIONS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryRow:
    """One entry as the list shows it."""

    position: str
    when: str
    who: str
    what: str
    event: str
    fingerprint: str


@console(Permission.SEE_ACTIVITY)
@require_safe
def activity(request: HttpRequest) -> HttpResponseBase:
    """List the entries of the stream, newest first."""
    listing = _listing()
    asked = read_address(listing, request.GET)
    entries = _entries(asked)
    if asked.as_csv:
        return csv_response("activity", _HEADS, map(_cells, entries.iterator(1000)))
    context = {"list": page_of(listing, request.GET, entries, lambda found, _: _rows(found))}
    return show_page(request, "console/activity/entries.html", context)


@console(Permission.SEE_ACTIVITY)
@require_safe
def chain_check(request: HttpRequest) -> HttpResponse:
    """Walk the whole chain and say whether it holds."""
    report = verify_chain()
    context = {"report": report, "entries": formats.number(report.entries), "last": report.last_hash[:FINGERPRINT]}
    if request.headers.get("HX-Request"):
        return show_part(request, "console/activity/chain.html", context)
    return show_page(request, "console/activity/check.html", context)


def _listing() -> Listing:
    return Listing(
        things="entries",
        columns=COLUMNS,
        search_label="Who or what",
        filters=(
            Filter(name="event", label="Event", options=_distinct("verb")),
            Filter(name="subject", label="Subject", options=_distinct("subject_kind")),
        ),
    )


def _distinct(column: str) -> tuple[Option, ...]:
    values = distinct_values(ActivityEntry, column, at_most=MOST_OPTIONS)
    return tuple(Option(value=value, label=_words(value)) for value in values)


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _entries(asked: Asked) -> QuerySet[ActivityEntry]:
    entries = ActivityEntry.objects.order_by("-position")
    if verb := asked.get("event"):
        entries = entries.filter(verb=verb)
    if subject := asked.get("subject"):
        entries = entries.filter(subject_kind=subject)
    if asked.search:
        entries = entries.filter(pk__in=found_by_words(ActivityEntry, asked.search))
    return entries


def _rows(entries: Sequence[ActivityEntry]) -> list[EntryRow]:
    return [
        EntryRow(
            position=formats.number(entry.position),
            when=formats.moment(entry.at),
            who=entry.actor_label,
            what=entry.summary,
            event=_words(entry.verb),
            fingerprint=entry.hash[:FINGERPRINT],
        )
        for entry in entries
    ]


_HEADS = ("Position", "At", "Who", "What", "Event", "Subject", "Subject id", "Hash")


def _cells(entry: ActivityEntry) -> list[str]:
    return [
        str(entry.position),
        entry.at.isoformat(),
        entry.actor_label,
        entry.summary,
        entry.verb,
        entry.subject_kind,
        str(entry.subject_id or ""),
        entry.hash,
    ]
