"""A partner's earnings: lines with state, when and why; statements; and the same as files."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from html import unescape

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from tallystick.attribution.models import PendingOpportunity
from tallystick.commissions.models import CommissionLine, Statement
from tallystick.commissions.services import set_lines_aside
from tallystick.crm.models import Account
from tallystick.kernel.periods import Month
from tallystick.platform.actors import SYSTEM
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import scope
from tests.factories.approvals import approve_month
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


def rows_of(client: Client, address: str) -> list[dict[str, str]]:
    answer = client.get(address)
    return list(csv.DictReader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))


def amounts(client: Client, query: str) -> list[str]:
    return [row["Commission"] for row in rows_of(client, f"{reverse('portal:earnings')}?format=csv&{query}")]


def test_the_totals_are_the_sums_of_the_lines_below_them(zoe: Client) -> None:
    words = words_of(zoe, reverse("portal:earnings"))

    assert "Held €360.00" in words
    assert "Earned €0.00" in words
    assert "Approved €0.00" in words
    assert "On statements in 2026 €360.00" in words
    assert "Clawed back −€180.00" in words
    assert amounts(zoe, "state=held") == ["90.00", "270.00"]
    assert amounts(zoe, "state=earned") == []
    assert amounts(zoe, "state=on_statement") == ["90.00", "270.00"]
    assert amounts(zoe, "state=clawed_back") == ["-45.00", "-135.00"]
    assert sorted(amounts(zoe, "state=corrected")) == ["-150.00", "-450.00", "150.00", "450.00"]
    assert "Together €360.00" in words_of(zoe, reverse("portal:earnings") + "?state=held")


def test_every_line_says_when_and_why(zoe: Client) -> None:
    words = words_of(zoe, reverse("portal:earnings"))

    held = "Held until 3 Nov The customer's payment of 4 Oct is held for 30 days, until 3 Nov."
    assert f"{held} It can be approved with Nov 2026, from 1 Dec on." in words
    assert "Clawed back Taken back because of the refund of 9 Oct." in words
    stated = "On a statement Earned on the payment of 6 Jul; the hold ended on 5 Aug."
    assert f"{stated} On statement ST-2026-08" in words
    assert "Corrected No longer counts: corrected on 6 Jul, because the facts behind it changed." in words
    assert "Correction Cancels a line for the payment of 6 Jul, because the facts behind it changed." in words


def test_lines_are_filtered_by_month(zoe: Client) -> None:
    assert amounts(zoe, "month=2026-10") == ["-45.00", "-135.00", "90.00", "270.00"]
    assert len(amounts(zoe, "month=2026-07")) == 6


def test_a_line_opens_to_its_arithmetic_step_by_step(zoe: Client, world: PortalWorld) -> None:
    with scope(workspace_id=world.partner.workspace_id, partner_id=world.partner.pk):
        line = CommissionLine.objects.get(amount_minor=27_000, earned_on=date(2026, 10, 4))

    words = words_of(zoe, reverse("portal:line", args=[line.pk]))

    assert "Orchid Health · 2026-0042" in words
    assert "On 4 October 2026 the customer paid 7,200.00 EUR." in words
    assert "9,000.00 EUR × 14,400.00 EUR ÷ 14,400.00 EUR = 9,000.00 EUR" in words
    assert "The partner's 60 % part" in words
    assert "All entries together €405.00" in words


def test_a_statement_adds_up_and_is_the_same_as_a_file(zoe: Client, world: PortalWorld) -> None:
    with scope(workspace_id=world.partner.workspace_id, partner_id=world.partner.pk):
        statement = Statement.objects.get()
    address = reverse("portal:statement", args=[statement.pk])

    words = words_of(zoe, address)
    assert "Opening balance €0.00" in words
    assert "Lines of Aug 2026 €360.00 6 lines" in words
    assert "Closing balance €360.00" in words
    assert "the customer paid 7,200.00 EUR" in words
    rows = rows_of(zoe, f"{address}?format=csv")
    assert sum(Decimal(row["Commission"]) for row in rows) == 360
    assert "Aug 2026 ST-2026-08" in words_of(zoe, reverse("portal:statements"))


def test_a_customer_s_name_that_is_a_formula_is_made_harmless(zoe: Client, world: PortalWorld) -> None:
    with scope(workspace_id=world.partner.workspace_id):
        Account.objects.filter(name="Orchid Health").update(name="@SUM(A1)")

    assert {row["Customer"] for row in rows_of(zoe, reverse("portal:earnings") + "?format=csv")} == {"'@SUM(A1)"}


def test_a_line_that_was_set_aside_tells_the_partner_why(zoe: Client, world: PortalWorld) -> None:
    with scope(workspace_id=world.partner.workspace_id):
        line = CommissionLine.objects.get(amount_minor=27_000, earned_on=date(2026, 10, 4))
        set_lines_aside(SYSTEM, line_ids=[line.pk], reason="The customer disputes the invoice.")

    words = words_of(zoe, reverse("portal:earnings"))

    assert "Being looked at Set aside by your vendor's finance team: The customer disputes the invoice." in words


def test_an_approved_line_says_that_it_comes_with_the_next_statement(world: PortalWorld) -> None:
    with time_machine.travel(datetime(2026, 12, 3, 12, tzinfo=UTC)), scope(workspace_id=world.partner.workspace_id):
        PendingOpportunity.objects.all().delete()
        approve_month(Month(2026, 11))

    with time_machine.travel(datetime(2026, 12, 4, 12, tzinfo=UTC)):
        words = words_of(browser_of(world.seller.person), reverse("portal:earnings"))

    assert "Approved €180.00" not in words
    assert "Approved €360.00" in words
    assert "Approved on 3 Dec; it is on your next statement." in words
