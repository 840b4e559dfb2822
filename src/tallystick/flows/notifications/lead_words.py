"""What both sides are told of leads. A partner is told of its own leads and offers, never of another's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tallystick.flows.notifications.facts import Event
from tallystick.flows.notifications.rules import Kind
from tallystick.flows.notifications.words import Words, moment_of
from tallystick.platform.models import NoticeUrgency

ACT, NORMAL = NoticeUrgency.ACT, NoticeUrgency.NORMAL
Write = Callable[[Event], Words | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _News:
    """What is said of one verb: its title, what follows in the text, and how pressing it is.

    `due` names the instant of the entry that the title tells. A lead of ours may have words of its own.
    """

    title: Promise
    text: Promise | str = ""
    tells_reason: bool = False
    due: str = ""
    urgency: NoticeUrgency = NORMAL
    ours: _News | None = None


_VENDOR: Final[Mapping[str, _News]] = {
    "lead_introduced": _News(
        title=_("%(company)s: introduced by %(partner)s, answer by %(due)s"), due="answer_due_at", urgency=ACT
    ),
    "lead_answer_due": _News(
        title=_("%(company)s: the introduction waits for an answer by %(due)s"), due="due_at", urgency=ACT
    ),
    "lead_accepted": _News(
        title=_("%(company)s: accepted, introduced by %(partner)s"),
        ours=_News(title=_("%(company)s: accepted by %(partner)s"), urgency=ACT),
    ),
    "lead_declined": _News(title=_("%(company)s: declined by %(person)s"), tells_reason=True),
    "lead_qualified": _News(title=_("%(company)s: qualified by %(person)s")),
    "lead_converted": _News(title=_("%(company)s: the lead became a deal")),
    "lead_offered": _News(title=_("%(company)s: offered to %(partner)s until %(due)s"), due="due_at"),
    "lead_offer_declined": _News(title=_("%(company)s: %(partner)s declined it"), tells_reason=True),
    "lead_offer_lapsed": _News(title=_("%(company)s: %(partner)s did not answer in time")),
    "lead_returned": _News(title=_("%(company)s: nobody is left to ask, choose a partner"), urgency=ACT),
}
_PARTNER: Final[Mapping[str, _News]] = {
    "lead_introduced": _News(title=_("%(company)s: introduced, answer by %(due)s"), due="answer_due_at"),
    "lead_accepted": _News(
        title=_("%(company)s: your introduction was accepted"),
        urgency=ACT,
        ours=_News(title=_("%(company)s: accepted by %(person)s, it is yours")),
    ),
    "lead_declined": _News(
        title=_("%(company)s: your introduction was declined"),
        tells_reason=True,
        urgency=ACT,
        ours=_News(title=_("%(company)s: the lead was ended"), tells_reason=True),
    ),
    "lead_qualified": _News(title=_("%(company)s: the lead is qualified")),
    "lead_converted": _News(title=_("%(company)s: the lead became a deal"), urgency=ACT),
    "lead_offered": _News(
        title=_("%(company)s: offered to you, accept by %(due)s"),
        text=_("You see the contact once you have accepted."),
        due="due_at",
        urgency=ACT,
    ),
    "lead_offer_due": _News(title=_("%(company)s: the offer ends at %(due)s"), due="due_at", urgency=ACT),
    "lead_offer_declined": _News(title=_("%(company)s: declined by %(person)s"), tells_reason=True),
    "lead_offer_lapsed": _News(title=_("%(company)s: the time to accept is over")),
    "lead_offer_withdrawn": _News(title=_("%(company)s: the offer was taken back")),
}


def _words(event: Event, news: _News, *, page: str) -> Words | None:
    lead = event.lead
    if lead is None or (event.verb == "lead_answer_due" and lead.state != "new"):
        return None
    if news.ours is not None and not lead.is_from_partner:
        news = news.ours
    values = {
        "company": lead.company,
        "partner": event.partner.name if event.partner else "",
        "person": event.entry.actor_label,
        "due": moment_of(event, news.due) if news.due else "",
    }
    return Words(
        kind=Kind.LEADS,
        label=gettext("Lead %(reference)s") % {"reference": lead.reference},
        title=str(news.title) % values,
        text=str(event.data.get("reason") or "") if news.tells_reason else str(news.text),
        url=reverse(page, args=[lead.reference]),
        urgency=news.urgency,
    )


def _vendor(event: Event) -> Words | None:
    return _words(event, _VENDOR[event.verb], page="console:lead")


def _partner(event: Event) -> Words | None:
    return _words(event, _PARTNER[event.verb], page="portal:lead")


def _policy(event: Event) -> Words | None:
    url = reverse("console:lead_policy")
    return Words(kind=Kind.PROGRAMME, label=gettext("Leads"), title=event.entry.summary, url=url)


VENDOR_WORDS: Final[Mapping[str, Write]] = {**dict.fromkeys(_VENDOR, _vendor), "lead_policy_published": _policy}
PARTNER_WORDS: Final[Mapping[str, Write]] = dict.fromkeys(_PARTNER, _partner)
