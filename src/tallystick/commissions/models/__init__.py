"""Tables of commissions: lines and statements, and the runs that approve lines; one file a subject."""

from __future__ import annotations

from tallystick.commissions.models.approvals import (
    ApprovalPolicy,
    ApprovalRun,
    ApprovalRunLine,
    LineSetAside,
    RunState,
)
from tallystick.commissions.models.lines import (
    BlockedLine,
    CommissionLine,
    EventKind,
    PendingInvoice,
    Statement,
    StatementLine,
)
from tallystick.commissions.models.seller_pay import (
    PayBase,
    PayCause,
    PayVerdict,
    PayWay,
    SellerPayCheck,
    SellerPayRate,
    SellerPayVersion,
)
from tallystick.commissions.models.sums import LineTotal
from tallystick.commissions.models.unstated import UnstatedLine

__all__ = [
    "ApprovalPolicy",
    "ApprovalRun",
    "ApprovalRunLine",
    "BlockedLine",
    "CommissionLine",
    "EventKind",
    "LineSetAside",
    "LineTotal",
    "PayBase",
    "PayCause",
    "PayVerdict",
    "PayWay",
    "PendingInvoice",
    "RunState",
    "SellerPayCheck",
    "SellerPayRate",
    "SellerPayVersion",
    "Statement",
    "StatementLine",
    "UnstatedLine",
]
