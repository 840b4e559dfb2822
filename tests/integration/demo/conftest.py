"""One demo workspace for all tests here that only look at it: building it takes seconds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker

from tallystick.demo.erasing import erase_workspace
from tallystick.demo.services import demo_workspace
from tallystick.platform.database.roles import as_owner
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import scope

from .test_world import NOON


@pytest.fixture(scope="module")
def lumen_labs(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Workspace]:
    """Build the demo workspace as of noon of 20 November 2026 and enter it; erase it and its people afterwards."""
    with django_db_blocker.unblock():
        workspace = demo_workspace(now=NOON)
        try:
            with scope(workspace_id=workspace.pk):
                yield workspace
        finally:
            erase_workspace(workspace)
            with as_owner(connection), connection.cursor() as cursor:
                cursor.execute("DELETE FROM platform_person")
