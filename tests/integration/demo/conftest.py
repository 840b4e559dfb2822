"""One demo workspace for all tests here that only look at it: building it takes seconds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker

from tallystick.demo.erasing import erase_workspace
from tallystick.demo.services import demo_workspace
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import scope

from .test_world import NOON


@pytest.fixture(scope="module")
def lumen_labs(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Workspace]:
    """Build the demo workspace as of noon of 20 November 2026 and enter it; erase it afterwards."""
    with django_db_blocker.unblock():
        workspace = demo_workspace(now=NOON)
        try:
            with scope(workspace_id=workspace.pk):
                yield workspace
        finally:
            erase_workspace(workspace)
