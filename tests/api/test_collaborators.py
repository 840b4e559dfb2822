"""People added to registrations through the API: each side its own, told to both, and by nobody who may not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine

from tallystick.deals.models import Collaborator
from tallystick.partners.models import Partner, PartnerRole
from tallystick.platform.access import Permission
from tallystick.platform.models import ActivityEntry, Person, Workspace, WorkspaceRole
from tallystick.platform.tenancy import scope
from tests.factories.people import make_member, make_partner, make_partner_person
from tests.factories.programs import Program, program_of

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
CLAIM = {"company": "Cellvia", "website": "cellvia.example", "value": {"minor": 6_000_000, "currency": "EUR"}}


@pytest.fixture(autouse=True)
def _it_is_noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def zephyr(workspace: Workspace) -> Partner:
    return make_partner(workspace)


@pytest.fixture
def ours(workspace: Workspace) -> Program:
    return program_of(workspace)


@pytest.fixture
def theirs(zephyr: Partner) -> Program:
    return program_of(zephyr)


@pytest.fixture
def eve(workspace: Workspace) -> Person:
    return make_member(workspace, WorkspaceRole.AE, email="eve@umbra.example", name="Eve Stone").person


@pytest.fixture
def bo(zephyr: Partner) -> Person:
    return make_partner_person(zephyr, PartnerRole.SELLER, email="bo@zephyr.example", name="Bo Lund").person


@pytest.fixture
def claimed(theirs: Program) -> str:
    return str(theirs.post("/own/registrations", CLAIM).json()["reference"])


def written(workspace: Workspace) -> tuple[list[str], int]:
    """Return who works on anything, and how much has happened."""
    with scope(workspace_id=workspace.pk):
        people = [str(row.person) for row in Collaborator.objects.select_related("person").order_by("pk")]
        return people, ActivityEntry.objects.count()


def test_each_side_finds_adds_and_takes_off_its_own_people_and_both_read_all(
    workspace: Workspace, ours: Program, theirs: Program, eve: Person, bo: Person, claimed: str
) -> None:
    at_ours, at_theirs = f"/registrations/{claimed}", f"/own/registrations/{claimed}"
    assert ours.get(f"{at_ours}/colleagues").json() == {"data": [{"person_id": eve.pk, "name": "Eve Stone"}]}
    assert theirs.get(f"{at_theirs}/colleagues").json() == {"data": [{"person_id": bo.pk, "name": "Bo Lund"}]}

    added = ours.post(f"{at_ours}/collaborators", {"person_id": eve.pk})
    assert added.status_code == 201, added.content
    assert added.json() | {"id": 0} == {
        "id": 0,
        "name": "Eve Stone",
        "side": "vendor",
        "added_at": "2026-11-20T12:00:00Z",
    }
    theirs.post(f"{at_theirs}/collaborators", {"person_id": bo.pk})
    for told in (ours.get(f"{at_ours}/collaborators"), theirs.get(f"{at_theirs}/collaborators")):
        assert [(one["name"], one["side"]) for one in told.json()["data"]] == [
            ("Bo Lund", "partner"),
            ("Eve Stone", "vendor"),
        ]
    assert ours.get(f"{at_ours}/colleagues").json() == {"data": []}

    left = ours.post(f"{at_ours}/collaborators/{added.json()['id']}/remove").json()
    assert [one["name"] for one in left["data"]] == ["Bo Lund"]
    with scope(workspace_id=workspace.pk):
        entries = ActivityEntry.objects.filter(verb__startswith="collaborator").order_by("position")
        assert [(entry.verb, entry.summary, entry.actor_kind) for entry in entries] == [
            ("collaborator_added", f"Eve Stone was added to {claimed} Cellvia", "api"),
            ("collaborator_added", f"Bo Lund was added to {claimed} Cellvia", "api"),
            ("collaborator_removed", f"Eve Stone was taken off {claimed} Cellvia", "api"),
        ]


def test_who_is_on_it_stays_so_and_a_request_sent_twice_acts_once(
    workspace: Workspace, ours: Program, eve: Person, claimed: str
) -> None:
    address, body = f"/registrations/{claimed}/collaborators", {"person_id": eve.pk}
    first = ours.post(address, body, once="add-eve")
    before = written(workspace)
    again, another = ours.post(address, body, once="add-eve"), ours.post(address, body)

    assert again["Idempotency-Replayed"] == "true"
    assert first.json() == again.json() == another.json()
    assert written(workspace) == before

    off = f"{address}/{first.json()['id']}/remove"
    assert ours.post(off, once="off").status_code == 200
    before = written(workspace)
    assert ours.post(off, once="off")["Idempotency-Replayed"] == "true"
    assert ours.post(off).status_code == 404
    assert written(workspace) == before == ([], before[1])


def test_nobody_adds_or_takes_off_people_of_the_other_side_or_people_who_see_no_deals(
    workspace: Workspace, zephyr: Partner, ours: Program, theirs: Program, eve: Person, bo: Person, claimed: str
) -> None:
    of_ours = ours.post(f"/registrations/{claimed}/collaborators", {"person_id": eve.pk}).json()["id"]
    of_theirs = theirs.post(f"/own/registrations/{claimed}/collaborators", {"person_id": bo.pk}).json()["id"]
    stranger = make_partner_person(make_partner(workspace, "Quanta"), email="sam@quanta.example").person
    before = written(workspace)

    refused = {"code": "refused", "detail": "Choose somebody of your own side whose role sees it."}
    for program, address, person_id in (
        (ours, "/registrations", bo.pk),
        (theirs, "/own/registrations", eve.pk),
        (theirs, "/own/registrations", stranger.pk),
        (ours, "/registrations", 4711),
    ):
        response = program.post(f"{address}/{claimed}/collaborators", {"person_id": person_id})
        assert response.status_code == 422
        assert {name: response.json()[name] for name in refused} == refused
    assert ours.post(f"/registrations/{claimed}/collaborators/{of_theirs}/remove").status_code == 404
    assert theirs.post(f"/own/registrations/{claimed}/collaborators/{of_ours}/remove").status_code == 404
    assert written(workspace) == before


def test_another_partner_s_registration_is_absent_and_a_key_without_the_permission_changes_nothing(
    workspace: Workspace, zephyr: Partner, ours: Program, theirs: Program, bo: Person, eve: Person, claimed: str
) -> None:
    theirs.post(f"/own/registrations/{claimed}/collaborators", {"person_id": bo.pk})
    rival_firm = make_partner(workspace, "Quanta")
    sam = make_partner_person(rival_firm, email="sam@quanta.example", name="Sam Roe").person
    rival = program_of(rival_firm)
    reads, theirs_read = program_of(workspace, [Permission.SEE_DEALS]), program_of(zephyr, [Permission.SEE_OWN_DEALS])
    before, absent = written(workspace), rival.get("/own/registrations/DR-000000").content

    for response in (
        rival.get(f"/own/registrations/{claimed}/collaborators"),
        rival.get(f"/own/registrations/{claimed}/colleagues"),
        rival.post(f"/own/registrations/{claimed}/collaborators", {"person_id": sam.pk}),
        rival.get(f"/registrations/{claimed}/collaborators"),
    ):
        assert (response.status_code, response.content) == (404, absent)
    assert reads.get(f"/registrations/{claimed}/collaborators").status_code == 200
    for response in (
        reads.get(f"/registrations/{claimed}/colleagues"),
        reads.post(f"/registrations/{claimed}/collaborators", {"person_id": eve.pk}),
        theirs_read.get(f"/own/registrations/{claimed}/colleagues"),
        theirs_read.post(f"/own/registrations/{claimed}/collaborators", {"person_id": bo.pk}),
    ):
        assert (response.status_code, response.json()["code"]) == (403, "permission_missing")
    assert written(workspace) == before
