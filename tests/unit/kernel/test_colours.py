"""A brand's colour can be read in every use, and stays as chosen where it can be."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.kernel.colours import DARK_GROUNDS, LIGHT_GROUNDS, NotAColour, colour, contrast, corrected_accent

colours = st.integers(min_value=0, max_value=0xFFFFFF).map(lambda number: f"#{number:06x}")


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == 21
    assert contrast("#777777", "#ffffff") == pytest.approx(Decimal("4.478"), abs=Decimal("0.001"))
    assert contrast("#123456", "#123456") == 1


@pytest.mark.parametrize(("text", "written"), [("#2F52D4", "#2f52d4"), (" 2f52d4 ", "#2f52d4"), ("#fa0", "#ffaa00")])
def test_a_colour_may_be_written_in_several_ways(text: str, written: str) -> None:
    assert colour(text) == written


@pytest.mark.parametrize("text", ["", "blue", "#12", "#1234567", "#2f52d4;}", "url(x)"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(NotAColour):
        corrected_accent(text)


@given(colours)
def test_every_accent_can_be_read_wherever_it_is_used(chosen: str) -> None:
    accent = corrected_accent(chosen)
    assert all(contrast(accent.text_on_light, ground) >= 4.5 for ground in (*LIGHT_GROUNDS, accent.tint_on_light))
    assert all(contrast(accent.text_on_dark, ground) >= 4.5 for ground in (*DARK_GROUNDS, accent.tint_on_dark))
    assert contrast(accent.solid, "#ffffff") >= 4.5
    assert contrast(accent.solid_hover, "#ffffff") >= 4.5


@given(colours)
def test_correcting_what_was_corrected_changes_nothing(chosen: str) -> None:
    light = corrected_accent(chosen).text_on_light
    assert corrected_accent(light).text_on_light == light


def test_a_legible_colour_stays_as_chosen() -> None:
    accent = corrected_accent("#2f52d4")
    assert (accent.text_on_light, accent.solid, accent.was_corrected) == ("#2f52d4", "#2f52d4", False)


def test_a_pale_colour_is_darkened_on_light_and_kept_on_dark_grounds() -> None:
    accent = corrected_accent("#ffb000")
    assert accent.was_corrected
    assert accent.text_on_dark == "#ffb000"
    assert accent.text_on_light == "#936600"
