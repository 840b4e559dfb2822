"""The wall in PostgreSQL, tried with bare SQL on every table that there is."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import connection, models, transaction
from django.db.utils import DatabaseError

from tallystick.partners.models import Partner
from tallystick.platform.database.catalogue import read_catalogue
from tallystick.platform.database.roles import APP_ROLE
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import TenantModel, Visibility, scope, tenant_models
from tests.factories import make_row

GLOBAL_TABLES = {
    "platform.Workspace": "the tenant itself: its name is looked up before a scope exists",
    "platform.Person": "people are global; what they may see hangs on memberships",
    "platform.KnownBrowser": "belongs to a person",
    "mfa.Authenticator": "belongs to a person",
    "usersessions.UserSession": "belongs to a person",
    "auth.Permission": "Django's list of permissions, the same for all and unused",
    "auth.Group": "Django's groups, unused",
    "auth.Group_permissions": "Django's groups, unused",
    "contenttypes.ContentType": "Django's list of models",
    "sessions.Session": "a person's session, found by its secret key",
    "account.EmailAddress": "belongs to a person",
    "account.EmailConfirmation": "belongs to a person",
    "procrastinate.ProcrastinateJob": "jobs name workspaces by id and hold no rows of theirs",
    "procrastinate.ProcrastinateEvent": "history of jobs",
    "procrastinate.ProcrastinatePeriodicDefer": "when periodic jobs were last enqueued",
    "procrastinate.ProcrastinateWorker": "which workers are alive",
}

EVERY_TENANT_MODEL = [pytest.param(model, id=model._meta.label) for model in tenant_models()]
PARTNER_MODELS = [
    pytest.param(model, id=model._meta.label)
    for model in tenant_models()
    if model.visibility in {Visibility.PARTNER, Visibility.PARTNER_READS}
]
VENDOR_MODELS = [
    pytest.param(model, id=model._meta.label) for model in tenant_models() if model.visibility is Visibility.VENDOR
]
APPEND_ONLY_MODELS = [pytest.param(model, id=model._meta.label) for model in tenant_models() if model.append_only]


def test_every_table_belongs_to_a_workspace_or_is_global_for_a_stated_reason() -> None:
    every = {model._meta.label: model for model in apps.get_models(include_auto_created=True)}
    unexplained = {name for name, model in every.items() if not issubclass(model, TenantModel)} - set(GLOBAL_TABLES)
    assert unexplained == set()
    assert {model._meta.label for model in tenant_models() if not hasattr(model, "visibility")} == set()


def test_the_application_role_is_bound_by_the_policies(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolname, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (APP_ROLE, False, False)


@pytest.mark.parametrize("model", EVERY_TENANT_MODEL)
def test_every_tenant_table_is_guarded(db: None, model: type[TenantModel]) -> None:
    guard = read_catalogue(connection)[model._meta.db_table]
    assert list(guard.faults(append_only=model.append_only)) == []


@pytest.mark.parametrize("model", EVERY_TENANT_MODEL)
def test_without_a_scope_no_row_is_seen(workspace: Workspace, model: type[TenantModel]) -> None:
    with scope(workspace_id=workspace.pk):
        make_row(model)
        assert _count(model) > 0
    assert _count(model) == 0


@pytest.mark.parametrize("model", EVERY_TENANT_MODEL)
def test_one_workspace_sees_no_row_of_another(
    workspace: Workspace, other_workspace: Workspace, model: type[TenantModel]
) -> None:
    with scope(workspace_id=other_workspace.pk):
        foreign = make_row(model)
    with scope(workspace_id=workspace.pk):
        assert _count(model) == 0
        assert _change(model, "workspace_id = workspace_id", foreign.pk) == 0
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            make_row(model, workspace_id=other_workspace.pk)


@pytest.mark.parametrize("model", PARTNER_MODELS)
def test_one_partner_sees_no_row_of_another(workspace: Workspace, model: type[TenantModel]) -> None:
    with scope(workspace_id=workspace.pk):
        asker, rival = make_row(Partner), make_row(Partner)
        own, foreign = _row_of(model, asker), _row_of(model, rival)
    with scope(workspace_id=workspace.pk, partner_id=asker.pk):
        seen = _primary_keys(model)
        assert own.pk in seen
        assert foreign.pk not in seen
        assert _change(model, f"{model.partner_column} = {model.partner_column}", foreign.pk) == 0


@pytest.mark.parametrize("model", VENDOR_MODELS)
def test_a_partner_sees_no_row_of_the_vendor_side(workspace: Workspace, model: type[TenantModel]) -> None:
    with scope(workspace_id=workspace.pk):
        partner = make_row(Partner)
        make_row(model)
    with scope(workspace_id=workspace.pk, partner_id=partner.pk):
        assert _count(model) == 0


@pytest.mark.parametrize("model", APPEND_ONLY_MODELS)
@pytest.mark.parametrize("statement", ["UPDATE {} SET workspace_id = workspace_id", "DELETE FROM {}"])
def test_rows_of_append_only_tables_are_never_changed(
    workspace: Workspace, model: type[TenantModel], statement: str
) -> None:
    with scope(workspace_id=workspace.pk):
        make_row(model)
        before = _primary_keys(model)
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            _execute(statement.format(model._meta.db_table))
        assert _primary_keys(model) == before


def _row_of(model: type[TenantModel], partner: Partner) -> models.Model:
    return partner if model is Partner else make_row(model, **{model.partner_column: partner.pk})


def _count(model: type[TenantModel]) -> int:
    return len(_primary_keys(model))


def _primary_keys(model: type[TenantModel]) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT "{model._meta.pk.column}" FROM "{model._meta.db_table}"')
        return {key for (key,) in cursor.fetchall()}


def _change(model: type[TenantModel], assignment: str, primary_key: int) -> int:
    """Try to touch one row and return how many were found; append-only tables refuse before they look."""
    if model.append_only:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            f'UPDATE "{model._meta.db_table}" SET {assignment} WHERE "{model._meta.pk.column}" = %s', [primary_key]
        )
        return int(cursor.rowcount)


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
