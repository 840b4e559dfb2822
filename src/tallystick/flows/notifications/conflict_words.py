"""What both sides are told of a conflict: the vendor's people of the case, a partner of its own claim alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Final

from django.urls import reverse
from django.utils.translation import gettext as _

from tallystick.flows.notifications.facts import Event
from tallystick.flows.notifications.rules import Kind
from tallystick.flows.notifications.words import Words
from tallystick.platform import formats
from tallystick.platform.models import NoticeUrgency

_OF_THE_CASE: Final = "conflict"
_WHOLE: Final = 1_000_000


def _vendor(event: Event) -> Words | None:
    """Tell of the case; the entries that each claimant has of its own are left to the claimants."""
    if event.entry.subject_kind != _OF_THE_CASE or event.entry.subject_id is None:
        return None
    company = {"company": event.data["company"]}
    titles = {
        "conflict_opened": _("%(company)s: claims stand against each other, a ruling is due"),
        "conflict_ruled": _("%(company)s: the conflict was ruled"),
        "conflict_appealed": _("%(company)s: the ruling was appealed, somebody else decides"),
        "conflict_closed": _("%(company)s: the case is closed"),
    }
    pressing = event.verb in {"conflict_opened", "conflict_appealed"}
    return Words(
        kind=Kind.CONFLICTS,
        label=str(event.data["reference"]),
        title=titles[event.verb] % company,
        text=str(event.data.get("reason") or ""),
        url=reverse("console:conflict", args=[event.entry.subject_id]),
        urgency=NoticeUrgency.ACT if pressing else NoticeUrgency.NORMAL,
    )


def _partner(event: Event) -> Words | None:
    """Tell of one's own claim: whoever claims besides is never named."""
    if event.deal is None or event.entry.subject_kind == _OF_THE_CASE:
        return None
    company = {"company": event.deal.company}
    titles = {
        "conflict_opened": _("%(company)s: your claim is contested"),
        "conflict_ruled": _ruled(event),
        "conflict_appealed": _("%(company)s: the ruling is under appeal"),
        "conflict_closed": _("%(company)s: the case is closed"),
    }
    return Words(
        kind=Kind.DECISIONS,
        label=str(event.data["reference"]),
        title=titles[event.verb] % company,
        text=_reason(event),
        url=reverse("portal:conflict", args=[str(event.data["reference"])]),
        urgency=NoticeUrgency.NORMAL if event.verb == "conflict_closed" else NoticeUrgency.ACT,
    )


def _ruled(event: Event) -> str:
    match event.data.get("ppm", 0):
        case 0:
            return _("%(company)s: ruled, your claim does not stand")
        case ppm if ppm == _WHOLE:
            return _("%(company)s: ruled, your claim stands")
        case _:
            return _("%(company)s: ruled, your claim has a part")


def _reason(event: Event) -> str:
    reason = str(event.data.get("reason") or "")
    until = str(event.data.get("appeal_until") or "")
    if not until:
        return reason
    appeal = _("You can appeal until %(day)s.") % {"day": formats.day(date.fromisoformat(until))}
    return f"{reason} {appeal}"


_VERBS: Final = ("conflict_opened", "conflict_ruled", "conflict_appealed", "conflict_closed")
VENDOR: Final[Mapping[str, Callable[[Event], Words | None]]] = dict.fromkeys(_VERBS, _vendor)
PARTNER: Final[Mapping[str, Callable[[Event], Words | None]]] = dict.fromkeys(_VERBS, _partner)
