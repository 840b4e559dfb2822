"""Finance closes a month: one prepares, another approves, statements are issued; and denied means nothing changed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from tallystick.attribution.models import PendingOpportunity
from tallystick.commissions.models import ApprovalRun, LineSetAside, Statement
from tallystick.commissions.services import set_approval_policy
from tallystick.platform.actors import SYSTEM
from tallystick.platform.models import Workspace, WorkspaceRole
from tallystick.platform.tenancy import scope
from tests.factories.console_world import ConsoleWorld, make_console_world
from tests.factories.people import browser_of, make_member

pytestmark = pytest.mark.django_db

IN_DECEMBER = datetime(2026, 12, 3, 12, tzinfo=UTC)


@pytest.fixture
def world(workspace: Workspace) -> ConsoleWorld:
    """The small company on 3 December: November's refund is earned and in no run."""
    with time_machine.travel(datetime(2026, 11, 20, 12, tzinfo=UTC)):
        made = make_console_world(workspace)
    with scope(workspace_id=workspace.pk):
        PendingOpportunity.objects.all().delete()
        set_approval_policy(SYSTEM, four_eyes_above_minor=0, rate_age_days=4, change_percent=25)
    return made


@pytest.fixture(autouse=True)
def _on_the_third_of_december() -> Iterator[None]:
    with time_machine.travel(IN_DECEMBER):
        yield


@pytest.fixture
def graham(world: ConsoleWorld) -> Client:
    member = make_member(world.workspace, WorkspaceRole.FINANCE, email="graham@umbra.example", name="Graham Pike")
    return browser_of(member.person)


@pytest.fixture
def helen(world: ConsoleWorld) -> Client:
    return browser_of(make_member(world.workspace, email="helen@umbra.example", name="Helen Marsh").person)


def the_run(world: ConsoleWorld) -> ApprovalRun:
    with scope(workspace_id=world.workspace.pk):
        return ApprovalRun.objects.get(month="2026-11-01")


def words(browser: Client, address: str) -> str:
    response = browser.get(address)
    assert response.status_code == 200
    return response.content.decode()


def prepared(browser: Client, world: ConsoleWorld) -> ApprovalRun:
    browser.post(reverse("console:prepare_approval"), {"through": "2026-11-30"})
    return the_run(world)


def test_finance_begins_where_runs_wait(graham: Client) -> None:
    assert graham.get(reverse("start")).headers["Location"] == reverse("console:approvals")
    page = words(graham, reverse("console:approvals"))
    assert "Earned up to 30 Nov 2026" in page
    assert "AR-2026-10-EUR-1" in page


def test_one_prepares_another_approves_and_statements_are_issued(
    graham: Client, helen: Client, world: ConsoleWorld
) -> None:
    run = prepared(graham, world)
    page = words(helen, reverse("console:approval_run", args=[run.pk]))
    assert "Balances below zero" in page
    helen.post(reverse("console:approve_run", args=[run.pk]))
    approved = the_run(world)
    assert (approved.state, approved.prepared_by_label, approved.approved_by_label) == (
        "approved",
        "Graham Pike",
        "Helen Marsh",
    )
    graham.post(reverse("console:issue"), {"month": "2026-11", "read": "on"})
    with scope(workspace_id=world.workspace.pk):
        issued = Statement.objects.get(month="2026-11-01")
    assert (issued.opening_minor, issued.total_minor) == (60_000, run.total_minor)


def test_who_prepared_is_told_why_they_may_not_approve(graham: Client, world: ConsoleWorld) -> None:
    run = prepared(graham, world)
    with scope(workspace_id=world.workspace.pk):
        ApprovalRun.objects.filter(pk=run.pk).update(given_minor=100, taken_minor=run.total_minor - 100)
    page = words(graham, reverse("console:approval_run", args=[run.pk]))
    assert "Graham Pike prepared this run; above the limit somebody else approves it." in page
    answer = graham.post(reverse("console:approve_run", args=[run.pk]))
    assert answer.status_code == 422
    assert the_run(world).state == "prepared"


def test_a_run_is_rejected_with_a_reason_only(graham: Client, helen: Client, world: ConsoleWorld) -> None:
    run = prepared(graham, world)
    address = reverse("console:reject_run", args=[run.pk])
    refused = helen.post(address, {"reason": " "})
    assert refused.status_code == 422
    assert "Say why: whoever prepared the run reads it." in refused.content.decode()
    assert the_run(world).state == "prepared"
    helen.post(address, {"reason": "The refund is not settled."})
    assert (the_run(world).state, the_run(world).end_reason) == ("rejected", "The refund is not settled.")


def test_an_approval_is_taken_back_from_its_page(graham: Client, helen: Client, world: ConsoleWorld) -> None:
    run = prepared(graham, world)
    helen.post(reverse("console:approve_run", args=[run.pk]))
    assert "Undo approval" in words(helen, reverse("console:approval_run", args=[run.pk]))
    helen.post(reverse("console:undo_run", args=[run.pk]), {"reason": "Wrong month."})
    assert the_run(world).state == "undone"


def test_nothing_to_prepare_is_said_under_the_field(graham: Client, world: ConsoleWorld) -> None:
    prepared(graham, world)
    answer = graham.post(reverse("console:prepare_approval"), {"through": "2026-11-30"})
    assert answer.status_code == 422
    assert "Nothing that is earned by then waits for approval." in answer.content.decode()


def test_a_run_is_a_file_too(graham: Client, world: ConsoleWorld) -> None:
    run = prepared(graham, world)
    answer = graham.get(reverse("console:approval_run", args=[run.pk]) + "?format=csv")
    assert answer.getvalue().decode().count("2026-0042") == run.lines


@pytest.mark.parametrize(
    ("role", "may_prepare", "may_approve"),
    [
        (WorkspaceRole.PARTNER_MANAGER, False, False),
        (WorkspaceRole.AE, False, False),
        (WorkspaceRole.REVOPS, False, False),
        (WorkspaceRole.EXECUTIVE, False, True),
    ],
)
def test_each_role_does_its_part_and_no_other(
    graham: Client,
    world: ConsoleWorld,
    role: WorkspaceRole,
    may_prepare: bool,  # noqa: FBT001 - a column of the table
    may_approve: bool,  # noqa: FBT001
) -> None:
    browser = browser_of(make_member(world.workspace, role, email="role@umbra.example").person)
    run = prepared(graham, world)
    answer = browser.post(reverse("console:prepare_approval"), {"through": "2026-11-29"})
    assert (answer.status_code == 403) is not may_prepare
    assert (browser.post(reverse("console:approve_run", args=[run.pk])).status_code == 403) is not may_approve
    assert the_run(world).state == ("approved" if may_approve else "prepared")


def test_a_line_is_set_aside_with_a_reason_and_taken_back(graham: Client, world: ConsoleWorld) -> None:
    with scope(workspace_id=world.workspace.pk):
        line = prepared(graham, world).run_lines.order_by("pk")[0].line_id
    page = reverse("console:commission_line", args=[line])
    address, back = reverse("console:set_aside", args=[line]), reverse("console:take_back", args=[line])
    assert f'action="{address}"' in graham.get(page).content.decode()
    graham.post(address, {"reason": ""})
    with scope(workspace_id=world.workspace.pk):
        assert not LineSetAside.objects.exists()
    graham.post(address, {"reason": "The customer disputes it."})
    with scope(workspace_id=world.workspace.pk):
        assert LineSetAside.objects.get().reason == "The customer disputes it."
    assert f'action="{back}"' in graham.get(page).content.decode()
    graham.post(back)
    with scope(workspace_id=world.workspace.pk):
        assert LineSetAside.objects.get().released_by_label == "Graham Pike"


def test_a_run_of_another_workspace_is_not_found(
    graham: Client, world: ConsoleWorld, other_workspace: Workspace
) -> None:
    run = prepared(graham, world)
    stranger = browser_of(make_member(other_workspace, email="eve@vesper.example").person)
    assert stranger.get(reverse("console:approval_run", args=[run.pk])).status_code == 404
    assert stranger.post(reverse("console:approve_run", args=[run.pk])).status_code == 404
    assert the_run(world).state == "prepared"
