"""What AEs are paid at the command line: the table shown, checked and published, the deals compared."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import time_machine
from typer.testing import CliRunner

from tallystick.cli import seller_pay  # noqa: F401 - importing it adds its commands
from tallystick.cli.application import commands, console
from tallystick.commissions.models import SellerPayVersion
from tallystick.platform.models import ActivityEntry, Workspace
from tallystick.platform.tenancy import scope
from tests.factories.console_world import TODAY, ConsoleWorld, make_console_world

pytestmark = pytest.mark.django_db(transaction=True)
HEAD = "seller,product,segment,direct,sourced,influenced,resale\n"


@pytest.fixture(autouse=True)
def _on_the_twentieth_of_november_on_a_wide_screen(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(console, "_width", 200)
    with time_machine.travel(TODAY, tick=False):
        yield


@pytest.fixture
def world(workspace: Workspace) -> ConsoleWorld:
    return make_console_world(workspace)


def run(*arguments: str, code: int = 0) -> str:
    outcome = CliRunner().invoke(commands, ["seller-pay", *arguments])
    assert outcome.exit_code == code, outcome.output
    return outcome.output


def written(workspace: Workspace) -> tuple[int, int]:
    with scope(workspace_id=workspace.pk):
        return SellerPayVersion.objects.count(), ActivityEntry.objects.count()


def file_of(folder: Path, content: str) -> str:
    file = folder / "pay.csv"
    file.write_text(content, encoding="utf-8")
    return str(file)


def test_where_no_table_was_published_the_command_says_so(workspace: Workspace) -> None:
    for command in ("show", "compare"):
        assert "No table was published: nothing is compared." in run(command, code=1)


def test_a_table_is_checked_published_shown_and_compared_by(world: ConsoleWorld, tmp_path: Path) -> None:
    file = file_of(tmp_path, f"{HEAD},,,8,8,8,8\nTom Albright,,,8,8,8,10\n")
    assert "pay.csv is in order: 2 rows." in run("check", file)
    published = run("publish", file, "--paid-on", "amount", "--tolerance", "2.5", "--reason", "Resale counts more")
    assert "Version 2 is published; 2 deals are compared by it." in published
    shown = run("show")
    assert "Version 2, published 2026-11-20 by tallystick seller-pay publish." in shown
    assert "Paid on the whole amount; 2.5 % may lie between." in shown
    assert "Tom Albright  all      all      8 %     8 %      8 %         10 %" in shown
    assert run("show", "--source") == f"{HEAD},,,8,8,8,8\nTom Albright,,,8,8,8,10\n"

    # 10 % of the whole 12,000.00 is 1,200.00; direct 8 % is 960.00.
    more = run("compare", "--verdict", "more", "--explain")
    rows = [" ".join(line.split()) for line in more.splitlines()]
    assert rows[0] == "2 deals compared. Earns more: 2, 1,240.00 EUR together"
    assert rows[2].endswith("Tom Albright 960.00 EUR 1,200.00 EUR 240.00 EUR Earns more")
    assert rows[3].endswith("Tom Albright 4,000.00 EUR 5,000.00 EUR 1,000.00 EUR Earns more")
    assert "The seller earns 240.00 EUR more with the partner. By seller_pay@2." in more
    assert len(run("compare", "--verdict", "less").splitlines()) == 2


def test_the_same_table_and_a_wrong_one_publish_nothing(world: ConsoleWorld, tmp_path: Path) -> None:
    before = written(world.workspace)
    wrong = file_of(tmp_path, f"{HEAD},,,8,much,8,8\n")
    for command in (("check", wrong), ("publish", wrong, "--paid-on", "kept")):
        assert "Line 2, sourced: “much” is no percentage. Write it like 8 or 7.5." in run(*command, code=1)
    same = file_of(tmp_path, f"{HEAD},,,8,8,8,8\n")
    assert "“many” is no percentage." in run("publish", same, "--paid-on", "kept", "--tolerance", "many", code=1)
    assert "The difference allowed is a percentage from 0 to 100." in run(
        "publish", same, "--paid-on", "kept", "--tolerance", "101", code=1
    )
    assert "Nothing was changed: version 1 says just that." in run("publish", same, "--paid-on", "kept", code=1)
    assert written(world.workspace) == before
