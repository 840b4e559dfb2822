"""Lists a page at a time: no row twice, none skipped, whatever is added in between; and a fixed number of queries."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tallystick.attribution.models import Credit, Decision
from tallystick.crm.models import Account, Invoice, Opportunity
from tallystick.deals.models import DealRegistration
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import scope
from tests.factories import make_row
from tests.factories.people import make_partner
from tests.factories.programs import Program, program_of

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def follow(program: Program, address: str, **asked: Any) -> list[dict[str, Any]]:
    """Return the rows of all pages."""
    page = program.get(address, **asked).json()
    rows: list[dict[str, Any]] = page["data"]
    while page["next_cursor"] is not None:
        page = program.get(address, **asked, cursor=page["next_cursor"]).json()
        rows += page["data"]
    return rows


def add_accounts(workspace: Workspace, *names: str) -> None:
    with scope(workspace_id=workspace.pk):
        for name in names:
            make_row(Account, name=name)


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 200])
@pytest.mark.parametrize("sort", ["id", "-id", "name", "-name"])
def test_every_row_comes_once_and_in_order(workspace: Workspace, limit: int, sort: str) -> None:
    add_accounts(workspace, "B", "A", "C", "A", "B", "A", "D")
    rows = follow(program_of(workspace), "/accounts", limit=limit, sort=sort)
    places = [(row[sort.removeprefix("-")], row["id"]) for row in rows]

    assert len(rows) == 7
    assert places == sorted(places, reverse=sort.startswith("-"))


def test_what_is_added_meanwhile_moves_no_row(workspace: Workspace) -> None:
    add_accounts(workspace, "B", "D", "F", "H")
    program = program_of(workspace)
    first = program.get("/accounts", limit=2, sort="name").json()
    add_accounts(workspace, "A", "C", "E", "Z")
    rest = program.get("/accounts", limit=200, sort="name", cursor=first["next_cursor"]).json()

    assert [row["name"] for row in first["data"]] == ["B", "D"]
    assert [row["name"] for row in rest["data"]] == ["E", "F", "H", "Z"]
    assert rest["next_cursor"] is None


def test_a_partner_s_deals_come_once_each_though_registrations_and_credits_are_mixed(workspace: Workspace) -> None:
    partner = make_partner(workspace)
    with scope(workspace_id=workspace.pk):
        for number in range(6):
            at = NOON + timedelta(days=number // 2)
            make_row(DealRegistration, partner=partner, company=f"Company {number}", submitted_at=at)
            deal = make_row(
                Opportunity, account=make_row(Account, name=f"Account {number}"), opened_on=at.date(), status="open"
            )
            decision = make_row(Decision, opportunity=deal)
            make_row(Credit, decision=decision, opportunity=deal, partner=partner, share_ppm=1_000_000)
    program = program_of(partner)

    for sort in ("registered", "-registered", "company", "-company", "close", "-close"):
        whole = [deal["company"] for deal in program.get("/own/deals", sort=sort, limit=200).json()["data"]]
        assert len(set(whole)) == 12
        for limit in (1, 5):
            assert [deal["company"] for deal in follow(program, "/own/deals", sort=sort, limit=limit)] == whole


@pytest.mark.parametrize(
    "spoilt",
    [
        lambda cursor: cursor[:-2],
        lambda cursor: cursor + "AA",
        lambda _cursor: "bm90IGpzb24",
        lambda _cursor: "WyJhIiwxXQ",
        lambda _cursor: "e30",
    ],
)
def test_a_cursor_that_was_made_up_is_refused(workspace: Workspace, spoilt: Any) -> None:
    add_accounts(workspace, "A", "B", "C")
    program = program_of(workspace)
    cursor = program.get("/accounts", limit=1).json()["next_cursor"]
    response = program.get("/accounts", limit=1, cursor=spoilt(cursor))

    assert (response.status_code, response.json()["code"]) == (422, "cursor_invalid")


def test_a_cursor_belongs_to_its_filters_and_its_sort(workspace: Workspace) -> None:
    add_accounts(workspace, "A", "B", "C")
    program = program_of(workspace)
    cursor = program.get("/accounts", limit=1).json()["next_cursor"]

    assert program.get("/accounts", limit=2, cursor=cursor).status_code == 200
    for asked in ({"sort": "name"}, {"search": "A"}, {"is_customer": "true"}):
        assert program.get("/accounts", cursor=cursor, **asked).json()["code"] == "cursor_invalid"
    assert program.get("/contacts", cursor=cursor).json()["code"] == "cursor_invalid"


@pytest.mark.parametrize(
    "asked",
    [{"limit": 0}, {"limit": 201}, {"limit": "many"}, {"sort": "owner_name"}, {"page": 2}, {"search": "a\x00b"}],
)
def test_what_a_list_does_not_know_is_refused_by_name(workspace: Workspace, asked: dict[str, Any]) -> None:
    response = program_of(workspace).get("/accounts", **asked)
    assert (response.status_code, response.json()["code"]) == (422, "invalid")
    assert [error["field"] for error in response.json()["errors"]] == list(asked)


@pytest.mark.parametrize("address", ["/accounts", "/opportunities", "/invoices"])
def test_a_page_takes_as_many_queries_with_a_hundred_rows_as_with_one(workspace: Workspace, address: str) -> None:
    program = program_of(workspace)

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert program.get(address, limit=200).status_code == 200
        return len(captured)

    def add() -> None:
        with scope(workspace_id=workspace.pk):
            deal = make_row(Opportunity, account=make_row(Account))
            make_row(
                Invoice,
                account=deal.account,
                opportunity=deal,
                issued_on=date(2026, 3, 1),
                net_minor=100,
                tax_minor=0,
                gross_minor=100,
            )

    add()
    program.get("/me")
    few = queries()
    for _ in range(30):
        add()
    assert queries() == few
