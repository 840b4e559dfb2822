"""What can be wrong with a file, a column or a cell, in words that say what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class ImportProblem(ValueError):
    """The file cannot be loaded as it is. Nothing of it was loaded."""


class UnreadableFile(ImportProblem):
    """The file's bytes or its structure make no table; `line` says where, counted from 1, if a line is known."""

    def __init__(self, message: str, *, line: int | None = None) -> None:
        super().__init__(f"Line {line:,}: {message}" if line is not None else message)
        self.line = line


class Topic(StrEnum):
    """What a question is about; the value is the name of the option that answers it."""

    KIND = "kind"
    ENCODING = "encoding"
    DATES = "dates"
    DECIMALS = "decimals"
    COLUMNS = "column"


@dataclass(frozen=True, slots=True)
class Question:
    """Something the file does not say and nobody may guess; `answers` are the values the option takes."""

    topic: Topic
    column: str
    sentence: str
    answers: tuple[str, ...]

    @property
    def option(self) -> str:
        """The command line option that answers it, with the first possible answer."""
        about = f"{self.column}=" if self.column else ""
        value = f"{about}{self.answers[0]}" if self.answers else f"{about}…"
        return f'--{self.topic} "{value}"' if " " in value else f"--{self.topic} {value}"


class AnswerNeeded(ImportProblem):
    """The file can be read in more than one way; each question names the column, the readings and the option."""

    def __init__(self, questions: Sequence[Question]) -> None:
        super().__init__(" ".join(question.sentence for question in questions))
        self.questions = tuple(questions)


class CellRefused(ValueError):
    """A cell that cannot be taken: the reason, and how to mend it."""


class ReadingMisfit(CellRefused):
    """A cell that reads differently from what its column was decided to be, or whose column is not decided yet."""
