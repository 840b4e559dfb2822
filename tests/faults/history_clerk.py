"""What changes deals without a request: the CRM and the calendar, in a process of its own that may be killed.

Reads one command a line and answers each when it is done: `open N`, `won N`, `lost N` and `reopen N` change the
opportunity of account N as an import does, `expire` lets the days of every protection pass.
"""

from __future__ import annotations

import sys
from datetime import date, timedelta

import django

READY = "ready"


def main() -> None:
    """Do what is told until nothing is told any more."""
    django.setup()
    _say(READY)
    for line in sys.stdin:
        _say(_done(line.split()))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _done(command: list[str]) -> str:
    from tallystick.deals.services import expire_protections
    from tallystick.flows.registrations import follow_crm
    from tallystick.platform.actors import Actor
    from tallystick.platform.clock import now
    from tallystick.platform.models import Workspace
    from tallystick.platform.tenancy import scope

    actor = Actor.command("clerk")
    with scope(workspace_id=Workspace.objects.latest("pk").pk):
        if command[0] == "expire":
            expire_protections(actor, at=now() + timedelta(days=120))
        else:
            _change_opportunity(command[0], int(command[1]), now().date())
            follow_crm(actor, at=now())
    return command[0]


def _change_opportunity(what: str, account_id: int, today: date) -> None:
    from tallystick.crm.models import Opportunity
    from tallystick.platform.clock import now
    from tallystick.platform.tenancy import current_workspace_id

    if what == "open":
        Opportunity.objects.create(
            workspace_id=current_workspace_id(),
            source="clerk",
            external_id=f"{account_id}-{now().timestamp()}",
            account_id=account_id,
            name="Opened",
            stage="Open",
            status="open",
            currency="EUR",
            opened_on=today,
        )
        return
    status = {"won": "won", "lost": "lost", "reopen": "open"}[what]
    latest = Opportunity.objects.filter(account_id=account_id).order_by("-pk").first()
    if latest is not None:
        Opportunity.objects.filter(pk=latest.pk).update(status=status, close_on=today)


if __name__ == "__main__":
    main()
