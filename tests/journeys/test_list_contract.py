"""The list contract, held by every list of the console: whatever a list offers works, alone and with the rest."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

import pytest
import time_machine
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from python_calamine import CalamineWorkbook

from tallystick.crm.models import Account, Import
from tallystick.partners.models import Partner
from tallystick.platform.access import WORKSPACE_ROLE_PERMISSIONS, Viewer
from tallystick.platform.activity import record_activity
from tallystick.platform.actors import SYSTEM
from tallystick.platform.models import BulkRun, Membership, SavedView, Workspace, WorkspaceRole
from tallystick.platform.tenancy import scope
from tallystick.web.console.lists import EVERY_LIST
from tallystick.web.listing.address import Listing
from tallystick.web.listing.lists import AnyList
from tests.factories.console_world import TODAY, ConsoleWorld, make_console_world
from tests.factories.people import browser_of, make_member
from tests.journeys.test_console_queries import make_more

pytestmark = pytest.mark.django_db

FORMULA = "=HYPERLINK(1)"


@pytest.fixture(autouse=True)
def _on_the_twentieth_of_november() -> Iterator[None]:
    with time_machine.travel(TODAY):
        yield


@pytest.fixture
def world(workspace: Workspace) -> ConsoleWorld:
    world = make_console_world(workspace)
    with scope(workspace_id=workspace.pk):
        Partner.objects.filter(pk=world.partner.pk).update(name=FORMULA)
        Account.objects.filter(opportunities=world.won).update(name=FORMULA)
        Import.objects.filter(pk=world.batch.pk).update(file_name=FORMULA)
        record_activity(SYSTEM, verb="noted", subject_kind="note", subject_id=None, summary=FORMULA)
        type(world.homeless).objects.filter(pk=world.homeless.pk).update(name=FORMULA)
    return world


@pytest.fixture
def anna(world: ConsoleWorld) -> Membership:
    return make_member(world.workspace, name="Anna Berg")


@pytest.fixture
def browser(anna: Membership) -> Client:
    return browser_of(anna.person)


every_list = pytest.mark.parametrize("listed", [pytest.param(listed, id=listed.name) for listed in EVERY_LIST])


def offered(listed: AnyList, anna: Membership) -> Listing:
    permissions = WORKSPACE_ROLE_PERMISSIONS[WorkspaceRole.ADMIN]
    with scope(workspace_id=anna.workspace_id):
        viewer = Viewer(anna.person, anna.workspace, "admin", "Admin", permissions)
        return listed(viewer, QueryDict("")).listing


def page(browser: Client, listed: AnyList, query: str = "") -> str:
    address = f"{reverse(listed.page)}?{query or 'view=all'}"
    response = browser.get(address)
    assert response.status_code == 200, address
    return str(response.content.decode())


def count(html: str) -> int:
    """Return how many rows the list says it has."""
    [words] = re.findall(r'<p class="visually-hidden" role="status">([\d,]+)', html)
    return int(words.replace(",", ""))


def _first_number(note: str) -> int:
    match = re.match(r"[\d,]+", note)
    assert match is not None, note
    return int(match[0].replace(",", ""))


def file_of(browser: Client, listed: AnyList, form: str, query: str = "view=all") -> bytes:
    response = browser.get(f"{reverse(listed.page)}?{query}&format={form}")
    assert response["Content-Disposition"].startswith("attachment")
    return b"".join(response)  # files are sent in parts


def csv_rows(browser: Client, listed: AnyList, query: str = "view=all") -> list[list[str]]:
    return list(csv.reader(io.StringIO(file_of(browser, listed, "csv", query).decode("utf-8-sig"))))


@every_list
def test_every_filter_narrows_the_list_and_says_so(browser: Client, anna: Membership, listed: AnyList) -> None:
    whole = count(page(browser, listed))
    for offered_filter in offered(listed, anna).filters:
        for option in offered_filter.options[:8]:
            if offered_filter.name == "view":
                page(browser, listed, f"view={option.value}")
                continue
            narrowed = count(page(browser, listed, f"{offered_filter.name}={option.value}"))
            assert narrowed <= whole, (offered_filter.name, option.value)
            assert len(csv_rows(browser, listed, f"{offered_filter.name}={option.value}")) == narrowed + 1


@every_list
def test_every_sort_orders_the_same_rows_both_ways(browser: Client, anna: Membership, listed: AnyList) -> None:
    whole = count(page(browser, listed))
    for sort in sorted(offered(listed, anna).sorts):
        html = page(browser, listed, f"sort={sort}")
        assert count(html) == whole, sort
        assert f'aria-sort="{"descending" if sort.startswith("-") else "ascending"}"' in html or any(
            column.on_demand for column in offered(listed, anna).columns if column.sort == sort.removeprefix("-")
        )


@every_list
def test_every_column_can_be_shown_alone_and_they_stand_in_the_order_asked_for(
    browser: Client, anna: Membership, listed: AnyList
) -> None:
    columns = offered(listed, anna).columns
    [fixed] = [column for column in columns if column.fixed]
    for column in columns:
        html = page(browser, listed, f"columns={column.key}")
        assert html.count('<th scope="col"') == (1 if column.fixed else 2) + ("data-select-page" in html), column.key
    others = [column for column in columns if not column.fixed]
    turned = page(browser, listed, "columns=" + ",".join(column.key for column in reversed(others)))
    heads = re.findall(r'<th scope="col"[^>]*>\s*(?:<a [^>]*>)?([^<]+?)\s*(?:<|$)', turned)
    labels = [str(column.label) for column in [fixed, *reversed(others)]]
    assert [head for head in heads if head in labels] == labels


@every_list
def test_every_group_holds_all_rows_under_headings(browser: Client, anna: Membership, listed: AnyList) -> None:
    whole = page(browser, listed)
    for group in offered(listed, anna).groups:
        html = page(browser, listed, f"group={group.value}")
        assert count(html) == count(whole)
        headings = re.findall(r'<th scope="rowgroup"[^>]*>([^<]*)<span>([^<]*)</span>', html)
        assert headings, group.value
        assert sum(_first_number(note) for _name, note in headings) == count(whole)


@every_list
def test_a_search_that_finds_nothing_offers_the_way_back(browser: Client, anna: Membership, listed: AnyList) -> None:
    if not offered(listed, anna).search_label:
        return
    html = page(browser, listed, "q=nothing+is+called+like+this")
    assert "No row fits" in html
    assert 'href="?view=all"' in html


@every_list
def test_the_files_hold_every_row_that_matches_and_no_formula(browser: Client, listed: AnyList) -> None:
    whole = count(page(browser, listed))
    rows = csv_rows(browser, listed)
    assert len(rows) == whole + 1
    assert {len(row) for row in rows} == {len(listed.file_columns)}
    assert not [cell for row in rows for cell in row if cell.startswith("=")]
    assert [cell for row in rows for cell in row if cell.startswith(f"'{FORMULA}")]
    content = file_of(browser, listed, "xlsx")
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
    cells = sheet.to_python()
    assert len(cells) == whole + 1
    assert any(FORMULA in str(cell) for row in cells for cell in row)
    assert b"<f>" not in content


@every_list
def test_a_view_is_saved_opened_changed_removed_and_brought_back(
    browser: Client, anna: Membership, listed: AnyList
) -> None:
    column = next(column.key for column in offered(listed, anna).columns if not column.fixed)
    state = f"view=all&columns={column}"
    answer = browser.post(
        reverse("console:save_view", args=[listed.name]), {"name": "Mine", "state": state, "shared": "1"}
    )
    assert answer.status_code == 302
    with scope(workspace_id=anna.workspace_id):
        view = SavedView.objects.get()
    assert (view.name, view.query, view.is_shared) == ("Mine", state, True)
    html = browser.get(answer["Location"]).content.decode()
    assert re.search(r'aria-current="page"[^>]*>\s*(?:<svg.*?</svg>)?Mine', html)
    assert "Update view" not in html
    assert "Update view" in browser.get(f"{answer['Location']}&group=x").content.decode()
    changed = {"name": "Ours", "state": "view=all"}
    browser.post(reverse("console:change_view", args=[listed.name, view.pk]), changed)
    with scope(workspace_id=anna.workspace_id):
        view = SavedView.objects.get()
    assert (view.name, view.query, view.is_shared) == ("Ours", "view=all", False)
    browser.post(reverse("console:remove_view", args=[listed.name, view.pk]))
    assert ">Ours" not in page(browser, listed)
    browser.post(reverse("console:restore_view", args=[listed.name, view.pk]))
    assert ">Ours" in page(browser, listed)


@every_list
def test_a_list_opens_in_the_view_somebody_chose_and_as_usual_for_others(
    browser: Client, world: ConsoleWorld, listed: AnyList
) -> None:
    browser.post(reverse("console:first_view", args=[listed.name]), {"state": "view=all&sort=-amount"})
    assert browser.get(reverse(listed.page))["Location"].endswith("?view=all&sort=-amount")
    other = browser_of(make_member(world.workspace, email="ben@umbra.example").person)
    assert other.get(reverse(listed.page)).status_code == 200
    browser.post(reverse("console:first_view", args=[listed.name]), {"state": ""})
    assert browser.get(reverse(listed.page)).status_code == 200


@every_list
def test_every_action_shows_numbers_before_it_does_anything(
    browser: Client, world: ConsoleWorld, listed: AnyList
) -> None:
    html = page(browser, listed)
    for action in re.findall(rf'formaction="([^"]*/lists/{listed.name}/actions/[^"]*)"', html):
        shown = browser.get(f"{action}?view=all&all=1")
        assert shown.status_code == 200
        assert re.search(r'<ul class="reasons">.*?<li>.*?\d', shown.content.decode(), re.DOTALL)
        with scope(workspace_id=world.workspace.pk):
            assert BulkRun.objects.count() == 0


@every_list
def test_a_list_asks_no_more_of_the_database_when_it_is_long(
    browser: Client, world: ConsoleWorld, anna: Membership, listed: AnyList
) -> None:
    make_more(world, range(5))
    addresses = ["view=all", *(f"group={group.value}" for group in offered(listed, anna).groups)]
    if listed.name == "deals":
        addresses.append("layout=board")
    page(browser, listed)
    few = {address: queries(browser, listed, address) for address in addresses}
    make_more(world, range(5, 60))
    assert {address: queries(browser, listed, address) for address in addresses} == few
    if listed.name in {"deals", "lines", "partners"}:
        assert "Page 2 of 2" in page(browser, listed, "page=2")


def queries(browser: Client, listed: AnyList, query: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        page(browser, listed, query)
    return sum("set_config" not in query["sql"] and "SAVEPOINT" not in query["sql"] for query in captured)


@every_list
def test_a_list_that_was_never_used_says_what_it_is_for(workspace: Workspace, listed: AnyList) -> None:
    html = page(browser_of(make_member(workspace).person), listed)
    assert 'class="empty"' in html or listed.name == "activity"


@every_list
def test_somebody_without_the_permission_gets_neither_the_list_nor_its_file_nor_its_views(
    world: ConsoleWorld, listed: AnyList
) -> None:
    role = next((role for role, held in WORKSPACE_ROLE_PERMISSIONS.items() if listed.permission not in held), None)
    if role is None:
        return
    stranger = browser_of(make_member(world.workspace, role, email="role@umbra.example").person)
    assert stranger.get(reverse(listed.page)).status_code == 403
    assert stranger.get(f"{reverse(listed.page)}?format=csv").status_code == 403
    saved = stranger.post(reverse("console:save_view", args=[listed.name]), {"name": "Mine", "state": ""})
    assert saved.status_code == 403
    with scope(workspace_id=world.workspace.pk):
        assert SavedView.objects.count() == 0
