"""More rows for every list: notices, jobs, approval runs and people beside what the console's world has."""

from __future__ import annotations

import json
from datetime import date

from django.db import connection

from tallystick.commissions.models import ApprovalRun
from tallystick.platform.access import Viewer
from tallystick.platform.actors import SYSTEM
from tallystick.platform.models import Notice, Workspace, WorkspaceRole
from tallystick.platform.people import add_member, person_with
from tallystick.platform.tenancy import scope
from tests.factories.console_world import TODAY, ConsoleWorld
from tests.factories.mails import make_inbound_mail
from tests.factories.people import make_partner_person
from tests.factories.rows import make_row
from tests.factories.webhooks import make_delivery
from tests.journeys.test_console_queries import make_more


def make_notice(*, person_id: int, partner_id: int | None, title: str, position: int = 1) -> None:
    make_row(
        Notice,
        person_id=person_id,
        partner_id=partner_id,
        position=position,
        topic=f"partner:{position}",
        verb="partner_tier_changed",
        kind="programme",
        label="Corvid",
        title=title,
        url="/",
        in_app=True,
        at=TODAY,
    )


def make_job(workspace: Workspace, *, task: str = "flows.decide", status: str = "failed") -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status) VALUES ('default', %s, %s, %s)",
            [task, json.dumps({"workspace_id": workspace.pk}), status],
        )


def more_of_everything(world: ConsoleWorld, reader: Viewer, numbers: range) -> None:
    make_more(world, numbers)
    with scope(workspace_id=world.workspace.pk):
        for number in numbers:
            add_member(SYSTEM, person=person_with(email=f"p{number}@umbra.example"), role=WorkspaceRole.AE, at=TODAY)
            make_partner_person(world.partner, email=f"p{number}@corvid.example")
            make_notice(
                person_id=reader.person.pk,
                partner_id=reader.partner.id if reader.partner else None,
                title="More",
                position=100 + number,
            )
            make_delivery(partner_id=reader.partner.id if reader.partner else None)
            make_inbound_mail()
            ApprovalRun.objects.create(
                workspace_id=world.workspace.pk,
                number=f"AR-{number}",
                month=date(2025, 1, 1),
                currency="EUR",
                through=date(2025, 1, 31),
                state="rejected",
                lines=1,
                given_minor=100,
                taken_minor=0,
                total_minor=100,
                prepared_by_label="Graham Pike",
                prepared_at=TODAY,
                ended_at=TODAY,
                ended_by_label="Helen Marsh",
                end_reason="A trial.",
            )
    for _number in numbers:
        make_job(world.workspace)
