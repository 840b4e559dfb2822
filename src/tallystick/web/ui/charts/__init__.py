"""Charts: Altair specifications drawn as SVG on the server, so a page needs no chart script and prints as it looks.

Colours are the CSS variables of `styles/tokens.css`. Marks that lead somewhere are links with a spoken label; the
read-out of pointer and arrow keys (`static/ui/js/charts.js`) shows that label. Each chart is drawn for a wide and a
narrow place, because text that shrinks with the picture cannot be read on a phone.
"""

from tallystick.web.ui.charts.bars import Bar, bars
from tallystick.web.ui.charts.drawing import Chart
from tallystick.web.ui.charts.funnel import FunnelStep, funnel
from tallystick.web.ui.charts.grid import Cohort, GridCell, GridRow, cohorts, heat
from tallystick.web.ui.charts.line import LinePoint, Target, line
from tallystick.web.ui.charts.mix import MixPoint, mix
from tallystick.web.ui.charts.spark import IN_CARD, IN_ROW, spark
from tallystick.web.ui.charts.waterfall import SumsDisagree, WaterfallStep, waterfall

__all__ = [
    "IN_CARD",
    "IN_ROW",
    "Bar",
    "Chart",
    "Cohort",
    "FunnelStep",
    "GridCell",
    "GridRow",
    "LinePoint",
    "MixPoint",
    "SumsDisagree",
    "Target",
    "WaterfallStep",
    "bars",
    "cohorts",
    "funnel",
    "heat",
    "line",
    "mix",
    "spark",
    "waterfall",
]
