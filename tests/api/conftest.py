"""Counts of requests begin anew with each test of the API."""

from __future__ import annotations

import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def _nobody_has_called_yet() -> None:
    cache.clear()
