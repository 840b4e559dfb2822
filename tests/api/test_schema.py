"""The API keeps to its document: what it allows and what it forbids is made up by schemathesis and sent.

In process, with few examples for each operation, so that it stays under a minute; the seeds are the same each time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck

from tallystick.platform.models import Workspace
from tallystick.web.api.application import openapi_document
from tests.factories.people import make_partner
from tests.factories.programs import make_key

pytestmark = pytest.mark.django_db

EXAMPLES = 5
schema = schemathesis.openapi.from_dict(dict(openapi_document()))
schema.app = get_wsgi_application()
schema.config.generation.max_examples = EXAMPLES
schema.config.generation.deterministic = True
# A company that is none, a cursor of another list: valid in form, and refused with 422 and a reason.
schema.config.checks.positive_data_acceptance.expected_statuses = ["2xx", "401", "403", "404", "409", "422", "429"]


@pytest.fixture
def tokens(workspace: Workspace, settings: Any) -> Iterator[dict[bool, str]]:
    """Give the key of the workspace, and of a partner for its own operations."""
    settings.API_REQUESTS_A_MINUTE = settings.API_CHECKS_A_MINUTE = 100_000
    # As Django's own test client does: a request must not close the connection that the test's transaction is on.
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield {False: make_key(workspace).token, True: make_key(make_partner(workspace)).token}
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


# What one example leaves behind is there for the next, as it is for programs.
@schema.parametrize()
@hypothesis.settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_an_operation_keeps_to_the_document(case: Any, tokens: dict[bool, str]) -> None:
    token = tokens["/own/" in case.operation.path]
    case.call_and_validate(headers={"Authorization": f"Bearer {token}"})
