"""The order in which opportunities usually pass through stages, so that a pipeline reads from left to right."""

from __future__ import annotations

from typing import Final

from tallystick.crm.rules.stages import folded

_USUAL: Final = (
    *("open", "new", "prospecting", "appointmentscheduled", "qualification", "qualified", "qualifiedtobuy"),
    *("engaging", "engaged", "needsanalysis", "discovery", "valueproposition", "iddecisionmakers"),
    *("perceptionanalysis", "demo", "presentationscheduled", "evaluation", "pilot", "trial", "decisionmakerboughtin"),
    *("proposal", "proposalpricequote", "contractsent", "negotiation", "negotiationreview", "verbal", "commit"),
)
_PLACES: Final = {name: place for place, name in enumerate(_USUAL)}


def stage_place(stage: str) -> tuple[int, str]:
    """Return what to sort stages by: usual ones in their usual order, then others by name."""
    return _PLACES.get(folded(stage), len(_USUAL)), stage
