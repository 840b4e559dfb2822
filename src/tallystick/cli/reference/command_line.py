"""Every command with its arguments and options."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, get_args

from typer.main import get_command

from tallystick.cli.reference.markdown import page, table


@dataclass(frozen=True, slots=True)
class Parameter:
    """An argument or option as people write it, with its sentence and what holds where it is left out."""

    written: str
    sentence: str
    default: str


@dataclass(frozen=True, slots=True)
class Command:
    """A command, or a group of commands, with what its `--help` says."""

    name: str
    sentence: str
    usage: str
    parameters: tuple[Parameter, ...]


def command_line_page() -> str:
    """Return the page of commands, each with a table of what can be given to it."""
    return page(
        "Command line",
        introduction=(
            "`tallystick --help` shows the same, `-h` does for each command. A command that fails ends with a status "
            "other than 0 and\na sentence that says what to do. Commands that work in a workspace take the only one "
            "there is, or the one named by\n`--workspace` or `TALLYSTICK_WORKSPACE`."
        ),
        body=(line for command in every_command_with_help() for line in _section(command)),
    )


def every_command_with_help() -> Iterator[Command]:
    """Yield the groups and commands in the order of their names."""
    # Not above: the modules of the commands, this one among them, are still being loaded.
    from tallystick.cli import every_command

    return _walk(get_command(every_command()), ())


def _walk(command: Any, path: Sequence[str]) -> Iterator[Command]:
    name = " ".join(["tallystick", *path])
    if path:
        given = [parameter for parameter in command.params if parameter.name != "help"]
        usage = [name, *(["[OPTIONS]"] if any(one.param_type_name == "option" for one in given) else [])]
        arguments = [_argument(one) for one in given if one.param_type_name == "argument"]
        yield Command(
            name=name,
            sentence=" ".join((command.help or "").split()),
            usage=" ".join([*usage, *arguments, *(["COMMAND"] if hasattr(command, "commands") else [])]),
            parameters=tuple(_parameter(one) for one in given),
        )
    for part, inner in sorted(getattr(command, "commands", {}).items()):
        yield from _walk(inner, (*path, part))


def _argument(parameter: Any) -> str:
    name = parameter.name.upper() + ("..." if parameter.nargs == -1 else "")
    return name if parameter.required else f"[{name}]"


def _parameter(parameter: Any) -> Parameter:
    is_argument = parameter.param_type_name == "argument"
    names = [_argument(parameter)] if is_argument else [*parameter.opts, *parameter.secondary_opts]
    default = "" if parameter.default in (None, False) or parameter.required else str(parameter.default)
    choices = ", ".join(f"`{choice.value}`" for choice in _choices(parameter))
    return Parameter(
        written=", ".join(f"`{name}`" for name in names),
        sentence=f"{parameter.help or ''} {f'One of {choices}.' if choices else ''}".strip(),
        default="required" if parameter.required else f"`{default}`" if default else "",
    )


def _choices(parameter: Any) -> list[Enum]:
    annotation = parameter.type_descriptor.annotation
    kinds = [annotation, *get_args(annotation)]
    return next((list(kind) for kind in kinds if isinstance(kind, type) and issubclass(kind, Enum)), [])


def _section(command: Command) -> Iterator[str]:
    yield from (f"## {command.name}", "", command.sentence, "")
    yield from ("```", command.usage, "```", "")
    if command.parameters:
        rows = [(one.written, one.default, one.sentence) for one in command.parameters]
        yield from (*table(["Argument or option", "Default", "What it says"], rows), "")
