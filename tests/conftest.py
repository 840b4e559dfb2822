"""What every test stands on: a database of its own, the application role, and no network but this machine's."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from django.db import connection
from django.test import TransactionTestCase
from django.test.utils import setup_databases, teardown_databases
from django.utils import timezone, translation
from hypothesis import HealthCheck, settings
from pytest_django import DjangoDbBlocker

from tallystick.platform.database.roles import as_owner
from tallystick.platform.database.security import secure
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import Scope, scope
from tests.factories import make_row
from tests.template import run_template

_TEAR_DOWN = "_fixture_teardown"

# How long an example takes says something about the machine, not about the rule: timings are for bench/.
settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None,
    django_db_modify_db_settings: None,
    django_db_keepdb: bool,  # noqa: FBT001 - pytest asks by name
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[None]:
    """Create the database of this test process as its owner; tests then run under the application role.

    Parallel processes migrate once and clone. With `--reuse-db` it stays, and the next run only brings its tables up
    to date.
    """
    parallel = os.environ.get("PYTEST_XDIST_TESTRUNUID")
    with ExitStack() as template:
        with django_db_blocker.unblock(), as_owner(connection):
            if parallel and not django_db_keepdb:
                template.enter_context(run_template(connection, run=parallel))
            databases = setup_databases(
                verbosity=0, interactive=False, serialized_aliases=set(), keepdb=django_db_keepdb
            )
            secure(connection)
        yield
        with django_db_blocker.unblock(), as_owner(connection):
            teardown_databases(databases, verbosity=0, keepdb=django_db_keepdb)
            template.close()


@pytest.fixture(scope="session", autouse=True)
def _tables_are_emptied_by_their_owner() -> Iterator[None]:
    """Let the owner truncate after tests that commit: the application role must not be able to."""
    tear_down: Callable[[TransactionTestCase], None] = getattr(TransactionTestCase, _TEAR_DOWN)

    def as_the_owner(case: TransactionTestCase) -> None:
        with as_owner(connection):
            tear_down(case)
            with connection.cursor() as cursor:
                cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_events CASCADE")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, _TEAR_DOWN, as_the_owner)
        yield


@pytest.fixture(autouse=True)
def _no_language_and_no_zone_is_left_behind() -> Iterator[None]:
    """Forget what the requests of a test switched on, so that tests may run in any order."""
    yield
    translation.deactivate()
    timezone.deactivate()


@pytest.fixture
def workspace(db: None) -> Workspace:
    """Return an empty workspace in euros, in Berlin's time zone; nothing is in scope yet."""
    return make_row(Workspace, slug="umbra", name="Umbra Labs", currency="EUR", time_zone="Europe/Berlin")


@pytest.fixture
def other_workspace(db: None) -> Workspace:
    """Return a second tenant, whose rows nobody in the first may see."""
    return make_row(Workspace, slug="vesper", name="Vesper Systems", currency="USD", time_zone="UTC")


@pytest.fixture
def vendor(workspace: Workspace) -> Iterator[Scope]:
    """Run the test on the vendor's side of `workspace`."""
    with scope(workspace_id=workspace.pk) as entered:
        yield entered
