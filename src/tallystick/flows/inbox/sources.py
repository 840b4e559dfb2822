"""Where things that wait come from: one function a module's kind of work, each one bounded query or two.

A source is asked only for those who may do something about what it finds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import Count, Exists, Min, OuterRef, Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tallystick.attribution.models import Decision
from tallystick.commissions.approvals import approval_terms, earned_open_lines, month_to_prepare, runs_to_approve
from tallystick.commissions.models import ApprovalRun, BlockedLine, RunState
from tallystick.crm.models import Import, ImportState
from tallystick.deals.models import (
    DealRegistration,
    Protection,
    RegistrationRequest,
    RegistrationState,
    RequestKind,
    RequestState,
    Thread,
)
from tallystick.deals.rules.approval import StepRefused, check_step
from tallystick.deals.services.deciding import steps_taken
from tallystick.flows.inbox.conflicts import conflict_items
from tallystick.flows.inbox.items import InboxItem, ItemAction, ItemKind, Page
from tallystick.flows.inbox.lead_sources import introductions, leads_without_partner
from tallystick.flows.inbox.mail_sources import mails
from tallystick.flows.notifications.reminders import OWN_VERBS, SILENCE_NUDGED
from tallystick.kernel.money import Money
from tallystick.kernel.periods import Month, bounds
from tallystick.ledger.queries import closed_through
from tallystick.platform import formats
from tallystick.platform.access import Permission, Viewer
from tallystick.platform.models import ActivityEntry
from tallystick.programmes.rules.facts import facts_in_words

LIMIT: Final = 200
"""Things read of each kind, the most pressing first: nobody works through more in a day."""
COUNTED_TO: Final = 1_000
RECENT: Final = timedelta(days=30)
"""Refused rows of imports that are older are left alone: newer files have replaced them."""
ENDING: Final = timedelta(days=14)
SILENT_FOR: Final = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks, and when."""

    viewer: Viewer
    at: datetime

    @property
    def zone(self) -> ZoneInfo:
        """The workspace's time zone."""
        return ZoneInfo(self.viewer.workspace.time_zone)

    @property
    def today(self) -> date:
        """Today in the workspace."""
        return self.at.astimezone(self.zone).date()


@dataclass(frozen=True, slots=True)
class Source:
    """Where one kind of work comes from, and the permissions of which one is needed to do something about it."""

    kind: ItemKind
    permissions: frozenset[Permission]
    read: Callable[[Asking], Iterable[InboxItem]]

    def is_for(self, viewer: Viewer) -> bool:
        """Tell whether the viewer may do something about what it finds."""
        return any(viewer.may(permission) for permission in self.permissions)


def registrations(asking: Asking) -> Iterator[InboxItem]:
    """Yield claims whose next step is the viewer's to take; one that waits for its partner waits for nobody here."""
    waiting = DealRegistration.objects.filter(state=RegistrationState.SUBMITTED, clock_stopped_at__isnull=True)
    rows = waiting.select_related("partner").prefetch_related("steps").order_by("answer_due_at", "pk")
    for row in rows[:LIMIT]:
        if not _is_turn(row, asking.viewer):
            continue
        yield InboxItem(
            key=f"registration:{row.reference}",
            kind=ItemKind.REGISTRATION,
            title=_("Decide %(company)s") % {"company": row.company},
            note=_("%(reference)s, registered by %(partner)s")
            % {"reference": row.reference, "partner": row.partner.name},
            since=row.submitted_at,
            due=row.answer_due_at,
            page=Page("registration", row.reference),
            money=Money(row.value_minor, row.currency),
            owner_id=row.partner.manager_id,
            actions=frozenset({ItemAction.APPROVE, ItemAction.DECLINE}),
            reference=row.reference,
        )


def _is_turn(row: DealRegistration, viewer: Viewer) -> bool:
    try:
        check_step(steps_taken(row), role=viewer.role, person_id=viewer.person.pk)
    except StepRefused:
        return False
    return True


def requests(_asking: Asking) -> Iterator[InboxItem]:
    """Yield what partners ask of their registrations."""
    waiting = RegistrationRequest.objects.filter(state=RequestState.WAITING)
    for row in waiting.select_related("registration", "partner").order_by("answer_due_at", "pk")[:LIMIT]:
        claim = row.registration
        title = _("Give %(company)s more time") if row.kind == RequestKind.EXTENSION else _("Change %(company)s")
        yield InboxItem(
            key=f"request:{row.pk}",
            kind=ItemKind.REQUEST,
            title=title % {"company": claim.company},
            note=_("%(reference)s, asked by %(partner)s") % {"reference": claim.reference, "partner": row.partner.name},
            since=row.asked_at,
            due=row.answer_due_at,
            page=Page("registration", claim.reference),
            money=Money(claim.value_minor, claim.currency),
            owner_id=row.partner.manager_id,
        )


def leads(_asking: Asking) -> Iterator[InboxItem]:
    """Yield introductions to answer, and leads of ours that no partner has."""
    yield from introductions()
    yield from leads_without_partner()


def questions(_asking: Asking) -> Iterator[InboxItem]:
    """Yield conversations in which a partner waits for an answer."""
    waiting = Thread.objects.filter(waiting_since__isnull=False).select_related("partner", "registration")
    for row in waiting.order_by("answer_due_at", "pk")[:LIMIT]:
        assert row.waiting_since is not None  # noqa: S101 - as filtered
        page = (
            Page("registration", row.registration.reference) if row.registration else Page("deal", row.opportunity_id)
        )
        yield InboxItem(
            key=f"question:{row.pk}",
            kind=ItemKind.QUESTION,
            title=_("Answer %(partner)s") % {"partner": row.partner.name},
            note=row.title,
            since=row.waiting_since,
            due=row.answer_due_at,
            page=page,
            owner_id=row.partner.manager_id,
        )


def approvals(asking: Asking) -> Iterator[InboxItem]:
    """Yield approval runs that wait for somebody else than prepared them."""
    person_id, terms = asking.viewer.person.pk, approval_terms()
    for run in runs_to_approve().annotate(partners=Count("run_lines__partner", distinct=True))[:LIMIT]:
        is_small = run.currency == asking.viewer.workspace.currency and run.given_minor <= terms.four_eyes_above_minor
        if run.prepared_by_id == person_id and not is_small:
            continue
        yield InboxItem(
            key=f"approval:{run.pk}",
            kind=ItemKind.APPROVAL,
            title=_("Approve commissions of %(month)s in %(currency)s")
            % {"month": formats.month(run.month), "currency": run.currency},
            note=_("%(number)s, prepared by %(who)s") % {"number": run.number, "who": run.prepared_by_label},
            since=run.prepared_at,
            page=Page("approval_run", run.pk),
            money=Money(run.total_minor, run.currency),
            actions=frozenset({ItemAction.APPROVE}),
        )


def months(asking: Asking) -> Iterator[InboxItem]:
    """Yield the month whose earned lines are in no run, and months whose approved lines wait for statements."""
    closed = closed_through()
    month = month_to_prepare(on=asking.today, closed=closed)
    if month is not None:
        newest = earned_open_lines(through=month.last_day).order_by("-booked_on", "-id")
        lines = newest.order_by()[:COUNTED_TO].count()
        if lines:
            yield _month_item(asking, month, action="prepare", lines=lines)
    approved = ApprovalRun.objects.filter(state=RunState.APPROVED, month__lt=Month.containing(asking.today).first_day)
    if closed is not None:
        approved = approved.filter(month__gt=closed.first_day)
    for row in approved.values("month").annotate(lines=Sum("lines")).order_by("month"):
        yield _month_item(asking, Month.containing(row["month"]), action="issue", lines=row["lines"])


def _month_item(asking: Asking, month: Month, *, action: str, lines: int) -> InboxItem:
    words = {"month": formats.month(month.first_day)}
    number = formats.number(lines) if lines < COUNTED_TO else _("%(count)s or more") % {"count": formats.number(lines)}
    _first, over = bounds(month, zone=asking.zone)
    is_issue = action == "issue"
    return InboxItem(
        key=f"month:{action}:{month}",
        kind=ItemKind.MONTH,
        title=(_("Issue statements of %(month)s") if is_issue else _("Prepare commissions of %(month)s")) % words,
        note=ngettext("%(lines)s approved line", "%(lines)s approved lines", lines) % {"lines": number}
        if is_issue
        else ngettext("%(lines)s earned line in no run", "%(lines)s earned lines in no run", lines) % {"lines": number},
        since=over,
        page=Page("issue", query=f"?month={month}") if is_issue else Page("approvals"),
    )


def blocked(_asking: Asking) -> Iterator[InboxItem]:
    """Yield invoices with lines whose commission cannot be computed, one item an invoice."""
    rows = (
        BlockedLine.objects.values("invoice_id", "invoice__number", "invoice__account__name")
        .annotate(since=Min("blocked_at"), reason=Min("reason"), lines=Count("pk"))
        .order_by("since", "invoice_id")[:LIMIT]
    )
    for row in rows:
        yield InboxItem(
            key=f"blocked:{row['invoice_id']}",
            kind=ItemKind.BLOCKED,
            title=_("Unblock %(number)s") % {"number": row["invoice__number"]},
            note=" · ".join(part for part in (row["invoice__account__name"], facts_in_words(row["reason"])) if part),
            since=row["since"],
            page=Page("blocked"),
        )


def gaps(_asking: Asking) -> Iterator[InboxItem]:
    """Yield deals whose credit a person should look at."""
    rows = (
        Decision.objects.filter(is_current=True)
        .exclude(gaps=[])
        .select_related("opportunity__account")
        .defer("record")
        .order_by("decided_at", "pk")[:LIMIT]
    )
    for row in rows:
        deal = row.opportunity
        yield InboxItem(
            key=f"gap:{deal.pk}",
            kind=ItemKind.GAP,
            title=_("Settle the credit of %(deal)s") % {"deal": deal.name},
            note=str(deal.account) if deal.account else _("The deal has no account"),
            since=row.decided_at,
            page=Page("deal", deal.pk),
            money=Money(deal.amount_minor, deal.currency) if deal.amount_minor is not None and deal.currency else None,
        )


def protections(asking: Asking) -> Iterator[InboxItem]:
    """Yield protections that end within two weeks."""
    rows = Protection.objects.filter(
        released_at__isnull=True, protected_until__range=(asking.today, asking.today + ENDING)
    ).select_related("partner", "registration")
    for row in rows.order_by("protected_until", "pk")[:LIMIT]:
        assert row.protected_until is not None  # noqa: S101 - as filtered
        claim = row.registration
        yield InboxItem(
            key=f"protection:{claim.reference}:{row.protected_until.isoformat()}",
            kind=ItemKind.PROTECTION,
            title=_("Protection of %(company)s ends %(day)s")
            % {"company": claim.company, "day": formats.day(row.protected_until)},
            note=_("%(reference)s, held by %(partner)s") % {"reference": claim.reference, "partner": row.partner.name},
            since=datetime.combine(row.protected_until - ENDING, time.min, tzinfo=asking.zone),
            due=datetime.combine(row.protected_until + timedelta(days=1), time.min, tzinfo=asking.zone),
            page=Page("registration", claim.reference),
            money=Money(claim.value_minor, claim.currency),
            owner_id=row.partner.manager_id,
            actions=frozenset({ItemAction.DONE}),
        )


def silences(asking: Asking) -> Iterator[InboxItem]:
    """Yield registrations whose owner was nudged because nothing has happened on them, and still has not."""
    news = ActivityEntry.objects.filter(
        subject_kind="deal_registration", subject_id=OuterRef("subject_id"), position__gt=OuterRef("position")
    ).exclude(verb__in=OWN_VERBS)
    nudges = ActivityEntry.objects.filter(
        ~Exists(news), verb=SILENCE_NUDGED, subject_kind="deal_registration", at__gte=asking.at - SILENT_FOR
    )
    found = nudges.order_by("position").values_list("subject_id", "at")[:LIMIT]
    since = {subject_id: at for subject_id, at in found if subject_id is not None}
    if not since:
        return
    open_states = [RegistrationState.APPROVED, RegistrationState.CONVERTED]
    live = DealRegistration.objects.filter(pk__in=since, state__in=open_states).select_related("partner")
    for row in live.order_by("pk"):
        yield InboxItem(
            key=f"silence:{row.reference}:{since[row.pk].date().isoformat()}",
            kind=ItemKind.SILENCE,
            title=_("Give news on %(company)s") % {"company": row.company},
            note=_("%(reference)s, %(partner)s waits for news")
            % {"reference": row.reference, "partner": row.partner.name},
            since=since[row.pk],
            page=Page("registration", row.reference),
            owner_id=row.partner.manager_id,
            actions=frozenset({ItemAction.DONE}),
        )


def imports(asking: Asking) -> Iterator[InboxItem]:
    """Yield files of the last 30 days with rows that were refused."""
    rows = Import.objects.filter(
        state=ImportState.DONE, rows_refused__gt=0, started_at__gte=asking.at - RECENT
    ).order_by("started_at", "pk")
    for row in rows[:LIMIT]:
        refused = ngettext("%(rows)s refused row", "%(rows)s refused rows", row.rows_refused)
        yield InboxItem(
            key=f"import:{row.pk}",
            kind=ItemKind.IMPORT,
            title=_("Mend %(file)s") % {"file": row.file_name},
            note=refused % {"rows": formats.number(row.rows_refused)},
            since=row.started_at,
            page=Page("import", row.pk),
            owner_id=row.started_by_id,
            actions=frozenset({ItemAction.DONE}),
        )


SOURCES: Final = (
    Source(ItemKind.REGISTRATION, frozenset({Permission.TAKE_STEPS}), registrations),
    Source(ItemKind.REQUEST, frozenset({Permission.DECIDE_REGISTRATIONS}), requests),
    Source(ItemKind.LEAD, frozenset({Permission.MANAGE_LEADS}), leads),
    Source(ItemKind.QUESTION, frozenset({Permission.DECIDE_REGISTRATIONS}), questions),
    Source(ItemKind.MAIL, frozenset({Permission.SETTLE_MAILS}), lambda _asking: mails()),
    Source(ItemKind.CONFLICT, frozenset({Permission.RULE_CONFLICTS}), lambda _asking: conflict_items()),
    Source(ItemKind.APPROVAL, frozenset({Permission.APPROVE_COMMISSIONS}), approvals),
    Source(ItemKind.MONTH, frozenset({Permission.MANAGE_COMMISSIONS}), months),
    Source(ItemKind.BLOCKED, frozenset({Permission.MANAGE_COMMISSIONS, Permission.IMPORT_FACTS}), blocked),
    Source(ItemKind.GAP, frozenset({Permission.MANAGE_ATTRIBUTION}), gaps),
    Source(ItemKind.PROTECTION, frozenset({Permission.DECIDE_REGISTRATIONS}), protections),
    Source(ItemKind.SILENCE, frozenset({Permission.DECIDE_REGISTRATIONS}), silences),
    Source(ItemKind.IMPORT, frozenset({Permission.IMPORT_FACTS}), imports),
)
