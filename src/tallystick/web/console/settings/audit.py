"""Audit: narrow the activity stream by person, event, subject and days, check its chain, and look up a receipt."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, Final

from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tallystick.platform.access import Permission
from tallystick.platform.activity import chain_hash
from tallystick.platform.database.distinct import distinct_values
from tallystick.platform.models import ActivityEntry
from tallystick.web.access import console, current_viewer
from tallystick.web.console.activity import ActivityList
from tallystick.web.console.settings.sections import SETTINGS_FRAME
from tallystick.web.listing import Filter, Listing, Option
from tallystick.web.listing.serving import answer_list
from tallystick.web.ui import formats

_MOST_OPTIONS: Final = 200
_RECEIPT: Final = re.compile(r"[0-9a-f]{8,64}")


class AuditList(ActivityList):
    """The entries of the stream as an auditor asks for them: whose, of what and when; days are the workspace's own."""

    name = "audit"
    page = "console:audit"

    def offer(self) -> Listing:
        """Return what can be asked: as of the stream, and by person."""
        offered = super().offer()
        people = distinct_values(ActivityEntry, "actor_label", at_most=_MOST_OPTIONS)
        who = Filter(name="who", label=_("Who"), options=tuple(Option(value=name, label=name) for name in people))
        return replace(offered, filters=(who, *offered.filters))

    def find(self) -> QuerySet[ActivityEntry]:
        """Return the entries asked for, in order."""
        found = super().find()
        return found.filter(actor_label=who) if (who := self.asked.get("who")) else found


@console(Permission.SEE_ACTIVITY)
@require_safe
def audit(request: HttpRequest) -> HttpResponseBase:
    """Show the entries that were asked for, or all of these as a file; and where a receipt stands in the chain."""
    receipt = request.GET.get("receipt", "").strip().lower()
    context = {"receipt": receipt, "found": _receipt(receipt) if receipt else None}
    listed = AuditList(current_viewer(request), request.GET)
    return answer_list(request, SETTINGS_FRAME, listed, "console/settings/audit.html", context)


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
