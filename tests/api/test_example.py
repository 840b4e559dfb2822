"""The example of a deal's whole life runs against a server, from the introduction to the statement."""

from __future__ import annotations

import importlib.util
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from types import ModuleType

import pytest
import time_machine
from pytest_django.live_server_helper import LiveServer

from tallystick.commissions.services import issue_statements
from tallystick.deals.models import DealRegistration
from tallystick.kernel.periods import Month
from tallystick.platform.actors import SYSTEM
from tallystick.platform.invariants import violations
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import scope
from tests.factories.approvals import approve_month
from tests.factories.jobs import run_due_jobs
from tests.factories.people import make_partner
from tests.factories.programs import make_key
from tests.factories.revenue import TEN_PERCENT, make_plan

EXAMPLE = Path(__file__).parents[2] / "examples" / "api_deal_life.py"
NOON = datetime(2026, 10, 14, 12, 0, tzinfo=UTC)
LATER = datetime(2027, 1, 5, 12, 0, tzinfo=UTC)


def example(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("api_deal_life", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)
    spec.loader.exec_module(module)
    return module


@pytest.mark.django_db(transaction=True)
def test_the_whole_life_of_a_deal_is_driven_through_the_api_alone(
    workspace: Workspace,
    live_server: LiveServer,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    partner = make_partner(workspace)
    with scope(workspace_id=workspace.pk):
        make_plan(TEN_PERCENT)
    keys = {"PARTNER_KEY": make_key(partner).token, "VENDOR_KEY": make_key(workspace).token}
    for name, value in {"TALLYSTICK": live_server.url, **keys}.items():
        monkeypatch.setenv(name, value)
    life = example(monkeypatch)
    monkeypatch.setattr(life, "pause", run_due_jobs)

    with time_machine.travel(NOON):
        life.main()
        run_due_jobs()
    said = capsys.readouterr().out
    steps = [line[:20].strip() for line in said.splitlines()]
    assert list(dict.fromkeys(steps)) == [
        "Who am I",
        "Check",
        "Lead",
        "Sent again",
        "The vendor's answer",
        "Registration",
        "Question",
        "Answer",
        "Next step",
        "Approved",
        "Approved twice",
        "Change",
        "More time",
        "Import",
        "Opportunity",
        "Won",
        "Commission",
        "Because",
        "Statement",
    ]
    assert "the same lead: True" in said
    assert "Who speaks to them? Dr Brandt, since March." in said
    assert "is converted and protected while" in said
    assert "6000.00 EUR" in said
    assert "none yet: it comes with the close of the month" in said

    with scope(workspace_id=workspace.pk):
        assert DealRegistration.objects.get().state == "won"
        # What is paid in October is held for thirty days: it can be approved in November.
        month = Month.containing(date(2026, 11, 1))
        approve_month(month, at=LATER)
        issue_statements(SYSTEM, month=month, at=LATER)
        assert list(violations(workspace_id=workspace.pk)) == []
    life.statements(life.Keys(partner=keys["PARTNER_KEY"], vendor=keys["VENDOR_KEY"]))
    assert "6000.00 EUR" in capsys.readouterr().out
