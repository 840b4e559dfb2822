"""Commands of commissions: settle invoices, approve what was earned, issue statements."""

from tallystick.commissions.services.approvals import (
    ApprovalRefused,
    approve_approval_run,
    prepare_approval_run,
    prepare_approval_runs,
    reject_approval_run,
    undo_approval_run,
)
from tallystick.commissions.services.forgetting import forget_import, lines_resting_on_import
from tallystick.commissions.services.marking import (
    invoices_of_track,
    mark_import,
    mark_invoices,
    mark_invoices_of_deals,
    mark_invoices_of_partner,
    mark_invoices_of_track,
)
from tallystick.commissions.services.seller_pay import check_seller_pay, publish_seller_pay
from tallystick.commissions.services.setting_aside import set_approval_policy, set_lines_aside, take_line_back
from tallystick.commissions.services.settlement import SettleReport, settle_pending
from tallystick.commissions.services.statements import MonthNotReadyError, issue_statements

__all__ = [
    "ApprovalRefused",
    "MonthNotReadyError",
    "SettleReport",
    "approve_approval_run",
    "check_seller_pay",
    "forget_import",
    "invoices_of_track",
    "issue_statements",
    "lines_resting_on_import",
    "mark_import",
    "mark_invoices",
    "mark_invoices_of_deals",
    "mark_invoices_of_partner",
    "mark_invoices_of_track",
    "prepare_approval_run",
    "prepare_approval_runs",
    "publish_seller_pay",
    "reject_approval_run",
    "set_approval_policy",
    "set_lines_aside",
    "settle_pending",
    "take_line_back",
    "undo_approval_run",
]
