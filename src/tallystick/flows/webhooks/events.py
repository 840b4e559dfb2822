"""The public events: each with its sentence, its version and the fields that the vendor and the partner may read.

A field that is added keeps the version; one that is removed or changes its meaning makes the next. One event a change
of state: what one entry of the stream says of many deals or partners becomes a message for each of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tallystick.flows.notifications import facts
from tallystick.flows.webhooks.fields import (
    AMOUNT,
    AMOUNTS,
    COMPANY,
    DEAL,
    ENTRY,
    MONTH,
    PARTNER,
    REASON,
    REFERENCE,
    STAGE,
    SUBJECT,
    TOTAL,
    VALUE,
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
_MONEY: Final = _("Commissions and statements")
_PARTNERS: Final = _("Partners")
_BOOKS: Final = _("Facts and rules")

_REGISTRATION: Final = (REFERENCE, COMPANY)
_UNTIL: Final = given("protected_until", "The last protected day", "2027-02-18")
_SIDE: Final = given("side", "Who wrote: vendor or partner", "vendor")
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


def _earnings(sentence: Promise, *fields: Field) -> PublicEvent:
    return PublicEvent(sentence=sentence, group=_MONEY, for_vendor=(*fields, PARTNER, WHO, ENTRY), for_partner=fields)


def _of_the_vendor(sentence: Promise, group: Promise, *fields: Field) -> PublicEvent:
    return PublicEvent(sentence=sentence, group=group, for_vendor=(*fields, WHO, ENTRY))


PUBLIC_EVENTS: Final[Mapping[str, PublicEvent]] = {
    "deal_registered": _registration(
        _("A partner registered a deal."), VALUE, given("state", "Where it stands at once", "submitted")
    ),
    "registration_approved": _registration(_("A registration was approved, its account is protected."), _UNTIL),
    "registration_declined": _registration(_("A registration was declined."), REASON),
    "registration_reopened": _registration(_("A decision on a registration was taken back; it waits again.")),
    "registration_withdrawn": _registration(_("A registration was withdrawn.")),
    "registration_linked": _registration(_("A registration was tied to the deal of the CRM it became.")),
    "registration_won": _registration(_("The deal of a registration was won.")),
    "registration_lost": _registration(_("The deal of a registration was lost.")),
    facts.PROTECTION_ENDED: _registration(_("The protection of a registration ended.")),
    facts.STAGE_CHANGED: _registration(_("The deal of a registration moved to another stage in the CRM."), STAGE),
    "message_posted": PublicEvent(
        sentence=_("Somebody wrote about a deal; the words themselves are not in the message."),
        group=_DEALS,
        for_vendor=(DEAL, _SIDE, _ASKS, _ANSWER_DUE, PARTNER, WHO, ENTRY),
        for_partner=(DEAL, _SIDE, _ASKS, _ANSWER_DUE),
    ),
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
