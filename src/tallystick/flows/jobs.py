"""Asks for the jobs of `tasks.py`, by name and in the transaction that makes them necessary.

Each request is a job of its own: a job that finds nothing waiting ends at once, whereas a request that relied on a
job already in the queue could come too late for it.
"""

from __future__ import annotations

from procrastinate.contrib.django import app

from tallystick.platform.tenancy import current_workspace_id

DECIDE = "flows.decide"


def decide_soon() -> None:
    """Have the opportunities that wait decided, and the invoices that follow settled, once this transaction commits."""
    app.configure_task(DECIDE).defer(workspace_id=current_workspace_id())
