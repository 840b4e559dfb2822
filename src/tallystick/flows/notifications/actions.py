"""What the buttons of mails do: decide a registration or a lead, or answer in a conversation, as their person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tallystick.deals.models import DealRegistration, MessageSide, RegistrationState
from tallystick.deals.rules.approval import StepRefused
from tallystick.deals.rules.lead_states import LeadMoveRefused
from tallystick.deals.rules.states import TransitionRefused
from tallystick.deals.services import QuestionRefused, answer_question, decline_registration
from tallystick.deals.services.conversing import About, Draft, post_message
from tallystick.deals.services.leads import OfferGone
from tallystick.flows.notifications.compose import ANSWER, APPROVE, DECLINE, REPLY
from tallystick.flows.notifications.facts import DEAL
from tallystick.flows.notifications.lead_actions import LEAD_ACTIONS, LeadInMail, answer_lead, heading_of, lead_in_mail
from tallystick.flows.notifications.readers import Listener, listener_of, permissions_of
from tallystick.flows.notifications.rules import Side
from tallystick.flows.registrations import approve_registration
from tallystick.kernel.money import Money
from tallystick.platform import formats
from tallystick.platform.access import Permission
from tallystick.platform.actors import Actor, ActorKind
from tallystick.platform.models import MailAction, Workspace
from tallystick.platform.notifications.actions import ActionKey, claim_action, read_action
from tallystick.platform.tenancy import scope

NEEDED: Final = {
    (Side.VENDOR, APPROVE): Permission.TAKE_STEPS,
    (Side.VENDOR, DECLINE): Permission.TAKE_STEPS,
    (Side.VENDOR, REPLY): Permission.WRITE_ON_DEALS,
    (Side.PARTNER, REPLY): Permission.WRITE_ON_OWN_DEALS,
    (Side.PARTNER, ANSWER): Permission.REGISTER_DEALS,
    **LEAD_ACTIONS,
}


class NotAllowed(PermissionError):
    """The person has left, or another role does not allow it any more."""


class DecidedAlready(ValueError):
    """Somebody was faster; `state` says in words how it was decided, `by` by whom."""

    def __init__(self, *, state: str, by: str) -> None:
        super().__init__(state)
        self.state, self.by = state, by


class WordsMissing(ValueError):
    """A decline needs its reason, a reply its words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prospect:
    """What a button is about to do, for the page that asks once more."""

    action: str
    person: str
    email: str
    organisation: str
    company: str
    reference: str
    partner: str
    about: str
    """What it is about, in a sentence."""
    asks_words: bool
    words_label: str
    button: str
    heading: str


def prospect_of(key: ActionKey, *, at: datetime) -> Prospect:
    """Return what the link would do. Changes nothing.

    Raises `LinkInvalid`, `ActionUsed`, `ActionExpired`, `NotAllowed` and `DecidedAlready`.
    """
    row = read_action(key, at=at)
    with scope(workspace_id=key.workspace_id, partner_id=key.partner_id):
        _listener(row)
        return _subject_and_prospect(row, at=at)[1]


def perform(key: ActionKey, *, words: str, at: datetime) -> Prospect:
    """Do what the link is for, once, as its person and with what that person may do now.

    Raises `WordsMissing` and what `prospect_of` raises; then nothing has changed and the link stays good.
    """
    with scope(workspace_id=key.workspace_id, partner_id=key.partner_id), transaction.atomic():
        row = claim_action(key, at=at)
        listener = _listener(row)
        subject, prospect = _subject_and_prospect(row, at=at)
        if prospect.asks_words and not words.strip():
            raise WordsMissing
        actor = Actor(kind=ActorKind.PERSON, label=str(listener.person), person_id=listener.person.pk)
        try:
            if isinstance(subject, LeadInMail):
                answer_lead(actor, row, words=words.strip(), at=at)
            else:
                _do(actor, row, subject, listener.role, words=words.strip(), at=at)
        except (TransitionRefused, StepRefused, QuestionRefused, LeadMoveRefused, OfferGone) as error:
            raise DecidedAlready(state=str(error), by="") from error
        return prospect


def _subject_and_prospect(row: MailAction, *, at: datetime) -> tuple[DealRegistration | LeadInMail, Prospect]:
    """Return what a button acts on and what it would do. Raises `NotAllowed` and `DecidedAlready`."""
    if row.subject_kind == DEAL:
        registration = _registration(row)
        return registration, _prospect(row, registration)
    zone = ZoneInfo(Workspace.objects.get(pk=row.workspace_id).time_zone)
    with timezone.override(zone):
        lead = lead_in_mail(row, at=at)
    if lead is None:
        raise NotAllowed
    if lead.over:
        raise DecidedAlready(state=lead.over, by="")
    return lead, _lead_prospect(row, lead)


def _lead_prospect(row: MailAction, lead: LeadInMail) -> Prospect:
    heading, button, label = heading_of(row, lead)
    return Prospect(
        action=row.action,
        person=str(row.person),
        email=row.person.email,
        organisation=Workspace.objects.get(pk=row.workspace_id).name,
        company=lead.company,
        reference=lead.reference,
        partner=lead.partner,
        about=lead.about,
        asks_words=bool(label),
        words_label=label,
        button=button,
        heading=heading,
    )


def _do(actor: Actor, row: MailAction, registration: DealRegistration, role: str, *, words: str, at: datetime) -> None:
    match row.action:
        case str(action) if action == APPROVE:
            approve_registration(actor, registration_id=registration.pk, at=at, role=role)
        case str(action) if action == DECLINE:
            decline_registration(actor, registration_id=registration.pk, reason=words, at=at, role=role)
        case str(action) if action == ANSWER:
            answer_question(actor, registration_id=registration.pk, text=words, at=at)
        case _:
            about = About(
                partner_id=registration.partner_id,
                title=f"{registration.reference} {registration.company}",
                registration_id=registration.pk,
            )
            side = MessageSide.VENDOR if row.partner_id is None else MessageSide.PARTNER
            # The key makes a reply that is sent twice one message.
            draft = Draft(text=words, key=f"mail-action-{row.pk}", asks=side is MessageSide.PARTNER)
            post_message(actor, about=about, side=side, draft=draft, at=at)


def _listener(row: MailAction) -> Listener:
    listener = listener_of(person_id=row.person_id, partner_id=row.partner_id)
    if listener is None:
        raise NotAllowed
    needed = NEEDED.get((listener.side, row.action))
    if needed is None or needed not in permissions_of(listener):
        raise NotAllowed
    return listener


def _registration(row: MailAction) -> DealRegistration:
    found = DealRegistration.objects.filter(pk=row.subject_id).select_related("partner").first()
    if row.subject_kind != DEAL or found is None:
        raise NotAllowed
    if row.action == ANSWER and found.clock_stopped_at is None:
        raise DecidedAlready(state=_("Answered, or decided meanwhile"), by="")
    if row.action != REPLY and found.state != RegistrationState.SUBMITTED:
        raise DecidedAlready(state=found.get_state_display(), by=found.decided_by_label)
    return found


def _prospect(row: MailAction, registration: DealRegistration) -> Prospect:
    workspace = Workspace.objects.get(pk=row.workspace_id)
    names = {"company": registration.company, "partner": registration.partner.name}
    heading, button, label = {
        APPROVE: (_("Approve %(company)s for %(partner)s") % names, _("Approve registration"), ""),
        DECLINE: (
            _("Decline %(company)s for %(partner)s") % names,
            _("Decline registration"),
            _("Reason, as the partner reads it"),
        ),
        ANSWER: (_("Answer the question about %(company)s") % names, _("Send answer"), _("Your answer")),
        REPLY: (_("Reply about %(company)s") % names, _("Send reply"), _("Your message")),
    }[row.action]
    value = Money(registration.value_minor, registration.currency)
    with timezone.override(ZoneInfo(workspace.time_zone)):
        return Prospect(
            action=row.action,
            person=str(row.person),
            email=row.person.email,
            organisation=workspace.name,
            company=registration.company,
            reference=registration.reference,
            partner=registration.partner.name,
            about=_("%(reference)s, worth %(value)s, registered by %(partner)s.")
            % {
                "reference": registration.reference,
                "value": formats.money_trimmed(value.minor, value.currency),
                "partner": registration.partner.name,
            },
            asks_words=bool(label),
            words_label=label,
            button=button,
            heading=heading,
        )
