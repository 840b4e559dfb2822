"""The portal's home: money with the way to its rows, own deals, what waits, and what happened lately."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tallystick.attribution.own_deal_list import OwnDealFilter, OwnDealKeys, own_deal_counts, read_own_deals
from tallystick.attribution.own_deals import OwnDeal, OwnDealState, pipeline_stages
from tallystick.deals.lead_queries import open_offers
from tallystick.deals.models import RegistrationState
from tallystick.partners.models import Partner
from tallystick.platform.access import Permission, Viewer
from tallystick.platform.clock import now, today
from tallystick.platform.models import ActivityEntry
from tallystick.web.access import current_viewer, portal
from tallystick.web.console.words import day_near
from tallystick.web.portal.deals import Prospects, deal_row, deal_url, prospects_of
from tallystick.web.portal.getting_started import getting_started
from tallystick.web.portal.money import MoneyFigure, earned_money, expected_money, live_deals
from tallystick.web.portal.pages import partner_id_of, show_page
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
    live = live_deals(partner_id)
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
        "waiting": [*_offered(viewer), *_waiting(live, on)],
        "history": _history(partner_id, on),
        "money": _money(viewer, live, prospects, on),
        "started": getting_started(viewer),
    }
    return show_page(request, "portal/home.html", context)


def _greeting(viewer: Viewer, local: datetime) -> str:
    first_name = viewer.person.name.split(" ")[0] if viewer.person.name else ""
    if local.hour < NOON:
        return _("Good morning, %(name)s") % {"name": first_name} if first_name else _("Good morning")
    if local.hour < EVENING:
        return _("Good afternoon, %(name)s") % {"name": first_name} if first_name else _("Good afternoon")
    return _("Good evening, %(name)s") % {"name": first_name} if first_name else _("Good evening")


def _lead(viewer: Viewer) -> str:
    partner = Partner.objects.select_related("manager").get(pk=partner_id_of(viewer))
    parts = [
        partner.name,
        _("%(tier)s tier") % {"tier": partner.get_tier_display()} if partner.tier else "",
        _("your partner manager is %(name)s") % {"name": partner.manager} if partner.manager else "",
    ]
    return " · ".join(part for part in parts if part)


def _money(viewer: Viewer, live: Sequence[OwnDeal], prospects: Prospects, on: date) -> list[MoneyFigure]:
    """Return the figures of the partner's money, each the sum of the rows it opens to."""
    if not viewer.may(Permission.SEE_OWN_EARNINGS):
        return []
    return [expected_money(viewer, live, prospects), *earned_money(viewer, on=on)]


def _offered(viewer: Viewer) -> list[TodoItem]:
    """Return the leads that are offered to the partner, with when the most pressing ends."""
    if not viewer.may(Permission.SEE_OWN_LEADS):
        return []
    offers = open_offers(partner_id=partner_id_of(viewer))
    if not offers:
        return []
    due = formats.moment(timezone.localtime(offers[0].due_at))
    return [
        TodoItem(
            label=_("Leads offered to you"),
            note=_("Accept %(company)s by %(moment)s") % {"company": offers[0].company, "moment": due},
            url=reverse("portal:leads"),
            icon="user-round-plus",
            count=len(offers),
            urgency=Urgency.WAITING,
        )
    ]


def _waiting(deals: Sequence[OwnDeal], on: date) -> list[TodoItem]:
    """Return what the partner should look at: protections about to end, and claims that wait for an answer."""
    ending = [deal for deal in deals if _ends_soon(deal, on)]
    in_review = [deal for deal in deals if deal.state is OwnDealState.IN_REVIEW]
    asked = [deal for deal in in_review if deal.registration and deal.registration.clock_stopped_at is not None]
    in_review = [deal for deal in in_review if deal not in asked]
    items = []
    if asked:
        items.append(
            TodoItem(
                label=_("Answer questions before a decision"),
                note=_("%(company)s waits for you") % {"company": asked[0].company},
                url=deal_url(asked[0]) if len(asked) == 1 else f"{reverse('portal:deals')}?state=in_review",
                icon="message-square",
                count=len(asked),
                urgency=Urgency.WAITING,
            )
        )
    if ending:
        soonest = min(ending, key=_protected_until)
        items.append(
            TodoItem(
                label=_("Move deals on before their protection ends"),
                note=_("%(company)s is protected until %(day)s")
                % {"company": soonest.company, "day": day_near(_protected_until(soonest), on)},
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
                label=_("Registrations in review"),
                note=_("You have an answer by %(moment)s") % {"moment": formats.moment(due)},
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
