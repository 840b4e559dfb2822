"""Verifying the chain: what the table shows is what was recorded, column by column."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tallystick.platform.activity import record_activity, verify_chain
from tallystick.platform.actors import Actor, ActorKind
from tallystick.platform.models import ActivityEntry, Person
from tests.factories import make_row
from tests.factories.receipts import change_entry

AT = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("vendor")]


def record(summary: str) -> ActivityEntry:
    return record_activity(
        Actor.job("test"),
        verb="deal_registered",
        subject_kind="deal",
        subject_id=5,
        summary=summary,
        partner_id=7,
        at=AT,
    )


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("at", AT - timedelta(days=30)),
        ("actor_kind", "person"),
        ("actor_label", "Somebody else"),
        ("verb", "deal_declined"),
        ("subject_kind", "partner"),
        ("subject_id", 6),
        ("partner_id", 8),
        ("summary", "DR-7KQ2M9"),
    ],
)
def test_a_column_changed_behind_the_application_breaks_the_chain_at_its_entry(column: str, value: Any) -> None:
    record("DR-7KQ2M9 Northgate was registered")
    changed = record("DR-7KQ2M9 Northgate was approved")
    record("DR-7KQ2M9 Northgate was won")
    assert verify_chain().holds
    change_entry(changed, **{column: value})
    report = verify_chain()
    assert (report.broken_at, report.reason) == (2, "entry 2 shows something else than was recorded")


def test_the_person_an_entry_names_cannot_be_exchanged() -> None:
    person, other = make_row(Person), make_row(Person)
    actor = Actor(kind=ActorKind.PERSON, label="Anna", person_id=person.pk)
    entry = record_activity(actor, verb="month_closed", subject_kind="month", subject_id=None, summary="Closed", at=AT)
    change_entry(entry, actor_person=other)
    assert verify_chain().broken_at == 1
