"""The vendor's week: the share and its label, what moved it, what waits, who has gone quiet, what ends, what is new."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Max
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tallystick.attribution.models import Decision, Touch
from tallystick.deals.models import DealRegistration, RegistrationState
from tallystick.flows.inbox.items import InboxItem, Page
from tallystick.flows.inbox.reading import Whose, read_inbox
from tallystick.flows.notifications.readers import Listener
from tallystick.insights.queries import overview
from tallystick.insights.rules.mix import FOUR_WEEKS
from tallystick.insights.rules.partner_led import MotionLabel, PartnerLedTest
from tallystick.insights.rules.spans import PeriodKind
from tallystick.kernel.periods import day_of
from tallystick.partners.models import Lifecycle, Partner
from tallystick.platform import formats
from tallystick.platform.access import WORKSPACE_ROLE_PERMISSIONS, Permission, Viewer
from tallystick.platform.models import Workspace, WorkspaceRole
from tallystick.platform.notifications.choices import notice_rules
from tallystick.platform.notifications.letters import Line, Part

MOVERS: Final = 3
SHOWN: Final = 5
WAITING_SHOWN: Final = 8
ENDING: Final = timedelta(days=14)
WEEK: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Move:
    """How a partner's sourced pipeline of four weeks changed against the four before; minor units."""

    partner_id: int
    name: str
    change: int


@dataclass(frozen=True, slots=True)
class Week:
    """The figures that a week is told by."""

    test: PartnerLedTest
    currency: str
    moves: tuple[Move, ...]


def vendor_week(listener: Listener, workspace: Workspace, *, at: datetime) -> list[Part]:
    """Return the parts of the vendor's weekly digest for one listener; what the role may not see is left out."""
    allowed = WORKSPACE_ROLE_PERMISSIONS[WorkspaceRole(listener.role)]
    on = day_of(at, zone=ZoneInfo(workspace.time_zone))
    waiting = Part(tuple(_waiting(listener, workspace, at=at)), heading=_("What waits for you"))
    if listener.role == WorkspaceRole.FINANCE:
        # Finance is told of runs that are ready and of exceptions, and of nothing else.
        return [waiting] if waiting.lines else []
    parts = []
    if Permission.SEE_OVERVIEW in allowed:
        parts += _share(_week(on=on))
    parts.append(waiting)
    if Permission.SEE_PARTNERS in allowed:
        parts.append(Part(tuple(_quiet(on=on)), heading=_("Partners gone quiet")))
    if Permission.SEE_DEALS in allowed:
        parts.append(Part(tuple(_ending(listener, on=on)), heading=_("Protection ending")))
    if Permission.SEE_ATTRIBUTION in allowed:
        parts.append(Part(tuple(_new_gaps(at=at)), heading=_("New gaps")))
    return [part for part in parts if part.lines]


def _week(*, on: date) -> Week:
    shown = overview(period=PeriodKind.QUARTER, on=on)
    moves = [
        Move(
            ranked.partner.pk,
            ranked.partner.name,
            sum(ranked.weekly[-FOUR_WEEKS:]) - sum(ranked.weekly[-2 * FOUR_WEEKS : -FOUR_WEEKS]),
        )
        for ranked in shown.ranking
    ]
    return Week(shown.test, shown.currency, tuple(sorted(moves, key=lambda move: (-move.change, move.partner_id))))


def motion_words(label: MotionLabel) -> str:
    """Return what a company may call its motion."""
    match label:
        case MotionLabel.PARTNER_LED:
            return _("Partner-led")
        case MotionLabel.APPROACHING:
            return _("Approaching partner-led")
        case MotionLabel.PARTNER_INFLUENCED:
            return _("Partner-influenced")
        case MotionLabel.DIRECT_LED:
            return _("Direct-led")


def _share(week: Week) -> list[Part]:
    if week.test.share is None:
        return []
    share = _("%(label)s: partners sourced %(share)s of new pipeline in %(weeks)s weeks") % {
        "label": motion_words(week.test.label),
        "share": formats.percent(week.test.share),
        "weeks": FOUR_WEEKS,
    }
    parts = [Part((Line(share, week.test.distance, _absolute("console:overview")),), heading=_("Where you stand"))]
    up = [move for move in week.moves if move.change > 0][:MOVERS]
    down = [move for move in reversed(week.moves) if move.change < 0][:MOVERS]
    lines = [_moved(move, week.currency) for move in (*up, *down)]
    return [*parts, Part(tuple(lines), heading=_("What moved it"))]


def _moved(move: Move, currency: str) -> Line:
    values = {"partner": move.name, "amount": formats.money_short(abs(move.change), currency)}
    words = _("%(partner)s: %(amount)s more") if move.change > 0 else _("%(partner)s: %(amount)s less")
    return Line(
        words % values, _("sourced in 4 weeks, against the 4 before"), _absolute("console:partner", move.partner_id)
    )


def _waiting(listener: Listener, workspace: Workspace, *, at: datetime) -> Iterable[Line]:
    """Yield what waits for the listener, the most pressing first, as the inbox shows it."""
    role = WorkspaceRole(listener.role)
    viewer = Viewer(
        person=listener.person,
        workspace=workspace,
        role=role,
        role_label=str(role.label),
        permissions=WORKSPACE_ROLE_PERMISSIONS[role],
    )
    waiting = read_inbox(viewer, at=at).of(Whose.MINE)
    for each in waiting[:WAITING_SHOWN]:
        yield Line(each.item.title, _age(each.item, at=at), _page(each.item.page))
    if len(waiting) > WAITING_SHOWN:
        more = _("and %(count)s more") % {"count": formats.number(len(waiting) - WAITING_SHOWN)}
        yield Line(more, url=_absolute("console:inbox"))


def _page(page: Page) -> str:
    arguments = () if page.argument is None else (page.argument,)
    return _absolute(f"console:{page.name}", *arguments) + page.query


def _age(item: InboxItem, *, at: datetime) -> str:
    if item.due is not None and item.due < at:
        return _("was due %(due)s") % {"due": formats.moment(item.due)}
    if item.due is not None:
        return _("due %(due)s") % {"due": formats.moment(item.due)}
    days = max((at - item.since).days, 0)
    return ngettext("waits for %(days)s day", "waits for %(days)s days", days) % {"days": days}


def _quiet(*, on: date) -> Iterable[Line]:
    """Yield the active partners of whom nothing was heard for as long as the workspace's rules say."""
    limit = on - timedelta(days=notice_rules().quiet_partner_days)
    heard: dict[int, date] = {}
    touches = Touch.objects.order_by("partner_id").values_list("partner_id").annotate(last=Max("happened_on"))
    claims = DealRegistration.objects.order_by("partner_id").values_list("partner_id")
    for partner_id, last in [*touches, *claims.annotate(last=Max("submitted_at__date"))]:
        heard[partner_id] = max(last, heard.get(partner_id, last))
    active = Partner.objects.filter(lifecycle=Lifecycle.ACTIVE).order_by("name")
    # Quiet for the first time this week or longest: those who fell silent lately can still be won back.
    quiet = sorted(
        ((heard[partner.pk], partner) for partner in active if partner.pk in heard and heard[partner.pk] <= limit),
        key=lambda pair: (pair[0], pair[1].name),
        reverse=True,
    )
    for last, partner in quiet[:SHOWN]:
        note = _("last heard of on %(day)s") % {"day": formats.day_and_year(last)}
        yield Line(partner.name, note, _absolute("console:partner", partner.pk))
    if len(quiet) > SHOWN:
        yield Line(_("and %(count)s more") % {"count": len(quiet) - SHOWN}, url=_absolute("console:partners"))


def _ending(listener: Listener, *, on: date) -> Iterable[Line]:
    claims = DealRegistration.objects.filter(state=RegistrationState.APPROVED, protected_until__range=(on, on + ENDING))
    if listener.role == WorkspaceRole.PARTNER_MANAGER:
        claims = claims.filter(partner__manager=listener.person)
    rows = claims.select_related("partner").defer("explanation").order_by("protected_until", "pk")
    for row in rows[:SHOWN]:
        day = formats.day(row.protected_until) if row.protected_until else ""
        note = _("%(partner)s, protected to %(day)s") % {"partner": row.partner.name, "day": day}
        yield Line(f"{row.reference} {row.company}", note, _absolute("console:registration", row.reference))
    count = rows.count()
    if count > SHOWN:
        yield Line(_("and %(count)s more") % {"count": count - SHOWN}, url=_absolute("console:deals"))


def _new_gaps(*, at: datetime) -> Iterable[Line]:
    count = Decision.objects.filter(is_current=True, decided_at__gt=at - WEEK).exclude(gaps=[]).count()
    if count:
        text = ngettext("%(count)s new gap this week", "%(count)s new gaps this week", count)
        yield Line(text % {"count": formats.number(count)}, url=_absolute("console:gaps"))


def _absolute(view: str, *arguments: object) -> str:
    return str(settings.BASE_URL) + reverse(view, args=arguments)
