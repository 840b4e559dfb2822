"""What the vendor's people are told of an event."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tallystick.flows.notifications import conflict_words, facts, handling_words, reminders
from tallystick.flows.notifications.facts import DealFacts, Event
from tallystick.flows.notifications.lead_words import VENDOR_WORDS as LEAD_WORDS
from tallystick.flows.notifications.rules import Kind
from tallystick.flows.notifications.words import (
    Words,
    console_deal,
    day_of,
    deal_label,
    moment_of,
    money_of,
    month_of,
)
from tallystick.platform import formats
from tallystick.platform.actors import ActorKind
from tallystick.platform.models import NoticeUrgency

ACT, MONEY, NORMAL = NoticeUrgency.ACT, NoticeUrgency.MONEY, NoticeUrgency.NORMAL


def vendor_words(event: Event) -> Words | None:
    """Return what the vendor's people are told of an event, or nothing."""
    write = _WORDS.get(event.verb)
    return write(event) if write is not None else None


def _of_deal(
    deal: DealFacts, kind: Kind, title: str, *, text: str = "", urgency: NoticeUrgency = NoticeUrgency.NORMAL
) -> Words:
    return Words(kind=kind, label=deal_label(deal), title=title, text=text, url=console_deal(deal), urgency=urgency)


def _who(event: Event) -> dict[str, str]:
    return {
        "company": event.deal.company if event.deal else "",
        "partner": event.partner.name if event.partner else "",
        "person": event.entry.actor_label,
    }


def _registered(event: Event) -> Words | None:
    deal = event.deal
    if deal is None:
        return None
    if event.data.get("state") == "declined":
        title = _("%(company)s: %(partner)s came second, declined by rule") % _who(event)
        answer = _("They were told: “%(reason)s”") % {"reason": deal.reason} if deal.reason else ""
        return _of_deal(deal, Kind.CONFLICTS, title, text=answer, urgency=ACT)
    value = formats.money_trimmed(deal.value.minor, deal.value.currency) if deal.value else ""
    due = formats.moment(deal.answer_due_at) if deal.answer_due_at else ""
    title = _("%(company)s: registered by %(partner)s, decide by %(due)s") % {**_who(event), "due": due}
    return _of_deal(deal, Kind.REGISTRATIONS, title, text=_("Value %(value)s.") % {"value": value}, urgency=ACT)


def _answer_due(event: Event) -> Words | None:
    if event.deal is None or event.deal.state != "submitted":
        return None
    title = _("%(company)s: %(partner)s waits for an answer by %(due)s") % {
        **_who(event),
        "due": moment_of(event, "due_at"),
    }
    return _of_deal(event.deal, Kind.REGISTRATIONS, title, urgency=ACT)


def _decided(event: Event) -> Words | None:
    if event.deal is None:
        return None
    match event.verb:
        case "registration_approved":
            title = _("%(company)s: approved for %(partner)s, protected to %(day)s") % {
                **_who(event),
                "day": day_of(event, "protected_until"),
            }
        case "registration_declined":
            title = _("%(company)s: declined for %(partner)s") % _who(event)
        case "registration_reopened":
            title = _("%(company)s: %(person)s took the decision back, it waits again") % _who(event)
        case _:
            title = _("%(company)s: withdrawn by %(person)s") % _who(event)
    return _of_deal(event.deal, Kind.DECISIONS, title, text=str(event.data.get("reason") or ""))


def _deal_news(event: Event) -> Words | None:
    if event.deal is None:
        return None
    match event.verb:
        case "registration_won":
            title = _("%(company)s: won with %(partner)s") % _who(event)
        case "registration_lost":
            title = _("%(company)s: lost with %(partner)s") % _who(event)
        case "registration_linked":
            title = _("%(company)s: the registration of %(partner)s found its opportunity") % _who(event)
        case facts.STAGE_CHANGED:
            title = _("%(company)s: moved to %(stage)s, with %(partner)s") % {**_who(event), "stage": event.deal.stage}
        case _:
            title = _("%(company)s: next step changed") % _who(event)
    return _of_deal(event.deal, Kind.DEALS, title)


def _silent(event: Event) -> Words | None:
    if event.deal is None:
        return None
    days = int(event.data["days"])
    title = ngettext(
        "%(company)s: no news for %(partner)s in %(days)s day",
        "%(company)s: no news for %(partner)s in %(days)s days",
        days,
    ) % {**_who(event), "days": days}
    text = _("On %(day)s %(partner)s is told that you have it.") % {**_who(event), "day": day_of(event, "told_on")}
    return _of_deal(event.deal, Kind.SILENCE, title, text=text, urgency=ACT)


def _told(event: Event) -> Words | None:
    if event.deal is None:
        return None
    title = _("%(company)s: %(partner)s was told to expect news by %(due)s") % {
        **_who(event),
        "due": day_of(event, "news_by"),
    }
    return _of_deal(event.deal, Kind.SILENCE, title)


def _protection(event: Event) -> Words | None:
    if event.deal is None:
        return None
    if event.verb == facts.PROTECTION_ENDED:
        title = _("%(company)s: the protection of %(partner)s ended") % _who(event)
        return _of_deal(event.deal, Kind.PROTECTION, title)
    title = _("%(company)s: the protection of %(partner)s ends on %(day)s") % {
        **_who(event),
        "day": day_of(event, "protected_until"),
    }
    return _of_deal(event.deal, Kind.PROTECTION, title)


def _message(event: Event) -> Words | None:
    if event.deal is None or event.data.get("side") != "partner":
        return None
    if event.data.get("asks") and event.data.get("answer_due_at"):
        title = _("%(company)s: %(person)s of %(partner)s asks, answer by %(due)s") % {
            **_who(event),
            "due": moment_of(event, "answer_due_at"),
        }
        return _of_deal(event.deal, Kind.QUESTIONS, title, urgency=ACT)
    title = _("%(company)s: %(person)s of %(partner)s wrote") % _who(event)
    return _of_deal(event.deal, Kind.QUESTIONS, title, urgency=ACT)


def _money(title: str, url: str, *, text: str = "", urgency: NoticeUrgency = NoticeUrgency.NORMAL) -> Words:
    return Words(kind=Kind.MONEY, label=_("Commissions"), title=title, text=text, url=url, urgency=urgency)


def _accrued(event: Event) -> Words | None:
    blocked = int(event.data.get("blocked", 0))
    if not blocked:
        return None
    title = ngettext(
        "%(count)s commission line is blocked: a fact is missing",
        "%(count)s commission lines are blocked: a fact is missing",
        blocked,
    ) % {"count": formats.number(blocked)}
    return _money(title, reverse("console:blocked"), urgency=ACT)


def _run(event: Event) -> Words | None:
    values = {"month": month_of(event), "amount": money_of(event), "person": event.entry.actor_label}
    url = reverse("console:approval_run", args=[event.entry.subject_id])
    match event.verb:
        case "approval_run_prepared":
            title = _("Commissions of %(month)s wait for approval: %(amount)s") % values
            return _money(title, url, urgency=MONEY)
        case "approval_run_approved":
            return _money(_("Commissions of %(month)s approved by %(person)s: %(amount)s") % values, url)
        case _:
            title = _("The approval run of %(month)s was sent back by %(person)s") % values
            return _money(title, url, text=str(event.data.get("reason") or ""), urgency=MONEY)


def _month_closed(event: Event) -> Words | None:
    return Words(kind=Kind.STATEMENTS, label=_("Books"), title=event.entry.summary, url=reverse("console:statements"))


def _statement(event: Event) -> Words | None:
    title = _("%(partner)s: statement of %(month)s issued, %(amount)s") % {
        **_who(event),
        "month": month_of(event),
        "amount": money_of(event),
    }
    return Words(
        kind=Kind.STATEMENTS,
        label=_("Statement"),
        title=title,
        url=reverse("console:statement", args=[event.entry.subject_id]),
    )


def _partner(event: Event) -> Words | None:
    if event.partner is None:
        return None
    return Words(
        kind=Kind.PARTNERS,
        label=_("Partner %(name)s") % {"name": event.partner.name},
        title=event.entry.summary,
        url=reverse("console:partner", args=[event.partner.id]),
    )


def _joined(event: Event) -> Words | None:
    if event.partner is not None:
        return _partner(event)
    return Words(kind=Kind.TEAM, label=_("People"), title=event.entry.summary, url=reverse("console:activity"))


def _people(event: Event) -> Words | None:
    return Words(kind=Kind.TEAM, label=_("People"), title=event.entry.summary, url=reverse("console:activity"))


def _programme(event: Event) -> Words | None:
    return Words(kind=Kind.PROGRAMME, label=_("Programme"), title=event.entry.summary, url=reverse("console:activity"))


def _policy(event: Event) -> Words | None:
    return Words(
        kind=Kind.ATTRIBUTION, label=_("Attribution"), title=event.entry.summary, url=reverse("console:policy")
    )


def _imported(event: Event) -> Words | None:
    refused = int(event.data.get("refused", 0))
    # What a connection brings in the background is news only where rows were refused.
    by_person = event.entry.actor_kind == ActorKind.PERSON
    if event.entry.subject_id is None or not (refused or by_person):
        return None
    title = event.entry.summary
    url = (
        reverse("console:import", args=[event.entry.subject_id])
        if event.verb != "import_undone"
        else (reverse("console:imports"))
    )
    text = (
        ngettext("%(count)s row was refused.", "%(count)s rows were refused.", refused)
        % {"count": formats.number(refused)}
        if refused
        else ""
    )
    return Words(kind=Kind.IMPORTS, label=_("Import"), title=title, text=text, url=url)


def _webhook(event: Event) -> Words | None:
    if event.partner is not None or event.entry.actor_kind == ActorKind.PERSON:
        return None
    return Words(
        kind=Kind.WEBHOOKS,
        label=_("Webhooks"),
        title=event.entry.summary,
        text=_("What it missed is kept: mend it, then have it sent again."),
        url=reverse("console:webhook", args=[event.entry.subject_id]),
        urgency=ACT,
    )


_WORDS: Final[Mapping[str, Callable[[Event], Words | None]]] = {
    **handling_words.VENDOR,
    **conflict_words.VENDOR,
    "deal_registered": _registered,
    reminders.ANSWER_DUE: _answer_due,
    "registration_approved": _decided,
    "registration_declined": _decided,
    "registration_withdrawn": _decided,
    "registration_reopened": _decided,
    "registration_linked": _deal_news,
    "registration_won": _deal_news,
    "registration_lost": _deal_news,
    facts.STAGE_CHANGED: _deal_news,
    "next_step_set": _deal_news,
    reminders.SILENCE_NUDGED: _silent,
    reminders.SILENCE_TOLD: _told,
    reminders.PROTECTION_ENDING: _protection,
    facts.PROTECTION_ENDED: _protection,
    "message_posted": _message,
    "commissions_accrued": _accrued,
    "approval_run_prepared": _run,
    "approval_run_approved": _run,
    "approval_run_rejected": _run,
    "approval_run_undone": _run,
    "month_closed": _month_closed,
    "statement_issued": _statement,
    "partner_created": _partner,
    "partner_lifecycle_changed": _partner,
    "partner_tier_changed": _partner,
    "partner_manager_changed": _partner,
    "invitation_accepted": _joined,
    "member_role_changed": _people,
    "member_removed": _people,
    "plan_published": _programme,
    "attribution_policy_published": _policy,
    "facts_imported": _imported,
    "import_undone": _imported,
    **LEAD_WORDS,
    "webhook_failing": _webhook,
    "webhook_paused": _webhook,
}
VENDOR_VERBS: Final = frozenset(_WORDS)
