"""What a workspace asks beside the four fields: drafted, published, answered by every way in, read on both sides."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from tallystick.deals.models import DealRegistration, FormVersion, Lead, PartnerQuestion
from tallystick.deals.services import publish_form, save_form_draft
from tallystick.flows.notifications.facts import events_of
from tallystick.flows.webhooks.events import PUBLIC_EVENTS
from tallystick.partners.models import Partner
from tallystick.platform.actors import SYSTEM
from tallystick.platform.models import ActivityEntry, Workspace, WorkspaceRole
from tallystick.platform.tenancy import scope
from tests.factories.mails import CLAIM, come_in, take_mail_at, written
from tests.factories.people import browser_of, make_member, make_partner, make_partner_person
from tests.factories.programs import program_of
from tests.factories.revenue import make_plan
from tests.integration.deals.claims import claim, submit

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 10, 14, 12, 0, tzinfo=UTC)
FORM = """\
title: Registration form
registration:
  - id: project_type
    label: Type of project
    help: As the customer calls it.
    kind: choice
    required: true
    choices: [New site, Replacement]
    crm_property: project_type__c
  - {id: seats, label: Seats, kind: number, least: 1}
  - {id: tender, label: Public tender, kind: yes_no, partner_types: [isv]}
lead:
  - {id: budget, label: Budget known, kind: yes_no, required: true}
"""
CELLVIA = {
    "company": "Cellvia",
    "website": "www.cellvia.com",
    "contact": "ruth@cellvia.com",
    "value": "60k",
    "token": "one",
}
ANSWERED = {**CELLVIA, "asked_project_type": "Replacement", "asked_seats": "40"}


@pytest.fixture(autouse=True)
def _it_is_noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def zephyr(workspace: Workspace) -> Partner:
    with scope(workspace_id=workspace.pk):
        make_plan()
    return make_partner(workspace)


@pytest.fixture
def zoe(zephyr: Partner) -> Client:
    return browser_of(make_partner_person(zephyr, name="Zoe Lind").person)


@pytest.fixture
def anna(workspace: Workspace) -> Client:
    return browser_of(make_member(workspace, name="Anna Berg").person)


@pytest.fixture
def asked(workspace: Workspace) -> FormVersion:
    with scope(workspace_id=workspace.pk):
        draft = save_form_draft(SYSTEM, document=FORM, at=NOON)
        return publish_form(SYSTEM, version_id=draft.pk, at=NOON)


def words_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def made(workspace: Workspace) -> DealRegistration:
    with scope(workspace_id=workspace.pk):
        return DealRegistration.objects.get()


def test_a_workspace_that_asks_nothing_more_shows_four_fields_and_keeps_no_answers(
    zoe: Client, workspace: Workspace
) -> None:
    page = words_of(zoe, reverse("portal:register"))
    assert page.count('class="input"') == 6
    assert "asked_" not in page
    assert zoe.post(reverse("portal:register"), CELLVIA).status_code == 302
    assert (made(workspace).answers, made(workspace).form_version_id) == ({}, None)


def test_fields_are_added_moved_changed_and_removed_without_a_line_of_yaml_then_published(
    anna: Client, zoe: Client, workspace: Workspace
) -> None:
    new = reverse("console:new_form_field", args=["registration"])
    refused = anna.post(new, {"label": "Type of project", "kind": "choice"})
    assert refused.status_code == 422
    assert "There is nothing to choose from." in refused.content.decode()
    shown = anna.post(
        new, {"label": "Type of project", "kind": "choice", "choices": "New site\nReplacement", "do": "preview"}
    )
    assert shown.status_code == 200
    assert "Replacement" in shown.content.decode()
    assert "Type of project" not in words_of(anna, reverse("console:registration_forms"))

    field = {
        "id": "project_type",
        "label": "Type of project",
        "kind": "choice",
        "choices": "New site\r\nReplacement",
        "required": "on",
    }
    assert anna.post(new, field | {"shortest": "5", "crm_property": "project_type__c"}).status_code == 302
    assert anna.post(new, {"label": "Seats", "kind": "number", "least": "1"}).status_code == 302
    again = anna.post(new, {"label": "Seats", "kind": "text"})
    assert again.status_code == 422
    assert "Another field is called seats" in again.content.decode()
    move = reverse("console:move_form_field", args=["registration", "seats"])
    assert anna.post(move, {"direction": "up"}).status_code == 302
    page = words_of(anna, reverse("console:registration_forms"))
    assert page.index("<code>seats</code>") < page.index("<code>project_type</code>")
    assert "asked_seats" not in words_of(zoe, reverse("portal:register"))

    change = reverse("console:form_field", args=["registration", "seats"])
    assert 'value="Seats"' in words_of(anna, change)
    assert anna.post(change, {"label": "Seats needed", "kind": "number", "id": "seats"}).status_code == 302
    with scope(workspace_id=workspace.pk):
        draft = FormVersion.objects.get()
    publish = reverse("console:publish_form", args=[draft.pk])
    assert "Seats needed" in words_of(anna, publish)
    assert anna.post(publish, {"reason": ""}).status_code == 422
    assert anna.post(publish, {"reason": "Delivery plans by seats"}).status_code == 302
    assert "Seats needed" in words_of(zoe, reverse("portal:register"))

    assert anna.post(reverse("console:remove_form_field", args=["registration", "seats"])).status_code == 302
    with scope(workspace_id=workspace.pk):
        later = FormVersion.objects.get(published_at__isnull=True)
        verbs = list(
            ActivityEntry.objects.filter(subject_kind="form_version")
            .order_by("position")
            .values_list("verb", flat=True)
        )
    assert later.number == 2
    assert verbs == [*["form_drafted"] * 4, "form_published", "form_drafted"]
    difference = words_of(anna, reverse("console:form_version", args=[later.pk]) + "?against=1")
    assert 'class="is-removed"' in difference
    assert anna.post(reverse("console:discard_form_draft")).status_code == 302
    assert "Seats needed" in words_of(anna, reverse("console:registration_forms"))


def test_yaml_with_a_mistake_stays_and_says_its_line(anna: Client) -> None:
    answer = anna.post(reverse("console:form_text"), {"document": FORM.replace("kind: number", "kind: amount")})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "kind: amount" in page
    assert "kind cannot be &#x27;amount&#x27;." in page


def test_who_may_only_read_the_programme_changes_no_form(workspace: Workspace, asked: FormVersion) -> None:
    finance = browser_of(make_member(workspace, WorkspaceRole.FINANCE, name="Finn").person)
    page = words_of(finance, reverse("console:registration_forms"))
    assert "Type of project" in page
    assert "Add a field" not in page
    new = reverse("console:new_form_field", args=["registration"])
    assert finance.post(new, {"label": "More", "kind": "text"}).status_code == 403
    with scope(workspace_id=workspace.pk):
        assert [version.pk for version in FormVersion.objects.all()] == [asked.pk]


def test_answers_are_asked_below_the_four_fields_kept_and_read_on_both_sides(
    zoe: Client, anna: Client, workspace: Workspace, asked: FormVersion
) -> None:
    page = words_of(zoe, reverse("portal:register"))
    assert page.index('name="value"') < page.index('name="asked_project_type"') < page.index('name="asked_seats"')
    assert "As the customer calls it." in page
    assert "asked_tender" not in page

    refused = zoe.post(reverse("portal:register"), CELLVIA | {"asked_seats": "0"})
    assert refused.status_code == 422
    page = refused.content.decode()
    assert "Choose one." in page
    assert "Give 1 or more." in page
    assert 'value="www.cellvia.com"' in page
    with scope(workspace_id=workspace.pk):
        assert not DealRegistration.objects.exists()

    receipt = zoe.post(reverse("portal:register"), ANSWERED, follow=True).content.decode()
    claimed = made(workspace)
    assert claimed.answers == {"project_type": "Replacement", "seats": "40"}
    assert claimed.form_version_id == asked.pk
    theirs = words_of(zoe, reverse("portal:deal", args=[claimed.reference]))
    ours = words_of(anna, reverse("console:registration", args=[claimed.reference]))
    for page in (receipt, theirs, ours):
        assert "Type of project" in page
        assert "Replacement" in page
    assert "project_type__c" in ours
    assert "project_type__c" not in theirs + receipt


def test_files_have_a_column_for_each_field(zoe: Client, anna: Client, asked: FormVersion) -> None:
    zoe.post(reverse("portal:register"), ANSWERED)
    for client, address in ((zoe, "portal:deals"), (anna, "console:deals")):
        response = client.get(reverse(address), {"format": "csv"})
        heads, row = csv.reader(io.StringIO(b"".join(response).decode("utf-8-sig")))
        told = dict(zip(heads, row, strict=True))
        assert (told["Type of project"], told["Seats"]) == ("Replacement", "40")


def test_a_program_gives_answers_and_is_told_which_is_wrong(
    workspace: Workspace, zephyr: Partner, asked: FormVersion
) -> None:
    theirs, ours = program_of(zephyr), program_of(workspace)
    body = {"company": "Cellvia", "website": "cellvia.example", "value": {"minor": 6_000_000, "currency": "EUR"}}
    refused = theirs.post("/own/registrations", body | {"answers": {"seats": "0", "colour": "red"}})
    assert (refused.status_code, refused.json()["code"]) == (422, "refused")
    assert [error["field"] for error in refused.json()["errors"]] == [
        "answers.project_type",
        "answers.seats",
        "answers.colour",
    ]
    taken = theirs.post("/own/registrations", body | {"answers": {"project_type": "New site"}})
    assert taken.status_code == 201, taken.content
    assert taken.json()["answers"] == [{"field": "project_type", "label": "Type of project", "value": "New site"}]
    read = ours.get(f"/registrations/{taken.json()['reference']}")
    assert read.json()["answers"][0]["crm_property"] == "project_type__c"


def test_webhooks_tell_answers_to_the_vendor_alone(zoe: Client, workspace: Workspace, asked: FormVersion) -> None:
    zoe.post(reverse("portal:register"), ANSWERED)
    with scope(workspace_id=workspace.pk):
        (event,) = events_of(list(ActivityEntry.objects.filter(verb="deal_registered")))
    public = PUBLIC_EVENTS["deal_registered"]
    told = {field.name: field.read(event) for field in public.for_vendor}
    assert told["answers"] == [
        {
            "field": "project_type",
            "label": "Type of project",
            "value": "Replacement",
            "crm_property": "project_type__c",
        },
        {"field": "seats", "label": "Seats", "value": "40", "crm_property": ""},
    ]
    assert "answers" not in {field.name for field in public.for_partner}


def test_a_claim_that_came_without_a_needed_answer_stands_and_is_asked_for_it(
    zoe: Client, workspace: Workspace, zephyr: Partner, asked: FormVersion
) -> None:
    with scope(workspace_id=workspace.pk, partner_id=zephyr.pk):
        claimed = submit(zephyr.pk, claim()).registration
    assert claimed.state == "submitted"
    with scope(workspace_id=workspace.pk):
        question = PartnerQuestion.objects.get()
        claimed.refresh_from_db()
    assert claimed.clock_stopped_at is not None
    assert question.text == (
        "The registration form asks for more than came with your claim.\nType of project: An answer is needed."
    )

    answer = reverse("portal:answer_question", args=[claimed.reference])
    assert "asked_project_type" in words_of(zoe, answer)
    assert zoe.post(answer, {"asked_project_type": ""}).status_code == 422
    assert zoe.post(answer, {"asked_project_type": "New site"}).status_code == 302
    with scope(workspace_id=workspace.pk):
        answered = DealRegistration.objects.get()
        question.refresh_from_db()
    assert answered.answers == {"project_type": "New site"}
    assert answered.clock_stopped_at is None
    assert question.answer == "Type of project: New site"


def test_a_mail_answers_by_its_lines_and_is_asked_for_what_it_does_not_say(
    zoe: Client, workspace: Workspace, asked: FormVersion
) -> None:
    take_mail_at(workspace, at=NOON)
    come_in(workspace, written(f"{CLAIM}Seats: 40\n"), at=NOON)
    claimed = made(workspace)
    assert (claimed.state, claimed.answers) == ("submitted", {"seats": "40"})
    with scope(workspace_id=workspace.pk):
        assert "Type of project: An answer is needed." in PartnerQuestion.objects.get().text


def test_a_lead_is_asked_its_own_fields(zoe: Client, anna: Client, workspace: Workspace, asked: FormVersion) -> None:
    lead = {"company": "Cellvia", "contact": "Ruth", "need": "A new laboratory", "token": "one"}
    assert zoe.post(reverse("portal:introduce_lead"), lead).status_code == 422
    assert zoe.post(reverse("portal:introduce_lead"), lead | {"asked_budget": "yes"}).status_code == 302
    with scope(workspace_id=workspace.pk):
        introduced = Lead.objects.get()
    assert introduced.answers == {"budget": True}
    for client, address in ((zoe, "portal:lead"), (anna, "console:lead")):
        page = words_of(client, reverse(address, args=[introduced.reference]))
        assert "<dt>Budget known</dt><dd>Yes" in page


def test_a_partner_of_another_type_is_asked_other_fields(workspace: Workspace, zephyr: Partner, zoe: Client) -> None:
    with scope(workspace_id=workspace.pk):
        Partner.objects.filter(pk=zephyr.pk).update(type="isv")
        draft = save_form_draft(SYSTEM, document=FORM, at=NOON)
        publish_form(SYSTEM, version_id=draft.pk, at=NOON)
    assert "asked_tender" in words_of(zoe, reverse("portal:register"))
