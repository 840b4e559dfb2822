"""Writes down why an attempt of a job failed, in words: the queue itself keeps only that it did."""

from __future__ import annotations

from typing import Final

import structlog
from django.db import DatabaseError, InterfaceError, OperationalError, transaction

from tallystick.platform.clock import now
from tallystick.platform.models import JobError
from tallystick.platform.tenancy import current_workspace_id

_KEPT_WORDS: Final = 500
_log = structlog.get_logger("tallystick.jobs")


def words_of(error: BaseException) -> str:
    """Return an error as a sentence: our own refusals say what is wrong; of others only the kind is told.

    What a library says may name addresses, files or rows; that is for the server's log.
    """
    match error:
        case OperationalError() | InterfaceError():
            return "The database could not be reached."
        case DatabaseError():
            return "The database refused what was written."
        case TimeoutError() | ConnectionError():
            return "Another system could not be reached."
        case ValueError() | LookupError() if type(error).__module__.startswith("tallystick."):
            return str(error)[:_KEPT_WORDS]
        case _:
            return f"Something unexpected happened ({type(error).__name__}); the server's log says more."


def record_job_error(error: BaseException, *, job_id: int, attempt: int) -> None:
    """Keep why an attempt failed, for the workspace in scope; it must never hide the error itself."""
    try:
        with transaction.atomic():
            JobError.objects.create(
                workspace_id=current_workspace_id(), job_id=job_id, attempt=attempt, words=words_of(error), at=now()
            )
    except DatabaseError as unwritten:
        _log.warning("a job's error could not be written down", job=job_id, reason=type(unwritten).__name__)
