"""The two forms the reference needs of Markdown: a page with its origin, and a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence


def page(title: str, *, introduction: str, body: Iterable[str]) -> str:
    """Return a page as text: title, introduction, where it comes from, and its body, line by line."""
    origin = "This page is written from the code by `tallystick reference`."
    return "\n".join([f"# {title}", "", introduction, "", origin, "", *body]) + "\n"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a table; a line break in a cell becomes a space."""
    yield f"| {' | '.join(map(str, heads))} |"
    yield f"|{'---|' * len(heads)}"
    for row in rows:
        cells = [" ".join(str(cell).split()) for cell in row]
        yield f"| {' | '.join(cells)} |"
