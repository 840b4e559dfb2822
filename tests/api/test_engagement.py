"""The rules of engagement through the API: read by either side, and a changed document tried on past claims."""

from __future__ import annotations

import pytest

from tallystick.deals.models import EngagementTrial, EngagementVersion
from tallystick.platform.access import Permission
from tallystick.platform.models import ActivityEntry, Workspace
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


def test_a_document_is_checked_published_once_and_read_in_every_version(workspace: Workspace) -> None:
    ours = program_of(workspace)
    before = ours.get("/engagement").json()
    document = before["document"].replace("protection_days: 90", "protection_days: 60")
    checked = ours.post("/engagement/check", {"document": document}, once="")
    assert (checked.status_code, checked.json()["can_be_published"], checked.json()["problems"]) == (200, True, [])
    wrong = ours.post("/engagement/check", {"document": document + "\nsurprise: 1\n"}, once="").json()
    assert (wrong["can_be_published"], wrong["document_hash"]) == (False, None)
    assert [(each["line"], each["field"]) for each in wrong["problems"]] == [(document.count("\n") + 2, "surprise")]

    published = ours.post("/engagement/versions", {"document": document, "reason": "Shorter."}, once="rules")
    assert published.status_code == 201, published.content
    told = published.json()
    assert (told["number"], told["reason"], told["document"]) == (2, "Shorter.", document)
    assert told["document_hash"] == checked.json()["document_hash"]
    again = ours.post("/engagement/versions", {"document": document, "reason": "Shorter."}, once="rules")
    assert (again.json(), again["Idempotency-Replayed"]) == (told, "true")
    assert ours.get("/engagement").json()["protection_days"] == 60
    assert [version["number"] for version in ours.get("/engagement/versions").json()["data"]] == [2, 1]
    assert ours.get("/engagement/versions/1").json()["document"] == before["document"]
    assert ours.get("/engagement/versions/3").status_code == 404


def test_what_cannot_be_published_publishes_nothing(workspace: Workspace) -> None:
    ours, theirs = program_of(workspace), program_of(make_partner(workspace))
    reads = program_of(workspace, [Permission.SEE_PROGRAMME])
    document = ours.get("/engagement").json()["document"]
    changed = document.replace("protection_days: 90", "protection_days: 60")
    ours.post("/engagement/versions", {"document": changed})
    with scope(workspace_id=workspace.pk):
        before = EngagementVersion.objects.count(), ActivityEntry.objects.count()

    same = ours.post("/engagement/versions", {"document": changed})
    assert (same.status_code, same.json()["code"]) == (409, "state_conflict")
    assert same.json()["detail"] == "The draft says the same as version 2, which is in force."
    invalid = ours.post("/engagement/versions", {"document": "rules: 7"})
    assert (invalid.status_code, invalid.json()["code"]) == (422, "refused")
    assert invalid.json()["errors"][0]["field"].startswith("document, line 1")
    assert reads.post("/engagement/versions", {"document": document}).json()["code"] == "permission_missing"
    assert reads.get("/engagement/versions").status_code == 200
    for address in ("/engagement/versions", "/engagement/check"):
        assert theirs.post(address, {"document": document}).status_code == 404
    with scope(workspace_id=workspace.pk):
        assert (EngagementVersion.objects.count(), ActivityEntry.objects.count()) == before
