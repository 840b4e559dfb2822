"""Settling an invoice: every commission line it should have, from all its facts at once.

The result depends on the facts alone, not on when they became known. A service compares it with what is booked and
books the difference; a late, repeated or corrected fact therefore ends in the same books as the tidy order.

The arithmetic, specified in docs/explanation/commissions.md: a line's base follows what is paid of the invoice. When
the base rises, the rise earns at the plan's terms and the day's exchange rate; when it falls, what was earned so far
shrinks in the same proportion. What is earned so far is exact; it is rounded once per event, split by largest
remainder, and an entry is the difference from the event before. So parts sum to the whole, and a full refund leaves
exactly nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from fractions import Fraction
from math import gcd
from operator import itemgetter
from typing import TypeAlias

from tallystick.commissions.rules.entries import BlockedLine, CommissionEntry, NothingDue, Settlement
from tallystick.commissions.rules.facts import Event, ExchangeRate, InvoiceFacts, Payee, RateLookup, minor_rate
from tallystick.commissions.rules.history import History, Kept, Moment, history, in_order, positive_nets
from tallystick.commissions.rules.rating import NotPaid, PublishedPlan, Rating, Terms, Unanswerable, unit_earning
from tallystick.commissions.rules.splitting import split
from tallystick.commissions.rules.working import Progress, Working


def settle(
    *, invoice: InvoiceFacts, events: Sequence[Event], payees: Sequence[Payee], exchange_rate: RateLookup
) -> Settlement:
    """Return all commission entries of the invoice, in order of line, partner group and event.

    Amounts are in each partner's plan currency. A line that cannot be decided is in `blocked` and has no entries; what
    earns nothing by the plan is in `nothing_due` with its reason. The order and repetition of events do not matter.
    """
    ordered = in_order(events)
    nets = positive_nets(invoice.lines)
    groups, blocked, nothing_due = _grouped(invoice, nets, payees)
    histories: dict[int | None, History] = {}
    entries: list[CommissionEntry] = []
    late: list[Kept] = []
    for at, plan, terms, commissionable, members in groups:
        window = plan.plan.claw_back_days
        if window not in histories:
            histories[window] = history(invoice, nets, ordered, claw_back_days=window)
        moments, kept = histories[window]
        late = late or kept
        shares = tuple([payee.share_ppm for payee in members])
        working = Working(invoice, at, nets[at], plan, terms, commissionable, members, shares, moments, [])
        try:
            _accrue(working, exchange_rate)
        except _NoExchangeRateError as missing:
            line_key = working.line.key
            blocked += [BlockedLine(line_key, payee.partner_id, "exchange_rate", missing.reason) for payee in members]
        else:
            _book(working, entries)
    if late:
        nothing_due += _kept(payees, histories)
    return Settlement(tuple(entries), tuple(blocked), tuple(nothing_due))


Group: TypeAlias = tuple[int, PublishedPlan, Terms, int, list[Payee]]
"""A line, the plan and terms it earns by, the net of all lines its rule applies to, and the partners paid so."""


class _NoExchangeRateError(LookupError):
    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def _grouped(
    invoice: InvoiceFacts, nets: tuple[int, ...], payees: Sequence[Payee]
) -> tuple[list[Group], list[BlockedLine], list[NothingDue]]:
    """Rate every line for every payee, and put together those who earn on a line by the same terms."""
    groups: dict[object, Group] = {}
    blocked: list[BlockedLine] = []
    nothing_due: list[NothingDue] = []
    for payee in payees:
        plan = payee.plan
        if plan is None:
            reason = f"No published plan covers {invoice.issued_on} on the partner's track."
            blocked += [BlockedLine(line.key, payee.partner_id, "plan", reason) for line in invoice.lines]
            continue
        ratings = [plan.rate(invoice=invoice.facts, line=line.facts, partner=payee.facts) for line in invoice.lines]
        for at, rating in enumerate(ratings):
            if isinstance(rating, NotPaid):
                nothing_due.append(NothingDue(payee.partner_id, invoice.lines[at].key, None, rating.reason))
            elif isinstance(rating, Unanswerable):
                blocked.append(_unanswered(invoice.lines[at].key, payee, rating))
            elif rating.needs_whole_invoice and (unknown := _first_unanswerable(ratings)):
                blocked.append(_unanswered(invoice.lines[at].key, payee, unknown))
            else:
                commissionable = _commissionable(nets, ratings, rating) if rating.needs_whole_invoice else 0
                terms_of_line = at, plan.label, rating.identity, commissionable
                groups.setdefault(terms_of_line, (at, plan, rating, commissionable, []))[4].append(payee)
    by_line = list(groups.values())
    if len(payees) > 1:
        by_line.sort(key=itemgetter(0))
    return by_line, blocked, nothing_due


def _first_unanswerable(ratings: Sequence[Rating]) -> Unanswerable | None:
    return next((rating for rating in ratings if isinstance(rating, Unanswerable)), None)


def _commissionable(nets: tuple[int, ...], ratings: Sequence[Rating], terms: Terms) -> int:
    """Return the net of all lines that fall under the same rule."""
    return sum(
        net
        for net, other in zip(nets, ratings, strict=True)
        if isinstance(other, Terms) and other.rule.id == terms.rule.id
    )


def _accrue(working: Working, exchange_rate: RateLookup) -> None:
    """Follow the line's base through all moments and note what is earned on it after each.

    Where every rise earns the same, what is earned is the base at that rate, whatever rose and fell before. Fractions
    are kept as two integers each: exact, and several times quicker than reducing them at every step.
    """
    at, progress = working.at, working.progress
    if working.terms.percent and working.plan.plan.currency == working.invoice.currency:
        unit_n, unit_d = working.terms.percent
        for _, paid, gross, nets in working.moments:
            base_n, base_d = (nets[at] * paid, gross) if gross else (0, 1)
            progress.append(Progress(base_n, base_d, base_n * unit_n, base_d * unit_d, None))
        return
    base_n, base_d, earned_n, earned_d = 0, 1, 0, 1
    for moment in working.moments:
        was_n, was_d, rate = base_n, base_d, None
        base_n, base_d = (moment.nets[at] * moment.paid, moment.gross) if moment.gross else (0, 1)
        change_n, change_d = base_n * was_d - was_n * base_d, base_d * was_d
        if change_n > 0:
            unit_n, unit_d, rate = _unit(working, moment, exchange_rate)
            earned_n = earned_n * change_d * unit_d + change_n * unit_n * earned_d
            earned_d *= change_d * unit_d
        elif change_n:
            earned_n *= base_n * was_d
            earned_d *= base_d * was_n
        divisor = gcd(earned_n, earned_d)
        earned_n //= divisor
        earned_d //= divisor
        progress.append(Progress(base_n, base_d, earned_n, earned_d, rate))


def _book(working: Working, entries: list[CommissionEntry]) -> None:
    """Add an entry for each event and partner whose rounded part changed."""
    line, payees, shares, rounding = working.line, working.payees, working.shares, working.plan.plan.rounding
    booked: Sequence[int] = (0,) * len(shares)
    for index, (_, _, earned_n, earned_d, _) in enumerate(working.progress):
        parts = split(earned_n, earned_d, shares, rounding)
        for position, part in enumerate(parts):
            amount = part - booked[position]
            if amount:
                event = working.moments[index].event
                entries.append(CommissionEntry(event, line, payees[position], amount, working, index, position))
        booked = parts


def _unit(working: Working, moment: Moment, exchange_rate: RateLookup) -> tuple[int, int, ExchangeRate | None]:
    """Return what a minor unit of base earns on the day, as numerator and denominator, and the rate it took."""
    terms, bought, sold = working.terms, working.invoice.currency, working.plan.plan.currency
    rate = _rate(exchange_rate, bought, sold, moment.event.on) if bought != sold else None
    unit = unit_earning(
        rate=terms.rule.rate,
        uplifts=terms.added,
        renewal_share=terms.renewal_share,
        fx=minor_rate(rate.rate, bought, sold) if rate else Fraction(1),
        line_net=working.line_net,
        quantity=working.line.quantity,
        commissionable=working.commissionable,
    )
    return unit.numerator, unit.denominator, rate


def _rate(lookup: RateLookup, currency: str, plan_currency: str, day: date) -> ExchangeRate:
    rate = lookup(currency, plan_currency, day)
    if rate is None:
        raise _NoExchangeRateError(f"No exchange rate from {currency} to {plan_currency} is known for {day}.")
    return rate


def _unanswered(line_key: str, payee: Payee, unknown: Unanswerable) -> BlockedLine:
    reason = f"{unknown.fact} {unknown.reason}, and the plan depends on it."
    return BlockedLine(line_key, payee.partner_id, unknown.fact, reason)


def _kept(payees: Sequence[Payee], histories: dict[int | None, History]) -> Iterator[NothingDue]:
    """Say for each payee which refunds and credit notes came after the claw-back window."""
    for payee in payees:
        window = payee.plan.plan.claw_back_days if payee.plan else None
        for event, payment in histories[window][1] if window in histories else ():
            reason = f"Nothing is taken back: {event.on} is more than {window} days after the payment of {payment.on}."
            yield NothingDue(payee.partner_id, None, event.key, reason)
