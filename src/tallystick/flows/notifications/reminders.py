"""What the clock reminds people of: a decision that is due, a protection that ends, a silence that lasts.

Each is an entry of the activity stream, written once an occasion; who is told, and how, follows as for any entry.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import Max, QuerySet

from tallystick.crm.models import StageChange
from tallystick.deals.models import (
    DealRegistration,
    Lead,
    LeadDirection,
    LeadOffer,
    LeadOfferState,
    LeadState,
    RegistrationState,
)
from tallystick.flows.notifications.rules import Silence, broken_by, protection_step
from tallystick.kernel.periods import day_of
from tallystick.platform.actors import Actor
from tallystick.platform.models import ActivityEntry, Workspace
from tallystick.platform.notifications.choices import Rules, notice_rules
from tallystick.platform.notifications.reminding import remind_once
from tallystick.platform.tenancy import current_workspace_id

ANSWER_DUE: Final = "registration_answer_due"
PROTECTION_ENDING: Final = "protection_ending"
SILENCE_NUDGED: Final = "silence_nudged"
SILENCE_TOLD: Final = "silence_told"
LEAD_ANSWER_DUE: Final = "lead_answer_due"
LEAD_OFFER_DUE: Final = "lead_offer_due"
OWN_VERBS: Final = (ANSWER_DUE, PROTECTION_ENDING, SILENCE_NUDGED, SILENCE_TOLD, LEAD_ANSWER_DUE, LEAD_OFFER_DUE)
"""What reminders write is no news: it ends no silence."""
QUIET_VERBS: Final = (*OWN_VERBS, "internal_note_written", "view_saved")

NEWS_WITHIN: Final = timedelta(days=3)
"""How soon a partner who was told of a silence may expect news."""
LONGEST_SILENCE: Final = 14
"""Days after the partner should have been told in which a silence is still broken."""
MOST: Final = 2_000
CHUNK: Final = 500


def remind(actor: Actor, *, at: datetime) -> int:
    """Record every reminder of the workspace in scope that is due and was not recorded. Returns how many."""
    zone = ZoneInfo(Workspace.objects.get(pk=current_workspace_id()).time_zone)
    rules = notice_rules()
    return sum(
        (
            _answers_due(actor, rules, at=at),
            _leads_due(actor, rules, at=at),
            _lead_offers_due(actor, rules, at=at),
            _protections_ending(actor, rules, zone=zone, at=at),
            _silences(actor, rules, zone=zone, at=at),
        )
    )


def _answers_due(actor: Actor, rules: Rules, *, at: datetime) -> int:
    due = DealRegistration.objects.filter(
        state=RegistrationState.SUBMITTED,
        clock_stopped_at__isnull=True,
        answer_due_at__lte=at + timedelta(hours=rules.answer_due_hours),
    )
    recorded = 0
    for row in due.defer("explanation").order_by("answer_due_at", "pk")[:MOST]:
        recorded += remind_once(
            actor,
            verb=ANSWER_DUE,
            subject_kind="deal_registration",
            subject_id=row.pk,
            occasion=row.answer_due_at.isoformat(),
            summary=f"{row.reference} {row.company} waits for an answer",
            data={"reference": row.reference, "due_at": row.answer_due_at.isoformat()},
            at=at,
        )
    return recorded


def _leads_due(actor: Actor, rules: Rules, *, at: datetime) -> int:
    due = Lead.objects.filter(
        state=LeadState.NEW,
        direction=LeadDirection.TO_VENDOR,
        answer_due_at__lte=at + timedelta(hours=rules.answer_due_hours),
    )
    recorded = 0
    for row in due.order_by("answer_due_at", "pk")[:MOST]:
        due_at = row.answer_due_at.isoformat() if row.answer_due_at else ""
        recorded += remind_once(
            actor,
            verb=LEAD_ANSWER_DUE,
            subject_kind="lead",
            subject_id=row.pk,
            occasion=due_at,
            summary=f"{row.reference} {row.company} waits for an answer",
            data={"reference": row.reference, "due_at": due_at},
            at=at,
        )
    return recorded


def _lead_offers_due(actor: Actor, rules: Rules, *, at: datetime) -> int:
    due = LeadOffer.objects.filter(
        state=LeadOfferState.OPEN, due_at__gt=at, due_at__lte=at + timedelta(hours=rules.answer_due_hours)
    )
    recorded = 0
    for row in due.order_by("due_at", "pk")[:MOST]:
        recorded += remind_once(
            actor,
            verb=LEAD_OFFER_DUE,
            subject_kind="lead",
            subject_id=row.lead_id,
            occasion=f"{row.pk}@{row.due_at.isoformat()}",
            summary=f"{row.reference} {row.company} waits for your answer",
            data={"reference": row.reference, "due_at": row.due_at.isoformat()},
            partner_id=row.partner_id,
            at=at,
        )
    return recorded


def _protections_ending(actor: Actor, rules: Rules, *, zone: ZoneInfo, at: datetime) -> int:
    if not rules.protection_days:
        return 0
    today = day_of(at, zone=zone)
    last = today + timedelta(days=max(rules.protection_days))
    ending = DealRegistration.objects.filter(
        state=RegistrationState.APPROVED, protected_until__range=(today, last)
    ).defer("explanation")
    recorded = 0
    for row in ending.order_by("protected_until", "pk")[:MOST]:
        until = row.protected_until or last
        step = protection_step(days_left=(until - today).days, steps=rules.protection_days)
        if step is None:
            continue
        recorded += remind_once(
            actor,
            verb=PROTECTION_ENDING,
            subject_kind="deal_registration",
            subject_id=row.pk,
            occasion=f"{until.isoformat()} {step}",
            summary=f"The protection of {row.reference} {row.company} ends on {until.isoformat()}",
            data={
                "reference": row.reference,
                "protected_until": until.isoformat(),
                "days": step,
                "last_step": min(rules.protection_days),
            },
            partner_id=row.partner_id,
            at=at,
        )
    return recorded


def _silences(actor: Actor, rules: Rules, *, zone: ZoneInfo, at: datetime) -> int:
    """Break the silence of live registrations on which nothing has happened, here or in the CRM."""
    live = DealRegistration.objects.filter(
        state__in=[RegistrationState.SUBMITTED, RegistrationState.APPROVED, RegistrationState.CONVERTED]
    )
    today = day_of(at, zone=zone)
    recorded = 0
    for row, since, occasion in _silent_since(live, zone=zone, today=today, rules=rules):
        silent = (today - since).days
        due = broken_by(days_silent=silent, nudge_after=rules.nudge_owner_days, tell_after=rules.tell_partner_days)
        told_on = max(since + timedelta(days=rules.tell_partner_days), today)
        if Silence.NUDGE_OWNER in due:
            recorded += _nudge(actor, row, occasion=occasion, days=silent, told_on=told_on, at=at)
        if Silence.TELL_PARTNER in due:
            recorded += _tell(actor, row, occasion=occasion, days=silent, news_by=today + NEWS_WITHIN, at=at)
    return recorded


def _silent_since(
    live: QuerySet[DealRegistration], *, zone: ZoneInfo, today: date, rules: Rules
) -> Iterator[tuple[DealRegistration, date, str]]:
    """Yield the deals that have been silent long enough, with the day of the last news and a name for the silence.

    What has been silent far longer is history that was loaded, or a deal everybody gave up: it is left to digests.
    """
    last_day = today - timedelta(days=min(rules.nudge_owner_days, rules.tell_partner_days))
    rows = live.filter(submitted_at__date__lte=last_day).select_related("partner__manager").defer("explanation")
    oldest = today - timedelta(days=rules.tell_partner_days + LONGEST_SILENCE)
    for chunk in _batched(rows.order_by("pk").iterator(chunk_size=CHUNK), CHUNK):
        heard = _last_news([row.pk for row in chunk])
        moved = _last_moves([row.opportunity_id for row in chunk if row.opportunity_id])
        for row in chunk:
            position, at = heard.get(row.pk, (0, row.submitted_at))
            since = max(day_of(at, zone=zone), moved.get(row.opportunity_id or 0, date.min))
            if oldest <= since <= last_day:
                yield row, since, f"{position} {since.isoformat()}"


def _last_news(registration_ids: list[int]) -> Mapping[int, tuple[int, datetime]]:
    """Return the last entry about each registration that was news, by position and instant."""
    news = ActivityEntry.objects.filter(subject_kind="deal_registration", subject_id__in=registration_ids)
    rows = news.exclude(verb__in=QUIET_VERBS).order_by("subject_id")
    return {
        key: (position, at)
        for key, position, at in rows.values_list("subject_id").annotate(last=Max("position"), latest=Max("at"))
        if key is not None
    }


def _last_moves(opportunity_ids: list[int]) -> Mapping[int, date]:
    """Return the day each opportunity last entered a stage."""
    rows = StageChange.objects.filter(opportunity_id__in=opportunity_ids).order_by("opportunity_id")
    return dict(rows.values_list("opportunity_id").annotate(last=Max("entered_on")))


def _batched(rows: Iterable[DealRegistration], size: int) -> Iterator[list[DealRegistration]]:
    """Yield the rows in lists of a size."""
    remaining = iter(rows)
    while chunk := list(islice(remaining, size)):
        yield chunk


def _nudge(actor: Actor, row: DealRegistration, *, occasion: str, days: int, told_on: date, at: datetime) -> bool:
    return remind_once(
        actor,
        verb=SILENCE_NUDGED,
        subject_kind="deal_registration",
        subject_id=row.pk,
        occasion=occasion,
        summary=f"{row.reference} {row.company} has had no news for {days} days",
        data={"reference": row.reference, "days": days, "told_on": told_on.isoformat()},
        at=at,
    )


def _tell(actor: Actor, row: DealRegistration, *, occasion: str, days: int, news_by: date, at: datetime) -> bool:
    owner = str(row.partner.manager) if row.partner.manager else ""
    return remind_once(
        actor,
        verb=SILENCE_TOLD,
        subject_kind="deal_registration",
        subject_id=row.pk,
        occasion=occasion,
        summary=f"{row.reference} {row.company}: news is promised by {news_by.isoformat()}",
        data={"reference": row.reference, "days": days, "owner": owner, "news_by": news_by.isoformat()},
        partner_id=row.partner_id,
        at=at,
    )
