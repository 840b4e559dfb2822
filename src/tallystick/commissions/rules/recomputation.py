"""Computing a commission entry again from its explanation alone: no database, no plan, no invoice."""

from __future__ import annotations

from fractions import Fraction

from tallystick.commissions.rules.facts import minor_rate
from tallystick.commissions.rules.rating import unit_earning
from tallystick.commissions.rules.splitting import split
from tallystick.kernel.explanations import Explanation, Step
from tallystick.kernel.money import Money
from tallystick.kernel.rounding import Rounding
from tallystick.programmes.rules.plan import Band, BandMode, Bands, Flat, Percent, PerUnit, Rate


def recompute(explanation: Explanation) -> Money:
    """Return the amount the explanation's figures lead to; of a sound entry it is the entry's own.

    Uses what is paid of the invoice, the line's net, the terms and what was earned before; the results that the
    explanation states are not read. Raises KeyError when a step or a figure is missing.
    """
    event, base, earned, last = (explanation.step(rule) for rule in ("event", "base", "earned", "split"))
    gross = _integer(event, "gross")
    now = Fraction(_integer(base, "line_net") * _integer(event, "paid"), gross) if gross else Fraction(0)
    was, before = Fraction(_text(base, "base_before")), Fraction(_text(earned, "earned_before"))
    after = before + (now - was) * _unit(explanation) if now > was else before * now / was
    shares = tuple(int(share) for share in _text(last, "shares").split())
    rounding, position = Rounding(_text(last, "rounding")), _integer(last, "position")
    has, had = (split(*figure.as_integer_ratio(), shares, rounding)[position] for figure in (after, before))
    return Money(has - had, _text(last, "amount_currency"))


def _unit(explanation: Explanation) -> Fraction:
    """Return what a minor unit of base earns by the rule, the uplifts, the renewal share and the exchange rate."""
    rule = explanation.step("rule")
    steps = {step.rule: step for step in explanation.steps}
    exchange, renewal = steps.get("exchange_rate"), steps.get("renewal")
    fx = Fraction(1)
    if exchange is not None:
        rate = Fraction(_text(exchange, "rate"))
        fx = minor_rate(rate, _text(exchange, "from_currency"), _text(exchange, "to_currency"))
    uplifts = (Fraction(_text(step, "percent")) for step in explanation.steps if step.rule == "uplift")
    return unit_earning(
        rate=_rate(rule),
        uplifts=sum(uplifts, Fraction(0)),
        renewal_share=Fraction(_text(renewal, "share")) if renewal else Fraction(1),
        fx=fx,
        line_net=_integer(rule, "line_net_issued"),
        quantity=_integer(rule, "quantity"),
        commissionable=_integer(rule, "commissionable"),
    )


def _rate(rule: Step) -> Rate:
    match _text(rule, "form"):
        case "percent":
            return Percent(Fraction(_text(rule, "percent")))
        case "flat":
            return Flat(Money(_integer(rule, "flat"), _text(rule, "flat_currency")))
        case "per_unit":
            return PerUnit(Money(_integer(rule, "per_unit"), _text(rule, "per_unit_currency")))
        case "bands":
            bands = tuple(_band(text) for text in _text(rule, "bands").split())
            return Bands(BandMode(_text(rule, "mode")), bands)
        case form:
            raise KeyError(form)


def _band(text: str) -> Band:
    span, _, rate = text.partition(":")
    start, _, end = span.partition("..")
    return Band(int(start), int(end) if end else None, Fraction(rate))


def _text(step: Step, name: str) -> str:
    value = step.facts[name]
    if not isinstance(value, str):
        raise KeyError(name)
    return value


def _integer(step: Step, name: str) -> int:
    value = step.facts[name]
    if not isinstance(value, int):
        raise KeyError(name)
    return value
