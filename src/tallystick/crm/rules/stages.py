"""Stage and deal type names of the common CRMs, mapped to how an opportunity stands and what revenue it brings."""

from __future__ import annotations

import re
from typing import Final

_WON: Final = frozenset({"won", "closedwon", "closewon", "dealwon", "contractsigned", "signed", "customer"})
_LOST: Final = frozenset(
    {"lost", "closedlost", "closelost", "deallost", "abandoned", "disqualified", "cancelled", "canceled"}
    | {"closedlostnodecision", "closednodecision", "nodecision"}
)
_OPEN: Final = frozenset(
    {
        *("open", "new", "prospecting", "engaging", "engaged", "qualification", "qualified", "discovery", "demo"),
        *("needsanalysis", "valueproposition", "iddecisionmakers", "perceptionanalysis", "proposal", "evaluation"),
        *("proposalpricequote", "negotiation", "negotiationreview", "appointmentscheduled", "qualifiedtobuy"),
        *("presentationscheduled", "decisionmakerboughtin", "contractsent", "verbal", "commit", "pilot", "trial"),
    }
)
_TRUE: Final = frozenset({"true", "yes", "1", "y", "t"})
_FALSE: Final = frozenset({"false", "no", "0", "n", "f", ""})
_NEW: Final = frozenset({"", "new", "newbusiness", "newcustomer", "newlogo", "landing", "land"})
_RENEWAL: Final = frozenset({"renewal", "renew", "existingcustomerrenewal", "contractrenewal"})
_EXPANSION: Final = frozenset(
    {
        *("expansion", "upsell", "crosssell", "upgrade", "addon", "expand", "existingbusiness", "existingcustomer"),
        *("existingcustomerupgrade", "existingcustomerexpansion", "addonbusiness"),
    }
)


def folded(text: str) -> str:
    """Return letters and digits only, in one case: "Closed Won", "closedwon" and "CLOSED-WON" are one name."""
    return re.sub(r"[\W_]+", "", text.casefold())


def status_of_stage(stage: str) -> str | None:
    """Return "open", "won" or "lost" for a stage name, or None for one that is not known."""
    name = folded(stage)
    if name in _WON:
        return "won"
    if name in _LOST:
        return "lost"
    return "open" if name in _OPEN else None


def status_of_flags(*, is_closed: str, is_won: str) -> str | None:
    """Return the status that the CRM's own closed and won flags give, or None when they say nothing."""
    closed, won = folded(is_closed), folded(is_won)
    if won in _TRUE:
        return "won"
    if closed in _TRUE:
        return "lost"
    return "open" if closed in _FALSE - {""} else None


def read_yes_no(text: str) -> bool | None:
    """Return what a yes-or-no cell says, False for a blank one, None for anything else."""
    name = folded(text)
    if name in _TRUE:
        return True
    return False if name in _FALSE else None


def deal_kind(text: str) -> str | None:
    """Return "new", "renewal" or "expansion" for a deal type, or None for one that is not known."""
    name = folded(text)
    if name in _NEW:
        return "new"
    if name in _RENEWAL:
        return "renewal"
    return "expansion" if name in _EXPANSION else None
