"""What of an invoice is paid after each event: the base of all that is earned, in whatever order facts arrive."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final, NamedTuple, TypeAlias

from tallystick.commissions.rules.facts import (
    CreditNoteFacts,
    Event,
    InvoiceFacts,
    LineFacts,
    PaymentFacts,
    RefundFacts,
)
from tallystick.kernel.allocation import allocate

_ORDER_OF_A_DAY: Final = {"payment": 0, "credit_note": 1, "refund": 2}


class Moment(NamedTuple):
    """The invoice right after an event, in minor units of its currency.

    `paid` is what was received and kept, never more than `gross`, which is the invoice less its credits; `nets` are the
    lines less theirs. A line's base is its net × paid ÷ gross. (A named tuple: a million of them are made in a run.)
    """

    event: Event
    paid: int
    gross: int
    nets: tuple[int, ...]


class Kept(NamedTuple):
    """A refund or credit note after the claw-back window of a payment: it takes nothing back."""

    event: RefundFacts | CreditNoteFacts
    payment: PaymentFacts


History: TypeAlias = tuple[list[Moment], list[Kept]]
"""The moments of an invoice in order, and the events that came too late to count."""


def in_order(events: Sequence[Event]) -> list[Event]:
    """Return the events by day, on a day payments, then credit notes, then refunds, then by key; repeats count once."""
    if len(events) <= 1:
        return list(events)
    known = {(event.kind, event.key): event for event in events}
    return sorted(known.values(), key=lambda event: (event.on, _ORDER_OF_A_DAY[event.kind], event.key))


def positive_nets(lines: Sequence[LineFacts]) -> tuple[int, ...]:
    """Return the net of each line with discount lines spread over the others, so that no line is below zero."""
    nets = tuple([line.net_minor for line in lines])
    if not nets or min(nets) >= 0:
        return nets
    charged = tuple(max(net, 0) for net in nets)
    discount = min(sum(charged), -sum(min(net, 0) for net in nets))
    return _less(charged, allocate(discount, charged))


def history(
    invoice: InvoiceFacts, nets: tuple[int, ...], events: Sequence[Event], *, claw_back_days: int | None
) -> History:
    """Return what is paid after each of the ordered events; `nets` are the lines' as `positive_nets` gives them.

    Claw-back counts from the payment a refund names, else from the latest payment before the refund or credit note; an
    event after the window is left out entirely, as if it had not been.
    """
    received, gross = 0, invoice.gross_minor
    payments: list[PaymentFacts] = []
    moments: list[Moment] = []
    kept: list[Kept] = []
    for event in events:
        match event:
            case PaymentFacts():
                payments.append(event)
                received += event.amount_minor
            case _ if (late := _too_late(event, payments, claw_back_days)) is not None:
                kept.append(Kept(event, late))
                continue
            case RefundFacts():
                received -= event.amount_minor
            case CreditNoteFacts():
                gross = max(gross - event.gross_minor, 0)
                nets = _credited(event, invoice.lines, nets)
        moments.append(Moment(event, max(min(received, gross), 0), gross, nets))
    return moments, kept


def _too_late(
    event: RefundFacts | CreditNoteFacts, payments: Sequence[PaymentFacts], claw_back_days: int | None
) -> PaymentFacts | None:
    """Return the payment whose claw-back window had closed before the event, if it had."""
    if claw_back_days is None or not payments:
        return None
    payment = payments[-1]
    if isinstance(event, RefundFacts) and event.payment_key is not None:
        payment = next((one for one in payments if one.key == event.payment_key), payment)
    return payment if event.on > payment.on + timedelta(days=claw_back_days) else None


def _credited(note: CreditNoteFacts, lines: Sequence[LineFacts], nets: tuple[int, ...]) -> tuple[int, ...]:
    """Return the nets less the credit: of its line, else spread over all lines; no line falls below zero."""
    if any(line.key == note.line_key for line in lines):
        credits = tuple(
            min(note.net_minor, net) if line.key == note.line_key else 0 for line, net in zip(lines, nets, strict=True)
        )
    else:
        credits = allocate(min(note.net_minor, sum(nets)), nets)
    return _less(nets, credits)


def _less(amounts: tuple[int, ...], taken: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(amount - part for amount, part in zip(amounts, taken, strict=True))
