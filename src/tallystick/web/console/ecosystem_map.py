"""The drawing of the ecosystem map: from partners to shapes with links, laid out by rule and kept by content."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from django.core.cache import cache
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tallystick.insights.ecosystem import EcosystemPartner
from tallystick.insights.rules.ecosystem_layout import Layout, Node, Wedge, lay_out
from tallystick.partners.models import Tier
from tallystick.web.ui import formats
from tallystick.web.ui.components import FAMILIES, initials

MOST: Final = 60
"""Partners drawn by themselves; each wedge has one bubble for its others."""
FAMILY_NAMES: Final = {
    "services": gettext_lazy("Services"),
    "product": gettext_lazy("Product"),
    "referral": gettext_lazy("Referral"),
    "instrument": gettext_lazy("Instruments"),
    "resale": gettext_lazy("Resale"),
}
"""The wedges in the order in which they go round."""
RINGS: Final[Mapping[Tier | None, int]] = {Tier.STRATEGIC: 0, Tier.PREMIER: 1, Tier.AUTHORISED: 2, None: 2}
LABEL_LETTERS: Final = 18
DAY: Final = 24 * 3600
HEALTH_WORDS: Final = {
    "green": gettext_lazy("On track"),
    "amber": gettext_lazy("At risk"),
    "red": gettext_lazy("Off track"),
}


@dataclass(frozen=True, slots=True)
class MapNode:
    """A partner's circle, or the bubble of a wedge's others, with its link and what is read out."""

    url: str
    label: str
    x: int
    y: int
    radius: int
    name: str
    value: str
    initials: str
    family: str
    health: str
    is_selected: bool
    edge: int

    @property
    def name_y(self) -> int:
        """Where the name is written."""
        return self.y + self.radius + 15

    @property
    def value_y(self) -> int:
        """Where the value is written."""
        return self.y + self.radius + 30

    @property
    def dot(self) -> tuple[int, int]:
        """Where the mark of its health sits: on the edge, at half past four."""
        away = round(self.radius * 0.72)
        return self.x + away, self.y + away


@dataclass(frozen=True, slots=True)
class MapWedge:
    """A family's part of the circle: its ground, its arc, and its name at the end of the arc's middle."""

    family: str
    ground: str
    arc: str
    name: str
    note: str
    x: int
    y: int
    anchor: str


@dataclass(frozen=True, slots=True)
class EcosystemMap:
    """The whole drawing."""

    width: int
    height: int
    x: int
    y: int
    rings: tuple[tuple[int, int], ...]
    wedges: tuple[MapWedge, ...]
    nodes: tuple[MapNode, ...]
    total: str


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the marks lead: to a partner's facts beside the map, and to the list of a family."""

    partner: Mapping[int, str]
    family: Mapping[str, str]


def draw_map(
    partners: Sequence[EcosystemPartner], *, currency: str, addresses: Addresses, selected: int | None
) -> EcosystemMap:
    """Return the drawing of partners that are listed the most valuable first."""
    shown, rest = partners[:MOST], partners[MOST:]
    others = {family: [one for one in rest if FAMILIES[one.type] == family] for family in FAMILY_NAMES}
    bubbles = {-place: (family, them) for place, (family, them) in enumerate(others.items(), start=1) if them}
    nodes = [_node(one) for one in shown]
    nodes += [
        Node(id=key, wedge=family, ring=2, value=0, label=f"+{len(them)}") for key, (family, them) in bubbles.items()
    ]
    layout = _kept_layout(nodes)
    by_id = {one.id: one for one in shown}
    most = max((one.value for one in shown), default=0)
    drawn = {}
    for place in layout.placed:
        if place.id in by_id:
            one = by_id[place.id]
            drawn[place.id] = MapNode(
                url=addresses.partner[one.id],
                label=_spoken(one, currency),
                x=place.x,
                y=place.y,
                radius=place.radius,
                name=_short(one.name),
                value=formats.money_short(one.value, currency),
                initials=initials(one.name),
                family=FAMILIES[one.type],
                health=one.health.status.value,
                is_selected=one.id == selected,
                edge=1 + (7 * one.value // most if most else 0),
            )
        else:
            family, them = bubbles[place.id]
            words = ngettext("%(count)d more partner", "%(count)d more partners", len(them)) % {"count": len(them)}
            drawn[place.id] = MapNode(
                url=addresses.family[family],
                label=f"{words}: {FAMILY_NAMES[family]}",
                x=place.x,
                y=place.y,
                radius=place.radius,
                name=f"+{len(them)}",
                value="",
                initials="",
                family=family,
                health="",
                is_selected=False,
                edge=1,
            )
    reading = [*(one.id for one in sorted(shown, key=_reading_place)), *sorted(bubbles, reverse=True)]
    return EcosystemMap(
        width=layout.width,
        height=layout.height,
        x=layout.x,
        y=layout.y,
        rings=tuple((ring * 5 // 4, ring) for ring in layout.rings),
        wedges=tuple(_wedge(wedge, layout, partners, currency) for wedge in layout.wedges),
        nodes=tuple(drawn[key] for key in reading),
        total=formats.money_short(sum(one.value for one in partners), currency),
    )


def ring_of(partner: EcosystemPartner) -> int:
    """Return the ring of a partner's tier, 0 inside; who has no tier stands with the lowest."""
    return RINGS[partner.tier]


def _node(partner: EcosystemPartner) -> Node:
    return Node(
        id=partner.id,
        wedge=FAMILIES[partner.type],
        ring=ring_of(partner),
        value=partner.value,
        label=_short(partner.name),
    )


def _reading_place(partner: EcosystemPartner) -> tuple[int, int, int, int]:
    """Order marks as one reads the map: round the wedges, from the inside out, the most valuable first."""
    return list(FAMILY_NAMES).index(FAMILIES[partner.type]), ring_of(partner), -partner.value, partner.id


def _kept_layout(nodes: Sequence[Node]) -> Layout:
    """Return the layout of these nodes; the same nodes are laid out once a day."""
    content = repr(sorted((node.id, node.wedge, node.ring, node.value, node.label) for node in nodes))
    key = f"ecosystem:layout:2:{sha256(content.encode()).hexdigest()}"
    layout: Layout | None = cache.get(key)
    if layout is None:
        layout = lay_out(nodes, wedges=tuple(FAMILY_NAMES))
        cache.set(key, layout, timeout=DAY)
    return layout


def _spoken(partner: EcosystemPartner, currency: str) -> str:
    """Say what a mark stands for: "Zephyr: System integrator, Strategic; Won £1.24m; On track"."""
    kind = f"{partner.type.label}, {partner.tier.label}" if partner.tier else partner.type.label
    figures = [
        _("Won %(amount)s") % {"amount": formats.money_short(partner.value, currency)},
        _("Sourced %(amount)s") % {"amount": formats.money_short(partner.figures.sourced, currency)},
        str(HEALTH_WORDS[partner.health.status.value]),
    ]
    return f"{partner.name}: {kind}; {'; '.join(figures)}"


def _short(name: str) -> str:
    return name if len(name) <= LABEL_LETTERS else f"{name[: LABEL_LETTERS - 1].rstrip()}…"


def _wedge(wedge: Wedge, layout: Layout, partners: Sequence[EcosystemPartner], currency: str) -> MapWedge:
    members = [one for one in partners if FAMILIES[one.type] == wedge.key]
    reach = layout.rings[-1] + 14
    start, end = _on_edge(layout, reach, wedge.start), _on_edge(layout, reach, wedge.end)
    large = int(wedge.end - wedge.start > math.pi)
    arc = f"A{reach * 5 // 4} {reach} 0 {large} 1 {end[0]} {end[1]}"
    middle = (wedge.start + wedge.end) / 2
    x, y = _on_edge(layout, reach + 16, middle)
    lean = math.cos(middle)
    return MapWedge(
        family=wedge.key,
        ground=f"M{layout.x} {layout.y}L{start[0]} {start[1]}{arc}Z",
        arc=f"M{start[0]} {start[1]}{arc}",
        name=str(FAMILY_NAMES[wedge.key]),
        note=f"{len(members)} · {formats.money_short(sum(one.value for one in members), currency)}",
        x=x,
        y=y + (8 if math.sin(middle) > 0 else 0),
        anchor="middle" if abs(lean) < 0.35 else "start" if lean > 0 else "end",
    )


def _on_edge(layout: Layout, distance: int, angle: float) -> tuple[int, int]:
    return layout.x + round(distance * 1.25 * math.cos(angle)), layout.y + round(distance * math.sin(angle))
