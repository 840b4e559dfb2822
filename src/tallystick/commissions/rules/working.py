"""The figures behind one commission entry, before anybody asks to read them."""

from __future__ import annotations

from typing import NamedTuple

from tallystick.commissions.rules.facts import ExchangeRate, InvoiceFacts
from tallystick.commissions.rules.history import Moment
from tallystick.commissions.rules.rating import PublishedPlan, Terms


class Working(NamedTuple):
    """The figures an entry was computed from, kept as they fell out; `explain` turns them into sentences.

    Bases (`was`, `base`) are exact fractions in minor units of the invoice's currency, earnings (`before`, `earned`) in
    those of the plan's: before the event and after it. `shares` are those of all partners who earn by the same terms,
    and `position` is this partner's place among them.
    """

    invoice: InvoiceFacts
    plan: PublishedPlan
    terms: Terms
    moment: Moment
    at: int
    line_net: int
    commissionable: int
    exchange_rate: ExchangeRate | None
    was_n: int
    was_d: int
    base_n: int
    base_d: int
    before_n: int
    before_d: int
    earned_n: int
    earned_d: int
    shares: tuple[int, ...]
    position: int
