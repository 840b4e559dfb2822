"""Background jobs of commissions."""

from __future__ import annotations

from procrastinate.contrib.django import app

from tallystick.commissions.services import check_seller_pay
from tallystick.platform.clock import now
from tallystick.platform.jobs import workspace_job
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import current_workspace_id

CHECK_SELLER_PAY = "commissions.check_seller_pay"


@workspace_job(name=CHECK_SELLER_PAY)
def check_pay(*, workspace_id: int) -> None:  # noqa: ARG001 - it is the scope already
    """Compare what deals with partners pay their sellers with what they would pay direct."""
    check_seller_pay(at=now())


@app.periodic(cron="23 * * * *")
@app.task(name="commissions.check_seller_pay_everywhere", queueing_lock="commissions.check_seller_pay_everywhere")
def check_pay_everywhere(timestamp: int) -> None:  # noqa: ARG001 - procrastinate gives it
    """Have every workspace compare its sellers' pay, each in a job of its own; every hour, as deals change."""
    for workspace in Workspace.objects.order_by("pk"):
        check_pay.defer(workspace_id=workspace.pk)


def check_pay_soon() -> None:
    """Have the deals of the workspace in scope compared, once this transaction commits."""
    app.configure_task(CHECK_SELLER_PAY).defer(workspace_id=current_workspace_id())
