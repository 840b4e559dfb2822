"""Decisions follow by themselves: a worker runs the job that a change asked for, or an operator runs the command."""

from importlib import import_module

import pytest
from typer.testing import CliRunner

from tallystick.attribution.models import Decision, PendingOpportunity
from tallystick.attribution.services import TouchRefused, forget_import, mark_opportunities
from tallystick.cli.application import commands
from tallystick.crm.models import Import, Opportunity
from tallystick.flows import attribution as flow
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import Scope, scope
from tests.factories import make_row
from tests.factories.jobs import run_due_jobs

from .facts import ACTOR, AT, current, make_account, make_opportunity, make_partner, new_touch


@pytest.mark.django_db(transaction=True)
def test_a_worker_decides_what_a_new_touch_concerns(workspace: Workspace) -> None:
    with scope(workspace_id=workspace.pk):
        partner, account = make_partner(), make_account()
        opportunity = make_opportunity(account)
        flow.record_touch(ACTOR, touch=new_touch(partner, account), at=AT)
        with pytest.raises(TouchRefused):
            flow.record_touch(ACTOR, touch=new_touch(partner, account, learned="2026-01-31", key="T2"), at=AT)
    run_due_jobs()

    with scope(workspace_id=workspace.pk):
        assert current(opportunity).credit_class == "sourced"
        assert not PendingOpportunity.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_new_policy_is_applied_by_the_worker_and_many_touches_are_one_job(workspace: Workspace) -> None:
    with scope(workspace_id=workspace.pk):
        partner, account = make_partner(), make_account()
        opportunity = make_opportunity(account)
        assert flow.load_touches(ACTOR, new=[new_touch(partner, account, on="2026-03-09")], at=AT) == 1
    run_due_jobs()
    with scope(workspace_id=workspace.pk):
        assert current(opportunity).credit_class == "sourced"
        flow.publish_policy(ACTOR, document={"grace_days": 0}, at=AT)
    run_due_jobs()

    with scope(workspace_id=workspace.pk):
        assert (current(opportunity).credit_class, current(opportunity).version) == ("influenced", 2)


def test_the_command_says_what_it_did_and_a_repeat_does_nothing(vendor: Scope) -> None:
    opportunity = make_opportunity(make_account())
    mark_opportunities([opportunity.pk])
    for module in ("commissions", "decisions"):  # a command is there once its module is imported
        import_module(f"tallystick.cli.{module}")
    run = CliRunner()

    first = run.invoke(commands, ["decide"])
    assert "Opportunities looked at: 1. Decisions changed: 1." in first.output
    again = run.invoke(commands, ["decide"])
    assert "Opportunities looked at: 0. Decisions changed: 0." in again.output


def test_undoing_an_import_takes_the_decisions_about_its_opportunities_along(vendor: Scope) -> None:
    account, batch = make_account(), make_row(Import)
    brought, other = make_opportunity(account), make_opportunity(account, key="O2")
    Opportunity.objects.filter(pk=brought.pk).update(added_by_import=batch)
    mark_opportunities([brought.pk, other.pk])
    list(flow.decide(ACTOR, at=AT))
    mark_opportunities([brought.pk])

    assert forget_import(batch.pk) == 1
    assert list(Decision.objects.values_list("opportunity_id", flat=True)) == [other.pk]
    assert list(PendingOpportunity.objects.values_list("opportunity_id", flat=True)) == [other.pk]
