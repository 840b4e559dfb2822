"""`tallystick rebuild-sums` makes kept sums anew."""

from __future__ import annotations

from datetime import date

import pytest
from typer.testing import CliRunner

import tallystick.cli.sums  # noqa: F401 - declares the command
from tallystick.cli.application import commands
from tallystick.crm.models import Opportunity, StageTotal
from tallystick.insights.invariants import day_sums_are_sums, stage_totals_are_sums
from tallystick.insights.models import DaySum
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import scope
from tests.factories.rows import make_row

pytestmark = pytest.mark.django_db


def test_sums_that_were_lost_are_made_anew(workspace: Workspace) -> None:
    with scope(workspace_id=workspace.pk):
        make_row(Opportunity, stage="Discovery", status="open", currency="EUR", opened_on=date(2026, 1, 2))
        StageTotal.objects.all().delete()
        assert list(stage_totals_are_sums()) != []
    answer = CliRunner().invoke(commands, ["rebuild-sums"])
    assert answer.exit_code == 0, answer.output
    assert "were made anew" in answer.output
    with scope(workspace_id=workspace.pk):
        assert DaySum.objects.count() == 1
        assert list(stage_totals_are_sums()) == []
        assert list(day_sums_are_sums()) == []
