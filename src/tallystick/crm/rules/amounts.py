"""Amounts as people and programs write them, read exactly or not at all.

Which of comma and point is the decimal mark is a property of a column, proved by at least one of its values
(`readings.py`). `1,234` proves nothing: it is a thousand in one country and a little more than one in another.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Final

from tallystick.crm.rules.problems import CellRefused, ReadingMisfit
from tallystick.crm.rules.tables import Cell
from tallystick.kernel.currencies import EXPONENTS, exponent


class DecimalMark(StrEnum):
    """The character before the decimals."""

    POINT = "point"
    COMMA = "comma"

    @property
    def character(self) -> str:
        """The mark itself."""
        return "." if self is DecimalMark.POINT else ","


@dataclass(frozen=True, slots=True)
class Amount:
    """A number and the currency written beside it: an ISO code, a sign such as "$", or ""."""

    value: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class MarkEvidence:
    """What one value says about the decimal mark: it proves one, needs to be told, or neither."""

    proves: DecimalMark | None
    needs_mark: bool


SIGNS: Final = {
    "€": "EUR", "£": "GBP", "US$": "USD", "A$": "AUD", "AU$": "AUD", "C$": "CAD", "CA$": "CAD", "NZ$": "NZD",
    "HK$": "HKD", "S$": "SGD", "R$": "BRL", "MX$": "MXN", "₹": "INR", "₩": "KRW", "₽": "RUB", "₺": "TRY", "₴": "UAH",
    "₪": "ILS", "₫": "VND", "฿": "THB", "₱": "PHP", "₦": "NGN", "zł": "PLN", "Kč": "CZK", "Ft": "HUF",
}  # fmt: skip
SHARED_SIGNS: Final = {
    "$": ("USD", "AUD", "CAD", "NZD", "HKD", "SGD", "MXN", "ARS", "CLP", "COP"),
    "¥": ("JPY", "CNY"),
    "kr": ("SEK", "NOK", "DKK", "ISK"),
}
"""Signs of several currencies: the workspace's own if it is among them, else the first, except for `kr`."""

_SIGN_AS_WRITTEN: Final = {sign.casefold(): sign for sign in (*SIGNS, *SHARED_SIGNS)}
_SUFFIXES: Final = {"": 0, "k": 3, "m": 6, "mm": 6, "mn": 6, "mio": 6, "b": 9, "bn": 9}
_MINUS: Final = str.maketrans({"\u2212": "-", "\u2013": "-", "\u2019": "'"})
_SIGN_PATTERN: Final = "|".join(
    re.escape(sign) for sign in sorted([*SIGNS, *SHARED_SIGNS], key=lambda sign: -len(sign))
)
_PARTS: Final = re.compile(
    rf"""(?P<open>\()?\s*(?P<minus>[-+])?\s*
    (?P<before>{_SIGN_PATTERN}|[A-Za-z]{{3}})?\s*(?P<inner>-)?\s*
    (?P<digits>\d[\d.,' ]*?|[.,]\d+)\s*(?P<suffix>k|mm|mn|mio|m|bn|b)?\s*
    (?P<after>{_SIGN_PATTERN}|[A-Za-z]{{3}})?\s*(?P<trailing>-)?\s*(?P<close>\))?""",
    re.VERBOSE | re.IGNORECASE,
)
_SCIENTIFIC: Final = re.compile(r"[-+]?\d[\d.,]*[eE][-+]?\d+")
_PLAIN: Final = re.compile(r"\d+")
_GROUPED_BY_BLANK: Final = re.compile(r"\d{1,3}([ '])\d{3}(\1\d{3})*(?=$|[.,])")
_GROUPED: Final = {
    mark: re.compile(rf"(?:\d{{1,3}}(?:{other}\d{{3}})+|\d{{1,2}}(?:{other}\d{{2}})+{other}\d{{3}}|\d*)(?:{own}\d+)?")
    for mark, own, other in ((DecimalMark.POINT, r"\.", ","), (DecimalMark.COMMA, ",", r"\."))
}
_HOW: Final = "Write it like 1234.50, with a currency code or sign if you like."


def read_amount(cell: Cell, *, mark: DecimalMark | None) -> Amount:
    """Read one amount with the column's decimal mark; a negative one may stand in brackets.

    Raises CellRefused for what is no amount, ReadingMisfit for a number that contradicts the column's mark or needs
    one when there is none.
    """
    if isinstance(cell, Decimal):
        return Amount(cell, "")
    parts = _parts(cell)
    number = _number(parts["digits"], mark=mark, text=str(cell))
    number = number.scaleb(_SUFFIXES[(parts["suffix"] or "").lower()])
    negative = bool(parts["open"]) + sum(map(bool, (parts["minus"] == "-", parts["inner"], parts["trailing"])))
    if negative > 1 or bool(parts["open"]) != bool(parts["close"]):
        raise CellRefused(f'"{cell}" has more than one sign of a negative amount. {_HOW}')
    if parts["before"] and parts["after"]:
        raise CellRefused(f'"{cell}" names two currencies. {_HOW}')
    return Amount(-number if negative else number, _currency(parts["before"] or parts["after"] or "", str(cell)))


def mark_evidence(cell: Cell) -> MarkEvidence:
    """Tell what one value says about its column's decimal mark; what is no amount says nothing."""
    if isinstance(cell, str) and not _PLAIN.fullmatch(cell):
        try:
            parts = _parts(cell)
        except CellRefused:
            return MarkEvidence(None, needs_mark=False)
        digits = _without_blanks(parts["digits"])
        last = max(digits.rfind(","), digits.rfind("."))
        if last < 0:
            return MarkEvidence(None, needs_mark=False)
        mark = DecimalMark.POINT if digits[last] == "." else DecimalMark.COMMA
        other = DecimalMark.COMMA if mark is DecimalMark.POINT else DecimalMark.POINT
        whole, decimals = digits[:last], digits[last + 1 :]
        if other.character in whole:
            return MarkEvidence(mark, needs_mark=False)
        if mark.character in whole:
            return MarkEvidence(other, needs_mark=False)
        if len(decimals) != 3 or len(whole) > 3 or whole in {"", "0"} or whole.startswith("0"):
            return MarkEvidence(mark, needs_mark=False)
        if mark is DecimalMark.COMMA and parts["before"] in {"$", "£", "US$"}:
            return MarkEvidence(DecimalMark.POINT, needs_mark=False)
        return MarkEvidence(None, needs_mark=True)
    return MarkEvidence(None, needs_mark=False)


def currency_of_sign(sign: str, *, home: str) -> str:
    """Return the ISO code for what stands beside an amount; `home` is the workspace's currency.

    Raises CellRefused for a sign that several currencies share and none can be preferred.
    """
    if sign in SHARED_SIGNS:
        candidates = SHARED_SIGNS[sign]
        if home in candidates:
            return home
        if sign == "kr":
            raise CellRefused('"kr" is the sign of several currencies. Write SEK, NOK, DKK or ISK.')
        return candidates[0]
    return SIGNS.get(sign, sign)


def read_currency(cell: Cell) -> str:
    """Return the ISO 4217 code that a currency column holds; "" for a blank one. Raises CellRefused."""
    text = str(cell).strip()
    code = SIGNS.get(text, text.upper().split(" ")[0] if text else "")
    if code and code not in EXPONENTS:
        raise CellRefused(f'"{text}" is not an ISO 4217 currency code. Write three letters such as EUR.')
    return code


def to_minor(value: Decimal, currency: str) -> int:
    """Return the amount in whole minor units. Raises CellRefused rather than round or overflow."""
    minor = value.scaleb(exponent(currency))
    if minor != minor.to_integral_value():
        raise CellRefused(
            f"{value.normalize():f} has more than the {exponent(currency)} decimals of {currency}. Round it."
        )
    if abs(minor) > 9_000_000_000_000_000:
        raise CellRefused(f"{value:f} is too large to be an amount of {currency}.")
    return int(minor)


def _parts(cell: Cell) -> dict[str, str]:
    text = unicodedata.normalize("NFKC", str(cell)).translate(_MINUS).strip()
    if _SCIENTIFIC.fullmatch(text):
        raise CellRefused(
            f'"{cell}" is in scientific notation, where a spreadsheet drops digits. '
            "Format the column as a number and export again."
        )
    found = _PARTS.fullmatch(text)
    if found is None:
        raise CellRefused(f'"{cell}" is not an amount. {_HOW}')
    return found.groupdict()


def _without_blanks(digits: str) -> str:
    return digits.replace(" ", "").replace("'", "") if _GROUPED_BY_BLANK.match(digits) else digits


def _number(digits: str, *, mark: DecimalMark | None, text: str) -> Decimal:
    digits = _without_blanks(digits)
    if not _PLAIN.fullmatch(digits):
        if mark is None:
            raise ReadingMisfit(f'"{text}" needs to know which of comma and point is the decimal mark. {_HOW}')
        if not _GROUPED[mark].fullmatch(digits):
            raise ReadingMisfit(f'"{text}" does not fit a column with a decimal {mark.value}. {_HOW}')
        grouping = "," if mark is DecimalMark.POINT else "."
        digits = digits.replace(grouping, "").replace(mark.character, ".")
    try:
        return Decimal(digits)
    except InvalidOperation:
        raise CellRefused(f'"{text}" is not an amount. {_HOW}') from None


def _currency(written: str, text: str) -> str:
    sign = _SIGN_AS_WRITTEN.get(written.casefold())
    if sign is not None:
        return sign
    if written and written.upper() not in EXPONENTS:
        raise CellRefused(f'"{written}" in "{text}" is not a currency. Write an ISO 4217 code such as EUR.')
    return written.upper()
