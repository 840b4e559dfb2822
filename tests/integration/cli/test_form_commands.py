"""Registration forms at the command line: shown, checked, published once."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from tallystick.cli import forms  # noqa: F401 - importing it adds its commands
from tallystick.cli.application import commands, console
from tallystick.deals.models import FormVersion
from tallystick.platform.models import ActivityEntry, Workspace
from tallystick.platform.tenancy import scope

pytestmark = pytest.mark.django_db(transaction=True)
FORM = """\
title: Registration form
registration:
  - {id: seats, label: Seats, kind: number, required: true, crm_property: seats__c}
  - {id: tender, label: Public tender, kind: yes_no, partner_types: [isv]}
lead: []
"""


@pytest.fixture(autouse=True)
def _on_a_wide_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console, "_width", 200)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    written = tmp_path / "form.yaml"
    written.write_text(FORM, encoding="utf-8")
    return written


def run(*arguments: str, code: int = 0) -> str:
    outcome = CliRunner().invoke(commands, ["forms", *arguments])
    assert outcome.exit_code == code, outcome.output
    return outcome.output


def test_a_form_is_checked_published_and_shown_whole_and_for_a_track(workspace: Workspace, file: Path) -> None:
    assert "Nothing is asked beside the standard fields." in run("show")
    assert "Registration form: 2 for a registration and 0 for a lead. Hash " in run("check", str(file))
    assert "Version 1 of the registration form is published. Hash " in run(
        "publish", str(file), "--reason", "We plan seats."
    )
    shown = run("show")
    assert "registration  seats   Seats          number  yes     everybody  seats__c" in shown
    assert "registration  tender  Public tender  yes_no  no      isv" in shown
    assert "tender" not in run("show", "--type", "reseller")
    assert run("show", "--source") == FORM
    with scope(workspace_id=workspace.pk):
        version = FormVersion.objects.get()
        assert (version.reason, version.published_by_label) == ("We plan seats.", "tallystick forms publish")


def test_what_says_the_same_or_is_no_form_publishes_nothing(workspace: Workspace, file: Path, tmp_path: Path) -> None:
    run("publish", str(file))
    assert "The draft says the same as version 1, which is in force." in run("publish", str(file), code=1)
    with scope(workspace_id=workspace.pk):
        before = FormVersion.objects.filter(published_at__isnull=False).count(), ActivityEntry.objects.count()
    wrong, other = tmp_path / "wrong.yaml", tmp_path / "other.yaml"
    wrong.write_text(FORM + "surprise: 1\n", encoding="utf-8")
    other.write_bytes(FORM.encode("utf-16"))
    for command in ("check", "publish"):
        assert "Line 6, surprise: " in run(command, str(wrong), code=1)
        assert "other.yaml is not in UTF-8. Save it so and try again." in run(command, str(other), code=1)
    with scope(workspace_id=workspace.pk):
        now = FormVersion.objects.filter(published_at__isnull=False).count(), ActivityEntry.objects.count()
    assert now == before == (1, before[1])


def test_a_reason_that_is_too_long_is_refused_before_anything_is_kept(workspace: Workspace, file: Path) -> None:
    told = run("publish", str(file), "--reason", "x" * 301, code=2)

    assert "it has 301 characters; say it in 300." in told
    with scope(workspace_id=workspace.pk):
        assert not FormVersion.objects.exists()
    run("publish", str(file), "--reason", "x" * 300)
