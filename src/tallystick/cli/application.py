"""The application that every command joins, and the console they print on."""

from __future__ import annotations

import typer
from rich.console import Console

commands = typer.Typer(
    name="tallystick",
    help="Who brought the deal, what is owed, and why.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

console = Console(highlight=False, soft_wrap=True)
