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
from fractions import Fraction
from math import gcd
from typing import NamedTuple

from tallystick.commissions.rules.entries import BlockedLine, CommissionEntry, NothingDue, Settlement
from tallystick.commissions.rules.facts import PPM, Event, ExchangeRate, InvoiceFacts, Payee, RateLookup, minor_rate
from tallystick.commissions.rules.history import History, Moment, history, in_order, positive_nets
from tallystick.commissions.rules.rating import NotPaid, PublishedPlan, Rating, Terms, Unanswerable, unit_earning
from tallystick.commissions.rules.working import Working
from tallystick.kernel.allocation import allocate
from tallystick.kernel.rounding import round_ratio


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
    for group in _grouped(claims):
        plan = group[0].plan
        window = plan.plan.claw_back_days
        if window not in histories:
            histories[window] = history(invoice, nets, ordered, claw_back_days=window)
        try:
            entries += _Accrual(invoice, nets, group, exchange_rate).entries(histories[window].moments)
        except _NoExchangeRateError as missing:
            line_key = invoice.lines[group[0].at].key
            blocked += [
                BlockedLine(line_key, claim.payee.partner_id, "exchange_rate", missing.reason) for claim in group
            ]
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
        unknown = next((rating for rating in ratings if isinstance(rating, Unanswerable)), None)
        for at, rating in enumerate(ratings):
            line_key = invoice.lines[at].key
            if isinstance(rating, NotPaid):
                nothing_due.append(NothingDue(payee.partner_id, line_key, None, rating.reason))
            elif isinstance(rating, Unanswerable):
                blocked.append(_unanswered(line_key, payee, rating))
            elif not rating.needs_whole_invoice:
                claims.append(Claim(at, payee, plan, rating, 0))
            elif unknown:
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


def _grouped(claims: list[Claim]) -> list[list[Claim]]:
    """Put together the claims on one line that earn by the same terms: their whole is rounded once, then split."""
    if len(claims) <= 1:
        return [claims] if claims else []
    groups: dict[object, list[Claim]] = {}
    for claim in claims:
        key = claim.at, claim.plan.label, claim.terms.identity, claim.commissionable
        groups.setdefault(key, []).append(claim)
    return [groups[key] for key in sorted(groups, key=lambda key: groups[key][0].at)]


class _Accrual:
    """Earning on one line by one group of payees."""

    def __init__(
        self, invoice: InvoiceFacts, nets: tuple[int, ...], group: list[Claim], exchange_rate: RateLookup
    ) -> None:
        self.invoice = invoice
        self.group = group
        self.lookup = exchange_rate
        self.line = invoice.lines[group[0].at]
        self.line_net = nets[group[0].at]
        self.plan = group[0].plan
        self.terms = group[0].terms
        self.shares = tuple([claim.payee.share_ppm for claim in group])
        self.same_currency = self.plan.plan.currency == invoice.currency

    def entries(self, moments: Sequence[Moment]) -> list[CommissionEntry]:
        """Return the entries of this line and group; numerators and denominators are kept apart as integers."""
        at, rounding = self.group[0].at, self.plan.plan.rounding
        group_ppm, alone = sum(self.shares), len(self.shares) == 1
        base_n, base_d, earned_n, earned_d = 0, 1, 0, 1
        booked: tuple[int, ...] = (0,) * len(self.shares)
        entries: list[CommissionEntry] = []
        for moment in moments:
            was_n, was_d, before_n, before_d = base_n, base_d, earned_n, earned_d
            base_n, base_d = (moment.nets[at] * moment.paid, moment.gross) if moment.gross else (0, 1)
            change = base_n * was_d - was_n * base_d
            if change == 0:
                continue
            rate: ExchangeRate | None = None
            if change > 0:
                unit_n, unit_d, rate = self._unit(moment)
                gain_n, gain_d = change * unit_n, base_d * was_d * unit_d
                earned_n, earned_d = earned_n * gain_d + gain_n * earned_d, earned_d * gain_d
            else:
                earned_n, earned_d = earned_n * base_n * was_d, earned_d * base_d * was_n
            divisor = gcd(earned_n, earned_d)
            earned_n, earned_d = earned_n // divisor, earned_d // divisor
            whole = round_ratio(earned_n * group_ppm, earned_d * PPM, rounding)
            parts = (whole,) if alone else allocate(whole, self.shares)
            for position, claim in enumerate(self.group):
                amount = parts[position] - booked[position]
                if amount:
                    working = Working(
                        self.invoice, claim.plan, claim.terms, moment, at, self.line_net, claim.commissionable, rate,
                        was_n, was_d, base_n, base_d, before_n, before_d, earned_n, earned_d, self.shares, position,
                    )  # fmt: skip
                    entries.append(CommissionEntry(moment.event, self.line, claim.payee, amount, working))
            booked = parts
        return entries

    def _unit(self, moment: Moment) -> tuple[int, int, ExchangeRate | None]:
        """Return what a minor unit of base earns on the day, as numerator and denominator, and the rate it took."""
        if self.same_currency and self.terms.percent:
            return *self.terms.percent, None
        rate = None if self.same_currency else self._rate(moment)
        unit = unit_earning(
            rate=self.terms.rule.rate,
            uplifts=self.terms.added,
            renewal_share=self.terms.renewal_share,
            fx=minor_rate(rate.rate, self.invoice.currency, self.plan.plan.currency) if rate else Fraction(1),
            line_net=self.line_net,
            quantity=self.line.quantity,
            commissionable=self.group[0].commissionable,
        )
        return unit.numerator, unit.denominator, rate

    def _rate(self, moment: Moment) -> ExchangeRate:
        rate = self.lookup(self.invoice.currency, self.plan.plan.currency, moment.event.on)
        if rate is None:
            pair = f"{self.invoice.currency} to {self.plan.plan.currency}"
            raise _NoExchangeRateError(f"No exchange rate from {pair} is known for {moment.event.on}.")
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
