"""Mail to people: written from templates, sent once the transaction that causes it is committed."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string


def mail_is_set_up() -> bool:
    """Tell whether mails leave this installation; without `EMAIL_URL` they are printed in the terminal."""
    return not settings.EMAIL_BACKEND.startswith("django.core.mail.backends.console")


def send_mail_after_commit(*, template: str, to: str, context: Mapping[str, Any]) -> None:
    """Send one mail after the commit; a mail server that refuses is logged and undoes nothing.

    `template` names three files: `_subject.txt`, `_message.txt` and `_message.html`.
    """
    message = written_mail(template=template, to=to, context=context)
    transaction.on_commit(partial(message.send), robust=True)


def written_mail(*, template: str, to: str, context: Mapping[str, Any]) -> EmailMultiAlternatives:
    """Return the mail with its plain and HTML part; the subject is one line whatever its template holds."""
    filled = dict(context)
    subject = " ".join(render_to_string(f"{template}_subject.txt", filled).split())
    message = EmailMultiAlternatives(subject, render_to_string(f"{template}_message.txt", filled), to=[to])
    message.attach_alternative(render_to_string(f"{template}_message.html", filled), "text/html")
    return message
