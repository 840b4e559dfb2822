"""Reads a mail as it came over the wire: who wrote it, to which addresses, in which words, and whether a person did.

Pure. The parser is the standard library's; what cannot be read raises `MailUnreadable` and is kept all the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from email import message_from_bytes, policy
from email.errors import MessageError
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.utils import getaddresses
from hashlib import sha256
from html.parser import HTMLParser
from typing import Final

from mailparser_reply import EmailReplyParser

from tallystick.platform.mail_in.attached import MailedFile, files_of

ADDRESSED_IN: Final = ("To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To")
REPLY_LANGUAGES: Final = ("en", "de", "fr", "es", "it", "nl", "pl", "da", "sv")
"""In which a quoted message is announced: "On Tuesday … wrote:"."""
_BULK: Final = frozenset({"bulk", "junk", "list", "auto_reply"})
_NOBODY: Final = frozenset({"mailer-daemon", "postmaster", "noreply", "no-reply", "donotreply", "do-not-reply"})
_AUTOMATIC_HEADERS: Final = ("X-Autoreply", "X-Autorespond", "X-Auto-Response", "List-Id", "List-Unsubscribe")
_BREAKS: Final = frozenset({"br", "p", "div", "tr", "li", "h1", "h2", "h3", "table", "blockquote"})
_SILENT: Final = frozenset({"style", "script", "head", "title"})


class MailUnreadable(ValueError):
    """The bytes are no mail that can be read; the message says why."""


@dataclass(frozen=True, slots=True)
class ReceivedMail:
    """A mail as it says itself; addresses are in lower case. `automatic` says why no person wrote it, if none did."""

    message_id: str
    sender: str
    sender_name: str
    recipients: tuple[str, ...]
    subject: str
    text: str
    automatic: str
    files: tuple[MailedFile, ...]
    results: tuple[str, ...]
    """What `Authentication-Results` headers say, the topmost first; who wrote them is for others to judge."""

    @property
    def new_text(self) -> str:
        """Return what the writer of a reply added: without the message quoted below it, and without the signature."""
        parsed = EmailReplyParser(languages=list(REPLY_LANGUAGES)).parse_reply(text=self.text)
        return str(parsed or "").strip()


def message_key(raw: bytes) -> str:
    """Return what tells one mail from another: a hash of its Message-ID, or of all its bytes where it has none."""
    try:
        given = str(BytesHeaderParser(policy=policy.compat32).parsebytes(raw).get("Message-ID", "")).strip()
    except (MessageError, ValueError, LookupError):
        given = ""
    return sha256(given.encode("utf-8", "replace") or raw).hexdigest()


def read_mail(raw: bytes, *, recipient: str = "") -> ReceivedMail:
    """Read a mail; `recipient` is whom it was delivered to, where the server said so apart from the mail.

    Raises `MailUnreadable`.
    """
    try:
        message = message_from_bytes(raw, policy=policy.default)
        assert isinstance(message, EmailMessage)  # noqa: S101 - the policy makes it one
        return _read(message, recipient)
    except MailUnreadable:
        raise
    except (MessageError, ValueError, LookupError, AttributeError, TypeError, RecursionError) as error:
        # The parser fails in many ways on headers and on parts within parts that are made to break it.
        raise MailUnreadable(f"The mail cannot be read: {type(error).__name__}.") from error


def _read(message: EmailMessage, recipient: str) -> ReceivedMail:
    senders = [(name, address) for name, address in _addresses(message, "From") if "@" in address]
    if len(senders) != 1:
        raise MailUnreadable(f"The mail names {len(senders)} senders; one is needed.")
    ((name, sender),) = senders
    named = [address for header in ADDRESSED_IN for _, address in _addresses(message, header)]
    everybody = [recipient.strip().lower(), *named]
    return ReceivedMail(
        message_id=str(message.get("Message-ID", "")).strip(),
        sender=sender,
        sender_name=name.strip()[:120],
        recipients=tuple(dict.fromkeys(address for address in everybody if address)),
        subject=" ".join(str(message.get("Subject", "")).split())[:250],
        text=_text(message),
        automatic=_why_automatic(message, sender),
        files=files_of(message),
        results=tuple(str(value) for value in message.get_all("Authentication-Results", [])),
    )


def _addresses(message: EmailMessage, header: str) -> list[tuple[str, str]]:
    return [(name, address.lower()) for name, address in getaddresses([str(v) for v in message.get_all(header, [])])]


def _text(message: EmailMessage) -> str:
    body = message.get_body(preferencelist=("plain", "html"))
    if body is None:
        return ""
    payload = body.get_payload(decode=True)
    content = _decoded(payload, body.get_content_charset()) if isinstance(payload, bytes) else ""
    text = _without_tags(content) if body.get_content_type() == "text/html" else content
    return text.replace("\r\n", "\n").replace("\0", "").strip()


def _decoded(payload: bytes, charset: str | None) -> str:
    """Return the text of a part; one that names no character set, or one nobody knows, is read as UTF-8."""
    try:
        return payload.decode(charset or "utf-8", "replace")
    except LookupError:
        return payload.decode("utf-8", "replace")


def _why_automatic(message: EmailMessage, sender: str) -> str:
    """Return why no person wrote it: RFC 3834, bounces, and what lists and robots put into their headers."""
    submitted = str(message.get("Auto-Submitted", "no")).split(";")[0].strip().lower()
    if submitted != "no":
        return f"Auto-Submitted: {submitted}"
    if message.get_content_type() == "multipart/report" or str(message.get("Return-Path", "")).strip() == "<>":
        return "a report of delivery"
    precedence = str(message.get("Precedence", "")).strip().lower()
    if precedence in _BULK:
        return f"Precedence: {precedence}"
    for header in _AUTOMATIC_HEADERS:
        if message.get(header):
            return header
    return "no person has its address" if sender.partition("@")[0] in _NOBODY else ""


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - the parser's
        """Begin a line, or keep silent."""
        self._silent += tag in _SILENT
        if tag in _BREAKS:
            self.words.append("\n")

    def handle_endtag(self, tag: str) -> None:
        """Speak again."""
        self._silent -= tag in _SILENT and self._silent > 0

    def handle_data(self, data: str) -> None:
        """Take down what is shown."""
        if not self._silent:
            self.words.append(" ".join(data.split()) + (" " if data[-1:].isspace() else ""))


def _without_tags(html: str) -> str:
    words = _Words()
    words.feed(html)
    lines = "".join(words.words).split("\n")
    return "\n".join(line.strip() for line in lines)
