"""Words that several pages of the portal share: states of deals and lines, each with what it means and why."""

from __future__ import annotations

from datetime import date
from typing import Final, cast

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tallystick.attribution.own_deals import OwnDeal, OwnDealState
from tallystick.commissions.line_states import LineState, line_state
from tallystick.commissions.line_states import Progress as LineProgress
from tallystick.commissions.models import CommissionLine, EventKind
from tallystick.commissions.own_earnings import PaidInvoiceLine
from tallystick.deals.disclosure import explanation_for_partner
from tallystick.deals.models import DealRegistration, RegistrationState
from tallystick.deals.rules.engagement.engagement import is_reference
from tallystick.kernel.periods import Month
from tallystick.web.console.words import Tag, day_near
from tallystick.web.engagement import cited_rule
from tallystick.web.ui import formats
from tallystick.web.ui.components import ChecklistItem
from tallystick.web.words import check_item, rule_words

_EVENT_WORDS: Final[dict[EventKind, Promise]] = {
    EventKind.PAYMENT: gettext_lazy("payment"),
    EventKind.REFUND: gettext_lazy("refund"),
    EventKind.CREDIT_NOTE: gettext_lazy("credit note"),
}


def deal_tag(deal: OwnDeal) -> Tag:
    """Return the state of a deal; an open one shows its stage."""
    match deal.state:
        case OwnDealState.IN_REVIEW:
            return Tag(_("In review"), "warn")
        case OwnDealState.OPEN:
            return Tag(deal.crm.stage if deal.crm else _("Approved"), "accent")
        case OwnDealState.WON:
            return Tag(_("Won"), "good")
        case ended:
            return Tag(str(ended.label))


def declined_at_once(claim: DealRegistration) -> bool:
    """Tell whether a rule declined the claim the moment it came in."""
    return claim.state == RegistrationState.DECLINED and is_reference(claim.decided_by_label)


def rule_checks(claim: DealRegistration) -> list[ChecklistItem]:
    """Return the rules a claim was checked against, with what they found.

    A claim that a rule declined at once is told that rule alone: what our own team does there is for those who hold
    the company.
    """
    told = explanation_for_partner(claim)
    steps = told.steps if told else ()
    if declined_at_once(claim):
        steps = tuple(step for step in steps if step.rule == claim.decision_rule)
    return [check_item(step) for step in steps]


def decision_in_words(deal: OwnDeal) -> str:
    """Say who decided a registration, when and by which rule; "" while it waits."""
    claim = deal.registration
    if claim is None or claim.decided_at is None:
        return ""
    when = formats.moment(claim.decided_at)
    if declined_at_once(claim):
        return f"Declined at once on {when} by the rule “{rule_words(claim.decision_rule)}”"
    word = "Declined" if claim.state == RegistrationState.DECLINED else "Approved"
    cited = cited_rule(claim)
    rule = f", by the rule “{cited}”" if cited else ""
    return f"{word} by {claim.decided_by_label} on {when}{rule}"


def what_for(line: CommissionLine, paid: PaidInvoiceLine) -> str:
    """Say what a line is for: "Payment, new business"."""
    event = EventKind(line.event_kind).label
    return f"Correction of a {event.lower()}" if line.reverses_id else f"{event}, {paid.kind.label.lower()}"


def line_tag(line: CommissionLine, on: date) -> Tag:
    """Return the state of a line on a day."""
    match line_state(line, on=on):
        case LineState.HELD:
            return Tag(_("Held until %(day)s") % {"day": day_near(line.held_until, on)}, "warn")
        case LineState.EARNED:
            return Tag(_("Earned"), "accent")
        case LineState.SET_ASIDE:
            return Tag(_("Being looked at"), "warn")
        case LineState.APPROVED:
            return Tag(_("Approved"), "good")
        case LineState.ON_STATEMENT:
            return Tag(_("On a statement"), "good")
        case LineState.CLAWED_BACK:
            return Tag(_("Clawed back"), "bad")
        case LineState.CORRECTED:
            return Tag(_("Correction") if line.reverses_id else _("Corrected"))


def why(line: CommissionLine, on: date) -> str:
    """Say when and why a line is in its state, what comes next, and on which statement it stands."""
    statement = getattr(line, "statement_line", None)
    place = _("On statement %(number)s.") % {"number": statement.statement.number} if statement is not None else ""
    sentences = (_why(line, on), _what_next(line, on), _booked_later(line, on), place)
    return " ".join(sentence for sentence in sentences if sentence)


def _why(line: CommissionLine, on: date) -> str:
    facts = {
        "event": _EVENT_WORDS[EventKind(line.event_kind)],
        "day": day_near(line.earned_on, on),
        "until": day_near(line.held_until, on),
        "days": (line.held_until - line.earned_on).days,
    }
    match line_state(line, on=on):
        case LineState.HELD:
            return _("The customer's %(event)s of %(day)s is held for %(days)s days, until %(until)s.") % facts
        case LineState.EARNED | LineState.APPROVED | LineState.ON_STATEMENT:
            return _("Earned on the %(event)s of %(day)s; the hold ended on %(until)s.") % facts
        case LineState.SET_ASIDE:
            reason = cast("LineProgress", line).set_aside_because
            return _("Set aside by your vendor's finance team: %(reason)s") % {"reason": reason}
        case LineState.CLAWED_BACK:
            return _("Taken back because of the %(event)s of %(day)s.") % facts
        case LineState.CORRECTED if line.reverses_id:
            return _("Cancels a line for the %(event)s of %(day)s, because the facts behind it changed.") % facts
        case LineState.CORRECTED:
            corrected = {"day": day_near(line.reversed_by.booked_on, on)}
            return _("No longer counts: corrected on %(day)s, because the facts behind it changed.") % corrected


def _what_next(line: CommissionLine, on: date) -> str:
    """Say what happens to a line next, and when where a day is known; "" where nothing does."""
    match line_state(line, on=on):
        case LineState.HELD:
            month = Month.containing(line.held_until)
        case LineState.EARNED if cast("LineProgress", line).in_run is not None:
            return _("It is put forward and waits for approval.")
        case LineState.EARNED:
            month = Month.containing(on)
        case LineState.APPROVED:
            when = timezone.localtime(cast("LineProgress", line).approved_at)
            return _("Approved on %(day)s; it is on your next statement.") % {"day": day_near(when.date(), on)}
        case _:
            return ""
    words = {"month": formats.month(month.first_day), "day": day_near(month.plus(1).first_day, on)}
    return _("It can be approved with %(month)s, from %(day)s on.") % words


def _booked_later(line: CommissionLine, on: date) -> str:
    if (line.booked_on.year, line.booked_on.month) == (line.earned_on.year, line.earned_on.month):
        return ""
    return _("Booked on %(day)s, as its month was closed.") % {"day": day_near(line.booked_on, on)}
