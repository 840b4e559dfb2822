"""What both sides are told of how a registration is handled: questions, steps, escalations, requests, conversion."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Final

from django.utils.translation import gettext as _

from tallystick.flows.notifications.facts import Event
from tallystick.flows.notifications.rules import Kind
from tallystick.flows.notifications.words import Words, console_deal, day_of, deal_label, moment_of, portal_deal
from tallystick.platform import formats
from tallystick.platform.models import NoticeUrgency

ESCALATED: Final = "registration_escalated"
QUESTION_ASKED: Final = "registration_question_asked"
DEEMED: Final = "registration_deemed_approved"

_ACT: Final = NoticeUrgency.ACT


def _told(
    event: Event,
    kind: Kind,
    title: str,
    *,
    to_partner: bool,
    text: str = "",
    urgency: NoticeUrgency = NoticeUrgency.NORMAL,
) -> Words | None:
    if event.deal is None:
        return None
    url = portal_deal(event.deal) if to_partner else console_deal(event.deal)
    return Words(kind=kind, label=deal_label(event.deal), title=title, text=text, url=url, urgency=urgency)


def _names(event: Event) -> dict[str, str]:
    return {
        "company": event.deal.company if event.deal else "",
        "partner": event.partner.name if event.partner else "",
        "person": event.entry.actor_label,
    }


# The vendor's side


def _escalated(event: Event) -> Words | None:
    if event.deal is None or event.deal.state != "submitted":
        return None
    title = _("%(company)s: %(percent)s %% of the time to answer %(partner)s has gone, it is due by %(due)s") % {
        **_names(event),
        "percent": event.data["after_percent"],
        "due": moment_of(event, "due_at"),
    }
    return _told(event, Kind.REGISTRATIONS, title, to_partner=False, urgency=_ACT)


def _step(event: Event) -> Words | None:
    title = _("%(company)s: %(person)s passed it on, next is “%(next)s”") % {
        **_names(event),
        "next": event.data["next"],
    }
    return _told(event, Kind.REGISTRATIONS, title, to_partner=False, urgency=_ACT)


def _deemed(event: Event) -> Words | None:
    title = _("%(company)s: approved for %(partner)s, since nobody answered in time") % _names(event)
    text = str(event.data.get("reason") or "")
    return _told(event, Kind.DECISIONS, title, to_partner=False, text=text, urgency=_ACT)


def _question_answered(event: Event) -> Words | None:
    title = _("%(company)s: %(partner)s has answered, decide by %(due)s") % {
        **_names(event),
        "due": moment_of(event, "answer_due_at"),
    }
    return _told(event, Kind.REGISTRATIONS, title, to_partner=False, urgency=_ACT)


def _asked_for(event: Event) -> Words | None:
    values = {**_names(event), "due": moment_of(event, "answer_due_at")}
    title = (
        _("%(company)s: %(partner)s asks for more time, answer by %(due)s") % values
        if event.data.get("kind") == "extension"
        else _("%(company)s: %(partner)s asks for a change, answer by %(due)s") % values
    )
    text = str(event.data.get("asks") or "")
    return _told(event, Kind.REGISTRATIONS, title, to_partner=False, text=text, urgency=_ACT)


def _amended(event: Event) -> Words | None:
    title = _("%(company)s: the registration of %(partner)s was changed") % _names(event)
    return _told(event, Kind.DECISIONS, title, to_partner=False)


def _extended(event: Event) -> Words | None:
    title = _("%(company)s: protected for %(partner)s until %(day)s") % {**_names(event), "day": _until(event)}
    return _told(event, Kind.DECISIONS, title, to_partner=False)


def _converted(event: Event) -> Words | None:
    title = _("%(company)s: an opportunity now, protected for %(partner)s while it is open") % _names(event)
    return _told(event, Kind.DEALS, title, to_partner=False)


# The partner's side


def _own_step(event: Event) -> Words | None:
    title = _("%(company)s: one step further, next is “%(next)s”") % {**_names(event), "next": event.data["next"]}
    return _told(event, Kind.DECISIONS, title, to_partner=True)


def _own_deemed(event: Event) -> Words | None:
    title = _("%(company)s: approved, protected to %(day)s") % {
        **_names(event),
        "day": day_of(event, "protected_until"),
    }
    text = str(event.data.get("reason") or "")
    return _told(event, Kind.DECISIONS, title, to_partner=True, text=text, urgency=_ACT)


def _own_question(event: Event) -> Words | None:
    title = _("%(company)s: a question before the decision; the clock stands still until you answer") % _names(event)
    return _told(event, Kind.QUESTIONS, title, to_partner=True, urgency=_ACT)


def _own_extended(event: Event) -> Words | None:
    title = _("%(company)s: more time granted, protected to %(day)s") % {**_names(event), "day": _until(event)}
    return _told(event, Kind.DECISIONS, title, to_partner=True, urgency=_ACT)


def _own_amended(event: Event) -> Words | None:
    title = _("%(company)s: your change is granted") % _names(event)
    return _told(event, Kind.DECISIONS, title, to_partner=True, urgency=_ACT)


def _own_request_declined(event: Event) -> Words | None:
    title = (
        _("%(company)s: no more time") % _names(event)
        if event.data.get("kind") == "extension"
        else _("%(company)s: it stays as it was registered") % _names(event)
    )
    text = str(event.data.get("reason") or "")
    return _told(event, Kind.DECISIONS, title, to_partner=True, text=text, urgency=_ACT)


def _own_converted(event: Event) -> Words | None:
    title = _("%(company)s: protected while its opportunity is open") % _names(event)
    return _told(event, Kind.PROTECTION, title, to_partner=True)


def _own_resumed(event: Event) -> Words | None:
    if event.deal is None:
        return None
    title = (
        _("%(company)s: open again, and protected") % _names(event)
        if event.deal.state == "converted"
        else _("%(company)s: open again; another registration holds the company by now") % _names(event)
    )
    return _told(event, Kind.PROTECTION, title, to_partner=True, urgency=_ACT)


def _until(event: Event) -> str:
    return formats.day(date.fromisoformat(str(event.data["after"]["protected_until"])))


VENDOR: Final[Mapping[str, Callable[[Event], Words | None]]] = {
    ESCALATED: _escalated,
    "registration_step_approved": _step,
    DEEMED: _deemed,
    "registration_question_answered": _question_answered,
    "registration_extension_requested": _asked_for,
    "registration_amendment_requested": _asked_for,
    "registration_amended": _amended,
    "registration_extended": _extended,
    "registration_converted": _converted,
}
PARTNER: Final[Mapping[str, Callable[[Event], Words | None]]] = {
    "registration_step_approved": _own_step,
    DEEMED: _own_deemed,
    QUESTION_ASKED: _own_question,
    "registration_extended": _own_extended,
    "registration_amended": _own_amended,
    "registration_extension_declined": _own_request_declined,
    "registration_amendment_declined": _own_request_declined,
    "registration_converted": _own_converted,
    "registration_resumed": _own_resumed,
}
