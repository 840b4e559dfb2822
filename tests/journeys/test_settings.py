"""Settings: each section does its work, refuses with the input kept, and leaves a record."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse
from PIL import Image

from tallystick.crm.models import Opportunity
from tallystick.partners.models import PartnerType
from tallystick.platform.actors import SYSTEM
from tallystick.platform.job_errors import record_job_error
from tallystick.platform.models import (
    ActivityEntry,
    Workspace,
    WorkspaceRole,
)
from tallystick.platform.tenancy import scope
from tallystick.programmes.models import Motion, PlanVersion
from tallystick.programmes.services import create_track
from tests.factories import make_row
from tests.factories.console_world import TODAY
from tests.factories.people import browser_of, make_member, make_partner, make_partner_person

pytestmark = pytest.mark.django_db

PLAN = (Path(__file__).parents[2] / "examples/programmes/reseller.yaml").read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def _on_the_twentieth_of_november() -> Iterator[None]:
    with time_machine.travel(TODAY, tick=False):
        yield


@pytest.fixture
def browser(workspace: Workspace) -> Client:
    return browser_of(make_member(workspace, name="Anna Berg").person)


def verbs(workspace: Workspace) -> list[str]:
    with scope(workspace_id=workspace.pk):
        return list(ActivityEntry.objects.order_by("position").values_list("verb", flat=True))


def body_of(workspace: Workspace, verb: str) -> dict[str, object]:
    with scope(workspace_id=workspace.pk):
        entry = ActivityEntry.objects.filter(verb=verb).latest("position")
    data: dict[str, object] = json.loads(entry.body)["data"]
    return data


def test_each_role_sees_the_sections_it_may_open(workspace: Workspace) -> None:
    finance = browser_of(make_member(workspace, WorkspaceRole.FINANCE, email="finn@umbra.example").person)
    page = finance.get(reverse("console:settings")).content.decode()
    assert reverse("console:plans") in page
    assert reverse("console:audit") in page
    assert reverse("console:privacy") not in page
    assert finance.get(reverse("console:privacy")).status_code == 403


@pytest.mark.parametrize(
    "page",
    ["settings", "workspace_settings", "plans", "plan_draft", "branding", "jobs", "audit", "privacy", "demo_data"],
)
def test_every_section_opens_in_an_empty_workspace(browser: Client, page: str) -> None:
    assert browser.get(reverse(f"console:{page}")).status_code == 200


# The workspace


DETAILS = {
    "name": "Umbra Robotics",
    "currency": "CHF",
    "time_zone": "Asia/Tokyo",
    "fiscal_year_start": "4",
    "language": "en-gb",
}


def test_the_workspace_is_renamed_and_counts_in_other_money_and_time(browser: Client, workspace: Workspace) -> None:
    assert browser.post(reverse("console:workspace_settings"), DETAILS).status_code == 302

    workspace.refresh_from_db()
    assert (workspace.name, workspace.currency, workspace.time_zone) == ("Umbra Robotics", "CHF", "Asia/Tokyo")
    assert (workspace.fiscal_year_start, workspace.language) == (4, "en-gb")
    assert body_of(workspace, "workspace_changed")["changed"] == {
        "name": ["Umbra Labs", "Umbra Robotics"],
        "currency": ["EUR", "CHF"],
        "time_zone": ["Europe/Berlin", "Asia/Tokyo"],
        "fiscal_year_start": [1, 4],
        "language": ["", "en-gb"],
    }


def test_the_currency_is_locked_once_deals_stand_in_it_and_the_page_says_why(
    browser: Client, workspace: Workspace
) -> None:
    with scope(workspace_id=workspace.pk):
        make_row(Opportunity, workspace=workspace)
    assert "Locked, because deals" in browser.get(reverse("console:workspace_settings")).content.decode()
    browser.post(reverse("console:workspace_settings"), DETAILS)

    workspace.refresh_from_db()
    assert (workspace.name, workspace.currency) == ("Umbra Robotics", "EUR")


def test_an_invalid_workspace_is_refused_with_the_input_kept(browser: Client, workspace: Workspace) -> None:
    answer = browser.post(reverse("console:workspace_settings"), {**DETAILS, "name": "", "time_zone": "Mars/Base"})
    assert answer.status_code == 422
    assert "Enter the company&#x27;s name." in answer.content.decode()
    workspace.refresh_from_db()
    assert workspace.name == "Umbra Labs"


def test_the_effect_of_a_zone_and_a_fiscal_year_is_shown_before_it_is_saved(browser: Client) -> None:
    page = browser.get(
        reverse("console:workspace_effects"), {"time_zone": "Asia/Tokyo", "fiscal_year_start": "4"}
    ).content.decode()
    assert "JST" in page
    assert "April, July, October, January" in page
    assert "quarter 3 of fiscal year 2026/27" in page


# Plans


@pytest.fixture
def _with_a_track(workspace: Workspace) -> None:
    with scope(workspace_id=workspace.pk):
        create_track(
            SYSTEM,
            partner_type=PartnerType.RESELLER,
            motion=Motion.RESELLER,
            name="Resellers",
            kpi="Sourced pipeline",
            at=TODAY,
        )


@pytest.mark.usefixtures("_with_a_track")
def test_a_plan_is_drafted_and_published_with_a_reason(browser: Client, workspace: Workspace) -> None:
    drafted = browser.post(reverse("console:plan_draft"), {"document": PLAN})
    assert drafted.status_code == 302, drafted.content.decode()
    page = browser.get(drafted["Location"]).content.decode()
    assert "Invoices from its first day on, settled again" in page
    assert browser.post(drafted["Location"], {"reason": ""}).status_code == 422
    with scope(workspace_id=workspace.pk):
        assert PlanVersion.objects.get().published_at is None

    assert browser.post(drafted["Location"], {"reason": "Agreed with the board"}).status_code == 302
    with scope(workspace_id=workspace.pk):
        version = PlanVersion.objects.get()
        assert version.published_by_label == "Anna Berg"
    assert body_of(workspace, "plan_published")["reason"] == "Agreed with the board"
    assert "Pays now" in browser.get(reverse("console:plans")).content.decode()


@pytest.mark.usefixtures("_with_a_track")
def test_what_is_wrong_with_a_plan_stands_under_its_line_and_the_text_is_kept(
    browser: Client, workspace: Workspace
) -> None:
    wrong = PLAN.replace("percent: 5", "percent: five", 1)
    answer = browser.post(reverse("console:plan_draft"), {"document": wrong})
    page = answer.content.decode()

    assert answer.status_code == 422
    line = PLAN[: PLAN.index("percent: 5")].count("\n") + 1
    assert f'<tr class="is-wrong"><td class="document-number">{line}</td>' in page
    assert "percent: five" in page
    with scope(workspace_id=workspace.pk):
        assert not PlanVersion.objects.exists()


@pytest.mark.usefixtures("_with_a_track")
def test_two_versions_are_compared(browser: Client, workspace: Workspace) -> None:
    first = browser.post(reverse("console:plan_draft"), {"document": PLAN})["Location"]
    browser.post(first, {"reason": "First"})
    later = PLAN.replace("2023-01-01", "2027-01-01").replace("percent: 5", "percent: 7", 1)
    browser.post(reverse("console:plan_draft"), {"document": later})
    with scope(workspace_id=workspace.pk):
        draft = PlanVersion.objects.get(number=2)

    page = browser.get(reverse("console:plan_version", args=[draft.pk]), {"against": "1"}).content.decode()
    assert 'class="is-removed"' in page
    assert "percent: 7" in page


# Branding


def picture(form: str = "PNG", size: tuple[int, int] = (900, 300)) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", size, "#1188cc").save(made, format=form)
    return made.getvalue()


def test_a_pale_accent_is_corrected_and_the_page_says_so(browser: Client, workspace: Workspace) -> None:
    assert browser.post(reverse("console:branding"), {"change": "accent", "accent": "#ffd400"}).status_code == 302
    workspace.refresh_from_db()
    assert workspace.accent == "#ffd400"

    page = browser.get(reverse("console:branding")).content.decode()
    assert "Corrected" in page
    assert "#ffd400" in page
    assert body_of(workspace, "brand_changed")["accent"] == ["", "#ffd400"]


def test_what_is_no_colour_is_refused_with_the_input_kept(browser: Client, workspace: Workspace) -> None:
    answer = browser.post(reverse("console:branding"), {"change": "accent", "accent": "teal"})
    assert answer.status_code == 422
    assert 'value="teal"' in answer.content.decode()
    workspace.refresh_from_db()
    assert workspace.accent == ""


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_a_logo_is_drawn_anew_and_shown_to_whoever_has_its_address(
    browser: Client, workspace: Workspace, form: str
) -> None:
    upload = SimpleUploadedFile("logo.bin", picture(form))
    assert browser.post(reverse("console:branding"), {"change": "logo", "logo": upload}).status_code == 302
    workspace.refresh_from_db()

    answer = Client().get(reverse("logo", args=[workspace.pk, workspace.logo_digest]))
    assert answer["Content-Type"] == "image/png"
    assert Image.open(io.BytesIO(answer.content)).size == (512, 171)
    assert Client().get(reverse("logo", args=[workspace.pk, "0" * 16])).status_code == 404


@pytest.mark.parametrize("content", [b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.7", picture()[:200]])
def test_a_file_that_is_no_picture_is_refused_under_the_field(
    browser: Client, workspace: Workspace, content: bytes
) -> None:
    upload = SimpleUploadedFile("logo.png", content)
    answer = browser.post(reverse("console:branding"), {"change": "logo", "logo": upload})
    assert answer.status_code == 422
    assert "This is no picture we can draw" in answer.content.decode()
    workspace.refresh_from_db()
    assert workspace.logo_digest == ""


def test_a_logo_can_be_removed(browser: Client, workspace: Workspace) -> None:
    browser.post(reverse("console:branding"), {"change": "logo", "logo": SimpleUploadedFile("l.png", picture())})
    browser.post(reverse("console:branding"), {"change": "remove-logo"})
    workspace.refresh_from_db()
    assert workspace.logo_digest == ""


# Jobs


def enqueue(workspace: Workspace, *, status: str = "todo", task: str = "flows.decide") -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status, attempts) "
            "VALUES ('default', %s, %s, %s, 9) RETURNING id",
            [task, json.dumps({"workspace_id": workspace.pk}), status],
        )
        return int(cursor.fetchone()[0])


def status_of(job_id: int) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT status FROM procrastinate_jobs WHERE id = %s", [job_id])
        return str(cursor.fetchone()[0])


def test_a_failed_job_says_why_and_is_run_again(browser: Client, workspace: Workspace) -> None:
    job_id = enqueue(workspace, status="failed")
    with scope(workspace_id=workspace.pk):
        record_job_error(TimeoutError("10.0.0.5 said no"), job_id=job_id, attempt=9)
    page = browser.get(reverse("console:jobs"), {"view": "failed"}).content.decode()
    assert "Another system could not be reached." in page
    assert "10.0.0.5" not in page

    assert browser.post(reverse("console:retry_job", args=[job_id])).status_code == 302
    assert status_of(job_id) == "todo"
    assert verbs(workspace)[-1] == "job_retried"


def test_a_waiting_job_is_cancelled(browser: Client, workspace: Workspace) -> None:
    job_id = enqueue(workspace)
    assert browser.post(reverse("console:cancel_job", args=[job_id])).status_code == 302
    assert status_of(job_id) == "cancelled"


def test_jobs_of_another_workspace_are_neither_seen_nor_touched(
    browser: Client, workspace: Workspace, other_workspace: Workspace
) -> None:
    foreign = enqueue(other_workspace, status="failed", task="flows.load_upload")
    assert "Load an uploaded file" not in browser.get(reverse("console:jobs")).content.decode()
    assert browser.post(reverse("console:retry_job", args=[foreign])).status_code == 404
    assert browser.post(reverse("console:cancel_job", args=[foreign])).status_code == 404
    assert status_of(foreign) == "failed"
    assert "job_retried" not in verbs(workspace)


# Audit


def test_entries_are_narrowed_by_person_and_by_days_of_the_workspace(browser: Client, workspace: Workspace) -> None:
    browser.post(reverse("console:workspace_settings"), DETAILS)  # Tokyo from now on
    address = reverse("console:audit")
    mine = browser.get(address, {"who": "Anna Berg"}).content.decode()
    assert "The workspace was changed" in mine
    assert "was added as Admin" not in mine

    tomorrow = (TODAY + timedelta(days=2)).date().isoformat()
    assert "No entries found" in browser.get(address, {"since": tomorrow}).content.decode()
    answer = browser.get(address, {"who": "Anna Berg", "format": "csv"})
    lines = b"".join(answer).decode("utf-8-sig").splitlines()
    assert len(lines) == 2


def test_a_receipt_is_looked_up(browser: Client, workspace: Workspace) -> None:
    browser.post(reverse("console:workspace_settings"), DETAILS)
    with scope(workspace_id=workspace.pk):
        entry = ActivityEntry.objects.latest("position")
    page = browser.get(reverse("console:audit"), {"receipt": entry.hash[:12]}).content.decode()
    assert "stands as it was written" in page
    assert (
        "No entry has this receipt." in browser.get(reverse("console:audit"), {"receipt": "feedfeed"}).content.decode()
    )


# Demo data


def test_a_workspace_of_real_records_is_not_removed(browser: Client, workspace: Workspace) -> None:
    assert "This is no demo" in browser.get(reverse("console:demo_data")).content.decode()
    assert browser.post(reverse("console:demo_data"), {"name": "Umbra Labs"}).status_code == 422
    assert Workspace.objects.filter(pk=workspace.pk).exists()


def test_the_demo_is_removed_once_its_name_is_typed(browser: Client, workspace: Workspace) -> None:
    Workspace.objects.filter(pk=workspace.pk).update(is_demo=True)
    assert browser.post(reverse("console:demo_data"), {"name": "umbra"}).status_code == 422
    assert Workspace.objects.filter(pk=workspace.pk).exists()
    assert browser.post(reverse("console:demo_data"), {"name": "Umbra Labs"}).status_code == 302
    assert not Workspace.objects.filter(pk=workspace.pk).exists()


def test_the_demo_says_so_and_offers_one_s_own_to_whoever_may_start_it(browser: Client, workspace: Workspace) -> None:
    Workspace.objects.filter(pk=workspace.pk).update(is_demo=True)
    seller = browser_of(make_member(workspace, WorkspaceRole.AE, email="tom@umbra.example").person)
    for_admin = browser.get(reverse("console:overview")).content.decode()
    for_seller = seller.get(reverse("console:overview")).content.decode()
    of_partner = browser_of(make_partner_person(make_partner(workspace)).person)
    for_partner = of_partner.get(reverse("portal:home")).content.decode()
    assert "Demo data" in for_admin
    assert "Start your own" in for_admin
    assert "Demo data" in for_seller
    assert "Start your own" not in for_seller
    assert "Demo data" in for_partner
    assert "Start your own" not in for_partner


# The set-up card


def test_the_card_tells_what_is_left_and_is_put_away_and_back(browser: Client, workspace: Workspace) -> None:
    overview = reverse("console:overview")
    page = browser.get(overview).content.decode()
    assert "Set up your workspace" in page
    assert "0 of 6 done" in page

    browser.post(reverse("console:put_setup_away"))
    assert "Show the set-up card again" in browser.get(reverse("console:workspace_settings")).content.decode()
    assert "Set up your workspace" not in browser.get(overview).content.decode()
    browser.post(reverse("console:bring_setup_back"))
    assert "Set up your workspace" in browser.get(overview).content.decode()


def test_the_demo_and_other_roles_have_no_card(workspace: Workspace) -> None:
    finance = browser_of(make_member(workspace, WorkspaceRole.FINANCE, email="finn@umbra.example").person)
    assert "Set up your workspace" not in finance.get(reverse("console:overview")).content.decode()
