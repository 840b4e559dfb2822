"""What pages of commissions share: the section's tabs, and a line as a row of a list and of a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.urls import reverse
from django.utils.translation import gettext as _

from tallystick.commissions.approvals import runs_to_approve
from tallystick.commissions.line_states import LineState, line_state
from tallystick.commissions.models import CommissionLine
from tallystick.commissions.queries import blocked_lines
from tallystick.kernel.money import Money
from tallystick.web.listing.exports import FileColumn, Kind, Value
from tallystick.web.ui import formats
from tallystick.web.ui.components import Link
from tallystick.web.words import Tag, day_near

LINE_FILE: Final = (
    FileColumn("Booked on", Kind.DAY),
    FileColumn("Earned on", Kind.DAY),
    FileColumn("Held until", Kind.DAY),
    FileColumn("Partner"),
    FileColumn("Customer"),
    FileColumn("Invoice"),
    FileColumn("Event"),
    FileColumn("Rule"),
    FileColumn("Plan"),
    FileColumn("Paid revenue", Kind.AMOUNT),
    FileColumn("Revenue currency"),
    FileColumn("Commission", Kind.AMOUNT),
    FileColumn("Currency"),
    FileColumn("State"),
    FileColumn("Statement"),
)
"""The columns of a file of commission lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRow:
    """One commission line as a list shows it."""

    url: str
    booked_on: str
    partner_name: str
    partner_type: str
    customer: str
    invoice: str
    what: str
    base: str
    amount: str
    state: Tag
    note: str


def section_tabs(current: str) -> list[Link]:
    """Return the parts of the section as tabs; runs to approve and blocked lines carry their count."""
    waiting = blocked_lines().count()
    return [
        Link(label=_("Lines"), url=reverse("console:commissions"), current=current == "commissions"),
        Link(
            label=_("Approvals"),
            url=reverse("console:approvals"),
            current=current == "approvals",
            count=runs_to_approve().count() or None,
        ),
        Link(label=_("Statements"), url=reverse("console:statements"), current=current == "statements"),
        Link(label=_("Blocked"), url=reverse("console:blocked"), current=current == "blocked", count=waiting),
    ]


def aside_of(line: CommissionLine, on: date, *, may: bool) -> dict[str, object]:
    """Return whether the line, also one clawed back, may be set aside or taken back, and why it is set aside."""
    reason, approved_at = getattr(line, "set_aside_because", None), getattr(line, "approved_at", None)
    is_settled = approved_at is not None or hasattr(line, "statement_line")
    may = may and not is_settled and line_state(line, on=on) is not LineState.CORRECTED
    return {"may_set": may and reason is None, "may_take_back": may and reason is not None, "reason": reason}


def _address(line: CommissionLine) -> str:
    return reverse("console:commission_line", args=[line.pk])


def line_row(line: CommissionLine, *, on: date, query: str = "") -> LineRow:
    """Return a line as a list shows it on a day; `query` is added to the line's address."""
    return LineRow(
        url=_address(line) + query,
        booked_on=day_near(line.booked_on, on),
        partner_name=line.partner.name,
        partner_type=line.partner.type,
        customer=line.invoice.account.name,
        invoice=line.invoice.number,
        what=line_words(line),
        base=formats.money_exact(line.base_minor, line.base_currency),
        amount=formats.money_exact(line.amount_minor, line.currency),
        state=_tag(line, on),
        note=_note(line, on),
    )


def line_words(line: CommissionLine) -> str:
    """Say what a line is for: the event and the kind of invoice line."""
    if line.reverses_id is not None:
        return f"Correction, {line.get_event_kind_display().lower()}"
    return f"{line.get_event_kind_display()}, {line.invoice_line.get_kind_display().lower()}"


def _tag(line: CommissionLine, on: date) -> Tag:
    match line_state(line, on=on):
        case LineState.HELD:
            return Tag(f"Held until {day_near(line.held_until, on)}", "warn")
        case LineState.EARNED:
            return Tag(_("Earned"), "accent")
        case LineState.SET_ASIDE:
            return Tag(_("Set aside"), "warn")
        case LineState.APPROVED:
            return Tag(_("Approved"), "good")
        case LineState.ON_STATEMENT:
            return Tag(_("On a statement"), "good")
        case LineState.CLAWED_BACK:
            return Tag(_("Clawed back"), "bad")
        case LineState.CORRECTED:
            return Tag(_("Reversal") if line.reverses_id else _("Reversed"))


def _note(line: CommissionLine, on: date) -> str:
    on_statement = getattr(line, "statement_line", None)
    if on_statement is not None:
        return _("on %(statement)s") % {"statement": on_statement.statement.number}
    if (reason := getattr(line, "set_aside_because", None)) is not None:
        return str(reason)
    if line.earned_on != line.booked_on:
        return _("of %(day)s, booked later") % {"day": day_near(line.earned_on, on)}
    return ""


def line_values(line: CommissionLine, *, on: date) -> Sequence[Value]:
    """Return a line as a row of a file, in the order of `LINE_FILE`."""
    on_statement = getattr(line, "statement_line", None)
    return (
        line.booked_on,
        line.earned_on,
        line.held_until,
        line.partner.name,
        line.invoice.account.name,
        line.invoice.number,
        line_words(line),
        line.rule,
        str(line.plan),
        Money(line.base_minor, line.base_currency).amount,
        line.base_currency,
        Money(line.amount_minor, line.currency).amount,
        line.currency,
        str(line_state(line, on=on).label),
        on_statement.statement.number if on_statement else "",
    )
