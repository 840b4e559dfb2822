"""Background jobs of the web: thin translations, as views are."""

from __future__ import annotations

from procrastinate import RetryStrategy

from tallystick.platform.jobs import workspace_job
from tallystick.platform.list_files import WRITE

ONCE = RetryStrategy(max_attempts=0)
"""Who waits for a file is told at once that it failed, and asks again; an hour later nobody wants it any more."""


@workspace_job(name=WRITE, retry=ONCE)
def write_list_file(*, workspace_id: int, list_file_id: int) -> None:
    """Make the workbook of a long list for whoever asked."""
    # Every page of the console and the portal hangs on the lists: they are read where one is made, not at each start.
    from tallystick.web.list_files import write

    write(workspace_id=workspace_id, list_file_id=list_file_id)
