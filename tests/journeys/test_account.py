"""One's own account: profile, password, authenticator app, recovery codes and sessions, and what other people's are."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, hotp_value
from allauth.usersessions.models import UserSession
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks

from tallystick.partners.sign_in_links import sign_in_link
from tallystick.platform.models import ActivityEntry, Person, Workspace, WorkspaceRole
from tallystick.platform.tenancy import scope
from tests.factories.people import browser_of, make_member, make_partner, make_partner_person

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 10, 14, 12, 0, tzinfo=UTC)
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
CODE_AT_NOON = "366411"
PASSWORD = "correct horse battery staple"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"


@pytest.fixture(autouse=True)
def _nobody_has_tried_yet() -> None:
    cache.clear()


@pytest.fixture
def anna(workspace: Workspace) -> Person:
    return make_member(workspace, WorkspaceRole.ADMIN, email="anna@umbra.example", name="Anna Berg").person


def signed_in_by_link(person: Person, **headers: str) -> Client:
    client = Client(headers=headers)
    person.refresh_from_db()
    address = sign_in_link(person, at=datetime.now(tz=UTC)).removeprefix("http://127.0.0.1:8000")
    assert client.post(address).status_code == 302
    return client


def with_app(person: Person) -> Person:
    TOTP.activate(person, SECRET)
    return person


def verbs(workspace: Workspace) -> list[str]:
    with scope(workspace_id=workspace.pk):
        return list(ActivityEntry.objects.order_by("position").values_list("verb", flat=True))


def test_the_literal_code_of_the_literal_secret_at_noon() -> None:
    assert f"{hotp_value(SECRET, int(NOON.timestamp()) // 30):06}" == CODE_AT_NOON


def test_a_name_language_and_time_zone_are_one_s_own_on_both_sides(workspace: Workspace, anna: Person) -> None:
    zoe = make_partner_person(make_partner(workspace), name="Zoe").person
    for person in (anna, zoe):
        browser = browser_of(person)
        changed = {
            "name": "Robin Vale",
            "language": "",
            "time_zone": "Asia/Tokyo",
            "theme": "dark",
            "single_keys": "on",
        }

        assert browser.post("/account/", changed)["Location"] == "/account/"

        person.refresh_from_db()
        assert (person.name, person.time_zone, person.theme) == ("Robin Vale", "Asia/Tokyo", "dark")
        assert browser.cookies["theme"].value == "dark"
        assert "JST" in browser.get("/account/sessions/").content.decode() or UserSession.objects.count() == 0
    with scope(workspace_id=workspace.pk):
        summaries = ActivityEntry.objects.filter(verb="person_renamed").order_by("position")
        assert [entry.summary for entry in summaries] == [
            "Anna Berg is now called Robin Vale",
            "Zoe is now called Robin Vale",
        ]


def test_an_unknown_time_zone_is_refused_under_its_field(anna: Person) -> None:
    answer = browser_of(anna).post("/account/", {"name": "Anna", "time_zone": "Mars/Olympus"})

    assert answer.status_code == 422
    anna.refresh_from_db()
    assert (anna.name, anna.time_zone) == ("Anna Berg", "")


@pytest.mark.parametrize("name", ["password", "add_passkey", "authenticator", "recovery_codes"])
def test_changes_to_a_sign_in_ask_first_who_is_there(anna: Person, name: str) -> None:
    address = reverse(f"account:{name}")
    answer = browser_of(anna).get(address)

    assert answer["Location"].startswith("/account/confirm/?next=")


def test_a_sign_in_of_twenty_minutes_ago_proves_nothing_any_more(anna: Person) -> None:
    with time_machine.travel(NOON, tick=False):
        browser = signed_in_by_link(anna)
        assert browser.get("/account/sign-in/password/").status_code == 200
    with time_machine.travel(NOON + timedelta(minutes=20), tick=False):
        assert browser.get("/account/sign-in/password/").status_code == 302


def test_a_code_by_mail_confirms_who_is_there(
    anna: Person, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    browser = browser_of(anna)
    with django_capture_on_commit_callbacks(execute=True):
        assert (
            browser.post("/account/confirm/", {"by": "mail", "next": "/account/sign-in/password/"}).status_code == 200
        )
    code = re.search(r"^ {4}([A-Z]{4}-[A-Z]{4})$", str(mail.outbox[0].body), re.MULTILINE)
    assert code is not None
    assert browser.post("/account/confirm/", {"by": "code", "code": "AAAA-AAAA"}).status_code == 422

    answer = browser.post("/account/confirm/", {"by": "code", "code": code[1], "next": "/account/sign-in/password/"})

    assert answer["Location"] == "/account/sign-in/password/"
    assert browser.get("/account/sign-in/password/").status_code == 200


def test_the_third_wrong_code_ends_it(
    anna: Person, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    browser = browser_of(anna)
    with django_capture_on_commit_callbacks(execute=True):
        browser.post("/account/confirm/", {"by": "mail"})
    code = re.search(r"[A-Z]{4}-[A-Z]{4}", str(mail.outbox[0].body))
    assert code is not None
    for _ in range(3):
        browser.post("/account/confirm/", {"by": "code", "code": "AAAA-AAAA"})

    assert browser.post("/account/confirm/", {"by": "code", "code": code[0]}).status_code == 422
    assert browser.get("/account/sign-in/password/").status_code == 302


def test_where_an_app_is_set_up_a_mail_does_not_confirm(anna: Person) -> None:
    browser = browser_of(with_app(anna))
    browser.post("/account/confirm/", {"by": "mail"})

    assert mail.outbox == []
    assert browser.get("/account/sign-in/password/").status_code == 302


def test_a_password_signs_in_and_ends_other_sessions_when_it_is_set(
    workspace: Workspace, anna: Person, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    other, browser = signed_in_by_link(anna), signed_in_by_link(anna)
    with django_capture_on_commit_callbacks(execute=True):
        assert browser.post("/account/sign-in/password/", {"password": PASSWORD})["Location"] == "/account/sign-in/"

    assert mail.outbox[-1].subject == "A password was set"
    assert "sign_in_changed" in verbs(workspace)
    assert browser.get("/account/").status_code == 200
    assert other.get("/account/").status_code == 302
    answer = Client().post("/sign-in/password/", {"email": "Anna@umbra.example", "password": PASSWORD})
    assert answer["Location"] == "/"


@pytest.mark.parametrize(
    ("password", "problem"),
    [("short", "too short"), ("password1234", "too common"), ("anna@umbra.example", "too similar")],
)
def test_weak_passwords_are_refused(anna: Person, password: str, problem: str) -> None:
    answer = signed_in_by_link(anna).post("/account/sign-in/password/", {"password": password})

    assert answer.status_code == 422
    assert problem in answer.content.decode()
    anna.refresh_from_db()
    assert not anna.has_usable_password()


def test_a_removed_password_no_longer_signs_in(anna: Person) -> None:
    browser = signed_in_by_link(anna)
    browser.post("/account/sign-in/password/", {"password": PASSWORD})
    browser.post("/account/sign-in/password/remove/")

    assert Client().post("/sign-in/password/", {"email": anna.email, "password": PASSWORD}).status_code == 422


def test_wrong_passwords_and_unknown_addresses_are_answered_alike_and_counted(anna: Person) -> None:
    strip = re.compile(r"X-CSRFToken.*?}|value=\"[^\"]*\"")
    pages = []
    for email in ("anna@umbra.example", "nobody@umbra.example"):
        answers = [Client().post("/sign-in/password/", {"email": email, "password": "guess"}) for _ in range(6)]
        assert [answer.status_code for answer in answers] == [422] * 5 + [429]
        assert answers[-1]["Retry-After"] == "300"
        pages.append(strip.sub("", answers[0].content.decode()))
    assert pages[0] == pages[1]


def test_an_app_is_set_up_with_its_first_code_and_gives_ten_recovery_codes(
    workspace: Workspace, anna: Person, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with time_machine.travel(NOON, tick=False):
        browser = signed_in_by_link(anna)
        page = browser.get("/account/sign-in/authenticator/").content.decode()
        assert "<svg" in page
        session = browser.session
        session["mfa.totp.secret"] = SECRET
        session.save()
        assert browser.post("/account/sign-in/authenticator/", {"code": "000000"}).status_code == 422

        with django_capture_on_commit_callbacks(execute=True):
            answer = browser.post("/account/sign-in/authenticator/", {"code": CODE_AT_NOON})

        assert answer["Location"] == "/account/sign-in/recovery-codes/"
        assert len(re.findall(r"<code>\d{8}</code>", browser.get(answer["Location"]).content.decode())) == 10
        assert len(browser.get("/account/sign-in/recovery-codes/download/").content.decode().split()) >= 10
    assert mail.outbox[-1].subject == "An authenticator app was set up"
    kept = Authenticator.objects.get(user=anna, type="totp")
    assert SECRET not in str(kept.data)


def test_after_the_link_the_app_is_asked_for_and_a_code_works_once(anna: Person) -> None:
    with_app(anna)
    with time_machine.travel(NOON, tick=False):
        browser = Client()
        address = sign_in_link(anna, at=NOON).removeprefix("http://127.0.0.1:8000")
        assert browser.post(address)["Location"] == "/sign-in/second-step/"
        assert browser.get("/account/").status_code == 302
        assert browser.post("/sign-in/second-step/", {"code": "000000"}).status_code == 422

        assert browser.post("/sign-in/second-step/", {"code": CODE_AT_NOON})["Location"] == "/"
        assert browser.get("/account/").status_code == 200

        anna.refresh_from_db()
        again = Client()
        again.post(sign_in_link(anna, at=NOON).removeprefix("http://127.0.0.1:8000"))
        assert again.post("/sign-in/second-step/", {"code": CODE_AT_NOON}).status_code == 422


def test_five_wrong_codes_of_the_app_close_the_step_for_a_while(anna: Person) -> None:
    with_app(anna)
    browser = Client()
    browser.post(sign_in_link(anna, at=datetime.now(tz=UTC)).removeprefix("http://127.0.0.1:8000"))
    answers = [browser.post("/sign-in/second-step/", {"code": "000000"}).status_code for _ in range(6)]

    assert answers == [422] * 5 + [429]


def test_a_recovery_code_works_once_and_new_ones_end_the_old(anna: Person) -> None:
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes

    codes = RecoveryCodes.activate(with_app(anna)).get_unused_codes()
    browser = Client()
    browser.post(sign_in_link(anna, at=datetime.now(tz=UTC)).removeprefix("http://127.0.0.1:8000"))
    assert browser.post("/sign-in/second-step/", {"code": codes[0]})["Location"] == "/"
    assert codes[0] not in browser.get("/account/sign-in/recovery-codes/").content.decode()

    browser.post("/account/sign-in/recovery-codes/renew/")

    assert codes[1] not in browser.get("/account/sign-in/recovery-codes/").content.decode()


def test_without_the_app_one_step_is_enough_again(anna: Person) -> None:
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes

    codes = RecoveryCodes.activate(with_app(anna)).get_unused_codes()
    browser = Client()
    browser.post(sign_in_link(anna, at=datetime.now(tz=UTC)).removeprefix("http://127.0.0.1:8000"))
    browser.post("/sign-in/second-step/", {"code": codes[0]})

    browser.post("/account/sign-in/authenticator/remove/")

    assert not Authenticator.objects.filter(user=anna).exists()
    assert signed_in_by_link(anna).get("/account/").status_code == 200


def test_sessions_are_listed_and_ended_one_by_one_or_all_others(anna: Person) -> None:
    laptop = signed_in_by_link(anna, user_agent=FIREFOX)
    phone, tablet = signed_in_by_link(anna), signed_in_by_link(anna)
    page = laptop.get("/account/sessions/").content.decode()
    assert page.count("/end/") == 3
    assert "Firefox on Linux" in page
    on_phone = UserSession.objects.get(session_key=phone.session.session_key)

    laptop.post(f"/account/sessions/{on_phone.pk}/end/")
    assert phone.get("/account/").status_code == 302
    assert tablet.get("/account/").status_code == 200

    laptop.post("/account/sessions/end-others/")
    assert tablet.get("/account/").status_code == 302
    assert laptop.get("/account/").status_code == 200


def test_nobody_sees_or_ends_somebody_else_s_sessions_and_passkeys(workspace: Workspace, anna: Person) -> None:
    signed_in_by_link(anna, user_agent=FIREFOX)
    hers = UserSession.objects.get(user=anna)
    passkey = Authenticator.objects.create(user=anna, type="webauthn", data={"name": "Canary key", "credential": {}})
    otto = make_member(workspace, WorkspaceRole.ADMIN, email="otto@umbra.example").person
    browser = signed_in_by_link(otto)

    assert "Firefox" not in browser.get("/account/sessions/").content.decode()
    assert "Canary" not in browser.get("/account/sign-in/").content.decode()
    assert browser.post(f"/account/sessions/{hers.pk}/end/").status_code == 404
    assert browser.get(f"/account/sign-in/passkeys/{passkey.pk}/").status_code == 404
    assert browser.post(f"/account/sign-in/passkeys/{passkey.pk}/remove/").status_code == 404
    assert UserSession.objects.filter(pk=hers.pk).exists()
    assert Authenticator.objects.filter(pk=passkey.pk).exists()


def test_a_browser_not_seen_before_is_told_by_mail_with_time_and_address(
    workspace: Workspace, anna: Person, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True), time_machine.travel(NOON, tick=False):
        first = signed_in_by_link(anna, user_agent=FIREFOX)
        first.post("/sign-out/")
        signed_in_by_link(anna, user_agent=FIREFOX)
    assert mail.outbox == []

    with django_capture_on_commit_callbacks(execute=True), time_machine.travel(NOON, tick=False):
        signed_in_by_link(anna, user_agent="Mozilla/5.0 (iPhone) Version/26 Mobile Safari/604.1")

    assert [message.subject for message in mail.outbox] == ["New sign-in from Safari on iPhone"]
    body = str(mail.outbox[0].body)
    assert "When: 14 Oct 2026, 12:00 UTC" in body
    assert "Address: 127.0.0.1" in body
    assert "/account/sessions/" in body
    assert verbs(workspace)[-1] == "signed_in_from_new_browser"


def test_a_browser_is_known_by_its_mark_on_any_network(
    anna: Person, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    browser = signed_in_by_link(anna, user_agent=FIREFOX)
    with django_capture_on_commit_callbacks(execute=True):
        browser.post("/sign-out/")
        anna.refresh_from_db()
        address = sign_in_link(anna, at=datetime.now(tz=UTC)).removeprefix("http://127.0.0.1:8000")
        browser.post(address, REMOTE_ADDR="203.0.113.9", headers={"user-agent": "Mozilla/5.0 (Windows) Edg/140"})

    assert mail.outbox == []


def test_the_place_worked_in_last_is_entered_at_once_and_the_menu_offers_the_others(
    workspace: Workspace, other_workspace: Workspace, anna: Person
) -> None:
    zephyr = make_partner_person(make_partner(other_workspace), email="anna@umbra.example")
    browser = signed_in_by_link(anna)
    assert browser.get("/account/")["Location"] == "/places/"
    browser.post("/places/", {"place": f"partner-{zephyr.pk}", "next": "/account/"})
    assert 'value="workspace-' in browser.get("/account/").content.decode()

    again = signed_in_by_link(anna)

    page = again.get("/account/")
    assert page.status_code == 200
    assert "Vesper Systems" in page.content.decode()


def test_an_address_of_another_place_offers_to_look_there(
    workspace: Workspace, other_workspace: Workspace, anna: Person
) -> None:
    zephyr = make_partner_person(make_partner(other_workspace), email="anna@umbra.example")
    browser = signed_in_by_link(anna)
    browser.post("/places/", {"place": f"partner-{zephyr.pk}"})

    page = browser.get("/settings/people/")

    assert page.status_code == 404
    assert "/places/?next=%2Fsettings%2Fpeople%2F" in page.content.decode()
    offered = browser.get("/places/?next=%2Fsettings%2Fpeople%2F").content.decode()
    assert '<input type="hidden" name="next" value="/settings/people/">' in offered
    assert browser.get("/places/?next=https://evil.example/").content.decode().count("evil") == 0
