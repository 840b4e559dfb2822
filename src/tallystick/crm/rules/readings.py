"""How a column's dates and numbers are to be read: proved by its values, told by a person, or asked. Never guessed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from tallystick.crm.rules.amounts import DecimalMark, mark_evidence, read_amount
from tallystick.crm.rules.dates import DateOrder, order_evidence
from tallystick.crm.rules.problems import Question, Topic
from tallystick.crm.rules.tables import Cell

Told = TypeVar("Told")


@dataclass(slots=True)
class DateColumn:
    """Gathers what a date column's values prove, with an example of each."""

    proofs: dict[DateOrder, str] = field(default_factory=dict)
    undecided: str = ""

    def add(self, cells: Iterable[Cell]) -> None:
        """Look at values; the order in which they come does not matter, nor does repetition."""
        for cell in set(cells):
            proof, needs_order = order_evidence(cell)
            if proof is not None:
                self.proofs[proof] = min(str(cell), self.proofs.get(proof, str(cell)))
            elif needs_order:
                self.undecided = min(str(cell), self.undecided or str(cell))

    def decide(self, header: str) -> DateOrder | Question | None:
        """Return the order, None when no value needs one, or the question to ask."""
        if len(self.proofs) == 1:
            return next(iter(self.proofs))
        if self.proofs:
            examples = " and ".join(f'"{self.proofs[order]}" ({order.value})' for order in DateOrder)
            return _date_question(header, f'Column "{header}" mixes two orders of day and month: {examples}.')
        if not self.undecided:
            return None
        first, second = (int(part) for part in _numbers(self.undecided))
        return _date_question(
            header,
            f'Column "{header}" holds dates such as "{self.undecided}", which is {_day(first, second)} read day first '
            f"and {_day(second, first)} read month first; no value in it decides.",
        )


@dataclass(slots=True)
class NumberColumn:
    """Gathers what a number column's values prove, with an example of each."""

    proofs: dict[DecimalMark, str] = field(default_factory=dict)
    undecided: str = ""

    def add(self, cells: Iterable[Cell]) -> None:
        """Look at values; the order in which they come does not matter, nor does repetition."""
        for cell in set(cells):
            if isinstance(cell, str) and ("," in cell or "." in cell):
                evidence = mark_evidence(cell)
                if evidence.proves is not None:
                    self.proofs[evidence.proves] = min(cell, self.proofs.get(evidence.proves, cell))
                elif evidence.needs_mark:
                    self.undecided = min(cell, self.undecided or cell)

    def decide(self, header: str) -> DecimalMark | Question | None:
        """Return the decimal mark, None when no value needs one, or the question to ask."""
        if len(self.proofs) == 1:
            return next(iter(self.proofs))
        if self.proofs:
            examples = " and ".join(f'"{self.proofs[mark]}" (decimal {mark.value})' for mark in DecimalMark)
            return _number_question(header, f'Column "{header}" mixes two ways to write numbers: {examples}.')
        if not self.undecided:
            return None
        point, comma = (read_amount(self.undecided, mark=mark).value for mark in DecimalMark)
        return _number_question(
            header,
            f'Column "{header}" holds numbers such as "{self.undecided}", which is {point:f} with a decimal point '
            f"and {comma:f} with a decimal comma; no value in it decides.",
        )


@dataclass(frozen=True, slots=True)
class Readings:
    """The order of dates and the decimal mark by column header; a column that needs none is absent."""

    dates: Mapping[str, DateOrder] = field(default_factory=dict)
    decimals: Mapping[str, DecimalMark] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answers:
    """What a person said about readings: by column header in any case, or for every column under ""."""

    dates: Mapping[str, DateOrder] = field(default_factory=dict)
    decimals: Mapping[str, DecimalMark] = field(default_factory=dict)

    def order_of(self, header: str) -> DateOrder | None:
        """Return the order told for a column, if any."""
        return _told(self.dates, header)

    def mark_of(self, header: str) -> DecimalMark | None:
        """Return the decimal mark told for a column, if any."""
        return _told(self.decimals, header)


def decide_readings(
    *, dates: Mapping[str, DateColumn], numbers: Mapping[str, NumberColumn], answers: Answers
) -> tuple[Readings, tuple[Question, ...]]:
    """Settle every column by its answer or its evidence; the questions are those left open."""
    orders: dict[str, DateOrder] = {}
    marks: dict[str, DecimalMark] = {}
    questions: list[Question] = []
    for header, date_column in dates.items():
        match answers.order_of(header) or date_column.decide(header):
            case DateOrder() as order:
                orders[header] = order
            case Question() as question:
                questions.append(question)
            case None:
                pass
    for header, number_column in numbers.items():
        match answers.mark_of(header) or number_column.decide(header):
            case DecimalMark() as mark:
                marks[header] = mark
            case Question() as question:
                questions.append(question)
            case None:
                pass
    return Readings(orders, marks), tuple(questions)


def _told(answers: Mapping[str, Told], header: str) -> Told | None:
    for name, answer in answers.items():
        if name.casefold() == header.casefold():
            return answer
    return answers.get("")


def _date_question(header: str, sentence: str) -> Question:
    return Question(Topic.DATES, header, sentence, tuple(DateOrder))


def _number_question(header: str, sentence: str) -> Question:
    return Question(Topic.DECIMALS, header, sentence, tuple(DecimalMark))


def _numbers(text: str) -> list[str]:
    return "".join(character if character.isdigit() else " " for character in text).split()[:2]


def _day(day: int, month: int) -> str:
    return f"{day} {date(2000, month, 1):%B}"
