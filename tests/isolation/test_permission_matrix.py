"""Every address × every kind of visitor, generated from the URL resolver: a page that was forgotten fails here.

Behind the middleware under test stands one that answers 299 instead of the view, so that what is told apart is being
let in and being refused, whatever the page does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tallystick.partners.access import PARTNER_ROLE_PERMISSIONS, VIEWED_AS_PARTNER
from tallystick.partners.models import PartnerRole
from tallystick.platform.access import WORKSPACE_ROLE_PERMISSIONS, Permission
from tallystick.platform.models import Person, Workspace, WorkspaceRole
from tallystick.platform.tenancy import scope
from tallystick.web.access import Audience, Side, audience_of
from tests.factories.people import browser_of, make_member, make_partner, make_partner_person

LET_IN = 299
TO_SIGN_IN = 302
NO_KEY = 401
NOT_THERE = 404
FORBIDDEN = 403

OPEN_TO_EVERYONE = {
    "api/v1/<path:rest>",
    "api/v1/docs",
    "api/v1/openapi.json",
    "brand/<int:workspace_id>/<str:digest>.png",
    "brand/swatch-<str:shade>.svg",
    "first/",
    "first/<str:token>/",
    "brand/<str:accent>-<str:digest>.css",
    "hooks/mail/<int:workspace_id>/",
    "invitation/<str:token>/",
    "mail/act/<str:token>/",
    "mail/unsubscribe/<str:token>/",
    "register/partner/<str:token>/",
    "register/receipt/<str:token>/",
    "register/<str:token>/",
    "register/<str:token>/<str:reference>/",
    "register/<str:token>/<str:reference>/calendar/",
    "register/<str:token>/check/",
    "register/<str:token>/draft/",
    "sign-in/",
    "sign-in/code/",
    "sign-in/link/<str:token>/",
    "sign-in/passkey/",
    "sign-in/password/",
    "sign-in/second-step/",
    "sign-out/",
    "style/<str:digest>.css",
    "verify/",
    "verify/<str:proof>/",
}
"""The whole list: a page that anyone may open is a decision, so it is written down twice."""

OPEN_TO_WHOEVER_IS_SIGNED_IN = {"start/", "places/", "styleguide/", "styleguide/do/", "styleguide/undo/"}
OPEN_TO_EVERY_MEMBER = {
    "",
    "account/",
    "account/confirm/",
    "account/second-factor/",
    "account/sessions/",
    "account/sessions/<int:session_id>/end/",
    "account/sessions/end-others/",
    "account/sign-in/",
    "account/sign-in/authenticator/",
    "account/sign-in/authenticator/remove/",
    "account/sign-in/passkeys/<int:passkey_id>/",
    "account/sign-in/passkeys/<int:passkey_id>/remove/",
    "account/sign-in/passkeys/new/",
    "account/sign-in/password/",
    "account/sign-in/password/remove/",
    "account/sign-in/recovery-codes/",
    "account/sign-in/recovery-codes/download/",
    "account/sign-in/recovery-codes/renew/",
    "view-as/leave/",
}


@dataclass(frozen=True)
class Route:
    """One address with a made-up value for each parameter, and whom its view says it is for."""

    pattern: str
    path: str
    audience: Audience | None


def instead_of_the_view(_get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    return lambda _request: HttpResponse(status=LET_IN)


def routes() -> list[Route]:
    return list(_below(get_resolver().url_patterns, ""))


def _below(patterns: list[URLPattern | URLResolver], prefix: str) -> Iterator[Route]:
    for entry in patterns:
        pattern = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _below(entry.url_patterns, pattern)
        else:
            path = re.sub(r"<(?:(\w+):)?\w+>", lambda found: "4711" if found[1] == "int" else "made-up", pattern)
            yield Route(pattern, f"/{path}", audience_of(entry.callback))


@pytest.fixture
def _views_are_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    probe = f"{__name__}.{instead_of_the_view.__name__}"
    monkeypatch.setattr(settings, "MIDDLEWARE", [*settings.MIDDLEWARE, probe])


def answers(browser: Client, route: Route) -> set[int]:
    return {browser.get(route.path).status_code, browser.post(route.path).status_code}


def expected(audience: Audience, *, side: Side, permissions: frozenset[Permission]) -> int:
    if audience.side in {Side.EVERYONE, Side.PERSON, Side.MEMBER}:
        return LET_IN
    if audience.side is Side.PROGRAM:
        return NO_KEY
    if audience.side is not side:
        return NOT_THERE
    return LET_IN if audience.permission in permissions else FORBIDDEN


def differences(browser: Client, *, side: Side, permissions: frozenset[Permission]) -> list[str]:
    found = []
    for route in routes():
        assert route.audience is not None
        wanted = expected(route.audience, side=side, permissions=permissions)
        if answers(browser, route) != {wanted}:
            found.append(f"{route.pattern}: {answers(browser, route)} instead of {wanted}")
    return found


def test_every_address_declares_whom_it_is_for() -> None:
    assert [route.pattern for route in routes() if route.audience is None] == []


def test_pages_of_console_and_portal_name_a_permission() -> None:
    nameless = [
        route.pattern
        for route in routes()
        if route.audience and route.audience.side in {Side.CONSOLE, Side.PORTAL} and route.audience.permission is None
    ]
    assert nameless == []


def test_pages_that_need_no_permission_are_those_we_know_of() -> None:
    found: dict[Side, set[str]] = {side: set() for side in Side}
    for route in routes():
        assert route.audience is not None
        found[route.audience.side].add(route.pattern)

    assert found[Side.EVERYONE] == OPEN_TO_EVERYONE
    assert found[Side.PERSON] == OPEN_TO_WHOEVER_IS_SIGNED_IN
    assert found[Side.MEMBER] == OPEN_TO_EVERY_MEMBER


@pytest.mark.django_db
@pytest.mark.usefixtures("_views_are_not_run")
def test_who_is_not_signed_in_is_sent_to_sign_in_everywhere_else(client: Client, workspace: Workspace) -> None:
    for route in routes():
        if route.pattern in OPEN_TO_EVERYONE:
            assert answers(client, route) == {LET_IN}, route.pattern
        elif route.audience and route.audience.side is Side.PROGRAM:
            # Whether somebody is signed in does not matter there; tests/api tries every operation with every key.
            assert answers(client, route) == {NO_KEY}, route.pattern
        else:
            assert answers(client, route) == {TO_SIGN_IN}, route.pattern
            assert client.get(route.path)["Location"].startswith("/sign-in/?next="), route.pattern


@pytest.mark.django_db
@pytest.mark.usefixtures("_views_are_not_run")
@pytest.mark.parametrize("role", WorkspaceRole)
def test_the_vendor_s_people_open_what_their_role_allows(workspace: Workspace, role: WorkspaceRole) -> None:
    browser = browser_of(make_member(workspace, role).person)

    assert differences(browser, side=Side.CONSOLE, permissions=WORKSPACE_ROLE_PERMISSIONS[role]) == []


@pytest.mark.django_db
@pytest.mark.usefixtures("_views_are_not_run")
@pytest.mark.parametrize("role", PartnerRole)
def test_a_partner_s_people_open_what_their_role_allows(workspace: Workspace, role: PartnerRole) -> None:
    browser = browser_of(make_partner_person(make_partner(workspace), role).person)

    assert differences(browser, side=Side.PORTAL, permissions=PARTNER_ROLE_PERMISSIONS[role]) == []


@pytest.mark.django_db
@pytest.mark.usefixtures("_views_are_not_run")
def test_who_looks_as_a_partner_sees_the_portal_and_changes_nothing(workspace: Workspace) -> None:
    browser = browser_of(make_member(workspace, WorkspaceRole.PARTNER_MANAGER).person)
    browser.get("/")
    session = browser.session
    session["viewed_partner"] = make_partner(workspace).pk
    session.save()

    for route in routes():
        if route.audience and route.audience.side is Side.PORTAL:
            wanted = LET_IN if route.audience.permission in VIEWED_AS_PARTNER else FORBIDDEN
            assert answers(browser, route) == {wanted}, route.pattern


@pytest.mark.django_db
@pytest.mark.usefixtures("_views_are_not_run")
def test_a_person_without_a_membership_is_told_so_and_let_in_nowhere() -> None:
    browser = browser_of(Person.objects.create_user("nobody@umbra.example"))
    for route in routes():
        assert route.audience is not None
        if route.audience.side in {Side.MEMBER, Side.CONSOLE, Side.PORTAL}:
            assert answers(browser, route) == {302}, route.pattern
            assert browser.get(route.path)["Location"] == "/places/", route.pattern


@pytest.mark.django_db
def test_somebody_invited_only_has_no_scope_to_look_through(workspace: Workspace) -> None:
    membership = make_member(workspace)
    with scope(workspace_id=workspace.pk):
        type(membership).objects.update(accepted_at=None)

    assert browser_of(membership.person).get("/")["Location"] == "/places/"
