"""The ecosystem map: the same for the same partners, nobody on top of another, tiers in their rings."""

from __future__ import annotations

import math
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from tallystick.insights.rules.ecosystem_layout import HUB, Layout, Node, box_of, lay_out, radius_of

WEDGES = ("services", "product", "referral", "instrument", "resale")
nodes = st.lists(
    st.builds(
        Node,
        id=st.integers(1, 10_000),
        wedge=st.sampled_from(WEDGES),
        ring=st.integers(0, 2),
        value=st.integers(0, 10**9),
        label=st.text("abcdefgh ", min_size=1, max_size=18),
    ),
    max_size=30,
    unique_by=lambda node: node.id,
)


def place_of(layout: Layout, node: Node) -> tuple[float, float]:
    found = next(one for one in layout.placed if one.id == node.id)
    return found.x - layout.x, found.y - layout.y


@settings(max_examples=25)
@given(nodes)
def test_everybody_has_a_place_within_the_frame_and_nobody_shares_it(listed: list[Node]) -> None:
    layout = lay_out(listed, wedges=WEDGES)

    by_id = {node.id: node for node in listed}
    assert [one.id for one in layout.placed] == sorted(by_id)
    boxes = [box_of(by_id[one.id], one.x, one.y, one.radius) for one in layout.placed]
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))
    for box in boxes:
        assert 0 <= box.left < box.right <= layout.width
        assert 0 <= box.top < box.bottom <= layout.height


@settings(max_examples=15)
@given(nodes)
def test_nobody_stands_on_the_outermost_line(listed: list[Node]) -> None:
    layout = lay_out(listed, wedges=WEDGES)

    by_id = {node.id: node for node in listed}
    for one in layout.placed:
        box = box_of(by_id[one.id], one.x - layout.x, one.y - layout.y, one.radius)
        for x in (box.left, box.right):
            for y in (box.top, box.bottom):
                assert math.hypot(x / 1.25, y) <= layout.rings[-1]


@settings(max_examples=15)
@given(nodes, st.randoms(use_true_random=False))
def test_the_order_in_which_partners_are_listed_does_not_matter(listed: list[Node], chance: object) -> None:
    shuffled = list(listed)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert lay_out(shuffled, wedges=WEDGES) == lay_out(listed, wedges=WEDGES)


@settings(max_examples=15)
@given(nodes)
def test_a_partner_stands_in_the_wedge_of_its_type_and_the_ring_of_its_tier(listed: list[Node]) -> None:
    layout = lay_out(listed, wedges=WEDGES)

    spans = {wedge.key: wedge for wedge in layout.wedges}
    for node in listed:
        x, y = place_of(layout, node)
        x = x * 4 / 5
        distance = math.hypot(x, y)
        inner = layout.rings[node.ring - 1] if node.ring else HUB
        assert inner - 2 <= distance <= layout.rings[node.ring] + 2
        turn = 2 * math.pi
        angle = (math.atan2(y, x) - spans[node.wedge].start) % turn
        slack = 3 / max(distance, 1)
        assert angle <= spans[node.wedge].end - spans[node.wedge].start + slack or angle >= turn - slack


def test_nobody_is_an_empty_map() -> None:
    layout = lay_out([], wedges=WEDGES)
    assert (layout.placed, layout.wedges, layout.rings) == ((), (), ())


def test_a_circle_s_size_goes_with_its_value() -> None:
    assert (radius_of(0, 100), radius_of(25, 100), radius_of(100, 100)) == (14, 24, 34)
    assert radius_of(5, 0) == 14


def test_sixty_five_nodes_are_laid_out() -> None:
    many = [
        Node(id=n, wedge=WEDGES[n % 5], ring=n % 3, value=n * 7919 % 1000, label=f"Partner number {n}")
        for n in range(1, 66)
    ]
    assert len(lay_out(many, wedges=WEDGES).placed) == 65
