"""The worked figures of the explanation pages are what the rules give."""

from __future__ import annotations

import re
from datetime import date, datetime
from fractions import Fraction
from html import unescape
from pathlib import Path
from zoneinfo import ZoneInfo

from tallystick.attribution.rules.decision import AttributionClass, decide
from tallystick.attribution.rules.facts import TouchKind
from tallystick.attribution.rules.policy import DEFAULT_POLICY
from tallystick.commissions.rules.history import positive_nets
from tallystick.deals.rules.account_key import account_key
from tallystick.deals.rules.engagement.reading import default_document, read_engagement
from tallystick.deals.rules.working_hours import WorkingCalendar
from tallystick.insights.rules.mix import ClassAmounts, WeekMix, four_week_shares
from tallystick.insights.rules.partner_led import partner_led_test
from tallystick.insights.rules.ranking import rank_partners
from tallystick.insights.rules.rates import percent
from tallystick.kernel.allocation import allocate
from tallystick.kernel.periods import Week
from tallystick.kernel.rounding import Rounding, round_fraction
from tallystick.platform.activity import chain_hash
from tests.unit.attribution.facts import meeting, opportunity, touch
from tests.unit.commissions.invoices import (
    UPLIFTS,
    amounts,
    by_event,
    invoice,
    paid,
    payee,
    plan,
    rates,
    refunded,
    settled,
)

PAGES = Path(__file__).parents[2] / "docs" / "explanation"
LONDON = ZoneInfo("Europe/London")
TWELVE_PERCENT = payee(plan(uplifts=UPLIFTS), facts={"deal.registered": True})
KITE, CORVID, ZEPHYR = 1, 2, 3


def test_an_invoice_paid_in_two_parts_and_refunded() -> None:
    rows = table("commissions", first_column="Day")
    events = [
        (paid if row[1].startswith("payment") else refunded)(f"e{at}", day(row[0]).isoformat(), *minors(row[1]))
        for at, row in enumerate(rows)
    ]
    found = amounts(settled(invoice(900_000, 300_000, gross=1_440_000), events, [TWELVE_PERCENT]))
    earned = [0, 0]
    for at, (_, _, _, part, base_so_far, earned_so_far, new_lines) in enumerate(rows):
        lines = [found[f"e{at}", line, 1] for line in ("1", "2")]
        earned = [before + line for before, line in zip(earned, lines, strict=True)]
        assert minors(new_lines) == lines
        assert minors(earned_so_far) == earned
        assert minors(base_so_far) == [net * Fraction(part) for net in (900_000, 300_000)]
    assert earned == [0, 0]


def test_the_same_invoice_in_a_second_currency() -> None:
    events = [
        paid("march", "2026-03-15", 720_000),
        paid("april", "2026-04-10", 720_000),
        refunded("june", "2026-06-02", 1_440_000),
    ]
    in_dollars = invoice(900_000, 300_000, gross=1_440_000, currency="USD")
    of_the_days = rates(d2026_03_15="25/27", d2026_04_10="10/11")
    found = amounts(settled(in_dollars, events, [TWELVE_PERCENT], of_the_days))
    assert [found[event, "1", 1] for event in ("march", "april", "june")] == [50_000, 49_091, -99_091]
    assert_says("commissions", "**500.00 EUR**", "**490.91 EUR**", "990.91 EUR")


def test_three_partners_share_a_line() -> None:
    shares = (333_334, 333_333, 333_333)
    payment = [paid("p", "2026-03-15", 10_000)]
    alike = [payee(plan(), partner=at, share=share) for at, share in enumerate(shares, start=1)]
    assert list(amounts(settled(invoice(10_000), payment, alike)).values()) == [334, 333, 333]
    rules = "\n  - {{id: rule_{0}, says: 10 % of what was paid., percent: 10}}"
    apart = [payee(plan(rules=rules.format(at)), partner=at, share=share) for at, share in enumerate(shares, start=1)]
    assert list(amounts(settled(invoice(10_000), payment, apart)).values()) == [333, 333, 333]
    assert_says("commissions", "**3.34 · 3.33 · 3.33**", "**3.33** three times")


def test_a_fixed_amount_and_bands_count_the_whole_invoice() -> None:
    half = [paid("p", "2026-03-15", 720_000)]
    flat = plan(rules="\n  - {id: flat, says: 1500.00 EUR an invoice., flat: 1500.00}")
    found = amounts(settled(invoice(900_000, 300_000, gross=1_440_000), half, [payee(flat)]))
    assert list(found.values()) == [56_250, 18_750]
    assert_says("commissions", "**562.50**", "**187.50**")

    steps = "[{from: 0, to: 25000.00, percent: 12}, {from: 25000.00, percent: 15}]"
    bands = plan(rules=f"\n  - {{id: bands, says: By size., bands: {{mode: marginal, steps: {steps}}}}}")
    halves = [paid("first", "2026-03-15", 2_000_000), paid("second", "2026-03-16", 2_000_000)]
    assert by_event(settled(invoice(4_000_000), halves, [payee(bands)])) == {"first": 262_500, "second": 262_500}
    assert_says("commissions", "5,250.00", "**2,625.00**")


def test_a_discount_is_spread_over_the_other_lines() -> None:
    assert positive_nets(invoice(100_000, 50_000, -15_000).lines) == (90_000, 45_000, 0)
    assert_says("commissions", "**900.00** and **450.00**")


def test_the_claw_back_window_ends_with_its_last_day() -> None:
    terms = payee(plan(window="180"))
    for refund_on, taken_back in (("2026-09-11", -500), ("2026-09-12", 0)):
        events = [paid("p", "2026-03-15", 10_000), refunded("r", refund_on, 5_000)]
        assert by_event(settled(invoice(10_000), events, [terms])).get("r", 0) == taken_back
    assert_says("commissions", "A refund on 11 September is within them", "12 September is not")


def test_the_named_roundings() -> None:
    for name, _, *rounded in table("rounding", first_column="Name"):
        halves = (Fraction(5, 2), Fraction(7, 2), Fraction(-5, 2))
        found = [round_fraction(half, Rounding(name.strip("`"))) for half in halves]
        assert [int(text.replace("−", "-")) for text in rounded] == found


def test_splits_and_cumulative_rounding() -> None:
    assert allocate(10_000, [1, 1, 1]) == (3_334, 3_333, 3_333)
    assert allocate(1_000, [60, 20, 20]) == (600, 200, 200)
    assert_says("rounding", "**33.34 · 33.33 · 33.33**", "**6.00 · 2.00 · 2.00**")

    seven = plan(rules="\n  - {id: seven, says: 7 % of what was paid., percent: 7}")
    thirds = [paid(f"p{at}", f"2026-03-1{at}", 10_000) for at in range(3)]
    found = by_event(settled(invoice(10_000, gross=30_000), thirds, [payee(seven)]))
    rows = table("rounding", first_column="After")
    assert [minors(row[4])[0] for row in rows] == list(found.values()) == [233, 234, 233]


def test_the_chain_of_two_entries() -> None:
    first = chain_hash(previous="", body='{"n":1}')
    second = chain_hash(previous=first, body='{"n":2}')
    hashes = [row[2].strip("`") for row in table("activity", first_column="Position")]
    assert [first[:12], second[:12]] == hashes


def test_who_brought_northgate() -> None:
    northgate = opportunity(created="2026-03-01", closed="2026-05-20")
    touches = [
        touch(KITE, TouchKind.INTRODUCTION_ACCEPTED, "2026-01-10"),
        touch(CORVID, TouchKind.REGISTRATION_APPROVED, "2026-02-03"),
        touch(ZEPHYR, TouchKind.CO_SELL_MEETING, "2026-04-12"),
        touch(ZEPHYR, TouchKind.DEMO, "2026-05-02"),
    ]
    decision = decide(northgate, touches, [], DEFAULT_POLICY)
    assert (decision.attribution_class, decision.source_partner_id) == (AttributionClass.SOURCED, CORVID)
    assert {share.partner_id: share.ppm for share in decision.shares} == {
        CORVID: 600_000,
        KITE: 200_000,
        ZEPHYR: 200_000,
    }
    assert_says("attribution", "Corvid 600,000, Kite 200,000, Zephyr 200,000 parts per million")

    met_before = decide(northgate, touches, [meeting("2026-02-01")], DEFAULT_POLICY)
    assert met_before.source_partner_id == KITE


def test_account_keys_and_the_clock_of_a_registration() -> None:
    for website, company, country, key in table("deal-registration", first_column="Website"):
        given = "" if website == "*(none)*" else website.strip("`")
        assert account_key(website=given, company=company, country=country) == unescape(re.sub("`|</?code>", "", key))
    clock = [((1, 15, 30), (5, 15, 30)), ((2, 15, 30), (6, 15, 30)), ((3, 10, 0), (7, 0, 0))]
    for (made_at, due_at), row in zip(clock, table("deal-registration", first_column="Claim made"), strict=True):
        made, due = datetime(2026, 10, *made_at, tzinfo=LONDON), datetime(2026, 10, *due_at, tzinfo=LONDON)
        assert read_engagement(default_document()).answer_due(made, calendar=WorkingCalendar(zone=LONDON.key)) == due
        assert row[0] == f"{made:%A} {made.day} {made:%B %Y, %H:%M}"
        assert row[2] == f"{due:%A} {due.day} {due:%B, %H:%M}"
    assert read_engagement(default_document()).protected_until(date(2026, 10, 6)) == date(2027, 1, 4)


def test_four_weeks_of_pipeline_and_the_distance_to_partner_led() -> None:
    rows = table("metrics", first_column="Week")
    mixes = [WeekMix(Week(2026, int(row[0])), ClassAmounts(*(int(cell) for cell in row[1:4]))) for row in rows]
    assert [mix.amounts.total for mix in mixes] == [int(row[4]) for row in rows]
    shares = [mix.amounts.partner_share for mix in mixes]
    assert ["none" if share is None else f"{percent(share)} %" for share in shares] == [row[5] for row in rows]
    means = [f"{percent(share)} %" for share in four_week_shares(mixes) if share is not None]
    assert means == [row[6] for row in rows if row[6]]

    until_44, until_45 = partner_led_test(mixes[:4]), partner_led_test(mixes)
    assert (until_44.label.value, until_44.share, until_44.points_short) == ("approaching", Fraction(11, 24), 5)
    assert (until_45.share, until_45.weeks_held) == (Fraction(13, 24), 1)
    ranks = rank_partners(dict(enumerate((300, 200, 200, 100, 0))), before={})
    assert [rank.place for rank in ranks] == [1, 2, 2, 4]


def table(page: str, *, first_column: str) -> list[list[str]]:
    """Return the rows of the page's table whose first column has this head, cell by cell."""
    lines = iter((PAGES / f"{page}.md").read_text(encoding="utf-8").splitlines())
    next(line for line in lines if line.startswith(f"| {first_column} |"))
    next(lines)
    rows = []
    for line in lines:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.split("|")[1:-1]])
    return rows


def minors(cell: str) -> list[int]:
    """Return the amounts of a cell in minor units: "540.00 + 180.00" is 54,000 and 18,000."""
    return [int(re.sub(r"[.,]", "", text).replace("−", "-")) for text in re.findall(r"−?[\d,]+\.\d\d", cell)]


def day(cell: str) -> date:
    """Return the day of 2026 that a cell names: "15 Mar"."""
    return datetime.strptime(f"{cell} 2026", "%d %b %Y").date()  # noqa: DTZ007 - a day has no zone


def assert_says(page: str, *figures: str) -> None:
    """Assert that the page states these figures."""
    text = " ".join((PAGES / f"{page}.md").read_text(encoding="utf-8").split())
    for figure in figures:
        assert figure in text, figure
