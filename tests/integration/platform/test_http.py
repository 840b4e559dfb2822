"""What every answer carries, and what a load balancer is told."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client

from tallystick.platform.database.roles import as_owner


def test_the_process_answers_as_live_without_a_database(client: Client) -> None:
    answer = client.get("/health/live")
    assert (answer.status_code, answer.json()) == (200, {"status": "live"})


def test_ready_means_the_right_role_and_every_migration(client: Client, db: None) -> None:
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()) == (
        200,
        {"status": "ready", "checks": {"database": True, "migrations": True}},
    )


def test_a_session_that_policies_do_not_bind_is_not_ready(client: Client, db: None) -> None:
    with as_owner(connection):
        answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()) == (503, {"status": "not ready", "checks": {"database": False}})


def test_a_request_id_is_taken_over_from_a_proxy(client: Client) -> None:
    assert client.get("/health/live", headers={"X-Request-ID": "abc-123-def"})["X-Request-ID"] == "abc-123-def"


@pytest.mark.parametrize("given", ["short", "with space in it", "x" * 65, "line\x0bbreak-in-it"])
def test_a_request_id_that_could_forge_a_log_line_is_replaced(client: Client, given: str) -> None:
    answered = client.get("/health/live", headers={"X-Request-ID": given})["X-Request-ID"]
    assert len(answered) == 32
    assert answered != given


def test_every_page_forbids_inline_scripts_and_foreign_sources(client: Client, db: None) -> None:
    policy = client.get("/no-such-page")["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe-eval" not in policy
