"""The pseudo-languages: what a translated text looks like in them, and that nobody is held to a language."""

from __future__ import annotations

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from tallystick.platform.languages import CLOSING, OPENING, language_for, offered_languages, pseudo_text


def test_a_translated_text_is_accented_longer_and_in_brackets() -> None:
    assert pseudo_text("Approve") == f"{OPENING}Ááppróóvéé{CLOSING}"
    assert pseudo_text("Why") == f"{OPENING}Whý~{CLOSING}"


@pytest.mark.parametrize("kept", ["%(count)s", "%s", "{name}", "<b>", "&amp;", "%%"])
def test_placeholders_and_markup_are_kept(kept: str) -> None:
    assert kept in pseudo_text(f"before {kept} after")


@given(st.text(alphabet=st.characters(categories=["L", "Zs"]), min_size=1))
def test_every_text_grows_by_two_fifths(text: str) -> None:
    assert len(pseudo_text(text)) >= round(len(text) * 1.4) + 2


def test_django_speaks_the_pseudo_language() -> None:
    with translation.override("en-xa"):
        assert translation.gettext("Why") == f"{OPENING}Whý~{CLOSING}"
        assert translation.pgettext("a question", "Why") == f"{OPENING}Whý~{CLOSING}"
        days = translation.ngettext("%(n)s day", "%(n)s days", 2)
        assert days % {"n": 2} == f"{OPENING}2 dááýs~{CLOSING}"
        assert translation.get_language_bidi() is False


def test_the_second_pseudo_language_runs_from_right_to_left() -> None:
    with translation.override("ar-xb"):
        assert translation.get_language_bidi() is True


def test_a_person_is_written_to_in_the_language_chosen_or_in_that_of_the_installation() -> None:
    assert language_for("en-xa") == "en-xa"
    assert language_for("") == "en-gb"
    assert language_for("no-longer-offered") == "en-gb"


def test_the_languages_to_choose_from_name_themselves() -> None:
    assert ("ar-xb", "Pseudo, right to left") in offered_languages()
