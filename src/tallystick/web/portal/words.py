"""Words that several pages of the portal share: states of deals and lines, each with what it means and why."""

from __future__ import annotations

from datetime import date

from tallystick.attribution.own_deals import OwnDeal, OwnDealState
from tallystick.commissions.line_states import LineState, line_state
from tallystick.commissions.models import CommissionLine, EventKind
from tallystick.commissions.own_earnings import PaidInvoiceLine
from tallystick.deals.models import DealRegistration, RegistrationState
from tallystick.deals.rules.policy import DEFAULT_REGISTRATION_POLICY
from tallystick.kernel.explanations import Explanation
from tallystick.web.console.words import Tag, day_near
from tallystick.web.ui import formats
from tallystick.web.ui.components import ChecklistItem, Progress

_EVENT_WORDS = {EventKind.PAYMENT: "payment", EventKind.REFUND: "refund", EventKind.CREDIT_NOTE: "credit note"}


def deal_tag(deal: OwnDeal) -> Tag:
    """Return the state of a deal; an open one shows its stage."""
    match deal.state:
        case OwnDealState.IN_REVIEW:
            return Tag("In review", "warn")
        case OwnDealState.OPEN:
            return Tag(deal.crm.stage if deal.crm else "Approved", "accent")
        case OwnDealState.WON:
            return Tag("Won", "good")
        case ended:
            return Tag(ended.label)


def declined_at_once(claim: DealRegistration) -> bool:
    """Tell whether a rule declined the claim the moment it came in."""
    return claim.state == RegistrationState.DECLINED and claim.decided_by_label == DEFAULT_REGISTRATION_POLICY.reference


def rule_checks(claim: DealRegistration) -> list[ChecklistItem]:
    """Return the rules a claim was checked against, with what they found.

    A claim that a rule declined at once is told that rule alone: what our own team does there is for those who hold
    the company.
    """
    steps = Explanation.from_json(claim.explanation).steps if claim.explanation else ()
    if declined_at_once(claim):
        steps = tuple(step for step in steps if step.rule == claim.decision_rule)
    progress = {"met": Progress.KEPT, "broken": Progress.BROKEN}
    return [
        ChecklistItem(
            label=step.rule.replace("_", " ").capitalize(),
            progress=progress.get(step.outcome, Progress.OPEN),
            note=step.sentence,
        )
        for step in steps
    ]


def decision_in_words(deal: OwnDeal) -> str:
    """Say who decided a registration, when and by which rule; "" while it waits."""
    claim = deal.registration
    if claim is None or claim.decided_at is None:
        return ""
    when = formats.moment(claim.decided_at)
    if declined_at_once(claim):
        return f"Declined at once on {when} by the rule “{claim.decision_rule.replace('_', ' ')}”"
    word = "Declined" if claim.state == RegistrationState.DECLINED else "Approved"
    return f"{word} by {claim.decided_by_label} on {when}"


def what_for(line: CommissionLine, paid: PaidInvoiceLine) -> str:
    """Say what a line is for: "Payment, new business"."""
    event = EventKind(line.event_kind).label
    return f"Correction of a {event.lower()}" if line.reverses_id else f"{event}, {paid.kind.label.lower()}"


def line_tag(line: CommissionLine, on: date) -> Tag:
    """Return the state of a line on a day."""
    match line_state(line, on=on):
        case LineState.HELD:
            return Tag("Held", "warn")
        case LineState.EARNED:
            return Tag("Earned", "good")
        case LineState.CLAWED_BACK:
            return Tag("Clawed back", "bad")
        case LineState.CORRECTED:
            return Tag("Correction" if line.reverses_id else "Corrected")


def why(line: CommissionLine, on: date) -> str:
    """Say when and why a line is in its state, and on which statement it stands."""
    statement = getattr(line, "statement_line", None)
    place = f" On {statement.statement.number}." if statement is not None else ""
    return f"{_why(line, on)}{_booked_later(line, on)}{place}"


def _why(line: CommissionLine, on: date) -> str:
    event, happened = _EVENT_WORDS[EventKind(line.event_kind)], day_near(line.earned_on, on)
    match line_state(line, on=on):
        case LineState.HELD:
            days = (line.held_until - line.earned_on).days
            return f"Held until {day_near(line.held_until, on)}: {days} days after the {event} of {happened}."
        case LineState.EARNED:
            return f"Earned on the {event} of {happened}; the hold ended on {day_near(line.held_until, on)}."
        case LineState.CLAWED_BACK:
            return f"Taken back because of the {event} of {happened}."
        case LineState.CORRECTED if line.reverses_id:
            return f"Cancels a line for the {event} of {happened}, because the facts behind it changed."
        case LineState.CORRECTED:
            corrected = day_near(line.reversed_by.booked_on, on)
            return f"No longer counts: corrected on {corrected}, because the facts behind it changed."


def _booked_later(line: CommissionLine, on: date) -> str:
    if (line.booked_on.year, line.booked_on.month) == (line.earned_on.year, line.earned_on.month):
        return ""
    return f" Booked on {day_near(line.booked_on, on)}, as its month was closed."
