"""What programs are told of leads, conflicts, clocks and requests: the vendor whole, each partner its own, exactly."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import Max

from tallystick.cli.reference.events import EVENTS, TAKEN_APART
from tallystick.deals.models import DealRegistration, LeadOffer, MessageSide, RegistrationState
from tallystick.deals.services import (
    answer_question,
    approve_registration,
    ask_partner,
    decline_request,
    expire_protections,
    grant_request,
    request_amendment,
    request_extension,
    take_back_request,
)
from tallystick.deals.services.collaborating import WorkedOn, add_collaborator, people_to_add, remove_collaborator
from tallystick.deals.services.conflicts import NewRuling
from tallystick.deals.services.leads import accept_offer, decline_lead, decline_offer, offer_lead_to, qualify_lead
from tallystick.flows import conflicts
from tallystick.flows.notifications import reminders
from tallystick.flows.registrations import follow_clocks
from tallystick.flows.webhooks import stream
from tallystick.flows.webhooks.events import PUBLIC_EVENTS, types_for
from tallystick.partners.models import Partner
from tallystick.platform.actors import SYSTEM
from tallystick.platform.models import WebhookDelivery
from tests.factories.conflicts import register as claim
from tests.factories.leads import introduce, lead_of_ours
from tests.factories.revenue import make_partner
from tests.integration.flows.notifications.world import MONDAY, Cast
from tests.integration.flows.webhooks.world import Receiver, endpoint, register

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
OURS = {"by", "entry", "partner"}


class Listening:
    """Endpoints of the vendor, the partner and its rival, each told of all it can be."""

    def __init__(self, cast: Cast, receiver: Receiver) -> None:
        self.cast = cast
        self.rival: Partner = make_partner("CANARY Rival")
        endpoint(receiver, types=tuple(types_for(partner=False)), path="/vendor")
        for partner in (cast.partner, self.rival):
            endpoint(receiver, partner_id=partner.pk, types=tuple(types_for(partner=True)), path=f"/{partner.pk}")
        stream.take_up(at=MONDAY)
        self.seen = 0

    def heard(self, partner: Partner | None = None) -> list[tuple[str, dict[str, Any]]]:
        """Return what one side was told since it was asked last, without whose hand it was."""
        stream.take_up(at=MONDAY)
        rows = WebhookDelivery.objects.filter(partner_id=partner.pk if partner else None, position__gt=self.seen)
        told = [json.loads(body) for body in rows.order_by("position", "pk").values_list("body", flat=True)]
        return [(one["type"], {name: value for name, value in one["data"].items() if name not in OURS}) for one in told]

    def forget(self) -> None:
        """Begin anew."""
        stream.take_up(at=MONDAY)
        self.seen = WebhookDelivery.objects.aggregate(last=Max("position"))["last"] or 0


@pytest.fixture
def listening(cast: Cast, receiver: Receiver) -> Listening:
    return Listening(cast, receiver)


def named(told: list[tuple[str, dict[str, Any]]]) -> list[str]:
    return [name for name, _data in told]


def test_a_question_and_its_answer_are_told_to_both_sides_without_their_words(cast: Cast, listening: Listening) -> None:
    made = register(cast, "Cellvia")
    listening.forget()
    asked = ask_partner(SYSTEM, registration_id=made.pk, text="CANARY who?", at=MONDAY)
    answer_question(SYSTEM, registration_id=made.pk, text="CANARY she.", at=MONDAY + timedelta(hours=1))

    own = {"reference": made.reference, "company": "Cellvia", "question": asked.pk}
    told = [
        ("registration_question_asked", own),
        ("registration_question_answered", own | {"answer_due_at": "2026-11-25T10:00:00+00:00"}),
    ]
    assert listening.heard() == told
    assert listening.heard(cast.partner) == told
    assert listening.heard(listening.rival) == []


def test_requests_are_told_with_what_was_and_what_is_wanted(cast: Cast, listening: Listening) -> None:
    made = register(cast, "Cellvia")
    approve_registration(SYSTEM, registration_id=made.pk, at=MONDAY)
    listening.forget()
    late = MONDAY + 80 * DAY
    more = request_extension(SYSTEM, registration_id=made.pk, days=30, reason="A trial.", at=late)
    grant_request(SYSTEM, request_id=more.pk, at=late)
    wanted = {"value_minor": 9_000_000}
    change = request_amendment(SYSTEM, registration_id=made.pk, new=wanted, reason="Two sites.", at=late)
    decline_request(SYSTEM, request_id=change.pk, reason="Register it apart.", at=late)
    again = request_amendment(SYSTEM, registration_id=made.pk, new=wanted, reason="Two sites.", at=late)
    take_back_request(SYSTEM, request_id=again.pk, at=late)
    small = request_amendment(SYSTEM, registration_id=made.pk, new={"contact_name": "Jo"}, reason="New.", at=late)

    own = {"reference": made.reference, "company": "Cellvia"}
    due = {"answer_due_at": change.answer_due_at.isoformat()}
    values = {
        "was": {"value": {"minor": 4_000_000, "currency": "EUR"}},
        "wanted": {"value": {"minor": 9_000_000, "currency": "EUR"}},
    }
    contact = {"request": small.pk, "was": {"contact_name": ""}, "wanted": {"contact_name": "Jo"}}
    told = [
        (
            "registration_extension_requested",
            {**own, "request": more.pk, "wanted_until": "2027-03-23", "says": "A trial.", **due},
        ),
        ("registration_extended", {**own, "request": more.pk, "protected_until": "2027-03-23"}),
        ("registration_amendment_requested", {**own, "request": change.pk, **values, "says": "Two sites.", **due}),
        (
            "registration_amendment_declined",
            {**own, "request": change.pk, **values, "reason": "Register it apart."},
        ),
        ("registration_amendment_requested", {**own, "request": again.pk, **values, "says": "Two sites.", **due}),
        ("registration_request_taken_back", {**own, "request": again.pk, "kind": "amendment"}),
        ("registration_amendment_requested", {**own, **contact, "says": "New.", **due}),
        ("registration_amended", {**own, **contact}),
    ]
    assert listening.heard() == told
    assert listening.heard(cast.partner) == told
    assert listening.heard(listening.rival) == []


def test_clocks_that_run_out_are_the_vendor_s_and_the_end_of_a_protection_is_told_to_both(
    cast: Cast, listening: Listening
) -> None:
    waits, held = register(cast, "Waits"), register(cast, "Held")
    approve_registration(SYSTEM, registration_id=held.pk, at=MONDAY)
    listening.forget()
    reminders.remind(SYSTEM, at=waits.answer_due_at - timedelta(hours=1))
    follow_clocks(SYSTEM, at=waits.answer_due_at + DAY)
    ours = listening.heard()
    assert [name for name in named(ours) if name.startswith("registration_")] == [
        "registration_answer_due",
        "registration_escalated",
    ]
    assert ours[0][1] == {"reference": waits.reference, "company": "Waits", "due_at": waits.answer_due_at.isoformat()}
    assert named(listening.heard(cast.partner)) == []

    listening.forget()
    until = DealRegistration.objects.get(pk=held.pk).protected_until
    assert until is not None
    reminders.remind(SYSTEM, at=MONDAY + 76 * DAY)
    expire_protections(SYSTEM, at=MONDAY + 91 * DAY)
    own = {"reference": held.reference, "company": "Held"}
    ending = ("protection_ending", {**own, "protected_until": until.isoformat(), "days": 14})
    told = [one for one in listening.heard(cast.partner) if one[0].startswith("protection_")]
    assert told == [ending, ("protection_ended", own)]
    assert [one for one in listening.heard() if one[0].startswith("protection_")] == told
    assert DealRegistration.objects.get(pk=held.pk).state == RegistrationState.EXPIRED


def test_a_lead_is_told_to_whom_it_is_offered_and_to_nobody_before_or_after(cast: Cast, listening: Listening) -> None:
    lead = lead_of_ours(at=MONDAY, contact_email="CANARY@brightwell.example", need="CANARY need")
    first = offer_lead_to(SYSTEM, lead_id=lead.pk, partner_id=cast.partner.pk, reason="CANARY why", at=MONDAY)
    decline_offer(SYSTEM, offer_id=first.pk, reason="No one free.", at=MONDAY)
    second = LeadOffer.objects.get(partner=listening.rival)
    accept_offer(SYSTEM, offer_id=second.pk, at=MONDAY)
    qualify_lead(SYSTEM, lead_id=lead.pk, at=MONDAY)
    decline_lead(SYSTEM, lead_id=lead.pk, reason="The buyer left.", at=MONDAY)

    own = {"reference": lead.reference, "company": "Brightwell", "direction": "to_partner"}
    due = {"due_at": first.due_at.isoformat()}
    assert listening.heard(cast.partner) == [
        ("lead_offered", {**own, "offer": first.pk, **due}),
        ("lead_offer_declined", {**own, "reason": "No one free."}),
    ]
    theirs = listening.heard(listening.rival)
    assert named(theirs) == ["lead_offered", "lead_accepted", "lead_qualified", "lead_declined"]
    assert theirs[-1][1] == {**own, "reason": "The buyer left."}
    ours = listening.heard()
    assert named(ours)[:3] == ["lead_created", "lead_offered", "lead_offer_declined"]
    assert ours[0][1] == own
    assert "CANARY" not in json.dumps([ours, theirs])


def test_an_introduction_is_told_to_its_partner_and_to_no_other(cast: Cast, listening: Listening) -> None:
    lead = introduce(cast.partner, company="Fernhill", website="fernhill.example", at=MONDAY).lead
    decline_lead(SYSTEM, lead_id=lead.pk, reason="They buy nothing.", at=MONDAY)
    own = {"reference": lead.reference, "company": "Fernhill", "direction": "to_vendor"}
    assert lead.answer_due_at is not None
    told = [
        ("lead_introduced", {**own, "answer_due_at": lead.answer_due_at.isoformat()}),
        ("lead_declined", {**own, "reason": "They buy nothing."}),
    ]
    assert listening.heard() == told
    assert listening.heard(cast.partner) == told
    assert listening.heard(listening.rival) == []


def test_a_case_is_told_once_to_the_vendor_and_to_each_claimant_of_its_own_claim_alone(
    cast: Cast, listening: Listening
) -> None:
    first = claim(listening.rival, "Ashdown", at=MONDAY)
    second = claim(cast.partner, "Ashdown", at=MONDAY + timedelta(hours=1))
    listening.forget()
    (case,) = conflicts.watch(SYSTEM, at=MONDAY + timedelta(hours=2))
    ruling = NewRuling(
        number=1, parts=[(listening.rival.pk, 1_000_000)], rule="first_to_register", reason="The earlier claim stands."
    )
    conflicts.rule(SYSTEM, conflict_id=case.pk, ruling=ruling, at=MONDAY + timedelta(hours=3))

    cited = {"rule": "first_to_register", "reason": "The earlier claim stands.", "appeal_until": "2026-12-07"}
    ours = [one for one in listening.heard() if one[0].startswith("conflict_")]
    whole = {"conflict": case.pk, "reference": case.reference, "company": "Ashdown"}
    assert ours[0] == ("conflict_opened", {**whole, "kind": "two_partners"})
    assert named(ours) == ["conflict_opened", "conflict_ruled"]
    assert ours[1][1].pop("rules").startswith("engagement@1#")
    assert ours[1][1] == {
        **whole,
        **cited,
        "number": 1,
        "outcome": "uphold",
        "parts": [{"partner_id": listening.rival.pk, "ppm": 1_000_000}],
    }

    own = {"reference": case.reference, "company": "Ashdown"}
    for partner, parts in (
        (cast.partner, []),
        (listening.rival, [{"partner_id": listening.rival.pk, "ppm": 1_000_000}]),
    ):
        told = [one for one in listening.heard(partner) if one[0].startswith("conflict_")]
        assert told[0] == ("conflict_opened", own)
        assert told[1][1].pop("rules")
        assert told[1] == ("conflict_ruled", {**own, **cited, "parts": parts})
    assert first.reference not in json.dumps(listening.heard(cast.partner))
    assert second.reference not in json.dumps(listening.heard(listening.rival))


def test_who_works_on_a_registration_is_told_to_both_sides_without_a_name_and_of_a_lead_to_nobody(
    cast: Cast, listening: Listening
) -> None:
    made, lead = register(cast, "Cellvia"), introduce(cast.partner, at=MONDAY).lead
    listening.forget()
    person = people_to_add(WorkedOn(made), MessageSide.VENDOR)[0]
    for work in (WorkedOn(made), WorkedOn(lead)):
        added = add_collaborator(SYSTEM, work=work, side=MessageSide.VENDOR, person_id=person.pk, at=MONDAY)
        remove_collaborator(SYSTEM, work=work, side=MessageSide.VENDOR, collaborator_id=added.pk, at=MONDAY)

    deal = {"kind": "registration", "reference": made.reference, "company": "Cellvia"}
    told = [
        ("collaborator_added", {"deal": deal, "side": "vendor"}),
        ("collaborator_removed", {"deal": deal, "side": "vendor"}),
    ]
    assert listening.heard() == told
    assert listening.heard(cast.partner) == told
    assert listening.heard(listening.rival) == []


def test_every_event_that_can_be_chosen_is_one_the_stream_writes() -> None:
    written = {verb for sentences in EVENTS.values() for verb in sentences} | set(TAKEN_APART.values())
    assert set(PUBLIC_EVENTS) <= written
