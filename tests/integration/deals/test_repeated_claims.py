"""A claim that arrives several times at once, as when a button is pressed twice, is made once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from tallystick.deals.models import DealRegistration
from tallystick.deals.services import submit_once
from tallystick.partners.models import Partner
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import scope
from tests.factories import make_row

from .claims import ACTOR, AT, claim

TIMES = 8


@pytest.mark.django_db(transaction=True)
def test_a_form_sent_eight_times_at_once_makes_one_registration(workspace: Workspace) -> None:
    with scope(workspace_id=workspace.pk):
        partner_id = make_row(Partner).pk
    start = Barrier(TIMES)

    def send(_: int) -> str:
        try:
            connection.ensure_connection()
            start.wait(timeout=30)
            with scope(workspace_id=workspace.pk, partner_id=partner_id):
                return submit_once(ACTOR, partner_id=partner_id, claim=claim(), at=AT, token="one").reference
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=TIMES) as threads:
        references = list(threads.map(send, range(TIMES)))

    with scope(workspace_id=workspace.pk):
        assert references == [DealRegistration.objects.get().reference] * TIMES
