"""The explanation of a commission entry: each step with its figures, in sentences a finance person can follow.

The facts of the steps are complete: `recompute` needs nothing else. Amounts are minor units, exact fractions are text.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from typing import assert_never

from tallystick.commissions.rules.facts import PPM, CreditNoteFacts, Event, ExchangeRate, PaymentFacts, RefundFacts
from tallystick.commissions.rules.wording import day_words, money_words, percent_words, rate_words
from tallystick.commissions.rules.working import Working
from tallystick.kernel.allocation import allocate
from tallystick.kernel.conditions import describe_condition
from tallystick.kernel.explanations import Explanation, FactValue, Step
from tallystick.kernel.rounding import Rounding, round_fraction
from tallystick.programmes.rules.facts import FACTS
from tallystick.programmes.rules.plan import Band, Bands, Flat, Percent, PerUnit, Rate


def explain(working: Working, *, amount_minor: int, held_until: date) -> Explanation:
    """Return the explanation of an entry from the figures it was computed with."""
    currency = working.plan.plan.currency
    line = working.invoice.lines[working.at]
    amount = money_words(abs(amount_minor), currency)
    return Explanation(
        subject=f"commission on invoice {working.invoice.key}, line {line.key}",
        policy=working.plan.label,
        conclusion=f"{amount} is earned." if amount_minor > 0 else f"{amount} is taken back.",
        steps=(
            _event(working),
            _base(working),
            *_terms(working),
            _earned(working),
            _split(working, amount_minor),
            _hold(working, amount_minor, held_until),
        ),
    )


def _event(working: Working) -> Step:
    event, currency = working.moment.event, working.invoice.currency
    paid, gross = money_words(working.moment.paid, currency), money_words(working.moment.gross, currency)
    return Step(
        rule="event",
        outcome=event.kind,
        sentence=f"{_what_happened(event, currency)} Of the invoice's {gross} with tax, {paid} is now paid.",
        facts={
            "event": event.key,
            "on": event.on.isoformat(),
            "amount": event.amount_minor,
            "amount_currency": currency,
            "paid": working.moment.paid,
            "paid_currency": currency,
            "gross": working.moment.gross,
            "gross_currency": currency,
        },
    )


def _what_happened(event: Event, currency: str) -> str:
    day, amount = day_words(event.on), money_words(event.amount_minor, currency)
    match event:
        case PaymentFacts():
            return f"On {day} the customer paid {amount}."
        case RefundFacts():
            return f"On {day} {amount} was given back to the customer."
        case CreditNoteFacts():
            return f"On {day} a credit note took {amount} off the invoice."
        case _:
            assert_never(event)


def _base(working: Working) -> Step:
    currency, net = working.invoice.currency, working.moment.nets[working.at]
    base, was = Fraction(working.base_n, working.base_d), Fraction(working.was_n, working.was_d)
    share = f"{money_words(working.moment.paid, currency)} ÷ {money_words(working.moment.gross, currency)}"
    sentence = (
        f"The same part of the line's net {money_words(net, currency)} counts as paid: "
        f"{money_words(net, currency)} × {share} = {money_words(base, currency)}. "
        f"Before, it was {money_words(was, currency)}."
    )
    if not working.moment.gross:
        sentence = (
            f"Nothing of the invoice is left, so nothing counts as paid; before, it was {money_words(was, currency)}."
        )
    facts: dict[str, FactValue] = {
        "line": working.invoice.lines[working.at].key,
        "line_net": net,
        "line_net_currency": currency,
        "base": str(base),
        "base_before": str(was),
        "base_currency": currency,
    }
    return Step("base", "rises" if base > was else "falls", sentence, facts)


def _terms(working: Working) -> Iterator[Step]:
    """The rule that counts, its uplifts, the renewal share and, on a rise, the exchange rate."""
    terms, line = working.terms, working.invoice.lines[working.at]
    used = dict(terms.facts)
    why = describe_condition(terms.rule.when, schema=FACTS)
    because = "" if why == "always" else f" It applies because {why}."
    figures = {
        "line_net_issued": working.line_net,
        "quantity": line.quantity,
        "commissionable": working.commissionable,
    }
    sentence = f"Rule {terms.rule.id}: {_sentence(terms.rule.says)}{because}"
    yield Step("rule", terms.rule.id, sentence, {**used, **_rate_facts(terms.rule.rate), **figures})
    for uplift in terms.uplifts:
        why = describe_condition(uplift.when, schema=FACTS)
        sentence = f"Uplift {uplift.id} adds {percent_words(uplift.rate)}: {_sentence(uplift.says)}"
        because = "" if why == "always" else f" It applies because {why}."
        yield Step("uplift", uplift.id, sentence + because, {"percent": str(uplift.rate)})
    if terms.renewal_year is not None:
        share = terms.renewal_share
        sentence = f"In renewal year {terms.renewal_year} the plan pays {percent_words(share)} of its rate."
        yield Step("renewal", percent_words(share), sentence, {"year": terms.renewal_year, "share": str(share)})
    if working.exchange_rate is not None:
        yield _exchange(working, working.exchange_rate)


def _sentence(says: str) -> str:
    return says if says.endswith(".") else f"{says}."


def _rate_facts(rate: Rate) -> dict[str, FactValue]:
    match rate:
        case Percent():
            return {"form": "percent", "percent": str(rate.rate)}
        case Flat(amount=amount):
            return {"form": "flat", "flat": amount.minor, "flat_currency": amount.currency}
        case PerUnit(amount=amount):
            return {"form": "per_unit", "per_unit": amount.minor, "per_unit_currency": amount.currency}
        case Bands():
            return {"form": "bands", "mode": str(rate.mode), "bands": " ".join(map(_band_text, rate.bands))}
        case _:
            assert_never(rate)


def _band_text(band: Band) -> str:
    return f"{band.start}..{'' if band.end is None else band.end}:{band.rate}"


def _exchange(working: Working, rate: ExchangeRate) -> Step:
    bought, sold = working.invoice.currency, working.plan.plan.currency
    sentence = f"1 {bought} = {rate_words(rate.rate)} {sold} on {day_words(rate.day)}, by {rate.source}."
    facts: dict[str, FactValue] = {
        "rate": str(rate.rate),
        "from_currency": bought,
        "to_currency": sold,
        "day": rate.day.isoformat(),
        "source": rate.source,
    }
    return Step("exchange_rate", f"{bought} to {sold}", sentence, facts)


def _earned(working: Working) -> Step:
    currency, paid_in = working.plan.plan.currency, working.invoice.currency
    base, was = Fraction(working.base_n, working.base_d), Fraction(working.was_n, working.was_d)
    earned, before = Fraction(working.earned_n, working.earned_d), Fraction(working.before_n, working.before_d)
    if base > was:
        rise, gain = money_words(base - was, paid_in), money_words(earned - before, currency)
        sentence = f"{_how(working, rise)} = {gain}. With {money_words(before, currency)} earned before, "
        sentence += f"{money_words(earned, currency)} is earned so far."
    else:
        sentence = (
            "What was earned shrinks as what is paid does, at the terms it was earned at: "
            f"{money_words(before, currency)} × {money_words(base, paid_in)} ÷ {money_words(was, paid_in)} = "
            f"{money_words(earned, currency)}."
        )
    facts: dict[str, FactValue] = {
        "earned_before": str(before),
        "earned": str(earned),
        "earned_currency": currency,
    }
    return Step("earned", money_words(earned, currency), sentence, facts)


def _how(working: Working, rise: str) -> str:
    """Say how the rise of the base turns into commission, in the terms of the rate form."""
    terms, invoice = working.terms, working.invoice
    plan_currency = working.plan.plan.currency
    whole = money_words(working.commissionable, invoice.currency)
    match terms.rule.rate:
        case Percent(rate=rate):
            return f"{rise} × {_times(working, percent_words(rate + terms.added))}"
        case Flat(amount=amount):
            own = f"{rise} ÷ {whole} × {money_words(amount.minor, plan_currency)}"
        case PerUnit(amount=amount):
            units = invoice.lines[working.at].quantity
            line = money_words(working.line_net, invoice.currency)
            own = f"{rise} ÷ {line} × {units} units × {money_words(amount.minor, plan_currency)}"
        case Bands():
            own = f"{rise} ÷ {whole} × what {whole} earns in the bands"
        case _:
            assert_never(terms.rule.rate)
    if terms.added:
        own += f", plus {rise} × {percent_words(terms.added)}"
    return _times(working, own)


def _times(working: Working, text: str) -> str:
    """Add the renewal share and the exchange rate to a calculation, where there are any."""
    if working.terms.renewal_share != 1:
        text += f" × {percent_words(working.terms.renewal_share)}"
    if working.exchange_rate is not None:
        text += f" at {rate_words(working.exchange_rate.rate)}"
    return text


def _split(working: Working, amount_minor: int) -> Step:
    currency, rounding = working.plan.plan.currency, working.plan.plan.rounding
    position, shares = working.position, working.shares
    now = split(Fraction(working.earned_n, working.earned_d), shares, rounding)[position]
    before = split(Fraction(working.before_n, working.before_d), shares, rounding)[position]
    share = Fraction(shares[position], PPM)
    whose = "The partner's" if share == 1 else f"The partner's {percent_words(share)}"
    together = "" if len(shares) == 1 else ", split by largest remainder with the others on the same terms"
    sentence = (
        f"{whose} part, rounded {_ROUNDING_WORDS[rounding]}{together}, is {money_words(now, currency)} so far. "
        f"{money_words(before, currency)} of it was there before, so this entry is "
        f"{money_words(amount_minor, currency)}."
    )
    facts: dict[str, FactValue] = {
        "shares": " ".join(map(str, shares)),
        "position": position,
        "rounding": str(rounding),
        "so_far": now,
        "so_far_currency": currency,
        "before": before,
        "before_currency": currency,
        "amount": amount_minor,
        "amount_currency": currency,
    }
    return Step("split", money_words(amount_minor, currency), sentence, facts)


_ROUNDING_WORDS = {
    Rounding.HALF_EVEN: "half to even",
    Rounding.HALF_UP: "half up",
    Rounding.DOWN: "down",
}


def split(earned: Fraction, shares: tuple[int, ...], rounding: Rounding) -> tuple[int, ...]:
    """Return what each of the partners on the same terms has, from what is earned on the line so far.

    Their whole is rounded once and split by largest remainder, so that the parts sum to it. Shares are in parts per
    million.
    """
    return allocate(round_fraction(earned * sum(shares) / PPM, rounding), shares)


def _hold(working: Working, amount_minor: int, held_until: date) -> Step:
    days = working.plan.plan.hold_days
    if amount_minor < 0:
        sentence = "What is taken back counts at once."
    else:
        sentence = f"It is held for {days} days, until {day_words(held_until)}."
    return Step("hold", held_until.isoformat(), sentence, {"hold_days": days, "held_until": held_until.isoformat()})
