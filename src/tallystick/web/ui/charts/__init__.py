"""Charts: Altair specifications drawn as SVG on the server, so a page needs no chart script and prints as it looks.

Colours are the CSS variables of `styles/tokens.css`. Marks that lead somewhere are links with a spoken label; the
read-out of pointer and arrow keys (`static/ui/js/charts.js`) shows that label. Each chart is drawn for a wide and a
narrow place, because text that shrinks with the picture cannot be read on a phone.
"""

from tallystick.web.ui.charts.bars import Bar, bars
from tallystick.web.ui.charts.drawing import Chart
from tallystick.web.ui.charts.line import LinePoint, Target, line
from tallystick.web.ui.charts.mix import MixPoint, mix
from tallystick.web.ui.charts.spark import IN_CARD, IN_ROW, spark

__all__ = ["IN_CARD", "IN_ROW", "Bar", "Chart", "LinePoint", "MixPoint", "Target", "bars", "line", "mix", "spark"]
