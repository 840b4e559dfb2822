"""The OpenAPI document: what its words and names promise."""

from __future__ import annotations

import pytest

from tallystick.web.api.openapi import complete


def test_two_schemas_of_one_name_are_refused_rather_than_one_taken_for_the_other() -> None:
    schema = {
        "info": {},
        "components": {"schemas": {"Tier": {"enum": ["registered"]}, "TierTold": {"type": "object"}}},
        "paths": {},
    }
    with pytest.raises(ValueError, match="TierTold cannot be called Tier: there is a schema of that name"):
        complete(schema, {})
