"""A partner registers a deal: what it is told while typing, the receipt, the second of two, and a form sent twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from tallystick.deals.models import DealRegistration, Protection
from tallystick.platform.activity import chain_hash
from tallystick.platform.models import ActivityEntry, Workspace
from tallystick.platform.tenancy import scope
from tests.factories.people import browser_of, make_partner, make_partner_person
from tests.factories.revenue import make_plan

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 10, 14, 12, 0, tzinfo=UTC)
CELLVIA = {
    "company": "Cellvia",
    "website": "www.cellvia.com",
    "contact": "ruth@cellvia.com",
    "value": "60k",
    "token": "one",
}


@pytest.fixture(autouse=True)
def _it_is_noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def zoe(workspace: Workspace) -> Client:
    with scope(workspace_id=workspace.pk):
        make_plan()
    return browser_of(make_partner_person(make_partner(workspace), name="Zoe Lind").person)


@pytest.fixture
def sam(workspace: Workspace) -> Client:
    return browser_of(make_partner_person(make_partner(workspace, "Quanta"), email="sam@quanta.example").person)


@pytest.fixture
def registered(workspace: Workspace) -> Iterator[type[DealRegistration]]:
    """Return the registrations as the vendor sees them."""
    with scope(workspace_id=workspace.pk):
        yield DealRegistration


def receipt_of(client: Client, claim: dict[str, str]) -> str:
    answer = client.post(reverse("portal:register"), claim, follow=True)
    assert answer.redirect_chain
    return answer.content.decode()


def answer_to(client: Client, **claim: str) -> str:
    return client.post(reverse("portal:check"), claim).content.decode()


def test_the_receipt_proves_the_moment_and_says_when_the_answer_is_due(
    zoe: Client, registered: type[DealRegistration]
) -> None:
    page = receipt_of(zoe, CELLVIA)

    made = registered.objects.get()
    assert (made.company, made.contact_email, made.contact_name) == ("Cellvia", "ruth@cellvia.com", "")
    assert (made.value_minor, made.currency) == (6_000_000, "EUR")
    entry = ActivityEntry.objects.get(subject_kind="deal_registration", subject_id=made.pk)
    assert entry.hash == chain_hash(previous=entry.previous_hash, body=entry.body)
    assert made.reference in page
    assert entry.hash in page
    assert "14 Oct 2026, 14:00 CEST" in page
    assert "16 Oct 2026, 14:00 CEST" in page
    assert "You are first" in page
    assert "protected for 90 days" in page
    assert "€6,000.00" in page
    assert "10%" in page


def test_the_second_to_come_gets_a_clear_answer_that_names_nobody(
    zoe: Client, sam: Client, registered: type[DealRegistration]
) -> None:
    receipt_of(sam, CELLVIA)
    page = receipt_of(zoe, CELLVIA)

    assert "Not registered" in page
    assert "The company was already registered when your claim arrived. The first to register is protected." in page
    assert "Quanta" not in page
    assert "Expected commission" not in page
    assert "Our own team" not in page
    states = registered.objects.order_by("pk").values_list("state", "decision_rule")
    assert list(states) == [("submitted", ""), ("declined", "first_to_register")]


def test_a_form_sent_twice_is_one_claim_with_one_receipt(zoe: Client, registered: type[DealRegistration]) -> None:
    first = zoe.post(reverse("portal:register"), CELLVIA)
    second = zoe.post(reverse("portal:register"), CELLVIA)

    assert first["Location"] == second["Location"]
    assert registered.objects.count() == 1
    assert ActivityEntry.objects.filter(verb="deal_registered").count() == 1


def test_going_back_and_naming_another_company_is_another_claim(
    zoe: Client, registered: type[DealRegistration]
) -> None:
    receipt_of(zoe, CELLVIA)
    receipt_of(zoe, {**CELLVIA, "company": "Orchid", "website": "orchid.com"})

    assert list(registered.objects.order_by("pk").values_list("company", "state")) == [
        ("Cellvia", "submitted"),
        ("Orchid", "submitted"),
    ]


@pytest.mark.parametrize(
    ("field", "text", "message"),
    [
        ("company", "", "Enter the company&#x27;s name."),
        ("website", "gmail.com", "gmail.com is a mail provider, not a company."),
        ("website", "cellvia", "Write it like example.com."),
        ("contact", "ruth@", "Enter a valid email address."),
        ("value", "a lot", "“a lot” is not an amount."),
        ("value", "0", "Enter what the deal is worth a year"),
    ],
)
def test_what_is_wrong_stands_under_its_field_and_the_input_is_kept(
    zoe: Client, registered: type[DealRegistration], field: str, text: str, message: str
) -> None:
    answer = zoe.post(reverse("portal:register"), {**CELLVIA, field: text})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert message in page
    assert page.count("field-error") == 1
    for name, value in {**CELLVIA, field: text}.items():
        assert not value or f'value="{value}"' in page, name
    assert not registered.objects.exists()
    assert not Protection.objects.exists()


def test_while_typing_one_learns_whether_the_company_is_free_and_nothing_is_held(
    zoe: Client, sam: Client, registered: type[DealRegistration]
) -> None:
    assert "claim-answer" not in answer_to(zoe, company="Cell", website="cell")
    free = answer_to(zoe, company="Cellvia", website="cellvia.com", value="EUR 60,000")
    assert "eligible for protection" in free
    assert "at 10% of €60,000" in free
    assert "€6,000" in free
    assert not registered.objects.exists()

    receipt_of(sam, CELLVIA)
    taken = answer_to(zoe, company="Cellvia", website="cellvia.com", value="60,000")
    assert "already registered" in taken
    assert "Expected commission" not in taken
    assert "Quanta" not in taken
    assert "You already hold an open registration" in answer_to(sam, company="Cellvia", website="cellvia.com")


def test_a_doubt_is_told_and_left_to_a_person(zoe: Client) -> None:
    answer = answer_to(zoe, company="Cellvia", website="cellvia.com", value="900")

    assert "The value is below 5,000 EUR, the least we register. You can register it; a person decides." in answer
