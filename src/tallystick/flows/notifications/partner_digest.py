"""A partner's week: what changed on its deals, how far its money has come, and one next step. Runs in its scope."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from tallystick.commissions.queries import commission_totals
from tallystick.deals.models import DealRegistration, RegistrationState
from tallystick.flows.notifications.readers import Listener
from tallystick.flows.notifications.rules import Kind
from tallystick.kernel.money import Money
from tallystick.kernel.periods import day_of
from tallystick.partners.access import PARTNER_ROLE_PERMISSIONS
from tallystick.partners.models import PartnerRole
from tallystick.platform import formats
from tallystick.platform.access import Permission
from tallystick.platform.models import Notice, Workspace
from tallystick.platform.notifications.letters import Line, Part

ABOUT_DEALS: Final = (Kind.DECISIONS, Kind.DEALS, Kind.SILENCE, Kind.PROTECTION, Kind.QUESTIONS)
WEEK: Final = timedelta(days=7)
ENDING: Final = timedelta(days=30)
SHOWN: Final = 8


def partner_week(listener: Listener, workspace: Workspace, *, at: datetime) -> list[Part]:
    """Return the parts of a partner's weekly digest; none where nothing changed in the week."""
    allowed = PARTNER_ROLE_PERMISSIONS[PartnerRole(listener.role)]
    on = day_of(at, zone=ZoneInfo(workspace.time_zone))
    told = Notice.objects.filter(
        person=listener.person, partner_id=listener.partner_id, at__gt=at - WEEK, at__lte=at
    ).order_by("-at", "-pk")
    changed = tuple(_changed(told.filter(kind__in=ABOUT_DEALS)))
    money_moved = told.filter(kind__in=[Kind.MONEY, Kind.STATEMENTS]).exists()
    if not changed and not money_moved:
        return []
    parts = [Part(changed, heading=_("What changed on your deals"))]
    if Permission.SEE_OWN_EARNINGS in allowed:
        parts.append(Part(tuple(_money(listener, on=on)), heading=_("Your money")))
    parts.append(Part(tuple(_next_step(listener, on=on)), heading=_("Your next step")))
    return [part for part in parts if part.lines]


def _changed(notices: Iterable[Notice]) -> Iterable[Line]:
    """Yield the latest news of each deal: how it came to that is in the portal."""
    seen: set[str] = set()
    for notice in notices:
        if notice.topic not in seen and len(seen) < SHOWN:
            seen.add(notice.topic)
            yield Line(notice.title, notice.text, settings.BASE_URL + notice.url)


def _money(listener: Listener, *, on: date) -> Iterable[Line]:
    for totals in commission_totals(on=on, partner_id=listener.partner_id):
        text = _("%(held)s on hold → %(earned)s earned → %(approved)s approved → %(stated)s on statements") % {
            "held": _exact(totals.held),
            "earned": _exact(totals.earned),
            "approved": _exact(totals.approved),
            "stated": _exact(totals.on_statements),
        }
        yield Line(text, url=settings.BASE_URL + reverse("portal:earnings"))


def _next_step(listener: Listener, *, on: date) -> Iterable[Line]:
    ending = (
        DealRegistration.objects.filter(
            partner_id=listener.partner_id or 0,
            state=RegistrationState.APPROVED,
            protected_until__range=(on, on + ENDING),
        )
        .defer("explanation")
        .order_by("protected_until", "pk")
        .first()
    )
    if ending is not None and ending.protected_until is not None:
        text = _("Move %(company)s on: its protection ends on %(day)s") % {
            "company": ending.company,
            "day": formats.day(ending.protected_until),
        }
        yield Line(text, url=settings.BASE_URL + reverse("portal:deal", args=[ending.reference]))
    elif Permission.REGISTER_DEALS in PARTNER_ROLE_PERMISSIONS[PartnerRole(listener.role)]:
        note = _("First to register is first to be protected.")
        yield Line(_("Register your next deal"), note, settings.BASE_URL + reverse("portal:register"))


def _exact(amount: Money) -> str:
    return formats.money_exact(amount.minor, amount.currency)
