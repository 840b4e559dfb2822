"""Commands of commissions: settle invoices, issue statements."""

from tallystick.commissions.services.forgetting import forget_import, lines_resting_on_import
from tallystick.commissions.services.marking import (
    mark_import,
    mark_invoices,
    mark_invoices_of_deals,
    mark_invoices_of_partner,
    mark_invoices_of_track,
)
from tallystick.commissions.services.settlement import SettleReport, settle_pending
from tallystick.commissions.services.statements import MonthNotReadyError, issue_statements

__all__ = [
    "MonthNotReadyError",
    "SettleReport",
    "forget_import",
    "issue_statements",
    "lines_resting_on_import",
    "mark_import",
    "mark_invoices",
    "mark_invoices_of_deals",
    "mark_invoices_of_partner",
    "mark_invoices_of_track",
    "settle_pending",
]
