"""Mails that wait for a person stand in the inbox of whoever may settle them, and are settled from there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from tallystick.deals.models import DealRegistration
from tallystick.partners.models import Partner, PartnerRole
from tallystick.platform.models import InboundMail, Workspace, WorkspaceRole
from tallystick.platform.tenancy import scope
from tests.factories.mails import CLAIM, come_in, take_mail_at, written
from tests.factories.people import browser_of, make_member, make_partner, make_partner_person

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 10, 14, 12, 0, tzinfo=UTC)
INBOX = "/inbox/?kind=mail"
EVERYONES = "/inbox/?kind=mail&show=everyone"


@pytest.fixture(autouse=True)
def _it_is_noon() -> Iterator[None]:
    cache.clear()
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def lumen(workspace: Workspace) -> Iterator[Workspace]:
    make_partner_person(make_partner(workspace), PartnerRole.SELLER, name="Zoe Lind")
    take_mail_at(workspace, at=NOON)
    with scope(workspace_id=workspace.pk):
        yield workspace


@pytest.fixture
def priya(lumen: Workspace) -> Client:
    member = make_member(lumen, WorkspaceRole.PARTNER_MANAGER, email="priya@umbra.example", name="Priya Nair")
    return browser_of(member.person)


def words_of(browser: Client, address: str) -> str:
    page = browser.get(address)
    assert page.status_code == 200, address
    main = page.content.decode().partition("<main")[2].partition("</main>")[0]
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", main)).split())


def badge(browser: Client) -> str:
    found = re.search(r'href="/inbox/"[^>]*>.*?nav-count[^>]*>([\d,]+)<', browser.get("/inbox/").content.decode())
    return found[1] if found else ""


def test_a_held_mail_waits_for_a_partner_manager_who_takes_it_from_there(lumen: Workspace, priya: Client) -> None:
    held = come_in(lumen, written(), at=NOON, domain="")

    assert badge(priya) == "1"
    words = words_of(priya, INBOX)
    assert "Mails to settle 1 Settle the mail of zoe@zephyr.example" in words
    assert "A deal · Neither DKIM nor SPF nor DMARC passed for the sender's domain." in words
    page = reverse("console:inbound_mail", args=[held.pk]) + "?from=inbox"
    assert page in priya.get(INBOX).content.decode()
    assert "Company: Cellvia" in words_of(priya, page)
    take = reverse("console:take_inbound_mail", args=[held.pk]) + "?from=inbox"
    assert take in priya.get(page).content.decode()
    answer = priya.post(take)

    assert answer.headers["Location"] == "/inbox/"
    assert DealRegistration.objects.get().company == "Cellvia"
    assert InboundMail.objects.get().settled_by_label == "Priya Nair"
    assert "Settle the mail" not in words_of(priya, EVERYONES)


def test_a_mail_put_aside_waits_no_more_and_makes_nothing(lumen: Workspace, priya: Client) -> None:
    held = come_in(lumen, written(), at=NOON, domain="")
    answer = priya.post(reverse("console:discard_inbound_mail", args=[held.pk]) + "?from=inbox")

    assert answer.headers["Location"] == "/inbox/"
    assert (badge(priya), DealRegistration.objects.count()) == ("", 0)


def test_a_mail_that_cannot_be_taken_stays_where_it_is_with_its_reason(lumen: Workspace, priya: Client) -> None:
    held = come_in(lumen, written(sender="stranger@field.example"), at=NOON, domain="")
    answer = priya.post(reverse("console:take_inbound_mail", args=[held.pk]) + "?from=inbox", follow=True)

    assert answer.redirect_chain == [(reverse("console:inbound_mail", args=[held.pk]) + "?from=inbox", 302)]
    assert "Nobody who may register deals has this address." in answer.content.decode()
    assert "Settle the mail of stranger@field.example" in words_of(priya, INBOX)
    assert not DealRegistration.objects.exists()


def test_a_mail_not_understood_waits_until_its_sender_is_understood(lumen: Workspace, priya: Client) -> None:
    come_in(lumen, written("Hello"), at=NOON)
    assert "Settle the mail of zoe@zephyr.example" in words_of(priya, INBOX)
    with time_machine.travel(NOON.replace(hour=13), tick=False):
        come_in(lumen, written(CLAIM, number=2), at=NOON.replace(hour=13))

        assert "Settle the mail" not in words_of(priya, INBOX)


def test_a_mail_is_closest_to_the_manager_of_its_senders_partner(lumen: Workspace, priya: Client) -> None:
    helen = make_member(lumen, WorkspaceRole.PARTNER_MANAGER, email="helen@umbra.example", name="Helen Ito")
    Partner.objects.update(manager=helen.person)
    come_in(lumen, written(), at=NOON, domain="")

    assert "Settle the mail" in words_of(browser_of(helen.person), INBOX)
    assert "Settle the mail" not in words_of(priya, INBOX)
    assert "Settle the mail" in words_of(priya, EVERYONES)


@pytest.mark.parametrize(
    "role", [WorkspaceRole.AE, WorkspaceRole.FINANCE, WorkspaceRole.EXECUTIVE, WorkspaceRole.REVOPS]
)
def test_who_may_not_settle_mails_neither_sees_nor_settles_them(lumen: Workspace, role: WorkspaceRole) -> None:
    held = come_in(lumen, written(), at=NOON, domain="")
    browser = browser_of(make_member(lumen, role, email="other@umbra.example").person)

    assert "Settle the mail" not in words_of(browser, "/inbox/?show=everyone")
    assert browser.get(reverse("console:inbound_mails")).status_code == 403
    assert browser.get(reverse("console:inbound_mail", args=[held.pk])).status_code == 403
    assert browser.post(reverse("console:take_inbound_mail", args=[held.pk])).status_code == 403
    assert browser.post(reverse("console:discard_inbound_mail", args=[held.pk])).status_code == 403
    held.refresh_from_db()
    assert (held.state, DealRegistration.objects.exists()) == ("held", False)


def test_a_partner_manager_is_offered_no_setting_that_is_not_theirs(lumen: Workspace, priya: Client) -> None:
    come_in(lumen, written(), at=NOON, domain="")
    page = priya.get(reverse("console:inbound_mails"))

    assert page.status_code == 200
    assert reverse("console:mail_in") + '"' not in page.content.decode()
    assert priya.get(reverse("console:mail_in")).status_code == 403
