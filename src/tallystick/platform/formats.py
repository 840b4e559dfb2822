"""How money, shares and dates are written for a reader, in the language of the request.

Money goes from minor units to text without ever being a float. Exact text is for tables, statements and exports;
short text ("£2.42m") is for cards and axes only.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from babel import Locale
from babel.dates import format_skeleton
from babel.numbers import (
    NumberPattern,
    format_compact_currency,
    format_decimal,
    format_percent,
    get_currency_name,
    get_currency_symbol,
    parse_pattern,
)
from django.utils import timezone
from django.utils.translation import get_language, to_locale

from tallystick.kernel.currencies import exponent
from tallystick.platform.languages import PSEUDO_LANGUAGES

MINUS = "\N{MINUS SIGN}"
NO_BREAK = "\N{NO-BREAK SPACE}"
DEFAULT_LANGUAGE = "en-gb"

_PSEUDO_LANGUAGES = frozenset(code for code, _ in PSEUDO_LANGUAGES)
"""They translate words only: figures and dates stay as English writes them."""
_SHORT_FROM = 10_000
_TWO_DECIMALS_FROM = 1_000_000
_ENGLISH_SUFFIXES = {"K": "k", "M": "m", "B": "bn", "T": "tn"}


def money_exact(minor: int, currency: str) -> str:
    """Write an amount with every decimal of its currency: `money_exact(1240050, "GBP")` is "£12,400.50"."""
    return _money(_amount(minor, currency), currency, decimals=exponent(currency))


def money_trimmed(minor: int, currency: str) -> str:
    """Write an amount exactly, but without decimals that are all nil: "£145,000", "£145,000.50"."""
    decimals = exponent(currency)
    shown = 0 if minor % 10**decimals == 0 else decimals
    return _money(_amount(minor, currency), currency, decimals=shown)


def money_short(minor: int, currency: str) -> str:
    """Write an amount for a card or an axis: "£2.42m", "£610k", "£9,400". It is rounded, so never for a table."""
    amount = _amount(minor, currency)
    locale = _locale()
    if abs(amount) < _SHORT_FROM:
        return _money(amount, currency, decimals=0)
    decimals = 2 if abs(amount) >= _TWO_DECIMALS_FROM else 0
    text = format_compact_currency(amount, currency, locale=locale, fraction_digits=decimals)
    if locale.language == "en":
        text = text[:-1] + _ENGLISH_SUFFIXES.get(text[-1], text[-1])
    return _with_minus(_spaced(text, currency))


def number(value: int | Decimal) -> str:
    """Write a count or a decimal with the separators of the language."""
    return _with_minus(format_decimal(value, locale=_locale()))


def percent(share: Fraction | Decimal | int, *, digits: int = 0) -> str:
    """Write a share of one as a percentage: `percent(Fraction(43, 100))` is "43%". Halves round to even."""
    pattern = _locale().percent_formats[None].pattern.replace("##0", f"##0.{'0' * digits}" if digits else "##0", 1)
    return _with_minus(format_percent(_decimal(share), format=pattern, locale=_locale()))


def day(when: date) -> str:
    """Write a day without its year: "14 Oct"."""
    return format_skeleton("MMMd", when, locale=_locale())


def day_and_year(when: date) -> str:
    """Write a day with its year: "14 Oct 2026"."""
    return format_skeleton("yMMMd", when, locale=_locale())


def month(when: date) -> str:
    """Write the month a day lies in: "Oct 2026"."""
    return format_skeleton("yMMM", when, locale=_locale())


def clock(local: datetime) -> str:
    """Write the time of a local instant: "14:05"."""
    return format_skeleton("Hm", local, tzinfo=local.tzinfo, locale=_locale())


def moment(instant: datetime) -> str:
    """Write an instant in the active time zone, which is named: "14 Oct 2026, 14:05 BST"."""
    local = timezone.localtime(instant)
    clock = format_skeleton("Hm", local, tzinfo=local.tzinfo, locale=_locale())
    return f"{day_and_year(local)}, {clock} {local.tzname()}"


def weekday(number: int) -> str:
    """Write a day of the week in short, 0 being Monday: "Mon"."""
    return str(_locale().days["format"]["abbreviated"][number])


def currency_name(code: str) -> str:
    """Return what a currency is called in the language of the reader: "Swiss Franc"."""
    return str(get_currency_name(code, locale=_locale()))


def _money(amount: Decimal, currency: str, *, decimals: int) -> str:
    language = _language()
    pattern = _money_pattern(language, currency, decimals)
    return _with_minus(pattern.apply(amount, _parsed_locale(language), currency=currency, currency_digits=False))


@lru_cache(maxsize=256)
def _money_pattern(language: str, currency: str, decimals: int) -> NumberPattern:
    """Parse the language's pattern once: a page of a ledger writes hundreds of amounts.

    A symbol made of letters is parted from the digits: "KWD 1.250" rather than "KWD1.250".
    """
    locale = _parsed_locale(language)
    pattern = locale.currency_formats["standard"].pattern
    pattern = pattern.replace("0.00", f"0.{'0' * decimals}" if decimals else "0")
    if get_currency_symbol(currency, locale=locale)[-1].isalpha():
        pattern = pattern.replace("¤#", f"¤{NO_BREAK}#")
    return parse_pattern(pattern)


def _amount(minor: int, currency: str) -> Decimal:
    return Decimal(minor).scaleb(-exponent(currency))


def _spaced(text: str, currency: str) -> str:
    """Part a symbol made of letters from the digits behind it in text that is written already."""
    symbol = get_currency_symbol(currency, locale=_locale())
    if symbol[-1].isalpha():
        before, _, after = text.partition(symbol)
        if after[:1].isdigit():
            return f"{before}{symbol}{NO_BREAK}{after}"
    return text


def _with_minus(text: str) -> str:
    return text.replace("-", MINUS)


def _decimal(share: Fraction | Decimal | int) -> Decimal:
    if isinstance(share, Fraction):
        return Decimal(share.numerator) / Decimal(share.denominator)
    return Decimal(share)


def _language() -> str:
    language = get_language() or DEFAULT_LANGUAGE
    return DEFAULT_LANGUAGE if language in _PSEUDO_LANGUAGES else language


def _locale() -> Locale:
    return _parsed_locale(_language())


@lru_cache(maxsize=64)
def _parsed_locale(language: str) -> Locale:
    return Locale.parse(to_locale(language))
