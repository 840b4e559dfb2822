"""What partners are told of an event, in words that hold nothing but their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from django.urls import reverse
from django.utils.translation import gettext as _

from tallystick.flows.notifications import conflict_words, facts, handling_words, reminders
from tallystick.flows.notifications.facts import DealFacts, Event
from tallystick.flows.notifications.lead_words import PARTNER_WORDS as LEAD_WORDS
from tallystick.flows.notifications.rules import Kind
from tallystick.flows.notifications.words import (
    Words,
    day_of,
    deal_label,
    money_of,
    month_of,
    portal_deal,
    together,
)
from tallystick.partners.models import Tier
from tallystick.platform import formats
from tallystick.platform.actors import ActorKind
from tallystick.platform.models import NoticeUrgency

ACT, MONEY, NORMAL = NoticeUrgency.ACT, NoticeUrgency.MONEY, NoticeUrgency.NORMAL


def partner_words(event: Event) -> Words | None:
    """Return what the partner's people are told of an event, or nothing."""
    if not event.for_partner and event.verb not in _TOLD_BY_DEAL:
        return None
    write = _WORDS.get(event.verb)
    return write(event) if write is not None else None


def _of_deal(
    deal: DealFacts, kind: Kind, title: str, *, text: str = "", urgency: NoticeUrgency = NoticeUrgency.NORMAL
) -> Words:
    return Words(kind=kind, label=deal_label(deal), title=title, text=text, url=portal_deal(deal), urgency=urgency)


def _registered(event: Event) -> Words | None:
    deal = event.deal
    if deal is None:
        return None
    company = {"company": deal.company}
    if event.data.get("state") == "declined":
        title = _("%(company)s: declined at once") % company
        return _of_deal(deal, Kind.DECISIONS, title, text=deal.reason, urgency=ACT)
    due = formats.moment(deal.answer_due_at) if deal.answer_due_at else ""
    title = _("%(company)s: registered, answer by %(due)s") % {**company, "due": due}
    return _of_deal(deal, Kind.DECISIONS, title)


def _approved(event: Event) -> Words | None:
    if event.deal is None:
        return None
    title = _("%(company)s: approved, protected to %(day)s") % {
        "company": event.deal.company,
        "day": day_of(event, "protected_until"),
    }
    return _of_deal(event.deal, Kind.DECISIONS, title, text=_decided_by(event), urgency=ACT)


def _declined(event: Event) -> Words | None:
    if event.deal is None:
        return None
    title = _("%(company)s: declined") % {"company": event.deal.company}
    return _of_deal(event.deal, Kind.DECISIONS, title, text=str(event.data.get("reason") or ""), urgency=ACT)


def _withdrawn(event: Event) -> Words | None:
    if event.deal is None:
        return None
    title = _("%(company)s: withdrawn") % {"company": event.deal.company}
    return _of_deal(event.deal, Kind.DECISIONS, title, text=str(event.data.get("reason") or ""))


def _reopened(event: Event) -> Words | None:
    if event.deal is None:
        return None
    title = _("%(company)s: in review again") % {"company": event.deal.company}
    text = _("The decision was taken back; you are told of the next one.")
    return _of_deal(event.deal, Kind.DECISIONS, title, text=text, urgency=ACT)


def _decided_by(event: Event) -> str:
    if event.entry.actor_kind != ActorKind.PERSON:
        return ""
    return _("Decided by %(name)s.") % {"name": event.entry.actor_label}


def _linked(event: Event) -> Words | None:
    if event.deal is None:
        return None
    values = {"company": event.deal.company, "stage": event.deal.stage}
    title = (
        _("%(company)s: now an opportunity, in stage %(stage)s") % values
        if event.deal.stage
        else _("%(company)s: now an opportunity") % values
    )
    return _of_deal(event.deal, Kind.DEALS, title, urgency=ACT)


def _moved(event: Event) -> Words | None:
    if event.deal is None:
        return None
    title = _("%(company)s: moved to %(stage)s") % {"company": event.deal.company, "stage": event.deal.stage}
    return _of_deal(event.deal, Kind.DEALS, title, urgency=ACT)


def _won(event: Event) -> Words | None:
    if event.deal is None:
        return None
    title = _("%(company)s: won") % {"company": event.deal.company}
    text = _("What you earn follows from the invoices as they are paid.")
    return _of_deal(event.deal, Kind.DEALS, title, text=text, urgency=ACT)


def _lost(event: Event) -> Words | None:
    if event.deal is None:
        return None
    title = _("%(company)s: lost") % {"company": event.deal.company}
    return _of_deal(event.deal, Kind.DEALS, title, urgency=ACT)


def _ended(event: Event) -> Words | None:
    if event.deal is None:
        return None
    title = _("%(company)s: protection ended") % {"company": event.deal.company}
    return _of_deal(event.deal, Kind.PROTECTION, title, urgency=ACT)


def _ending(event: Event) -> Words | None:
    if event.deal is None:
        return None
    title = _("%(company)s: protection ends on %(day)s") % {
        "company": event.deal.company,
        "day": day_of(event, "protected_until"),
    }
    text = _("Move the deal on, or ask for more time, before then.")
    urgency = ACT if event.data.get("days") == event.data.get("last_step") else NORMAL
    return _of_deal(event.deal, Kind.PROTECTION, title, text=text, urgency=urgency)


def _news(event: Event) -> Words | None:
    if event.deal is None:
        return None
    owner = str(event.data.get("owner") or "")
    company = {"company": event.deal.company}
    title = (
        _("%(company)s: %(owner)s has it, expect news by %(due)s")
        % {**company, "owner": owner, "due": day_of(event, "news_by")}
        if owner
        else _("%(company)s: expect news by %(due)s") % {**company, "due": day_of(event, "news_by")}
    )
    text = _("Nothing has happened for %(days)s days. We have asked for an answer.") % {"days": event.data["days"]}
    return _of_deal(event.deal, Kind.SILENCE, title, text=text, urgency=ACT)


def _message(event: Event) -> Words | None:
    if event.deal is None or event.data.get("side") != "vendor":
        return None
    title = _("%(company)s: %(name)s wrote to you") % {
        "company": event.deal.company,
        "name": event.entry.actor_label,
    }
    return _of_deal(event.deal, Kind.QUESTIONS, title, urgency=ACT)


def _booked(event: Event) -> Words | None:
    lost = [amount for amount in event.money if amount.minor < 0]
    gained = [amount for amount in event.money if amount.minor > 0]
    if not event.money:
        return None
    amounts = {"gained": together(gained), "lost": together(lost)}
    if lost and gained:
        title = _("%(gained)s earned and %(lost)s taken back") % amounts
    elif lost:
        title = _("%(lost)s taken back") % amounts
    else:
        title = _("%(gained)s earned, on hold for now") % amounts
    text = _("Each line says why, and when it is paid.")
    return Words(
        kind=Kind.MONEY,
        label=_("Commissions"),
        title=title,
        text=text,
        url=reverse("portal:earnings"),
        urgency=MONEY if lost else NORMAL,
    )


def _of_money(title: str, *, text: str = "") -> Words:
    return Words(
        kind=Kind.MONEY,
        label=_("Commissions"),
        title=title,
        text=text,
        url=reverse("portal:earnings"),
        urgency=MONEY,
    )


def _commissions_approved(event: Event) -> Words | None:
    values = {"amount": money_of(event), "month": month_of(event)}
    return _of_money(_("%(amount)s approved for %(month)s") % values)


def _approval_undone(event: Event) -> Words | None:
    values = {"amount": money_of(event), "month": month_of(event)}
    return _of_money(_("%(amount)s for %(month)s is being checked again") % values)


def _set_aside(event: Event) -> Words | None:
    amount = formats.money_exact(int(event.data["amount_minor"]), str(event.data["currency"]))
    return _of_money(_("%(amount)s held back") % {"amount": amount}, text=str(event.data.get("reason") or ""))


def _taken_back(_event: Event) -> Words | None:
    return _of_money(_("A line that was held back is on its way again"))


def _statement(event: Event) -> Words | None:
    title = _("Your statement of %(month)s: %(amount)s") % {"month": month_of(event), "amount": money_of(event)}
    return Words(
        kind=Kind.STATEMENTS,
        label=_("Statement"),
        title=title,
        text=_("It lists every line with its reason."),
        url=reverse("portal:statement", args=[event.entry.subject_id]),
        urgency=MONEY,
    )


def _tier(event: Event) -> Words | None:
    if event.partner is None:
        return None
    title = _("Your tier is %(tier)s from %(day)s") % {
        "tier": Tier(str(event.data["to"])).label,
        "day": day_of(event, "valid_from"),
    }
    return Words(kind=Kind.PROGRAMME, label=_("Programme"), title=title, url=reverse("portal:home"))


def _manager(event: Event) -> Words | None:
    return Words(
        kind=Kind.PROGRAMME,
        label=_("Programme"),
        title=_("Somebody else looks after you now"),
        text=event.entry.summary,
        url=reverse("portal:home"),
    )


def _team(event: Event) -> Words | None:
    return Words(kind=Kind.TEAM, label=_("Team"), title=event.entry.summary, url=reverse("portal:home"))


def _webhook(event: Event) -> Words | None:
    if event.entry.actor_kind == ActorKind.PERSON:
        return None
    return Words(
        kind=Kind.WEBHOOKS,
        label=_("Webhooks"),
        title=event.entry.summary,
        text=_("What it missed is kept: mend it, then have it sent again."),
        url=reverse("portal:webhook", args=[event.entry.subject_id]),
        urgency=ACT,
    )


_WORDS: Final[Mapping[str, Callable[[Event], Words | None]]] = {
    **handling_words.PARTNER,
    **conflict_words.PARTNER,
    "deal_registered": _registered,
    "registration_approved": _approved,
    "registration_declined": _declined,
    "registration_withdrawn": _withdrawn,
    "registration_reopened": _reopened,
    "registration_linked": _linked,
    "registration_won": _won,
    "registration_lost": _lost,
    facts.STAGE_CHANGED: _moved,
    facts.PROTECTION_ENDED: _ended,
    reminders.PROTECTION_ENDING: _ending,
    reminders.SILENCE_TOLD: _news,
    "message_posted": _message,
    facts.COMMISSIONS_BOOKED: _booked,
    "commissions_approved": _commissions_approved,
    "commissions_approval_undone": _approval_undone,
    "commission_line_set_aside": _set_aside,
    "commission_line_taken_back": _taken_back,
    "statement_issued": _statement,
    "partner_tier_changed": _tier,
    "partner_manager_changed": _manager,
    "invitation_accepted": _team,
    "partner_person_removed": _team,
    **LEAD_WORDS,
    "webhook_failing": _webhook,
    "webhook_paused": _webhook,
}
_TOLD_BY_DEAL: Final = frozenset({"registration_linked"})
"""Entries that name no partner, though the deal they are about is a partner's."""
PARTNER_VERBS: Final = frozenset(_WORDS)
