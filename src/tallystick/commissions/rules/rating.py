"""Which rule of a plan a line falls under, with which uplifts and renewal share, and what a unit of its base earns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from operator import itemgetter
from typing import Any, Final, TypeAlias, assert_never

from tallystick.kernel.conditions import FactMissing, Facts, compile_condition
from tallystick.kernel.explanations import FactValue
from tallystick.programmes.rules.plan import BandMode, Bands, Flat, Percent, PerUnit, Plan, Rate, Rule, Uplift

_REMEMBERED: Final = 10_000
"""How many combinations of facts a plan keeps its answers for; a bound on memory, never on what is answered."""


@dataclass(frozen=True)
class Terms:
    """What a line earns by: the rule that counts, the uplifts that are added, and the renewal share of the sum."""

    rule: Rule
    uplifts: tuple[Uplift, ...]
    renewal_year: int | None
    renewal_share: Fraction
    facts: tuple[tuple[str, FactValue], ...]

    @cached_property
    def identity(self) -> str:
        """What makes two partners' lines earn by the same terms, whatever facts led there."""
        return " ".join([self.rule.id, *[uplift.id for uplift in self.uplifts], str(self.renewal_share)])

    @cached_property
    def added(self) -> Fraction:
        """The sum of the uplifts."""
        return sum((uplift.rate for uplift in self.uplifts), Fraction(0))

    @cached_property
    def percent(self) -> tuple[int, int] | None:
        """What a unit of base earns when neither the invoice's size nor its currency matters, as integers."""
        if not isinstance(self.rule.rate, Percent):
            return None
        share = (self.rule.rate.rate + self.added) * self.renewal_share
        return share.numerator, share.denominator

    @cached_property
    def needs_whole_invoice(self) -> bool:
        """Whether the earning of a line depends on which other lines the rule applies to."""
        return isinstance(self.rule.rate, Flat | Bands)


@dataclass(frozen=True, slots=True)
class NotPaid:
    """The plan pays nothing for the line, and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unanswerable:
    """The plan cannot say what the line earns, because a fact is not known."""

    fact: str
    reason: str


Rating: TypeAlias = Terms | NotPaid | Unanswerable


class PublishedPlan:
    """A plan in one published version, ready to rate lines: conditions compiled, answers remembered.

    Two lines whose facts are equal as far as the plan looks at them have the same terms, so each combination of facts
    is decided once. Rating is a pure function; remembering changes its speed only.
    """

    def __init__(self, plan: Plan, *, version: int) -> None:
        self.plan = plan
        self.version = version
        self.label = f"plan {plan.track}@{version}#{plan.hash[:6]}"
        self._rules = [(rule, compile_condition(rule.when)) for rule in plan.rules]
        self._uplifts = [(uplift, compile_condition(uplift.when)) for uplift in plan.uplifts]
        names = _with_currencies(plan.facts)
        self._names = tuple(
            tuple(name for name in names if _described_by(name) is whose) for whose in ("invoice", "line", "partner")
        )
        self._of_invoice, self._of_line, self._of_partner = map(_picker, self._names)
        self._remembered: dict[object, Rating] = {}

    def rate(self, *, invoice: Facts, line: Facts, partner: Facts) -> Rating:
        """Return the terms a line earns by, or why it earns nothing or cannot be decided.

        `deal.registered` is a fact of the partner, whose registration it is; a fact given elsewhere is not known.
        """
        try:
            key = self._of_invoice(invoice), self._of_line(line), self._of_partner(partner)
        except KeyError:
            return self.rate(invoice=self._all(invoice), line=self._all(line), partner=self._all(partner))
        rating = self._remembered.get(key)
        if rating is None:
            rating = self._decide(key)
            if len(self._remembered) >= _REMEMBERED:
                self._remembered.clear()
            self._remembered[key] = rating
        return rating

    def _all(self, facts: Facts) -> Facts:
        """Return the facts with None for those the plan names and nobody gave."""
        return {name: facts.get(name) for names in self._names for name in names}

    def _decide(self, values: tuple[Any, Any, Any]) -> Rating:
        """Decide from the values of the facts the plan names, and from nothing else."""
        facts: dict[str, FactValue] = {}
        for names, picked in zip(self._names, values, strict=True):
            facts.update(zip(names, picked if len(names) > 1 else (picked,), strict=False))
        try:
            return self._terms(facts)
        except FactMissing as missing:
            return Unanswerable(missing.fact, missing.reason)

    def _terms(self, facts: Mapping[str, FactValue]) -> Rating:
        if self.plan.excluded_products:
            product = _known(facts, "line.product")
            if product in self.plan.excluded_products:
                return NotPaid(f"{product} is excluded from commission by the plan.")
        rule = next((rule for rule, holds in self._rules if holds(facts)), None)
        if rule is None:
            return NotPaid("No rule of the plan applies to this line.")
        uplifts = tuple(uplift for uplift, holds in self._uplifts if holds(facts))
        year, share = self._renewal(facts)
        if share == 0:
            return NotPaid(f"The plan pays no commission in renewal year {year}.")
        return Terms(rule, uplifts, year, share, tuple(sorted(facts.items())))

    def _renewal(self, facts: Mapping[str, FactValue]) -> tuple[int | None, Fraction]:
        """Return the renewal year and its share; a renewal line without a year cannot be answered."""
        if self.plan.renewals is None or _known(facts, "line.kind") != "renewal":
            return None, Fraction(1)
        year = _known(facts, "line.renewal_year")
        if not isinstance(year, int) or year < 1:
            raise FactMissing("line.renewal_year", "is 0, but the line is a renewal")
        return year, self.plan.renewals.share(year)


def _known(facts: Mapping[str, FactValue], name: str) -> str | int | bool:
    value = facts.get(name)
    if value is None:
        raise FactMissing(name)
    return value


def _with_currencies(names: frozenset[str]) -> list[str]:
    """Return the names in order, each amount followed by the fact that holds its currency."""
    amounts = {"deal.amount", "invoice.net"}
    return [part for name in sorted(names) for part in ((name, f"{name}_currency") if name in amounts else (name,))]


def _described_by(name: str) -> str:
    """Return whether a fact is one of the line, of the partner or of the invoice and its deal."""
    if name == "deal.registered" or name.startswith("partner."):
        return "partner"
    return "line" if name.startswith("line.") else "invoice"


def _picker(names: tuple[str, ...]) -> Callable[[Facts], Any]:
    """Return a function from facts to the values of those names: bare if it is one. It raises KeyError."""
    return itemgetter(*names) if names else lambda _: None


def unit_earning(
    *,
    rate: Rate,
    uplifts: Fraction,
    renewal_share: Fraction,
    fx: Fraction,
    line_net: int,
    quantity: int,
    commissionable: int,
) -> Fraction:
    """Return what one minor unit of a line's base earns, in minor units of the plan's currency.

    `fx` turns minor units of the invoice's currency into those of the plan's; `line_net` is the line as issued and
    `commissionable` the sum of the lines the rule applies to, both in the invoice's currency and above zero.
    """
    match rate:
        case Percent(rate=percent):
            own = percent * fx
        case Flat(amount=amount):
            own = Fraction(amount.minor, commissionable)
        case PerUnit(amount=amount):
            own = Fraction(amount.minor * quantity, line_net)
        case Bands() as bands:
            own = in_bands(bands, commissionable * fx) / commissionable
        case _:
            assert_never(rate)
    return (own + uplifts * fx) * renewal_share


def in_bands(bands: Bands, amount: Fraction) -> Fraction:
    """Return what an amount earns in bands, exactly: slice by slice, or at the rate of the band it reaches."""
    match bands.mode:
        case BandMode.WHOLE:
            reached = next(band for band in reversed(bands.bands) if amount >= band.start)
            return amount * reached.rate
        case BandMode.MARGINAL:
            ends = (amount if band.end is None else min(amount, Fraction(band.end)) for band in bands.bands)
            slices = zip(bands.bands, ends, strict=True)
            return sum(((end - band.start) * band.rate for band, end in slices if end > band.start), Fraction(0))
        case _:
            assert_never(bands.mode)
