"""The list contract, held by every list of the console and the portal: what a list offers works, alone and together.

What it cannot have it says once, with the reason.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from python_calamine import CalamineWorkbook

from tallystick.commissions.models import ApprovalRun
from tallystick.crm.models import Account, Import
from tallystick.deals.models import Conflict
from tallystick.partners.access import PARTNER_ROLE_PERMISSIONS
from tallystick.partners.models import Partner, PartnerMembership, PartnerRole
from tallystick.platform.access import WORKSPACE_ROLE_PERMISSIONS, PartnerSide, Permission, Viewer
from tallystick.platform.activity import record_activity
from tallystick.platform.actors import SYSTEM
from tallystick.platform.models import BulkRun, Membership, Person, SavedView, Workspace, WorkspaceRole
from tallystick.platform.people import add_member, person_with
from tallystick.platform.tenancy import scope
from tallystick.web.console import lists as console
from tallystick.web.listing.address import Listing
from tallystick.web.listing.lists import AnyList, Part, RowList
from tallystick.web.portal import lists as portal
from tests.factories.conflicts import conflicts_of_each_kind
from tests.factories.console_world import TODAY, ConsoleWorld, make_console_world
from tests.factories.leads import introduce
from tests.factories.mails import make_inbound_mail
from tests.factories.people import browser_of, make_member, make_partner_person
from tests.factories.revenue import make_partner
from tests.factories.webhooks import make_delivery
from tests.journeys.list_rows import make_job, make_notice, more_of_everything

pytestmark = pytest.mark.django_db

FORMULA = "=HYPERLINK(1)"
ANNA = "anna@umbra.example"


@pytest.fixture(autouse=True)
def _on_the_twentieth_of_november() -> Iterator[None]:
    with time_machine.travel(TODAY):
        yield


@pytest.fixture
def world(workspace: Workspace) -> ConsoleWorld:
    """Return a world with something in every list, and with a formula in a field of each that holds free text."""
    world = make_console_world(workspace)
    with scope(workspace_id=workspace.pk):
        Account.objects.filter(opportunities=world.won).update(name=FORMULA)
        Import.objects.filter(pk=world.batch.pk).update(file_name=FORMULA)
        ApprovalRun.objects.filter(pk=world.run.pk).update(prepared_by_label=FORMULA)
        record_activity(SYSTEM, verb="noted", subject_kind="note", subject_id=None, summary=FORMULA)
        type(world.homeless).objects.filter(pk=world.homeless.pk).update(name=FORMULA)
        introduce(world.partner, company=FORMULA, website="", at=TODAY)
        Conflict.objects.filter(pk=conflicts_of_each_kind(world.partner, at=TODAY).pk).update(company=FORMULA)
        anna = add_member(SYSTEM, person=person_with(email=ANNA, name=FORMULA), role=WorkspaceRole.ADMIN, at=TODAY)
        asha = PartnerMembership.objects.get(partner=world.partner)
        Person.objects.filter(pk=asha.person_id).update(name=FORMULA)
        for person_id, partner_id in ((anna.person_id, None), (asha.person_id, world.partner.pk)):
            make_notice(person_id=person_id, partner_id=partner_id, title=FORMULA)
        Partner.objects.filter(pk=world.partner.pk).update(name=FORMULA)
        for partner_id in (None, world.partner.pk):
            make_delivery(partner_id=partner_id, problem=FORMULA)
        make_inbound_mail(subject=FORMULA)
    make_job(workspace, task=FORMULA)
    return world


@pytest.fixture
def reader(world: ConsoleWorld, listed: AnyList) -> Viewer:
    """Return who looks at a list: an admin of the vendor, or an admin of the partner."""
    with scope(workspace_id=world.workspace.pk):
        if is_portal(listed):
            asha = PartnerMembership.objects.select_related("person").get(partner=world.partner)
            permissions = PARTNER_ROLE_PERMISSIONS[PartnerRole.ADMIN]
            side = PartnerSide(world.partner.pk, FORMULA)
            return Viewer(asha.person, world.workspace, "admin", "Partner admin", permissions, side)
        anna = Membership.objects.select_related("person").get(person__email=ANNA)
        permissions = WORKSPACE_ROLE_PERMISSIONS[WorkspaceRole.ADMIN]
        return Viewer(anna.person, world.workspace, "admin", "Admin", permissions)


@pytest.fixture
def browser(reader: Viewer) -> Client:
    return browser_of(reader.person)


EVERY_ONE = [*console.EVERY_LIST, *portal.EVERY_LIST]
every_list = pytest.mark.parametrize(
    "listed", [pytest.param(listed, id=listed.page.replace(":", "-")) for listed in EVERY_ONE]
)
WITHOUT_FREE_TEXT = {"own_statements"}
"""Lists whose files hold numbers, days and names that are given by the program alone."""
WITHOUT_ROWS_OF_THEIR_OWN = {"activity", "audit", "people", "team"}
"""Lists that are never empty: whoever looks is in them, or was written down."""


def is_portal(listed: AnyList) -> bool:
    return listed.page.startswith("portal:")


def address_of(listed: AnyList, name: str, *arguments: object) -> str:
    return reverse(f"{listed.page.partition(':')[0]}:{name}", args=[listed.name, *arguments])


def listed_for(listed: AnyList, reader: Viewer) -> RowList[Any]:
    with scope(workspace_id=reader.workspace.pk, partner_id=reader.partner.id if reader.partner else None):
        made = listed(reader, QueryDict(""))
        assert made.listing.things  # read inside the scope
        return made


def offered(listed: AnyList, reader: Viewer) -> Listing:
    return listed_for(listed, reader).listing


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
def test_a_list_has_every_part_or_says_once_why_not(reader: Viewer, listed: AnyList) -> None:
    parts = listed_for(listed, reader).parts
    assert parts == frozenset(Part) - set(listed.without)
    assert all(len(reason) > 20 and reason.endswith(".") for reason in listed.without.values())


@every_list
def test_every_filter_narrows_the_list_and_says_so(browser: Client, reader: Viewer, listed: AnyList) -> None:
    whole = count(page(browser, listed))
    for offered_filter in offered(listed, reader).filters:
        if offered_filter.is_day:
            assert count(page(browser, listed, f"view=all&{offered_filter.name}=2026-11-20")) <= whole
            assert count(page(browser, listed, f"view=all&{offered_filter.name}=soon")) == whole
            continue
        for option in offered_filter.options[:8]:
            if offered_filter.name == "view":
                page(browser, listed, f"view={option.value}")
                continue
            # Views of a list show a part of it by themselves.
            query = f"view=all&{offered_filter.name}={option.value}"
            narrowed = count(page(browser, listed, query))
            assert narrowed <= whole, (offered_filter.name, option.value)
            assert len(csv_rows(browser, listed, query)) == narrowed + 1


@every_list
def test_every_sort_orders_the_same_rows_both_ways(browser: Client, reader: Viewer, listed: AnyList) -> None:
    whole = count(page(browser, listed))
    for sort in sorted(offered(listed, reader).sorts):
        html = page(browser, listed, f"sort={sort}")
        assert count(html) == whole, sort
        if not listed.is_table:
            label = (
                next(str(each.label) for each in offered(listed, reader).columns if each.sort == sort)
                if any(each.sort == sort for each in offered(listed, reader).columns)
                else ""
            )
            assert label in html
            continue
        assert f'aria-sort="{"descending" if sort.startswith("-") else "ascending"}"' in html or any(
            column.on_demand for column in offered(listed, reader).columns if column.sort == sort.removeprefix("-")
        )


def own_table(html: str, fixed: str) -> str:
    """Return the list's own table, which has its fixed column; a page may hold others above it."""
    tables = re.findall(r"<table.*?</table>", html, re.DOTALL)
    return next((table for table in tables if re.search(rf">\s*{re.escape(fixed)}\s*<", table)), html)


@every_list
def test_every_column_can_be_shown_alone_and_they_stand_in_the_order_asked_for(
    browser: Client, reader: Viewer, listed: AnyList
) -> None:
    if Part.COLUMNS in listed.without:
        return
    columns = offered(listed, reader).columns
    [fixed] = [column for column in columns if column.fixed]
    for column in columns:
        html = own_table(page(browser, listed, f"columns={column.key}"), str(fixed.label))
        assert html.count('<th scope="col"') == (1 if column.fixed else 2) + ("data-select-page" in html), column.key
    others = [column for column in columns if not column.fixed]
    every = page(browser, listed, "columns=" + ",".join(column.key for column in reversed(others)))
    turned = own_table(every, str(fixed.label))
    shown = re.findall(r'<th scope="col"[^>]*>\s*(?:<(?:a|span) [^>]*>)?([^<]+?)\s*(?:<|$)', turned)
    labels = [str(column.label) for column in [fixed, *reversed(others)]]
    assert [head for head in shown if head in labels] == labels


@every_list
def test_every_group_holds_all_rows_under_headings(browser: Client, reader: Viewer, listed: AnyList) -> None:
    whole = page(browser, listed)
    for group in offered(listed, reader).groups:
        html = page(browser, listed, f"group={group.value}")
        assert count(html) == count(whole)
        headings = re.findall(r'<th scope="rowgroup"[^>]*>([^<]*)<span>([^<]*)</span>', html)
        assert headings, group.value
        assert sum(_first_number(note) for _name, note in headings) == count(whole)


@every_list
def test_a_search_that_finds_nothing_offers_the_way_back(browser: Client, reader: Viewer, listed: AnyList) -> None:
    if not offered(listed, reader).search_label:
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
    # A job is shown by words made of its name, in small letters.
    assert (
        any(cell.upper().startswith(f"'{FORMULA}") for row in rows for cell in row) or listed.name in WITHOUT_FREE_TEXT
    )
    content = file_of(browser, listed, "xlsx")
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
    cells = sheet.to_python()
    assert len(cells) == whole + 1
    assert any(FORMULA in str(cell).upper() for row in cells for cell in row) or listed.name in WITHOUT_FREE_TEXT
    assert b"<f>" not in content


@every_list
def test_a_view_is_saved_opened_changed_removed_and_brought_back(
    browser: Client, reader: Viewer, listed: AnyList
) -> None:
    columns = [column.key for column in offered(listed, reader).columns if column.key and not column.fixed]
    state = f"view=all&columns={columns[0]}" if columns else "view=all&kept=so"
    answer = browser.post(address_of(listed, "save_view"), {"name": "Mine", "state": state, "shared": "1"})
    assert answer.status_code == 302
    with scope(workspace_id=reader.workspace.pk):
        view = SavedView.objects.get()
    assert (view.name, view.query, view.is_shared) == (
        "Mine",
        state,
        reader.may(Permission.SHARE_VIEWS),
    )
    html = browser.get(answer["Location"]).content.decode()
    assert re.search(r'aria-current="page"[^>]*>\s*(?:<svg.*?</svg>)?Mine', html)
    assert "Update view" not in html
    assert "Update view" in browser.get(f"{answer['Location']}&group=x").content.decode()
    changed = {"name": "Ours", "state": "view=all"}
    browser.post(address_of(listed, "change_view", view.pk), changed)
    with scope(workspace_id=reader.workspace.pk):
        view = SavedView.objects.get()
    assert (view.name, view.query, view.is_shared) == ("Ours", "view=all", False)
    browser.post(address_of(listed, "remove_view", view.pk))
    assert ">Ours" not in page(browser, listed)
    browser.post(address_of(listed, "restore_view", view.pk))
    assert ">Ours" in page(browser, listed)


@every_list
def test_a_list_opens_in_the_view_somebody_chose_and_as_usual_for_others(
    browser: Client, world: ConsoleWorld, listed: AnyList
) -> None:
    browser.post(address_of(listed, "first_view"), {"state": "view=all&sort=-amount"})
    assert browser.get(reverse(listed.page))["Location"].endswith("?view=all&sort=-amount")
    with scope(workspace_id=world.workspace.pk):
        if is_portal(listed):
            person = make_partner_person(world.partner, email="ben@corvid.example").person
        else:
            person = make_member(world.workspace, email="ben@umbra.example").person
    other = browser_of(person)
    assert other.get(reverse(listed.page)).status_code == 200
    browser.post(address_of(listed, "first_view"), {"state": ""})
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
    browser: Client, world: ConsoleWorld, reader: Viewer, listed: AnyList
) -> None:
    more_of_everything(world, reader, range(5))
    addresses = ["view=all", *(f"group={group.value}" for group in offered(listed, reader).groups)]
    if listed.name == "deals":
        addresses.append("layout=board")
    page(browser, listed)
    few = {address: queries(browser, listed, address) for address in addresses}
    more_of_everything(world, reader, range(5, 60))
    page(browser, listed)  # what is counted once a minute beside the navigation is not the list's
    assert {address: queries(browser, listed, address) for address in addresses} == few
    if listed.name in {"deals", "lines", "partners", "people", "jobs", "approvals", "notices"}:
        assert "Page 2 of 2" in page(browser, listed, "view=all&page=2")


def queries(browser: Client, listed: AnyList, query: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        page(browser, listed, query)
    return sum("set_config" not in query["sql"] and "SAVEPOINT" not in query["sql"] for query in captured)


@every_list
def test_a_list_that_was_never_used_says_what_it_is_for(workspace: Workspace, listed: AnyList) -> None:
    if is_portal(listed):
        with scope(workspace_id=workspace.pk):
            person = make_partner_person(make_partner()).person
    else:
        person = make_member(workspace).person
    html = page(browser_of(person), listed)
    assert 'class="empty"' in html or listed.name in WITHOUT_ROWS_OF_THEIR_OWN


@every_list
def test_somebody_without_the_permission_gets_neither_the_list_nor_its_file_nor_its_views(
    world: ConsoleWorld, listed: AnyList
) -> None:
    stranger = somebody_without(listed, world)
    if stranger is None:
        return
    assert stranger.get(reverse(listed.page)).status_code == 403
    assert stranger.get(f"{reverse(listed.page)}?format=csv").status_code == 403
    saved = stranger.post(address_of(listed, "save_view"), {"name": "Mine", "state": ""})
    assert saved.status_code == 403
    with scope(workspace_id=world.workspace.pk):
        assert SavedView.objects.count() == 0


def somebody_without(listed: AnyList, world: ConsoleWorld) -> Client | None:
    """Return the browser of a role on the same side that may not see the list; None where each may."""
    with scope(workspace_id=world.workspace.pk):
        if is_portal(listed):
            of_partner = [role for role, held in PARTNER_ROLE_PERMISSIONS.items() if listed.permission not in held]
            if not of_partner:
                return None
            made = make_partner_person(world.partner, of_partner[0], email="role@corvid.example")
            return browser_of(made.person)
        of_vendor = [role for role, held in WORKSPACE_ROLE_PERMISSIONS.items() if listed.permission not in held]
        if not of_vendor:
            return None
        return browser_of(make_member(world.workspace, of_vendor[0], email="role@umbra.example").person)
