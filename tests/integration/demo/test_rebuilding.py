"""The demo is taken away without a trace, built again the same, and never touches real records."""

from __future__ import annotations

import pytest

from tallystick.commissions.models import CommissionLine
from tallystick.crm.models import Account
from tallystick.demo.erasing import NotADemoError, erase_workspace
from tallystick.demo.services import demo_workspace, empty_workspace
from tallystick.platform.actors import SYSTEM
from tallystick.platform.models import Membership, Workspace
from tallystick.platform.people import create_workspace
from tallystick.platform.tenancy import scope, tenant_models
from tests.factories import make_row

from .test_world import NOON

pytestmark = pytest.mark.django_db


def earnings(workspace: Workspace) -> list[tuple[str, str, int, str]]:
    """Give every commission line without the ids of its rows."""
    columns = ("invoice__external_id", "partner__name", "amount_minor", "currency")
    with scope(workspace_id=workspace.pk):
        return sorted(CommissionLine.objects.values_list(*columns))


def test_a_fresh_demo_is_the_same_again_and_leaves_nothing_of_the_old() -> None:
    first = demo_workspace(now=NOON)
    earned = earnings(first)
    again = demo_workspace(now=NOON, fresh=True)
    assert again.pk != first.pk
    assert earnings(again) == earned
    with scope(workspace_id=first.pk):
        assert [model.__name__ for model in tenant_models() if model.objects.exists()] == []


def test_a_workspace_of_real_records_is_never_erased(workspace: Workspace) -> None:
    with scope(workspace_id=workspace.pk):
        make_row(Account)
    with pytest.raises(NotADemoError):
        erase_workspace(workspace)
    with scope(workspace_id=workspace.pk):
        assert Account.objects.count() == 1


def test_a_workspace_that_has_taken_the_demos_name_is_left_alone() -> None:
    taken = create_workspace(SYSTEM, slug="lumen-labs", name="Lumen Labs Ltd", currency="GBP")
    with pytest.raises(NotADemoError):
        demo_workspace(now=NOON, fresh=True)
    assert Workspace.objects.get(slug="lumen-labs") == taken


def test_the_empty_workspace_has_its_admin_and_nothing_else() -> None:
    workspace = empty_workspace(now=NOON)
    assert (workspace.slug, workspace.is_demo) == ("your-company", False)
    with scope(workspace_id=workspace.pk):
        assert [(row.person.email, row.role) for row in Membership.objects.select_related("person")] == [
            ("alex@your-company.example", "admin")
        ]
        filled = {model.__name__ for model in tenant_models() if model.objects.exists()}
    assert filled == {"Membership", "ActivityEntry"}
    assert empty_workspace(now=NOON) == workspace
