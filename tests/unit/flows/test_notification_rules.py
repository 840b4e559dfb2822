"""Who hears of what by default, and when silence is broken."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.flows.notifications.rules import (
    KINDS,
    PRESSING,
    Kind,
    Side,
    Silence,
    broken_by,
    default_reach,
    protection_step,
    relation,
)
from tallystick.platform.notifications.rules import Channel, Reach, Relation


@pytest.mark.parametrize(
    ("side", "role", "kind", "channel", "expected"),
    [
        (Side.VENDOR, "partner_manager", Kind.REGISTRATIONS, Channel.MAIL, Reach.OWN),
        (Side.VENDOR, "ae", Kind.DECISIONS, Channel.MAIL, Reach.OFF),
        (Side.VENDOR, "finance", Kind.MONEY, Channel.MAIL, Reach.ALL),
        (Side.VENDOR, "finance", Kind.REGISTRATIONS, Channel.INBOX, Reach.OFF),
        (Side.VENDOR, "executive", Kind.DEALS, Channel.INBOX, Reach.OFF),
        (Side.PARTNER, "seller", Kind.DECISIONS, Channel.MAIL, Reach.OWN),
        (Side.PARTNER, "admin", Kind.STATEMENTS, Channel.MAIL, Reach.ALL),
        (Side.PARTNER, "marketer", Kind.MONEY, Channel.INBOX, Reach.OFF),
        (Side.PARTNER, "nobody", Kind.MONEY, Channel.INBOX, Reach.OFF),
    ],
)
def test_each_role_has_its_default(side: Side, role: str, kind: Kind, channel: Channel, expected: Reach) -> None:
    assert default_reach(side, role, kind, channel) is expected


@pytest.mark.parametrize("side", Side)
def test_no_role_is_mailed_at_once_of_what_never_presses(side: Side) -> None:
    roles = ["admin", "partner_manager", "ae", "revops", "finance", "executive", "seller", "marketer"]
    for kind in set(KINDS[side]) - PRESSING[side]:
        assert {default_reach(side, role, kind, Channel.MAIL) for role in roles} == {Reach.OFF}, kind


def test_whose_a_record_is_counts_before_who_worked_on_it() -> None:
    assert relation(person_id=1, owners=frozenset({1}), collaborators=frozenset({1})) is Relation.OWNER
    assert relation(person_id=2, owners=frozenset({1}), collaborators=frozenset({2})) is Relation.COLLABORATOR
    assert relation(person_id=3, owners=frozenset({1}), collaborators=frozenset({2})) is Relation.NONE


@pytest.mark.parametrize(
    ("days", "due"),
    [
        (6, set()),
        (7, {Silence.NUDGE_OWNER}),
        (9, {Silence.NUDGE_OWNER}),
        (10, {Silence.NUDGE_OWNER, Silence.TELL_PARTNER}),
    ],
)
def test_the_owner_is_nudged_on_day_seven_and_the_partner_told_on_day_ten(days: int, due: set[Silence]) -> None:
    assert broken_by(days_silent=days, nudge_after=7, tell_after=10) == due


@pytest.mark.parametrize(
    ("left", "step"), [(31, None), (30, 30), (15, 30), (14, 14), (4, 14), (3, 3), (0, 3), (-1, None)]
)
def test_a_protection_is_told_of_thirty_fourteen_and_three_days_before_it_ends(left: int, step: int | None) -> None:
    assert protection_step(days_left=left, steps=(30, 14, 3)) == step


@given(st.lists(st.integers(1, 365), min_size=1, max_size=5, unique=True))
def test_each_step_of_a_protection_is_given_once_whatever_the_steps(steps: list[int]) -> None:
    seen = [protection_step(days_left=left, steps=tuple(steps)) for left in range(366, -1, -1)]
    given_once = [
        step for step, before in zip(seen, [None, *seen], strict=False) if step is not None and step != before
    ]
    assert given_once == sorted(steps, reverse=True)
