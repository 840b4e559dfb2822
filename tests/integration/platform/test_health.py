"""The doctor and the invariants: what is amiss is found and named."""

from __future__ import annotations

import pytest
from django.db import connection

from tallystick.platform.database.roles import as_owner
from tallystick.platform.database.security import secure
from tallystick.platform.health import wall_findings
from tallystick.platform.invariants import invariants, violations
from tallystick.platform.models import Workspace


def _amiss() -> list[str]:
    return [f"{finding.subject}: {finding.sentence}" for finding in wall_findings() if not finding.holds]


@pytest.mark.parametrize(
    ("hole", "found"),
    [
        ("ALTER TABLE crm_account DISABLE ROW LEVEL SECURITY", "crm_account: row-level security is off"),
        ("DROP POLICY tallystick_select ON crm_account", "crm_account: no policy for SELECT"),
        ("ALTER TABLE crm_account OWNER TO tallystick_app", "crm_account: belongs to the application role"),
        ("GRANT TRUNCATE ON crm_account TO tallystick_app", "crm_account: the application role may truncate it"),
        (
            "GRANT UPDATE ON ledger_posting TO tallystick_app",
            "ledger_posting: the application role may change its rows",
        ),
        (
            "DROP TRIGGER tallystick_append_only ON ledger_posting",
            "ledger_posting: nothing refuses changes of its rows",
        ),
        (
            "ALTER TABLE ledger_posting DISABLE TRIGGER tallystick_append_only",
            "ledger_posting: nothing refuses changes of its rows",
        ),
    ],
)
def test_each_hole_in_the_wall_is_found_and_named(db: None, hole: str, found: str) -> None:
    assert _amiss() == []
    with as_owner(connection), connection.cursor() as cursor:
        cursor.execute(hole)
    assert [sentence for sentence in _amiss() if sentence.startswith(found)] == _amiss() != []


def test_the_wall_is_built_again_where_it_was_opened(db: None) -> None:
    with as_owner(connection), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE crm_account DISABLE ROW LEVEL SECURITY")
        cursor.execute("GRANT UPDATE ON ledger_posting TO tallystick_app")
        cursor.execute("DROP TRIGGER tallystick_append_only ON ledger_posting")
    secure(connection)
    assert _amiss() == []


def test_every_invariant_holds_for_a_workspace_in_which_nothing_has_happened(workspace: Workspace) -> None:
    assert len(invariants()) > 0
    assert list(violations(workspace_id=workspace.pk)) == []
