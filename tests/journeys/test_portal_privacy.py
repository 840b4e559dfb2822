"""What a partner must never see: other partners, and what the vendor keeps to itself."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from tallystick.commissions.models import CommissionLine, Statement
from tallystick.deals.models import DealRegistration
from tallystick.partners.models import PartnerRole
from tallystick.platform.models import ActivityEntry, Workspace, WorkspaceRole
from tallystick.platform.tenancy import scope
from tallystick.web.portal.urls import urlpatterns
from tests.factories.people import browser_of, make_member, make_partner_person
from tests.journeys.portal_world import MARK, PortalWorld, build_portal_world

pytestmark = pytest.mark.django_db

ANSWERED_ELSEWHERE = {
    "accept_lead",
    "add_collaborator",
    "amend",
    "answer_question",
    "api_key_revoke",
    "api_keys",
    "appeal",
    "ask_for_file",
    "attach_files",
    "change_public_form",
    "change_view",
    "check",
    "choose_digest",
    "choose_notices",
    "conflict",
    "decline_lead",
    "dispute",
    "draft",
    "extend",
    "file",
    "first_view",
    "introduce_lead",
    "lead",
    "lead_draft",
    "list_file",
    "open_list_file",
    "qualify_lead",
    "read_notices",
    "register_lead",
    "remove_collaborator",
    "remove_view",
    "restore_view",
    "retract_message",
    "save_view",
    "take_file_off",
    "take_request_back",
    "team_invite",
    "team_remove",
    "team_renew",
    "team_require_factor",
    "team_role",
    "team_stop_factor",
    "team_withdraw",
    "unread_notices",
    "webhook",
    "webhook_again",
    "webhook_deliveries",
    "webhook_delivery",
    "webhook_remove",
    "webhook_replay",
    "webhook_rotate",
    "webhook_switch",
    "webhook_test",
    "webhooks",
    "write_on_deal",
    "write_on_registration",
}
"""Addresses that take a form, hand out a file, or need a role or case this world has not: their own tests read them."""
NOON = datetime(2026, 10, 14, 12, 0, tzinfo=UTC)


@pytest.fixture
def world(workspace: Workspace) -> PortalWorld:
    return build_portal_world(workspace, at=NOON)


@pytest.fixture
def seller(world: PortalWorld) -> Client:
    return browser_of(world.seller.person)


@pytest.fixture(autouse=True)
def _it_is_noon() -> object:
    with time_machine.travel(NOON, tick=False):
        yield


def addresses(world: PortalWorld) -> dict[str, list[str]]:
    """Return every address of the portal, by the name of its page, for all that the partner owns."""
    with scope(workspace_id=world.partner.workspace_id, partner_id=world.partner.pk):
        references = list(DealRegistration.objects.order_by("pk").values_list("reference", flat=True))
        lines = list(CommissionLine.objects.order_by("pk").values_list("pk", flat=True))
        statements = list(Statement.objects.order_by("pk").values_list("pk", flat=True))
    return {
        "home": [reverse("portal:home")],
        "register": [reverse("portal:register")],
        "deals": [
            reverse("portal:deals") + query
            for query in ("", "?format=csv", "?sort=-value", "?sort=company", "?sort=close", "?state=won", f"?q={MARK}")
        ],
        "deal": [reverse("portal:deal", args=[reference]) for reference in references],
        "receipt": [reverse("portal:receipt", args=[reference]) for reference in references],
        "withdraw": [reverse("portal:withdraw", args=[world.references["Cellvia"]])],
        "credited_deal": [reverse("portal:credited_deal", args=[world.won_deal.pk])],
        "receipt_calendar": [reverse("portal:receipt_calendar", args=[reference]) for reference in references],
        "leads": [reverse("portal:leads") + query for query in ("", "?format=csv", f"?q={MARK}")],
        "programme": [reverse("portal:programme")],
        "palette": [reverse("portal:palette") + query for query in ("", "?q=c", f"?q={MARK}")],
        "notices": [reverse("portal:notices")],
        "notice_settings": [reverse("portal:notice_settings")],
        "own_data": [reverse("portal:own_data")],
        "terms": [reverse("portal:terms")],
        "team": [reverse("portal:team")],
        "earnings": [
            reverse("portal:earnings") + query
            for query in ("", "?format=csv", "?state=held", "?state=earned", "?state=clawed_back", "?state=corrected")
        ],
        "line": [reverse("portal:line", args=[line]) for line in lines],
        "statements": [reverse("portal:statements")],
        "statement": [
            reverse("portal:statement", args=[statement]) + query
            for statement in statements
            for query in ("", "?format=csv")
        ],
    }


def text_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.getvalue().decode()


def without_token(page: bytes) -> bytes:
    return re.sub(rb'"X-CSRFToken": "\w+"|csrfmiddlewaretoken" value="\w+"', b"", page)


def test_no_page_shows_anything_of_another_partner_or_what_the_vendor_keeps_to_itself(
    world: PortalWorld, seller: Client
) -> None:
    visited = addresses(world)
    assert set(visited) | ANSWERED_ELSEWHERE == {page.name for page in urlpatterns}

    for address in (address for found in visited.values() for address in found):
        shown = text_of(seller, address)
        # The search shows what was typed, and nothing was found.
        if address.endswith(f"?q={MARK}"):
            shown = shown.replace(f'value="{MARK}"', "").replace(f"q={MARK}", "").replace(f"“{MARK}”", "")
        assert MARK not in shown, address
        assert "77,777" not in shown, address


def test_the_same_holds_for_somebody_of_the_vendor_who_looks_as_the_partner(
    workspace: Workspace, world: PortalWorld
) -> None:
    manager = browser_of(make_member(workspace, WorkspaceRole.PARTNER_MANAGER).person)
    manager.post(reverse("view_as_partner", args=[world.partner.pk]))

    for page, found in addresses(world).items():
        for address in found:
            if page in {"register", "withdraw", "notices", "notice_settings"}:
                assert manager.get(address).status_code == 403
            elif MARK not in address:
                assert MARK not in text_of(manager, address), address


def test_what_belongs_to_another_partner_is_answered_like_what_is_not_there(world: PortalWorld, seller: Client) -> None:
    with scope(workspace_id=world.partner.workspace_id):
        line = CommissionLine.objects.filter(partner=world.rival).first()
        statement = Statement.objects.filter(partner=world.rival).first()
        entries = ActivityEntry.objects.count()
    assert line is not None
    assert statement is not None
    reference = world.references[MARK]

    for foreign, absent in [
        (reverse("portal:deal", args=[reference]), reverse("portal:deal", args=["DR-000000"])),
        (reverse("portal:receipt", args=[reference]), reverse("portal:receipt", args=["DR-000000"])),
        (reverse("portal:withdraw", args=[reference]), reverse("portal:withdraw", args=["DR-000000"])),
        (
            reverse("portal:credited_deal", args=[world.foreign_deal.pk]),
            reverse("portal:credited_deal", args=[4_000_000]),
        ),
        (reverse("portal:line", args=[line.pk]), reverse("portal:line", args=[4_000_000])),
        (reverse("portal:statement", args=[statement.pk]), reverse("portal:statement", args=[4_000_000])),
    ]:
        answers = seller.get(foreign), seller.get(absent)
        assert [answer.status_code for answer in answers] == [404, 404], foreign
        assert without_token(answers[0].content) == without_token(answers[1].content)

    assert seller.post(reverse("portal:withdraw", args=[reference]), {"reason": "Mine now"}).status_code == 404
    with scope(workspace_id=world.partner.workspace_id):
        assert DealRegistration.objects.get(reference=reference).state == "submitted"
        assert ActivityEntry.objects.count() == entries


def test_a_claim_that_lost_opens_no_view_into_the_crm(world: PortalWorld, seller: Client) -> None:
    with scope(workspace_id=world.partner.workspace_id):
        DealRegistration.objects.filter(reference=world.references["Ardent"]).update(opportunity=world.foreign_deal)

    shown = text_of(seller, reverse("portal:deal", args=[world.references["Ardent"]]))

    assert "Tom Albright" not in shown
    assert MARK not in shown


def test_finance_and_marketing_see_what_their_role_allows(world: PortalWorld) -> None:
    finance = browser_of(make_partner_person(world.partner, PartnerRole.FINANCE, email="fin@zephyr.example").person)
    marketer = browser_of(make_partner_person(world.partner, PartnerRole.MARKETER, email="mo@zephyr.example").person)

    assert finance.get(reverse("portal:earnings")).status_code == 200
    assert finance.get(reverse("portal:register")).status_code == 403
    assert "Register a deal" not in text_of(finance, reverse("portal:home"))

    assert marketer.get(reverse("portal:earnings")).status_code == 403
    for address in (reverse("portal:home"), reverse("portal:deal", args=[world.references["Cellvia"]])):
        shown = text_of(marketer, address)
        assert "commission" not in shown.lower().replace("of the commission", ""), address
        assert "7,000" not in shown, address
