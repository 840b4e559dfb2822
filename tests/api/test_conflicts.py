"""Cases of conflict through the API: read with claims and weighing, ruled, disputed, appealed; each side its own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from tallystick.deals.models import Conflict, DealRegistration
from tallystick.deals.services.conflicts import NewRuling
from tallystick.flows import conflicts
from tallystick.partners.models import Partner
from tallystick.platform.actors import SYSTEM, Actor, ActorKind
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import scope
from tests.factories.people import make_member, make_partner
from tests.factories.programs import Program, program_of

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
CLAIM = {"company": "Fernhill", "website": "fernhill.example", "value": {"minor": 4_200_000, "currency": "EUR"}}


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def partner(workspace: Workspace) -> Partner:
    return make_partner(workspace)


@pytest.fixture
def rival(workspace: Workspace) -> Partner:
    return make_partner(workspace, "Northwind")


@pytest.fixture
def ours(workspace: Workspace) -> Program:
    return program_of(workspace)


@pytest.fixture
def case(workspace: Workspace, partner: Partner, rival: Partner, clock: time_machine.Traveller) -> int:
    """Return the case of Fernhill, which the partner registered first and its rival an hour later."""
    program_of(partner).post("/own/registrations", CLAIM)
    clock.shift(3600)
    program_of(rival).post("/own/registrations", CLAIM)
    with scope(workspace_id=workspace.pk):
        (opened,) = conflicts.watch(SYSTEM, at=datetime.now(UTC))
        return opened.pk


def said(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["detail"]


def ruling(*parts: tuple[Partner, int], number: int = 1, reason: str = "The earlier claim was good.") -> dict[str, Any]:
    return {
        "number": number,
        "parts": [{"partner_id": partner.pk, "ppm": ppm} for partner, ppm in parts],
        "rule": "first_to_register",
        "reason": reason,
    }


def states(workspace: Workspace) -> list[str]:
    with scope(workspace_id=workspace.pk):
        return list(DealRegistration.objects.order_by("submitted_at").values_list("state", flat=True))


def test_a_case_is_read_with_its_claims_and_what_the_rules_say(
    ours: Program, partner: Partner, rival: Partner, case: int
) -> None:
    (listed,) = ours.get("/conflicts", state="open", partner_id=rival.pk).json()["data"]
    whole = ours.get(f"/conflicts/{case}").json()

    assert (listed["id"], listed["kind"], listed["company"]) == (case, "two_partners", "Fernhill")
    assert [(claim["partner_id"], claim["held_account"]) for claim in whole["claims"]] == [
        (partner.pk, True),
        (rival.pk, False),
    ]
    assert (whole["weighing"]["decided"], whole["weighing"]["partner_id"]) == (True, partner.pk)
    assert whole["weighing"]["rule"] == "first_to_register"
    assert (whole["rulings"], whole["appeal"]) == ([], None)


def test_a_ruling_is_tried_and_made_and_protection_follows(
    workspace: Workspace, ours: Program, partner: Partner, rival: Partner, case: int
) -> None:
    tried = ours.post(f"/conflicts/{case}/effect", {"parts": ruling((rival, 1_000_000))["parts"]}, once="")
    assert tried.status_code == 200, tried.content
    assert [each["partner"] for each in tried.json()["data"]] == ["Northwind", "Zephyr Informatics"]
    assert states(workspace) == ["submitted", "declined"]

    ruled = ours.post(f"/conflicts/{case}/rule", ruling((rival, 1_000_000)))
    assert ruled.status_code == 200, ruled.content
    (row,) = ruled.json()["rulings"]
    assert (row["outcome"], row["parts"]) == ("uphold", [{"partner_id": rival.pk, "ppm": 1_000_000}])
    assert states(workspace) == ["declined", "approved"]
    assert ours.post(f"/conflicts/{case}/rule", ruling((rival, 1_000_000))).json()["rulings"] == [row]
    another = ours.post(f"/conflicts/{case}/rule", ruling((partner, 1_000_000)))
    assert another.status_code == 422, another.content
    assert "ruled meanwhile" in another.json()["detail"]
    assert ours.get(f"/conflicts/{case}").json()["rulings"] == [row]
    assert states(workspace) == ["declined", "approved"]


@pytest.mark.parametrize(
    ("spoil", "refusal"),
    [
        ({"parts": [(0, 400_000), (1, 400_000)]}, "The parts of a ruling sum to exactly one."),
        ({"parts": [(0, 500_000), (0, 500_000)]}, "A ruling gives each claimant one part."),
        ({"parts": [(2, 1_000_000)]}, "A ruling gives parts to those who claimed."),
        ({"rule": "made_up"}, "Cite a rule of the rules of engagement in force."),
        (
            {"reason": "Northwind was later."},
            "Both sides read the reason: write “another partner” instead of Northwind.",
        ),
        ({"number": 2}, "The case waits for no ruling."),
    ],
)
def test_a_ruling_that_cannot_be_is_refused_and_nothing_moves(
    workspace: Workspace,
    ours: Program,
    partner: Partner,
    rival: Partner,
    case: int,
    spoil: dict[str, Any],
    refusal: str,
) -> None:
    others = [partner, rival, make_partner(workspace, "Third")]
    body = ruling((partner, 1_000_000)) | spoil
    if "parts" in spoil:
        body["parts"] = [{"partner_id": others[number].pk, "ppm": ppm} for number, ppm in spoil["parts"]]
    assert said(ours.post(f"/conflicts/{case}/rule", body)) == (422, refusal)
    assert states(workspace) == ["submitted", "declined"]


def test_a_ruling_is_appealed_once_and_no_program_decides_the_appeal(
    workspace: Workspace, ours: Program, partner: Partner, rival: Partner, case: int
) -> None:
    theirs = program_of(rival)
    ours.post(f"/conflicts/{case}/rule", ruling((partner, 1_000_000)))
    appealed = theirs.post(f"/own/conflicts/{case}/appeal", {"words": "We met them in March."})
    assert appealed.status_code == 200, appealed.content
    assert (appealed.json()["state"], appealed.json()["appealed"]) == ("appealed", True)
    assert said(theirs.post(f"/own/conflicts/{case}/appeal", {"words": "Again."}))[0] == 422

    second = ours.post(f"/conflicts/{case}/rule", ruling((rival, 1_000_000), number=2))
    assert said(second) == (422, "An appeal is decided by another person than ruled before; no program decides it.")
    assert ours.get(f"/conflicts/{case}").json()["appeal"]["words"] == "We met them in March."
    person = make_member(workspace, name="Anna Berg").person
    with scope(workspace_id=workspace.pk):
        anna = Actor(kind=ActorKind.PERSON, label="Anna Berg", person_id=person.pk)
        decided = NewRuling(
            number=2, parts=[(rival.pk, 1_000_000)], rule="first_to_register", reason="The minutes show it."
        )
        conflicts.rule(anna, conflict_id=case, ruling=decided, at=datetime.now(UTC))
    told = ours.get(f"/conflicts/{case}").json()
    assert [(row["number"], row["ruled_by"].partition(" (")[0]) for row in told["rulings"]] == [
        (1, "CRM sync"),
        (2, "Anna Berg"),
    ]
    assert (told["state"], states(workspace)) == ("closed", ["declined", "approved"])


def test_a_claimant_reads_its_own_side_and_no_name_of_another(
    workspace: Workspace, ours: Program, partner: Partner, rival: Partner, case: int
) -> None:
    ours.post(f"/conflicts/{case}/rule", ruling((partner, 1_000_000)))
    theirs = program_of(rival)
    (claim,) = theirs.get("/own/conflicts").json()["data"]
    told = theirs.get(f"/own/conflicts/{case}")

    assert (claim["conflict_id"], claim["kind"]) == (case, "registration")
    assert (told.json()["others"], told.json()["rulings"][0]["ppm"]) == (1, 0)
    assert told.json()["rulings"][0]["reason"] == "The earlier claim was good."
    assert "Zephyr" not in told.content.decode()
    third = program_of(make_partner(workspace, "Third"))
    absent = third.get("/own/conflicts/4711")
    for response in (
        third.get(f"/own/conflicts/{case}"),
        third.post(f"/own/conflicts/{case}/appeal", {"words": "Mine."}),
        third.get(f"/conflicts/{case}"),
        third.post(f"/conflicts/{case}/rule", ruling((partner, 1_000_000))),
    ):
        assert (response.status_code, response.content) == (404, absent.content)


def test_a_decision_is_disputed_by_either_side_and_the_case_is_one(
    workspace: Workspace, ours: Program, partner: Partner
) -> None:
    theirs = program_of(partner)
    reference = theirs.post("/own/registrations", CLAIM).json()["reference"]
    early = theirs.post(f"/own/registrations/{reference}/dispute", {"words": "We were first."})
    assert said(early) == (422, "The decision can no longer be disputed.")
    ours.post(f"/registrations/{reference}/decline", {"reason": "Too small."})

    opened = theirs.post(f"/own/registrations/{reference}/dispute", {"words": "It is not small."})
    assert (opened.status_code, opened.json()["state"]) == (201, "open"), opened.content
    again = ours.post(f"/registrations/{reference}/dispute", {"words": "Look again."})
    assert again.json()["id"] == opened.json()["id"]
    assert (again.json()["kind"], again.json()["words"]) == ("disputed", "It is not small.")
    with scope(workspace_id=workspace.pk):
        assert Conflict.objects.count() == 1
