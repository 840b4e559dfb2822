"""The policy as a document."""

import pytest

from tallystick.attribution.rules.facts import TouchKind
from tallystick.attribution.rules.policy import DEFAULT_POLICY, KindRule, SharesModel
from tallystick.attribution.rules.policy_document import PolicyRefused, policy_document, read_policy


def test_an_empty_document_is_the_default_policy() -> None:
    assert read_policy({}) == DEFAULT_POLICY


def test_a_policy_survives_being_written_and_read() -> None:
    assert read_policy(policy_document(DEFAULT_POLICY)) == DEFAULT_POLICY


def test_a_document_overrides_what_it_names_and_leaves_the_rest() -> None:
    policy = read_policy({"grace_days": 0, "shares": "linear", "kinds": {"demo": {"source_class": 5, "weight": 3}}})

    assert policy.grace_days == 0
    assert policy.shares is SharesModel.LINEAR
    assert policy.kinds[TouchKind.DEMO] == KindRule(source_class=5, weight=3)
    assert policy.kinds[TouchKind.LEAD_ACCEPTED] == KindRule(source_class=2, weight=10)


def test_a_wrong_document_is_refused_with_every_field_named() -> None:
    with pytest.raises(PolicyRefused) as refusal:
        read_policy({"grace_days": -1, "shares": "winner", "kinds": {"demo": {"weigth": 3}}, "gracedays": 3})

    assert [error.split(":")[0] for error in refusal.value.errors] == [
        "grace_days",
        "shares",
        "kinds.demo.weigth",
        "gracedays",
    ]
