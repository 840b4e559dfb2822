"""Opens a file, finds out what it holds and how its columns are to be read, and asks where it does not say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import file_digest
from pathlib import Path
from typing import Any, Final

from tallystick.crm.rules.delimited import open_delimited
from tallystick.crm.rules.encodings import detect_encoding
from tallystick.crm.rules.fields import Kind
from tallystick.crm.rules.guessing import (
    Columns,
    check_told,
    find_columns,
    guess_kind,
    guess_source,
    missing_columns,
)
from tallystick.crm.rules.problems import AnswerNeeded, Question, Topic, UnreadableFile
from tallystick.crm.rules.readings import Answers, DateColumn, NumberColumn, Readings, decide_readings
from tallystick.crm.rules.refused_files import without_reasons
from tallystick.crm.rules.staging import amount_fields, date_fields
from tallystick.crm.rules.tables import Batch, Table
from tallystick.crm.rules.wide_rates import LongRates, is_wide_rates
from tallystick.crm.rules.workbooks import open_workbook

_CHUNK: Final = 1024 * 1024
_FOREIGN_FORMATS: Final = (
    (b"\xd0\xcf\x11\xe0", "This is an old or password-protected Excel file. Save it as XLSX or CSV."),
    (b"%PDF", "This is a PDF. Export the data as CSV or XLSX."),
    (b"\x1f\x8b", "This is a compressed file. Unpack it first."),
)


@dataclass(frozen=True, slots=True)
class FileRequest:
    """A file and all that was said about it; what was not said is guessed from the header, or asked."""

    path: Path
    kind: Kind | None = None
    source: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    answers: Answers = field(default_factory=Answers)
    encoding: str = ""
    separator: str = ""
    left_out: tuple[str, ...] = ()
    """Columns that nothing is to be read from, whatever they are called."""
    sheet: str = ""
    """The sheet of a workbook; the first that holds anything where none is named."""
    currency: str = ""
    """ISO 4217 code of amounts that name none; the workspace's where empty."""
    time_zone: str = ""
    """IANA name of the zone that times without one are in; the workspace's where empty."""

    def as_json(self) -> dict[str, Any]:
        """Return what was said as JSON values: the same file with the same answers is the same import."""
        further = {
            "left_out": sorted(self.left_out),
            "sheet": self.sheet,
            "currency": self.currency,
            "time_zone": self.time_zone,
        }
        return {
            **{name: value for name, value in further.items() if value},
            "columns": dict(sorted(self.columns.items())),
            "dates": {header: order.value for header, order in sorted(self.answers.dates.items())},
            "decimals": {header: mark.value for header, mark in sorted(self.answers.decimals.items())},
            "encoding": self.encoding,
            "separator": self.separator,
        }


@dataclass(frozen=True, slots=True)
class FilePlan:
    """How a file will be read: nothing about it is open any more.

    `provisional` readings come from the first rows; the first value that contradicts them leads to `settled`.
    """

    request: FileRequest
    table: Table
    columns: Columns
    source: str
    readings: Readings
    provisional: bool

    @property
    def kind(self) -> Kind:
        """What the file holds."""
        return self.columns.kind

    def settled(self) -> FilePlan:
        """Look at every value of the file before deciding its columns. Raises AnswerNeeded."""
        readings = _decide(self.columns, self.table.batches(), self.request.answers)
        return FilePlan(self.request, self.table, self.columns, self.source, readings, provisional=False)

    def as_json(self) -> dict[str, Any]:
        """Return how the file was read, for the record of the import."""
        return {
            "format": self.table.described,
            "header": list(self.table.header),
            "columns": self.columns.by_header,
            "unused": list(self.columns.unused),
            "dates": {header: order.value for header, order in self.readings.dates.items()},
            "decimals": {header: mark.value for header, mark in self.readings.decimals.items()},
            "said": self.request.as_json(),
        }


@dataclass(frozen=True, slots=True)
class FileDraft:
    """What can be told of a file while things about it are still open: what is missing, and what must be asked."""

    table: Table
    source: str
    kind: Kind | None
    columns: Columns | None
    missing: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()


def draft_file(request: FileRequest) -> FileDraft:
    """Return what can be told of a file so far.

    Raises UnreadableFile, NothingToImport, and AnswerNeeded only where its letters cannot be read without an answer.
    """
    table = without_reasons(_open_table(request))
    source = request.source or guess_source(table.header)
    if is_wide_rates(table.header) and request.kind in (None, Kind.EXCHANGE_RATES):
        table = LongRates(table)
    try:
        kind = request.kind or guess_kind(table.header, told=request.columns)
    except AnswerNeeded as unknown:
        return FileDraft(table, source, None, None, questions=unknown.questions)
    columns = find_columns(kind, table.header, told=request.columns, left_out=request.left_out)
    questions: tuple[Question, ...] = ()
    try:
        _decide(columns, table.batches(), request.answers)
    except AnswerNeeded as needed:
        questions = needed.questions
    return FileDraft(table, source, kind, columns, missing_columns(columns), questions)


def plan_file(request: FileRequest) -> FilePlan:
    """Return how the file will be read.

    Raises UnreadableFile, NothingToImport, and AnswerNeeded with every question that only a person can answer.
    """
    table = without_reasons(_open_table(request))
    source = request.source or guess_source(table.header)
    if is_wide_rates(table.header) and request.kind in (None, Kind.EXCHANGE_RATES):
        table = LongRates(table)
    kind = request.kind or guess_kind(table.header, told=request.columns)
    check_told(kind, table.header, told=request.columns)
    columns = find_columns(kind, table.header, told=request.columns, left_out=request.left_out)
    if missing := missing_columns(columns):
        raise AnswerNeeded([Question(Topic.COLUMNS, "", sentence, ()) for sentence in missing])
    sample = next(table.batches(), Batch([], []))
    try:
        readings = _decide(columns, [sample], request.answers)
    except AnswerNeeded:
        undecided = FilePlan(request, table, columns, source, Readings(), provisional=True)
        return undecided.settled()
    return FilePlan(request, table, columns, source, readings, provisional=True)


def file_hash(path: Path) -> str:
    """Return the SHA-256 of the file's bytes."""
    with path.open("rb") as stream:
        return file_digest(stream, "sha256").hexdigest()


def count_lines(path: Path) -> int:
    """Return how many lines the file has, as a first idea of its rows; 0 for a workbook."""
    with path.open("rb") as stream:
        if stream.read(2) == b"PK":
            return 0
        return sum(chunk.count(b"\n") for chunk in _chunks(stream))


def _open_table(request: FileRequest) -> Table:
    try:
        with request.path.open("rb") as stream:
            head = stream.read(8)
            for mark, sentence in _FOREIGN_FORMATS:
                if head.startswith(mark):
                    raise UnreadableFile(sentence)
            if head.startswith(b"PK"):
                return open_workbook(request.path, sheet=request.sheet)
            stream.seek(0)
            encoding = request.encoding or detect_encoding(_chunks(stream))
    except OSError as error:
        raise UnreadableFile(f"{request.path.name} cannot be opened: {error.strerror}.") from None
    try:
        return open_delimited(request.path, encoding=encoding, separator=request.separator or None)
    except LookupError:
        raise UnreadableFile(f'There is no encoding called "{encoding}". Common ones: utf-8, cp1252, utf-16.') from None


def _chunks(stream: Any) -> Iterator[bytes]:
    while chunk := stream.read(_CHUNK):
        yield chunk


def _decide(columns: Columns, batches: Iterable[Batch], answers: Answers) -> Readings:
    dates = {columns.header[columns.positions[name]]: DateColumn() for name in date_fields(columns)}
    numbers = {columns.header[columns.positions[name]]: NumberColumn() for name in amount_fields(columns)}
    if dates or numbers:
        places = {header: columns.header.index(header) for header in (*dates, *numbers)}
        for batch in batches:
            for header, place in places.items():
                cells = [row[place] for row in batch.rows]
                if header in dates:
                    dates[header].add(cells)
                if header in numbers:
                    numbers[header].add(cells)
    readings, questions = decide_readings(dates=dates, numbers=numbers, answers=answers)
    if questions:
        raise AnswerNeeded(questions)
    return readings
