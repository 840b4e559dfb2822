"""Every page of the console opens for the roles it is for, shows what is behind it, and leaks nothing."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from tallystick.crm.models import Opportunity
from tallystick.platform.models import Workspace, WorkspaceRole
from tallystick.platform.tenancy import scope
from tallystick.web.listing import csv_response
from tests.factories.console_world import TODAY, ConsoleWorld, make_console_world
from tests.factories.people import browser_of, make_member, make_partner_person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _on_the_twentieth_of_november() -> Iterator[None]:
    with time_machine.travel(TODAY):
        yield


@pytest.fixture
def world(workspace: Workspace) -> ConsoleWorld:
    return make_console_world(workspace)


@pytest.fixture
def browser(world: ConsoleWorld) -> Client:
    return browser_of(make_member(world.workspace, name="Anna Berg").person)


def pages(world: ConsoleWorld) -> dict[str, str]:
    """Return every address of the console that GET may open, by the name of its page."""
    return {
        "overview": reverse("console:overview"),
        "figure": reverse("console:figure", args=["sourced_pipeline"]) + "?from=2026-01-01&to=2026-11-20",
        "deals": reverse("console:deals"),
        "deal": reverse("console:deal", args=[world.won.pk]),
        "registration": reverse("console:registration", args=[world.claim.reference]),
        "attribution": reverse("console:attribution"),
        "gaps": reverse("console:gaps"),
        "policy": reverse("console:policy"),
        "commissions": reverse("console:commissions"),
        "commission_line": reverse("console:commission_line", args=[world.line.pk]),
        "blocked": reverse("console:blocked"),
        "approvals": reverse("console:approvals"),
        "approval_run": reverse("console:approval_run", args=[world.run.pk]),
        "inbox": reverse("console:inbox"),
        "statements": reverse("console:statements"),
        "statement": reverse("console:statement", args=[world.statement.pk]),
        "issue": reverse("console:issue") + "?month=2026-10",
        "partners": reverse("console:partners"),
        "partner": reverse("console:partner", args=[world.partner.pk]),
        "imports": reverse("console:imports"),
        "upload": reverse("console:upload"),
        "import": reverse("console:import", args=[world.batch.pk]),
        "undo_import": reverse("console:undo_import", args=[world.batch.pk]),
        "activity": reverse("console:activity"),
        "chain_check": reverse("console:chain_check"),
    }


def words(browser: Client, address: str, **headers: str) -> str:
    response = browser.get(address, headers=headers)
    assert response.status_code == 200, address
    return response.content.decode()


def test_every_page_opens_with_one_heading_for_an_admin(browser: Client, world: ConsoleWorld) -> None:
    for name, address in pages(world).items():
        page = words(browser, address)
        assert page.count("<h1") == 1, name


EMPTY = {"deals": "Deals", "partners": "Partners", "imports": "Imports", "commissions": "Commission lines"}


@pytest.mark.parametrize(
    "name", [*EMPTY, "overview", "attribution", "gaps", "policy", "statements", "blocked", "activity"]
)
def test_an_empty_workspace_says_what_each_page_is_for(workspace: Workspace, name: str) -> None:
    browser = browser_of(make_member(workspace).person)
    page = words(browser, reverse(f"console:{name}"))
    assert name == "activity" or 'class="empty"' in page


MONEY = {"commissions", "commission_line", "blocked", "statements", "statement", "approvals", "approval_run"}
ISSUING = {"issue"}
IMPORTING = {"imports", "upload", "import", "undo_import"}
STREAM = {"activity", "chain_check"}


@pytest.mark.parametrize(
    ("role", "forbidden"),
    [
        (WorkspaceRole.AE, MONEY | ISSUING | IMPORTING | STREAM),
        (WorkspaceRole.PARTNER_MANAGER, ISSUING | IMPORTING),
        (WorkspaceRole.REVOPS, ISSUING),
        (WorkspaceRole.FINANCE, set()),
        (WorkspaceRole.EXECUTIVE, ISSUING | IMPORTING),
    ],
)
def test_each_role_opens_its_pages_and_is_forbidden_the_others(
    world: ConsoleWorld, role: WorkspaceRole, forbidden: set[str]
) -> None:
    browser = browser_of(make_member(world.workspace, role, email="role@umbra.example").person)
    answers = {name: browser.get(address).status_code for name, address in pages(world).items()}
    assert answers == {name: 403 if name in forbidden else 200 for name in answers}


def test_an_account_executive_sees_deals_without_money(world: ConsoleWorld) -> None:
    browser = browser_of(make_member(world.workspace, WorkspaceRole.AE, email="ae@umbra.example").person)
    assert "Commission earned" not in words(browser, reverse("console:deal", args=[world.won.pk]))
    assert "Earned" not in words(browser, reverse("console:partners"))


def test_another_workspace_finds_none_of_it(world: ConsoleWorld, other_workspace: Workspace) -> None:
    stranger = browser_of(make_member(other_workspace, email="eve@vesper.example").person)
    own = {"deal", "registration", "commission_line", "statement", "partner", "import", "undo_import", "approval_run"}
    answers = {name: stranger.get(address) for name, address in pages(world).items()}
    assert {name: answer.status_code for name, answer in answers.items() if name in own} == dict.fromkeys(own, 404)
    for name in answers.keys() - own:
        shown = answers[name].content.decode()
        assert "Corvid" not in shown, name
        assert "Cellvia" not in shown, name


def test_a_partners_person_finds_no_console(world: ConsoleWorld) -> None:
    partner = browser_of(make_partner_person(world.partner, email="zoe@corvid.example").person)
    assert {partner.get(address).status_code for address in pages(world).values()} == {404}


def test_the_navigation_holds_only_what_the_role_may_open(world: ConsoleWorld) -> None:
    browser = browser_of(make_member(world.workspace, WorkspaceRole.AE, email="ae@umbra.example").person)
    page = words(browser, reverse("console:deals"))
    assert f'href="{reverse("console:attribution")}"' in page
    assert f'href="{reverse("console:commissions")}"' not in page
    assert f'href="{reverse("console:imports")}"' not in page


@pytest.mark.parametrize(("name", "found"), [("TOM albright", ["Cellvia"]), ("Nora Dahl", [])])
def test_my_accounts_are_the_deals_whose_owner_in_the_crm_has_my_name(
    world: ConsoleWorld, name: str, found: list[str]
) -> None:
    with scope(workspace_id=world.workspace.pk):
        Opportunity.objects.exclude(pk=world.won.pk).update(owner_name="Sofia Lind")
    member = make_member(world.workspace, WorkspaceRole.AE, email="tom@umbra.example", name=name)
    response = browser_of(member.person).get(reverse("console:deals") + "?view=mine&format=csv")
    rows = list(csv.DictReader(io.StringIO(b"".join(response).decode("utf-8-sig"))))
    response.close()
    assert [row["Account"] for row in rows] == found


@pytest.mark.parametrize("address", ["?view=mine", "?view=mine&layout=board", "?view=mine&group=owner"])
def test_who_owns_no_deal_reads_how_owners_are_matched(world: ConsoleWorld, address: str) -> None:
    member = make_member(world.workspace, WorkspaceRole.AE, email="nora@umbra.example", name="Nora Dahl")
    page = words(browser_of(member.person), reverse("console:deals") + address)
    assert "My accounts" in page
    assert "whose owner in the CRM is called Nora Dahl" in page


def test_a_figure_is_the_sum_of_the_rows_it_opens_to(browser: Client) -> None:
    address = reverse("console:figure", args=["sourced_pipeline"]) + "?from=2026-01-01&to=2026-11-20"
    assert "€62,000.00" in words(browser, address)
    response = browser.get(address + "&format=csv")
    rows = list(csv.DictReader(io.StringIO(b"".join(response).decode("utf-8-sig"))))
    response.close()
    assert sorted((row["Row"], row["Part"]) for row in rows) == [
        ("Cellvia rollout", "12000.00"),
        ("Northgate rollout", "50000.00"),
    ]


def test_a_figure_that_does_not_exist_is_not_found(browser: Client) -> None:
    assert browser.get("/figures/vanity/?from=2026-01-01&to=2026-11-20").status_code == 404
    assert browser.get(reverse("console:figure", args=["sourced_pipeline"])).status_code == 404


def test_the_overview_words_follow_the_number_and_lead_to_what_waits(browser: Client) -> None:
    page = words(browser, reverse("console:overview"))
    assert "Decide deal registrations" in page
    assert "Unblock commission lines" in page
    assert "Settle attribution gaps" in page
    assert "Partner-led" not in page.replace("Partner-led at 50%", "")


@pytest.mark.parametrize("name", ["deals", "attribution", "gaps", "commissions", "statements", "partners", "activity"])
def test_every_list_is_a_file_too(browser: Client, name: str) -> None:
    response = browser.get(reverse(f"console:{name}") + "?format=csv")
    rows = list(csv.reader(io.StringIO(b"".join(response).decode("utf-8-sig"))))
    response.close()
    assert response["Content-Disposition"].startswith("attachment")
    assert len(rows) > 1
    assert {len(row) for row in rows} == {len(rows[0])}


def test_cells_that_would_run_as_formulas_are_made_harmless_and_numbers_stay_numbers() -> None:
    response = csv_response(
        "deals", ["Account", "Amount"], [["=HYPERLINK(1)", "-540.00"], ["@cmd", "+1"], ["Zoë", "12"]]
    )
    text = b"".join(response).decode("utf-8-sig")
    response.close()
    assert text == "Account,Amount\r\n'=HYPERLINK(1),-540.00\r\n'@cmd,+1\r\nZoë,12\r\n"
