"""Reads an AE pay table from a CSV file: a row a seller, product and segment, a column a way of selling."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Final

from tallystick.commissions.rules.seller_pay import PayRate, PayTableRefused, check_rates

NAMES: Final = ("seller", "product", "segment")
PERCENTS: Final = ("direct", "sourced", "influenced", "resale")
COLUMNS: Final = (*NAMES, *PERCENTS)
MOST_ROWS: Final = 2_000
LARGEST_FILE: Final = 1_000_000
"""Bytes; a table of two thousand rows has a fifth of them."""
_MOST_DECIMALS: Final = 4


def text_of_file(content: bytes, *, size: int) -> str:
    """Return the text of a file of so many bytes. Raises `PayTableRefused` for one too large or not in UTF-8."""
    if size > LARGEST_FILE:
        raise PayTableRefused(["The file is larger than 1 MB: that is no table of pay."])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise PayTableRefused(["The file is not in UTF-8. Save it as “CSV UTF-8” and send it again."]) from problem


def read_rates(text: str) -> tuple[PayRate, ...]:
    """Read the rows of a file; commas or semicolons part them, and the first line names the columns.

    Raises `PayTableRefused` with every problem found: line, column, what is wrong and how to mend it.
    """
    if "\0" in text:
        raise PayTableRefused(["The file holds characters that no text has. Save it as “CSV UTF-8” and send it again."])
    try:
        return _read_rates(text)
    except csv.Error as problem:
        raise PayTableRefused([f"The file is no CSV that can be read: {problem}."]) from problem


def _read_rates(text: str) -> tuple[PayRate, ...]:
    first = text.lstrip("\ufeff").partition("\n")[0]
    reader = csv.DictReader(io.StringIO(text.lstrip("\ufeff")), delimiter=";" if ";" in first else ",")
    titles = [(title or "").strip().casefold() for title in reader.fieldnames or ()]
    missing = [column for column in COLUMNS if column not in titles]
    if missing:
        raise PayTableRefused([f"The first line lacks {', '.join(missing)}. It names: {', '.join(COLUMNS)}."])
    reader.fieldnames = titles
    rates: list[PayRate] = []
    problems: list[str] = []
    for row in reader:
        if not any((value or "").strip() for value in row.values() if isinstance(value, str)):
            continue
        if len(rates) >= MOST_ROWS:
            raise PayTableRefused(
                [f"The file has more than {MOST_ROWS} rows. Pay by role is written once, for everybody."]
            )
        percents = {column: read_percent(row.get(column) or "") for column in PERCENTS}
        problems += [
            f"Line {reader.line_num}, {column}: “{row.get(column) or ''}” is no percentage. Write it like 8 or 7.5."
            for column, found in percents.items()
            if found is None
        ]
        rates.append(rate_of({column: row.get(column) or "" for column in NAMES}, percents))
    if problems:
        raise PayTableRefused(problems)
    check_rates(rates)
    return tuple(rates)


def rate_of(names: Mapping[str, str], percents: Mapping[str, Decimal | None]) -> PayRate:
    """Return a row from its texts and percentages; one that is missing is 0."""
    return PayRate(
        seller=names["seller"].strip(),
        product=names["product"].strip(),
        segment=names["segment"].strip(),
        direct=percents["direct"] or Decimal(0),
        sourced=percents["sourced"] or Decimal(0),
        influenced=percents["influenced"] or Decimal(0),
        resale=percents["resale"] or Decimal(0),
    )


def read_percent(text: str) -> Decimal | None:
    """Read a percentage such as "8", "7.5 %" or "7,5"; None where it is none."""
    try:
        found = Decimal(text.replace("%", "").replace(",", ".").strip())
    except InvalidOperation:
        return None
    if not found.is_finite() or -int(found.as_tuple().exponent) > _MOST_DECIMALS:
        return None
    return found


def write_rates(rates: tuple[PayRate, ...]) -> str:
    """Write rows as `read_rates` reads them."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(
        [rate.seller, rate.product, rate.segment, *(f"{getattr(rate, column).normalize():f}" for column in PERCENTS)]
        for rate in rates
    )
    return out.getvalue()
