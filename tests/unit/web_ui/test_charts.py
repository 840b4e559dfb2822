"""Each chart is drawn exactly like its example in `golden/`.

When a chart is meant to change, look at what it draws now, then draw the examples again:
`DRAW_EXAMPLES=1 pytest tests/unit/web_ui/test_charts.py`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from django.utils import translation

from tallystick.kernel.money import Money
from tallystick.web.ui.charts import (
    IN_CARD,
    IN_ROW,
    Bar,
    Chart,
    Cohort,
    FunnelStep,
    GridCell,
    GridRow,
    LinePoint,
    MixPoint,
    SumsDisagree,
    Target,
    WaterfallStep,
    bars,
    cohorts,
    funnel,
    heat,
    line,
    mix,
    spark,
    waterfall,
)
from tallystick.web.ui.charts.funnel import _drawn as drawn_again

GOLDEN = Path(__file__).parent / "golden"
DRAW = "DRAW_EXAMPLES" in os.environ


@pytest.fixture(autouse=True)
def _british_english() -> Iterator[None]:
    with translation.override("en-gb"):
        yield


def _parsed(svg: str) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314 -- drawn by ourselves


def _is_like_the_example(name: str, svg: str) -> bool:
    example = GOLDEN / f"{name}.svg"
    if DRAW:
        example.write_text(f"{svg}\n", encoding="utf-8")
    return example.read_text(encoding="utf-8") == f"{svg}\n"


def _week(number: int, sourced: int, influenced: int, direct: int) -> MixPoint:
    monday = date(2026, 8, 24) + timedelta(weeks=number)
    return MixPoint(
        label=f"Week of {monday:%-d %b}",
        tick=f"{monday:%-d %b}",
        sourced=Money(sourced * 100, "GBP"),
        influenced=Money(influenced * 100, "GBP"),
        direct=Money(direct * 100, "GBP"),
        url=f"/deals/?week={monday}&view=all",
    )


def _mix() -> Chart:
    weeks = [_week(0, 116_100, 86_000, 227_900), _week(1, 0, 0, 0), _week(2, 171_000, 112_000, 201_000)]
    drawn = mix(weeks, title="Share of new pipeline by week", threshold="Partner-led at 50%")
    assert drawn is not None
    return drawn


def _bars() -> Chart:
    items = [
        Bar(name="Zephyr Informatics", value=1_240, text="£1.24m", url="/partners/1/"),
        Bar(name="A partner <with> an unusually long name", value=Fraction(620), text="£620k", url="/partners/2/"),
        Bar(name="Nothing yet", value=0, text="£0", url="/partners/3/"),
    ]
    drawn = bars(items, title="Sourced pipeline by partner", head=("Partner", "Sourced"))
    assert drawn is not None
    return drawn


def _line(target: Target | None) -> Chart:
    points = [
        LinePoint(label=f"Month {number}", tick=f"M{number}", value=value, text=f"£{value}k", url=f"/kpi/?m={number}")
        for number, value in enumerate([3, 5, 8, 7, 9], start=1)
    ]
    drawn = line(points, title="Closed ARR by month", head=("Month", "ARR"), target=target)
    assert drawn is not None
    return drawn


def _funnel() -> Chart:
    steps = [("Registered", 48), ("Approved", 36), ("Qualified", 20), ("Won", 0)]
    drawn = funnel(
        [FunnelStep(name=name, count=count, url=f"/deals/?step={count}") for name, count in steps],
        title="Registrations this quarter",
        head=("Step", "Deals", "Of the step before"),
    )
    assert drawn is not None
    return drawn


def _waterfall(total: int = 860) -> Chart:
    steps = [
        WaterfallStep(name="Expected", value=1_240, text="£12.40", url="/a/"),
        WaterfallStep(name="Held", value=-430, text="−£4.30", url="/b/"),
        WaterfallStep(name="Released", value=50, text="+£0.50", url="/c/"),
        WaterfallStep(name="On statement", value=total, text="£8.60", url="/d/", total=True),
    ]
    drawn = waterfall(steps, title="From expected to paid", head=("Step", "Amount"))
    assert drawn is not None
    return drawn


def _heat() -> Chart:
    row = [GridCell(value=value, text=str(value), url=f"/x/?v={value}") for value in (0, 3, 6, 9, 12)]
    drawn = heat(
        [GridRow(name="Zephyr Informatics", cells=tuple(row)), GridRow(name="Meridian", cells=(None, *row[:4]))],
        columns=["AMER", "EMEA", "APAC", "LATAM", "Elsewhere in the world"],
        title="Accounts shared",
        corner="Partner",
    )
    assert drawn is not None
    return drawn


def _cohorts() -> Chart:
    groups = [
        Cohort(name="Q1 2026", size=8, reached=(2, 4, 6), urls=("/1/", "/2/", "/3/")),
        Cohort(name="Q2 2026", size=5, reached=(1, 3), urls=("/4/", "/5/")),
        Cohort(name="Q3 2026", size=0, reached=(0,), urls=("/6/",)),
    ]
    drawn = cohorts(groups, periods=["30 d", "60 d", "90 d"], title="First deal by", corner="Joined")
    assert drawn is not None
    return drawn


def _every_chart() -> list[Chart]:
    return [_mix(), _bars(), _line(None), _funnel(), _waterfall(), _heat(), _cohorts()]


def test_a_spark_in_a_card_is_drawn_like_its_example() -> None:
    assert _is_like_the_example("spark_card", spark([3, 5, 4, 8], words="Deals, 4 weeks, rising", size=IN_CARD))


def test_a_spark_in_a_row_is_drawn_like_its_example() -> None:
    assert _is_like_the_example("spark_row", spark([3, 5, 4, 8], words="Deals, 4 weeks, rising", size=IN_ROW))


def test_the_mix_is_drawn_like_its_examples() -> None:
    assert _is_like_the_example("mix_wide", _mix().wide)
    assert _is_like_the_example("mix_narrow", _mix().narrow)


def test_bars_are_drawn_like_their_examples() -> None:
    assert _is_like_the_example("bars_wide", _bars().wide)
    assert _is_like_the_example("bars_narrow", _bars().narrow)


def test_a_line_with_its_target_is_drawn_like_its_examples() -> None:
    chart = _line(Target(value=10, text="Target £10k"))
    assert _is_like_the_example("line_wide", chart.wide)
    assert _is_like_the_example("line_narrow", chart.narrow)


def test_a_funnel_is_drawn_like_its_examples() -> None:
    assert _is_like_the_example("funnel_wide", _funnel().wide)
    assert _is_like_the_example("funnel_narrow", _funnel().narrow)


def test_a_waterfall_is_drawn_like_its_examples() -> None:
    assert _is_like_the_example("waterfall_wide", _waterfall().wide)
    assert _is_like_the_example("waterfall_narrow", _waterfall().narrow)


def test_a_heat_matrix_is_drawn_like_its_examples() -> None:
    assert _is_like_the_example("heat_wide", _heat().wide)
    assert _is_like_the_example("heat_narrow", _heat().narrow)


def test_a_cohort_grid_is_drawn_like_its_examples() -> None:
    assert _is_like_the_example("cohorts_wide", _cohorts().wide)
    assert _is_like_the_example("cohorts_narrow", _cohorts().narrow)


def test_a_funnel_says_which_part_of_the_step_before_goes_on() -> None:
    assert _funnel().rows == (
        ("Registered", "48", "–"),
        ("Approved", "36", "75%"),
        ("Qualified", "20", "56%"),
        ("Won", "0", "0%"),
    )
    words = [link.get("aria-label") for link in _parsed(_funnel().wide).findall(".//a")]
    assert words[:2] == ["Registered: 48", "Approved: 36, 75% of the step before"]


def test_a_waterfall_that_does_not_add_up_is_refused() -> None:
    with pytest.raises(SumsDisagree, match="On statement is 861, but the steps before add up to 860"):
        _waterfall(total=861)


def test_a_cohort_grid_shows_the_part_of_each_group_and_leaves_empty_groups_out() -> None:
    assert _cohorts().rows == (("Q1 2026 (8)", "25%", "50%", "75%"), ("Q2 2026 (5)", "20%", "60%"))


def test_a_heat_matrix_is_deepest_where_the_figure_is_largest() -> None:
    painted = [element.get("fill", "") for element in _parsed(_heat().wide).iter() if element.get("fill")]
    assert painted.count("var(--heat-4)") == 1
    assert painted.count("var(--sunk)") == 2


def test_what_was_drawn_is_kept_by_its_content() -> None:
    drawn_again.cache_clear()
    first = _funnel().wide
    drawn_again.cache_clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("vl_convert.vegalite_to_svg", lambda *_args, **_kwargs: pytest.fail("It was drawn again."))
        assert _funnel().wide == first


def test_the_table_beside_the_mix_has_the_same_figures() -> None:
    assert _mix().head == ("Week", "Sourced", "Influenced", "Direct")
    assert _mix().rows == (
        ("Week of 24 Aug", "£116k, 27%", "£86k, 20%", "£228k, 53%"),
        ("Week of 31 Aug", "£0, 0%", "£0, 0%", "£0, 0%"),
        ("Week of 7 Sep", "£171k, 35%", "£112k, 23%", "£201k, 42%"),
    )


def test_every_week_leads_to_its_rows_and_says_its_figures() -> None:
    links = _parsed(_mix().wide).findall(".//a")
    assert [link.get("href") for link in links] == [
        "/deals/?week=2026-08-24&view=all",
        "/deals/?week=2026-08-31&view=all",
        "/deals/?week=2026-09-07&view=all",
    ]
    assert links[2].get("aria-label") == "Week of 7 Sep: Direct £201k, 42%; Influenced £112k, 23%; Sourced £171k, 35%"


def test_a_chart_with_links_is_a_group_so_that_they_are_reached() -> None:
    assert [_parsed(chart.wide).get("role") for chart in _every_chart()] == ["group"] * 7


def test_a_spark_is_one_picture_with_words() -> None:
    picture = _parsed(spark([1, 2], words="Rising"))
    assert (picture.get("role"), picture.get("aria-label")) == ("img", "Rising")


def test_words_of_a_chart_cannot_become_markup() -> None:
    assert "<script>" not in spark([1, 2], words='"><script>alert(1)</script>')
    assert "<with>" not in _bars().wide


def test_a_chart_names_no_colour_but_tokens() -> None:
    for chart in _every_chart():
        painted = {element.get(name, "none") for element in _parsed(chart.wide).iter() for name in ("fill", "stroke")}
        assert {paint for paint in painted if not paint.startswith("var(--")} <= {"none", "transparent"}


def test_too_little_to_draw_is_no_chart() -> None:
    assert spark([4], words="One value") == ""
    assert mix([_week(0, 1, 1, 1), _week(1, 0, 0, 0)], title="", threshold="") is None
    assert bars([], title="", head=("", "")) is None
    assert line([], title="", head=("", "")) is None
    assert funnel([FunnelStep(name="One", count=0, url="/")] * 2, title="", head=("", "", "")) is None
    assert waterfall([], title="", head=("", "")) is None
    assert heat([], columns=["A"], title="", corner="") is None


def test_an_amount_in_a_label_keeps_its_cents() -> None:
    drawn = waterfall(
        [
            WaterfallStep(name="Opening", value=54_055, text="€540.55", url="/opening", total=True),
            WaterfallStep(name="Earned", value=70_000, text="+€700.00", url="/earned"),
            WaterfallStep(name="Closing", value=124_055, text="€1,240.55", url="/closing", total=True),
        ],
        title="Balance",
        head=("Step", "Amount"),
    )
    assert drawn is not None
    for words in ("Opening: €540.55", "Earned: +€700.00", "Closing: €1,240.55", ">€540.55<", ">+€700.00<"):
        assert words in drawn.wide
