"""Forms: the document with its mistakes, what an answer must be, and changing a form field by field."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.deals.rules.forms.answering import looks_like, read_answers
from tallystick.deals.rules.forms.editing import moved_field, with_field, without_field
from tallystick.deals.rules.forms.form import FormField, Pattern, Subject
from tallystick.deals.rules.forms.reading import EMPTY_DOCUMENT, FormInvalid, read_form

TODAY = date(2026, 11, 20)
DOCUMENT = """\
title: Registration form
registration:
  - {id: project_type, label: Type of project, kind: choice, required: true, choices: [New site, Replacement]}
  - {id: seats, label: Seats, kind: number, least: 1, most: 500}
  - {id: order, label: Order, kind: text, pattern: {like: PO-##@, says: Write it like PO-12A.}}
  - {id: go_live, label: Go-live, kind: date, earliest: today}
  - {id: tender, label: Tender, kind: yes_no, partner_types: [reseller], crm_property: is_tender__c}
  - {id: story, label: Story, kind: long_text, shortest: 5, longest: 10}
lead: []
"""


def fields(partner_type: str = "reseller") -> tuple[FormField, ...]:
    return read_form(DOCUMENT).asked(Subject.REGISTRATION, partner_type)


def problems(**answers: object) -> dict[str, str]:
    return {
        problem.field: problem.sentence
        for problem in read_answers(fields(), {"project_type": "New site"} | answers, today=TODAY).problems
    }


def test_a_field_is_asked_of_the_types_it_names_and_of_all_where_it_names_none() -> None:
    assert [field.id for field in fields("reseller")] == [
        "project_type",
        "seats",
        "order",
        "go_live",
        "tender",
        "story",
    ]
    assert [field.id for field in fields("isv")] == ["project_type", "seats", "order", "go_live", "story"]
    assert read_form(EMPTY_DOCUMENT).asked(Subject.REGISTRATION, "reseller") == ()


def test_answers_are_kept_in_one_spelling_and_empty_ones_not_at_all() -> None:
    given = {
        "project_type": "Replacement",
        "seats": " 250.50 ",
        "order": "PO-12A",
        "go_live": "2026-11-20",
        "tender": "yes",
        "story": "  ",
    }
    answers = read_answers(fields(), given, today=TODAY)
    assert answers.problems == ()
    assert answers.kept == {
        "project_type": "Replacement",
        "seats": "250.50",
        "order": "PO-12A",
        "go_live": "2026-11-20",
        "tender": True,
    }
    assert read_answers(fields(), {"project_type": "New site", "tender": False}, today=TODAY).kept["tender"] is False


@pytest.mark.parametrize(
    ("field", "answer", "sentence"),
    [
        ("project_type", "", "An answer is needed."),
        ("project_type", "Other", "Choose one of these: New site, Replacement."),
        ("seats", "many", "“many” is not a number. Write it like 1500 or 1.5."),
        ("seats", "0", "Give 1 or more."),
        ("seats", "1,000", "Give 500 or less."),
        ("seats", True, "Write a text here, not yes or no."),
        ("order", "PO-1AA", "Write it like PO-12A."),
        ("order", "PO-12A\nB", "Write it on one line."),
        ("go_live", "2026-11-19", "Give 2026-11-20 or a later day."),
        ("go_live", "20.11.2026", "“20.11.2026” is not a day. Write it like 2026-11-20."),
        ("tender", "perhaps", "Answer yes or no."),
        ("story", "abcd", "Write at least 5 characters."),
        ("story", "abcdefghijk", "Write at most 10 characters; these are 11."),
        ("colour", "red", "No field is called colour here."),
    ],
)
def test_each_mistake_is_said_for_its_field(field: str, answer: object, sentence: str) -> None:
    assert problems(**{field: answer}) == {field: sentence}


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("kind: choice, required: true, choices: [New site, Replacement]", "kind: choice", "nothing to choose from"),
        ("kind: number, least: 1", "kind: number, least: 900", "least 900 is more than most 500."),
        ("kind: number, least: 1", "kind: number, least: one", "“one” is not a number."),
        ("like: PO-##@", "like: PO", "The pattern allows one text only."),
        ("earliest: today", "earliest: soon", "“soon” is not a day."),
        ("partner_types: [reseller]", "partner_types: [shop]", "No partner type is called shop."),
        ("shortest: 5, longest: 10", "shortest: 50, longest: 10", "shortest is more than the 10 characters at most."),
        ("id: seats", "id: order", "id order is used twice."),
        ("kind: date, earliest", "kind: text, earliest", "earliest says nothing of a field of kind text."),
    ],
)
def test_a_document_that_cannot_be_asked_by_is_refused_with_its_line(before: str, after: str, said: str) -> None:
    assert before in DOCUMENT
    with pytest.raises(FormInvalid) as refused:
        read_form(DOCUMENT.replace(before, after))
    assert any(said in problem.message for problem in refused.value.problems), str(refused.value)
    assert all(3 <= problem.line <= 8 for problem in refused.value.problems)


def ids(text: str) -> list[str]:
    return [field.id for field in read_form(text).fields[Subject.REGISTRATION]]


def test_fields_are_added_changed_moved_and_removed_in_the_text() -> None:
    text = with_field(
        EMPTY_DOCUMENT, Subject.REGISTRATION, {"id": "seats", "label": "Seats: how many?", "kind": "number"}
    )
    text = with_field(text, Subject.REGISTRATION, {"id": "no", "label": "true", "kind": "yes_no"})
    assert ids(text) == ["seats", "no"]
    assert ids(moved_field(text, Subject.REGISTRATION, "no", by=-1)) == ["no", "seats"]
    assert moved_field(text, Subject.REGISTRATION, "seats", by=-1) == text
    renamed = with_field(
        text, Subject.REGISTRATION, {"id": "users", "label": "Users", "kind": "number"}, before="seats"
    )
    assert ids(renamed) == ["users", "no"]
    assert ids(without_field(text, Subject.REGISTRATION, "seats")) == ["no"]
    assert read_form(text).fields[Subject.LEAD] == ()


@given(st.text(min_size=1, max_size=80).filter(lambda text: text.strip() and text.isprintable()))
def test_whatever_a_label_says_it_reads_back_the_same(label: str) -> None:
    text = with_field(EMPTY_DOCUMENT, Subject.LEAD, {"id": "a", "label": label, "kind": "text"})
    assert read_form(text).fields[Subject.LEAD][0].label == label


@given(st.text(alphabet="#@*P-1", min_size=1, max_size=12))
def test_a_text_made_by_a_pattern_looks_like_it_and_a_longer_one_does_not(like: str) -> None:
    made = like.translate(str.maketrans("#@*", "7éZ"))
    assert looks_like(Pattern(like, "-"), made)
    assert not looks_like(Pattern(like, "-"), made + "7")


@given(st.dictionaries(st.sampled_from([field.id for field in fields()]), st.text(max_size=20) | st.booleans()))
def test_what_is_kept_is_kept_again_and_nothing_is_both_kept_and_wrong(given: dict[str, object]) -> None:
    answers = read_answers(fields(), given, today=TODAY)
    assert not set(answers.kept) & {problem.field for problem in answers.problems}
    again = read_answers(fields(), answers.kept, today=TODAY)
    assert dict(again.kept) == dict(answers.kept)
