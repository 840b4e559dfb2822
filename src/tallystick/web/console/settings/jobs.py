"""Background jobs of the workspace: what waits, runs and failed, why, and when periodic ones are due."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar, Final

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
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
from tallystick.web.console.settings.sections import SETTINGS_FRAME
from tallystick.web.listing import FileColumn, Filter, Kind, Listing, Option
from tallystick.web.listing.bulk import BulkAction, BulkOutcome, BulkPreview, Refused
from tallystick.web.listing.cells import Cell, Row, RowButton, Way, actions, problem, text
from tallystick.web.listing.cells import state as state_cell
from tallystick.web.listing.exports import Value
from tallystick.web.listing.lists import Part, RowList, in_chunks
from tallystick.web.listing.serving import answer_list
from tallystick.web.ui import formats
from tallystick.web.ui.components import Column
from tallystick.web.words import Tag

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
    "flows.watch_conflicts": _lazy("Find and close conflicts"),
    "flows.decide": _lazy("Decide who brought deals, and settle what follows"),
    "flows.load_upload": _lazy("Load an uploaded file"),
    "flows.try_upload": _lazy("Check an uploaded file"),
    "flows.follow_clocks": _lazy("Follow the clocks of registrations"),
    "deals.try_engagement": _lazy("Try rules of engagement on past registrations"),
    "deals.lapse_lead_offers": _lazy("Ask the next partner about leads nobody answered"),
    "commissions.check_seller_pay": _lazy("Compare what sellers are paid with and without partners"),
    "commissions.check_seller_pay_everywhere": _lazy("Compare sellers’ pay in every workspace"),
    "deals.expire_protections": _lazy("End protections whose time is over"),
    "crm.close_interrupted_imports": _lazy("Close imports that were interrupted"),
    "insights.fold_sums": _lazy("Add up what the overview shows"),
    "notices.take_up": _lazy("Tell people what happened"),
    "notices.deliver": _lazy("Send a mail"),
    "notices.say_in_chat": _lazy("Say something in Slack or Teams"),
    "notices.catch_up": _lazy("Tell people what was missed"),
    "notices.digests": _lazy("Send digests that are due"),
    "notices.remind": _lazy("Remind of what was silent too long"),
    "webhooks.take_up": _lazy("Write down what webhooks are told"),
    "webhooks.send": _lazy("Send to a webhook"),
    "webhooks.catch_up": _lazy("Send to webhooks what was missed"),
    "web.write_list_file": _lazy("Make the workbook of a long list"),
    "platform.check_chain": _lazy("Check the chain of the activity stream"),
    "platform.check_chains_everywhere": _lazy("Have the chain of every workspace checked"),
    "platform.remove_finished_jobs": _lazy("Remove jobs that are done"),
    "platform.take_up_stalled_jobs": _lazy("Take up jobs of a worker that stopped"),
    "flows.mail_receipt": _lazy("Send the receipt of a registration"),
    "mail_in.take": _lazy("Do what a mail asks"),
    "mail_in.answer": _lazy("Tell a sender what is missing"),
    "mail_in.fetch": _lazy("Fetch mail from the mailbox"),
    "mail_in.fetch_everywhere": _lazy("Have every mailbox read"),
    "flows.remove_what_is_old": _lazy("Remove what is kept long enough"),
    "flows.remove_old_everywhere": _lazy("Have old data removed in every workspace"),
}


_VIEWS: Final = (WAITING, RUNNING, FAILED)


class JobList(RowList[ProcrastinateJob]):
    """The jobs of the workspace, latest first; those that are done are removed after three days."""

    name = "jobs"
    page = "console:jobs"
    permission = Permission.MANAGE_WORKSPACE
    without: ClassVar[Mapping[Part, str]] = {
        Part.SEARCH: "A job has no words of its own; what it does is a filter.",
        Part.GROUPS: "The states are views of their own, each with its number.",
        Part.EDITING: "A job is run again or cancelled, and never changed.",
    }
    file_columns = (
        FileColumn("Number", Kind.COUNT),
        FileColumn("Job"),
        FileColumn("State"),
        FileColumn("Attempts", Kind.COUNT),
        FileColumn("Due", Kind.MOMENT),
        FileColumn("Why the last attempt failed"),
    )

    def offer(self) -> Listing:
        """Return what can be asked of the jobs."""
        counts, tasks = job_counts(), workspace_jobs().order_by().values_list("task_name", flat=True).distinct()
        numbers = {WAITING: counts.waiting, RUNNING: counts.running, FAILED: counts.failed}
        return Listing(
            things=_("jobs"),
            columns=(
                Column(key="job", label=_("Job"), fixed=True),
                Column(key="state", label=_("State"), kind="one-line"),
                Column(key="attempts", label=_("Attempts"), kind="number", sort="attempts"),
                Column(key="due", label=_("Due"), kind="date", sort="due"),
                Column(key="actions", label=_("Actions"), hidden_label=True),
                Column(key="number", label=_("Number"), kind="number", on_demand=True),
            ),
            default_sort="-due",
            filters=(
                Filter(
                    name="view",
                    label=_("State"),
                    options=(
                        Option(value="all", label=_("All")),
                        *(
                            Option(value=state, label=str(_STATES[state][0]), count=numbers[state] or None)
                            for state in _VIEWS
                        ),
                    ),
                ),
                Filter(
                    name="task",
                    label=_("Job"),
                    options=tuple(Option(value=name, label=_task_words(name)) for name in sorted(set(tasks))),
                ),
            ),
        )

    def find(self) -> QuerySet[ProcrastinateJob]:
        """Return the jobs asked for, in order."""
        view = self.asked.get("view")
        found = workspace_jobs(state=view if view in _VIEWS else "")
        if task := self.asked.get("task"):
            found = found.filter(task_name=task)
        turned = "-" if self.asked.sort.startswith("-") else ""
        match self.asked.sort.removeprefix("-"):
            case "attempts":
                return found.order_by(f"{turned}attempts", f"{turned}id")
            case _:
                # A job that is due at once has no time of its own: it is as old as its number.
                return found.order_by(f"{turned}id")

    def rows(self, found: Sequence[ProcrastinateJob]) -> list[Row]:
        """Return jobs as the list shows them."""
        errors = last_errors([job.pk for job in found])
        return [
            Row(
                key=str(job.pk),
                label=_("%(what)s, number %(number)s") % {"what": _task_words(job.task_name), "number": job.pk},
                cells={
                    "job": problem(_task_words(job.task_name), _why(job, errors.get(job.pk))),
                    "state": state_cell(_state(job)),
                    "attempts": text(formats.number(job.attempts)),
                    "due": text(formats.moment(job.scheduled_at) if job.scheduled_at else ""),
                    "number": text(str(job.pk)),
                    "actions": _buttons(job),
                },
            )
            for job in found
        ]

    def keys(self, found: Iterable[ProcrastinateJob]) -> list[str]:
        """Return the numbers of jobs."""
        return [str(job.pk) for job in found]

    def every_action(self) -> tuple[BulkAction, ...]:
        """Return what can be done to many jobs."""
        return ACTIONS

    def file_rows(self, found: Iterable[ProcrastinateJob]) -> Iterable[Sequence[Value]]:
        """Return jobs as rows of a file; why they failed is read for many at once."""
        for chunk in in_chunks(found):
            errors = last_errors([job.pk for job in chunk])
            yield from (
                (
                    job.pk,
                    _task_words(job.task_name),
                    _state(job).words,
                    job.attempts,
                    job.scheduled_at,
                    _why(job, errors.get(job.pk)),
                )
                for job in chunk
            )


@console(Permission.MANAGE_WORKSPACE)
@require_safe
def jobs(request: HttpRequest) -> HttpResponseBase:
    """List the jobs of the workspace, all or those in one state, and when periodic ones come next."""
    listed = JobList(current_viewer(request), request.GET)
    counts = job_counts()
    context = {
        "periodic": _periodic(now()),
        "is_busy": counts.running or counts.waiting,
        "running": formats.number(counts.running),
        "waiting": formats.number(counts.waiting),
    }
    return answer_list(request, SETTINGS_FRAME, listed, "console/settings/jobs.html", context)


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


def _state(job: ProcrastinateJob) -> Tag:
    words, tone = _STATES.get(job.status, (job.status, ""))
    return Tag(str(words), tone)


def _why(job: ProcrastinateJob, error: JobError | None) -> str:
    return error.words if error is not None and job.status != "succeeded" else ""


def _buttons(job: ProcrastinateJob) -> Cell:
    what = {"what": _task_words(job.task_name)}
    return actions(
        RowButton(
            label=_("Run again"),
            name=_("Run again: %(what)s") % what,
            way=Way.POST,
            target=reverse("console:retry_job", args=[job.pk]),
        )
        if job.status == FAILED
        else None,
        RowButton(
            label=_("Cancel"),
            name=_("Cancel: %(what)s") % what,
            way=Way.POST,
            target=reverse("console:cancel_job", args=[job.pk]),
        )
        if job.status == WAITING
        else None,
    )


def _in_state(keys: Sequence[str], state: str, reason: str) -> tuple[list[ProcrastinateJob], list[Refused]]:
    rows = list(workspace_jobs().filter(pk__in=[int(key) for key in keys if key.isdigit()]).order_by("id"))
    return (
        [job for job in rows if job.status == state],
        [Refused(_task_words(job.task_name), reason) for job in rows if job.status != state],
    )


def _preview(keys: Sequence[str], state: str, reason: str, words: str) -> BulkPreview:
    ready, refused = _in_state(keys, state, reason)
    sentences = (words % {"n": formats.number(len(ready))},) if ready else ()
    return BulkPreview(count=len(ready), sentences=sentences, refused=tuple(refused))


def _run(keys: Sequence[str], state: str, reason: str, words: str, command: Callable[[int], None]) -> BulkOutcome:
    ready, refused = _in_state(keys, state, reason)
    done = []
    for job in ready:
        try:
            command(job.pk)
        except JobGone:
            refused.append(Refused(_task_words(job.task_name), reason))
        else:
            done.append(job.pk)
    return BulkOutcome(
        count=len(done),
        words=words % {"n": formats.number(len(done))},
        refused=tuple(refused),
        record={"jobs": done},
    )


_NOT_FAILED: Final = _lazy("It has not failed.")
_NOT_WAITING: Final = _lazy("It does not wait any more.")
ACTIONS: Final = (
    BulkAction(
        name="retry",
        label=_lazy("Run again"),
        permission=Permission.MANAGE_WORKSPACE,
        preview=lambda _viewer, keys: _preview(keys, FAILED, str(_NOT_FAILED), _("Failed jobs that run again: %(n)s.")),
        run=lambda viewer, keys, _answers, at: _run(
            keys,
            FAILED,
            str(_NOT_FAILED),
            _("Jobs that run again now: %(n)s."),
            lambda job_id: retry_job(viewer.actor(), job_id=job_id, at=at),
        ),
        final=_lazy("What runs cannot be called back; a job that fails again stays here."),
    ),
    BulkAction(
        name="cancel",
        label=_lazy("Cancel jobs"),
        permission=Permission.MANAGE_WORKSPACE,
        preview=lambda _viewer, keys: _preview(
            keys, WAITING, str(_NOT_WAITING), _("Waiting jobs that never run then: %(n)s.")
        ),
        run=lambda viewer, keys, _answers, at: _run(
            keys,
            WAITING,
            str(_NOT_WAITING),
            _("Jobs cancelled: %(n)s."),
            lambda job_id: cancel_job(viewer.actor(), job_id=job_id, at=at),
        ),
        final=_lazy("A cancelled job does not come back by itself; what asks for it does, such as the next import."),
        danger=True,
    ),
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
