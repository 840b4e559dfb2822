"""In which language a person is written to, and two invented languages that show what cannot be translated yet.

The pseudo-languages are there for tests and for looking: `en-xa` brackets every translated text, puts accents on it
and makes it at least 40 % longer; `ar-xb` does the same from right to left. They have no catalogue, so nothing has to
be kept up to date. Text that shows without brackets is not translatable; text that runs out of its place would do so
in German as well. `TALLYSTICK_PSEUDO_LANGUAGES=true` offers them on a copy of one's own.
"""

from __future__ import annotations

import re
from contextlib import AbstractContextManager
from gettext import NullTranslations
from typing import Final

from django.conf import settings
from django.conf.locale import LANG_INFO
from django.utils import translation
from django.utils.translation import trans_real

PSEUDO_LANGUAGES: Final = (("en-xa", "Pseudo, longer"), ("ar-xb", "Pseudo, right to left"))
OPENING: Final = "\N{MATHEMATICAL LEFT WHITE SQUARE BRACKET}"
CLOSING: Final = "\N{MATHEMATICAL RIGHT WHITE SQUARE BRACKET}"
GROWTH: Final = 1.4

_CONTEXT: Final = "\x04"
_KEPT: Final = re.compile(r"(%\(\w+\)[a-z]|%[a-z%]|\{\w*\}|<[^>]*>|&#?\w+;)")
"""Placeholders, markup and entities: a translation keeps them as they are."""
_ACCENTS: Final = str.maketrans("aceinouyACEINOUY", "áçéíñóúýÁÇÉÍÑÓÚÝ")
_DOUBLED: Final = frozenset("aeiouAEIOU")


class PseudoTranslations(NullTranslations):
    """What Django asks for texts in a pseudo-language."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self._language = language

    def to_language(self) -> str:
        """Return the code of the language, as Django's own catalogues do."""
        return self._language

    def gettext(self, message: str) -> str:
        """Return the text stretched and in brackets; whitespace around it stays outside."""
        text = message.rpartition(_CONTEXT)[2]
        words = text.strip()
        return text.replace(words, pseudo_text(words)) if words else text

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Return singular or plural as English does."""
        return self.gettext(msgid1 if n == 1 else msgid2)


def pseudo_text(text: str) -> str:
    """Return the text with accents, at least 40 % longer and in brackets; placeholders and markup are kept."""
    missing = round(len(_KEPT.sub("", text)) * (GROWTH - 1))
    pieces = []
    for position, piece in enumerate(_KEPT.split(text)):
        kept = position % 2 == 1
        stretched, missing = (piece, missing) if kept else _stretched(piece, missing)
        pieces.append(stretched)
    return f"{OPENING}{''.join(pieces)}{'~' * missing}{CLOSING}"


def _stretched(piece: str, missing: int) -> tuple[str, int]:
    """Double vowels while letters are missing; return the piece and how many still are."""
    letters = []
    for letter in piece:
        letters.append(letter)
        if missing and letter in _DOUBLED:
            letters.append(letter.lower())
            missing -= 1
    return "".join(letters).translate(_ACCENTS), missing


def install_pseudo_languages() -> None:
    """Make those pseudo-languages known to Django that the settings offer; called when the program starts."""
    offered = {code for code, _ in settings.LANGUAGES}
    for code, name in PSEUDO_LANGUAGES:
        if code in offered:
            LANG_INFO[code] = {"bidi": code.startswith("ar"), "code": code, "name": name, "name_local": name}
            trans_real._translations[code] = PseudoTranslations(code)  # type: ignore[attr-defined]  # noqa: SLF001


def offered_languages() -> tuple[tuple[str, str], ...]:
    """Return the languages a person may choose, as code and the language's own name for itself."""
    return tuple((code, translation.get_language_info(code)["name_local"]) for code, _ in settings.LANGUAGES)


def language_for(chosen: str) -> str:
    """Return the language to write in for somebody who chose `chosen`; nobody is held to one no longer offered."""
    return chosen if any(chosen == code for code, _ in settings.LANGUAGES) else settings.LANGUAGE_CODE


def writing_in(chosen: str) -> AbstractContextManager[None]:
    """Write in a person's chosen language while a `with` block runs, as jobs and mails do."""
    return translation.override(language_for(chosen))
