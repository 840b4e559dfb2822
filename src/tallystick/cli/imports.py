"""`tallystick import`: bring files of revenue facts in, list what came, take it back."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from typer.core import TyperGroup

from tallystick.cli.application import commands, console
from tallystick.cli.workspaces import WorkspaceOption, in_workspace
from tallystick.crm.models import Import
from tallystick.crm.queries.imports import column_mappings, latest_imports
from tallystick.crm.rules.amounts import DecimalMark
from tallystick.crm.rules.dates import DateOrder
from tallystick.crm.rules.fields import Kind
from tallystick.crm.rules.guessing import NothingToImport
from tallystick.crm.rules.problems import AnswerNeeded, ImportProblem
from tallystick.crm.rules.readings import Answers
from tallystick.crm.services.loading import ImportResult, Outcome
from tallystick.crm.services.mappings import save_mapping, with_mapping
from tallystick.crm.services.reading import FilePlan, FileRequest, count_lines, plan_file
from tallystick.crm.services.refusals import write_refused_rows
from tallystick.crm.services.undoing import UndoRefused
from tallystick.flows.imports import run_import, undo_import
from tallystick.platform.actors import Actor
from tallystick.platform.clock import now

Answer = TypeVar("Answer", bound=StrEnum)


class _FilesOrCommand(TyperGroup):
    """Takes `import accounts.csv` for `import load accounts.csv`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put `load` in front of anything that is no command of the group."""
        if args and args[0] not in {*self.commands, "-h", "--help"}:
            args = ["load", *args]
        return super().parse_args(ctx, args)


import_commands = typer.Typer(
    cls=_FilesOrCommand,
    help="Bring CSV and XLSX files in: `tallystick import accounts.csv deals.csv`.",
    no_args_is_help=True,
)
commands.add_typer(import_commands, name="import")


@import_commands.command("load")
def load(
    files: Annotated[list[Path], typer.Argument(help="CSV or XLSX files.", exists=True, dir_okay=False, readable=True)],
    *,
    workspace: WorkspaceOption = None,
    kind: Annotated[Kind | None, typer.Option(help="What the files hold, where the columns do not tell.")] = None,
    source: Annotated[str, typer.Option(help="The system they come from, such as salesforce.")] = "",
    column: Annotated[list[str] | None, typer.Option(help="field=Column, where a column is not recognised.")] = None,
    mapping: Annotated[str, typer.Option(help="Read the files with a saved column mapping.")] = "",
    save_as: Annotated[str, typer.Option("--save-mapping", help="Save how the file is read under this name.")] = "",
    dates: Annotated[list[str] | None, typer.Option(help="day-first or month-first; Column=day-first for one.")] = None,
    decimals: Annotated[list[str] | None, typer.Option(help="point or comma; Column=comma for one.")] = None,
    encoding: Annotated[str, typer.Option(help="Character encoding, such as cp1252.")] = "",
    separator: Annotated[str, typer.Option(help="The character between cells; \\t for a tab.")] = "",
    refused: Annotated[Path, typer.Option(help="Folder that files of refused rows are written to.")] = Path(),
) -> None:
    """Load files: what others refer to first, each as a whole. Repeating a file changes nothing."""
    said = Answers(
        dates=_answers(dates or [], DateOrder, "--dates"), decimals=_answers(decimals or [], DecimalMark, "--decimals")
    )
    columns = dict(_pair(text, "--column") for text in column or [])
    requests = [
        FileRequest(file, kind, source, columns, said, encoding, separator.replace("\\t", "\t")) for file in files
    ]
    with in_workspace(workspace):
        plans = _in_order(with_mapping(request, name=mapping) if mapping else request for request in requests)
        for plan in plans:
            result = _load(plan)
            _tell(plan, result)
            _write_refused(result, refused)
            if save_as:
                save_mapping(Actor.command("import"), name=save_as, plan=plan, at=now())


@import_commands.command("list")
def list_imports(*, workspace: WorkspaceOption = None) -> None:
    """List the imports of the workspace, the latest first."""
    with in_workspace(workspace):
        for batch in latest_imports():
            counts = f"{batch.rows_added:,} added, {batch.rows_changed:,} changed, {batch.rows_refused:,} refused"
            state = f"{batch.started_at:%Y-%m-%d %H:%M}  {batch.get_state_display():<8}"
            line = f"{batch.pk:>5}  {state}  {batch.file_name} ({batch.get_kind_display()}): {counts}"
            console.print(line, markup=False, soft_wrap=True)


@import_commands.command("undo")
def undo(
    import_id: Annotated[int, typer.Argument(help="As `import list` shows it.")], *, workspace: WorkspaceOption = None
) -> None:
    """Take an import back as a whole, unless something has been built on it."""
    with in_workspace(workspace):
        try:
            batch = undo_import(Actor.command("import undo"), import_id=import_id, at=now())
        except UndoRefused as refusal:
            sys.exit(str(refusal))
        except Import.DoesNotExist:
            sys.exit(f"There is no import {import_id} in this workspace.")
        console.print(f"The import of {escape(batch.file_name)} is undone.")


@import_commands.command("refused")
def write_refused(
    import_id: Annotated[int, typer.Argument(help="As `import list` shows it.")],
    file: Annotated[Path, typer.Argument(help="The CSV file to write.", dir_okay=False)],
    *,
    workspace: WorkspaceOption = None,
) -> None:
    """Write the refused rows of an import to a file that can be mended and loaded again."""
    with in_workspace(workspace):
        batch = latest_imports().filter(pk=import_id).first()
        if batch is None:
            sys.exit(f"There is no import {import_id} in this workspace.")
        console.print(f"{write_refused_rows(batch, file):,} refused rows are in {file}.", soft_wrap=True)


@import_commands.command("mappings")
def list_mappings(*, workspace: WorkspaceOption = None) -> None:
    """List the saved column mappings."""
    with in_workspace(workspace):
        for mapping in column_mappings():
            pairs = ", ".join(f"{field} = {header}" for field, header in mapping.columns.get("columns", {}).items())
            console.print(f"{mapping.name} ({mapping.get_kind_display()}): {pairs}", markup=False, soft_wrap=True)


def _in_order(requests: Iterable[FileRequest]) -> list[FilePlan]:
    """Find out how each file is read before any is loaded; ends the command where one cannot be."""
    plans: list[FilePlan] = []
    problems: list[str] = []
    for request in requests:
        try:
            plans.append(plan_file(request))
        except NothingToImport as nothing:
            console.print(f"{request.path.name}: {nothing}", markup=False)
        except ImportProblem as problem:
            problems.append(f"{request.path.name}: {_words(problem)}")
    if problems:
        sys.exit("\n".join([*problems, "Nothing was loaded."]))
    order = list(Kind)
    return sorted(plans, key=lambda plan: order.index(plan.kind))


def _words(problem: ImportProblem) -> str:
    if not isinstance(problem, AnswerNeeded):
        return str(problem)
    return "\n  ".join(
        f"{question.sentence} Say {_ways(question.option, question.answers)}." for question in problem.questions
    )


def _ways(option: str, answers: tuple[str, ...]) -> str:
    others = f" (or {', '.join(answers[1:])})" if len(answers) > 1 else ""
    return f"{option}{others}"


def _load(plan: FilePlan) -> ImportResult:
    actor = Actor.command("import")
    bar = Progress(TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=console, transient=True)
    with bar:
        task = bar.add_task(plan.request.path.name, total=count_lines(plan.request.path) or None)
        try:
            return run_import(
                actor, request=plan.request, at=now(), on_rows=lambda rows: bar.update(task, completed=rows)
            )
        except ImportProblem as problem:
            sys.exit(f"{plan.request.path.name}: {_words(problem)}\nNothing of it was loaded.")


def _tell(plan: FilePlan, result: ImportResult) -> None:
    for line in _summary(plan, result):
        console.print(line, markup=False, soft_wrap=True)


def _summary(plan: FilePlan, result: ImportResult) -> Iterator[str]:
    kind = result.kind.value.replace("_", " ")
    if result.outcome is Outcome.UNCHANGED:
        first = f"{result.loaded_at:%Y-%m-%d %H:%M} UTC as import {result.import_id}"
        yield f"{result.file_name}: unchanged. It was loaded on {first}."
        return
    yield f"{result.file_name}: {kind} from {plan.source}, import {result.import_id}. {plan.table.described}."
    yield (
        f"  {result.rows_read:,} rows: {result.added:,} added, {result.changed:,} changed, "
        f"{result.unchanged:,} unchanged, {result.duplicate:,} duplicate, {result.refused:,} refused."
    )
    for note in result.notes:
        yield f"  {note}"


def _write_refused(result: ImportResult, folder: Path) -> None:
    if result.refused and result.outcome is Outcome.LOADED:
        path = folder / f"{Path(result.file_name).stem}-refused-{result.import_id}.csv"
        write_refused_rows(latest_imports().get(pk=result.import_id), path)
        console.print(
            f"  Refused rows with their reasons are in {path}: mend and load them.", markup=False, soft_wrap=True
        )


def _answers(texts: Iterable[str], answer: type[Answer], option: str) -> dict[str, Answer]:
    """Read `day-first` as an answer for every column, `Close Date=day-first` as one for that column."""
    found: dict[str, Answer] = {}
    for text in texts:
        header, _, value = text.rpartition("=")
        try:
            found[header] = answer(value)
        except ValueError:
            sys.exit(f"{option} takes {' or '.join(answer)}, alone or as Column={next(iter(answer))}; not “{text}”.")
    return found


def _pair(text: str, option: str) -> tuple[str, str]:
    name, sign, header = text.partition("=")
    if not sign:
        sys.exit(f"{option} takes field=Column, such as close_on=Expected; not “{text}”.")
    return name.strip(), header.strip()
