"""Every operation against its own document: what is made up from it, and against it, is answered as it says.

In process over WSGI, with a key of the workspace and one of a partner, the same requests in every run.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
import schemathesis
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, Verbosity, given, settings, strategies
from schemathesis import Case, CheckContext, GenerationMode, Response
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tallystick.commissions.models import CommissionLine, Statement
from tallystick.commissions.rules.seller_pay import PaidOn, PayRate
from tallystick.commissions.services import check_seller_pay, publish_seller_pay
from tallystick.deals.models import MessageSide
from tallystick.deals.rules.engagement.reading import default_document
from tallystick.deals.services import ask_partner, publish_form, request_amendment, save_form_draft, start_trial
from tallystick.deals.services.attaching import attach_file
from tallystick.deals.services.collaborating import WorkedOn, add_collaborator
from tallystick.platform.actors import SYSTEM
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import scope
from tallystick.web.api.access import Whose
from tallystick.web.api.application import openapi_document
from tests.api.operations import every_operation
from tests.factories.conflicts import conflicts_of_each_kind
from tests.factories.leads import leads_of_each_kind
from tests.factories.people import make_member
from tests.factories.programs import make_key
from tests.journeys.portal_world import build_portal_world

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
FORM = "title: Registration form\nregistration:\n  - {id: seats, label: Seats, kind: number}\nlead: []\n"
EXAMPLES = 4
"""Requests an operation and way of making them; one where the key is of the other side."""
SCHEMA = schemathesis.openapi.from_dict(openapi_document())
SCHEMA.app = get_wsgi_application()
OPERATIONS: dict[str, Any] = {
    found.ok().definition.raw["operationId"]: found.ok()
    for found in SCHEMA.get_all_operations()
    if isinstance(found, Ok)
}


def what_the_document_allows_is_not_invalid(_ctx: CheckContext, response: Response, case: Case[Any]) -> bool | None:
    """Refuse that a request made up from the document is told that a field of it is wrong."""
    assert case.meta is not None
    if case.meta.generation.mode is GenerationMode.POSITIVE and response.status_code == 422:
        assert response.json()["code"] != "invalid", response.text
    return None


CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
    negative_data_rejection,
    what_the_document_allows_is_not_invalid,
]


@pytest.fixture(autouse=True)
def _limits_are_far(settings: Any) -> Iterator[None]:
    settings.API_REQUESTS_A_MINUTE = settings.API_CHECKS_A_MINUTE = 100_000
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture(autouse=True)
def _requests_run_in_the_transaction_of_the_test() -> Iterator[None]:
    """Have a request keep the connection it is answered over, as Django's own client has it."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.fixture
def there(workspace: Workspace) -> dict[str, Any]:
    """Return what is there, by the name of the parameter that asks for it; `partner` is whose key is the other one."""
    world = build_portal_world(workspace, at=NOON)
    partner, colleague = world.partner, make_member(workspace, email="eve@umbra.example").person
    with scope(workspace_id=workspace.pk):
        leads = leads_of_each_kind(partner, at=NOON)
        case = conflicts_of_each_kind(partner, at=NOON)
        held = partner.registrations.get(company="Northgate")
        request = request_amendment(
            SYSTEM, registration_id=held.pk, new={"product_key": "Core"}, reason="One site", at=NOON
        )
        ask_partner(SYSTEM, registration_id=held.pk, text="Who speaks to them?", at=NOON)
        added = add_collaborator(SYSTEM, work=WorkedOn(held), side=MessageSide.VENDOR, person_id=colleague.pk, at=NOON)
        attached = attach_file(
            SYSTEM,
            registration_id=held.pk,
            side=MessageSide.VENDOR,
            upload=SimpleUploadedFile("offer.txt", b"An offer."),
            at=NOON,
        )
        publish_form(SYSTEM, version_id=save_form_draft(SYSTEM, document=FORM, at=NOON).pk, at=NOON)
        pay = PayRate(direct=Decimal(8), sourced=Decimal(8), influenced=Decimal(8), resale=Decimal(8))
        publish_seller_pay(SYSTEM, rates=[pay], paid_on=PaidOn.KEPT, tolerance_percent=Decimal(0), reason="", at=NOON)
        assert check_seller_pay(at=NOON) > 0
        return {
            "partner": partner,
            "number": 1,
            "reference": held.reference,
            "lead": leads["introduced"].reference,
            "own_lead": leads["accepted"].reference,
            "offer_id": leads["offered"].offers.get().pk,
            "request_id": request.pk,
            "collaborator_id": added.pk,
            "file_id": attached.file_id,
            "conflict_id": case.pk,
            "trial_id": start_trial(SYSTEM, document=default_document(), at=NOON).pk,
            "partner_id": partner.pk,
            "account_id": world.open_deal.account_id,
            "opportunity_id": world.open_deal.pk,
            "line_id": CommissionLine.objects.filter(partner=partner).earliest("pk").pk,
            "statement_id": Statement.objects.get(partner=partner).pk,
        }


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("side", [Whose.WORKSPACE, Whose.PARTNER], ids=lambda side: side.name.lower())
def test_every_operation_keeps_to_the_document(
    workspace: Workspace, there: dict[str, Any], side: Whose, mode: GenerationMode
) -> None:
    token = make_key(workspace if side is Whose.WORKSPACE else there["partner"]).token
    failed = []
    for each in every_operation():
        theirs = each.declared.whose in {side, Whose.BOTH}
        known, times = (there, EXAMPLES) if theirs else ({}, 1)
        try:
            send(OPERATIONS[each.name], token, known, mode=mode, times=times)
        except Exception as problem:  # noqa: BLE001 - whatever is wrong with one, the others are tried too
            failed.append(f"{each.name}: {problem}\n{' '.join(getattr(problem, '__notes__', ()))}")
    assert not failed, "\n\n".join(failed)


def send(operation: Any, token: str, there: dict[str, Any], *, mode: GenerationMode, times: int) -> None:
    """Send requests for an operation, half of them about what is there, and take each back."""
    headers = {"Authorization": f"Bearer {token}"}
    cases = operation.as_strategy(generation_mode=mode)
    if there and "/leads/" in operation.path:
        there = {**there, "reference": there["own_lead" if "/own/" in operation.path else "lead"]}
    if known := {name: there[name] for name in (each.name for each in operation.path_parameters) if name in there}:
        cases = strategies.one_of(operation.as_strategy(generation_mode=mode, path_parameters=known), cases)

    @settings(
        max_examples=times,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        verbosity=Verbosity.quiet,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases)
    def keeps_to_the_document(case: Case[Any]) -> None:
        with transaction.atomic():
            case.call_and_validate(headers=headers, checks=CHECKS)
            transaction.set_rollback(True)

    keeps_to_the_document()
