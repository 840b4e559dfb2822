"""The registration form through the API: a program reads what is asked, answers it, and is told what is missing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine

from tallystick.deals.services import publish_form, save_form_draft
from tallystick.platform.actors import SYSTEM
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import scope
from tests.factories.people import make_partner
from tests.factories.programs import program_of

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 10, 14, 12, 0, tzinfo=UTC)
FORM = """\
title: Registration form
registration:
  - id: project_type
    label: Type of project
    kind: choice
    required: true
    choices: [New site, Replacement]
    crm_property: project_type__c
  - {id: seats, label: Seats, kind: number, least: 1}
  - {id: tender, label: Public tender, kind: yes_no, partner_types: [isv]}
lead:
  - {id: budget, label: Budget known, kind: yes_no, required: true}
"""
CLAIM = {"company": "Cellvia", "website": "cellvia.example", "value": {"minor": 6_000_000, "currency": "EUR"}}


@pytest.fixture(autouse=True)
def _it_is_noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


def test_where_no_form_was_published_nothing_more_is_asked(workspace: Workspace) -> None:
    theirs = program_of(make_partner(workspace)).get("/own/registration-form").json()

    assert theirs == {"registration": [], "lead": []}
    assert program_of(workspace).get("/registration-form").json()["number"] == 0


def test_a_partner_s_program_reads_what_it_is_asked_and_answers_it(workspace: Workspace) -> None:
    with scope(workspace_id=workspace.pk):
        draft = save_form_draft(SYSTEM, document=FORM, at=NOON)
        publish_form(SYSTEM, version_id=draft.pk, at=NOON)
    theirs = program_of(make_partner(workspace))
    form = theirs.get("/own/registration-form")
    assert [(field["id"], field["kind"], field["required"]) for field in form.json()["registration"]] == [
        ("project_type", "choice", True),
        ("seats", "number", False),
    ]
    assert form.json()["registration"][0]["choices"] == ["New site", "Replacement"]
    assert form.json()["registration"][1]["least"] == "1"
    assert [field["id"] for field in form.json()["lead"]] == ["budget"]
    assert "project_type__c" not in form.content.decode()

    missing = theirs.post("/own/registrations", CLAIM)
    assert missing.status_code == 422
    assert "project_type" in missing.content.decode()
    made = theirs.post("/own/registrations", CLAIM | {"answers": {"project_type": "Replacement", "seats": "40"}})
    assert made.status_code == 201, made.content
    assert [(answer["field"], answer["value"]) for answer in made.json()["answers"]] == [
        ("project_type", "Replacement"),
        ("seats", "40"),
    ]


def test_the_vendor_reads_the_whole_form_with_its_document(workspace: Workspace) -> None:
    with scope(workspace_id=workspace.pk):
        draft = save_form_draft(SYSTEM, document=FORM, at=NOON)
        publish_form(SYSTEM, version_id=draft.pk, at=NOON)
    form = program_of(workspace).get("/registration-form").json()

    assert (form["number"], form["document"]) == (1, FORM)
    assert [(field["id"], field["partner_types"], field["crm_property"]) for field in form["registration"]] == [
        ("project_type", [], "project_type__c"),
        ("seats", [], ""),
        ("tender", ["isv"], ""),
    ]
