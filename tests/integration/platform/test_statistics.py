"""PostgreSQL looks at tables in which many rows came at once, before anybody reads them."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection
from pytest_django import DjangoCaptureOnCommitCallbacks

from tallystick.crm.models import Account
from tallystick.platform.database.roles import as_owner
from tallystick.platform.database.statistics import refresh_statistics
from tallystick.platform.tenancy import Scope
from tests.factories.rows import make_row
from tests.integration.crm.loading import load

pytestmark = pytest.mark.django_db


def knows(name: str) -> bool:
    """Tell whether PostgreSQL came across a name when it last looked at the accounts, whoever made it look."""
    with as_owner(connection), connection.cursor() as cursor:
        cursor.execute(
            "SELECT concat(most_common_vals, histogram_bounds) FROM pg_stats "
            "WHERE tablename = 'crm_account' AND attname = 'name'"
        )
        return any(name in values for (values,) in cursor.fetchall())


def accounts_file(rows: int) -> str:
    lines = (f"A{number},Account {number},Germany\n" for number in range(rows))
    return "Id,Account Name,BillingCountry\n" + "".join(lines)


def test_rows_of_the_same_transaction_are_looked_at_by_the_application_itself(vendor: Scope) -> None:
    assert not knows("Account 1")
    for number in range(20):
        make_row(Account, name=f"Account {number}")
    refresh_statistics([Account])
    assert knows("Account 1")


def test_a_large_import_has_its_tables_looked_at_once_it_is_there(
    vendor: Scope, tmp_path: Path, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        load(tmp_path, "few.csv", accounts_file(999), source="few")
    assert not knows("Account 1")
    with django_capture_on_commit_callbacks(execute=True):
        load(tmp_path, "many.csv", accounts_file(1_000), source="many")
    assert knows("Account 1")
