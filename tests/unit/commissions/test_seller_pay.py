"""Pay of an AE direct and with a partner: each case worked out by hand, and what holds of all of them."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.commissions.rules.seller_pay import (
    Cause,
    PaidOn,
    PayComparison,
    PayRate,
    PayTable,
    PayTableRefused,
    SaleWay,
    SellerDeal,
    Verdict,
    check_rates,
    compare_pay,
)
from tallystick.commissions.rules.seller_pay_file import read_percent, read_rates, write_rates
from tallystick.kernel.money import Money


def rate(direct: str = "8", sourced: str = "8", influenced: str = "8", resale: str = "8", **names: str) -> PayRate:
    percents = [Decimal(text) for text in (direct, sourced, influenced, resale)]
    return PayRate(**names, direct=percents[0], sourced=percents[1], influenced=percents[2], resale=percents[3])


def table(*rates: PayRate, paid_on: PaidOn = PaidOn.KEPT, tolerance: str = "0") -> PayTable:
    return PayTable(3, paid_on, Decimal(tolerance), rates)


def deal(*, way: SaleWay = SaleWay.SOURCED, minor: int = 10_000_000, share: int | None = 1_500_000) -> SellerDeal:
    return SellerDeal(
        name="Cellvia LIMS",
        seller="Tom Albright",
        product="LIMS",
        segment="Biotech",
        way=way,
        amount=Money(minor, "EUR"),
        partner_share=None if share is None else Money(share, "EUR"),
        share_unknown="Corvid: There is no commission plan for this type of partner." if share is None else "",
    )


def figures(found: PayComparison) -> tuple[int | None, int | None, int | None]:
    return tuple(money.minor if money else None for money in (found.direct, found.with_partner, found.difference))  # type: ignore[return-value]


def test_pay_on_the_whole_amount_at_the_same_rate_is_the_same() -> None:
    # 8 % of 100,000.00 is 8,000.00 either way.
    found = compare_pay(deal(), table(rate(), paid_on=PaidOn.AMOUNT))
    assert figures(found) == (800_000, 800_000, 0)
    assert (found.verdict, found.cause) == (Verdict.SAME, Cause.NONE)
    assert found.explanation.conclusion == "The seller earns the same with a partner as direct."


def test_pay_on_what_is_kept_falls_with_what_the_partner_earns() -> None:
    # The partner earns 15,000.00; 8 % of the 85,000.00 left is 6,800.00.
    found = compare_pay(deal(), table(rate()))
    assert figures(found) == (800_000, 680_000, -120_000)
    assert (found.verdict, found.cause) == (Verdict.LESS, Cause.BASE)
    assert [step.sentence for step in found.explanation.steps] == [
        "The row for everybody pays 8 % direct and 8 % where a partner sourced the deal.",
        "Direct: 8 % of 100,000.00 EUR is 8,000.00 EUR.",
        "The partner earns 15,000.00 EUR: the vendor keeps 85,000.00 EUR, and pays on that.",
        "With the partner: 8 % of 85,000.00 EUR is 6,800.00 EUR.",
        "The difference is -1,200.00 EUR; 0 % of the direct pay is allowed.",
    ]
    assert found.explanation.conclusion == "The seller earns 1,200.00 EUR less with the partner."
    assert found.explanation.policy == "seller_pay@3"


@pytest.mark.parametrize(
    ("way", "partnered", "verdict", "cause"),
    [
        # 85,000.00 is kept: 10 % of it is 8,500.00, 6 % is 5,100.00, 4 % is 3,400.00.
        (SaleWay.SOURCED, 850_000, Verdict.MORE, Cause.RATE_AND_BASE),
        (SaleWay.INFLUENCED, 510_000, Verdict.LESS, Cause.RATE_AND_BASE),
        (SaleWay.RESALE, 340_000, Verdict.LESS, Cause.RATE_AND_BASE),
    ],
)
def test_each_way_of_selling_has_its_rate(way: SaleWay, partnered: int, verdict: Verdict, cause: Cause) -> None:
    found = compare_pay(deal(way=way), table(rate(sourced="10", influenced="6", resale="4")))
    assert found.with_partner == Money(partnered, "EUR")
    assert (found.verdict, found.cause) == (verdict, cause)


def test_another_rate_on_the_whole_amount_is_the_cause() -> None:
    found = compare_pay(deal(), table(rate(sourced="7.5"), paid_on=PaidOn.AMOUNT))
    assert figures(found) == (800_000, 750_000, -50_000)
    assert found.cause is Cause.RATE


@pytest.mark.parametrize(("tolerance", "verdict"), [("14.9999", Verdict.LESS), ("15", Verdict.SAME)])
def test_a_difference_within_what_is_allowed_is_none(tolerance: str, verdict: Verdict) -> None:
    # 1,200.00 of 8,000.00 is exactly 15 %.
    assert compare_pay(deal(), table(rate(), tolerance=tolerance)).verdict is verdict


def test_the_row_of_a_seller_counts_before_that_of_a_product_and_that_before_a_segment_s() -> None:
    rows = [
        rate("1"),
        rate("2", segment="biotech"),
        rate("3", product="lims"),
        rate("4", product="LIMS", segment="Biotech"),
        rate("5", seller="tom  ALBRIGHT"),
    ]
    found = [table(*rows[:count]).rate_for(deal()) for count in range(1, 6)]
    assert [row.direct if row else None for row in found] == [Decimal(number) for number in range(1, 6)]
    assert table(rate(seller="Ada Frost")).rate_for(deal()) is None


def test_without_a_row_or_a_known_share_nothing_is_compared_and_the_reason_is_told() -> None:
    no_row = compare_pay(deal(), table(rate(seller="Ada Frost")))
    assert (no_row.verdict, no_row.cause, figures(no_row)) == (Verdict.UNKNOWN, Cause.NO_RATE, (None, None, None))
    no_share = compare_pay(deal(share=None), table(rate()))
    assert (no_share.verdict, no_share.cause) == (Verdict.UNKNOWN, Cause.NO_SHARE)
    assert no_share.explanation.steps[0].sentence == "Corvid: There is no commission plan for this type of partner."
    assert compare_pay(deal(share=None), table(rate(), paid_on=PaidOn.AMOUNT)).verdict is Verdict.SAME


PERCENTS = st.decimals(0, 100, places=4)
AMOUNTS = st.integers(0, 10**12)


@given(
    direct=PERCENTS, other=PERCENTS, minor=AMOUNTS, share=st.integers(0, 10**12), paid_on=st.sampled_from(PaidOn),
    way=st.sampled_from([SaleWay.SOURCED, SaleWay.INFLUENCED, SaleWay.RESALE]), tolerance=PERCENTS,
)  # fmt: skip
def test_what_holds_of_every_comparison(
    direct: Decimal, other: Decimal, minor: int, share: int, paid_on: PaidOn, way: SaleWay, tolerance: Decimal
) -> None:
    row = PayRate(direct=direct, sourced=other, influenced=other, resale=other)
    found = compare_pay(deal(way=way, minor=minor, share=share), PayTable(1, paid_on, tolerance, (row,)))

    assert found.direct is not None
    assert found.with_partner is not None
    assert found.difference is not None
    assert found.with_partner.minor - found.direct.minor == found.difference.minor
    assert abs(found.direct.minor - minor * Fraction(direct) / 100) <= Fraction(1, 2)
    within = abs(found.difference.minor) * 100 <= found.direct.minor * Fraction(tolerance)
    assert (found.verdict is Verdict.SAME) == within
    assert (found.cause is Cause.NONE) == (found.verdict is Verdict.SAME)


@given(direct=PERCENTS, minor=AMOUNTS, share=st.integers(0, 10**12))
def test_one_rate_on_the_whole_amount_is_always_neutral(direct: Decimal, minor: int, share: int) -> None:
    row = PayRate(direct=direct, sourced=direct, influenced=direct, resale=direct)
    found = compare_pay(deal(minor=minor, share=share), PayTable(1, PaidOn.AMOUNT, Decimal(0), (row,)))
    assert found.verdict is Verdict.SAME


def test_a_file_is_read_row_by_row_whatever_its_mark_and_order_of_columns() -> None:
    text = (
        "\ufeffDirect;Sourced;Influenced;Resale;Seller;Product;Segment\n8;8;8 %;7,5;;;\n\n10;10;10;10;Tom Albright;;\n"
    )
    assert read_rates(text) == (rate(resale="7.5"), rate("10", "10", "10", "10", seller="Tom Albright"))


def test_what_is_written_is_read_back() -> None:
    rows = (rate("8", "7.5"), rate("10", seller='Tom "T" Albright', product="LIMS, big", segment="Biotech"))
    assert read_rates(write_rates(rows)) == rows


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "The first line lacks seller, product, segment, direct, sourced, influenced, resale."),
        ("seller,product,segment,direct,sourced,influenced\n", "The first line lacks resale."),
        ("seller,product,segment,direct,sourced,influenced,resale\n", "The table has no row: enter at least one"),
        (
            "seller,product,segment,direct,sourced,influenced,resale\n,,,8,much,8,8\n",
            "Line 2, sourced: “much” is no percentage. Write it like 8 or 7.5.",
        ),
        (
            "seller,product,segment,direct,sourced,influenced,resale\n,,,8,8,8,101\n",
            "Row 1: resale is 101. Enter a percentage from 0 to 100.",
        ),
        (
            "seller,product,segment,direct,sourced,influenced,resale\nTom,,,8,8,8,8\n tom ,,,9,9,9,9\n",
            "Row 2 is for the same seller, product and segment as row 1. Remove one.",
        ),
        (
            f"seller,product,segment,direct,sourced,influenced,resale\n{'T' * 121},,,8,8,8,8\n",
            "Row 1: the seller is longer than 120 characters.",
        ),
        (
            "seller,product,segment,direct,sourced,influenced,resale\nT\0m,,,8,8,8,8\n",
            "The file holds characters that no text has.",
        ),
    ],
)
def test_what_is_wrong_with_a_file_is_told_with_its_place(text: str, problem: str) -> None:
    with pytest.raises(PayTableRefused) as refusal:
        read_rates(text)
    assert refusal.value.problems[0].startswith(problem)


@pytest.mark.parametrize("text", ["", "NaN", "Infinity", "8.12345", "eight", "8 8"])
def test_no_percentage_is_guessed(text: str) -> None:
    assert read_percent(text) is None


@pytest.mark.parametrize("text", ["-1", "100.0001", "1e400000"])
def test_a_percentage_no_pay_has_is_refused(text: str) -> None:
    with pytest.raises(PayTableRefused, match="Enter a percentage from 0 to 100"):
        check_rates([rate(text)])
