"""How a registration is handled: its clock, the steps of its approval, and what its partner asks of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

import pytest

from tallystick.deals.engagement import rules_in_force
from tallystick.deals.models import (
    ApprovalStep,
    DealRegistration,
    PartnerQuestion,
    Protection,
    RegistrationRequest,
)
from tallystick.deals.rules.engagement.reading import default_document
from tallystick.deals.rules.states import TransitionRefused
from tallystick.deals.services import (
    NewRegistration,
    QuestionRefused,
    RequestRefused,
    StepRefused,
    answer_question,
    approve_registration,
    ask_partner,
    clock_taken,
    decline_registration,
    decline_request,
    expire_protections,
    grant_request,
    publish_engagement,
    request_amendment,
    request_extension,
    save_engagement_draft,
    take_back_request,
    withdraw_registration,
)
from tallystick.flows import registrations as flow
from tallystick.kernel.explanations import FactValue
from tallystick.kernel.money import Money
from tallystick.partners.models import Partner
from tallystick.platform.actors import Actor, ActorKind
from tallystick.platform.invariants import violations
from tallystick.platform.models import ActivityEntry, Person, Workspace
from tallystick.platform.tenancy import Scope, scope
from tests.factories import make_row

from .claims import ACTOR, AT, claim, submit

JOB = Actor.job("test")
OFFICE = '{name: Berlin, hours: "09:00-17:00", country: DE}'


@pytest.fixture
def corvid(vendor: Scope) -> Partner:
    return make_row(Partner, name="Corvid")


def in_force(*sections: str, hours: int = 48) -> str:
    """Publish rules with these sections, as a workspace would, and return how decisions name them."""
    document = default_document().replace("answer_hours: 48", f"answer_hours: {hours}")
    text = "\n".join([document, *sections])
    draft = save_engagement_draft(ACTOR, document=text, at=AT - timedelta(days=1))
    publish_engagement(ACTOR, version_id=draft.pk, at=AT - timedelta(days=1))
    return rules_in_force().reference


def person(name: str) -> Actor:
    someone = make_row(Person, name=name)
    return Actor(kind=ActorKind.PERSON, label=name, person_id=someone.pk)


def verbs() -> list[str]:
    entries = ActivityEntry.objects.filter(verb__regex="^(registration_|protections_)").order_by("position")
    return list(entries.values_list("verb", flat=True))


def stored(of: DealRegistration) -> DealRegistration:
    return DealRegistration.objects.get(pk=of.pk)


# The clock


def test_a_claim_keeps_the_terms_it_was_made_under(corvid: Partner) -> None:
    """Friday 20 November 2026, 15:05 in Berlin: 1:55 of Friday, Monday 8, Tuesday 6:05 make 16 hours."""
    one = in_force(f"clock: {{calendars: [{OFFICE}]}}", hours=16)
    first = submit(corvid.pk).registration
    two = in_force(f"clock: {{calendars: [{OFFICE}]}}", hours=8)
    second = submit(corvid.pk, claim("Other", website="other.com")).registration

    assert stored(first).answer_due_at == datetime(2026, 11, 24, 14, 5, tzinfo=UTC)
    assert stored(second).answer_due_at == datetime(2026, 11, 23, 14, 5, tzinfo=UTC)
    assert (stored(first).terms["policy"], stored(second).terms["policy"]) == (one, two)


def test_a_question_stops_the_clock_and_the_answer_starts_it_with_what_was_left(
    workspace: Workspace, corvid: Partner
) -> None:
    in_force(f"clock: {{calendars: [{OFFICE}]}}", hours=16)
    made = submit(corvid.pk).registration
    asked_at = datetime(2026, 11, 23, 10, tzinfo=UTC)  # Monday 11:00: 3:55 have gone, 12:05 are left
    ask_partner(ACTOR, registration_id=made.pk, text="Who signs there?", at=asked_at)
    with pytest.raises(QuestionRefused):
        ask_partner(ACTOR, registration_id=made.pk, text="And why?", at=asked_at)
    assert flow.follow_clocks(JOB, at=asked_at + timedelta(days=30)) == 0

    answered_at = datetime(2026, 11, 26, 8, tzinfo=UTC)  # Thursday 09:00: Thursday 8, Friday 4:05
    with scope(workspace_id=workspace.pk, partner_id=corvid.pk):
        answer_question(ACTOR, registration_id=made.pk, text="Dr Lind.", at=answered_at)
        with pytest.raises(QuestionRefused):
            answer_question(ACTOR, registration_id=made.pk, text="Dr Lind.", at=answered_at)
    after = stored(made)
    assert (after.answer_due_at, after.clock_stopped_at) == (datetime(2026, 11, 27, 12, 5, tzinfo=UTC), None)
    assert PartnerQuestion.objects.get().answer == "Dr Lind."

    decided_at = datetime(2026, 11, 26, 9, tzinfo=UTC)
    approve_registration(ACTOR, registration_id=made.pk, at=decided_at)
    assert clock_taken(stored(made), at=decided_at) == timedelta(hours=4, minutes=55)


def test_asking_after_the_time_has_run_out_mends_nothing(corvid: Partner) -> None:
    made = submit(corvid.pk).registration
    due = made.answer_due_at
    ask_partner(ACTOR, registration_id=made.pk, text="Who signs?", at=due + timedelta(hours=1))
    answer_question(ACTOR, registration_id=made.pk, text="Lind.", at=due + timedelta(days=3))
    assert stored(made).answer_due_at == due


def test_a_decision_ends_an_open_question(corvid: Partner) -> None:
    made = submit(corvid.pk).registration
    ask_partner(ACTOR, registration_id=made.pk, text="Who signs?", at=AT)
    decline_registration(ACTOR, registration_id=made.pk, reason="Too late.", at=AT)
    assert stored(made).clock_stopped_at is None
    with pytest.raises(QuestionRefused):
        answer_question(ACTOR, registration_id=made.pk, text="Lind.", at=AT)
    with pytest.raises(TransitionRefused):
        ask_partner(ACTOR, registration_id=made.pk, text="Why?", at=AT)


def test_each_escalation_is_told_once_to_whom_the_terms_name(corvid: Partner) -> None:
    """48 hours from Friday 15:05 in Berlin: half on Monday 15:05, three quarters on Tuesday 03:05, all on Tuesday."""
    submit(corvid.pk)
    monday, tuesday = datetime(2026, 11, 23, 14, 5, tzinfo=UTC), datetime(2026, 11, 24, 14, 5, tzinfo=UTC)
    told = [flow.follow_clocks(JOB, at=at) for at in (monday - timedelta(minutes=1), monday, monday, tuesday, tuesday)]
    assert told == [0, 1, 0, 1, 0]
    entries = ActivityEntry.objects.filter(verb="registration_escalated").order_by("position")
    assert [entry.partner_id for entry in entries] == [None, None]
    assert ['"to":"owner"' in entries[0].body, '"to":"admin"' in entries[1].body] == [True, True]


@pytest.mark.parametrize(("overdue", "state"), [("escalate", "submitted"), ("approve", "approved")])
def test_silence_approves_once_and_only_where_the_terms_say_so(corvid: Partner, overdue: str, state: str) -> None:
    rules = in_force(f"clock: {{calendars: [{OFFICE}], overdue: {overdue}}}", hours=8)
    made = submit(corvid.pk).registration
    for hours in (0, 1):
        flow.follow_clocks(JOB, at=made.answer_due_at + timedelta(hours=hours))
    after = stored(made)
    assert after.state == state
    assert verbs().count("registration_deemed_approved") == (state == "approved")
    if state == "approved":
        assert (after.decision_rule, after.decided_by_label) == ("clock.overdue", "The clock")
        assert after.decision_reason == (
            f"No answer came by Mon 23 Nov 15:05. The rule “clock.overdue: approve” of {rules} approves a claim then."
        )
        assert Protection.objects.get().protected_until == date(2027, 2, 21)


def test_a_claim_that_breaks_a_rule_is_not_approved_by_silence_that_asks_for_all_rules_met(corvid: Partner) -> None:
    in_force("clock: {overdue: approve_if_met}")
    good = submit(corvid.pk).registration
    small = submit(corvid.pk, claim("Small", website="small.com", minor=100)).registration
    flow.follow_clocks(JOB, at=AT + timedelta(days=30))
    assert (stored(good).state, stored(small).state) == ("approved", "submitted")


# Steps

STEPS = """
approval:
  steps:
    - {id: partner, says: Partner management decides}
    - id: finance
      says: Finance looks at the value
      roles: [finance, executive]
      when: {claim.value: {gte: 50000.00 EUR}}
"""


def test_silence_approves_no_claim_of_a_partner_that_is_none_any_more(corvid: Partner) -> None:
    in_force("clock: {overdue: approve}")
    made = submit(corvid.pk).registration
    Partner.objects.filter(pk=corvid.pk).update(lifecycle="ended")

    flow.follow_clocks(JOB, at=AT + timedelta(days=10))

    assert stored(made).state == "submitted"


@pytest.mark.parametrize(("minor", "steps"), [(4_999_999, 1), (5_000_000, 2)])
def test_a_claim_needs_the_steps_whose_condition_holds(corvid: Partner, minor: int, steps: int) -> None:
    in_force(STEPS)
    submit(corvid.pk, claim(minor=minor))
    assert ApprovalStep.objects.count() == steps


def test_each_step_is_taken_by_its_role_and_by_another_person(corvid: Partner) -> None:
    in_force(STEPS)
    made = submit(corvid.pk, claim(minor=6_000_000)).registration
    anna, finn = person("Anna"), person("Finn")

    with pytest.raises(StepRefused, match="taken by partner manager or admin"):
        approve_registration(finn, registration_id=made.pk, at=AT, role="finance")
    assert approve_registration(anna, registration_id=made.pk, at=AT, role="admin").state == "submitted"
    with pytest.raises(StepRefused, match="taken by finance or executive"):
        approve_registration(anna, registration_id=made.pk, at=AT, role="admin")
    with pytest.raises(StepRefused, match="another person"):
        approve_registration(anna, registration_id=made.pk, at=AT, role="finance")
    assert stored(made).answer_due_at == made.answer_due_at
    assert approve_registration(finn, registration_id=made.pk, at=AT, role="finance").state == "approved"
    assert list(ApprovalStep.objects.order_by("position").values_list("taken_by_label", flat=True)) == ["Anna", "Finn"]
    assert verbs() == ["registration_step_approved", "registration_approved"]


# Requests


def approved(partner: Partner) -> DealRegistration:
    made = submit(partner.pk).registration
    return approve_registration(ACTOR, registration_id=made.pk, at=AT)


def more_time(of: DealRegistration, *, days: int = 30, at: datetime = AT + timedelta(days=80)) -> RegistrationRequest:
    return request_extension(ACTOR, registration_id=of.pk, days=days, reason="The trial runs until March.", at=at)


def change(of: DealRegistration, new: Mapping[str, FactValue]) -> RegistrationRequest:
    return request_amendment(ACTOR, registration_id=of.pk, new=new, reason="They buy less.", at=AT)


def test_a_granted_extension_adds_its_days_to_the_end_and_there_is_one(workspace: Workspace, corvid: Partner) -> None:
    made = approved(corvid)
    with scope(workspace_id=workspace.pk, partner_id=corvid.pk):
        request = more_time(made)
    grant_request(ACTOR, request_id=request.pk, at=AT + timedelta(days=82))
    after = stored(made)
    assert (after.protected_until, after.extensions, after.decided_at) == (date(2027, 3, 20), 1, AT)
    assert Protection.objects.get().protected_until == date(2027, 3, 20)
    with pytest.raises(RequestRefused, match="extended once at most"):
        more_time(made, at=AT + timedelta(days=110))


def test_a_protection_does_not_run_out_while_more_time_is_asked_for(corvid: Partner) -> None:
    made = approved(corvid)
    request = more_time(made, at=AT + timedelta(days=90))
    rival = make_row(Partner, name="Kite")
    assert expire_protections(ACTOR, at=AT + timedelta(days=95)) == []
    assert submit(rival.pk, days=95).answer.kind == "declined"

    decline_request(ACTOR, request_id=request.pk, reason="Nothing has moved.", at=AT + timedelta(days=96))
    assert expire_protections(ACTOR, at=AT + timedelta(days=96)) == [made.pk]
    assert verbs()[-2:] == ["registration_extension_declined", "protections_expired"]


def test_more_time_that_is_granted_late_counts_from_that_day(corvid: Partner) -> None:
    made = approved(corvid)
    request = more_time(made, at=AT + timedelta(days=89))

    # The protection ended on 18 February 2027; the answer comes on 19 April.
    granted = grant_request(ACTOR, request_id=request.pk, at=AT + timedelta(days=150))

    assert stored(made).protected_until == Protection.objects.get().protected_until == date(2027, 5, 19)
    assert granted.after["protected_until"] == "2027-05-19"
    assert expire_protections(ACTOR, at=AT + timedelta(days=180)) == []
    assert expire_protections(ACTOR, at=AT + timedelta(days=181)) == [made.pk]


@pytest.mark.parametrize(("days", "after", "says"), [(31, 80, "1 to 30 days"), (30, 20, "from 19 Jan 2027 on")])
def test_an_extension_outside_of_the_terms_is_refused(corvid: Partner, days: int, after: int, says: str) -> None:
    made = approved(corvid)
    with pytest.raises(RequestRefused, match=says):
        more_time(made, days=days, at=AT + timedelta(days=after))
    assert not RegistrationRequest.objects.exists()


def test_small_changes_count_at_once_and_large_ones_wait(corvid: Partner) -> None:
    made = approved(corvid)
    assert change(made, {"value_minor": 4_000_000, "contact_name": "Dr Lind"}).state == "granted"
    waiting = change(made, {"value_minor": 3_000_000})
    assert (waiting.state, waiting.before, waiting.after) == (
        "waiting",
        {"value_minor": 4_000_000},
        {"value_minor": 3_000_000},
    )
    assert (stored(made).value_minor, stored(made).contact_name) == (4_000_000, "Dr Lind")
    with pytest.raises(RequestRefused, match="asked already"):
        change(made, {"value_minor": 1})
    grant_request(ACTOR, request_id=waiting.pk, at=AT)
    after = stored(made)
    assert (after.value_minor, after.protected_until, after.submitted_at) == (3_000_000, made.protected_until, AT)
    assert after.receipt_hash == made.receipt_hash


def test_a_request_lapses_where_the_claim_is_declined(workspace: Workspace, corvid: Partner) -> None:
    made = submit(corvid.pk).registration
    change(made, {"value_minor": 9_000_000})

    decline_registration(ACTOR, registration_id=made.pk, reason="Not for us.", at=AT)

    assert RegistrationRequest.objects.get().state == "lapsed"
    assert list(violations(workspace_id=workspace.pk)) == []


def test_small_changes_do_not_add_up_to_a_large_one_that_nobody_agreed_to(corvid: Partner) -> None:
    made = approved(corvid)
    assert change(made, {"value_minor": 4_500_000}).state == "granted"
    assert change(made, {"value_minor": 4_620_000}).state == "granted"

    # 10 % of 42,000.00, the value that was approved, is 4,200.00.
    waiting = change(made, {"value_minor": 4_620_001})
    assert waiting.state == "waiting"
    grant_request(ACTOR, request_id=waiting.pk, at=AT)
    assert change(made, {"value_minor": 5_082_001}).state == "granted"
    assert change(made, {"value_minor": 5_100_000}).state == "waiting"


def test_another_product_is_protected_for_one_registration_only(corvid: Partner) -> None:
    def of(product: str) -> NewRegistration:
        return NewRegistration(
            company="Cellvia", website="cellvia.com", value=Money(6_000_000, "EUR"), product_key=product
        )

    rival = make_row(Partner, name="Kite")
    made = submit(corvid.pk, of("eln")).registration
    submit(rival.pk, of("lims"))
    request = change(made, {"product_key": "lims"})
    with pytest.raises(RequestRefused, match="Another registration holds this product"):
        grant_request(ACTOR, request_id=request.pk, at=AT)
    assert (stored(made).product_key, RegistrationRequest.objects.get().state) == ("eln", "waiting")

    take_back_request(ACTOR, request_id=request.pk, at=AT)
    whole = change(made, {"product_key": ""})
    with pytest.raises(RequestRefused, match="holds a part of the company"):
        grant_request(ACTOR, request_id=whole.pk, at=AT)
    take_back_request(ACTOR, request_id=whole.pk, at=AT)
    other = change(made, {"product_key": "qms"})
    grant_request(ACTOR, request_id=other.pk, at=AT)
    held = Protection.objects.filter(released_at__isnull=True).order_by("product_key")
    assert list(held.values_list("product_key", "partner_id")) == [("lims", rival.pk), ("qms", corvid.pk)]


def test_what_waits_lapses_when_the_registration_ends_and_can_be_decided_no_more(corvid: Partner) -> None:
    made = approved(corvid)
    request = more_time(made)
    withdraw_registration(ACTOR, registration_id=made.pk, at=AT + timedelta(days=81))
    request.refresh_from_db()
    assert request.state == "lapsed"
    with pytest.raises(RequestRefused, match="waits no longer"):
        grant_request(ACTOR, request_id=request.pk, at=AT + timedelta(days=82))
    assert stored(made).protected_until == made.protected_until


def test_another_partner_finds_neither_requests_nor_questions_nor_steps(workspace: Workspace, corvid: Partner) -> None:
    rival = make_row(Partner, name="Kite")
    made = approved(corvid)
    request = more_time(made)
    other = submit(corvid.pk, claim("Other", website="other.com")).registration
    ask_partner(ACTOR, registration_id=other.pk, text="Who signs?", at=AT)
    with scope(workspace_id=workspace.pk, partner_id=rival.pk):
        assert not ApprovalStep.objects.exists()
        assert not PartnerQuestion.objects.exists()
        with pytest.raises(RegistrationRequest.DoesNotExist):
            take_back_request(ACTOR, request_id=request.pk, at=AT)
        with pytest.raises(DealRegistration.DoesNotExist):
            answer_question(ACTOR, registration_id=other.pk, text="Me.", at=AT)
        with pytest.raises(DealRegistration.DoesNotExist):
            more_time(made)
    assert RegistrationRequest.objects.get().state == "waiting"
