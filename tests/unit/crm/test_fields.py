"""Every import field tells what it is."""

from __future__ import annotations

from tallystick.crm.rules.fields import FIELDS


def test_every_field_has_its_sentence_and_a_name_of_its_own() -> None:
    for fields in FIELDS.values():
        assert len({field.name for field in fields}) == len(fields)
        assert all(field.sentence.endswith(".") and field.names for field in fields)
