"""Rows of a table as a list shows them: typed cells by the key of their column, already written for the reader."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from tallystick.web.words import Tag


class Shape(StrEnum):
    """How a cell is drawn: one branch of `ui/list/cell.html` each."""

    TEXT = "text"
    SUBJECT = "subject"
    PARTNER = "partner"
    CREDIT = "credit"
    STATE = "state"
    METER = "meter"
    CODE = "code"
    LINES = "lines"
    ACTIONS = "actions"


class Way(StrEnum):
    """What pressing a button in a row does: it opens a page, posts at once, or copies a text."""

    OPEN = "open"
    POST = "post"
    COPY = "copy"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowButton:
    """What can be done with one row, beside it: `name` says it with the row's own name, for who hears the page."""

    label: str
    name: str
    way: Way
    target: str
    """The address, or the text that is copied."""
    danger: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell; which fields count follows from its shape. `edit_url` makes it a field that is edited in place."""

    shape: Shape = Shape.TEXT
    text: str = ""
    note: str = ""
    url: str = ""
    in_sheet: bool = False
    """The link opens beside the list."""
    problem: str = ""
    """What went wrong with the row, below its words."""
    tag: Tag | None = None
    icon: str = ""
    partner_type: str = ""
    part: int = 0
    whole: int = 0
    lines: tuple[str, ...] = ()
    buttons: tuple[RowButton, ...] = ()
    edit_url: str = ""
    edit_label: str = ""

    @property
    def is_plain(self) -> bool:
        """Tell whether it is words and a note only, which most cells are: a template of its own would cost the most."""
        return self.shape is Shape.TEXT and not (self.url or self.edit_url or self.tag or self.problem)

    def edited_at(self, url: str, label: str) -> Cell:
        """Return the cell as one that is edited in place at an address; `label` says what is edited."""
        return replace(self, edit_url=url, edit_label=label)


def text(words: str, note: str = "") -> Cell:
    """Return a cell of text, a number, an amount or a day; an empty one shows a dash."""
    return Cell(text=words, note=note)


def problem(words: str, what: str, note: str = "", tag: Tag | None = None) -> Cell:
    """Return a cell of text with what went wrong below it, where something did, and a tag beside it."""
    return Cell(text=words, note=note, problem=what, tag=tag)


def link(words: str, url: str, note: str = "", *, in_sheet: bool = False) -> Cell:
    """Return a cell that leads somewhere."""
    return Cell(text=words, note=note, url=url, in_sheet=in_sheet)


def subject(words: str, url: str, note: str = "", *, in_sheet: bool = False, tag: Tag | None = None) -> Cell:
    """Return the cell a row is known by: its link opens the row, and a tag says what it waits for."""
    return Cell(shape=Shape.SUBJECT, text=words, note=note, url=url, in_sheet=in_sheet, tag=tag)


def partner(name: str, partner_type: str, note: str = "", url: str = "") -> Cell:
    """Return a partner with its avatar; a dash where there is none."""
    return Cell(shape=Shape.PARTNER if name else Shape.TEXT, text=name, partner_type=partner_type, note=note, url=url)


def credit(credit_class: str) -> Cell:
    """Return the class a deal is credited in; a dash where it is not decided yet."""
    return Cell(shape=Shape.CREDIT if credit_class else Shape.TEXT, text=credit_class)


def state(tag: Tag | None, note: str = "") -> Cell:
    """Return a state in words with its tone; a dash where there is none."""
    return Cell(shape=Shape.STATE if tag else Shape.TEXT, tag=tag, note=note)


def meter(words: str, part: int, whole: int, kind: str = "") -> Cell:
    """Return how full something is beside the same in words; `kind` is "warn", "bad" or nothing."""
    return Cell(shape=Shape.METER, text=words, part=part, whole=whole, note=kind)


def code(words: str) -> Cell:
    """Return a fingerprint or another text for machines."""
    return Cell(shape=Shape.CODE, text=words)


def lines(sentences: Sequence[str]) -> Cell:
    """Return several sentences below one another."""
    return Cell(shape=Shape.LINES, lines=tuple(sentences))


def actions(*buttons: RowButton | None) -> Cell:
    """Return the buttons of a row; what cannot be done with it now is None."""
    return Cell(shape=Shape.ACTIONS, buttons=tuple(button for button in buttons if button is not None))


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row: its key within the list, the name a screen reader calls it by, and its cells by column key.

    `group` is the key of the heading it stands under where the list is grouped. `decides` are addresses that the keys
    a and r follow, by the letter.
    """

    key: str
    label: str
    cells: Mapping[str, Cell]
    group: str = ""
    decides: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Rows under one heading; `note` counts and sums the whole group, not only what this page shows of it."""

    name: str
    note: str
    rows: tuple[Row, ...]
