"""What programs change beside deals: partners, touches, imports; each translated into the same services as pages."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django import DjangoCaptureOnCommitCallbacks

from tallystick.attribution.models import Touch
from tallystick.crm.models import Account, Import, ImportState
from tallystick.partners.models import Partner, PartnerMembership, TierPeriod
from tallystick.platform.models import ActivityEntry, Workspace
from tallystick.platform.tenancy import scope
from tests.api.operations import every_operation
from tests.factories import make_row
from tests.factories.jobs import run_due_jobs
from tests.factories.people import make_partner
from tests.factories.programs import Program, program_of

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
ACCOUNTS = b"Account ID,Account Name,Website\n7741,Cellvia,cellvia.example\n7742,Northgate,northgate.example\n"


@pytest.fixture(autouse=True)
def _at_noon() -> Any:
    with time_machine.travel(NOON):
        yield


def test_a_partner_is_added_moved_given_a_tier_and_its_people_are_invited(
    workspace: Workspace, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    program = program_of(workspace)
    body = {"name": "Corvid", "type": "reseller", "lifecycle": "approved", "country": "DE"}
    made = program.post("/partners", body).json()
    address = f"/partners/{made['id']}"

    moved = program.post(f"{address}/lifecycle", {"lifecycle": "active", "reason": "Signed"}).json()
    tiered = program.post(f"{address}/tier", {"tier": "premier", "valid_from": "2026-11-01"}).json()
    with django_capture_on_commit_callbacks(execute=True):
        invited = program.post(f"{address}/invitations", {"email": "Zoe@corvid.example", "role": "seller"})
    assert (made["lifecycle"], moved["lifecycle"], moved["joined_on"]) == ("approved", "active", "2026-11-20")
    assert tiered["tier"] == "premier"
    assert invited.status_code == 201, invited.content
    assert invited.json()["email"] == "zoe@corvid.example"
    assert mail.outbox[0].to == ["zoe@corvid.example"]

    whole = program.get(address).json()
    assert whole["tiers"] == [{"tier": "premier", "valid_from": "2026-11-01"}]
    assert [(person["email"], person["is_invited"]) for person in whole["people"]] == [("zoe@corvid.example", True)]
    with scope(workspace_id=workspace.pk):
        actors = set(ActivityEntry.objects.filter(subject_kind="partner").values_list("actor_kind", "actor_label"))
    assert {kind for kind, _label in actors} == {"api"}
    assert all(label.startswith("CRM sync (key tsk_") for _kind, label in actors)


def test_a_step_that_makes_no_sense_is_refused_and_changes_nothing(workspace: Workspace) -> None:
    partner = make_partner(workspace)
    response = program_of(workspace).post(f"/partners/{partner.pk}/lifecycle", {"lifecycle": "applied"})

    assert (response.status_code, response.json()["code"]) == (409, "state_conflict")
    assert response.json()["detail"] == "A partner cannot go from active to applied; it can become dormant, ended."
    with scope(workspace_id=workspace.pk):
        assert Partner.objects.get(pk=partner.pk).lifecycle == "active"


def test_a_touch_told_twice_is_one_touch_and_one_of_tomorrow_is_refused(workspace: Workspace) -> None:
    partner = make_partner(workspace)
    with scope(workspace_id=workspace.pk):
        account = make_row(Account, name="Cellvia")
    program = program_of(workspace)
    touch = {
        "partner_id": partner.pk,
        "account_id": account.pk,
        "kind": "demo",
        "happened_on": "2026-11-18",
        "source": "calendar",
        "external_id": "meeting-1",
    }
    first, second = program.post("/touches", touch), program.post("/touches", touch)
    assert (first.status_code, first.json()["learned_on"]) == (201, "2026-11-20")
    assert first.json()["id"] == second.json()["id"]

    refused = program.post("/touches", touch | {"happened_on": "2026-11-21", "external_id": "meeting-2"})
    assert (refused.status_code, refused.json()["code"]) == (422, "refused")
    absent = program.post("/touches", touch | {"account_id": 4711, "external_id": "meeting-3"})
    assert absent.status_code == 404
    with scope(workspace_id=workspace.pk):
        assert Touch.objects.count() == 1


def send(program: Program, content: bytes, *, once: str, **given: str) -> Any:
    file = SimpleUploadedFile("accounts.csv", content, content_type="text/csv")
    headers = program.headers() | {"Idempotency-Key": once}
    return program.client.post("/api/v1/imports", {"file": file, **given}, headers=headers)


@pytest.mark.django_db(transaction=True)
def test_a_file_is_sent_loaded_in_the_background_and_taken_back(workspace: Workspace) -> None:
    program = program_of(workspace)
    sent = send(program, ACCOUNTS, once="a", kind="accounts", source="hubspot")
    assert sent.status_code == 202, sent.content
    assert (sent.json()["kind"], sent.json()["source"]) == ("accounts", "hubspot")
    assert send(program, ACCOUNTS, once="a", kind="accounts", source="hubspot")["Idempotency-Replayed"] == "true"
    assert send(program, ACCOUNTS + b"1,2,3\n", once="a", kind="accounts", source="hubspot").status_code == 422

    where = sent.json()["imports"].removeprefix("/api/v1")
    assert program.get(where).json()["data"] == []
    run_due_jobs()
    (batch,) = program.get(where).json()["data"]
    assert (batch["state"], batch["rows_added"], batch["rows_refused"]) == ("done", 2, 0)
    assert batch["started_by"].startswith("CRM sync (key tsk_")
    found = program.get("/accounts", source="hubspot", external_id="7741").json()["data"]
    assert [account["name"] for account in found] == ["Cellvia"]

    undone = program.post(f"/imports/{batch['id']}/undo", {"reason": "The wrong file."})
    assert (undone.status_code, undone.json()["state"]) == (200, "undone")
    assert program.post(f"/imports/{batch['id']}/undo", {"reason": "Again."}).json()["code"] == "state_conflict"
    assert program.get("/accounts").json()["data"] == []


def test_a_file_that_cannot_be_read_is_refused_at_once(workspace: Workspace) -> None:
    response = send(program_of(workspace), b"%PDF-1.7", once="a")
    assert (response.status_code, response.json()["code"]) == (422, "refused")
    assert "PDF" in response.json()["detail"]


def test_a_form_with_a_field_too_many_is_refused_by_its_name(workspace: Workspace) -> None:
    response = send(program_of(workspace), ACCOUNTS, once="a", kind="accounts", sorce="hubspot")

    assert (response.status_code, response.json()["code"]) == (422, "invalid")
    assert response.json()["errors"] == [{"in": "form", "field": "sorce", "problem": "There is no such field."}]
    with scope(workspace_id=workspace.pk):
        assert not ActivityEntry.objects.filter(verb="import_started").exists()


def test_a_form_that_is_none_is_refused_with_a_problem_document(workspace: Workspace) -> None:
    program = program_of(workspace)
    response = program.client.generic(
        "POST",
        "/api/v1/imports",
        b"kind=accounts",
        content_type="multipart/form-data",
        headers=program.headers() | {"Idempotency-Key": "a"},
    )
    assert (response.status_code, response.json()["code"]) == (400, "body_unreadable")
    assert response["Content-Type"] == "application/problem+json"


def test_refused_rows_are_told_with_their_reasons(workspace: Workspace) -> None:
    with scope(workspace_id=workspace.pk):
        batch = make_row(Import, kind="accounts", state=ImportState.DONE)
        for line in (9, 3, 7):
            make_row(
                batch.refusals.model, batch=batch, line=line, column="Amount", value="=1+1", reason="No.", row=["=1+1"]
            )
    told = program_of(workspace).get(f"/imports/{batch.pk}/refused-rows", limit=2).json()

    assert [(row["line"], row["row"]) for row in told["data"]] == [(3, ["=1+1"]), (7, ["=1+1"])]
    assert told["next_cursor"]


@pytest.mark.parametrize("each", [each for each in every_operation() if each.body is not None], ids=lambda e: e.name)
def test_a_field_too_many_is_refused_by_name_and_nothing_happens(workspace: Workspace, each: Any) -> None:
    partner = make_partner(workspace)
    program = program_of(partner if "/own/" in each.path else workspace)
    with scope(workspace_id=workspace.pk):
        before = ActivityEntry.objects.count()
    for field in ("id", "workspace_id", "state", "is_admin", "decided_by", "submitted_at"):
        if field in each.body:
            continue
        response = program.post(each.path.removeprefix("/api/v1"), each.body | {field: 1})
        assert (response.status_code, response.json()["code"]) == (422, "invalid"), field
        assert [error["field"] for error in response.json()["errors"]] == [field]
    with scope(workspace_id=workspace.pk):
        assert ActivityEntry.objects.count() == before


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b'"text"', b"\xff", b'{"name": "\\ud800"}', b'{"name": NaN}', b"1e9999999999999999999"],
)
def test_a_body_that_is_no_body_is_refused_and_says_so(workspace: Workspace, body: bytes) -> None:
    program = program_of(workspace)
    response = program.client.post(
        "/api/v1/partners",
        body,
        content_type="application/json",
        headers=program.headers() | {"Idempotency-Key": "a"},
    )
    assert response.status_code in {400, 422}
    assert response["Content-Type"] == "application/problem+json"
    assert json.loads(response.content)["code"] in {"body_unreadable", "invalid"}
    with scope(workspace_id=workspace.pk):
        assert not Partner.objects.exists()
        assert not PartnerMembership.objects.exists()
        assert not TierPeriod.objects.exists()
