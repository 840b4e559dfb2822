"""What people do in the console: decide claims, issue statements, invite, undo; and denied means nothing changed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks

from tallystick.attribution.models import PendingOpportunity
from tallystick.commissions.models import Statement
from tallystick.crm.models import Import
from tallystick.deals.models import DealRegistration, Protection
from tallystick.kernel.periods import Month
from tallystick.partners.models import PartnerMembership
from tallystick.platform.models import Workspace, WorkspaceRole
from tallystick.platform.tenancy import scope
from tests.factories.approvals import approve_month
from tests.factories.console_world import TODAY, ConsoleWorld, make_console_world
from tests.factories.people import browser_of, make_member

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true", "HX-Target": "section#claim"}
IN_SHEET = {"HX-Request": "true", "HX-Target": "sheet"}


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


def the_claim(world: ConsoleWorld) -> DealRegistration:
    with scope(workspace_id=world.workspace.pk):
        return DealRegistration.objects.get(pk=world.claim.pk)


def test_approving_protects_the_account_and_leads_back_to_the_list(browser: Client, world: ConsoleWorld) -> None:
    address = reverse("console:approve", args=[world.claim.reference]) + "?view=needs-decision&at=0"
    answer = browser.post(address, headers=HTMX)
    assert answer["HX-Redirect"] == "/deals/?view=needs-decision"
    claim = the_claim(world)
    assert (claim.state, claim.decided_by_label, str(claim.protected_until)) == ("approved", "Anna Berg", "2027-02-18")
    assert "protected until 18 Feb 2027" in browser.get("/deals/?view=needs-decision").content.decode()


def test_declining_without_a_reason_is_refused_under_the_field_and_changes_nothing(
    browser: Client, world: ConsoleWorld
) -> None:
    address = reverse("console:decline", args=[world.claim.reference])
    answer = browser.post(address, {"reason": "  "}, headers=HTMX)
    assert answer.status_code == 422
    assert "no registration is declined without a reason" in answer.content.decode()
    assert "<html" not in answer.content.decode()
    assert the_claim(world).state == "submitted"


def test_declining_without_a_script_answers_with_the_whole_page(browser: Client, world: ConsoleWorld) -> None:
    answer = browser.post(reverse("console:decline", args=[world.claim.reference]), {"reason": ""})
    assert answer.status_code == 422
    assert "<html" in answer.content.decode()


def test_the_partner_reads_the_reason_of_a_decline_and_the_account_is_free(
    browser: Client, world: ConsoleWorld
) -> None:
    address = reverse("console:decline", args=[world.claim.reference])
    answer = browser.post(address, {"reason": "We met them in May."})
    assert (answer.status_code, answer["Location"]) == (302, f"/deals/registrations/{world.claim.reference}/")
    claim = the_claim(world)
    assert (claim.state, claim.decision_reason) == ("declined", "We met them in May.")
    with scope(workspace_id=world.workspace.pk):
        assert not Protection.objects.filter(registration=claim, released_at__isnull=True).exists()


def test_a_claim_that_was_decided_meanwhile_says_so(browser: Client, world: ConsoleWorld) -> None:
    address = reverse("console:approve", args=[world.claim.reference])
    browser.post(address)
    answer = browser.post(address)
    assert answer.status_code == 422
    assert the_claim(world).state == "approved"


@pytest.mark.parametrize(
    "role", [WorkspaceRole.AE, WorkspaceRole.REVOPS, WorkspaceRole.FINANCE, WorkspaceRole.EXECUTIVE]
)
def test_who_may_not_decide_is_refused_and_nothing_changes(world: ConsoleWorld, role: WorkspaceRole) -> None:
    browser = browser_of(make_member(world.workspace, role, email="role@umbra.example").person)
    for name in ("approve", "decline"):
        assert browser.post(reverse(f"console:{name}", args=[world.claim.reference])).status_code == 403
    assert (
        "Approve registration"
        not in browser.get(reverse("console:registration", args=[world.claim.reference])).content.decode()
    )
    assert the_claim(world).state == "submitted"


def test_the_sheet_is_the_page_without_its_shell(browser: Client, world: ConsoleWorld) -> None:
    sheet = browser.get(reverse("console:deal", args=[world.won.pk]), headers=IN_SHEET).content.decode()
    assert sheet.lstrip().startswith("<dialog")
    for words in (
        "Why it is sourced",
        "Corvid Consulting: accepted introduction",
        "Commission earned",
        "Entered Discovery",
    ):
        assert words in sheet


def test_an_open_deal_shows_what_it_would_earn_as_an_estimate(browser: Client, world: ConsoleWorld) -> None:
    page = browser.get(reverse("console:deal", args=[world.open.pk])).content.decode()
    assert 'Corvid Consulting: <b class="tabular">€5,000.00</b>' in page
    assert "Nothing is booked" in page


def test_a_commission_line_can_be_followed_to_the_cent(browser: Client, world: ConsoleWorld) -> None:
    page = browser.get(reverse("console:commission_line", args=[world.line.pk])).content.decode()
    assert "9,000.00 EUR × 7,200.00 EUR ÷ 14,400.00 EUR = 4,500.00 EUR" in page
    assert "€450.00" in page
    assert "−€90.00" in page
    assert "€360.00" in page


def test_statements_are_issued_only_after_their_figures_were_read(browser: Client, world: ConsoleWorld) -> None:
    with time_machine.travel("2026-12-02T12:00:00Z"):
        with scope(workspace_id=world.workspace.pk):
            PendingOpportunity.objects.all().delete()
            approve_month(Month(2026, 11))
        address = reverse("console:issue") + "?month=2026-11"
        shown = browser.get(address).content.decode()
        assert "€600.00" in shown  # opening
        assert "−€120.00" in shown  # November's lines
        assert browser.post(address, {"month": "2026-11"}).status_code == 422
        assert _statements(world) == ["2026-10-01"]

        answer = browser.post(address, {"month": "2026-11", "read": "on"})
    assert answer.status_code == 302
    assert _statements(world) == ["2026-10-01", "2026-11-01"]


def test_a_month_that_is_not_over_cannot_be_issued(browser: Client, world: ConsoleWorld) -> None:
    page = browser.get(reverse("console:issue") + "?month=2026-11").content.decode()
    assert "The month is not over yet" in page
    answer = browser.post(reverse("console:issue"), {"month": "2026-11", "read": "on"})
    assert answer.status_code == 422
    assert _statements(world) == ["2026-10-01"]


def _statements(world: ConsoleWorld) -> list[str]:
    with scope(workspace_id=world.workspace.pk):
        return [month.isoformat() for month in Statement.objects.order_by("month").values_list("month", flat=True)]


def test_inviting_a_person_of_a_partner_sends_one_mail(
    browser: Client,
    world: ConsoleWorld,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    address = reverse("console:invite", args=[world.partner.pk])
    assert browser.post(address, {"email": "not an address", "role": "seller"}).status_code == 422
    assert mail.outbox == []
    with django_capture_on_commit_callbacks(execute=True):
        answer = browser.post(address, {"email": "jonas@corvid.example", "name": "Jonas", "role": "seller"})
    assert answer.status_code == 302
    assert [message.to for message in mail.outbox] == [["jonas@corvid.example"]]
    with scope(workspace_id=world.workspace.pk):
        assert PartnerMembership.objects.filter(person__email="jonas@corvid.example").count() == 1


def test_undoing_an_import_shows_its_numbers_first(browser: Client, world: ConsoleWorld) -> None:
    address = reverse("console:undo_import", args=[world.batch.pk])
    assert "<dt>Rows it added, which go</dt><dd>118</dd>" in browser.get(address).content.decode()
    assert browser.post(address).status_code == 422
    assert browser.post(address, {"reason": "The wrong file"}).status_code == 302
    with scope(workspace_id=world.workspace.pk):
        assert Import.objects.get(pk=world.batch.pk).state == "undone"


def test_refused_rows_come_as_a_file_that_a_spreadsheet_can_open_safely(browser: Client, world: ConsoleWorld) -> None:
    answer = browser.get(reverse("console:import", args=[world.batch.pk]) + "?format=csv")
    text = b"".join(answer).decode("utf-8-sig")
    answer.close()
    assert text.splitlines() == [
        "Refused line,Refused column,Refused value,Reason,Id,Amount",
        '7,Amount,"12,5,0",Not a number.,7,\'=1+1',
    ]
