"""Audit: narrow the activity stream by person, event, subject and days, check its chain, and look up a receipt."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from http import HTTPStatus
from typing import Any, Final
from zoneinfo import ZoneInfo

from django import forms
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_safe

from tallystick.platform.access import Permission
from tallystick.platform.activity import chain_hash
from tallystick.platform.database.distinct import distinct_values
from tallystick.platform.models import ActivityEntry
from tallystick.web.access import console, current_viewer
from tallystick.web.console.settings.sections import show_settings
from tallystick.web.listing import csv_response
from tallystick.web.ui import formats

_PAGE: Final = 50
_MOST_OPTIONS: Final = 200
_RECEIPT: Final = re.compile(r"[0-9a-f]{8,64}")
_HEADS: Final = ("Position", "At", "Who", "What", "Event", "Subject", "Subject id", "Hash")


class AuditForm(forms.Form):
    """Asks whose entries, of what and when; days are the workspace's own."""

    who = forms.ChoiceField(label=_lazy("Who"), required=False)
    verb = forms.ChoiceField(label=_lazy("What happened"), required=False)
    subject = forms.ChoiceField(label=_lazy("To what"), required=False)
    since = forms.DateField(label=_lazy("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_lazy("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        for field, column in (("who", "actor_label"), ("verb", "verb"), ("subject", "subject_kind")):
            values = distinct_values(ActivityEntry, column, at_most=_MOST_OPTIONS)
            words = [(value, value if field == "who" else _words(value)) for value in values]
            self.fields[field].choices = [("", _("All")), *words]  # type: ignore[attr-defined]


@console(Permission.SEE_ACTIVITY)
@require_safe
def audit(request: HttpRequest) -> HttpResponseBase:
    """Show the entries that were asked for, or all of these as a file; and where a receipt stands in the chain."""
    zone = ZoneInfo(current_viewer(request).workspace.time_zone)
    form = AuditForm(request.GET or None)
    asked = form.cleaned_data if form.is_bound and form.is_valid() else {}
    entries = _entries(asked, zone)
    if request.GET.get("format") == "csv":
        return csv_response("audit", _HEADS, _cells(entries.iterator(1000)))
    page = Paginator(entries, _PAGE).get_page(request.GET.get("page"))
    receipt = request.GET.get("receipt", "").strip().lower()
    context = {
        "form": form,
        "page": page,
        "rows": _rows(list(page)),
        "receipt": receipt,
        "found": _receipt(receipt) if receipt else None,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound and form.errors else HTTPStatus.OK
    return show_settings(request, "console/settings/audit.html", context, status=status)


def _entries(asked: dict[str, Any], zone: ZoneInfo) -> QuerySet[ActivityEntry]:
    entries = ActivityEntry.objects.order_by("-position")
    for name, column in (("who", "actor_label"), ("verb", "verb"), ("subject", "subject_kind")):
        if asked.get(name):
            entries = entries.filter(**{column: asked[name]})
    if asked.get("since"):
        entries = entries.filter(at__gte=_midnight(asked["since"], zone))
    if asked.get("until"):
        entries = entries.filter(at__lt=_midnight(asked["until"] + timedelta(days=1), zone))
    return entries


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, tzinfo=zone)


def _rows(entries: Sequence[ActivityEntry]) -> list[dict[str, str]]:
    return [
        {
            "position": formats.number(entry.position),
            "when": formats.moment(entry.at),
            "who": entry.actor_label,
            "what": entry.summary,
            "hash": entry.hash[:8],
        }
        for entry in entries
    ]


def _receipt(given: str) -> dict[str, Any]:
    """Return the entry a receipt stands for, computed anew from what is kept."""
    entry = ActivityEntry.objects.filter(hash__startswith=given).first() if _RECEIPT.fullmatch(given) else None
    if entry is None:
        return {"entry": None}
    holds = entry.hash == chain_hash(previous=entry.previous_hash, body=entry.body)
    return {
        "entry": entry,
        "holds": holds,
        "when": formats.moment(entry.at),
        "position": formats.number(entry.position),
    }


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _cells(entries: Iterator[ActivityEntry]) -> Iterator[list[str]]:
    for entry in entries:
        subject_id = "" if entry.subject_id is None else str(entry.subject_id)
        yield [
            str(entry.position),
            entry.at.isoformat(),
            entry.actor_label,
            entry.summary,
            entry.verb,
            entry.subject_kind,
            subject_id,
            entry.hash,
        ]
