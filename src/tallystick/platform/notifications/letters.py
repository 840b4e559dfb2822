"""What a mail of notices holds, and how it becomes a message: plain text and HTML, one button, a way out."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string


@dataclass(frozen=True, slots=True)
class Button:
    """Where a mail leads."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Line:
    """One thing in a mail: what it is, what is known of it, and where it is found."""

    text: str
    note: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """Lines under a heading; a mail about one thing has one part without."""

    lines: tuple[Line, ...]
    heading: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A mail as it is written: `unsubscribe_url` and its words belong to this type of mail and no other."""

    subject: str
    organisation: str
    title: str
    lead: str = ""
    parts: tuple[Part, ...] = ()
    button: Button | None = None
    further: tuple[Button, ...] = ()
    closing: str = ""
    why: str
    unsubscribe_words: str = ""
    unsubscribe_url: str = ""
    reply_to: str = ""
    """Where an answer goes that is more than nothing: into the conversation the mail is about."""


def message_of(letter: Letter, *, to: str, key: str) -> EmailMultiAlternatives:
    """Return the letter as a message; `key` makes its id, so that one sent twice after a crash is known as one."""
    context = {"letter": letter}
    headers = {"Message-ID": f"<{key}@{urlsplit(settings.BASE_URL).hostname}>", "Auto-Submitted": "auto-generated"}
    if letter.unsubscribe_url:
        headers["List-Unsubscribe"] = f"<{letter.unsubscribe_url}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    reply_to = [letter.reply_to] if letter.reply_to else None
    subject = " ".join(letter.subject.split())
    text = render_to_string("mail/letter_message.txt", context)
    message = EmailMultiAlternatives(subject, text, to=[to], headers=headers, reply_to=reply_to)
    message.attach_alternative(render_to_string("mail/letter_message.html", context), "text/html")
    return message
