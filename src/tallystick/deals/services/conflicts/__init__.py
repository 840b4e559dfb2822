"""Commands on conflicts: found or opened by hand, ruled, appealed once, closed. Each is one transaction."""

from tallystick.deals.services.conflicts.appealing import appeal_ruling, close_conflicts, dispute_decision
from tallystick.deals.services.conflicts.finding import find_conflicts
from tallystick.deals.services.conflicts.opening import NewClaim, NewConflict, claims_key, open_conflict
from tallystick.deals.services.conflicts.ruling import NewRuling, is_withdrawn, rule_conflict, try_protection

__all__ = [
    "NewClaim",
    "NewConflict",
    "NewRuling",
    "appeal_ruling",
    "claims_key",
    "close_conflicts",
    "dispute_decision",
    "find_conflicts",
    "is_withdrawn",
    "open_conflict",
    "rule_conflict",
    "try_protection",
]
