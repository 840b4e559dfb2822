"""The European Central Bank's reference rates: one row a day, one column a currency, turned into one row a rate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from tallystick.crm.rules.tables import Batch, Cell, RaggedRow, Table
from tallystick.kernel.currencies import EXPONENTS

_DAYS_AT_ONCE: Final = 500
_NO_RATE: Final = {"", "N/A", "-"}


def is_wide_rates(header: Sequence[str]) -> bool:
    """Tell whether the header is that of the reference rates: a date, then only currency codes."""
    codes = [name for name in header[1:] if name]
    looks_right = len(codes) > 1 and all(
        code.isalpha() and code.isupper() and len(code) == len("EUR") for code in codes
    )
    return looks_right and header[0].casefold() == "date" and any(code in EXPONENTS for code in codes)


@dataclass(frozen=True, slots=True)
class LongRates:
    """The same rates with a row for each; withdrawn currencies and days without a rate are left out."""

    wide: Table

    @property
    def header(self) -> tuple[str, ...]:
        """The columns of the long form."""
        return ("Date", "Currency", "Rate")

    @property
    def described(self) -> str:
        """How the file is read, and which of its columns are not."""
        withdrawn = [code for code in self.wide.header[1:] if code and code not in EXPONENTS]
        left_out = f"; withdrawn currencies left out: {', '.join(withdrawn)}" if withdrawn else ""
        return f"{self.wide.described}, a column for each currency{left_out}"

    def batches(self) -> Iterator[Batch]:
        """Yield the rates of some days at a time; every rate has its day's line."""
        places = [(place, code) for place, code in enumerate(self.wide.header) if code in EXPONENTS]
        for batch in self.wide.batches():
            ragged: list[RaggedRow] = batch.ragged
            for start in range(0, max(len(batch.rows), 1), _DAYS_AT_ONCE):
                lines: list[int] = []
                rows: list[list[Cell]] = []
                days = slice(start, start + _DAYS_AT_ONCE)
                for line, row in zip(batch.lines[days], batch.rows[days], strict=True):
                    for place, code in places:
                        if str(row[place]).strip() not in _NO_RATE:
                            lines.append(line)
                            rows.append([row[0], code, row[place]])
                yield Batch(lines, rows, ragged)
                ragged = []
