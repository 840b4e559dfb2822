"""The metric catalogue."""

from __future__ import annotations

from tallystick.cli.reference.markdown import page, table
from tallystick.insights.catalogue import METRICS, Unit

_UNITS = {Unit.MONEY: "amount", Unit.SHARE: "share", Unit.DAYS: "days"}


def metrics_page() -> str:
    """Return the page of metrics, each with its definition and the rows it opens to."""
    rows = [
        (f"{metric.name}<br>`{metric.id}`", _UNITS[metric.unit], metric.definition, metric.grain) for metric in METRICS
    ]
    return page(
        "Metrics",
        introduction=(
            "Every figure of the screens has one definition and opens to the rows it is the sum of. "
            "[How they are computed](../explanation/metrics.md)."
        ),
        body=table(["Metric", "Counted in", "Definition", "Rows"], rows),
    )
