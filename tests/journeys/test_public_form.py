"""A partner's public form: opened by those who may, found by its address alone, and silent about everybody else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from tallystick.deals.models import DealRegistration, OutsideSubmitter
from tallystick.flows.outside import mail_receipt
from tallystick.flows.privacy import erase_subject, subject_of
from tallystick.partners.models import Lifecycle, Partner, PartnerRole, PublicForm
from tallystick.partners.services import change_lifecycle
from tallystick.platform.actors import SYSTEM
from tallystick.platform.models import ActivityEntry, Workspace, WorkspaceRole
from tallystick.platform.tenancy import scope
from tests.factories.people import browser_of, make_member, make_partner, make_partner_person
from tests.factories.receipts import receipt_in

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 10, 14, 12, 0, tzinfo=UTC)
CLAIM = {
    "company": "Cellvia",
    "website": "www.cellvia.com",
    "contact": "ruth@cellvia.com",
    "value": "60k",
    "token": "one",
    "submitter_name": "Jane Doe",
    "submitter_email": "Jane@Field.example",
}


@pytest.fixture(autouse=True)
def _it_is_noon() -> Iterator[None]:
    cache.clear()
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def zephyr(workspace: Workspace) -> Partner:
    return make_partner(workspace)


@pytest.fixture
def admin(zephyr: Partner) -> Client:
    return browser_of(make_partner_person(zephyr, name="Zoe Lind").person)


@pytest.fixture
def address(admin: Client) -> str:
    """Return the path of the form that the partner's admin opened."""
    return opened(admin)


@pytest.fixture
def vendor_sees(workspace: Workspace) -> Iterator[None]:
    with scope(workspace_id=workspace.pk):
        yield


def opened(client: Client) -> str:
    page = client.post(reverse("portal:change_public_form", args=["open"]), follow=True).content.decode()
    return address_in(page)


def address_in(page: str) -> str:
    (found,) = set(re.findall(r"http://127\.0\.0\.1:8000(/register/partner/[0-9a-z-]+/)", page))
    return str(found)


def registered(address: str, **changed: str) -> str:
    """Return what the page says that a claim ends at."""
    answer = Client().post(address, {**CLAIM, **changed}, follow=True)
    assert answer.redirect_chain, answer.content.decode()
    (main,) = re.findall(r"<main.*</main>", answer.content.decode(), re.DOTALL)
    return str(main)


def verbs() -> list[str]:
    return list(ActivityEntry.objects.order_by("position").values_list("verb", flat=True))


@pytest.mark.usefixtures("vendor_sees")
def test_a_stranger_registers_and_gets_the_receipt_on_the_page_and_by_mail(address: str, zephyr: Partner) -> None:
    assert "For <b" in Client().get(address).content.decode()
    page = registered(address)

    made = DealRegistration.objects.get()
    assert (made.partner_id, made.company, made.contact_email) == (zephyr.pk, "Cellvia", "ruth@cellvia.com")
    assert (made.value_minor, made.state, made.submitted_by_id) == (6_000_000, "submitted", None)
    submitter = OutsideSubmitter.objects.get()
    assert (submitter.way, submitter.name, submitter.email) == ("public_form", "Jane Doe", "jane@field.example")
    mail_receipt(registration_id=made.pk, at=NOON)
    mail_receipt(registration_id=made.pk, at=NOON)
    (letter,) = mail.outbox
    assert letter.to == ["jane@field.example"]
    assert letter.subject == f"Receipt {made.reference}: Cellvia"
    assert receipt_in(page) == receipt_in(str(letter.body))
    assert receipt_in(page).reference == made.reference
    entry = ActivityEntry.objects.get(verb="deal_registered")
    assert (entry.hash, entry.actor_label) == (made.receipt_hash, "Public form of Zephyr Informatics")
    assert "Jane" not in entry.body


@pytest.mark.usefixtures("vendor_sees")
def test_a_form_sent_twice_is_one_claim_with_one_receipt(address: str) -> None:
    assert registered(address) == registered(address)
    assert DealRegistration.objects.count() == OutsideSubmitter.objects.count() == 1


@pytest.mark.usefixtures("vendor_sees")
def test_nobody_learns_by_the_form_whether_a_company_is_taken(address: str, workspace: Workspace) -> None:
    rival = browser_of(make_partner_person(make_partner(workspace, "Quanta"), email="sam@quanta.example").person)
    rival.post(reverse("portal:register"), {**CLAIM, "company": "Orchid", "website": "orchid.com"})
    taken, free = registered(address, company="Orchid", website="orchid.com", token="a"), registered(address)

    states = DealRegistration.objects.order_by("pk").values_list("company", "state")
    assert list(states) == [("Orchid", "submitted"), ("Orchid", "declined"), ("Cellvia", "submitted")]
    seen_taken, seen_free = receipt_in(taken), receipt_in(free)
    for seen in (seen_taken, seen_free):
        for text in (seen.reference, seen.proof, seen.verify_url):
            taken, free = taken.replace(text, "#"), free.replace(text, "#")
    place = re.compile(r"Entry \d+ of")
    taken = taken.replace("Orchid", "Cellvia").replace("orchid.com", "www.cellvia.com")
    assert place.sub("#", taken) == place.sub("#", free)


@pytest.mark.parametrize(
    ("field", "text", "message"),
    [
        ("company", "", "Enter the company&#x27;s name."),
        ("website", "gmail.com", "gmail.com is a mail provider, not a company."),
        ("contact", "ruth@", "Enter a valid email address."),
        ("value", "a lot", "“a lot” is not an amount."),
        ("submitter_name", "", "Enter your name."),
        ("submitter_email", "jane", "Enter an address such as anna@example.com."),
        ("middle_initials", "Q", "Empty this field and send the form again: only programs fill it in."),
    ],
)
@pytest.mark.usefixtures("vendor_sees")
def test_what_is_wrong_stands_under_its_field_and_nothing_is_registered(
    address: str, field: str, text: str, message: str
) -> None:
    answer = Client().post(address, {**CLAIM, field: text})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert message in page
    assert page.count("field-error") == 1
    assert not DealRegistration.objects.exists()


def test_only_the_admin_of_the_partner_and_the_vendors_managers_change_a_form(
    workspace: Workspace, zephyr: Partner
) -> None:
    manager = browser_of(make_member(workspace, WorkspaceRole.PARTNER_MANAGER).person)
    ae = browser_of(make_member(workspace, WorkspaceRole.AE, email="ae@umbra.example").person)
    seller = browser_of(make_partner_person(zephyr, PartnerRole.SELLER, email="sam@zephyr.example").person)
    on_console = reverse("console:change_public_form", args=[zephyr.pk, "open"])

    assert ae.post(on_console).status_code == 403
    assert seller.post(reverse("portal:change_public_form", args=["open"])).status_code == 403
    with scope(workspace_id=workspace.pk):
        assert not PublicForm.objects.exists()
    page = manager.post(on_console, follow=True).content.decode()
    assert Client().get(address_in(page)).status_code == 200
    tab = reverse("console:partner", args=[zephyr.pk]) + "?tab=people"
    assert "/register/partner/" not in ae.get(tab).content.decode()
    assert "/register/partner/" not in seller.get(reverse("portal:team")).content.decode()


@pytest.mark.usefixtures("vendor_sees")
def test_a_new_address_ends_the_old_one_and_closing_ends_both(admin: Client, address: str) -> None:
    page = admin.post(reverse("portal:change_public_form", args=["rotate"]), follow=True).content.decode()
    renewed = address_in(page)
    assert renewed != address
    assert (Client().get(address).status_code, Client().get(renewed).status_code) == (410, 200)
    receipt = Client().post(renewed, CLAIM)["Location"]

    admin.post(reverse("portal:change_public_form", args=["close"]))
    refused = Client().post(renewed, {**CLAIM, "company": "Orchid"})
    assert (refused.status_code, DealRegistration.objects.count()) == (410, 1)
    assert Client().get(receipt).status_code == 200
    told = "The form is closed. Open it, and it has a new address."
    assert told in admin.post(reverse("portal:change_public_form", args=["rotate"]), follow=True).content.decode()
    changes = [verb for verb in verbs() if verb.startswith("public_form")]
    assert changes == ["public_form_opened", "public_form_rotated", "public_form_closed"]
    assert opened(admin) not in {address, renewed}


def test_the_form_of_a_partner_who_has_left_is_closed(address: str, zephyr: Partner, workspace: Workspace) -> None:
    with scope(workspace_id=workspace.pk):
        change_lifecycle(SYSTEM, partner_id=zephyr.pk, lifecycle=Lifecycle.ENDED, on=NOON.date(), at=NOON)

    assert Client().get(address).status_code == 410


@pytest.mark.parametrize("token", ["x", "1-aaaaaaaaaaaaaaaaaaaaaaaa", "999999-aaaaaaaaaaaaaaaaaaaaaaaa", "0-a"])
def test_an_address_that_is_no_forms_leads_nowhere(token: str, address: str) -> None:
    assert Client().get(reverse("public_form", args=[token])).status_code == 410
    assert Client().get(reverse("outside_receipt", args=[token])).status_code == 404


def test_one_form_takes_no_flood(address: str) -> None:
    answers = [Client().post(address, {**CLAIM, "value": "?"}).status_code for _ in range(21)]

    assert answers == [422] * 20 + [429]


@pytest.mark.usefixtures("vendor_sees")
def test_who_handed_it_in_is_shown_to_both_sides_and_can_be_forgotten(
    address: str, admin: Client, workspace: Workspace
) -> None:
    registered(address)
    made = DealRegistration.objects.get()
    anna = browser_of(make_member(workspace).person)

    assert "jane@field.example" in admin.get(reverse("portal:receipt", args=[made.reference])).content.decode()
    assert "jane@field.example" in anna.get(reverse("console:registration", args=[made.reference])).content.decode()
    assert subject_of("jane@field.example").is_known
    erase_subject(SYSTEM, email="jane@field.example", reason="She asked", at=NOON)
    submitter = OutsideSubmitter.objects.get()
    assert (submitter.name, submitter.email) == ("Former contact", "")
    assert not subject_of("jane@field.example").is_known
