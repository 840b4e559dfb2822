"""Cases of conflict at the command line: listed, shown with what the rules say, ruled once, appealed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from typer.testing import CliRunner

from tallystick.cli import conflicts  # noqa: F401 - importing it adds its commands
from tallystick.cli.application import commands, console
from tallystick.deals.models import Conflict, ConflictAppeal, ConflictRuling, DealRegistration
from tallystick.platform.models import ActivityEntry, Workspace
from tallystick.platform.tenancy import scope
from tests.factories.conflicts import conflicts_of_each_kind
from tests.factories.revenue import make_partner

pytestmark = pytest.mark.django_db(transaction=True)
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
CITED = ("--rule", "first_to_register", "--reason", "The earlier claim was good.")


@pytest.fixture(autouse=True)
def _it_is_noon_on_a_wide_screen(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(console, "_width", 200)
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def case(workspace: Workspace) -> Conflict:
    with scope(workspace_id=workspace.pk):
        return conflicts_of_each_kind(make_partner("Zephyr Informatics"), at=NOON)


def run(*arguments: str, code: int = 0) -> str:
    outcome = CliRunner().invoke(commands, ["conflicts", *arguments])
    assert outcome.exit_code == code, outcome.output
    return outcome.output


def written(workspace: Workspace) -> tuple[int, int, int]:
    with scope(workspace_id=workspace.pk):
        return ConflictRuling.objects.count(), ConflictAppeal.objects.count(), ActivityEntry.objects.count()


def test_cases_are_listed_and_one_is_shown_with_its_claims_and_what_the_rules_say(case: Conflict) -> None:
    listed = run("list", "--state", "open")
    assert f"{case.reference}  Fernhill  Two partners  Waiting for a ruling" in listed
    assert case.reference not in run("list", "--state", "closed")
    shown = run("show", case.reference)
    assert f"{case.reference} Fernhill: Two partners. Waiting for a ruling." in shown
    assert "Zephyr Informatics  Registration" in shown
    assert "The rules favour Zephyr Informatics, by first_to_register." in shown
    assert "There is no case CF-999999; `tallystick conflicts list` shows those there are." in run(
        "show", "CF-999999", code=1
    )


def test_a_case_is_ruled_by_command_once_and_the_ruling_stands_under_its_name(
    workspace: Workspace, case: Conflict
) -> None:
    ruled = run("rule", case.reference, "--uphold", "zephyr informatics", *CITED)
    assert "Ruling 1 by tallystick conflicts rule" in ruled
    assert "Zephyr Informatics 100 %. By first_to_register, engagement@1#" in ruled
    assert "It can be appealed until 2026-12-04." in ruled
    before = written(workspace)
    assert "The case waits for no ruling." in run("rule", case.reference, "--reject", *CITED, code=1)
    assert written(workspace) == before
    assert "“The earlier claim was good.”" in run("show", case.reference)


def test_claims_share_by_percent_and_the_effect_is_shown_before_anything_is_changed(
    workspace: Workspace, case: Conflict
) -> None:
    before = written(workspace)
    shares = ("--share", "Zephyr Informatics=62.5", "--share", "Northwind=37.5")
    shown = run("effect", case.reference, *shares)
    assert "Zephyr Informatics" in shown
    assert "Northwind" in shown
    assert written(workspace) == before
    assert "Zephyr Informatics 62.5 %, Northwind 37.5 %" in run("rule", case.reference, *shares, *CITED)
    with scope(workspace_id=workspace.pk):
        assert [ppm for _partner, ppm in ConflictRuling.objects.get().parts] == [625_000, 375_000]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ((), "Say what is ruled: --uphold, --share or --reject, and one of them alone."),
        (("--reject", "--uphold", "Northwind"), "Say what is ruled: --uphold, --share or --reject, and one of them"),
        (("--uphold", "Kite"), "“Kite” has no claim in the case. Who has: "),
        (("--share", "Northwind"), "“Northwind” is no part. Write it like --share 'Zephyr Informatics=70'."),
        (("--share", "Northwind=many"), "“Northwind=many” is no part."),
        (("--share", "Northwind=0.00001"), "“Northwind=0.00001” is no part."),
        (("--share", "Northwind=60"), "The parts of a ruling sum to exactly one."),
    ],
)
def test_what_is_no_ruling_is_refused_and_nothing_is_ruled(
    workspace: Workspace, case: Conflict, said: tuple[str, ...], words: str
) -> None:
    before = written(workspace)
    assert words in run("rule", case.reference, *said, *CITED, code=1)
    assert written(workspace) == before


def test_a_reason_that_names_another_partner_is_refused(workspace: Workspace, case: Conflict) -> None:
    before = written(workspace)
    named = ("--rule", "first_to_register", "--reason", "Northwind came later.")
    refused = run("rule", case.reference, "--uphold", "Zephyr Informatics", *named, code=1)
    assert "write “another partner” instead of Northwind." in refused
    assert written(workspace) == before


def test_a_ruling_is_appealed_once_and_no_command_decides_the_appeal(workspace: Workspace, case: Conflict) -> None:
    run("rule", case.reference, "--reject", *CITED)
    assert "is appealed: another person decides." in run("appeal", case.reference, "--words", "We met them first.")
    before = written(workspace)
    assert "cannot be appealed any more." in run("appeal", case.reference, "--words", "Again.", code=1)
    again = run("rule", case.reference, "--uphold", "Northwind", *CITED, code=1)
    assert "An appeal is decided by another person than ruled before; no program decides it." in again
    assert written(workspace) == before
    assert "Appealed by tallystick conflicts appeal: “We met them first.”" in run("show", case.reference)


def test_a_case_is_opened_by_hand_about_a_decision(workspace: Workspace, case: Conflict) -> None:
    with scope(workspace_id=workspace.pk):
        declined = DealRegistration.objects.get(company="Ashdown")
    opened = run("open", declined.reference, "--words", "It was large enough.")
    assert "Ashdown waits for a ruling until" in opened
    before = written(workspace)
    assert run("open", declined.reference, "--words", "It was large enough.") == opened
    assert "There is no registration DR-000000." in run("open", "DR-000000", "--words", "Why?", code=1)
    assert written(workspace) == before
