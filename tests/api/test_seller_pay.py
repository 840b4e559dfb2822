"""Seller pay through the API: the table and its versions, and the deals compared by it; the vendor's alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from tallystick.commissions.models import SellerPayVersion
from tallystick.commissions.services import check_seller_pay
from tallystick.platform.access import Permission
from tallystick.platform.models import ActivityEntry, Workspace
from tallystick.platform.tenancy import scope
from tests.factories.console_world import TODAY, ConsoleWorld, make_console_world
from tests.factories.programs import Program, program_of

pytestmark = pytest.mark.django_db

HEAD = b"seller,product,segment,direct,sourced,influenced,resale\n"
ROW = {"direct": "8", "sourced": "8", "influenced": "8", "resale": "8"}
EVERYBODY = {"seller": "", "product": "", "segment": "", **ROW}


@pytest.fixture(autouse=True)
def _on_the_twentieth_of_november() -> Iterator[None]:
    with time_machine.travel(TODAY, tick=False):
        yield


@pytest.fixture
def world(workspace: Workspace) -> ConsoleWorld:
    return make_console_world(workspace)


@pytest.fixture
def ours(world: ConsoleWorld) -> Program:
    return program_of(world.workspace)


def written(workspace: Workspace) -> tuple[int, int]:
    with scope(workspace_id=workspace.pk):
        return SellerPayVersion.objects.count(), ActivityEntry.objects.count()


def euros(minor: int, amount: str) -> dict[str, Any]:
    return {"minor": minor, "currency": "EUR", "amount": amount}


def test_nothing_is_compared_where_no_table_was_published(workspace: Workspace) -> None:
    ours = program_of(workspace)
    assert ours.get("/seller-pay/table").json() == {"table": None}
    assert ours.get("/seller-pay/deals").json() == {"data": [], "next_cursor": None}
    assert ours.get("/seller-pay/verdicts").json() == {"data": []}
    compared = ours.post("/seller-pay/compare")
    assert (compared.status_code, compared.json()) == (202, {"version": None})
    assert ours.get("/seller-pay/versions/1").status_code == 404


def test_the_next_version_is_published_read_and_compared_by_and_the_same_again_is_that_one(
    world: ConsoleWorld, ours: Program
) -> None:
    table = {
        "paid_on": "amount",
        "tolerance_percent": "2.5",
        "rates": [ROW, {"seller": "Tom Albright", **ROW, "resale": "10.0"}],
        "reason": "Resale counts more",
    }
    first = ours.post("/seller-pay/versions", table, once="table")
    assert first.status_code == 201, first.content
    assert first.json()["published_by"].startswith("CRM sync (key tsk_")
    assert first.json() == {
        "published_by": first.json()["published_by"],
        "number": 2,
        "paid_on": "amount",
        "tolerance_percent": "2.5",
        "reason": "Resale counts more",
        "published_at": "2026-11-20T12:00:00Z",
        "rates": [EVERYBODY, EVERYBODY | {"seller": "Tom Albright", "resale": "10"}],
    }
    before = written(world.workspace)
    assert ours.post("/seller-pay/versions", table, once="table")["Idempotency-Replayed"] == "true"
    assert ours.post("/seller-pay/versions", table | {"reason": "Again"}).json() == first.json()
    assert written(world.workspace) == before
    assert ours.get("/seller-pay/table").json() == {"table": first.json()}
    assert ours.get("/seller-pay/versions/2").json() == first.json()
    versions = ours.get("/seller-pay/versions", limit=1).json()
    assert [version["number"] for version in versions["data"]] == [2]
    older = ours.get("/seller-pay/versions", limit=1, cursor=versions["next_cursor"]).json()
    assert ([version["number"] for version in older["data"]], older["next_cursor"]) == ([1], None)

    with scope(workspace_id=world.workspace.pk):
        assert check_seller_pay(at=TODAY) == 2
    deal = ours.get(f"/seller-pay/deals/{world.won.pk}").json()
    # 10 % of the whole 12,000.00 is 1,200.00; direct 8 % is 960.00.
    assert (deal["difference"], deal["verdict"], deal["version"]) == (euros(24_000, "240.00"), "more", 2)


def test_a_file_is_a_version_and_every_mistake_in_it_is_named(world: ConsoleWorld, ours: Program) -> None:
    def send(content: bytes, **asked: str) -> Any:
        return ours.send("/seller-pay/table/import", "pay.csv", content, paid_on="kept", **asked)

    before = written(world.workspace)
    wrong = send(HEAD + b",,,8,much,8,8\nTom,,,8,8,8,many\n")
    assert (wrong.status_code, wrong.json()["code"]) == (422, "refused")
    assert [error["problem"] for error in wrong.json()["errors"]] == [
        "Line 2, sourced: “much” is no percentage. Write it like 8 or 7.5.",
        "Line 3, resale: “many” is no percentage. Write it like 8 or 7.5.",
    ]
    for content, problem in (
        (HEAD.decode().encode("utf-16"), "The file is not in UTF-8. Save it as “CSV UTF-8” and send it again."),
        (b"x" * 1_000_001, "The file is larger than 1 MB: that is no table of pay."),
        (HEAD, "The table has no row: enter at least one, for everybody."),
    ):
        assert [error["problem"] for error in send(content).json()["errors"]] == [problem]
    assert send(HEAD + b",,,8,8,8,8\n", tolerance_percent="101").json()["code"] == "invalid"
    assert written(world.workspace) == before

    right = send(HEAD + b",,,9,9,9,9\n", tolerance_percent="1", reason="By file")
    assert right.status_code == 201, right.content
    assert (right.json()["number"], right.json()["tolerance_percent"]) == (2, "1")
    assert right.json()["rates"] == [
        EVERYBODY | {"direct": "9", "sourced": "9", "influenced": "9", "resale": "9"},
    ]


def test_two_rows_for_the_same_are_refused_and_nothing_is_published(world: ConsoleWorld, ours: Program) -> None:
    before = written(world.workspace)
    twice = {"paid_on": "kept", "rates": [{"seller": "Tom", **ROW}, {"seller": " tom", **ROW}]}
    refused = ours.post("/seller-pay/versions", twice)
    assert (refused.status_code, refused.json()["code"]) == (422, "refused")
    assert refused.json()["errors"] == [
        {
            "in": "body",
            "field": "rates",
            "problem": "Row 2 is for the same seller, product and segment as row 1. Remove one.",
        }
    ]
    for percent in ("-1", "100.1", "8.12345", "8 %", 8):
        response = ours.post("/seller-pay/versions", {"paid_on": "kept", "rates": [ROW | {"direct": percent}]})
        assert (response.status_code, response.json()["code"]) == (422, "invalid"), percent
    assert written(world.workspace) == before


def test_compared_deals_come_a_page_at_a_time_and_each_explains_its_figures(world: ConsoleWorld, ours: Program) -> None:
    first = ours.get("/seller-pay/deals", limit=1).json()
    second = ours.get("/seller-pay/deals", limit=1, cursor=first["next_cursor"]).json()
    (northgate,), (cellvia,) = first["data"], second["data"]
    assert second["next_cursor"] is None
    # Northgate: 8 % of 50,000.00 is 4,000.00, of the 45,000.00 kept 3,600.00. Cellvia: 960.00 and 864.00.
    assert northgate["difference"] == euros(-40_000, "-400.00")
    assert cellvia == {
        "opportunity_id": world.won.pk,
        "opportunity": world.won.name,
        "account_id": world.won.account_id,
        "customer": "Cellvia",
        "seller": world.won.owner_name,
        "way": "resale",
        "amount": euros(1_200_000, "12000.00"),
        "partners_earn": euros(120_000, "1200.00"),
        "direct": euros(96_000, "960.00"),
        "with_partner": euros(86_400, "864.00"),
        "difference": euros(-9_600, "-96.00"),
        "verdict": "less",
        "cause": "base",
        "version": 1,
        "compared_at": cellvia["compared_at"],
    }
    dearest = ours.get("/seller-pay/deals", sort="-amount_minor").json()["data"]
    assert [deal["opportunity_id"] for deal in dearest] == [world.open.pk, world.won.pk]
    assert ours.get("/seller-pay/deals", verdict="same").json()["data"] == []
    assert len(ours.get("/seller-pay/deals", verdict="less", cause="base").json()["data"]) == 2
    assert ours.get("/seller-pay/deals", seller="Nobody").json()["data"] == []
    assert ours.get("/seller-pay/verdicts").json()["data"] == [
        {"verdict": "less", "deals": 2, "difference": [euros(-49_600, "-496.00")]}
    ]

    whole = ours.get(f"/seller-pay/deals/{world.won.pk}").json()
    explanation = whole.pop("explanation")
    assert whole == cellvia
    assert explanation["conclusion"] == "The seller earns 96.00 EUR less with the partner."
    assert [step["rule"] for step in explanation["steps"]] == ["rate", "direct", "kept", "with_partner", "difference"]
    assert ours.get(f"/seller-pay/deals/{world.homeless.pk}").status_code == 404


def test_no_key_without_the_permission_and_no_partner_reads_or_changes_pay(world: ConsoleWorld, ours: Program) -> None:
    table = {"paid_on": "kept", "rates": [ROW | {"direct": "9"}]}
    reads = program_of(world.workspace, [Permission.SEE_SELLER_PAY, Permission.SEE_COMMISSIONS])
    other = program_of(world.workspace, [Permission.SEE_COMMISSIONS, Permission.SEE_DEALS])
    theirs = program_of(world.partner)
    before = written(world.workspace)

    assert reads.get("/seller-pay/deals").status_code == 200
    for program, addresses in (
        (reads, ("/seller-pay/table", "/seller-pay/versions", "/seller-pay/versions/1")),
        (
            other,
            ("/seller-pay/table", "/seller-pay/deals", "/seller-pay/verdicts", f"/seller-pay/deals/{world.won.pk}"),
        ),
    ):
        for address in addresses:
            assert program.get(address).json()["code"] == "permission_missing", address
    for program, code in ((reads, "permission_missing"), (other, "permission_missing"), (theirs, "not_found")):
        assert program.post("/seller-pay/versions", table).json()["code"] == code
        sent = program.send("/seller-pay/table/import", "pay.csv", HEAD + b",,,9,9,9,9\n", paid_on="kept")
        assert sent.json()["code"] == code
        assert program.post("/seller-pay/compare").json()["code"] == code
    for address in ("/seller-pay/table", "/seller-pay/deals", f"/seller-pay/deals/{world.won.pk}"):
        assert theirs.get(address).status_code == 404
    assert written(world.workspace) == before
