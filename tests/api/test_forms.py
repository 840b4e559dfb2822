"""The registration form through the API: a program reads what is asked, answers it, and is told what is missing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine

from tallystick.deals.models import FormVersion
from tallystick.deals.services import publish_form, save_form_draft
from tallystick.platform.access import Permission
from tallystick.platform.actors import SYSTEM
from tallystick.platform.models import ActivityEntry, Workspace
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


def test_the_form_of_a_track_and_of_one_partner_is_told_apart(workspace: Workspace) -> None:
    ours, reseller = program_of(workspace), make_partner(workspace)
    assert ours.post("/registration-form/versions", {"document": FORM}).status_code == 201

    def asked(**of: object) -> list[str]:
        return [field["id"] for field in ours.get("/registration-form", **of).json()["registration"]]

    assert asked() == ["project_type", "seats", "tender"]
    assert asked(partner_type="isv") == ["project_type", "seats", "tender"]
    assert asked(partner_type="reseller") == asked(partner_id=reseller.pk) == ["project_type", "seats"]
    assert ours.get("/registration-form", partner_id=4711).status_code == 404
    assert ours.get("/registration-form", partner_type="nobody").json()["code"] == "invalid"


def test_the_form_is_checked_published_once_and_read_in_every_version(workspace: Workspace) -> None:
    ours = program_of(workspace)
    checked = ours.post("/registration-form/check", {"document": FORM}, once="").json()
    assert (checked["can_be_published"], checked["problems"]) == (True, [])
    wrong = ours.post("/registration-form/check", {"document": FORM + "surprise: 1\n"}, once="").json()
    assert (wrong["can_be_published"], [each["field"] for each in wrong["problems"]]) == (False, ["surprise"])

    published = ours.post("/registration-form/versions", {"document": FORM, "reason": "We plan seats."}, once="form")
    assert published.status_code == 201, published.content
    told = published.json()
    assert (told["number"], told["reason"], told["document"]) == (1, "We plan seats.", FORM)
    assert told["document_hash"] == checked["document_hash"]
    again = ours.post("/registration-form/versions", {"document": FORM, "reason": "We plan seats."}, once="form")
    assert (again.json(), again["Idempotency-Replayed"]) == (told, "true")
    (version,) = ours.get("/registration-form/versions").json()["data"]
    assert version == {name: value for name, value in told.items() if name != "document"}
    assert ours.get("/registration-form/versions/1").json() == told
    assert ours.get("/registration-form/versions/2").status_code == 404


def test_what_is_no_form_and_who_may_not_publish_changes_nothing(workspace: Workspace) -> None:
    ours, theirs = program_of(workspace), program_of(make_partner(workspace))
    reads = program_of(workspace, [Permission.SEE_PROGRAMME])
    ours.post("/registration-form/versions", {"document": FORM})
    with scope(workspace_id=workspace.pk):
        before = FormVersion.objects.count(), ActivityEntry.objects.count()

    same = ours.post("/registration-form/versions", {"document": FORM})
    assert (same.status_code, same.json()["code"]) == (409, "state_conflict")
    invalid = ours.post("/registration-form/versions", {"document": "title: 7"})
    assert (invalid.status_code, invalid.json()["code"]) == (422, "refused")
    assert invalid.json()["errors"][0]["field"].startswith("document, line ")
    changed = {"document": FORM.replace("title: ", "title: Our ")}
    assert reads.post("/registration-form/versions", changed).json()["code"] == "permission_missing"
    assert theirs.post("/registration-form/versions", changed).status_code == 404
    assert theirs.post("/registration-form/check", changed).status_code == 404
    with scope(workspace_id=workspace.pk):
        assert (FormVersion.objects.count(), ActivityEntry.objects.count()) == before
