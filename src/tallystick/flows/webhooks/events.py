"""The public events: each with its sentence, its version and the fields that the vendor and the partner may read.

A field that is added keeps the version; one that is removed or changes its meaning makes the next. One event a change
of state: what one entry of the stream says of many deals or partners becomes a message for each of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tallystick.flows.notifications import facts
from tallystick.flows.webhooks.fields import (
    AMOUNT,
    AMOUNTS,
    ANSWERS,
    CASE,
    CASE_COMPANY,
    CASE_NAME,
    COMPANY,
    DEAL,
    DIRECTION,
    ENTRY,
    LEAD,
    LEAD_COMPANY,
    MONTH,
    OWN_CASE_NAME,
    OWN_PART,
    PARTNER,
    PARTNER_IF_ANY,
    PARTS,
    REASON,
    REFERENCE,
    STAGE,
    SUBJECT,
    TOTAL,
    VALUE,
    WANTED,
    WANTED_UNTIL,
    WAS,
    WHO,
    Field,
    given,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicEvent:
    """One type of event that programs are told of; without `for_partner` it is the vendor's alone."""

    sentence: str | Promise
    group: str | Promise
    for_vendor: tuple[Field, ...]
    for_partner: tuple[Field, ...] = ()
    version: int = 1


_DEALS: Final = _("Deals and registrations")
_CLOCKS: Final = _("Clocks, questions and requests")
_LEADS: Final = _("Leads")
_CONFLICTS: Final = _("Conflicts")
_MONEY: Final = _("Commissions and statements")
_PARTNERS: Final = _("Partners")
_BOOKS: Final = _("Facts and rules")

_REGISTRATION: Final = (REFERENCE, COMPANY)
_UNTIL: Final = given("protected_until", "The last protected day", "2027-02-18")
_DUE: Final = given("due_at", "Until when it is due", "2026-11-24T14:05:00+00:00")
_CLOCK: Final = given("answer_due_at", "Until when an answer is due", "2026-11-24T14:05:00+00:00")
_REQUEST: Final = given("request", "The id of the request", 88)
_SAID: Final = given("says", "Why, in the partner's words", "Their trial runs until March.", key="asks")
_RULE: Final = given("rule", "The rule that it cites", "first_to_register")
_RULES: Final = given("rules", "The version of the rules it is cited from", "engagement@3#ab12cd")
_RULED: Final = (
    _RULE,
    _RULES,
    REASON,
    given("appeal_until", "The last day of an appeal; empty where there is none", "2026-12-04"),
)
_LEAD: Final = (LEAD, LEAD_COMPANY, DIRECTION)
_CASE: Final = (CASE, CASE_NAME, CASE_COMPANY)
_OWN_CASE: Final = (OWN_CASE_NAME, COMPANY)
_SIDE: Final = given("side", "Who wrote: vendor or partner", "vendor")
_WHOSE: Final = given("side", "Whose they are: vendor or partner", "vendor")
_FILE: Final = (
    given("file", "The id of the file", 73),
    given("name", "What the file is called", "offer.pdf"),
    _WHOSE,
)
_ASKS: Final = given("asks", "Whether an answer is asked for", example=False)
_ANSWER_DUE: Final = given("answer_due_at", "Until when an answer is due, if one is", None)
_TIER: Final = (
    given("tier", "The tier from then on", "gold", key="to"),
    given("was", "The tier before", "silver", key="from"),
    given("valid_from", "The day it begins", "2026-12-01"),
)


def _registration(sentence: Promise, *more: Field) -> PublicEvent:
    own = (*_REGISTRATION, *more)
    return PublicEvent(sentence=sentence, group=_DEALS, for_vendor=(*own, PARTNER, WHO, ENTRY), for_partner=own)


def _clock(sentence: Promise, *more: Field, vendor: tuple[Field, ...] = ()) -> PublicEvent:
    """Return an event of how a registration is handled; what stands in `vendor` the partner does not read."""
    own = (*_REGISTRATION, *more)
    return PublicEvent(
        sentence=sentence, group=_CLOCKS, for_vendor=(*own, *vendor, PARTNER, WHO, ENTRY), for_partner=own
    )


def _clock_of_the_vendor(sentence: Promise, *more: Field) -> PublicEvent:
    return PublicEvent(sentence=sentence, group=_CLOCKS, for_vendor=(*_REGISTRATION, *more, PARTNER, WHO, ENTRY))


def _lead(sentence: Promise, *more: Field) -> PublicEvent:
    own = (*_LEAD, *more)
    return PublicEvent(sentence=sentence, group=_LEADS, for_vendor=(*own, PARTNER_IF_ANY, WHO, ENTRY), for_partner=own)


def _lead_of_the_vendor(sentence: Promise, *more: Field) -> PublicEvent:
    return PublicEvent(sentence=sentence, group=_LEADS, for_vendor=(*_LEAD, *more, PARTNER_IF_ANY, WHO, ENTRY))


def _conflict(sentence: Promise, *, vendor: tuple[Field, ...] = (), partner: tuple[Field, ...] = ()) -> PublicEvent:
    """Return an event of a case: the vendor is told of it once, each claimant of its own claim, and of nobody else."""
    return PublicEvent(
        sentence=sentence,
        group=_CONFLICTS,
        for_vendor=(*_CASE, *vendor, WHO, ENTRY),
        for_partner=(*_OWN_CASE, *partner),
    )


def _working(sentence: Promise) -> PublicEvent:
    """Return an event of who works on a deal; people are not named in it."""
    own = (DEAL, _WHOSE)
    return PublicEvent(sentence=sentence, group=_DEALS, for_vendor=(*own, PARTNER_IF_ANY, WHO, ENTRY), for_partner=own)


def _earnings(sentence: Promise, *fields: Field) -> PublicEvent:
    return PublicEvent(sentence=sentence, group=_MONEY, for_vendor=(*fields, PARTNER, WHO, ENTRY), for_partner=fields)


def _of_the_vendor(sentence: Promise, group: Promise, *fields: Field) -> PublicEvent:
    return PublicEvent(sentence=sentence, group=group, for_vendor=(*fields, WHO, ENTRY))


_REGISTERED: Final = _registration(
    _("A partner registered a deal."), VALUE, given("state", "Where it stands at once", "submitted")
)

PUBLIC_EVENTS: Final[Mapping[str, PublicEvent]] = {
    "deal_registered": replace(_REGISTERED, for_vendor=(*_REGISTERED.for_vendor, ANSWERS)),
    "registration_approved": _registration(_("A registration was approved, its account is protected."), _UNTIL),
    "registration_declined": _registration(_("A registration was declined."), REASON),
    "registration_reopened": _registration(_("A decision on a registration was taken back; it waits again.")),
    "registration_withdrawn": _registration(_("A registration was withdrawn.")),
    "registration_linked": _registration(_("A registration was tied to the deal of the CRM it became.")),
    "registration_won": _registration(_("The deal of a registration was won.")),
    "registration_lost": _registration(_("The deal of a registration was lost.")),
    facts.PROTECTION_ENDED: _registration(_("The protection of a registration ended.")),
    facts.STAGE_CHANGED: _registration(_("The deal of a registration moved to another stage in the CRM."), STAGE),
    "registration_converted": _registration(
        _("A registration became an opportunity; it stays protected while that is open.")
    ),
    "registration_resumed": _registration(
        _("The deal of a registration that was won or lost is open again."),
    ),
    "protection_ending": _registration(
        _("A protection ends in as many days as one of the steps of the rules says."),
        _UNTIL,
        given("days", "So many days are left", 14),
    ),
    "registration_question_asked": _clock(
        _("The vendor asked something before its decision; the clock stands still. The words are not in the message."),
        given("question", "The id of the question", 52),
    ),
    "registration_question_answered": _clock(
        _("The partner answered; the clock goes on."), given("question", "The id of the question", 52), _CLOCK
    ),
    "registration_step_approved": _clock(
        _("A step of an approval was taken; another person takes the next."),
        given("step", "The step that was taken", "Partner management decides"),
        given("next", "The step that is next", "Finance releases"),
        vendor=(given("roles", "The roles of which one takes the next", ["finance", "executive"]),),
    ),
    "registration_answer_due": _clock_of_the_vendor(_("A decision is due within the hours that the rules say."), _DUE),
    "registration_escalated": _clock_of_the_vendor(
        _("So much of the time to answer has gone that somebody else is told."),
        _DUE,
        given("to", "Who is told: a role", "admin"),
        given("after_percent", "How much of the time has gone", 75),
    ),
    "registration_deemed_approved": _clock(
        _("Nobody answered in time, and the rules approve then."), _UNTIL, REASON, _RULE
    ),
    "registration_extension_requested": _clock(
        _("A partner asked for more days of protection."), _REQUEST, WANTED_UNTIL, _SAID, _CLOCK
    ),
    "registration_extended": _clock(
        _("More days of protection were granted."),
        _REQUEST,
        Field("protected_until", "The last protected day", "2027-03-20", WANTED_UNTIL.read),
    ),
    "registration_extension_declined": _clock(_("More days of protection were declined."), _REQUEST, REASON),
    "registration_amendment_requested": _clock(
        _("A partner asked to change what it registered."), _REQUEST, WAS, WANTED, _SAID, _CLOCK
    ),
    "registration_amended": _clock(
        _("What was registered was changed, by a person or by the rule for small changes."), _REQUEST, WAS, WANTED
    ),
    "registration_amendment_declined": _clock(
        _("A change of what was registered was declined."), _REQUEST, WAS, WANTED, REASON
    ),
    "registration_request_taken_back": _clock(
        _("A partner took a request back before it was decided."),
        _REQUEST,
        given("kind", "What was asked for: extension or amendment", "extension"),
    ),
    "lead_introduced": _lead(_("A partner introduced a company."), _CLOCK),
    "lead_created": _lead_of_the_vendor(_("A lead of the vendor's was added that is to be passed to a partner.")),
    "lead_answer_due": _lead_of_the_vendor(_("An introduction has no answer, and little time is left."), _DUE),
    "lead_offered": _lead(
        _("A partner is asked about a lead of the vendor's."), given("offer", "The id of the offer", 61), _DUE
    ),
    "lead_offer_due": _lead(_("An offered lead has no answer, and little time is left."), _DUE),
    "lead_offer_declined": _lead(_("A partner declined a lead that was offered to it."), REASON),
    "lead_offer_lapsed": _lead(_("A partner did not answer in time; the next one is asked.")),
    "lead_offer_withdrawn": _lead(_("An offer was taken back, since another partner is asked.")),
    "lead_returned": _lead_of_the_vendor(_("Nobody is left to ask about a lead: it waits for its owner.")),
    "lead_accepted": _lead(_("A lead was accepted: an introduction by the vendor, an offer by a partner.")),
    "lead_qualified": _lead(_("A lead is worth a deal.")),
    "lead_converted": _lead(
        _("A lead became a registration, or an opportunity of the CRM."),
        given("registration", "The registration it became, if one", "DR-1038"),
    ),
    "lead_declined": _lead(_("A lead was declined, or came to nothing."), REASON),
    "conflict_opened": _conflict(
        _("Claims to a deal stand against each other."),
        vendor=(given("kind", "Why they do", "two_partners"),),
    ),
    "conflict_ruled": _conflict(
        _("A case was ruled."),
        vendor=(
            given("number", "1, and 2 after an appeal", 1),
            given("outcome", "One claim stands, the claims share, or none stands", "uphold"),
            PARTS,
            *_RULED,
        ),
        partner=(OWN_PART, *_RULED),
    ),
    "conflict_appealed": _conflict(_("A ruling was appealed: another person decides.")),
    "conflict_closed": _conflict(_("A case is closed.")),
    "message_posted": PublicEvent(
        sentence=_("Somebody wrote about a deal; the words themselves are not in the message."),
        group=_DEALS,
        for_vendor=(DEAL, _SIDE, _ASKS, _ANSWER_DUE, PARTNER, WHO, ENTRY),
        for_partner=(DEAL, _SIDE, _ASKS, _ANSWER_DUE),
    ),
    "registration_file_added": _registration(_("A file was added to a registration."), *_FILE),
    "registration_file_removed": _registration(_("A file was taken off a registration."), *_FILE),
    "collaborator_added": _working(_("Somebody was added to a deal, and hears of it from then on.")),
    "collaborator_removed": _working(_("Somebody was taken off a deal.")),
    facts.COMMISSIONS_BOOKED: _earnings(_("Commission lines of a partner were booked."), AMOUNTS),
    "commissions_approved": _earnings(_("A partner's commissions of a month were approved."), MONTH, TOTAL),
    "commissions_approval_undone": _earnings(
        _("The approval of a partner's commissions of a month was taken back."), MONTH, TOTAL
    ),
    "commission_line_set_aside": _earnings(_("A commission line was kept out of approval."), SUBJECT, AMOUNT, REASON),
    "commission_line_taken_back": _earnings(
        _("A commission line that was set aside waits for approval again."), SUBJECT
    ),
    "statement_issued": _earnings(_("A partner's statement of a month was issued."), SUBJECT, MONTH, TOTAL),
    "approval_run_prepared": _of_the_vendor(_("An approval run waits for approval."), _MONEY, SUBJECT, MONTH, TOTAL),
    "approval_run_approved": _of_the_vendor(_("An approval run was approved."), _MONEY, SUBJECT, MONTH, TOTAL),
    "approval_run_rejected": _of_the_vendor(_("An approval run was rejected."), _MONEY, SUBJECT, MONTH, TOTAL, REASON),
    "approval_run_undone": _of_the_vendor(
        _("The approval of a run was taken back."), _MONEY, SUBJECT, MONTH, TOTAL, REASON
    ),
    "commissions_accrued": _of_the_vendor(
        _("Invoices were settled."),
        _MONEY,
        given("invoices", "Invoices looked at", 41),
        given("written", "Lines written", 37),
        given("reversed", "Lines reversed", 1),
        given("blocked", "Lines that wait for a fact", 2),
    ),
    "partner_created": _of_the_vendor(
        _("A partner was added."),
        _PARTNERS,
        PARTNER,
        given("type", "Its type", "reseller"),
        given("lifecycle", "Where it stands", "active"),
    ),
    "partner_lifecycle_changed": _of_the_vendor(
        _("A partner moved on in its lifecycle, or ended."),
        _PARTNERS,
        PARTNER,
        given("lifecycle", "Where it stands from then on", "active", key="to"),
        given("was", "Where it stood before", "onboarding", key="from"),
    ),
    "partner_tier_changed": PublicEvent(
        sentence=_("A partner was given a tier from a day on."),
        group=_PARTNERS,
        for_vendor=(*_TIER, PARTNER, WHO, ENTRY),
        for_partner=_TIER,
    ),
    "facts_imported": _of_the_vendor(
        _("A file of facts was loaded."),
        _BOOKS,
        SUBJECT,
        given("kind", "What it holds", "opportunities"),
        given("added", "Rows that are new", 120),
        given("changed", "Rows that changed something", 14),
        given("refused", "Rows that were refused", 0),
    ),
    "import_undone": _of_the_vendor(_("An import was taken back as a whole."), _BOOKS, SUBJECT),
    "plan_published": _of_the_vendor(
        _("A version of a commission plan was published."),
        _BOOKS,
        SUBJECT,
        given("track", "The type of partner it is for", "reseller"),
        given("number", "The number of the version", 3),
        given("valid_from", "The day it begins", "2027-01-01"),
    ),
}
"""By type, in the order people read them."""


def types_for(*, partner: bool) -> Mapping[str, PublicEvent]:
    """Return the events that one side may be told of."""
    return {name: event for name, event in PUBLIC_EVENTS.items() if event.for_partner or not partner}
