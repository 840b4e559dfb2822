"""Documents people wrote, line by line: as they are, with what is wrong under its line, or with what differs."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tallystick.programmes.rules.problems import DocumentProblem

_CONTEXT_LINES: Final = 3


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """A line of a document: its number, the text, how it differs ("+", "-" or ""), and what is wrong with it."""

    number: str
    text: str
    change: str = ""
    problems: tuple[str, ...] = ()


def lines_of(document: str, problems: Sequence[DocumentProblem] = ()) -> list[DocumentLine]:
    """Return the lines of a document, each with what is wrong with it."""
    wrong: dict[int, list[str]] = {}
    for problem in problems:
        wrong.setdefault(problem.line, []).append(f"{problem.message} {problem.mend}")
    return [
        DocumentLine(str(number), text, problems=tuple(wrong.get(number, ())))
        for number, text in enumerate(document.splitlines() or [""], start=1)
    ]


def difference(before: str, after: str) -> list[DocumentLine]:
    """Return the lines of both that differ, with a few around them."""
    shown = []
    for line in list(difflib.unified_diff(before.splitlines(), after.splitlines(), n=_CONTEXT_LINES, lineterm=""))[2:]:
        change = line[:1] if line[:1] in "+-" else ""
        shown.append(
            DocumentLine("…" if line.startswith("@@") else "", "" if line.startswith("@@") else line[1:], change)
        )
    return shown
