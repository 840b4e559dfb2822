"""Signing in by a code or a link from one mail, and what must not work."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tallystick.partners.invitations import remove_partner_person
from tallystick.partners.sign_in_links import demo_sign_in_link, sign_in_link
from tallystick.platform.actors import SYSTEM
from tallystick.platform.models import Person, Workspace, WorkspaceRole
from tallystick.platform.tenancy import scope
from tests.factories.people import browser_of, make_member, make_partner, make_partner_person

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.journeys.pages")]

NOON = datetime(2026, 10, 14, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _nobody_has_tried_yet() -> None:
    cache.clear()


@pytest.fixture
def anna(workspace: Workspace) -> Person:
    return make_member(workspace, WorkspaceRole.ADMIN, email="anna@umbra.example", name="Anna Berg").person


def ask_for_code(client: Client, email: str, next_path: str = "") -> None:
    answer = client.post("/sign-in/", {"email": email, "next": next_path})
    assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/sign-in/code/")


def code_in(body: str) -> str:
    found = re.search(r"^ {4}([A-Z]{4}-[A-Z]{4})$", body, re.MULTILINE)
    assert found is not None
    return found[1]


def path_in(body: str) -> str:
    found = re.search(r"^http://127\.0\.0\.1:8000(/\S+)$", body, re.MULTILINE)
    assert found is not None
    return found[1]


def is_signed_in(client: Client) -> bool:
    return client.get("/overview/").status_code == 200


def test_the_code_from_the_mail_signs_in(client: Client, anna: Person) -> None:
    ask_for_code(client, "Anna@Umbra.example")
    assert mail.outbox[0].to == ["Anna@Umbra.example"]
    code = code_in(str(mail.outbox[0].body))
    assert mail.outbox[0].subject == f"{code} is your sign-in code"

    answer = client.post("/sign-in/code/", {"code": code.lower().replace("-", "")}, follow=True)

    assert answer.redirect_chain == [("/", 302), ("/overview/", 302)]
    assert answer.content.decode() == "Anna Berg at Umbra Labs as Admin sees: "


def test_the_link_in_the_mail_signs_in_on_another_device_after_one_click(client: Client, anna: Person) -> None:
    ask_for_code(client, "anna@umbra.example", next_path="/deals/?view=mine")
    phone = Client()
    address = path_in(str(mail.outbox[0].body))

    page = phone.get(address)
    assert "Sign in as Anna Berg" in page.content.decode()
    assert not is_signed_in(phone)

    answer = phone.post(address)
    assert answer["Location"] == "/deals/?view=mine"
    assert is_signed_in(phone)
    assert not is_signed_in(client)


def test_a_link_that_scanners_open_many_times_still_works_for_its_reader(client: Client, anna: Person) -> None:
    ask_for_code(client, "anna@umbra.example")
    address = path_in(str(mail.outbox[0].body))
    for _ in range(3):
        assert Client().get(address).status_code == 200
        assert Client().head(address).status_code == 200

    assert client.post(address).status_code == 302
    assert is_signed_in(client)


def test_a_link_works_once(client: Client, anna: Person) -> None:
    ask_for_code(client, "anna@umbra.example")
    address = path_in(str(mail.outbox[0].body))
    client.post(address)

    thief = Client()
    assert thief.get(address).status_code == 410
    assert thief.post(address).status_code == 410
    assert not is_signed_in(thief)


def test_typing_the_code_makes_the_link_useless(client: Client, anna: Person) -> None:
    ask_for_code(client, "anna@umbra.example")
    body = str(mail.outbox[0].body)
    client.post("/sign-in/code/", {"code": code_in(body)})

    assert Client().post(path_in(body)).status_code == 410


def test_code_and_link_are_over_after_fifteen_minutes(client: Client, anna: Person) -> None:
    with time_machine.travel(NOON, tick=False):
        ask_for_code(client, "anna@umbra.example")
    body = str(mail.outbox[0].body)

    with time_machine.travel(NOON + timedelta(minutes=15, seconds=1), tick=False):
        assert client.post("/sign-in/code/", {"code": code_in(body)})["Location"] == "/sign-in/"
        assert Client().post(path_in(body)).status_code == 410
        assert not is_signed_in(client)


def test_three_wrong_codes_end_the_attempt(client: Client, anna: Person) -> None:
    ask_for_code(client, "anna@umbra.example")
    code = code_in(str(mail.outbox[0].body))
    assert client.post("/sign-in/code/", {"code": "WRNG-WRNG"}).status_code == 422
    assert client.post("/sign-in/code/", {"code": ""}).status_code == 422
    assert client.post("/sign-in/code/", {"code": "WRNG-WRNG"})["Location"] == "/sign-in/"

    client.post("/sign-in/code/", {"code": code})
    assert not is_signed_in(client)


def test_a_known_and_an_unknown_address_get_the_same_answer(anna: Person) -> None:
    pages = []
    for email in ("anna@umbra.example", "otto@umbra.example"):
        client = Client()
        asked = client.post("/sign-in/", {"email": email})
        page = client.get("/sign-in/code/")
        wrong = client.post("/sign-in/code/", {"code": "WRNG-WRNG"})
        text = re.sub(r'(value=|X-CSRFToken": )"\w{64}"', "", page.content.decode())
        pages.append((asked.status_code, asked["Location"], text.replace(email, "…"), wrong.status_code))

    assert pages[0] == pages[1]
    assert [message.to for message in mail.outbox] == [["anna@umbra.example"], ["otto@umbra.example"]]
    assert mail.outbox[1].subject == "There is no account for this address"
    assert "/sign-in/link/" not in str(mail.outbox[1].body)


def test_another_code_is_asked_for_by_beginning_anew_so_that_both_cost_the_same(client: Client, anna: Person) -> None:
    ask_for_code(client, "anna@umbra.example")
    client.post("/sign-in/code/", {"action": "resend"})
    assert len(mail.outbox) == 1

    client.post("/sign-out/")
    ask_for_code(client, "anna@umbra.example")
    client.post("/sign-in/code/", {"code": code_in(str(mail.outbox[1].body))})
    assert is_signed_in(client)


def test_a_known_address_costs_hardly_more_than_an_unknown_one(anna: Person) -> None:
    counts = []
    for email in ("anna@umbra.example", "otto@umbra.example"):
        with CaptureQueriesContext(connection) as queries:
            Client().post("/sign-in/", {"email": email})
        counts.append(len(queries))

    assert counts[0] - counts[1] <= 1


def test_a_person_who_is_not_active_is_treated_like_an_unknown_one(client: Client, anna: Person) -> None:
    Person.objects.filter(pk=anna.pk).update(is_active=False)
    ask_for_code(client, "anna@umbra.example")

    assert mail.outbox[0].subject == "There is no account for this address"


def test_the_fourth_request_for_one_address_within_a_minute_is_refused(anna: Person) -> None:
    answers = [Client().post("/sign-in/", {"email": "anna@umbra.example"}).status_code for _ in range(4)]

    assert answers == [302, 302, 302, 429]
    assert len(mail.outbox) == 3


def test_nobody_gets_round_the_limit_by_naming_another_address_of_origin(anna: Person) -> None:
    answers = [
        Client(headers={"X-Forwarded-For": f"198.51.100.{n}"}).post("/sign-in/", {"email": f"p{n}@umbra.example"})
        for n in range(21)
    ]

    assert [answer.status_code for answer in answers] == [302] * 20 + [429]


def test_there_is_no_way_to_register(client: Client) -> None:
    for address in ("/account/signup/", "/accounts/signup/", "/signup/"):
        assert client.get(address).status_code == 404
    ask_for_code(client, "otto@umbra.example")
    assert not Person.objects.exists()


def test_the_session_gets_a_new_id_when_somebody_signs_in(client: Client, anna: Person) -> None:
    ask_for_code(client, "anna@umbra.example")
    planted = client.session.session_key
    client.post("/sign-in/code/", {"code": code_in(str(mail.outbox[0].body))})

    assert client.session.session_key != planted
    thief = Client()
    thief.cookies["session"] = str(planted)
    assert not is_signed_in(thief)


def test_a_link_for_somebody_else_ends_the_session_that_is_open(workspace: Workspace, anna: Person) -> None:
    otto = make_member(workspace, WorkspaceRole.AE, email="otto@umbra.example", name="Otto Lind").person
    client = browser_of(anna)
    assert client.get("/overview/").content.startswith(b"Anna Berg at Umbra Labs as Admin")
    address = sign_in_link(otto, at=datetime.now(tz=UTC)).removeprefix("http://127.0.0.1:8000")
    assert "You are signed in as anna@umbra.example" in client.get(address).content.decode()

    client.post(address)

    assert client.get("/overview/").content.startswith(b"Otto Lind at Umbra Labs as Account executive")


def test_signing_out_takes_a_post_and_ends_the_session(anna: Person) -> None:
    client = browser_of(anna)
    kept = client.session.session_key
    assert client.get("/sign-out/").status_code == 405
    assert is_signed_in(client)

    assert client.post("/sign-out/")["Location"] == "/sign-in/"

    thief = Client()
    thief.cookies["session"] = str(kept)
    assert not is_signed_in(thief)


def test_a_page_asked_for_before_signing_in_opens_afterwards(client: Client, anna: Person) -> None:
    assert client.get("/deals/?stage=won")["Location"] == "/sign-in/?next=%2Fdeals%2F%3Fstage%3Dwon"
    page = client.get("/sign-in/?next=%2Fdeals%2F%3Fstage%3Dwon").content.decode()
    assert '<input type="hidden" name="next" value="/deals/?stage=won">' in page


def test_a_link_never_leads_to_another_host(client: Client, anna: Person) -> None:
    ask_for_code(client, "anna@umbra.example", next_path="https://evil.example/")
    assert client.post(path_in(str(mail.outbox[0].body)))["Location"] == "/"


def test_a_forged_link_is_answered_like_an_expired_one(client: Client, anna: Person) -> None:
    genuine = sign_in_link(anna, at=datetime.now(tz=UTC)).removeprefix("http://127.0.0.1:8000")
    forged = genuine[:-3] + ("AA/" if not genuine.endswith("AA/") else "BB/")
    expired = sign_in_link(anna, at=NOON - timedelta(days=3000)).removeprefix("http://127.0.0.1:8000")

    answers = [client.get(forged), client.get(expired)]

    assert [answer.status_code for answer in answers] == [410, 410]
    strip = re.compile(r"X-CSRFToken.*?}")
    assert strip.sub("", answers[0].content.decode()) == strip.sub("", answers[1].content.decode())


def test_links_of_the_demo_work_as_often_as_wanted(workspace: Workspace, anna: Person) -> None:
    Workspace.objects.filter(pk=workspace.pk).update(is_demo=True)
    workspace.refresh_from_db()
    address = demo_sign_in_link(anna, workspace=workspace).removeprefix("http://127.0.0.1:8000")
    for _ in range(2):
        browser = Client()
        assert not is_signed_in(browser)
        assert browser.post(address).status_code == 302
        assert is_signed_in(browser)


def test_links_of_the_demo_end_with_it_and_for_people_who_are_elsewhere_too(
    workspace: Workspace, other_workspace: Workspace, anna: Person
) -> None:
    with pytest.raises(ValueError, match="Umbra Labs is not a demo workspace"):
        demo_sign_in_link(anna, workspace=workspace)
    Workspace.objects.filter(pk=workspace.pk).update(is_demo=True)
    workspace.refresh_from_db()
    address = demo_sign_in_link(anna, workspace=workspace).removeprefix("http://127.0.0.1:8000")

    partner_person = make_partner_person(make_partner(other_workspace), email="anna@umbra.example")
    assert Client().post(address).status_code == 410

    with scope(workspace_id=other_workspace.pk):
        remove_partner_person(SYSTEM, membership_id=partner_person.pk)
    assert Client().get(address).status_code == 200
    Workspace.objects.filter(pk=workspace.pk).update(is_demo=False)
    assert Client().post(address).status_code == 410
