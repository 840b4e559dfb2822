"""What is looked at before commissions are approved: each check has a name, a result, a sentence and the rows behind.

A check that stops keeps a run from being approved; one that asks to look does not, but whoever approves has seen it.
Specified in docs/explanation/commissions.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any

from tallystick.commissions.rules.approval import ApprovalTerms
from tallystick.kernel.money import Money

CHANGES_SHOWN = 5


class CheckResult(StrEnum):
    """What a check says: nothing to see, something to look at, or not like this."""

    FINE = "fine"
    LOOK = "look"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One row behind a check; `kind` and `key` name what it opens to ("line", 12), `figure` is money in words."""

    label: str
    note: str = ""
    figure: str = ""
    kind: str = ""
    key: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """How many rows were found, and the first of them."""

    count: int = 0
    rows: tuple[CheckRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """One check as it came out."""

    id: str
    result: CheckResult
    sentence: str
    rows: tuple[CheckRow, ...] = ()
    count: int = 0
    """How many rows there are in all; not all of them may be in `rows`."""

    def as_json(self) -> dict[str, Any]:
        """Return the check as plain JSON values."""
        return {**asdict(self), "result": self.result.value}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Check:
        """Read what `as_json` wrote."""
        rows = tuple(CheckRow(**row) for row in document["rows"])
        return cls(document["id"], CheckResult(document["result"]), document["sentence"], rows, count=document["count"])


@dataclass(frozen=True, slots=True)
class PartnerChange:
    """What a partner gets in this month's runs and in the month before."""

    partner_id: int
    name: str
    now: Money
    before: Money

    @property
    def change(self) -> int:
        """Return the difference in minor units."""
        return self.now.minor - self.before.minor


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What the checks look at. Totals of the months before are the latest first; a month without a run is left out."""

    total: Money
    lines: int
    undecided_deals: int = 0
    unsettled_invoices: int = 0
    without_payment: Found = Found()
    corrected: Found = Found()
    blocked: Found = Found()
    set_aside: Found = Found()
    below_zero: Found = Found()
    plan_changes: Found = Found()
    missing_rates: Found = Found()
    old_rates: Found = Found()
    booked_later: Found = Found()
    totals_before: tuple[Money, ...] = ()
    partner_changes: tuple[PartnerChange, ...] = ()
    digest_holds: bool = True


def run_checks(facts: RunFacts, *, terms: ApprovalTerms) -> tuple[Check, ...]:
    """Return every check in the order they are read, whatever they found."""
    return (
        _payments(facts),
        _settled(facts),
        _digest(facts),
        _found(
            "corrected",
            facts.corrected,
            "No line was corrected since the run was prepared.",
            "{count} of its lines was corrected since the run was prepared; the correction is in the next run.",
            "{count} of its lines were corrected since the run was prepared; the corrections are in the next run.",
        ),
        _found(
            "blocked",
            facts.blocked,
            "No invoice line is blocked.",
            "{count} invoice line waits for review and is in no run; nothing is paid for it yet.",
            "{count} invoice lines wait for review and are in no run; nothing is paid for them yet.",
        ),
        _found(
            "set_aside",
            facts.set_aside,
            "No line is set aside.",
            "{count} line is set aside and stays out.",
            "{count} lines are set aside and stay out.",
        ),
        _found(
            "below_zero",
            facts.below_zero,
            "No partner ends below zero.",
            "{count} partner ends below zero; it is carried forward to the next statement.",
            "{count} partners end below zero; it is carried forward to their next statements.",
        ),
        _found(
            "plan_changes",
            facts.plan_changes,
            "No plan changed in the period.",
            "{count} plan version was published or began to count in the period.",
            "{count} plan versions were published or began to count in the period.",
        ),
        _rates(facts, terms),
        _found(
            "booked_later",
            facts.booked_later,
            "No line was booked into a later month.",
            "{count} line belongs to a month that was closed and is booked in this one.",
            "{count} lines belong to months that were closed and are booked in this one.",
        ),
        _against_before(facts, terms),
    )


def _found(id: str, found: Found, nothing: str, one: str, many: str) -> Check:
    """Ask to look at what was found, if anything was."""
    if not found.count:
        return Check(id, CheckResult.FINE, nothing)
    sentence = (one if found.count == 1 else many).format(count=f"{found.count:,}")
    return Check(id, CheckResult.LOOK, sentence, found.rows, found.count)


def _payments(facts: RunFacts) -> Check:
    found = facts.without_payment
    if not found.count:
        each = "Its line has" if facts.lines == 1 else f"Each of its {facts.lines:,} lines has"
        return Check("payments", CheckResult.FINE, f"{each} a payment behind it.")
    lines = (
        "1 line has no payment behind it" if found.count == 1 else f"{found.count:,} lines have no payment behind them"
    )
    sentence = f"{lines}. Settle the invoices again, then prepare anew."
    return Check("payments", CheckResult.STOP, sentence, found.rows, found.count)


def _settled(facts: RunFacts) -> Check:
    if facts.undecided_deals or facts.unsettled_invoices:
        sentence = (
            f"Still to be decided: {facts.undecided_deals:,} deals. Still to be settled: {facts.unsettled_invoices:,} "
            "invoices. This happens by itself within minutes."
        )
        return Check("settled", CheckResult.STOP, sentence)
    return Check("settled", CheckResult.FINE, "Every deal is decided and every invoice settled.")


def _digest(facts: RunFacts) -> Check:
    if facts.digest_holds:
        return Check("digest", CheckResult.FINE, "Its lines are those that were prepared, to the cent.")
    return Check("digest", CheckResult.STOP, "Its lines are not those that were prepared. Reject it and prepare anew.")


def _rates(facts: RunFacts, terms: ApprovalTerms) -> Check:
    missing, old = facts.missing_rates, facts.old_rates
    if not missing.count and not old.count:
        return Check("rates", CheckResult.FINE, "Every exchange rate is known and fresh.")
    sentence = (
        f"Waiting for an exchange rate: {missing.count:,}. Converted at a rate more than {terms.rate_age_days} days "
        f"old: {old.count:,}."
    )
    return Check("rates", CheckResult.LOOK, sentence, (*missing.rows, *old.rows), missing.count + old.count)


def _against_before(facts: RunFacts, terms: ApprovalTerms) -> Check:
    """Compare the total with the mean of the months before, and name the partners who make the difference."""
    before = facts.totals_before
    rows = tuple(_change_row(change) for change in _largest(facts.partner_changes))
    if not before:
        return Check("against_before", CheckResult.FINE, f"It is the first run: {facts.total}.", rows, len(rows))
    mean = Fraction(sum(amount.minor for amount in before), len(before))
    months = "the month before" if len(before) == 1 else f"the mean of the {len(before)} months before"
    change = (Fraction(facts.total.minor) - mean) / abs(mean) if mean else Fraction(0)
    percent = round(change * 100)
    moved = "as much as" if percent == 0 else f"{abs(percent)} % {'more' if percent > 0 else 'less'} than"
    sentence = f"{facts.total} is {moved} {months}, {Money(round(mean), facts.total.currency)}."
    result = CheckResult.LOOK if abs(change) * 100 > terms.change_percent else CheckResult.FINE
    return Check("against_before", result, sentence, rows, len(rows))


def _largest(changes: tuple[PartnerChange, ...]) -> list[PartnerChange]:
    moved = (change for change in changes if change.change)
    return sorted(moved, key=lambda change: (-abs(change.change), change.name))[:CHANGES_SHOWN]


def _change_row(change: PartnerChange) -> CheckRow:
    sign = "+" if change.change > 0 else ""
    moved = Money(change.change, change.now.currency)
    return CheckRow(
        label=change.name,
        note=f"{change.before} the month before, {change.now} now",
        figure=f"{sign}{moved}",
        kind="partner",
        key=change.partner_id,
    )
