"""References, canonical JSON and explanations."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.kernel.canonical import canonical_json, sha256_hex
from tallystick.kernel.explanations import Explanation, Step
from tallystick.kernel.ids import read_reference, reference


def test_a_reference_is_made_of_thirty_bits() -> None:
    assert reference("DR", entropy=bytes([0, 0, 0, 0])) == "DR-000000"
    assert reference("DR", entropy=bytes([255, 255, 255, 255])) == "DR-ZZZZZZ"
    assert reference("DR", entropy=bytes([0, 0, 0, 33])) == "DR-000011"


@given(st.binary(min_size=4, max_size=4))
def test_a_reference_is_read_back_however_it_was_typed(entropy: bytes) -> None:
    issued = reference("DR", entropy=entropy)
    typed = f" {issued.lower().replace('0', 'o').replace('1', 'l')} "
    assert read_reference(typed) == issued


@pytest.mark.parametrize("text", ["DR-12345", "DR-1234U6", "123456", "-123456", ""])
def test_what_is_no_reference_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="It looks like DR-7KQ2M9"):
        read_reference(text)


def test_a_reference_needs_four_random_bytes() -> None:
    with pytest.raises(ValueError, match="needs 4 random bytes"):
        reference("DR", entropy=b"123")


def test_equal_values_have_one_spelling() -> None:
    assert canonical_json({"b": [1, None], "a": "é"}) == '{"a":"é","b":[1,null]}'


def test_a_float_has_no_spelling() -> None:
    with pytest.raises(TypeError, match=r"0.1 is a float"):
        canonical_json({"rate": [0.1]})


def test_an_explanation_survives_json_with_its_digest() -> None:
    step = Step("rule", "standard", "10 % of what was paid.", {"percent": "1/10", "known": True, "none": None})
    explanation = Explanation("line 1", "plan referral@3#ab12cd", "5.00 EUR is earned.", (step,))
    again = Explanation.from_json(json.loads(json.dumps(explanation.as_json())))
    assert again == explanation
    assert again.digest() == explanation.digest() == sha256_hex(canonical_json(explanation.as_json()))
    assert again.step("rule") == step
