"""Tells the sender of a mail what is missing in it and how the lines are written, or which files were not kept."""

from __future__ import annotations

from datetime import datetime
from smtplib import SMTPException
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from tallystick.platform.mail_in.reading import read_mail
from tallystick.platform.models import InboundMail, MailInState, Workspace
from tallystick.platform.notifications.delivering import MailRefused
from tallystick.platform.notifications.letters import Letter, Line, Part, message_of


def answer_mail(*, mail_id: int, at: datetime) -> None:  # noqa: ARG001 - every job says when
    """Send the answer to a mail that was not understood, or of which not all was kept.

    Raises `MailRefused`, and is tried again then.
    """
    told = (MailInState.UNREADABLE, MailInState.REPLIED)
    kept = InboundMail.objects.filter(pk=mail_id, state__in=told).exclude(sender="").exclude(reason="").first()
    if kept is None:
        return
    message_id = read_mail(bytes(kept.raw)).message_id
    message = message_of(letter_to(kept), to=kept.sender, key=f"inbound-{kept.pk}")
    message.extra_headers["Auto-Submitted"] = "auto-replied"
    if message_id:
        message.extra_headers.update({"In-Reply-To": message_id, "References": message_id})
    try:
        message.send()
    except (OSError, SMTPException) as error:
        raise MailRefused(f"{type(error).__name__}: {error}") from error


def letter_to(kept: InboundMail) -> Letter:
    """Return the answer to a mail, in the workspace's language."""
    workspace = Workspace.objects.get(pk=kept.workspace_id)
    zone = ZoneInfo(workspace.time_zone)
    with translation.override(workspace.language or settings.LANGUAGE_CODE), timezone.override(zone):
        return _not_all_kept(kept, workspace) if kept.state == MailInState.REPLIED else _not_done(kept, workspace)


def _not_done(kept: InboundMail, workspace: Workspace) -> Letter:
    example = (
        _("Company: Cellvia"),
        _("Website: cellvia.com"),
        _("Contact: Ruth Ames, or her e-mail address"),
        _("Value: 60,000, or EUR 60,000"),
    )
    return Letter(
        subject=_("Not registered: %(subject)s") % {"subject": kept.subject or _("your mail")},
        organisation=workspace.name,
        title=_("Your mail was not understood"),
        lead=_("Nothing was done. Write again as below; your mail is kept, and a person at %(vendor)s sees it.")
        % {"vendor": workspace.name},
        parts=(
            Part(_sentences(kept), heading=_("What is missing")),
            Part(tuple(Line(line) for line in example), heading=_("A registration needs these four lines")),
        ),
        why=_("You get this because you wrote to %(vendor)s.") % {"vendor": workspace.name},
    )


def _not_all_kept(kept: InboundMail, workspace: Workspace) -> Letter:
    return Letter(
        subject=_("Not all files were kept: %(subject)s") % {"subject": kept.subject or _("your mail")},
        organisation=workspace.name,
        title=_("Your reply arrived, but not all of its files"),
        lead=_("Your words stand in the conversation about %(reference)s.") % {"reference": kept.reference},
        parts=(Part(_sentences(kept), heading=_("These files were not kept")),),
        why=_("You get this because you wrote to %(vendor)s.") % {"vendor": workspace.name},
    )


def _sentences(kept: InboundMail) -> tuple[Line, ...]:
    return tuple(Line(sentence) for sentence in kept.reason.splitlines() if sentence)
