"""A reply to a mail about a registration becomes a message in its conversation, as the person the mail was sent to."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from tallystick.deals.models import DealRegistration, MessageSide
from tallystick.deals.services import About, Draft, NothingSaid, post_message
from tallystick.flows.mail_in.claims import MailNotUnderstood
from tallystick.flows.mail_in.files import SortedFiles, sort_files
from tallystick.flows.notifications.actions import NEEDED
from tallystick.flows.notifications.compose import REPLY
from tallystick.flows.notifications.readers import Listener, listener_of, permissions_of
from tallystick.platform.actors import Actor, ActorKind
from tallystick.platform.mail_in.addresses import ReplyTo
from tallystick.platform.mail_in.reading import ReceivedMail
from tallystick.platform.models import FilePurpose, InboundMail
from tallystick.platform.tenancy import scope


class WrittenByAnother(PermissionError):
    """The reply does not come from the address the mail was sent to: it was forwarded, or is not genuine."""


def post_reply(
    kept: InboundMail, mail: ReceivedMail, where: ReplyTo, *, at: datetime
) -> tuple[DealRegistration, tuple[str, ...]]:
    """Say what a reply says in the conversation it belongs to, with its files; a mail that comes twice is one message.

    Returns also a sentence for each file that is not kept. Raises `MailNotUnderstood`, and `WrittenByAnother`.
    """
    with scope(workspace_id=kept.workspace_id, partner_id=where.partner_id):
        listener = listener_of(person_id=where.person_id, partner_id=where.partner_id)
        made = DealRegistration.objects.filter(pk=where.registration_id).first()
        if listener is None or made is None or NEEDED[listener.side, REPLY] not in permissions_of(listener):
            raise MailNotUnderstood(_("The conversation is closed to you: you have left, or your role has changed."))
        if listener.person.email.lower() != mail.sender:
            raise WrittenByAnother
        files = sort_files(mail.files, purpose=FilePurpose.DEAL_MESSAGE)
        _post(kept, mail, made, listener, files, at=at)
        return made, files.left_out


def _post(
    kept: InboundMail,
    mail: ReceivedMail,
    made: DealRegistration,
    listener: Listener,
    files: SortedFiles,
    *,
    at: datetime,
) -> None:
    side = MessageSide.VENDOR if listener.partner_id is None else MessageSide.PARTNER
    about = About(partner_id=made.partner_id, title=f"{made.reference} {made.company}", registration_id=made.pk)
    # The key makes a mail that is taken twice one message.
    draft = Draft(
        text=mail.new_text,
        key=f"mail-{kept.message_key[:35]}",
        uploads=files.uploads,
        asks=side is MessageSide.PARTNER,
    )
    actor = Actor(kind=ActorKind.PERSON, label=str(listener.person), person_id=listener.person.pk)
    try:
        post_message(actor, about=about, side=side, draft=draft, at=at)
    except NothingSaid as silent:
        words = _("Your reply holds no words above the message it quotes.")
        raise MailNotUnderstood(words, *files.left_out) from silent
