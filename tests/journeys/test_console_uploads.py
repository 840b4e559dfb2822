"""Bringing a file in by hand: read first, asked where it does not say, loaded by a job, and its progress shown."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse

from tallystick.crm.models import Import, Opportunity
from tallystick.flows.uploads import load_upload
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import scope
from tallystick.web.console import uploads
from tests.factories.console_world import TODAY
from tests.factories.people import browser_of, make_member

pytestmark = pytest.mark.django_db

CLEAR = "Id,Opportunity Name,Stage,Amount,Created Date\n1,Cellvia,Prospecting,1200.50,2026-03-25\n"
UNCLEAR = "Id,Opportunity Name,Stage,Amount,Created Date\n1,Cellvia,Prospecting,1200.50,03/04/2026\n"


@pytest.fixture(autouse=True)
def _on_the_twentieth_of_november() -> Iterator[None]:
    with time_machine.travel(TODAY):
        yield


@pytest.fixture
def browser(workspace: Workspace) -> Client:
    return browser_of(make_member(workspace, name="Anna Berg").person)


def upload(browser: Client, text: str, name: str = "opportunities.csv") -> str:
    """Upload a file and return the address of what it was taken for."""
    answer = browser.post(reverse("console:upload"), {"file": SimpleUploadedFile(name, text.encode())})
    assert answer.status_code == 302
    return str(answer["Location"])


def waiting_jobs() -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT args FROM procrastinate_jobs WHERE task_name = 'flows.load_upload'")
        return [json.loads(row[0]) for row in cursor.fetchall()]


def run_the_job(workspace: Workspace) -> None:
    [arguments] = waiting_jobs()
    with scope(workspace_id=arguments.pop("workspace_id")):
        load_upload(**arguments, at=TODAY)


def test_a_file_is_shown_as_what_it_was_taken_for_before_anything_is_loaded(
    browser: Client, workspace: Workspace
) -> None:
    page = browser.get(upload(browser, CLEAR)).content.decode()
    assert '<option value="opportunities" selected>' in page
    assert "Created Date" in page
    with scope(workspace_id=workspace.pk):
        assert not Opportunity.objects.exists()


def test_a_file_is_loaded_by_a_job_and_removed_afterwards(browser: Client, workspace: Workspace) -> None:
    answer = browser.post(upload(browser, CLEAR), {"kind": "opportunities", "source": "salesforce"})
    progress = answer["Location"]
    assert "Waiting for its turn" in browser.get(progress).content.decode()

    run_the_job(workspace)

    with scope(workspace_id=workspace.pk):
        batch = Import.objects.get()
        assert (batch.state, batch.rows_added, batch.started_by_label) == ("done", 1, "Anna Berg")
    assert browser.get(progress)["Location"] == reverse("console:import", args=[batch.pk])
    assert list(Path(default_storage.path("uploads"), str(workspace.pk)).glob("*/*")) == []


def test_what_the_file_does_not_say_is_asked_and_never_guessed(browser: Client, workspace: Workspace) -> None:
    reading = upload(browser, UNCLEAR)
    said = {"kind": "opportunities", "source": "salesforce"}
    unanswered = browser.post(reading, said)
    assert unanswered.status_code == 422
    assert "03/04/2026" in unanswered.content.decode()
    assert waiting_jobs() == []

    assert browser.post(reading, {**said, "answer-0": "month-first"}).status_code == 302
    run_the_job(workspace)
    with scope(workspace_id=workspace.pk):
        assert str(Opportunity.objects.get().opened_on) == "2026-03-04"


def test_a_file_that_is_no_table_is_refused_under_the_field(browser: Client) -> None:
    answer = browser.post(reverse("console:upload"), {"file": SimpleUploadedFile("letter.pdf", b"%PDF-1.7 x")})
    assert answer.status_code == 422
    assert "This is a PDF" in answer.content.decode()


def test_an_upload_of_another_workspace_is_not_found(browser: Client, other_workspace: Workspace) -> None:
    reading = upload(browser, CLEAR)
    stranger = browser_of(make_member(other_workspace, email="eve@vesper.example").person)
    assert stranger.get(reading).status_code == 404
    assert stranger.post(reading, {"kind": "opportunities", "source": "x"}).status_code == 404


def test_a_name_with_a_path_stays_in_its_folder(browser: Client, workspace: Workspace) -> None:
    upload(browser, CLEAR, name="..\\..\\etc\\passwd.csv")
    [file] = Path(default_storage.path("uploads"), str(workspace.pk)).glob("*/passwd.csv")
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
    assert list(Path(default_storage.path("uploads"), str(workspace.pk)).glob("*/*")) == []
