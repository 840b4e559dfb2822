"""The rules of engagement through the API: read by either side, and a changed document tried on past claims."""

from __future__ import annotations

import pytest

from tallystick.deals.models import EngagementTrial
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import scope
from tests.factories.people import make_partner
from tests.factories.programs import program_of

pytestmark = pytest.mark.django_db
CLAIM = {"company": "Cellvia", "website": "cellvia.example", "value": {"minor": 1_500_000, "currency": "EUR"}}


def test_both_sides_read_the_same_rules_and_the_vendor_its_document(workspace: Workspace) -> None:
    ours = program_of(workspace).get("/engagement").json()
    theirs = program_of(make_partner(workspace)).get("/own/engagement").json()

    plain = [{name: rule[name] for name in ("id", "label", "says", "declines")} for rule in ours["rules"]]
    assert theirs["rules"] == plain
    assert "first_to_register" in [rule["id"] for rule in plain]
    assert (theirs["protection_days"], theirs["answer_hours"]) == (90, 48)
    assert "You may dispute a decision for 30 days." in theirs["terms"]
    assert "protection_days: 90" in ours["document"]
    assert "document" not in theirs


def test_a_changed_document_is_tried_on_past_claims_and_decides_nothing(workspace: Workspace) -> None:
    ours, theirs = program_of(workspace), program_of(make_partner(workspace))
    reference = theirs.post("/own/registrations", CLAIM).json()["reference"]
    document = ours.get("/engagement").json()["document"]
    stricter = document.replace("claim.value_units: {gte: 5000}", "claim.value_units: {gte: 20000}")
    assert stricter != document

    tried = ours.post("/engagement/trials", {"document": stricter})
    assert tried.status_code == 201, tried.content
    assert (tried.json()["claims"], tried.json()["tried"]) == (1, 1)
    assert tried.json()["finished_at"]
    (row,) = tried.json()["rows"]
    assert (row["reference"], row["change"]) == (reference, "weighed_otherwise")
    assert (row["before"]["to_weigh"], row["after"]["to_weigh"]) == ([], ["minimum_value"])
    assert ours.get(f"/engagement/trials/{tried.json()['id']}").json() == tried.json()
    assert theirs.get(f"/own/registrations/{reference}").json()["state"] == "submitted"


def test_a_document_that_cannot_be_read_is_refused_with_the_line(workspace: Workspace) -> None:
    refused = program_of(workspace).post("/engagement/trials", {"document": "rules: 7"})

    assert (refused.status_code, refused.json()["code"]) == (422, "refused")
    assert "line 1" in refused.json()["detail"].lower()
    with scope(workspace_id=workspace.pk):
        assert not EngagementTrial.objects.exists()
