"""The template of the cases is built once for a run of the tests, however many processes share it."""

from __future__ import annotations

import pytest
from django.conf import settings

from tests.faults.harness import Template, template_in


@pytest.fixture(scope="session")
def template() -> Template:
    """Return the stage that every case is a copy of."""
    return template_in(settings.VAR / "faults")
