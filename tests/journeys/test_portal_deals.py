"""A partner's home, its deals as a list, one deal, and withdrawing a registration."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tallystick.deals.models import DealRegistration, Protection
from tallystick.platform.models import ActivityEntry, Workspace
from tallystick.platform.tenancy import scope
from tests.factories.people import browser_of
from tests.journeys.portal_world import PortalWorld, build_portal_world

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 10, 14, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _it_is_noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def world(workspace: Workspace) -> PortalWorld:
    return build_portal_world(workspace, at=NOON)


@pytest.fixture
def zoe(world: PortalWorld) -> Client:
    return browser_of(world.seller.person)


def words_of(client: Client, address: str) -> str:
    """Return what a reader sees of a page, with all blanks as one."""
    page = client.get(address)
    assert page.status_code == 200
    main = page.content.decode().partition("<main")[2].partition("</main>")[0]
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", main)).split())


def companies(client: Client, query: str) -> list[str]:
    page = client.get(reverse("portal:deals") + query).content.decode()
    return re.findall(r'<b title="([^"]+)">', page)


def test_home_greets_and_shows_three_figures_each_with_its_rows(zoe: Client, world: PortalWorld) -> None:
    words = words_of(zoe, reverse("portal:home"))

    assert "Good afternoon, Zoe Zephyr Informatics" in words
    assert "Expected €7,000.00 1 open deal , if won and paid in full" in words
    assert "Held €360.00" in words
    assert "On statements in 2026 €360.00 1 statement" in words
    assert "Cellvia €100,000 · Security review Discovery €7,000 expected" in words
    assert "Northgate €60,000 · answer by 16 Oct 2026, 12:00 CEST In review €6,000 if approved" in words
    assert "Move deals on before their protection ends" not in words
    assert "Registrations in review You have an answer by 16 Oct 2026, 12:00 CEST" in words


def test_the_list_is_searched_filtered_and_sorted(zoe: Client) -> None:
    assert companies(zoe, "") == ["Northgate", "Ardent", "Orchid Health", "Cellvia"]
    assert companies(zoe, "?sort=company") == ["Ardent", "Cellvia", "Northgate", "Orchid Health"]
    assert companies(zoe, "?sort=-value")[0] == "Cellvia"
    assert companies(zoe, "?sort=close")[:2] == ["Orchid Health", "Cellvia"]
    assert companies(zoe, "?state=open") == ["Cellvia"]
    assert companies(zoe, "?state=declined") == ["Ardent"]
    assert companies(zoe, "?q=health") == ["Orchid Health"]
    assert "No deals found" in words_of(zoe, reverse("portal:deals") + "?q=nothing")


def test_the_file_has_the_same_rows_and_runs_no_formula(zoe: Client, world: PortalWorld) -> None:
    with scope(workspace_id=world.partner.workspace_id):
        DealRegistration.objects.filter(company="Ardent").update(company='=HYPERLINK("x")')
    answer = zoe.get(reverse("portal:deals") + "?format=csv&sort=company")
    rows = list(csv.DictReader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))

    assert [row["Company"] for row in rows] == ['\'=HYPERLINK("x")', "Cellvia", "Northgate", "Orchid Health"]
    assert rows[1] == {
        "Reference": world.references["Cellvia"],
        "Company": "Cellvia",
        "State": "Open",
        "Stage": "Discovery",
        "Value": "100000.00",
        "Currency": "EUR",
        "Registered on": "2026-08-05",
        "Protected until": "2026-11-04",
        "Closes on": "2026-11-23",
        "Owner": "Tom Albright",
        "Expected commission": "7000.00",
        "Expected currency": "EUR",
        "Earned so far": "",
    }


def test_an_open_deal_shows_who_has_it_how_long_it_is_protected_and_its_arithmetic(
    zoe: Client, world: PortalWorld
) -> None:
    words = words_of(zoe, reverse("portal:deal", args=[world.references["Cellvia"]]))

    assert "With Tom Albright Umbra Labs" in words
    assert "Next step Security review" in words
    assert "Expected close 23 Nov" in words
    assert "Your credit Source 70% of the commission" in words
    assert "Protection while the opportunity is open" in words
    assert "Approved by Berit Holm on 6 Aug 2026, 14:00 CEST" in words
    assert "Contract value €100,000.00" in words
    assert "Your share of the credit 70%" in words
    assert "Earned when the customer has paid €7,000.00" in words
    assert "Your evidence What you did for this deal, as we know it Demo or proof of concept 15 Aug" in words
    assert "Approved registration" in words
    assert "o-sell meeting" not in words
    assert "Entered Discovery" in words


def test_a_deal_that_was_won_shows_the_partner_s_own_lines(zoe: Client, world: PortalWorld) -> None:
    words = words_of(zoe, reverse("portal:credited_deal", args=[world.won_deal.pk]))

    assert "€540.00 so far" in words
    assert "Held until 3 Nov The customer's payment of 4 Oct is held for 30 days, until 3 Nov." in words
    assert "Taken back because of the refund of 9 Oct." in words


def test_a_credited_deal_that_was_registered_has_one_page(zoe: Client, world: PortalWorld) -> None:
    answer = zoe.get(reverse("portal:credited_deal", args=[world.open_deal.pk]))

    assert answer["Location"] == reverse("portal:deal", args=[world.references["Cellvia"]])


def test_a_claim_declined_at_once_says_by_which_rule(zoe: Client, world: PortalWorld) -> None:
    words = words_of(zoe, reverse("portal:deal", args=[world.references["Ardent"]]))

    assert "Declined at once on 10 Oct 2026, 14:00 CEST by the rule “First to register”" in words
    assert "The first to register is protected." in words


def test_withdrawing_shows_what_changes_needs_a_reason_and_frees_the_company(zoe: Client, world: PortalWorld) -> None:
    reference = world.references["Cellvia"]
    address = reverse("portal:withdraw", args=[reference])
    words = words_of(zoe, address)
    assert "Your protection ends today; it would stay as long as the deal is open." in words
    assert "Any other partner can register Cellvia at once." in words
    with scope(workspace_id=world.partner.workspace_id):
        entries = ActivityEntry.objects.count()

    refused = zoe.post(address, {"reason": " "})
    assert refused.status_code == 422
    assert "Say why, in a word or two" in refused.content.decode()
    with scope(workspace_id=world.partner.workspace_id):
        assert DealRegistration.objects.get(reference=reference).state == "converted"
        assert ActivityEntry.objects.count() == entries

    zoe.post(address, {"reason": "The project was stopped"})
    with scope(workspace_id=world.partner.workspace_id):
        withdrawn = DealRegistration.objects.get(reference=reference)
        assert (withdrawn.state, withdrawn.decision_reason) == ("withdrawn", "The project was stopped")
        assert not Protection.objects.filter(registration=withdrawn, released_at__isnull=True).exists()
    assert zoe.post(address, {"reason": "Again"}).status_code == 404


@pytest.mark.parametrize("page", ["home", "deals"])
def test_a_page_asks_the_database_no_more_for_more_deals(zoe: Client, world: PortalWorld, page: str) -> None:
    address = reverse(f"portal:{page}")
    zoe.get(address)
    with CaptureQueriesContext(connection) as few:
        zoe.get(address)
    with scope(workspace_id=world.partner.workspace_id):
        original = DealRegistration.objects.get(reference=world.references["Northgate"])
        for number in range(20):
            original.pk, original.reference, original.company = None, f"DR-00000{number}", f"Company {number}"
            original.save(force_insert=True)

    with CaptureQueriesContext(connection) as many:
        zoe.get(address)

    assert len(many) == len(few)
