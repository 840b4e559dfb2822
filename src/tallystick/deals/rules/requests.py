"""What a partner can ask of a registration it holds: a longer protection, or a change of what it registered.

Specified in docs/explanation/deal-registration.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Final

from tallystick.deals.rules.terms import ProtectionTerms
from tallystick.kernel.explanations import FactValue

HUNDRED: Final = 100
CONTACT_FIELDS: Final = frozenset({"contact_name", "contact_email"})


class RequestRefused(ValueError):
    """The request cannot be made or granted; the message says why, and what is possible."""


@dataclass(frozen=True, slots=True)
class ProtectionFacts:
    """What a request for more time is judged by: the last protected day, and how many extensions were granted."""

    protected_until: date
    extensions: int


def check_extension(terms: ProtectionTerms, facts: ProtectionFacts, *, days: int, on: date) -> date:
    """Return the last protected day that an extension would give. Raises RequestRefused."""
    extension = terms.extension
    if facts.extensions >= extension.most:
        times = "once" if extension.most == 1 else f"{extension.most} times"
        raise RequestRefused(
            f"A protection is extended {times} at most, and this one was."
            if extension.most
            else "A protection cannot be extended here."
        )
    if not 1 <= days <= extension.most_days:
        raise RequestRefused(f"A protection is extended by 1 to {extension.most_days} days.")
    first = facts.protected_until - timedelta(days=extension.from_days_before)
    if on < first:
        raise RequestRefused(f"You can ask for more time from {first.day} {first:%b %Y} on.")
    if on > facts.protected_until:
        raise RequestRefused("The protection has ended; register the company again if nobody else has.")
    return facts.protected_until + timedelta(days=days)


def changes(old: Mapping[str, FactValue], new: Mapping[str, FactValue]) -> dict[str, tuple[FactValue, FactValue]]:
    """Return what an amendment changes: each field with its old and new value. Raises RequestRefused for nothing."""
    changed = {name: (old.get(name), value) for name, value in sorted(new.items()) if old.get(name) != value}
    if not changed:
        raise RequestRefused("Nothing is changed: write what is different.")
    return changed


def accepted_at_once(terms: ProtectionTerms, changed: Mapping[str, tuple[FactValue, FactValue]]) -> bool:
    """Tell whether the policy accepts a change without a person: every part of it must be a small one.

    Another product is never small, nor is another currency.
    """
    amendment = terms.amendment
    for name, (old, new) in changed.items():
        if name in CONTACT_FIELDS:
            small = "contact" in amendment.accepted
        elif name == "close_on":
            small = "close_on" in amendment.accepted
        elif name == "value_minor":
            small = _is_small(old, new, percent=amendment.value_percent)
        else:
            small = False
        if not small:
            return False
    return True


def _is_small(old: FactValue, new: FactValue, *, percent: int) -> bool:
    if not isinstance(old, int) or not isinstance(new, int):
        return False
    return abs(new - old) <= Fraction(abs(old) * percent, HUNDRED)
