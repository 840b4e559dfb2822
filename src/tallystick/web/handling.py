"""How a registration is handled, as both sides see it: the same clock, the steps of its approval, what was asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tallystick.deals.models import ApprovalStep, DealRegistration, PartnerQuestion, RegistrationRequest, RequestState
from tallystick.deals.rules.terms import Terms
from tallystick.deals.services.terms import terms_of
from tallystick.web.ui import formats
from tallystick.web.ui.components import ChecklistItem, Progress

FIELD_LABELS: Final[Mapping[str, Promise]] = {
    "protected_until": gettext_lazy("Protected until"),
    "value_minor": gettext_lazy("Value"),
    "close_on": gettext_lazy("Expected close"),
    "product_key": gettext_lazy("Product"),
    "contact_name": gettext_lazy("Contact"),
    "contact_email": gettext_lazy("Contact’s e-mail"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerClock:
    """The clock of a claim in words: by when, on which calendar, and since when it stands still."""

    due: datetime
    by: str
    calendar: str
    left_out: str
    stopped_since: str
    question: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """One field that a request would change, or has changed."""

    label: str
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRequest:
    """A request as both sides see it."""

    id: int
    title: str
    state: str
    state_words: str
    waits: bool
    reason: str
    asked: str
    due: datetime
    by: str
    changes: tuple[FieldChange, ...]
    answer: str


def clock_of(claim: DealRegistration, *, zone: ZoneInfo) -> AnswerClock:
    """Return the clock of a claim that waits for a decision."""
    terms = terms_of(claim, zone=zone)
    left_out = terms.calendar.left_out(claim.submitted_at, claim.answer_due_at)
    question = PartnerQuestion.objects.filter(registration=claim, answered_at__isnull=True).first()
    return AnswerClock(
        due=claim.answer_due_at,
        by=moment_in(claim.answer_due_at, terms),
        calendar=calendar_words(terms),
        left_out=", ".join(f"{day.name} ({formats.day(day.on)})" for day in left_out),
        stopped_since=formats.moment(claim.clock_stopped_at) if claim.clock_stopped_at else "",
        question=question.text if question else "",
    )


def moment_in(instant: datetime, terms: Terms) -> str:
    """Write an instant on the calendar's own clock, with its weekday: "Tue, 24 Nov 2026, 15:05 CET"."""
    with timezone.override(ZoneInfo(terms.calendar.zone)):
        local = timezone.localtime(instant)
        return f"{formats.weekday(local.weekday())}, {formats.moment(instant)}"


def calendar_words(terms: Terms) -> str:
    """Say when a calendar works: "Mon–Fri, 09:00–17:30, Europe/Berlin"."""
    calendar, names = terms.calendar, [formats.weekday(number) for number in range(7)]
    days = sorted(calendar.days)
    row = days == list(range(days[0], days[-1] + 1)) and len(days) > 1
    spoken = f"{names[days[0]]}–{names[days[-1]]}" if row else ", ".join(names[day] for day in days)
    hours = _("whole days") if calendar.is_whole_days else f"{calendar.opens:%H:%M}–{calendar.closes:%H:%M}"
    return f"{spoken}, {hours}, {calendar.zone.replace('_', ' ')}"


def steps_of(claim: DealRegistration, *, with_names: bool) -> list[ChecklistItem]:
    """Return the steps of an approval; a single one is no list. Names are shown where the viewer may read them."""
    steps = list(ApprovalStep.objects.filter(registration=claim).order_by("position"))
    if len(steps) < 2:
        return []
    return [
        ChecklistItem(
            label=step.says,
            progress=Progress.KEPT if step.taken_at else Progress.OPEN,
            note=_taken(step, with_names=with_names),
        )
        for step in steps
    ]


def _taken(step: ApprovalStep, *, with_names: bool) -> str:
    if step.taken_at is None:
        return _("waits for %(roles)s") % {"roles": roles_in_words(step.roles)} if with_names else _("to be taken")
    when = formats.moment(step.taken_at)
    return f"{step.taken_by_label}, {when}" if with_names else when


def roles_in_words(roles: Iterable[str]) -> str:
    """Return roles within a sentence."""
    return _(" or ").join(role.replace("_", " ") for role in roles)


def questions_of(claim: DealRegistration) -> list[PartnerQuestion]:
    """Return what the partner was asked, oldest first."""
    return list(PartnerQuestion.objects.filter(registration=claim).order_by("asked_at", "pk"))


def requests_of(claim: DealRegistration, *, zone: ZoneInfo) -> list[ShownRequest]:
    """Return what was asked of a registration, what waits first and then the newest."""
    terms = terms_of(claim, zone=zone)
    rows = RegistrationRequest.objects.filter(registration=claim).order_by("-asked_at", "-pk")
    shown = [_shown(row, claim, terms) for row in rows]
    return [each for each in shown if each.waits] + [each for each in shown if not each.waits]


def _shown(row: RegistrationRequest, claim: DealRegistration, terms: Terms) -> ShownRequest:
    answer = row.decision_reason
    if row.decided_at and row.decided_by_label and not answer:
        answer = f"{row.decided_by_label}, {formats.moment(row.decided_at)}"
    return ShownRequest(
        id=row.pk,
        title=row.get_kind_display(),
        state=row.state,
        state_words=row.get_state_display(),
        waits=row.state == RequestState.WAITING,
        reason=row.reason,
        asked=f"{row.asked_by_label}, {formats.moment(row.asked_at)}",
        due=row.answer_due_at,
        by=moment_in(row.answer_due_at, terms),
        changes=tuple(_changes(row, claim)),
        answer=answer,
    )


def _changes(row: RegistrationRequest, claim: DealRegistration) -> Sequence[FieldChange]:
    currencies = (row.before.get("currency", claim.currency), row.after.get("currency", claim.currency))
    return [
        FieldChange(
            label=str(label),
            old=_written(name, row.before.get(name, claim.value_minor), currencies[0]),
            new=_written(name, row.after.get(name, claim.value_minor), currencies[1]),
        )
        for name, label in FIELD_LABELS.items()
        if name in row.after or (name == "value_minor" and "currency" in row.after)
    ]


def _written(name: str, value: Any, currency: str) -> str:
    if name == "value_minor":
        return formats.money_trimmed(value, currency) if isinstance(value, int) else "–"
    if name in {"close_on", "protected_until"}:
        return formats.day_and_year(date.fromisoformat(value)) if value else "–"
    return str(value) if value else "–"
