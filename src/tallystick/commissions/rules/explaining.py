"""The explanation of a commission entry: each step with its figures, in sentences a finance person can follow.

The facts of the steps are complete: `recompute` needs nothing else. Amounts are minor units, exact fractions are text.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from typing import assert_never

from tallystick.commissions.rules.facts import PPM, CreditNoteFacts, Event, ExchangeRate, PaymentFacts, RefundFacts
from tallystick.commissions.rules.history import Moment
from tallystick.commissions.rules.rating import Terms
from tallystick.commissions.rules.splitting import split
from tallystick.commissions.rules.wording import day_words, money_words, percent_words, rate_words
from tallystick.commissions.rules.working import Progress, Working
from tallystick.kernel.conditions import describe_condition
from tallystick.kernel.explanations import Explanation, FactValue, Step
from tallystick.kernel.rounding import Rounding
from tallystick.programmes.rules.facts import FACTS
from tallystick.programmes.rules.plan import Band, Bands, Flat, Percent, PerUnit, Rate


def explain(working: Working, *, moment_at: int, position: int, amount_minor: int, held_until: date) -> Explanation:
    """Return the explanation of an entry from the figures it was computed with."""
    currency, moment = working.plan.plan.currency, working.moments[moment_at]
    before, after = working.before(moment_at), working.progress[moment_at]
    amount = money_words(abs(amount_minor), currency)
    return Explanation(
        subject=f"commission on invoice {working.invoice.key}, line {working.line.key}",
        policy=working.plan.label,
        conclusion=f"{amount} is earned." if amount_minor > 0 else f"{amount} is taken back.",
        steps=(
            _event(moment, working.invoice.currency),
            _base(working, moment, before, after),
            *_terms(working, after.exchange_rate),
            _earned(working, before, after),
            _split(working, before, after, position),
            _hold(working, amount_minor, held_until),
        ),
    )


def _event(moment: Moment, currency: str) -> Step:
    event = moment.event
    paid, gross = money_words(moment.paid, currency), money_words(moment.gross, currency)
    return Step(
        rule="event",
        outcome=event.kind,
        sentence=f"{_what_happened(event, currency)} Of the invoice's {gross} with tax, {paid} is now paid.",
        facts={
            "event": event.key,
            "on": event.on.isoformat(),
            "amount": event.amount_minor,
            "amount_currency": currency,
            "paid": moment.paid,
            "paid_currency": currency,
            "gross": moment.gross,
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


def _base(working: Working, moment: Moment, before: Progress, after: Progress) -> Step:
    currency, net = working.invoice.currency, moment.nets[working.at]
    base, was = after.base, before.base
    share = f"{money_words(moment.paid, currency)} ÷ {money_words(moment.gross, currency)}"
    whole = money_words(net, currency)
    sentence = (
        f"The same part of the line's net {whole} counts as paid: {whole} × {share} = {money_words(base, currency)}. "
        f"Before, it was {money_words(was, currency)}."
    )
    if not moment.gross:
        sentence = (
            f"Nothing of the invoice is left, so nothing counts as paid; before, it was {money_words(was, currency)}."
        )
    facts: dict[str, FactValue] = {
        "line": working.line.key,
        "line_net": net,
        "line_net_currency": currency,
        "base": str(base),
        "base_before": str(was),
        "base_currency": currency,
    }
    return Step("base", "rises" if base > was else "falls", sentence, facts)


def _terms(working: Working, exchange_rate: ExchangeRate | None) -> Iterator[Step]:
    """The rule that counts, its uplifts, the renewal share and, on a rise, the exchange rate."""
    terms = working.terms
    used = dict(terms.facts)
    why = describe_condition(terms.rule.when, schema=FACTS)
    because = "" if why == "always" else f" It applies because {why}."
    figures = {
        "line_net_issued": working.line_net,
        "quantity": working.line.quantity,
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
    if exchange_rate is not None:
        yield _exchange(working, exchange_rate)


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


def _earned(working: Working, before: Progress, after: Progress) -> Step:
    currency, paid_in = working.plan.plan.currency, working.invoice.currency
    base, was, earned, had = after.base, before.base, after.earned, before.earned
    so_far = money_words(earned, currency)
    if base > was:
        rise, gain = money_words(base - was, paid_in), money_words(earned - had, currency)
        sentence = (
            f"{_how(working, rise, after.exchange_rate)} = {gain}. With {money_words(had, currency)} earned before, "
            f"{so_far} is earned so far."
        )
    else:
        sentence = (
            "What was earned shrinks as what is paid does, at the terms it was earned at: "
            f"{money_words(had, currency)} × {money_words(base, paid_in)} ÷ "
            f"{money_words(was, paid_in)} = {so_far}."
        )
    facts: dict[str, FactValue] = {
        "earned_before": str(had),
        "earned": str(earned),
        "earned_currency": currency,
    }
    return Step("earned", so_far, sentence, facts)


def _how(working: Working, rise: str, exchange_rate: ExchangeRate | None) -> str:
    """Say how the rise of the base turns into commission, in the terms of the rate form."""
    terms, invoice = working.terms, working.invoice
    plan_currency = working.plan.plan.currency
    whole = money_words(working.commissionable, invoice.currency)
    match terms.rule.rate:
        case Percent(rate=rate):
            return f"{rise} × {_times(terms, percent_words(rate + terms.added), exchange_rate)}"
        case Flat(amount=amount):
            own = f"{rise} ÷ {whole} × {money_words(amount.minor, plan_currency)}"
        case PerUnit(amount=amount):
            line = money_words(working.line_net, invoice.currency)
            own = f"{rise} ÷ {line} × {working.line.quantity} units × {money_words(amount.minor, plan_currency)}"
        case Bands():
            own = f"{rise} ÷ {whole} × what {whole} earns in the bands"
        case _:
            assert_never(terms.rule.rate)
    if terms.added:
        own += f", plus {rise} × {percent_words(terms.added)}"
    return _times(terms, own, exchange_rate)


def _times(terms: Terms, text: str, exchange_rate: ExchangeRate | None) -> str:
    """Add the renewal share and the exchange rate to a calculation, where there are any."""
    if terms.renewal_share != 1:
        text += f" × {percent_words(terms.renewal_share)}"
    if exchange_rate is not None:
        text += f" at {rate_words(exchange_rate.rate)}"
    return text


def _split(working: Working, before: Progress, after: Progress, position: int) -> Step:
    currency, rounding, shares = working.plan.plan.currency, working.plan.plan.rounding, working.shares
    has = split(after.earned_n, after.earned_d, shares, rounding)[position]
    had = split(before.earned_n, before.earned_d, shares, rounding)[position]
    amount = money_words(has - had, currency)
    share = Fraction(shares[position], PPM)
    whose = "The partner's" if share == 1 else f"The partner's {percent_words(share)}"
    together = "" if len(shares) == 1 else ", split by largest remainder with the others on the same terms"
    sentence = (
        f"{whose} part, rounded {_ROUNDING_WORDS[rounding]}{together}, is {money_words(has, currency)} so far. "
        f"{money_words(had, currency)} of it was there before, so this entry is {amount}."
    )
    facts: dict[str, FactValue] = {
        "shares": " ".join(map(str, shares)),
        "position": position,
        "rounding": str(rounding),
        "so_far": has,
        "so_far_currency": currency,
        "before": had,
        "before_currency": currency,
        "amount": has - had,
        "amount_currency": currency,
    }
    return Step("split", amount, sentence, facts)


_ROUNDING_WORDS = {
    Rounding.HALF_EVEN: "half to even",
    Rounding.HALF_UP: "half up",
    Rounding.DOWN: "down",
}


def _hold(working: Working, amount_minor: int, held_until: date) -> Step:
    days = working.plan.plan.hold_days
    if amount_minor < 0:
        sentence = "What is taken back counts at once."
    else:
        sentence = f"It is held for {days} days, until {day_words(held_until)}."
    return Step("hold", held_until.isoformat(), sentence, {"hold_days": days, "held_until": held_until.isoformat()})
