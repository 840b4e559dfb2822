"""The words attribution sentences share: dates, partners, parts, direct evidence."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from tallystick.attribution.rules.facts import DirectEvidence, DirectKind, TouchFacts

UNNAMED = "Another partner"


@dataclass(frozen=True, slots=True)
class PartnerNames:
    """The names a reader may see, by partner id. A partner outside the map stays unnamed."""

    names: Mapping[int, str]

    def of(self, partner_id: int) -> str:
        """Name one partner."""
        return self.names.get(partner_id, UNNAMED)

    def listed(self, partner_ids: tuple[int, ...]) -> str:
        """Join names: "Corvid", "Corvid and Northwind", "Corvid, Northwind and Solano"."""
        *others, last = [self.of(partner_id) for partner_id in partner_ids]
        return f"{', '.join(others)} and {last}" if others else last


def spoken_date(day: date) -> str:
    """Write a day as people read it: 5 Mar 2026."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def spoken_days(days: int) -> str:
    """Write a number of days: 1 day, 7 days."""
    return "1 day" if days == 1 else f"{days} days"


def spoken_percent(ppm: int) -> str:
    """Write parts per million as a percentage with as many decimals as it has: 60 %, 13.3333 %."""
    whole, rest = divmod(ppm, 10_000)
    return f"{whole}.{rest:04d}".rstrip("0").rstrip(".") + " %"


def touch_words(touch: TouchFacts, names: PartnerNames) -> str:
    """Name a touch: "Corvid's approved registration of 5 Mar 2026"."""
    return f"{names.of(touch.partner_id)}'s {touch.kind.noun} of {spoken_date(touch.occurred_on)}"


def direct_words(evidence: DirectEvidence) -> str:
    """Name direct evidence: "our meeting of 5 Mar 2026"."""
    match evidence.kind:
        case DirectKind.MEETING:
            return f"our own meeting of {spoken_date(evidence.occurred_on)}"
        case DirectKind.OPEN_OPPORTUNITY:
            return f"our own opportunity {evidence.key}, open since {spoken_date(evidence.occurred_on)}"


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
