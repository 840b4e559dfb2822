"""Every session acts as the application role, in the scope of the code that opened it."""

from __future__ import annotations

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError, ProgrammingError

from tallystick.partners.models import Partner
from tallystick.platform.database.roles import APP_ROLE, as_owner
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import scope
from tests.factories import make_row


def _role() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        return str(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_a_reconnect_takes_the_role_and_the_scope_again(workspace: Workspace) -> None:
    with scope(workspace_id=workspace.pk):
        partner = make_row(Partner)
        connection.close()
        assert Partner.objects.get().pk == partner.pk
        assert _role() == APP_ROLE


@pytest.mark.django_db(transaction=True)
def test_a_session_that_the_server_cut_off_comes_back_in_the_same_scope(workspace: Workspace) -> None:
    with scope(workspace_id=workspace.pk):
        make_row(Partner)
        with pytest.raises(DatabaseError), connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        connection.close_if_unusable_or_obsolete()
        assert Partner.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_owner_steps_down_when_its_block_ends() -> None:
    with as_owner(connection):
        assert _role() != APP_ROLE
    assert _role() == APP_ROLE


@pytest.mark.django_db(transaction=True)
def test_a_session_that_the_owner_reopened_steps_down_too() -> None:
    with as_owner(connection):
        connection.close()
        assert _role() != APP_ROLE
    assert _role() == APP_ROLE


def test_a_failed_transaction_inside_the_owners_block_leaves_the_application_role(db: None) -> None:
    with pytest.raises(ProgrammingError), transaction.atomic(), as_owner(connection), connection.cursor() as cursor:
        cursor.execute("SELECT no_such_column FROM platform_workspace")
    assert _role() == APP_ROLE


@pytest.mark.parametrize(
    "statement",
    [
        "TRUNCATE platform_activityentry",
        "ALTER TABLE partners_partner DISABLE ROW LEVEL SECURITY",
        "DROP POLICY tallystick_select ON partners_partner",
        "DROP TRIGGER tallystick_chain ON platform_activityentry",
        "CREATE TABLE public.hole (id int)",
    ],
)
def test_the_application_role_cannot_open_the_wall(db: None, statement: str) -> None:
    with pytest.raises(DatabaseError, match=r"permission denied|must be owner"), connection.cursor() as cursor:
        cursor.execute(statement)
