"""A second factor is asked of roles and teams: people are led to it, get their days, and then pages stay closed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, hotp_value
from django.test import Client
from django.urls import reverse

from tallystick.partners.models import PartnerRole, TeamSecondFactor
from tallystick.partners.own_account import remove_second_factors
from tallystick.partners.sign_in_links import sign_in_link
from tallystick.partners.team_second_factor import require_of_team
from tallystick.platform.actors import SYSTEM
from tallystick.platform.models import ActivityEntry, Person, SecondFactorRule, Workspace, WorkspaceRole
from tallystick.platform.second_factor import due_at, require_second_factor
from tallystick.platform.tenancy import scope
from tests.factories.people import browser_of, make_member, make_partner, make_partner_person

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SECRET = "JBSWY3DPEHPK3PXP"
OVERVIEW = "/overview/"
FACTOR = "/account/second-factor/"


@pytest.fixture(autouse=True)
def _at_noon_of_the_twentieth_of_november() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def anna(workspace: Workspace) -> Person:
    return make_member(workspace, name="Anna Berg").person


def ask(workspace: Workspace, *roles: WorkspaceRole, days: int = 14, at: datetime = NOON) -> bool:
    with scope(workspace_id=workspace.pk):
        return require_second_factor(SYSTEM, roles=roles, grace_days=days, at=at)


def entries(workspace: Workspace, verb: str) -> list[dict[str, object]]:
    with scope(workspace_id=workspace.pk):
        found = ActivityEntry.objects.filter(verb=verb).order_by("position")
        return [json.loads(entry.body)["data"] for entry in found]


def give_passkey(person: Person) -> Authenticator:
    passkey: Authenticator = Authenticator.objects.create(
        user=person, type="webauthn", data={"name": "Laptop", "credential": {}}
    )
    return passkey


def test_the_days_of_grace_count_from_the_rule_or_from_joining_whichever_is_later() -> None:
    long_ago, yesterday = NOON - timedelta(days=300), NOON - timedelta(days=1)
    assert due_at(required_since=yesterday, joined_at=long_ago, grace_days=14) == datetime(2026, 12, 3, 12, tzinfo=UTC)
    assert due_at(required_since=long_ago, joined_at=yesterday, grace_days=14) == datetime(2026, 12, 3, 12, tzinfo=UTC)
    assert due_at(required_since=None, joined_at=yesterday, grace_days=None) is None


def test_nobody_is_asked_as_it_ships_and_the_page_says_why(anna: Person) -> None:
    browser = browser_of(anna)
    page = browser.get("/settings/second-factor/").content.decode()
    assert "As it ships nobody must" in page
    assert "Admin (suggested)" in page
    assert "Finance (suggested)" in page
    assert browser.get(OVERVIEW).status_code == 200


def test_an_admin_asks_roles_for_it_and_both_states_are_written_down(workspace: Workspace, anna: Person) -> None:
    browser = browser_of(anna)
    given = {"roles": ["finance", "executive"], "grace_days": "7"}
    assert browser.post("/settings/second-factor/", given).status_code == 302
    assert browser.post("/settings/second-factor/", given).status_code == 302
    browser.post("/settings/second-factor/", {"roles": ["finance"], "grace_days": "10"})

    with scope(workspace_id=workspace.pk):
        assert list(SecondFactorRule.objects.values_list("role", "grace_days", "required_since")) == [
            ("finance", 10, NOON)
        ]
    assert entries(workspace, "second_factor_rule_changed") == [
        {"roles": [[], ["executive", "finance"]], "grace_days": [[], 7]},
        {"roles": [["executive", "finance"], ["finance"]], "grace_days": [[7, 7], 10]},
    ]


@pytest.mark.parametrize("wrong", [{"grace_days": "91"}, {"grace_days": ""}, {"roles": ["owner"], "grace_days": "7"}])
def test_a_rule_that_cannot_be_is_refused_and_asks_nobody(
    workspace: Workspace, anna: Person, wrong: dict[str, object]
) -> None:
    answer = browser_of(anna).post("/settings/second-factor/", {"roles": ["admin"], **wrong})
    assert answer.status_code == 422
    with scope(workspace_id=workspace.pk):
        assert not SecondFactorRule.objects.exists()


def test_only_admins_make_the_rule(workspace: Workspace) -> None:
    finance = browser_of(make_member(workspace, WorkspaceRole.FINANCE, email="fay@umbra.example").person)
    assert finance.post("/settings/second-factor/", {"roles": ["ae"], "grace_days": "1"}).status_code == 403
    with scope(workspace_id=workspace.pk):
        assert not SecondFactorRule.objects.exists()


def test_in_the_days_of_grace_somebody_is_led_there_once_a_session_and_may_go_on(
    workspace: Workspace, anna: Person
) -> None:
    ask(workspace, WorkspaceRole.ADMIN)
    browser = browser_of(anna)

    assert browser.get(OVERVIEW)["Location"] == f"{FACTOR}?next=%2Foverview%2F"
    page = browser.get(f"{FACTOR}?next=/overview/").content.decode()
    assert "From 4 Dec 2026, 13:00 CET on pages are closed without one." in page
    assert 'href="/overview/">Later</a>' in page
    assert browser.get(OVERVIEW).status_code == 200
    assert browser_of(anna).get(OVERVIEW).status_code == 302


def test_after_the_days_of_grace_pages_are_closed_and_ones_own_account_is_not(
    workspace: Workspace, anna: Person
) -> None:
    ask(workspace, WorkspaceRole.ADMIN, days=14, at=NOON - timedelta(days=14))
    browser = browser_of(anna)

    for address in (OVERVIEW, "/deals/", "/settings/second-factor/"):
        for _visit in range(2):
            assert browser.get(address)["Location"].startswith(FACTOR), address
    assert browser.post("/settings/second-factor/", {"roles": [], "grace_days": "14"})["Location"] == FACTOR
    assert browser.get(OVERVIEW, headers={"HX-Request": "true"})["HX-Redirect"] == FACTOR
    with scope(workspace_id=workspace.pk):
        assert SecondFactorRule.objects.count() == 1
    page = browser.get(FACTOR).content.decode()
    assert "Set one up to go on" in page
    assert ">Later<" not in page
    assert browser.get("/account/sign-in/").status_code == 200


def test_other_roles_are_not_asked(workspace: Workspace) -> None:
    ask(workspace, WorkspaceRole.ADMIN, days=0)
    seller = browser_of(make_member(workspace, WorkspaceRole.AE, email="tom@umbra.example").person)
    assert seller.get("/deals/?view=all").status_code == 200


def test_setting_up_an_app_opens_the_pages_at_once_and_offers_recovery_codes(
    workspace: Workspace, anna: Person
) -> None:
    ask(workspace, WorkspaceRole.ADMIN, days=0)
    browser = signed_in(anna)
    assert browser.get(OVERVIEW).status_code == 302
    session = browser.session
    session["mfa.totp.secret"] = SECRET
    session.save()
    code = f"{hotp_value(SECRET, int(NOON.timestamp()) // 30):06d}"
    answer = browser.post("/account/sign-in/authenticator/", {"code": code})

    assert answer["Location"] == reverse("account:recovery_codes")
    assert "Continue to work" in browser.get(answer["Location"]).content.decode()
    assert browser.get(OVERVIEW).status_code == 200


def test_a_passkey_that_was_not_used_opens_nothing_until_it_or_a_recovery_code_is_used(
    workspace: Workspace, anna: Person
) -> None:
    ask(workspace, WorkspaceRole.ADMIN, days=0)
    give_passkey(anna)
    codes = RecoveryCodes.activate(anna).get_unused_codes()
    browser = browser_of(anna)

    assert browser.get(OVERVIEW)["Location"].startswith(FACTOR)
    assert "did not use it in this session" in browser.get(FACTOR).content.decode()
    assert browser.get(OVERVIEW).status_code == 302

    assert browser.post("/account/confirm/", {"by": "code", "code": codes[0]}).status_code == 302
    assert browser.get(OVERVIEW).status_code == 200


def test_a_sign_in_by_mail_asks_for_the_passkey_only_where_a_second_factor_is_asked(
    workspace: Workspace, anna: Person
) -> None:
    give_passkey(anna)
    signed_in(anna, leads_to="/")
    ask(workspace, WorkspaceRole.ADMIN, days=0)
    signed_in(anna, leads_to="/sign-in/second-step/")


def test_a_partner_s_admin_asks_the_own_team_and_no_other_and_may_stop(workspace: Workspace) -> None:
    partner, other = make_partner(workspace), make_partner(workspace, "Corvid")
    zoe = browser_of(make_partner_person(partner, name="Zoe Zimmer").person)
    seller = browser_of(make_partner_person(partner, PartnerRole.SELLER, email="sam@zephyr.example").person)
    stranger = browser_of(make_partner_person(other, email="asha@corvid.example").person)
    assert seller.post("/portal/team/second-factor/", {"grace_days": "0"}).status_code == 403

    assert zoe.post("/portal/team/second-factor/", {"grace_days": "0"})["Location"] == "/portal/team/"

    assert seller.get("/portal/")["Location"].startswith(FACTOR)
    assert zoe.get("/portal/team/")["Location"].startswith(FACTOR)
    assert stranger.get("/portal/").status_code == 200
    assert entries(workspace, "team_second_factor_changed") == [{"required": True, "grace_days": 0}]
    with scope(workspace_id=workspace.pk, partner_id=other.pk):
        assert not TeamSecondFactor.objects.exists()


def test_the_team_s_page_tells_its_admin_who_lacks_one_and_takes_the_rule_back(workspace: Workspace) -> None:
    partner = make_partner(workspace)
    zoe = make_partner_person(partner, name="Zoe Zimmer").person
    make_partner_person(partner, PartnerRole.SELLER, email="sam@zephyr.example", name="Sam Sells")
    give_passkey(zoe)
    browser = browser_of(zoe)
    with scope(workspace_id=workspace.pk, partner_id=partner.pk):
        require_of_team(SYSTEM, partner_id=partner.pk, grace_days=30, at=NOON)

    page = browser.get("/portal/team/").content.decode()
    assert "Still without: Sam Sells" in page
    browser.post("/portal/team/second-factor/stop/")

    with scope(workspace_id=workspace.pk, partner_id=partner.pk):
        assert not TeamSecondFactor.objects.exists()
    assert entries(workspace, "team_second_factor_changed")[-1] == {"required": False}


def test_an_operator_removes_what_was_lost_and_its_owner_hears_of_it(workspace: Workspace, anna: Person) -> None:
    TOTP.activate(anna, SECRET)
    give_passkey(anna)
    assert remove_second_factors(SYSTEM, person=anna, at=NOON) == 2
    assert not Authenticator.objects.filter(user=anna).exists()
    assert entries(workspace, "second_factors_removed") == [{"removed": 2}]
    assert remove_second_factors(SYSTEM, person=anna, at=NOON) == 0


def signed_in(person: Person, *, leads_to: str = "/") -> Client:
    """Sign somebody in by a link from a mail, and check where that leads."""
    browser = Client()
    person.refresh_from_db()
    address = sign_in_link(person, at=NOON).removeprefix("http://127.0.0.1:8000")
    assert browser.post(address)["Location"] == leads_to
    return browser
