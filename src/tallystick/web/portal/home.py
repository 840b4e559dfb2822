"""The portal's home: money with the way to its rows, own deals, what waits, and what happened lately."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from tallystick.attribution.own_deal_list import LIVE, OwnDealFilter, OwnDealKeys, own_deal_counts, read_own_deals
from tallystick.attribution.own_deals import OwnDeal, OwnDealState, pipeline_stages
from tallystick.commissions.own_earnings import own_statements
from tallystick.commissions.queries import commission_totals
from tallystick.deals.models import RegistrationState
from tallystick.kernel.money import Money
from tallystick.partners.models import Partner
from tallystick.platform.access import Permission, Viewer
from tallystick.platform.clock import now, today
from tallystick.platform.models import ActivityEntry
from tallystick.web.access import current_viewer, portal
from tallystick.web.console.words import counted, day_near
from tallystick.web.portal.deals import Prospects, deal_row, deal_url, prospects_of
from tallystick.web.portal.pages import exact, partner_id_of, show_page, together
from tallystick.web.ui import formats
from tallystick.web.ui.components import TimelineEntry, TodoItem, Urgency

DEALS_SHOWN = 6
ENTRIES_SHOWN = 5
ENDING = timedelta(days=30)
NOON, EVENING = 12, 18


@portal(Permission.SEE_OWN_PORTAL)
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show the partner's home."""
    viewer = current_viewer(request)
    on = today(viewer.workspace.time_zone)
    partner_id = partner_id_of(viewer)
    counts = own_deal_counts(partner_id=partner_id)
    live = _live(partner_id)
    shown = live[:DEALS_SHOWN] or read_own_deals(
        OwnDealKeys(partner_id, OwnDealFilter())[:DEALS_SHOWN], partner_id=partner_id
    )
    prospects = prospects_of(viewer, live or shown, on=on)
    stages = pipeline_stages()
    context = {
        "greeting": _greeting(viewer, timezone.localtime(now())),
        "lead": _lead(viewer),
        "deals": [deal_row(deal, prospects, stages, on) for deal in shown],
        "deals_in_all": sum(counts.values()),
        "waiting": _waiting(live, on),
        "history": _history(partner_id, on),
        **(_money(viewer, live, prospects, on) if viewer.may(Permission.SEE_OWN_EARNINGS) else {}),
    }
    return show_page(request, "portal/home.html", context)


def _live(partner_id: int) -> list[OwnDeal]:
    """Return the deals in review or open: what is expected is the sum of theirs, so all of them are read."""
    keys = OwnDealKeys(partner_id, OwnDealFilter(states=LIVE))
    return read_own_deals(list(keys), partner_id=partner_id)


def _greeting(viewer: Viewer, local: datetime) -> str:
    part = "morning" if local.hour < NOON else "afternoon" if local.hour < EVENING else "evening"
    first_name = viewer.person.name.split(" ")[0] if viewer.person.name else ""
    return f"Good {part}, {first_name}" if first_name else f"Good {part}"


def _lead(viewer: Viewer) -> str:
    partner = Partner.objects.select_related("manager").get(pk=partner_id_of(viewer))
    parts = [
        partner.name,
        f"{partner.get_tier_display()} tier" if partner.tier else "",
        f"your partner manager is {partner.manager}" if partner.manager else "",
    ]
    return " · ".join(part for part in parts if part)


def _money(viewer: Viewer, live: Sequence[OwnDeal], prospects: Prospects, on: date) -> dict[str, Any]:
    """Return the three figures, each the sum of the rows it opens to."""
    partner_id = partner_id_of(viewer)
    still_open = [deal for deal in live if deal.state is OwnDealState.OPEN]
    none = exact(Money(0, viewer.workspace.currency))
    totals = commission_totals(on=on, partner_id=partner_id)
    statements = list(own_statements(partner_id=partner_id).filter(month__range=(date(on.year, 1, 1), on)))
    issued: dict[str, Money] = {}
    for row in statements:
        issued[row.currency] = issued.get(row.currency, Money(0, row.currency)) + Money(row.total_minor, row.currency)
    return {
        "sees_money": True,
        "expected": together(prospects.total(still_open)) or none,
        "unknown": sum(prospects.expected[deal_url(deal)].amount is None for deal in still_open),
        "open_deals": counted(len(still_open), "open deal", "open deals"),
        "held": together(total.held for total in totals if total.held.minor) or none,
        "stated": together(issued.values()) or none,
        "statements": counted(len(statements), "statement", "statements"),
        "year": on.year,
        "latest_statement": reverse("portal:statement", args=[statements[0].pk]) if statements else "",
    }


def _waiting(deals: Sequence[OwnDeal], on: date) -> list[TodoItem]:
    """Return what the partner should look at: protections about to end, and claims that wait for an answer."""
    ending = [deal for deal in deals if _ends_soon(deal, on)]
    in_review = [deal for deal in deals if deal.state is OwnDealState.IN_REVIEW]
    items = []
    if ending:
        soonest = min(ending, key=_protected_until)
        items.append(
            TodoItem(
                label="Move deals on before their protection ends",
                note=f"{soonest.company} is protected until {day_near(_protected_until(soonest), on)}",
                url=deal_url(soonest) if len(ending) == 1 else f"{reverse('portal:deals')}?state=open&sort=close",
                icon="clock-3",
                count=len(ending),
                urgency=Urgency.WAITING,
            )
        )
    if in_review:
        due = min(deal.registration.answer_due_at for deal in in_review if deal.registration)
        items.append(
            TodoItem(
                label="Registrations in review",
                note=f"You have an answer by {formats.moment(due)}",
                url=deal_url(in_review[0]) if len(in_review) == 1 else f"{reverse('portal:deals')}?state=in_review",
                icon="file-check-2",
                count=len(in_review),
            )
        )
    return items


def _ends_soon(deal: OwnDeal, on: date) -> bool:
    claim = deal.registration
    if claim is None or claim.state != RegistrationState.APPROVED or claim.protected_until is None:
        return False
    return on <= claim.protected_until <= on + ENDING


def _protected_until(deal: OwnDeal) -> date:
    claim = deal.registration
    return claim.protected_until if claim and claim.protected_until else date.max


def _history(partner_id: int, on: date) -> list[TimelineEntry]:
    """Return what happened lately to the partner's registrations, newest first."""
    entries = ActivityEntry.objects.filter(subject_kind="deal_registration", partner_id=partner_id).order_by(
        "-position"
    )[:ENTRIES_SHOWN]
    return [
        TimelineEntry(
            text=entry.summary, when=day_near(timezone.localtime(entry.at).date(), on), note=entry.actor_label
        )
        for entry in entries
    ]
