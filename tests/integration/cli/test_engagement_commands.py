"""Rules of engagement at the command line: shown, checked, tried on past claims, published once."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from tallystick.cli import engagement, plans  # noqa: F401 - importing them adds their commands
from tallystick.cli.application import commands, console
from tallystick.deals.models import DealRegistration, EngagementVersion
from tallystick.deals.rules.engagement.reading import default_document
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import scope
from tests.factories.people import make_partner
from tests.integration.deals.claims import submit

pytestmark = pytest.mark.django_db(transaction=True)
STRICTER = default_document().replace("{gte: 5000}", "{gte: 90000}")


@pytest.fixture(autouse=True)
def _on_a_wide_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console, "_width", 200)


@pytest.fixture
def stricter(tmp_path: Path) -> Path:
    written = tmp_path / "stricter.yaml"
    # As an editor on Windows writes it, with the mark of UTF-8 before the first letter.
    written.write_text(STRICTER, encoding="utf-8-sig")
    return written


def run(*arguments: str, code: int = 0) -> str:
    outcome = CliRunner().invoke(commands, list(arguments))
    assert outcome.exit_code == code, outcome.output
    return outcome.output


def test_rules_are_shown_checked_tried_on_past_claims_and_published(workspace: Workspace, stricter: Path) -> None:
    assert "version 1, as shipped" in run("engagement", "show")
    with scope(workspace_id=workspace.pk):
        reference = submit(make_partner(workspace).pk).registration.reference
    assert run("engagement", "show", "--source") == default_document()
    assert "11 rules in order. Hash " in run("engagement", "check", str(stricter))

    tried = run("engagement", "dry-run", str(stricter))
    assert "1 of 1 claims would have been answered otherwise." in tried
    assert reference in tried
    assert "held; to weigh: minimum_value" in tried
    published = run("engagement", "publish", str(stricter), "--reason", "Small deals cost more than they bring.")

    assert "of the rules of engagement is published. Hash " in published
    assert "90,000 EUR" in run("engagement", "show")
    with scope(workspace_id=workspace.pk):
        version = EngagementVersion.objects.order_by("-number")[0]
        assert (version.reason, version.published_by_label) == (
            "Small deals cost more than they bring.",
            "tallystick engagement publish",
        )
        assert DealRegistration.objects.get().state == "submitted"


def test_what_says_the_same_or_holds_no_rules_publishes_nothing(
    workspace: Workspace, stricter: Path, tmp_path: Path
) -> None:
    run("engagement", "publish", str(stricter))
    with scope(workspace_id=workspace.pk):
        before = EngagementVersion.objects.filter(published_at__isnull=False).count()
    assert "says the same as version" in run("engagement", "publish", str(stricter), code=1)
    wrong, other = tmp_path / "wrong.yaml", tmp_path / "other.yaml"
    wrong.write_text(STRICTER.replace("protection_days: 90", "protection_days: soon"), encoding="utf-8")
    other.write_bytes(STRICTER.encode("utf-16"))
    for command in ("check", "dry-run", "publish"):
        assert "protection_days" in run("engagement", command, str(wrong), code=1)
        assert "other.yaml is not in UTF-8. Save it so and try again." in run("engagement", command, str(other), code=1)
    with scope(workspace_id=workspace.pk):
        assert EngagementVersion.objects.filter(published_at__isnull=False).count() == before


@pytest.mark.usefixtures("workspace")
def test_a_plan_that_is_not_in_utf_8_is_refused_with_a_sentence(tmp_path: Path) -> None:
    other = tmp_path / "plan.yaml"
    other.write_bytes("name: Provision für Händler\n".encode("latin-1"))
    for command in ("check", "publish"):
        assert "plan.yaml is not in UTF-8. Save it so and try again." in run("plan", command, str(other), code=1)
