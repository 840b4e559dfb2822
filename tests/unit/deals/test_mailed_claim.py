"""The lines of a mail that name the fields of a claim, as people and their mail programs write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.deals.rules.mailed_claim import FIELDS, mailed_answers, mailed_fields, too_long

PLAIN = {"company": "Cellvia", "website": "cellvia.com", "contact": "Ruth Ames", "value": "60,000"}


@pytest.mark.parametrize(
    "text",
    [
        "Company: Cellvia\nWebsite: cellvia.com\nContact: Ruth Ames\nValue: 60,000",
        "Hello,\n\n company :  Cellvia \r\nWEBSITE=cellvia.com\ncontact: Ruth Ames\nAnnual value: 60,000\n\nBest, Zoe",
        "> Company: Cellvia\n> * Website: cellvia.com\n> - Contact: Ruth Ames\n> • Value: 60,000",
        "*Company:* Cellvia\n*Website:* cellvia.com <https://cellvia.com/>\n*Contact:* Ruth Ames\n*Value:* 60,000",
        "Firma: Cellvia\nWebseite: cellvia.com\nAnsprechpartner: Ruth Ames\nWert: 60,000",
        "Company: Cellvia\nWebsite: cellvia.com\nContact: Ruth Ames\nValue: 60,000\nCompany: Quoted below",
        "Company:\nCompany: Cellvia\nWebsite: cellvia.com\nContact: Ruth Ames\nValue: 60,000\nNote: urgent",
    ],
)
def test_the_fields_are_found_however_the_lines_are_written(text: str) -> None:
    assert mailed_fields(text) == PLAIN


def test_lines_with_the_labels_of_the_form_are_answers_and_labels_of_ours_stay_ours() -> None:
    text = "Company: Cellvia\n> TYPE of  project: Replacement\nProduct: Core\nSeats:"
    labels = {"Type of project": "project_type", "Seats": "seats", "Product": "product_line"}
    assert mailed_answers(text, labels) == {"project_type": "Replacement"}


def test_an_address_keeps_its_colon_and_a_contact_its_at_sign() -> None:
    found = mailed_fields("Website: https://www.cellvia.com/about\nContact: ruth@cellvia.com <mailto:ruth@cellvia.com>")

    assert found == {"website": "https://www.cellvia.com/about", "contact": "ruth@cellvia.com"}


def test_what_is_no_line_of_a_field_is_left_alone() -> None:
    assert mailed_fields("We met Cellvia: they like it.\nTheir company is great\n:::\nRe: Company\n") == {}


def test_an_entry_that_does_not_fit_is_named() -> None:
    assert too_long({"company": "C" * 256, "website": "cellvia.com", "value": "6" * 41}) == ["company", "value"]


@given(st.text())
def test_any_text_is_read_and_gives_known_fields_with_words(text: str) -> None:
    found = mailed_fields(text)

    assert set(found) <= set(FIELDS)
    assert all(words == " ".join(words.split()) and words for words in found.values())


@given(st.permutations(sorted(PLAIN)))
def test_the_order_of_the_lines_does_not_matter(order: list[str]) -> None:
    assert mailed_fields("\n".join(f"{field}: {PLAIN[field]}" for field in order)) == PLAIN
