"""Where partners stand on the ecosystem map: the wedge is the family of their type, the ring their tier.

Pure and deterministic: the same nodes give the same map, in whatever order they are listed, and no two nodes with
their labels overlap. Lengths are whole units of the drawing. Specified in docs/explanation/ecosystem-map.md.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

HUB: Final = 58
"""Radius of the middle, where the vendor stands."""
SMALLEST: Final = 14
LARGEST: Final = 34
"""Radii of circles, by value."""
LETTER: Final = 8
"""Width of a letter of a label, generously."""
LABEL_HEIGHT: Final = 34
CLEARANCE: Final = 5
WIDER_THAN_HIGH: Final = (5, 4)
"""The map is stretched sideways: screens are, and labels are wider than high."""
BAND_STEP: Final = 24
FIRST_BAND: Final = 76
GAP: Final = 0.06
"""Between two wedges, in radians."""
START: Final = -math.pi / 2


@dataclass(frozen=True, slots=True)
class Node:
    """A partner, or several that share a bubble: its wedge, its ring from 0 inside, its size by value."""

    id: int
    wedge: str
    ring: int
    value: int
    label: str


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a node stands: the middle and the radius of its circle; the label is written below."""

    id: int
    x: int
    y: int
    radius: int


@dataclass(frozen=True, slots=True)
class Wedge:
    """The part of the circle that a family takes, in radians clockwise from the right."""

    key: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Layout:
    """The whole map: its size, its middle, its wedges, the outer radius of each ring, and every node."""

    width: int
    height: int
    x: int
    y: int
    wedges: tuple[Wedge, ...]
    rings: tuple[int, ...]
    placed: tuple[Placed, ...]


@dataclass(frozen=True, slots=True)
class Box:
    """What a node covers with its label."""

    left: int
    top: int
    right: int
    bottom: int

    def overlaps(self, other: Box) -> bool:
        """Tell whether two boxes share ground."""
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )


def lay_out(nodes: Iterable[Node], *, wedges: Sequence[str]) -> Layout:
    """Return the map of the nodes; `wedges` are the families in the order in which they go round.

    A ring grows outwards until everybody in it has found a place, so that a tier is never left for want of room.
    """
    listed = sorted(nodes, key=lambda node: (-node.value, node.id))
    spans = _spans(listed, wedges)
    most = max((node.value for node in listed), default=0)
    boxes: list[Box] = []
    placed: list[Placed] = []
    rings: list[int] = []
    inner = HUB + 2 * CLEARANCE
    for ring in range(max((node.ring for node in listed), default=-1) + 1):
        members = [node for node in listed if node.ring == ring]
        inner = _fill(members, inner, spans, most, boxes, placed)
        rings.append(inner)
    if rings:
        rings[-1] = max(rings[-1], *map(_reach_of, boxes))
    return _framed(boxes, placed, spans, rings)


def radius_of(value: int, most: int) -> int:
    """Return the radius of a circle whose area, above the smallest, goes with the value."""
    if most <= 0 or value <= 0:
        return SMALLEST
    return SMALLEST + math.isqrt((LARGEST - SMALLEST) ** 2 * value // most)


def box_of(node: Node, x: int, y: int, radius: int) -> Box:
    """Return what a node covers with its label and some air around both."""
    half = max(radius, LETTER * len(node.label) // 2) + CLEARANCE
    return Box(x - half, y - radius - CLEARANCE, x + half, y + radius + LABEL_HEIGHT + CLEARANCE)


def _spans(nodes: Sequence[Node], order: Sequence[str]) -> dict[str, Wedge]:
    """Share the circle among the families that are there, by how much room their nodes ask for."""
    present = [key for key in order if any(node.wedge == key for node in nodes)]
    weights = {
        key: 2 + sum(1 + len(node.label) / 12 for node in sorted(nodes, key=lambda one: one.id) if node.wedge == key)
        for key in present
    }
    free = 2 * math.pi - GAP * len(present)
    spans: dict[str, Wedge] = {}
    angle = START
    for key in present:
        width = free * weights[key] / sum(weights.values())
        spans[key] = Wedge(key, angle + GAP / 2, angle + GAP / 2 + width)
        angle += width + GAP
    return spans


def _fill(
    members: Sequence[Node],
    inner: int,
    spans: Mapping[str, Wedge],
    most: int,
    boxes: list[Box],
    placed: list[Placed],
) -> int:
    """Place a ring's nodes from `inner` outwards and return where the ring ends."""
    outer = inner + FIRST_BAND
    waiting = list(members)
    while waiting:
        left_over = []
        for node in waiting:
            radius = radius_of(node.value, most)
            found = _free_place(node, radius, _candidates(spans[node.wedge], inner, outer), boxes)
            if found is None:
                left_over.append(node)
                continue
            boxes.append(box_of(node, *found, radius))
            placed.append(Placed(node.id, *found, radius))
        waiting = left_over
        outer += BAND_STEP if waiting else 0
    return outer


def _free_place(
    node: Node, radius: int, candidates: Sequence[tuple[int, int]], boxes: Sequence[Box]
) -> tuple[int, int] | None:
    for x, y in candidates:
        box = box_of(node, x, y, radius)
        if not any(box.overlaps(other) for other in boxes) and not box.overlaps(_HUB_BOX):
            return x, y
    return None


_HUB_BOX: Final = Box(-HUB - CLEARANCE, -HUB - CLEARANCE, HUB + CLEARANCE, HUB + CLEARANCE)


def _candidates(wedge: Wedge, inner: int, outer: int) -> list[tuple[int, int]]:
    """Return the places of a wedge within a ring, those nearest to the middle of both first."""
    middle = (wedge.start + wedge.end) / 2
    found = []
    for distance in range(inner + SMALLEST, outer + 1, 12):
        steps = max(1, int((wedge.end - wedge.start) * distance / 16))
        for step in range(steps + 1):
            angle = wedge.start + (wedge.end - wedge.start) * (step + 0.5) / (steps + 1)
            found.append((abs(distance - (inner + outer) / 2) + abs(angle - middle) * distance / 2, distance, angle))
    ordered = sorted((round(far, 6), distance, round(angle, 9)) for far, distance, angle in found)
    return [point_at(distance, angle) for _far, distance, angle in ordered]


def point_at(distance: float, angle: float) -> tuple[int, int]:
    """Return the point at a distance and an angle from the middle, on the stretched map."""
    across, down = WIDER_THAN_HIGH
    return round(distance * math.cos(angle) * across / down), round(distance * math.sin(angle))


def _reach_of(box: Box) -> int:
    """Return the radius of the ring that has the whole box within, so that nothing stands on the outermost line."""
    across, down = WIDER_THAN_HIGH
    corners = [(x, y) for x in (box.left, box.right) for y in (box.top, box.bottom)]
    return math.ceil(max(math.hypot(x * down / across, y) for x, y in corners))


def _framed(boxes: Sequence[Box], placed: Sequence[Placed], spans: Mapping[str, Wedge], rings: Sequence[int]) -> Layout:
    """Move everything so that the drawing begins at nil on both sides, with a margin for the families' names."""
    across, down = WIDER_THAN_HIGH
    reach = (rings[-1] if rings else HUB) + 20
    half_width = max([reach * across // down + 96, *(-box.left for box in boxes), *(box.right for box in boxes)])
    half_height = max([reach + 40, *(-box.top for box in boxes), *(box.bottom for box in boxes)])
    return Layout(
        width=2 * half_width,
        height=2 * half_height,
        x=half_width,
        y=half_height,
        wedges=tuple(spans.values()),
        rings=tuple(rings),
        placed=tuple(
            Placed(one.id, one.x + half_width, one.y + half_height, one.radius)
            for one in sorted(placed, key=lambda one: one.id)
        ),
    )
