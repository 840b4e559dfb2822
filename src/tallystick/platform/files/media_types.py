"""What a file is, told by its content and never by its name or by what a browser claims. Pure: no Django, no disk.

A file whose name promises something else than it holds is refused, so that nobody opens a program as a document.
"""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

MEGABYTE: Final = 1024 * 1024
LARGEST_BYTES: Final = 25 * MEGABYTE
MOST_AT_ONCE: Final = 5
"""Files that one form or one mail brings."""
LONGEST_NAME: Final = 120
HEAD_BYTES: Final = 8_192
"""How much of the beginning tells what a file is; ZIP archives are looked into as a whole."""


class Refusal(StrEnum):
    """Why a file is not kept; the words for people are in `refusals.py`."""

    EMPTY = "empty"
    TOO_MANY = "too_many"
    TOO_LARGE = "too_large"
    UNKNOWN_CONTENT = "unknown_content"
    NAME_PROMISES_OTHER = "name_promises_other"
    NOT_ALLOWED_HERE = "not_allowed_here"


class FileRefused(ValueError):
    """Raised for a file that is not kept; `allowed` are the extensions that would be."""

    def __init__(self, refusal: Refusal, *, name: str, allowed: tuple[str, ...] = ()) -> None:
        super().__init__(f"{name}: {refusal.value.replace('_', ' ')}")
        self.refusal = refusal
        self.name = name
        self.allowed = allowed


@dataclass(frozen=True, slots=True)
class MediaType:
    """A kind of file that is kept: its IANA media type and the extensions that may stand for it, usual one first."""

    name: str
    extensions: tuple[str, ...]


PNG: Final = MediaType("image/png", ("png",))
JPEG: Final = MediaType("image/jpeg", ("jpg", "jpeg"))
GIF: Final = MediaType("image/gif", ("gif",))
WEBP: Final = MediaType("image/webp", ("webp",))
PDF: Final = MediaType("application/pdf", ("pdf",))
WORD: Final = MediaType("application/vnd.openxmlformats-officedocument.wordprocessingml.document", ("docx",))
EXCEL: Final = MediaType("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ("xlsx",))
POWERPOINT: Final = MediaType("application/vnd.openxmlformats-officedocument.presentationml.presentation", ("pptx",))
TEXT: Final = MediaType("text/plain", ("txt", "csv", "md", "eml", "ics"))
ZIP: Final = MediaType("application/zip", ("zip",))

IMAGES: Final = frozenset({PNG, JPEG, GIF, WEBP})
DOCUMENTS: Final = IMAGES | {PDF, WORD, EXCEL, POWERPOINT, TEXT, ZIP}
"""What may be attached anywhere. SVG and HTML are not among them: both can carry scripts."""

_SIGNATURES: Final[tuple[tuple[bytes, MediaType], ...]] = (
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"\xff\xd8\xff", JPEG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"%PDF-", PDF),
)
_OFFICE_FOLDERS: Final[Mapping[str, MediaType]] = {"word/": WORD, "xl/": EXCEL, "ppt/": POWERPOINT}
_CONTENT_TYPES: Final = "[Content_Types].xml"
_LOCAL_ZIP_HEADER: Final = b"PK\x03\x04"
_TEXT_CONTROLS: Final = frozenset({0x09, 0x0A, 0x0C, 0x0D})
_UNSAFE_IN_NAMES: Final = re.compile(r'[\\/:*?"<>|]')


def media_type_of(name: str, content: bytes) -> MediaType:
    """Return what the file is. `content` is the whole of it, or its first `HEAD_BYTES` unless it is a ZIP archive.

    Raises `FileRefused` for nothing, for content that is no kind we keep, and for a name that promises another kind.
    """
    if not content:
        raise FileRefused(Refusal.EMPTY, name=name)
    found = _by_signature(content)
    if found is None:
        raise FileRefused(Refusal.UNKNOWN_CONTENT, name=name, allowed=extensions_of(DOCUMENTS))
    if _extension(name) not in found.extensions:
        raise FileRefused(Refusal.NAME_PROMISES_OTHER, name=name, allowed=found.extensions)
    return found


def is_archive(head: bytes) -> bool:
    """Tell whether the beginning of a file is that of a ZIP archive, which is looked into as a whole."""
    return head.startswith(_LOCAL_ZIP_HEADER)


def extensions_of(types: frozenset[MediaType]) -> tuple[str, ...]:
    """Return the extensions that stand for these kinds, in alphabetical order."""
    return tuple(sorted(extension for type in types for extension in type.extensions))


def plain_name(given: str) -> str:
    """Return a name that is safe to show and to save under: no path, no control or direction marks, not too long.

    The extension is kept whole: it is what people go by. "file" where nothing is left.
    """
    last = given.replace("\\", "/").rsplit("/", 1)[-1]
    letters = "".join(letter for letter in unicodedata.normalize("NFC", last) if _is_plain(letter))
    cleaned = _UNSAFE_IN_NAMES.sub("_", letters).strip(" .")
    stem, dot, extension = cleaned.rpartition(".")
    if not dot:
        return cleaned[:LONGEST_NAME] or "file"
    return f"{stem[: max(LONGEST_NAME - len(extension) - 1, 1)] or 'file'}.{extension[: LONGEST_NAME // 2]}"


def _is_plain(letter: str) -> bool:
    # Control and format characters (Cc, Cf) hide an extension or turn the reading direction: "invoice\u202efdp.exe".
    return unicodedata.category(letter) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def _extension(name: str) -> str:
    return name.rpartition(".")[2].lower()


def _by_signature(content: bytes) -> MediaType | None:
    for signature, found in _SIGNATURES:
        if content.startswith(signature):
            return found
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return WEBP
    if is_archive(content):
        return _inside_archive(content)
    return TEXT if _is_text(content[:HEAD_BYTES]) else None


def _inside_archive(content: bytes) -> MediaType | None:
    """Return which office document an archive is, by the folders its directory names; nothing is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return None
    if _CONTENT_TYPES not in names:
        return ZIP
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        return None  # macros run
    for folder, found in _OFFICE_FOLDERS.items():
        if any(name.startswith(folder) for name in names):
            return found
    return None


def _is_text(head: bytes) -> bool:
    if any(byte < 0x20 and byte not in _TEXT_CONTROLS for byte in head):
        return False
    start = head.lstrip().lower()
    return not start.startswith((b"<!doctype", b"<html", b"<svg", b"<?xml", b"<script", b"#!"))
