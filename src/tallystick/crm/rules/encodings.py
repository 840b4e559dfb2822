"""Which character encoding a file is written in, from its bytes alone.

A byte order mark or valid UTF-8 settles it. What is left is a single-byte encoding: Windows-1252 when the bytes look
like Western text, otherwise the operator is asked. A file that is partly UTF-8 and partly not is refused with the
line where that begins, because any reading of it would spoil some names.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from typing import Final

from charset_normalizer import from_bytes

from tallystick.crm.rules.problems import AnswerNeeded, Question, Topic, UnreadableFile

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE: Final = 65_536
_NOT_DECODED: Final = re.compile(r"[\udc80-\udcff]")
_DECODED: Final = re.compile(r"[\x80-\ud7ff\ue000-\U0010ffff]")
_UNDEFINED_IN_CP1252: Final = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
_RUN_OF_LETTERS: Final = re.compile(rb"[\xc0-\xd6\xd8-\xf6\xf8-\xff]{4}")
"""Four accented letters in a row do not happen in Western languages; in Cyrillic or Greek text every word is that."""


def detect_encoding(chunks: Iterable[bytes]) -> str:
    """Return the Python codec name of the text in `chunks`, reading all of it once.

    Raises UnreadableFile for NUL bytes, for a mixture of encodings and for no bytes at all; AnswerNeeded when only
    a person can tell which single-byte encoding it is.
    """
    blocks = iter(chunks)
    first = next(blocks, b"")
    if not first:
        raise UnreadableFile("The file is empty.")
    for mark, codec in _MARKS:
        if first.startswith(mark):
            if codec == "utf-8-sig":
                _scan(_chain(first[len(mark) :], blocks))
            return codec
    if (wide := _utf16_without_mark(first)) is not None:
        return wide
    suspicious = _scan(_chain(first, blocks))
    return _single_byte(suspicious) if suspicious else "utf-8"


def _chain(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _utf16_without_mark(first: bytes) -> str | None:
    """Recognise UTF-16 of mostly Western text by the NUL in every second byte."""
    head = first[:2_000]
    nuls = (head[0::2].count(0), head[1::2].count(0))
    most = len(head) // 2 * 0.6
    if nuls[1] > most and not nuls[0]:
        return "utf-16-le"
    if nuls[0] > most and not nuls[1]:
        return "utf-16-be"
    return None


def _scan(chunks: Iterable[bytes]) -> bytes:
    """Return a sample of the lines that are not UTF-8: none when everything is."""
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    line, offset = 1, 0
    valid_at = broken_at = 0
    sample = bytearray()
    for chunk in chunks:
        if (nul := chunk.find(0)) >= 0:
            where = line + chunk.count(b"\n", 0, nul)
            raise UnreadableFile(
                f"There is a NUL byte at offset {offset + nul:,}: this is not a text file, or it is damaged.",
                line=where,
            )
        if not chunk.isascii() or decoder.getstate()[0]:
            text = decoder.decode(chunk)
            valid_at = valid_at or _line_of(_DECODED, text, line)
            if (broken := _line_of(_NOT_DECODED, text, line)) and len(sample) < _SAMPLE:
                broken_at = broken_at or broken
                sample += b"\n".join(row for row in chunk.splitlines() if not row.isascii())[:_SAMPLE]
        line += chunk.count(b"\n")
        offset += len(chunk)
    if decoder.decode(b"", final=True):
        broken_at = broken_at or line
        sample += b"\xff"
    if broken_at and valid_at:
        raise UnreadableFile(
            "The file mixes encodings: most of it is UTF-8, this line is not. "
            "Save it once more as UTF-8, or name the encoding with --encoding.",
            line=broken_at,
        )
    return bytes(sample)


def _line_of(pattern: re.Pattern[str], text: str, line: int) -> int:
    found = pattern.search(text)
    return line + text.count("\n", 0, found.start()) if found else 0


def _single_byte(sample: bytes) -> str:
    if not _UNDEFINED_IN_CP1252.search(sample) and not _RUN_OF_LETTERS.search(sample):
        return "cp1252"
    best = from_bytes(sample).best()
    likely = (best.encoding,) if best is not None else ()
    maybe = f" It may be {best.encoding}." if best is not None else ""
    raise AnswerNeeded(
        [
            Question(
                Topic.ENCODING,
                "",
                f"The file is neither UTF-8 nor Windows-1252, so its letters cannot be told for sure.{maybe}",
                (*likely, "cp1252"),
            )
        ]
    )
