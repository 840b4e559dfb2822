"""Background jobs of the flows: thin, and idempotent because what they call is."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from django.conf import settings
from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from tallystick.flows import attribution, conflicts, jobs, outside, registrations, retention, settlement, uploads
from tallystick.flows.mail_in import answers, taking
from tallystick.platform.actors import Actor, ActorKind
from tallystick.platform.clock import now
from tallystick.platform.jobs import workspace_job
from tallystick.platform.mail_in import fetching, keeping
from tallystick.platform.models import MailInSettings, Workspace
from tallystick.platform.tenancy import scope

WATCH_CONFLICTS = "flows.watch_conflicts"

FOLLOW_CLOCKS = "flows.follow_clocks"
FETCH_MAIL = "mail_in.fetch"


@workspace_job(name=jobs.DECIDE)
def decide(*, workspace_id: int) -> None:  # noqa: ARG001 - every job names its workspace
    """Decide every opportunity that waits, then settle every invoice that follows."""
    actor = Actor.job(jobs.DECIDE)
    for _ in attribution.decide(actor, at=now()):
        pass
    conflicts.watch(actor, at=now())
    for _ in settlement.accrue(actor):
        pass


@app.periodic(cron="*/5 * * * *")
@app.task(name=WATCH_CONFLICTS, queueing_lock=WATCH_CONFLICTS)
def watch_conflicts(timestamp: int) -> None:  # noqa: ARG001 - procrastinate gives it
    """Open cases for claims that stand against each other in every workspace, and close what is settled."""
    for workspace_id in Workspace.objects.order_by("pk").values_list("pk", flat=True):
        with scope(workspace_id=workspace_id):
            conflicts.watch(Actor.job(WATCH_CONFLICTS), at=now())


@workspace_job(name=uploads.LOAD_UPLOAD)
def load_upload(
    *,
    workspace_id: int,  # noqa: ARG001
    token: str,
    said: dict[str, Any],
    person_id: int | None,
    label: str,
    hand: str = ActorKind.PERSON,
) -> None:
    """Load a file that somebody uploaded, or a program sent."""
    actor = Actor(kind=ActorKind(hand), label=label, person_id=person_id)
    uploads.load_upload(token=token, said=said, actor=actor, at=now())


@workspace_job(name=uploads.TRY_UPLOAD)
def try_upload(
    *,
    workspace_id: int,  # noqa: ARG001
    token: str,
    said: dict[str, Any],
    person_id: int | None,
    label: str,
    hand: str = ActorKind.PERSON,
) -> None:
    """Count what a file that a person uploaded would bring."""
    actor = Actor(kind=ActorKind(hand), label=label, person_id=person_id)
    uploads.try_upload(token=token, said=said, actor=actor, at=now())


@workspace_job(name=outside.MAIL_RECEIPT)
def mail_receipt(*, workspace_id: int, registration_id: int) -> None:  # noqa: ARG001
    """Send the receipt of a registration to whoever made it without signing in."""
    outside.mail_receipt(registration_id=registration_id, at=now())


@workspace_job(name=keeping.TAKE)
def take_mail(*, workspace_id: int, mail_id: int) -> None:  # noqa: ARG001
    """Do what a mail that came in asks."""
    taking.take_mail(mail_id=mail_id, at=now())


@workspace_job(name=taking.ANSWER)
def answer_mail(*, workspace_id: int, mail_id: int) -> None:  # noqa: ARG001
    """Tell the sender of a mail what is missing."""
    answers.answer_mail(mail_id=mail_id, at=now())


@workspace_job(name=FETCH_MAIL)
def fetch_mail(*, workspace_id: int) -> None:  # noqa: ARG001
    """Fetch what is new in the workspace's mailbox."""
    fetching.fetch_mail(at=now(), trusted=settings.MAIL_IN_TRUSTED)


@app.periodic(cron="*/2 * * * *")
@app.task(name="mail_in.fetch_everywhere", queueing_lock="mail_in.fetch_everywhere")
def fetch_mail_everywhere(timestamp: int) -> None:  # noqa: ARG001 - procrastinate gives it
    """Have every workspace with a mailbox fetch it, one job a workspace at a time."""
    for workspace_id in Workspace.objects.order_by("pk").values_list("pk", flat=True):
        with scope(workspace_id=workspace_id):
            if MailInSettings.objects.exclude(imap_host="").exists():
                lock = f"{FETCH_MAIL}:{workspace_id}"
                with suppress(AlreadyEnqueued), transaction.atomic():
                    fetch_mail.configure(lock=lock, queueing_lock=lock).defer(workspace_id=workspace_id)


@app.periodic(cron="*/5 * * * *")
@app.task(name=FOLLOW_CLOCKS, queueing_lock=FOLLOW_CLOCKS)
def follow_clocks(timestamp: int) -> None:  # noqa: ARG001 - procrastinate gives it
    """Tell of clocks that run out, and approve what nobody answered in time where the terms say so."""
    for workspace_id in Workspace.objects.order_by("pk").values_list("pk", flat=True):
        with scope(workspace_id=workspace_id):
            registrations.follow_clocks(Actor.job(FOLLOW_CLOCKS), at=now())


@workspace_job(name=retention.REMOVE_OLD)
def remove_what_is_old(*, workspace_id: int) -> None:  # noqa: ARG001
    """Remove what the workspace keeps no longer."""
    retention.remove_what_is_old(Actor.job(retention.REMOVE_OLD), at=now())


@app.periodic(cron="41 2 * * *")
@app.task(name="flows.remove_old_everywhere", queueing_lock="flows.remove_old_everywhere")
def remove_old_everywhere(timestamp: int) -> None:  # noqa: ARG001 - procrastinate gives it
    """Have every workspace remove what it keeps no longer, each in a job of its own."""
    for workspace in Workspace.objects.order_by("pk"):
        remove_what_is_old.defer(workspace_id=workspace.pk)
