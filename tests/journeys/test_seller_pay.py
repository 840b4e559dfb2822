"""What a deal pays its seller with a partner and direct: who sees it, what the list says, how the table is changed."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from html import unescape

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tallystick.commissions.models import SellerPayCheck, SellerPayVersion
from tallystick.commissions.services import check_seller_pay
from tallystick.platform.models import ActivityEntry, Workspace, WorkspaceRole
from tallystick.platform.tenancy import scope
from tests.factories.console_world import TODAY, ConsoleWorld, make_console_world
from tests.factories.people import browser_of, make_member

pytestmark = pytest.mark.django_db

HEAD = "seller,product,segment,direct,sourced,influenced,resale\n"


@pytest.fixture(autouse=True)
def _on_the_twentieth_of_november() -> Iterator[None]:
    with time_machine.travel(TODAY, tick=False):
        yield


@pytest.fixture
def world(workspace: Workspace) -> ConsoleWorld:
    return make_console_world(workspace)


def browser_as(workspace: Workspace, role: WorkspaceRole, name: str) -> Client:
    return browser_of(make_member(workspace, role, email=f"{role.value}@umbra.example", name=name).person)


def text_of(browser: Client, name: str, *arguments: object) -> str:
    return unescape(browser.get(reverse(f"console:{name}", args=list(arguments))).content.decode())


def publish(browser: Client, rows: str = "", **given: object) -> str:
    asked = {"paid_on": "kept", "tolerance_percent": "0", "rows": HEAD + rows, "reason": "", **given}
    answer = browser.post(reverse("console:seller_pay_table"), asked, follow=True)
    return unescape(answer.content.decode())


def test_the_list_says_of_each_deal_what_it_pays_both_ways_and_why_they_differ(world: ConsoleWorld) -> None:
    finance = browser_as(world.workspace, WorkspaceRole.FINANCE, "Fia Lund")
    text = text_of(finance, "seller_pay")

    # Cellvia: 8 % of 12,000.00 is 960.00, of the 10,800.00 kept 864.00. Northgate: of 50,000.00 and of 45,000.00.
    for figure in ("€12,000.00", "€960.00", "€864.00", "€96.00", "€4,000.00", "€3,600.00", "€400.00"):
        assert figure in text, figure
    assert "Earns less" in text
    assert "Paid on what is kept" in text
    assert "Resold" in text


def test_a_deal_explains_its_figures_step_by_step(world: ConsoleWorld) -> None:
    finance = browser_as(world.workspace, WorkspaceRole.FINANCE, "Fia Lund")
    text = text_of(finance, "seller_pay_deal", world.won.pk)

    assert "The row for everybody pays 8 % direct and 8 % where a partner resells." in text
    assert "The partner earns 1,200.00 EUR: the vendor keeps 10,800.00 EUR, and pays on that." in text
    assert "The seller earns 96.00 EUR less with the partner." in text
    assert "By version 1 of the table" in text
    assert "The seller earns 96.00 EUR less with the partner." in text_of(finance, "deal", world.won.pk)


def test_an_ae_sees_the_own_deals_alone_and_others_see_none(world: ConsoleWorld) -> None:
    own = browser_as(world.workspace, WorkspaceRole.AE, "tom albright")
    assert "Cellvia" in text_of(own, "seller_pay")
    assert own.get(reverse("console:seller_pay_deal", args=[world.won.pk])).status_code == 200
    assert "less with the partner" in text_of(own, "deal", world.won.pk)
    assert own.get(reverse("console:seller_pay_table")).status_code == 403
    assert own.post(reverse("console:check_seller_pay")).status_code == 403

    with scope(workspace_id=world.workspace.pk):
        SellerPayCheck.objects.update(seller="Ada Frost")
    assert "Cellvia" not in text_of(own, "seller_pay")
    assert own.get(reverse("console:seller_pay_deal", args=[world.won.pk])).status_code == 404
    assert "less with the partner" not in text_of(own, "deal", world.won.pk)

    manager = browser_as(world.workspace, WorkspaceRole.PARTNER_MANAGER, "Pia Holm")
    assert manager.get(reverse("console:seller_pay")).status_code == 403
    assert "less with the partner" not in text_of(manager, "deal", world.won.pk)


def test_an_executive_sees_all_and_changes_nothing(world: ConsoleWorld) -> None:
    executive = browser_as(world.workspace, WorkspaceRole.EXECUTIVE, "Eva Moss")
    assert "Cellvia" in text_of(executive, "seller_pay")
    assert executive.get(reverse("console:seller_pay_table")).status_code == 403
    assert executive.post(reverse("console:seller_pay_table"), {"rows": f"{HEAD},,,9,9,9,9\n"}).status_code == 403
    with scope(workspace_id=world.workspace.pk):
        assert SellerPayVersion.objects.count() == 1


def test_a_new_table_is_a_version_deals_are_compared_by_and_the_audit_holds_no_pay(world: ConsoleWorld) -> None:
    finance = browser_as(world.workspace, WorkspaceRole.FINANCE, "Fia Lund")
    words = publish(finance, ",,,8,8,8,8\nTom Albright,,,8,8,8,10\n", paid_on="amount", reason="Resale counts more")
    assert "Published version 2" in words

    with scope(workspace_id=world.workspace.pk):
        assert check_seller_pay(at=TODAY) == 2
        check = SellerPayCheck.objects.get(opportunity=world.won)
        # 10 % of the whole 12,000.00 is 1,200.00.
        assert (check.direct_minor, check.partnered_minor, check.difference_minor) == (96_000, 120_000, 24_000)
        assert (check.verdict, check.cause, check.version.number) == ("more", "rate", 2)
        entry = ActivityEntry.objects.get(verb="seller_pay_published")
    assert json.loads(entry.body)["data"] == {
        "number": 2,
        "rows": 2,
        "paid_on": "amount",
        "reason": "Resale counts more",
    }
    assert "Nothing was changed" in publish(
        finance, "Tom Albright,,,8,8,8,10\n,,,8.0,8,8,8\n", paid_on="amount", reason="again"
    )


def test_a_file_takes_the_place_of_the_rows_and_what_is_wrong_with_it_stands_under_it(world: ConsoleWorld) -> None:
    finance = browser_as(world.workspace, WorkspaceRole.FINANCE, "Fia Lund")
    wrong = SimpleUploadedFile("pay.csv", f"{HEAD},,,8,much,8,8\n".encode())
    assert "Line 2, sourced: “much” is no percentage. Write it like 8 or 7.5." in publish(finance, file=wrong)
    other = SimpleUploadedFile("pay.csv", HEAD.encode("utf-16"))
    assert "The file is not in UTF-8." in publish(finance, file=other)
    with scope(workspace_id=world.workspace.pk):
        assert SellerPayVersion.objects.count() == 1

    right = SimpleUploadedFile("pay.csv", f"{HEAD},,,9,9,9,9\n".encode())
    assert "Published version 2" in publish(finance, file=right)
    given = finance.get(reverse("console:seller_pay_csv")).content.decode()
    assert list(csv.reader(io.StringIO(given)))[1] == ["", "", "", "9", "9", "9", "9"]


def test_a_deal_that_has_no_partner_any_more_is_compared_no_longer(world: ConsoleWorld) -> None:
    with scope(workspace_id=world.workspace.pk):
        type(world.open).objects.filter(pk=world.open.pk).update(status="lost")
        assert check_seller_pay(at=TODAY.replace(hour=13)) == 1
        assert list(SellerPayCheck.objects.values_list("opportunity_id", flat=True)) == [world.won.pk]
