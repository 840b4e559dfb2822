"""Commands on touches, the policy and decisions. All run on the vendor's side of the workspace in scope."""

from tallystick.attribution.services.deciding import Decided, decide_pending
from tallystick.attribution.services.forgetting import forget_import
from tallystick.attribution.services.pending import (
    mark_accounts,
    mark_import,
    mark_named,
    mark_opportunities,
    mark_unlocked,
)
from tallystick.attribution.services.policies import publish_policy
from tallystick.attribution.services.rulings import (
    NewRuling,
    RulingRefused,
    record_ruling,
    rule_on_touches,
    try_ruling,
)
from tallystick.attribution.services.touches import NewTouch, TouchRefused, load_touches, record_touch

__all__ = [
    "Decided",
    "NewRuling",
    "NewTouch",
    "RulingRefused",
    "TouchRefused",
    "decide_pending",
    "forget_import",
    "load_touches",
    "mark_accounts",
    "mark_import",
    "mark_named",
    "mark_opportunities",
    "mark_unlocked",
    "publish_policy",
    "record_ruling",
    "record_touch",
    "rule_on_touches",
    "try_ruling",
]
