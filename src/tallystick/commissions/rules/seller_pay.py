"""Seller-pay neutrality: does an AE earn the same on a deal with a partner as on the same deal without one?

A seller who earns less with a partner keeps partners out. The rule compares the two at the same deal: what it pays
direct, and what it pays with the partner, on the whole amount or on what the vendor keeps of it.
`docs/explanation/seller-pay.md` specifies it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Final

from tallystick.kernel.explanations import Explanation, Step
from tallystick.kernel.money import Money
from tallystick.kernel.rounding import Rounding, round_fraction

HUNDRED = 100
LONGEST: Final[Mapping[str, int]] = {"seller": 120, "product": 255, "segment": 80}
"""Characters of a name, as they are kept."""


class SaleWay(StrEnum):
    """How a deal is sold: by the vendor alone, or with a partner."""

    DIRECT = "direct"
    SOURCED = "sourced"
    INFLUENCED = "influenced"
    RESALE = "resale"


class PaidOn(StrEnum):
    """What an AE is paid on where a partner takes part: the deal's whole amount, or what the vendor keeps of it."""

    AMOUNT = "amount"
    KEPT = "kept"


class Verdict(StrEnum):
    """What the comparison comes to, from the seller's side."""

    SAME = "same"
    LESS = "less"
    MORE = "more"
    UNKNOWN = "unknown"


class Cause(StrEnum):
    """Why the two differ, or why they cannot be compared."""

    NONE = "none"
    RATE = "rate"
    BASE = "base"
    RATE_AND_BASE = "rate_and_base"
    NO_RATE = "no_rate"
    NO_SHARE = "no_share"


@dataclass(frozen=True, slots=True, kw_only=True)
class PayRate:
    """What one seller, product and segment is paid, in percent; an empty text means all of them."""

    seller: str = ""
    product: str = ""
    segment: str = ""
    direct: Decimal
    sourced: Decimal
    influenced: Decimal
    resale: Decimal

    def of(self, way: SaleWay) -> Decimal:
        """Return the percentage for a way of selling."""
        return {
            SaleWay.DIRECT: self.direct,
            SaleWay.SOURCED: self.sourced,
            SaleWay.INFLUENCED: self.influenced,
            SaleWay.RESALE: self.resale,
        }[way]

    @property
    def place(self) -> tuple[str, str, str]:
        """Return what the row is for, as rows are compared: no two of one table have the same."""
        return normal(self.seller), normal(self.product), normal(self.segment)


@dataclass(frozen=True, slots=True)
class PayTable:
    """One version of the table. `tolerance_percent` of the direct pay is how far the two may lie apart."""

    number: int
    paid_on: PaidOn
    tolerance_percent: Decimal
    rates: tuple[PayRate, ...]

    @property
    def reference(self) -> str:
        """Name the version as results do."""
        return f"seller_pay@{self.number}"

    def rate_for(self, deal: SellerDeal) -> PayRate | None:
        """Return the row for a deal: that of its seller before that of its product before that of its segment."""
        asked = normal(deal.seller), normal(deal.product), normal(deal.segment)
        fitting = [rate for rate in self.rates if _fits(rate, asked)]
        return max(fitting, key=lambda rate: tuple(bool(part) for part in rate.place), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class SellerDeal:
    """A deal with a partner, as a seller's pay sees it.

    `partner_share` is what partners earn of it in the deal's currency; None where that cannot be named, and why.
    """

    name: str
    seller: str
    product: str
    segment: str
    way: SaleWay
    amount: Money
    partner_share: Money | None
    share_unknown: str = ""


@dataclass(frozen=True, slots=True)
class PayComparison:
    """The same deal paid both ways. `difference` is pay with the partner less pay direct; None where unknown."""

    verdict: Verdict
    cause: Cause
    direct: Money | None
    with_partner: Money | None
    difference: Money | None
    explanation: Explanation


def compare_pay(deal: SellerDeal, table: PayTable) -> PayComparison:
    """Compare what a deal pays its seller direct and with the partner, step by step."""
    rate = table.rate_for(deal)
    if rate is None:
        return _unknown(deal, table, Cause.NO_RATE, "No row of the table is for this seller, product and segment.")
    if deal.partner_share is None and table.paid_on is PaidOn.KEPT:
        return _unknown(deal, table, Cause.NO_SHARE, deal.share_unknown or "What the partner earns is not known.")
    base = deal.amount
    if table.paid_on is PaidOn.KEPT and deal.partner_share is not None:
        base = Money(max(deal.amount.minor - deal.partner_share.minor, 0), deal.amount.currency)
    direct = _part(deal.amount, rate.direct)
    partnered = _part(base, rate.of(deal.way))
    difference = Money(partnered.minor - direct.minor, direct.currency)
    allowed = abs(direct.minor) * Fraction(table.tolerance_percent) / HUNDRED
    verdict = Verdict.SAME
    if abs(difference.minor) > allowed:
        verdict = Verdict.LESS if difference.minor < 0 else Verdict.MORE
    cause = _cause(deal, rate, base) if verdict is not Verdict.SAME else Cause.NONE
    steps = tuple(_steps(deal, table, rate, base, direct, partnered, difference))
    explanation = Explanation(f"pay for {deal.name}", table.reference, _conclusion(verdict, difference), steps)
    return PayComparison(verdict, cause, direct, partnered, difference, explanation)


def normal(text: str) -> str:
    """Return a text as names are compared: without case and superfluous spaces."""
    return " ".join(text.casefold().split())


def _fits(rate: PayRate, asked: tuple[str, str, str]) -> bool:
    return all(part in ("", wanted) for part, wanted in zip(rate.place, asked, strict=True))


def _part(of: Money, percent: Decimal) -> Money:
    return Money(round_fraction(of.minor * Fraction(percent) / HUNDRED, Rounding.HALF_EVEN), of.currency)


def _cause(deal: SellerDeal, rate: PayRate, base: Money) -> Cause:
    differs_in_rate, differs_in_base = rate.of(deal.way) != rate.direct, base != deal.amount
    if differs_in_rate and differs_in_base:
        return Cause.RATE_AND_BASE
    return Cause.RATE if differs_in_rate else Cause.BASE


def _conclusion(verdict: Verdict, difference: Money) -> str:
    match verdict:
        case Verdict.SAME:
            return "The seller earns the same with a partner as direct."
        case Verdict.LESS:
            return f"The seller earns {Money(-difference.minor, difference.currency)} less with the partner."
        case _:
            return f"The seller earns {difference} more with the partner."


def _steps(
    deal: SellerDeal,
    table: PayTable,
    rate: PayRate,
    base: Money,
    direct: Money,
    partnered: Money,
    difference: Money,
) -> Iterator[Step]:
    way, whom = rate.of(deal.way), _whom(rate)
    yield Step(
        rule="rate",
        outcome="found",
        sentence=f"The row for {whom} pays {_plain(rate.direct)} % direct and {_plain(way)} % {_WAYS[deal.way]}.",
        facts={"direct_percent": _plain(rate.direct), "partner_percent": _plain(way), "way": deal.way.value},
    )
    yield Step(
        rule="direct",
        outcome="computed",
        sentence=f"Direct: {_plain(rate.direct)} % of {deal.amount} is {direct}.",
        facts={"amount": deal.amount.minor, "amount_currency": deal.amount.currency, "pay": direct.minor,
               "pay_currency": direct.currency},
    )  # fmt: skip
    if base != deal.amount and deal.partner_share is not None:
        yield Step(
            rule="kept",
            outcome="computed",
            sentence=f"The partner earns {deal.partner_share}: the vendor keeps {base}, and pays on that.",
            facts={"share": deal.partner_share.minor, "share_currency": deal.partner_share.currency,
                   "kept": base.minor, "kept_currency": base.currency},
        )  # fmt: skip
    yield Step(
        rule="with_partner",
        outcome="computed",
        sentence=f"With the partner: {_plain(way)} % of {base} is {partnered}.",
        facts={"base": base.minor, "base_currency": base.currency, "pay": partnered.minor,
               "pay_currency": partnered.currency},
    )  # fmt: skip
    yield Step(
        rule="difference",
        outcome="computed",
        sentence=f"The difference is {difference}; {_plain(table.tolerance_percent)} % of the direct pay is allowed.",
        facts={"difference": difference.minor, "difference_currency": difference.currency,
               "allowed_percent": _plain(table.tolerance_percent)},
    )  # fmt: skip


_WAYS = {
    SaleWay.DIRECT: "direct",
    SaleWay.SOURCED: "where a partner sourced the deal",
    SaleWay.INFLUENCED: "where a partner influenced it",
    SaleWay.RESALE: "where a partner resells",
}


def _whom(rate: PayRate) -> str:
    named = (
        rate.seller,
        rate.product and f"the product {rate.product}",
        rate.segment and f"the segment {rate.segment}",
    )
    return ", ".join(part for part in named if part) or "everybody"


def _plain(percent: Decimal) -> str:
    """Write a percentage without superfluous zeros: 8, 7.5."""
    return f"{percent.normalize():f}"


def _unknown(deal: SellerDeal, table: PayTable, cause: Cause, sentence: str) -> PayComparison:
    step = Step(rule=cause.value, outcome="unknown", sentence=sentence, facts={})
    explanation = Explanation(f"pay for {deal.name}", table.reference, "The two cannot be compared.", (step,))
    return PayComparison(Verdict.UNKNOWN, cause, None, None, None, explanation)


class PayTableRefused(ValueError):
    """The table cannot be used; `problems` says what, where and how to mend it."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = tuple(problems)


def check_rates(rates: Sequence[PayRate]) -> None:
    """Raise `PayTableRefused` for a table without rows, a percentage or a name no pay has, or two rows for the same."""
    problems = [] if rates else ["The table has no row: enter at least one, for everybody."]
    seen: dict[tuple[str, str, str], int] = {}
    for number, rate in enumerate(rates, start=1):
        problems += [
            f"Row {number}: {way.value} is {rate.of(way)}. Enter a percentage from 0 to 100."
            for way in SaleWay
            if not 0 <= rate.of(way) <= HUNDRED
        ]
        problems += [
            f"Row {number}: the {name} is longer than {most} characters."
            for name, most in LONGEST.items()
            if len(getattr(rate, name)) > most
        ]
        if rate.place in seen:
            problems.append(
                f"Row {number} is for the same seller, product and segment as row {seen[rate.place]}. Remove one."
            )
        seen.setdefault(rate.place, number)
    if problems:
        raise PayTableRefused(problems)
