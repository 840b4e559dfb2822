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
from typing import NamedTuple

from tallystick.commissions.rules.entries import BlockedLine, CommissionEntry, NothingDue, Settlement
from tallystick.commissions.rules.facts import PPM, Event, ExchangeRate, InvoiceFacts, Payee, RateLookup, minor_rate
from tallystick.commissions.rules.history import History, Moment, history, in_order, positive_nets
from tallystick.commissions.rules.rating import NotPaid, PublishedPlan, Rating, Terms, Unanswerable, unit_earning
from tallystick.commissions.rules.working import Working
from tallystick.kernel.allocation import allocate
from tallystick.kernel.rounding import Rounding, round_ratio


def settle(
    *, invoice: InvoiceFacts, events: Sequence[Event], payees: Sequence[Payee], exchange_rate: RateLookup
) -> Settlement:
    """Return all commission entries of the invoice, in order of line, partner group and event.

    Amounts are in each partner's plan currency. A line that cannot be decided is in `blocked` and has no entries; what
    earns nothing by the plan is in `nothing_due` with its reason. The order and repetition of events do not matter.
    """
    ordered = in_order(events)
    nets = positive_nets(invoice.lines)
    claims, blocked, nothing_due = _claims(invoice, nets, payees)
    histories: dict[int | None, History] = {}
    entries: list[CommissionEntry] = []
    for group in _grouped(claims, payees):
        window = group[0].plan.plan.claw_back_days
        past = histories.get(window)
        if past is None:
            past = histories[window] = history(invoice, nets, ordered, claw_back_days=window)
        try:
            entries += _accrue(invoice, nets[group[0].at], group, past.moments, exchange_rate)
        except _NoExchangeRateError as missing:
            line_key = invoice.lines[group[0].at].key
            blocked += [
                BlockedLine(line_key, claim.payee.partner_id, "exchange_rate", missing.reason) for claim in group
            ]
    if any(past.kept for past in histories.values()):
        nothing_due += _kept(payees, histories)
    return Settlement(tuple(entries), tuple(blocked), tuple(nothing_due))


class Claim(NamedTuple):
    """A payee's terms on one line; `commissionable` is the net of all lines its rule applies to."""

    at: int
    payee: Payee
    plan: PublishedPlan
    terms: Terms
    commissionable: int


class _NoExchangeRateError(LookupError):
    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def _claims(
    invoice: InvoiceFacts, nets: tuple[int, ...], payees: Sequence[Payee]
) -> tuple[list[Claim], list[BlockedLine], list[NothingDue]]:
    """Rate every line for every payee."""
    claims: list[Claim] = []
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
            line_key = invoice.lines[at].key
            if isinstance(rating, NotPaid):
                nothing_due.append(NothingDue(payee.partner_id, line_key, None, rating.reason))
            elif isinstance(rating, Unanswerable):
                blocked.append(_unanswered(line_key, payee, rating))
            elif not rating.needs_whole_invoice:
                claims.append(Claim(at, payee, plan, rating, 0))
            elif unknown := next((other for other in ratings if isinstance(other, Unanswerable)), None):
                blocked.append(_unanswered(line_key, payee, unknown))
            else:
                claims.append(Claim(at, payee, plan, rating, _commissionable(nets, ratings, rating)))
    return claims, blocked, nothing_due


def _commissionable(nets: tuple[int, ...], ratings: Sequence[Rating], terms: Terms) -> int:
    """Return the net of all lines that fall under the same rule."""
    return sum(
        net
        for net, other in zip(nets, ratings, strict=True)
        if isinstance(other, Terms) and other.rule.id == terms.rule.id
    )


def _grouped(claims: list[Claim], payees: Sequence[Payee]) -> list[list[Claim]]:
    """Put together the claims on one line that earn by the same terms: their whole is rounded once, then split."""
    if len(payees) == 1:
        return [[claim] for claim in claims]
    groups: dict[object, list[Claim]] = {}
    for claim in claims:
        key = claim.at, claim.plan.label, claim.terms.identity, claim.commissionable
        groups.setdefault(key, []).append(claim)
    return sorted(groups.values(), key=lambda group: group[0].at)


def _accrue(
    invoice: InvoiceFacts, line_net: int, group: list[Claim], moments: Sequence[Moment], exchange_rate: RateLookup
) -> list[CommissionEntry]:
    """Return the entries of one line and group.

    Bases and earnings are fractions whose numerators and denominators are kept apart as integers: exact and quick.
    """
    at, _, plan, _, commissionable = first = group[0]
    shares = tuple([claim.payee.share_ppm for claim in group])
    base_n, base_d, earned_n, earned_d = 0, 1, 0, 1
    booked: tuple[int, ...] = (0,) * len(shares)
    entries: list[CommissionEntry] = []
    for moment in moments:
        was_n, was_d, before_n, before_d = base_n, base_d, earned_n, earned_d
        base_n, base_d = (moment.nets[at] * moment.paid, moment.gross) if moment.gross else (0, 1)
        change = base_n * was_d - was_n * base_d
        if change == 0:
            continue
        rate: ExchangeRate | None = None
        if change > 0:
            unit_n, unit_d, rate = _unit(invoice, line_net, first, moment, exchange_rate)
            gain_n, gain_d = change * unit_n, base_d * was_d * unit_d
            earned_n, earned_d = earned_n * gain_d + gain_n * earned_d, earned_d * gain_d
        else:
            earned_n, earned_d = earned_n * base_n * was_d, earned_d * base_d * was_n
        divisor = gcd(earned_n, earned_d)
        earned_n, earned_d = earned_n // divisor, earned_d // divisor
        parts = _parts(earned_n, earned_d, shares, plan.plan.rounding)
        for position, claim in enumerate(group):
            amount = parts[position] - booked[position]
            if amount:
                working = Working(
                    invoice, plan, claim.terms, moment, at, line_net, commissionable, rate,
                    was_n, was_d, base_n, base_d, before_n, before_d, earned_n, earned_d, shares, position,
                )  # fmt: skip
                entries.append(CommissionEntry(moment.event, invoice.lines[at], claim.payee, amount, working))
        booked = parts
    return entries


def _parts(earned_n: int, earned_d: int, shares: tuple[int, ...], rounding: Rounding) -> tuple[int, ...]:
    """Return what each share has of what is earned: the whole is rounded once, then split by largest remainder."""
    if len(shares) == 1:
        return (round_ratio(earned_n * shares[0], earned_d * PPM, rounding),)
    return allocate(round_ratio(earned_n * sum(shares), earned_d * PPM, rounding), shares)


def _unit(
    invoice: InvoiceFacts, line_net: int, claim: Claim, moment: Moment, exchange_rate: RateLookup
) -> tuple[int, int, ExchangeRate | None]:
    """Return what a minor unit of base earns on the day, as numerator and denominator, and the rate it took."""
    terms, currency = claim.terms, claim.plan.plan.currency
    if currency == invoice.currency and terms.percent:
        return *terms.percent, None
    rate = None if currency == invoice.currency else _rate(exchange_rate, invoice.currency, currency, moment.event.on)
    unit = unit_earning(
        rate=terms.rule.rate,
        uplifts=terms.added,
        renewal_share=terms.renewal_share,
        fx=minor_rate(rate.rate, invoice.currency, currency) if rate else Fraction(1),
        line_net=line_net,
        quantity=invoice.lines[claim.at].quantity,
        commissionable=claim.commissionable,
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
        for event, payment in histories[window].kept if window in histories else ():
            reason = f"Nothing is taken back: {event.on} is more than {window} days after the payment of {payment.on}."
            yield NothingDue(payee.partner_id, None, event.key, reason)
