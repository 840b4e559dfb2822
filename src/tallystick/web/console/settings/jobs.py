"""Background jobs of the workspace: what waits, runs and failed, why, and when periodic ones are due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_POST, require_safe
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from tallystick.platform.access import Permission
from tallystick.platform.clock import now
from tallystick.platform.job_queue import (
    FAILED,
    RUNNING,
    WAITING,
    JobGone,
    cancel_job,
    job_counts,
    last_errors,
    retry_job,
    workspace_jobs,
)
from tallystick.platform.models import JobError
from tallystick.web.access import console, current_viewer
from tallystick.web.console.settings.sections import show_settings
from tallystick.web.ui import formats
from tallystick.web.ui.components import Link
from tallystick.web.words import Tag

_SHOWN: Final = 50
_STATES: Final[dict[str, tuple[Promise, str]]] = {
    WAITING: (_lazy("Waiting"), ""),
    RUNNING: (_lazy("Running"), "accent"),
    FAILED: (_lazy("Failed"), "bad"),
    "succeeded": (_lazy("Done"), "good"),
    "cancelled": (_lazy("Cancelled"), ""),
    "aborting": (_lazy("Stopping"), "warn"),
    "aborted": (_lazy("Stopped"), ""),
}
_TASKS: Final[dict[str, Promise]] = {
    "flows.decide": _lazy("Decide who brought deals, and settle what follows"),
    "flows.load_upload": _lazy("Load an uploaded file"),
    "flows.try_upload": _lazy("Check an uploaded file"),
    "deals.expire_protections": _lazy("End protections whose time is over"),
    "crm.close_interrupted_imports": _lazy("Close imports that were interrupted"),
    "insights.fold_sums": _lazy("Add up what the overview shows"),
    "notices.take_up": _lazy("Tell people what happened"),
    "notices.deliver": _lazy("Send a mail"),
    "notices.say_in_chat": _lazy("Say something in Slack or Teams"),
    "notices.catch_up": _lazy("Tell people what was missed"),
    "notices.digests": _lazy("Send digests that are due"),
    "notices.remind": _lazy("Remind of what was silent too long"),
    "platform.remove_finished_jobs": _lazy("Remove jobs that are done"),
    "platform.take_up_stalled_jobs": _lazy("Take up jobs of a worker that stopped"),
    "flows.remove_what_is_old": _lazy("Remove what is kept long enough"),
    "flows.remove_old_everywhere": _lazy("Have old data removed in every workspace"),
}


@dataclass(frozen=True, slots=True)
class JobRow:
    """One job as the list shows it; `error` says why its last attempt failed."""

    id: int
    what: str
    state: Tag
    attempts: str
    when: str
    error: str
    can_retry: bool
    can_cancel: bool


@console(Permission.MANAGE_WORKSPACE)
@require_safe
def jobs(request: HttpRequest) -> HttpResponse:
    """List the latest jobs of the workspace, or those in one state, and when periodic ones come next."""
    state = request.GET.get("state", "")
    state = state if state in _STATES else ""
    found = list(workspace_jobs(state=state)[:_SHOWN])
    counts = job_counts()
    context = {
        "tabs": _tabs(state, {WAITING: counts.waiting, RUNNING: counts.running, FAILED: counts.failed}),
        "jobs": _rows(found),
        "periodic": _periodic(now()),
        "shown": _SHOWN,
        "is_narrowed": bool(state),
        "is_busy": counts.running or counts.waiting,
    }
    return show_settings(request, "console/settings/jobs.html", context)


@console(Permission.MANAGE_WORKSPACE)
@require_POST
def retry(request: HttpRequest, job_id: int) -> HttpResponse:
    """Run a failed job again."""
    try:
        retry_job(current_viewer(request).actor(), job_id=job_id, at=now())
    except JobGone as gone:
        raise Http404 from gone
    messages.success(request, _("The job runs again now."))
    return redirect("console:jobs")


@console(Permission.MANAGE_WORKSPACE)
@require_POST
def cancel(request: HttpRequest, job_id: int) -> HttpResponse:
    """Take a waiting job from the queue."""
    try:
        cancel_job(current_viewer(request).actor(), job_id=job_id, at=now())
    except JobGone as gone:
        raise Http404 from gone
    messages.success(request, _("The job is cancelled."))
    return redirect("console:jobs")


def _tabs(current: str, counts: dict[str, int]) -> list[Link]:
    everything = Link(label=_("All"), url="?", current=not current)
    return [
        everything,
        *(
            Link(label=str(_STATES[state][0]), url=f"?state={state}", current=state == current, count=count)
            for state, count in counts.items()
        ),
    ]


def _rows(found: Sequence[ProcrastinateJob]) -> list[JobRow]:
    errors = last_errors([job.pk for job in found])
    return [_row(job, errors.get(job.pk)) for job in found]


def _row(job: ProcrastinateJob, error: JobError | None) -> JobRow:
    words, tone = _STATES.get(job.status, (job.status, ""))
    return JobRow(
        id=job.pk,
        what=_task_words(job.task_name),
        state=Tag(str(words), tone),
        attempts=formats.number(job.attempts),
        when=formats.moment(job.scheduled_at) if job.scheduled_at else "–",
        error=error.words if error is not None and job.status != "succeeded" else "",
        can_retry=job.status == FAILED,
        can_cancel=job.status == WAITING,
    )


def _task_words(name: str) -> str:
    return str(_TASKS.get(name, name.rpartition(".")[2].replace("_", " ").capitalize()))


def _periodic(at: datetime) -> list[dict[str, Any]]:
    """Return the jobs that come by themselves, for the whole installation, the next one first."""
    due = [
        (type(task.croniter)(task.cron, at.astimezone(UTC)).get_next(datetime), _task_words(task.task.name))
        for task in app.periodic_registry.periodic_tasks.values()
    ]
    return [{"what": what, "next": formats.moment(when)} for when, what in sorted(due, key=lambda item: item[0])]
