"""A deal's life through the API: check, submit, receipt, decision, and what each side reads of it."""

from __future__ import annotations

import pytest

from tallystick.deals.models import ApprovalStep, DealRegistration
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import scope
from tests.factories import make_row
from tests.factories.people import make_partner
from tests.factories.programs import program_of

CLAIM = {"company": "Cellvia", "website": "cellvia.example", "value": {"minor": 6_000_000, "currency": "EUR"}}


@pytest.mark.django_db
def test_a_partner_registers_a_deal_and_the_vendor_approves_it(workspace: Workspace) -> None:
    partner = make_partner(workspace)
    theirs, ours = program_of(partner), program_of(workspace)

    checked = theirs.post("/own/registrations/check", CLAIM, once="")
    assert (checked.status_code, checked.json()["would_be"]) == (200, "in_review")

    receipt = theirs.post("/own/registrations", CLAIM)
    assert receipt.status_code == 201, receipt.content
    reference = receipt.json()["reference"]
    assert receipt.json()["state"] == "submitted"
    assert len(receipt.json()["proof"]) == 64
    assert receipt.json()["position"] > 0
    assert receipt.json()["value"] == {"minor": 6_000_000, "currency": "EUR", "amount": "60000.00"}

    approved = ours.post(f"/registrations/{reference}/approve")
    assert (approved.status_code, approved.json()["state"]) == (200, "approved"), approved.content
    assert approved.json()["decided_by"].startswith("CRM sync (key tsk_")

    listed = theirs.get("/own/deals").json()
    assert [(deal["reference"], deal["state"]) for deal in listed["data"]] == [(reference, "open")]

    again = ours.post(f"/registrations/{reference}/approve")
    assert (again.status_code, again.json()["code"]) == (409, "state_conflict")
    assert again.json()["detail"] == "The registration is approved already: you cannot approve it."


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("minor", "answer"),
    [(b"6000000.0", 200), (b"6e6", 200), (b"6000000.5", 422), (b"1e400", 422), (b'"6000000"', 422), (b"true", 422)],
)
def test_an_amount_is_whole_minor_units_however_json_writes_the_number(
    workspace: Workspace, minor: bytes, answer: int
) -> None:
    program = program_of(make_partner(workspace))
    body = b'{"company": "Cellvia", "value": {"minor": %s, "currency": "EUR"}}' % minor
    response = program.client.post(
        "/api/v1/own/registrations/check", body, content_type="application/json", headers=program.headers()
    )
    assert response.status_code == answer, response.content


@pytest.mark.django_db
def test_a_program_takes_the_first_step_of_an_approval_and_never_the_second(workspace: Workspace) -> None:
    partner = make_partner(workspace)
    reference = program_of(partner).post("/own/registrations", CLAIM).json()["reference"]
    with scope(workspace_id=workspace.pk):
        claim = DealRegistration.objects.get(reference=reference)
        ApprovalStep.objects.filter(registration=claim).delete()
        for position, name in enumerate(("review", "release")):
            make_row(ApprovalStep, registration=claim, partner=partner, position=position, name=name, says=name)
    first, second = program_of(workspace), program_of(workspace)

    assert first.post(f"/registrations/{reference}/approve").json()["state"] == "submitted"
    for program in (first, second):
        refused = program.post(f"/registrations/{reference}/approve")
        assert (refused.status_code, refused.json()["code"]) == (409, "state_conflict")
    with scope(workspace_id=workspace.pk):
        assert DealRegistration.objects.get(reference=reference).state == "submitted"
