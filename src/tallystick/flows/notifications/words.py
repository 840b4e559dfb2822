"""What a piece of news says: its kind, how pressing it is, its title and where it leads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from tallystick.flows.notifications.facts import DealFacts, Event
from tallystick.flows.notifications.rules import Kind
from tallystick.kernel.money import Money
from tallystick.platform import formats
from tallystick.platform.models import NoticeUrgency


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One piece of news in the language of its reader. `label` stands in brackets before a mail's subject."""

    kind: Kind
    label: str
    title: str
    url: str
    text: str = ""
    urgency: NoticeUrgency = NoticeUrgency.NORMAL

    @property
    def is_pressing(self) -> bool:
        """Tell whether it goes out at once: somebody must act, or money changed."""
        return self.urgency is not NoticeUrgency.NORMAL


def deal_label(deal: DealFacts) -> str:
    """Return what a deal is called in brackets: "Deal DR-1038"."""
    return _("Deal %(reference)s") % {"reference": deal.reference} if deal.reference else _("Deal")


def console_deal(deal: DealFacts) -> str:
    """Return the address of a deal in the console."""
    if deal.is_registration:
        return reverse("console:registration", args=[deal.reference])
    return reverse("console:deal", args=[deal.key])


def portal_deal(deal: DealFacts) -> str:
    """Return the address of a deal in the portal."""
    if deal.is_registration:
        return reverse("portal:deal", args=[deal.reference])
    return reverse("portal:credited_deal", args=[deal.key])


def day_of(event: Event, name: str) -> str:
    """Write a day that the entry holds."""
    return formats.day(date.fromisoformat(str(event.data[name])))


def moment_of(event: Event, name: str) -> str:
    """Write an instant that the entry holds, in the active time zone."""
    return formats.moment(datetime.fromisoformat(str(event.data[name])))


def money_of(event: Event) -> str:
    """Write the total that the entry holds."""
    return formats.money_exact(int(event.data["total_minor"]), str(event.data["currency"]))


def month_of(event: Event) -> str:
    """Write the month that the entry holds as 2026-10: "Oct 2026"."""
    return formats.month(date.fromisoformat(f"{event.data['month']}-01"))


def exact(amount: Money) -> str:
    """Write money with every decimal, without its sign: the words beside it say which way it went."""
    return formats.money_exact(abs(amount.minor), amount.currency)


def together(amounts: Iterable[Money]) -> str:
    """Write amounts of several currencies side by side."""
    return " + ".join(exact(amount) for amount in amounts)
