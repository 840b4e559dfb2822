"""The files that a mail brings: what somebody attached, not what a signature or a mail program adds. Pure."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.errors import MessageError
from email.message import EmailMessage, Message
from typing import Final
from urllib.parse import unquote

SMALL_IMAGE: Final = 100_000
"""Bytes: an image that the words show and that is no larger is a logo of a signature, and no file."""
_SEALS: Final = frozenset({"application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"})
"""Proofs that mail programs attach to the words."""
_SHOWN: Final = re.compile(r"\bcid:([^\"'\s)>]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class MailedFile:
    """A file as a mail names it."""

    name: str
    content: bytes


def files_of(message: EmailMessage) -> tuple[MailedFile, ...]:
    """Return the files of a mail in their order; one that cannot be read has no content, and one twice is one."""
    parts = list(_leaves(message))
    shown = _shown_images(parts)
    files = []
    for part in filter(_is_file, parts):
        file = MailedFile(_name(part), _content(part))
        if not (_is_shown(part, shown) and len(file.content) <= SMALL_IMAGE):
            files.append(file)
    return tuple(dict.fromkeys(files))


def _leaves(message: Message) -> Iterator[Message]:
    """Yield the parts that hold something, in order. A mail that is attached is one part, whatever it holds."""
    waiting = [message]
    while waiting:
        part = waiting.pop()
        if part.get_content_maintype() == "multipart":
            waiting.extend(each for each in reversed(_parts(part)))
        else:
            yield part


def _parts(part: Message) -> list[Message]:
    held = part.get_payload()
    return [each for each in held if isinstance(each, Message)] if isinstance(held, list) else []


def _is_file(part: Message) -> bool:
    if part.get_content_type() in _SEALS:
        return False
    is_words = part.get_content_maintype() == "text"
    return part.get_content_disposition() == "attachment" or bool(part.get_filename()) or not is_words


def _is_shown(part: Message, shown: frozenset[str]) -> bool:
    """Tell whether a part is an image in the words, and not attached to them."""
    is_drawn = part.get_content_maintype() == "image" and part.get_content_disposition() != "attachment"
    return is_drawn and str(part.get("Content-ID", "")).strip().strip("<>") in shown


def _name(part: Message) -> str:
    given = part.get_filename() or ""
    if part.get_content_type() == "message/rfc822" and not given.lower().endswith(".eml"):
        held = _parts(part)
        return f"{given or (held[0].get('Subject') if held else '') or 'mail'}.eml"
    return given or f"file{mimetypes.guess_extension(part.get_content_type()) or ''}"


def _content(part: Message) -> bytes:
    """Return the bytes of a part; none where it is broken, so that the mail is taken without it."""
    try:
        if part.get_content_maintype() == "message":
            return b"".join(each.as_bytes() for each in _parts(part))
        content = part.get_payload(decode=True)
    except (MessageError, ValueError, LookupError, AttributeError, TypeError):
        return b""
    return content if isinstance(content, bytes) else b""


def _shown_images(parts: list[Message]) -> frozenset[str]:
    """Return the Content-IDs that the words of a mail show as images."""
    pages = [_content(part).decode("latin-1") for part in parts if part.get_content_type() == "text/html"]
    return frozenset(unquote(found) for page in pages for found in _SHOWN.findall(page))
