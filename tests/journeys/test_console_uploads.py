"""Bringing files in by hand: read, corrected, asked where they do not say, checked, loaded by a job, and undone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
import xlsxwriter
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse

from tallystick.crm.models import ColumnMapping, Import, Opportunity
from tallystick.deals.models import ClaimKind, ConflictKind
from tallystick.deals.services.conflicts import NewClaim, NewConflict, NewRuling, open_conflict
from tallystick.flows import conflicts
from tallystick.flows.uploads import load_upload, try_upload
from tallystick.platform.actors import SYSTEM, Actor, ActorKind
from tallystick.platform.models import ActivityEntry, Workspace
from tallystick.platform.tenancy import scope
from tallystick.web.console import upload_check, uploads
from tests.factories.console_world import TODAY
from tests.factories.people import browser_of, make_member
from tests.factories.programs import program_of
from tests.factories.revenue import make_partner

pytestmark = pytest.mark.django_db

CLEAR = "Id,Opportunity Name,Stage,Amount,Currency,Created Date\n1,Cellvia,Prospecting,1200.50,EUR,2026-03-25\n"
UNCLEAR = "Id,Opportunity Name,Stage,Amount,Currency,Created Date\n1,Cellvia,Prospecting,1200.50,EUR,03/04/2026\n"
FIELDS = ("external_id", "name", "stage", "amount", "currency", "opened_on")
SAID = {
    "kind": "opportunities",
    "source": "salesforce",
    **{f"column-{place}": field for place, field in enumerate(FIELDS)},
}


@pytest.fixture(autouse=True)
def _on_the_twentieth_of_november() -> Iterator[None]:
    with time_machine.travel(TODAY):
        yield


@pytest.fixture
def browser(workspace: Workspace) -> Client:
    return browser_of(make_member(workspace, name="Anna Berg").person)


def upload(browser: Client, text: str | bytes, name: str = "opportunities.csv") -> str:
    """Upload a file and return the address of what it was taken for."""
    content = text.encode() if isinstance(text, str) else text
    answer = browser.post(reverse("console:upload"), {"file": SimpleUploadedFile(name, content)})
    assert answer.status_code == 302
    return str(answer["Location"])


def waiting_jobs(task: str = "flows.load_upload") -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT args FROM procrastinate_jobs WHERE task_name = %s", [task])
        return [json.loads(row[0]) for row in cursor.fetchall()]


def run_the_job(task: str = "flows.load_upload") -> None:
    [arguments] = waiting_jobs(task)
    hand, label, person_id = (arguments.pop(name) for name in ("hand", "label", "person_id"))
    actor = Actor(kind=ActorKind(hand), label=label, person_id=person_id)
    with scope(workspace_id=arguments.pop("workspace_id")):
        (load_upload if task == "flows.load_upload" else try_upload)(**arguments, actor=actor, at=TODAY)


def load(browser: Client, text: str = CLEAR, said: dict[str, str] = SAID) -> str:
    """Go through the wizard and return the address of the progress."""
    checked = browser.post(upload(browser, text), said)
    assert checked.status_code == 302, checked.content.decode()
    return str(browser.post(checked["Location"])["Location"])


def test_a_file_is_shown_as_what_it_was_taken_for_before_anything_is_loaded(
    browser: Client, workspace: Workspace
) -> None:
    page = browser.get(upload(browser, CLEAR)).content.decode()
    assert '<option value="opportunities" selected>' in page
    assert '<option value="opened_on" selected>Created on</option>' in page
    assert "Sure: it is called so" in page
    assert "Likely: a usual name for it" in page
    with scope(workspace_id=workspace.pk):
        assert not Opportunity.objects.exists()


def test_ten_rows_and_the_numbers_are_shown_before_the_load(browser: Client, workspace: Workspace) -> None:
    text = CLEAR + "2,Bolt,Prospecting,12.345,EUR,2026-03-25\n"
    checked = browser.post(upload(browser, text), SAID)
    page = browser.get(checked["Location"]).content.decode()

    assert "€1,200.50" in page
    assert "25 Mar 2026" in page
    assert page.count("12.345") >= 2
    assert "Rows that will be refused" in page
    assert "Load 1 row" in page
    with scope(workspace_id=workspace.pk):
        assert not Import.objects.exists()
        assert not Opportunity.objects.exists()


def test_a_file_is_loaded_by_a_job_and_removed_afterwards(browser: Client, workspace: Workspace) -> None:
    progress = load(browser)
    assert "Waiting for its turn" in browser.get(progress).content.decode()

    run_the_job()

    with scope(workspace_id=workspace.pk):
        batch = Import.objects.get()
        assert (batch.state, batch.rows_added, batch.started_by_label) == ("done", 1, "Anna Berg")
    assert browser.get(progress)["Location"] == reverse("console:import", args=[batch.pk])
    assert list(Path(default_storage.path("uploads"), str(workspace.pk)).glob("*")) == []


def test_a_large_file_is_tried_by_a_job_and_the_page_asks_again(
    browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload_check, "TRIED_AT_ONCE", 10)
    checked = browser.post(upload(browser, CLEAR), SAID)["Location"]
    assert "The whole file is being checked" in browser.get(checked).content.decode()

    run_the_job("flows.try_upload")

    assert "Load 1 row" in browser.get(checked).content.decode()


def test_what_the_file_does_not_say_is_asked_and_never_guessed(browser: Client, workspace: Workspace) -> None:
    reading = upload(browser, UNCLEAR)
    unanswered = browser.post(reading, SAID)
    assert unanswered.status_code == 422
    assert "03/04/2026" in unanswered.content.decode()
    assert waiting_jobs() == []

    checked = browser.post(reading, {**SAID, "answer-0": "month-first"})
    assert "4 Mar 2026" in browser.get(checked["Location"]).content.decode()
    browser.post(checked["Location"])
    run_the_job()
    with scope(workspace_id=workspace.pk):
        assert str(Opportunity.objects.get().opened_on) == "2026-03-04"


def test_the_currency_of_bare_amounts_is_asked(browser: Client, workspace: Workspace) -> None:
    text = "Id,Opportunity Name,Stage,Amount\n1,Cellvia,Prospecting,1200.50\n"
    said = {"kind": "opportunities", "source": "erp"}
    said |= {f"column-{place}": field for place, field in enumerate(("external_id", "name", "stage", "amount"))}
    reading = upload(browser, text)
    assert browser.post(reading, said).status_code == 422

    browser.post(browser.post(reading, {**said, "currency": "CHF"})["Location"])
    run_the_job()
    with scope(workspace_id=workspace.pk):
        deal = Opportunity.objects.get()
        assert (deal.amount_minor, deal.currency) == (120_050, "CHF")


def test_the_zone_of_times_is_asked(browser: Client, workspace: Workspace) -> None:
    text = CLEAR.replace("2026-03-25", "2026-03-25 23:30")
    reading = upload(browser, text)
    assert "Times without a zone are in" in browser.get(reading).content.decode()
    assert browser.post(reading, SAID).status_code == 422

    browser.post(browser.post(reading, {**SAID, "time_zone": "America/New_York"})["Location"])
    run_the_job()
    with scope(workspace_id=workspace.pk):
        assert Import.objects.get().reading["said"]["time_zone"] == "America/New_York"


def test_a_column_can_be_left_out_and_one_field_is_read_from_one_column(browser: Client, workspace: Workspace) -> None:
    reading = upload(browser, CLEAR)
    twice = browser.post(reading, {**SAID, "column-5": "name"})
    assert twice.status_code == 422
    assert "“Opportunity Name” is read as this already" in twice.content.decode()

    browser.post(browser.post(reading, {**SAID, "column-5": ""})["Location"])
    run_the_job()
    with scope(workspace_id=workspace.pk):
        assert Opportunity.objects.get().opened_on is None


def test_a_column_that_is_needed_and_left_out_is_named(browser: Client) -> None:
    answer = browser.post(upload(browser, CLEAR), {**SAID, "column-2": ""})
    assert answer.status_code == 422
    assert "No column is known as &quot;stage&quot;" in answer.content.decode()


def test_columns_are_remembered_for_the_next_file_of_the_source(browser: Client, workspace: Workspace) -> None:
    odd = "Id,Opportunity Name,Phase,Amount,Currency,Created Date\n1,Cellvia,Prospecting,1200.50,EUR,2026-03-25\n"
    assert "As last time" not in browser.get(upload(browser, odd)).content.decode()
    load(browser, odd)
    run_the_job()
    with scope(workspace_id=workspace.pk):
        mapping = ColumnMapping.objects.get()
        assert mapping.name == "salesforce: opportunities"
        assert mapping.columns["columns"]["stage"] == "Phase"

    again = upload(browser, odd.replace("Cellvia", "Bolt"))
    page = browser.get(again, {"kind": "opportunities", "source": "salesforce"}).content.decode()
    assert "As last time" in page
    assert "As last time" not in browser.get(again, {"kind": "opportunities", "afresh": "1"}).content.decode()


def test_several_files_are_gone_through_in_the_order_they_refer_to_each_other(browser: Client) -> None:
    accounts = SimpleUploadedFile("b.csv", b"Id,Account Name,Website\n1,Cellvia,cellvia.example\n")
    deals = SimpleUploadedFile("a.csv", CLEAR.encode())
    first = browser.post(reverse("console:upload"), {"file": [deals, accounts]})["Location"]

    assert "<h1" in (page := browser.get(first).content.decode())
    assert "b.csv" in page
    assert "?then=" in first


def test_one_sheet_of_a_workbook_is_chosen(browser: Client) -> None:
    made = BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True})
    book.add_worksheet("Read me").write(0, 0, "Exported today")
    sheet = book.add_worksheet("Deals")
    for line, row in enumerate(CLEAR.splitlines()):
        for place, cell in enumerate(row.split(",")):
            sheet.write_string(line, place, cell)
    book.close()
    answer = browser.post(reverse("console:upload"), {"file": SimpleUploadedFile("deals.xlsx", made.getvalue())})[
        "Location"
    ]

    page = browser.get(answer, {"kind": "opportunities", "sheet": "Deals"}).content.decode()
    assert "<option selected>Deals</option>" in page
    assert '<option value="opened_on" selected>Created on</option>' in page


@pytest.mark.parametrize("kind", ["accounts", "opportunities", "contacts", "invoices", "payments"])
def test_a_sample_of_each_kind_can_be_had_and_is_read_as_that_kind(browser: Client, kind: str) -> None:
    answer = browser.get(reverse("console:import_sample", args=[kind]))
    page = browser.get(upload(browser, b"".join(answer))).content.decode()
    assert f'<option value="{kind}" selected>' in page
    assert browser.get(reverse("console:import_sample", args=["secrets"])).status_code == 404


def test_an_import_is_undone_with_a_reason_once_its_consequences_were_shown(
    browser: Client, workspace: Workspace
) -> None:
    load(browser)
    run_the_job()
    with scope(workspace_id=workspace.pk):
        batch = Import.objects.get()
    address = reverse("console:undo_import", args=[batch.pk])
    assert "Rows it added, which go" in browser.get(address).content.decode()
    assert browser.post(address, {"reason": ""}).status_code == 422
    with scope(workspace_id=workspace.pk):
        assert Opportunity.objects.count() == 1

    assert browser.post(address, {"reason": "The wrong quarter"}).status_code == 302
    with scope(workspace_id=workspace.pk):
        assert Opportunity.objects.count() == 0
        entry = ActivityEntry.objects.get(verb="import_undone")
        assert json.loads(entry.body)["data"]["reason"] == "The wrong quarter"


def test_an_import_whose_deal_was_ruled_upon_says_which_conflict_stands_in_the_way_and_changes_nothing(
    browser: Client, workspace: Workspace
) -> None:
    load(browser)
    run_the_job()
    with scope(workspace_id=workspace.pk):
        batch, deal = Import.objects.get(), Opportunity.objects.get()
        first, second = make_partner("Corvid"), make_partner("Northwind")
        case = open_conflict(
            SYSTEM,
            case=NewConflict(
                kind=ConflictKind.SEVERAL_SOURCES,
                company="Cellvia",
                account_key=f"opportunity:{deal.pk}",
                product_key="",
                account_id=None,
                opportunity_id=deal.pk,
                claims=[
                    NewClaim(
                        key=partner.name,
                        partner_id=partner.pk,
                        kind=ClaimKind.EVIDENCE,
                        happened_at=TODAY,
                        learned_at=TODAY,
                        opportunity_id=deal.pk,
                    )
                    for partner in (first, second)
                ],
            ),
            at=TODAY,
        )
        assert case is not None
        conflicts.rule(
            SYSTEM,
            conflict_id=case.pk,
            ruling=NewRuling(
                number=1, parts=[(first.pk, 1_000_000)], rule="first_to_register", reason="The earlier one stands."
            ),
            at=TODAY,
        )
    address = reverse("console:undo_import", args=[batch.pk])
    shown = browser.get(address).content.decode()
    assert f"A conflict is about its deals: {case.reference} Cellvia." in shown
    assert "Correct the facts with a new import instead" in shown
    assert browser.post(address, {"reason": "The wrong quarter"}).status_code == 422

    sentence = (
        f"The import of opportunities.csv cannot be undone: conflict {case.reference} (Cellvia) is about its deals, "
        "and what was claimed and ruled stays on record. Correct the facts with a new import instead; the deals are "
        "decided again, and rulings hold."
    )
    refused = program_of(workspace).post(f"/imports/{batch.pk}/undo", {"reason": "The wrong quarter"})
    assert (refused.status_code, refused.json()["detail"]) == (409, sentence)
    with scope(workspace_id=workspace.pk):
        assert Opportunity.objects.count() == 1
        assert Import.objects.get().state == "done"


def test_an_import_is_not_undone_after_thirty_days(browser: Client, workspace: Workspace) -> None:
    load(browser)
    run_the_job()
    with scope(workspace_id=workspace.pk):
        batch = Import.objects.get()
    with time_machine.travel(TODAY.replace(year=TODAY.year + 1)):
        browser = browser_of(batch.started_by)  # type: ignore[arg-type]
        answer = browser.post(reverse("console:undo_import", args=[batch.pk]), {"reason": "Late"})
    assert answer.status_code == 422
    assert "is kept for 30 days only" in answer.content.decode()
    with scope(workspace_id=workspace.pk):
        assert Opportunity.objects.count() == 1


def test_a_file_that_is_no_table_is_refused_under_the_field(browser: Client) -> None:
    answer = browser.post(reverse("console:upload"), {"file": SimpleUploadedFile("letter.pdf", b"%PDF-1.7 x")})
    assert answer.status_code == 422
    assert "This is a PDF" in answer.content.decode()


def test_an_upload_of_another_workspace_is_not_found(browser: Client, other_workspace: Workspace) -> None:
    reading = upload(browser, CLEAR)
    stranger = browser_of(make_member(other_workspace, email="eve@vesper.example").person)
    assert stranger.get(reading).status_code == 404
    assert stranger.post(reading, SAID).status_code == 404
    assert stranger.post(f"{reading}check/").status_code == 404
    assert waiting_jobs() == []


def test_a_name_with_a_path_stays_in_its_folder(browser: Client, workspace: Workspace) -> None:
    upload(browser, CLEAR, name="..\\..\\etc\\passwd.csv")
    [file] = Path(default_storage.path("uploads"), str(workspace.pk)).glob("*/file/passwd.csv")
    assert file.is_file()


def test_a_long_name_in_another_script_keeps_its_end(browser: Client) -> None:
    address = upload(browser, CLEAR, name=f"{'商談' * 120}.csv")
    assert "商談商談.csv" in browser.get(address).content.decode()


def test_a_file_that_is_too_large_is_refused_and_nothing_is_kept(
    workspace: Workspace, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "LARGEST_UPLOAD", 50)
    answer = browser.post(reverse("console:upload"), {"file": SimpleUploadedFile("deals.csv", CLEAR.encode())})
    assert answer.status_code == 422
    assert "The file is larger than" in answer.content.decode()
    assert list(Path(default_storage.path("uploads"), str(workspace.pk)).glob("*")) == []
