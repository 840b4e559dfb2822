"""A request sent twice acts once: the cases of an idempotency key, one after the other and at the same time."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction

from tallystick.deals.models import DealRegistration
from tallystick.flows.partners import add_partner
from tallystick.flows.retention import remove_what_is_old
from tallystick.partners.models import ApiAnswer, Partner
from tallystick.platform.access import Permission
from tallystick.platform.actors import SYSTEM
from tallystick.platform.models import ActivityEntry, Workspace
from tallystick.platform.tenancy import scope
from tallystick.web.api.operations import partners as operations
from tests.factories.people import make_partner
from tests.factories.programs import Program, make_key, program_of

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
BODY = {"name": "Corvid", "type": "reseller"}


def partners_of(workspace: Workspace) -> list[str]:
    with scope(workspace_id=workspace.pk):
        return list(Partner.objects.order_by("name").values_list("name", flat=True))


@pytest.mark.django_db
def test_the_same_request_gets_the_same_answer_and_acts_once(workspace: Workspace) -> None:
    program = program_of(workspace)
    first, second = program.post("/partners", BODY, once="a"), program.post("/partners", BODY, once="a")

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert "Idempotency-Replayed" not in first
    assert second["Idempotency-Replayed"] == "true"
    assert partners_of(workspace) == ["Corvid"]
    with scope(workspace_id=workspace.pk):
        assert ActivityEntry.objects.filter(verb="partner_created").count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "body"),
    [
        ("/partners", {"name": "Other", "type": "reseller"}),
        ("/partners", {"type": "reseller", "name": "Corvid"}),
        ("/touches", BODY),
        ("/registrations/DR-000000/approve", None),
    ],
)
def test_another_request_under_the_same_text_is_refused_and_nothing_changes(
    workspace: Workspace, address: str, body: Any
) -> None:
    program = program_of(workspace)
    program.post("/partners", BODY, once="a")
    response = program.post(address, body, once="a")

    assert (response.status_code, response.json()["code"]) == (422, "idempotency_key_reused")
    assert partners_of(workspace) == ["Corvid"]


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["", "with a space", "ü", "x" * 201])
def test_a_change_without_a_text_of_its_own_is_refused(workspace: Workspace, text: str) -> None:
    program = program_of(workspace)
    response = program.client.post(
        "/api/v1/partners",
        BODY,
        content_type="application/json",
        headers=program.headers() | ({"Idempotency-Key": text} if text else {}),
    )

    assert (response.status_code, response.json()["code"]) == (400, "idempotency_key_missing")
    assert partners_of(workspace) == []


@pytest.mark.django_db
def test_a_refused_request_keeps_no_answer_and_can_be_mended_under_the_same_text(workspace: Workspace) -> None:
    program = program_of(workspace)
    assert program.post("/partners", {"name": "Corvid", "type": "none"}, once="a").status_code == 422
    assert program.post("/partners", BODY, once="a").status_code == 201
    assert program.post("/partners", BODY, once="b").json()["code"] == "already_exists"
    assert program.post("/partners", {"name": "Dove", "type": "reseller"}, once="b").status_code == 201
    assert partners_of(workspace) == ["Corvid", "Dove"]


@pytest.mark.django_db
def test_after_a_fault_of_ours_nothing_was_changed_and_the_request_can_be_sent_again(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def add_then_fail(*args: Any, **kwargs: Any) -> Partner:
        works(*args, **kwargs)
        raise RuntimeError("after the change")

    program, works = program_of(workspace), add_partner
    with monkeypatch.context() as broken:
        broken.setattr(operations, "add_partner", add_then_fail)
        failed = program.post("/partners", BODY, once="a")
    assert (failed.status_code, failed.json()["code"]) == (500, "internal")
    assert "after the change" not in failed.content.decode()
    assert partners_of(workspace) == []

    assert program.post("/partners", BODY, once="a").status_code == 201
    assert partners_of(workspace) == ["Corvid"]


@pytest.mark.django_db
def test_after_a_day_the_text_is_free_again(workspace: Workspace) -> None:
    program = program_of(workspace)
    with time_machine.travel(NOON, tick=False):
        program.post("/partners", BODY, once="a")
    with time_machine.travel(NOON + timedelta(hours=23, minutes=59), tick=False):
        assert program.post("/partners", BODY, once="a")["Idempotency-Replayed"] == "true"
    with time_machine.travel(NOON + timedelta(hours=24), tick=False):
        later = program.post("/partners", {"name": "Dove", "type": "reseller"}, once="a")
    assert later.status_code == 201
    assert partners_of(workspace) == ["Corvid", "Dove"]
    with scope(workspace_id=workspace.pk):
        assert ApiAnswer.objects.count() == 1


@pytest.mark.django_db
def test_kept_answers_are_removed_after_a_day(workspace: Workspace) -> None:
    with time_machine.travel(NOON, tick=False):
        program_of(workspace).post("/partners", BODY, once="a")
    with scope(workspace_id=workspace.pk):
        remove_what_is_old(SYSTEM, at=NOON + timedelta(hours=24))
        assert ApiAnswer.objects.count() == 1
        remove_what_is_old(SYSTEM, at=NOON + timedelta(hours=24, seconds=1))
        assert ApiAnswer.objects.count() == 0


@pytest.mark.django_db
def test_a_text_belongs_to_the_owner_of_the_key(workspace: Workspace, other_workspace: Workspace) -> None:
    partner, rival = make_partner(workspace), make_partner(workspace, "Rival")
    claim = {"company": "Cellvia", "website": "cellvia.example", "value": {"minor": 100_000_00, "currency": "EUR"}}
    first, second = program_of(partner), program_of(partner)
    receipt = first.post("/own/registrations", claim, once="a")

    again = second.post("/own/registrations", claim, once="a")
    assert again.content == receipt.content
    theirs = program_of(rival).post("/own/registrations", claim, once="a")
    assert (theirs.status_code, theirs.json()["state"]) == (201, "declined")
    assert receipt.json()["reference"] not in theirs.content.decode()
    assert program_of(workspace).post("/partners", BODY, once="a").status_code == 201
    assert program_of(other_workspace).post("/partners", BODY, once="a").status_code == 201
    with scope(workspace_id=workspace.pk):
        assert DealRegistration.objects.count() == 2
        assert ApiAnswer.objects.count() == 3


@pytest.mark.django_db
def test_a_key_that_may_not_do_it_gets_no_kept_answer(workspace: Workspace) -> None:
    program_of(workspace).post("/partners", BODY, once="a")
    weak = program_of(workspace, [Permission.SEE_DEALS])
    assert weak.post("/partners", BODY, once="a").status_code == 403


@pytest.mark.django_db(transaction=True)
def test_of_many_at_the_same_time_one_acts_and_the_others_get_its_answer_or_are_told_to_wait(
    workspace: Workspace,
) -> None:
    token = make_key(workspace).token
    start = Barrier(8)

    def send(_number: int) -> tuple[int, str, str]:
        try:
            connection.ensure_connection()
            start.wait(timeout=30)
            response = Program(token).post("/partners", BODY, once="a")
            return response.status_code, response.json().get("code", ""), response.get("Retry-After", "")
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=8) as threads:
        answers = Counter(threads.map(send, range(8)))

    assert set(answers) <= {(201, "", ""), (409, "idempotency_key_in_use", "1")}
    assert answers[201, "", ""] >= 1
    assert partners_of(workspace) == ["Corvid"]
    assert Program(token).post("/partners", BODY, once="a")["Idempotency-Replayed"] == "true"


@pytest.mark.django_db(transaction=True)
def test_while_a_request_is_at_work_another_under_its_text_is_told_to_wait(workspace: Workspace) -> None:
    program = program_of(workspace)
    with transaction.atomic(), connection.cursor() as cursor:
        owner = f"tallystick.api:{workspace.pk}:None:a"
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [owner])
        with ThreadPoolExecutor(max_workers=1) as thread:
            response = thread.submit(_post_and_close, program).result()
        assert (response.status_code, response.json()["code"]) == (409, "idempotency_key_in_use")
        assert response["Retry-After"] == "1"
    assert partners_of(workspace) == []
    assert program.post("/partners", BODY, once="a").status_code == 201


def _post_and_close(program: Program) -> Any:
    try:
        return program.post("/partners", BODY, once="a")
    finally:
        connection.close()
