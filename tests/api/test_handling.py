"""How a registration is handled through the API: questions, steps of its approval, requests, and its opportunity."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from tallystick.attribution.models import Touch
from tallystick.crm.models import Account, Opportunity
from tallystick.deals.models import ApprovalStep, DealRegistration
from tallystick.flows.registrations import approve_registration
from tallystick.partners.models import Partner
from tallystick.platform.actors import Actor, ActorKind
from tallystick.platform.models import ActivityEntry, Workspace
from tallystick.platform.tenancy import scope
from tests.factories import make_row
from tests.factories.people import make_member, make_partner
from tests.factories.programs import Program, program_of

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 10, 12, 12, 0, tzinfo=UTC)
CLAIM = {"company": "Cellvia", "website": "cellvia.example", "value": {"minor": 6_000_000, "currency": "EUR"}}


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(MONDAY, tick=False) as traveller:
        yield traveller


@pytest.fixture
def partner(workspace: Workspace) -> Partner:
    return make_partner(workspace)


@pytest.fixture
def theirs(partner: Partner) -> Program:
    return program_of(partner)


@pytest.fixture
def ours(workspace: Workspace) -> Program:
    return program_of(workspace)


@pytest.fixture
def reference(theirs: Program) -> str:
    return str(theirs.post("/own/registrations", CLAIM).json()["reference"])


def said(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["detail"]


def give_steps(workspace: Workspace, reference: str, *steps: tuple[str, list[str]]) -> DealRegistration:
    """Give a registration the steps of an approval, each with its roles."""
    with scope(workspace_id=workspace.pk):
        claim = DealRegistration.objects.get(reference=reference)
        ApprovalStep.objects.filter(registration=claim).delete()
        for position, (says, roles) in enumerate(steps):
            make_row(
                ApprovalStep,
                registration=claim,
                partner=claim.partner,
                position=position,
                name=f"step_{position}",
                says=says,
                roles=roles,
            )
    return claim


def test_the_clock_stands_still_from_the_question_to_the_answer(
    ours: Program, theirs: Program, reference: str, clock: time_machine.Traveller
) -> None:
    before = theirs.get(f"/own/registrations/{reference}").json()["answer_due_at"]
    asked = ours.post(f"/registrations/{reference}/questions", {"text": "Who speaks to them?"})
    assert asked.status_code == 201, asked.content
    assert ours.get(f"/registrations/{reference}").json()["clock_stopped_at"] == "2026-10-12T12:00:00Z"
    assert said(ours.post(f"/registrations/{reference}/questions", {"text": "And who else?"})) == (
        409,
        "A question waits for the partner's answer already.",
    )

    clock.shift(timedelta(hours=24))
    answered = theirs.post(f"/own/registrations/{reference}/answer", {"text": "Dr Brandt, since March."})
    assert answered.status_code == 200, answered.content
    after = theirs.get(f"/own/registrations/{reference}").json()

    assert (before, after["answer_due_at"]) == ("2026-10-14T12:00:00Z", "2026-10-15T12:00:00Z")
    assert after["clock_stopped_at"] is None
    for told in (
        ours.get(f"/registrations/{reference}/questions"),
        theirs.get(f"/own/registrations/{reference}/questions"),
    ):
        (question,) = told.json()["data"]
        assert (question["text"], question["answer"]) == ("Who speaks to them?", "Dr Brandt, since March.")
    assert said(theirs.post(f"/own/registrations/{reference}/answer", {"text": "Again."})) == (
        409,
        "No question waits for an answer here.",
    )


def test_a_key_takes_a_later_step_where_a_person_took_the_first_and_the_steps_say_who_waits(
    workspace: Workspace, ours: Program, theirs: Program, reference: str
) -> None:
    claim = give_steps(workspace, reference, ("Review", ["admin"]), ("Release", ["partner_manager"]))
    assert said(ours.post(f"/registrations/{reference}/approve")) == (
        409,
        "“Review” is the next step; it is taken by admin.",
    )
    person = make_member(workspace, name="Anna Berg").person
    with scope(workspace_id=workspace.pk):
        anna = Actor(kind=ActorKind.PERSON, label="Anna Berg", person_id=person.pk)
        approve_registration(anna, registration_id=claim.pk, at=MONDAY, role="admin")
    steps = ours.get(f"/registrations/{reference}").json()["steps"]
    assert [(step["says"], step["taken_by"], step["roles"]) for step in steps] == [
        ("Review", "Anna Berg", ["admin"]),
        ("Release", "", ["partner_manager"]),
    ]

    approved = ours.post(f"/registrations/{reference}/approve")
    assert (approved.status_code, approved.json()["state"]) == (200, "approved"), approved.content
    own = theirs.get(f"/own/registrations/{reference}").json()["steps"]
    assert own == [
        {"says": "Review", "taken_at": "2026-10-12T12:00:00Z"},
        {"says": "Release", "taken_at": "2026-10-12T12:00:00Z"},
    ]


def test_programs_take_one_step_of_an_approval_at_most_and_the_refusal_says_who_is_waited_for(
    workspace: Workspace, ours: Program, reference: str
) -> None:
    give_steps(workspace, reference, ("Review", []), ("Release", ["partner_manager", "admin"]))
    assert ours.post(f"/registrations/{reference}/approve").json()["state"] == "submitted"
    refusal = (
        "“Release” is the next step. A program took one before, and programs take one step of an approval at most: "
        "this one waits for a person in partner manager or admin."
    )
    for program in (ours, program_of(workspace)):
        assert said(program.post(f"/registrations/{reference}/approve")) == (409, refusal)
    assert ours.get(f"/registrations/{reference}").json()["state"] == "submitted"


def test_more_time_is_asked_for_granted_and_asked_for_again_in_vain(
    ours: Program, theirs: Program, reference: str, clock: time_machine.Traveller
) -> None:
    ours.post(f"/registrations/{reference}/approve")
    wanted = {"days": 30, "reason": "Their trial runs until March."}
    early = theirs.post(f"/own/registrations/{reference}/extension", wanted)
    assert (early.status_code, early.json()["code"]) == (422, "refused")

    clock.shift(timedelta(days=80))
    asked = theirs.post(f"/own/registrations/{reference}/extension", wanted).json()
    assert (asked["kind"], asked["state"], asked["before"], asked["after"]) == (
        "extension",
        "waiting",
        {"protected_until": "2027-01-10"},
        {"protected_until": "2027-02-09", "days": 30},
    )
    assert said(theirs.post(f"/own/registrations/{reference}/extension", wanted))[0] == 422
    (waiting,) = ours.get("/registration-requests", state="waiting").json()["data"]
    assert waiting == asked

    granted = ours.post(f"/registration-requests/{asked['id']}/grant").json()
    assert (granted["state"], granted["decided_by"].partition(" (")[0]) == ("granted", "CRM sync")
    assert theirs.get(f"/own/registrations/{reference}").json()["protected_until"] == "2027-02-09"
    assert said(ours.post(f"/registration-requests/{asked['id']}/grant")) == (
        422,
        "This request waits no longer: granted.",
    )


def test_a_change_is_asked_for_taken_back_asked_anew_and_declined_with_the_reason(
    ours: Program, theirs: Program, reference: str
) -> None:
    wanted = {"value": {"minor": 9_000_000, "currency": "EUR"}, "reason": "They want a second site."}
    first = theirs.post(f"/own/registrations/{reference}/amendment", wanted).json()
    assert (first["before"], first["after"]) == (
        {"value": {"minor": 6_000_000, "currency": "EUR", "amount": "60000.00"}},
        {"value": {"minor": 9_000_000, "currency": "EUR", "amount": "90000.00"}},
    )
    back = theirs.post(f"/own/registration-requests/{first['id']}/take-back").json()
    second = theirs.post(f"/own/registrations/{reference}/amendment", wanted).json()
    declined = ours.post(f"/registration-requests/{second['id']}/decline", {"reason": "Register it apart."}).json()

    assert (back["state"], declined["state"]) == ("taken_back", "declined")
    told = theirs.get("/own/registration-requests", reference=reference).json()["data"]
    assert [(each["state"], each["decision_reason"]) for each in told] == [
        ("declined", "Register it apart."),
        ("taken_back", ""),
    ]
    assert theirs.get(f"/own/registrations/{reference}").json()["value"]["minor"] == 6_000_000


def test_a_small_change_is_made_at_once_and_what_is_left_out_stays(theirs: Program, reference: str) -> None:
    changed = theirs.post(
        f"/own/registrations/{reference}/amendment", {"contact_name": "Dr Ines Brandt", "reason": "A new contact."}
    ).json()
    assert (changed["state"], changed["after"]) == ("granted", {"contact_name": "Dr Ines Brandt"})
    own = theirs.get(f"/own/registrations/{reference}").json()
    assert (own["contact_name"], own["website"], own["value"]["minor"]) == (
        "Dr Ines Brandt",
        "cellvia.example",
        6_000_000,
    )


def test_another_partner_s_requests_and_questions_are_absent(
    workspace: Workspace, ours: Program, theirs: Program, reference: str
) -> None:
    asked = theirs.post(
        f"/own/registrations/{reference}/amendment", {"product_key": "Core", "reason": "One site."}
    ).json()
    rival = program_of(make_partner(workspace, "Rival"))
    absent = rival.get("/own/registrations/DR-000000").content
    with scope(workspace_id=workspace.pk):
        before = ActivityEntry.objects.count()

    assert rival.get("/own/registration-requests").json()["data"] == []
    for response in (
        rival.get(f"/own/registrations/{reference}/questions"),
        rival.post(f"/own/registrations/{reference}/answer", {"text": "Mine."}),
        rival.post(f"/own/registrations/{reference}/extension", {"days": 9, "reason": "Mine."}),
        rival.post(f"/own/registrations/{reference}/amendment", {"product_key": "X", "reason": "Mine."}),
        rival.post(f"/own/registration-requests/{asked['id']}/take-back"),
        rival.post(f"/registration-requests/{asked['id']}/grant"),
    ):
        assert (response.status_code, response.content) == (404, absent)
    with scope(workspace_id=workspace.pk):
        assert ActivityEntry.objects.count() == before


def test_an_approved_registration_is_converted_counts_as_evidence_and_is_won_with_its_deal(
    workspace: Workspace, ours: Program, theirs: Program, reference: str
) -> None:
    with scope(workspace_id=workspace.pk):
        account = make_row(Account, name="Cellvia", website="cellvia.example")
        deal = make_row(Opportunity, account=account, name="Cellvia LIMS", status="open", opened_on=MONDAY.date())
        beryl = make_row(Account, name="Beryl", website="beryl.example", domain="beryl.example")
        won = make_row(Opportunity, account=beryl, name="Beryl LIMS", status="won", opened_on=MONDAY.date())
        other = make_row(Opportunity, account=make_row(Account, name="Else"), name="Else LIMS", status="open")
    early = ours.post(f"/registrations/{reference}/convert", {"opportunity_id": deal.pk})
    assert said(early) == (409, "The registration is in review: you cannot convert it.")
    ours.post(f"/registrations/{reference}/approve")

    converted = ours.post(f"/registrations/{reference}/convert", {"opportunity_id": deal.pk})
    assert converted.status_code == 200, converted.content
    assert (converted.json()["state"], converted.json()["opportunity_id"]) == ("converted", deal.pk)
    with scope(workspace_id=workspace.pk):
        (touch,) = Touch.objects.filter(account=account)
        assert (touch.kind, touch.external_id) == ("registration_approved", reference)

    second = theirs.post("/own/registrations", CLAIM | {"company": "Beryl", "website": "beryl.example"}).json()
    ours.post(f"/registrations/{second['reference']}/approve")
    taken = ours.post(f"/registrations/{second['reference']}/convert", {"opportunity_id": deal.pk})
    assert said(taken) == (409, f"The opportunity is that of {reference}.")
    foreign = ours.post(f"/registrations/{second['reference']}/convert", {"opportunity_id": other.pk})
    assert said(foreign) == (422, f"Else LIMS belongs to another account than {second['reference']}.")
    absent = ours.post(f"/registrations/{second['reference']}/convert", {"opportunity_id": 4711})
    assert absent.status_code == 404
    closed = ours.post(f"/registrations/{second['reference']}/convert", {"opportunity_id": won.pk}).json()
    assert closed["state"] == "won"
