"""Countries as people and CRMs write them, brought to their two-letter ISO 3166 code."""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import Final

from babel import Locale

_LANGUAGES: Final = ("en", "de", "fr", "es", "it", "nl")
_SPOKEN: Final = {
    "uk": "GB",
    "great britain": "GB",
    "england": "GB",
    "scotland": "GB",
    "wales": "GB",
    "usa": "US",
    "united states of america": "US",
    "america": "US",
    "holland": "NL",
    "the netherlands": "NL",
    "korea": "KR",
    "south korea": "KR",
    "uae": "AE",
    "czech republic": "CZ",
    "russian federation": "RU",
}


def country_code(text: str) -> str | None:
    """Return the code of a country given as a code or by name: "DE", "Germany" and "Deutschland" are all DE.

    None where the text names no country known.
    """
    spoken = _folded(text)
    if spoken in _SPOKEN:
        return _SPOKEN[spoken]
    code = text.strip().upper()
    return code if code in _codes() else _names().get(spoken)


def spellings(text: str) -> frozenset[str]:
    """Return how the country of a text may be written, in lower case: its code and its names; else the text itself."""
    code = country_code(text)
    if code is None:
        return frozenset({text.strip().lower()})
    return frozenset({code.lower()}) | _spellings().get(code, frozenset())


@cache
def _spellings() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for language in _LANGUAGES:
        for code, name in Locale(language).territories.items():
            found.setdefault(str(code), set()).update({name.lower(), _folded(name)})
    for spoken, code in _SPOKEN.items():
        found.setdefault(code, set()).add(spoken)
    return {code: frozenset(names) for code, names in found.items()}


@cache
def _codes() -> frozenset[str]:
    codes = {str(code) for code in Locale("en").territories}
    return frozenset(code for code in codes if len(code) == len("GB") and code.isalpha()) - {"ZZ"}


@cache
def _names() -> dict[str, str]:
    return {
        _folded(name): str(code)
        for language in reversed(_LANGUAGES)
        for code, name in Locale(language).territories.items()
        if code in _codes()
    }


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFD", text.casefold())
    return " ".join("".join(mark for mark in plain if not unicodedata.combining(mark)).replace(".", "").split())
