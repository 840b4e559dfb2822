"""Invented figures for the stories; nothing here comes from the database."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any, Final

from tallystick.kernel.explanations import Explanation, Step
from tallystick.kernel.money import Money
from tallystick.web.ui import charts
from tallystick.web.ui.components import (
    CalculationLine,
    ChecklistItem,
    Column,
    Delta,
    Fact,
    Kpi,
    Link,
    Matrix,
    MatrixCell,
    MatrixRow,
    PreviewColumn,
    PreviewRow,
    Progress,
    StageFigure,
    TimelineEntry,
    TodoItem,
    Trend,
    Urgency,
)

HERE: Final = "#"
NOW: Final = datetime(2026, 11, 20, 9, tzinfo=UTC)


def marks() -> dict[str, Any]:
    """Return what the small marks show."""
    return {
        "now": NOW,
        "dues": (NOW + timedelta(days=4), NOW + timedelta(hours=5), NOW - timedelta(hours=3)),
        "deltas": (
            Delta(text="18.4%", trend=Trend.BETTER, rising=True),
            Delta(text="9 days", trend=Trend.BETTER, rising=False),
            Delta(text="4 points", trend=Trend.WORSE, rising=False),
            Delta(text="0%", trend=Trend.FLAT, rising=False),
        ),
        "partner_types": ("system_integrator", "reseller", "isv", "instrument_vendor", "referral"),
    }


def links() -> dict[str, Any]:
    """Return tabs and segments."""
    return {
        "tab_links": (
            Link(label="All open", url=HERE, current=True, count=128),
            Link(label="Needs decision", url=HERE, count=3),
            Link(label="My accounts", url=HERE),
        ),
        "segment_links": (
            Link(label="Quarter", url=HERE, current=True),
            Link(label="Year", url=HERE),
            Link(label="All time", url=HERE),
        ),
    }


def cards() -> dict[str, Any]:
    """Return figures and stages."""
    curve = charts.spark([3, 5, 4, 8, 9], words="Sourced pipeline, 13 weeks, rising", size=charts.IN_CARD)
    rise = Delta(text="18.4%", trend=Trend.BETTER, rising=True)
    return {
        "kpis": (
            Kpi(
                label="Sourced pipeline",
                value="£2.42m",
                note="this quarter, against the last",
                delta=rise,
                spark=curve,
                url=HERE,
            ),
            Kpi(label="Win rate", value="38%", note="of deals decided in 12 months", url=HERE),
            Kpi(label="First deal", value="41 days", note="from joining, median"),
        ),
        "stage_figures": (
            StageFigure(label="Registered", url=HERE, count=12, amount="£610k", percent=62),
            StageFigure(label="Qualified", url=HERE, count=9, amount="£980k", percent=100, current=True),
            StageFigure(label="Proposal", url=HERE, count=4, amount="£340k", percent=35),
            StageFigure(label="Negotiation", url=HERE, count=2, amount="£120k", percent=12),
        ),
    }


def details() -> dict[str, Any]:
    """Return what a sheet shows of one thing."""
    return {
        "facts": (
            Fact(label="Partner", text="Zephyr Informatics", url=HERE),
            Fact(label="Protected", text="until 19 Feb 2027", note="91 days left"),
            Fact(label="Owner", text="Priya Nair"),
        ),
        "calculation": (
            CalculationLine(label="Paid in October", figure="£48,000.00", note="Invoice 2026-118"),
            CalculationLine(label="Rate of the Gold tier", figure="15%", note="Plan referral, version 3"),
            CalculationLine(label="Commission", figure="£7,200.00", result=True),
        ),
        "explanation": Explanation(
            "Deal Cellvia",
            "attribution@2#9f3c1e",
            "Sourced by Zephyr Informatics.",
            (
                Step(rule="registered", outcome="yes", sentence="Registered before the first meeting.", facts={}),
                Step(rule="in_time", outcome="12 days", sentence="The opportunity followed within 90 days.", facts={}),
            ),
        ),
        "timeline": (
            TimelineEntry(
                text="Approved by Priya Nair", when="14 Oct, 14:05 BST", note="Rule: first to register", current=True
            ),
            TimelineEntry(text="Registered by Tom Adeyemi", when="13 Oct, 09:12 BST"),
        ),
        "checklist": (
            ChecklistItem(label="Accept the terms", progress=Progress.DONE),
            ChecklistItem(
                label="Register a deal", progress=Progress.OPEN, note="Takes a minute.", url=HERE, action="Register"
            ),
            ChecklistItem(label="New to us", progress=Progress.KEPT, note="No account of that name."),
            ChecklistItem(label="Above £25,000", progress=Progress.BROKEN, note="The value is £18,000."),
        ),
        "todo": (
            TodoItem(label="Registrations to decide", note="oldest since 2 days", url=HERE, icon="handshake", count=3),
            TodoItem(
                label="Answers due",
                note="in less than 8 hours",
                url=HERE,
                icon="clock-3",
                count=1,
                urgency=Urgency.WAITING,
            ),
            TodoItem(
                label="Answers late",
                note="since yesterday",
                url=HERE,
                icon="triangle-alert",
                count=2,
                urgency=Urgency.LATE,
            ),
        ),
    }


def tables() -> dict[str, Any]:
    """Return columns, rows and grids."""
    return {
        "columns": (
            Column(label="Account", sort="account"),
            Column(label="Credit"),
            Column(label="Close", kind="date", sort="close"),
            Column(label="Trend"),
            Column(label="Value", kind="number", sort="value"),
            Column(label="Actions", hidden_label=True),
        ),
        "curve": charts.spark([3, 5, 4, 8], words="13 weeks, rising"),
        "matrix": Matrix(
            columns=("AMER", "EMEA", "APAC"),
            rows=(
                MatrixRow(
                    name="Zephyr Informatics",
                    cells=tuple(MatrixCell(text=str(n * 6), depth=n, url=HERE) for n in (4, 2, 0)),
                ),
                MatrixRow(name="Meridian Cloud", cells=tuple(MatrixCell(text=str(n * 6), depth=n) for n in (1, 3, 2))),
            ),
        ),
        "preview_columns": (
            PreviewColumn(heading="Account Name", target="Account"),
            PreviewColumn(heading="Amount", target="Value"),
            PreviewColumn(heading="Internal ID"),
        ),
        "preview_rows": (
            PreviewRow(cells=("Cellvia", "£48,000", "0061")),
            PreviewRow(cells=("Northgate", "ten", "0062"), fault="“ten” is not an amount."),
        ),
    }


def drawings() -> dict[str, charts.Chart | None]:
    """Return one chart of each kind, by its name."""
    return {
        "mix": _mix(),
        "line": _line(),
        "bars": _bars(),
        "funnel": _funnel(),
        "waterfall": _waterfall(),
        "cohorts": _cohorts(),
        "heat": _heat(),
    }


def _mix() -> charts.Chart | None:
    weeks = [
        charts.MixPoint(
            label=f"Week {number}",
            tick=f"W{number}",
            sourced=Money(11_600_000 + number * 900_000, "GBP"),
            influenced=Money(8_600_000, "GBP"),
            direct=Money(22_700_000 - number * 800_000, "GBP"),
            url=HERE,
        )
        for number in range(1, 14)
    ]
    return charts.mix(weeks, title="Share of new pipeline by week", threshold="Partner-led at 50%")


def _line() -> charts.Chart | None:
    points = [
        charts.LinePoint(
            label=f"{date(2026, month, 1):%B}",
            tick=f"{date(2026, month, 1):%b}",
            value=value,
            text=f"£{value}k",
            url=HERE,
        )
        for month, value in enumerate([120, 180, 160, 240, 310, 290], start=5)
    ]
    target = charts.Target(value=350, text="Target £350k")
    return charts.line(points, title="Closed by month", head=("Month", "Closed"), target=target)


def _bars() -> charts.Chart | None:
    items = [("Zephyr Informatics", 1240), ("Meridian Cloud", 620), ("Halden & Roe", 180)]
    return charts.bars(
        [charts.Bar(name=name, value=value, text=f"£{value}k", url=HERE) for name, value in items],
        title="Sourced pipeline by partner",
        head=("Partner", "Sourced"),
    )


def _funnel() -> charts.Chart | None:
    steps = [("Registered", 48), ("Approved", 36), ("Qualified", 20), ("Won", 8)]
    return charts.funnel(
        [charts.FunnelStep(name=name, count=count, url=HERE) for name, count in steps],
        title="Registrations this quarter",
        head=("Step", "Deals", "Of the step before"),
    )


def _waterfall() -> charts.Chart | None:
    steps = [
        ("Expected", 1_240, "£12,400", False),
        ("Held", -430, "−£4,300", False),
        ("Released", 50, "+£500", False),
        ("On statement", 860, "£8,600", True),
    ]
    return charts.waterfall(
        [
            charts.WaterfallStep(name=name, value=value, text=text, url=HERE, total=total)
            for name, value, text, total in steps
        ],
        title="From expected to paid",
        head=("Step", "Amount"),
    )


def _cohorts() -> charts.Chart | None:
    groups = [("Q1 2026", 8, (2, 4, 6, 7)), ("Q2 2026", 5, (1, 3, 4)), ("Q3 2026", 9, (3, 5)), ("Q4 2026", 6, (2,))]
    return charts.cohorts(
        [
            charts.Cohort(name=name, size=size, reached=reached, urls=(HERE,) * len(reached))
            for name, size, reached in groups
        ],
        periods=("30 days", "60 days", "90 days", "120 days"),
        title="First deal after joining",
        corner="Joined",
    )


def _heat() -> charts.Chart | None:
    rows = [("Zephyr Informatics", (12, 4, 0, 7)), ("Meridian Cloud", (3, 9, 6, 1)), ("Halden & Roe", (0, 2, 11, 5))]
    return charts.heat(
        [
            charts.GridRow(
                name=name, cells=tuple(charts.GridCell(value=Fraction(n), text=str(n), url=HERE) for n in figures)
            )
            for name, figures in rows
        ],
        columns=("AMER", "EMEA", "APAC", "LATAM"),
        title="Accounts shared, by partner and region",
        corner="Partner",
    )


def steps() -> tuple[dict[str, Any], ...]:
    """Return a way of four steps, the second of them current."""
    names = (("Choose a file", "done"), ("Match columns", "current"), ("Check rows", "open"), ("Load", "open"))
    return tuple(
        {"number": number, "label": name, "state": state, "url": HERE if state == "done" else ""}
        for number, (name, state) in enumerate(names, start=1)
    )
