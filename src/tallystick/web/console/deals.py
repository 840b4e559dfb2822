"""Deals in words, as the list, the board and a deal's own page say them."""

from __future__ import annotations

from datetime import date
from typing import Final

from django.urls import reverse
from django.utils.translation import gettext as _

from tallystick.attribution.deal_list import Deal, DealFilter, DealView
from tallystick.crm.models import Opportunity, OpportunityStatus
from tallystick.deals.models import DealRegistration, RegistrationState
from tallystick.partners.models import Partner
from tallystick.web.listing import Asked
from tallystick.web.ui import formats
from tallystick.web.words import Tag, day_near

ENDING: Final = 30
URGENT: Final = 14
"""Days left from which a protection is shown as ending, and as urgent."""


def deal_filter(
    asked: Asked, *, own_names: tuple[str, ...], without_stage: bool = False, stage: str = ""
) -> DealFilter:
    """Return what an address narrows the deals by; `own_names` are the owners of the viewer's name.

    The strip of stages leaves the stage out, to show all of them; a column of the board names its own.
    """
    return DealFilter(
        view=DealView(asked.get("view") or DealView.ALL),
        own_names=own_names,
        search=asked.search,
        credit_class=asked.get("credit"),
        partner_id=asked.number("partner"),
        owner=asked.get("owner"),
        stage="" if without_stage else stage or asked.get("stage"),
        closes=asked.get("closes"),
    )


def deal_url(deal: Deal) -> str:
    """Return the address of a deal's own page: that of its opportunity, else of its registration."""
    if deal.opportunity is not None:
        return reverse("console:deal", args=[deal.opportunity.pk])
    assert deal.registration is not None  # noqa: S101 - a deal is one of the two at least
    return registration_url(deal.registration)


def registration_url(registration: DealRegistration) -> str:
    """Return the address of a registration's own page."""
    return reverse("console:registration", args=[registration.reference])


def account_of(deal: Deal) -> str:
    """Return the name a deal goes by: its account's, else the opportunity's own, else the company registered."""
    if deal.opportunity is not None:
        return deal.opportunity.account.name if deal.opportunity.account else deal.opportunity.name
    return deal.registration.company if deal.registration else ""


def own_name(opportunity: Opportunity) -> str:
    """Return an opportunity's name without the account's, which stands beside it: "Cellvia: LIMS" is "LIMS"."""
    name = opportunity.name.removeprefix(opportunity.account.name) if opportunity.account else opportunity.name
    return name.strip(" :-–·") or opportunity.name


def amount_of(deal: Deal) -> str:
    """Write a deal's amount: the CRM's, else what the partner expects; a dash where neither is known."""
    if deal.opportunity is not None:
        minor, currency = deal.opportunity.amount_minor, deal.opportunity.currency
    elif deal.registration is not None:
        minor, currency = deal.registration.value_minor, deal.registration.currency
    else:
        return "–"
    return "–" if minor is None else formats.money_trimmed(minor, currency)


def protection_days_left(registration: DealRegistration | None, on: date) -> int | None:
    """Return the days a registration is still protected; None where it is not."""
    if registration is None or registration.state != RegistrationState.APPROVED or not registration.protected_until:
        return None
    left = (registration.protected_until - on).days
    return left if left >= 0 else None


def deal_partner(deal: Deal) -> tuple[Partner | None, str]:
    """Return the partner a deal is shown with, and how many more are credited, in words."""
    if deal.credits:
        more = len(deal.credits) - 1
        return deal.credits[0].partner, _("and %(n)s more") % {"n": more} if more else ""
    return (deal.registration.partner if deal.registration else None), ""


def waits_for_decision(deal: Deal) -> bool:
    """Tell whether the deal's registration waits for us."""
    return deal.registration is not None and deal.registration.state == RegistrationState.SUBMITTED


def deal_note(deal: Deal, on: date) -> str:
    """Return the small print below a deal's name: its own name and owner, or when it was registered."""
    opportunity, registration = deal.opportunity, deal.registration
    if opportunity is None:
        assert registration is not None  # noqa: S101 - a deal is one of the two at least
        day = day_near(registration.submitted_at.date(), on)
        return _("%(reference)s · registered %(day)s") % {"reference": registration.reference, "day": day}
    if opportunity.account is None:
        return _("No account in the CRM")
    return " · ".join(part for part in (own_name(opportunity), opportunity.owner_name) if part)


def deal_tag(deal: Deal) -> Tag | None:
    """Return how a deal ended, if it has."""
    if deal.opportunity is None:
        return None
    match deal.opportunity.status:
        case OpportunityStatus.WON:
            return Tag(_("Won"), "good")
        case OpportunityStatus.LOST:
            return Tag(_("Lost"))
        case _:
            return None


def meter_kind(days_left: int | None) -> str:
    """Return how loudly the meter of a protection asks."""
    if days_left is None or days_left > ENDING:
        return ""
    return "bad" if days_left <= URGENT else "warn"
