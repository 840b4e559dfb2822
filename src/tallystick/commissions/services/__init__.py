"""Commands of commissions: settle invoices, issue statements."""

from tallystick.commissions.services.settlement import SettleReport, mark_invoices, settle_pending
from tallystick.commissions.services.statements import MonthNotReadyError, issue_statements

__all__ = ["MonthNotReadyError", "SettleReport", "issue_statements", "mark_invoices", "settle_pending"]
