"""The command line: one module for each group of commands; each command is a translation of a service call.

A module beside this one adds commands by decorating functions with `@commands.command()` from
`tallystick.cli.application`; it is found by being here.
"""

from __future__ import annotations

import os
import pkgutil
import sys
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails
    from typer import Typer


def main() -> None:
    """Run the command line; what an operator can mend is told in a sentence, without a traceback."""
    from django.core.exceptions import ImproperlyConfigured
    from pydantic import ValidationError

    from tallystick.platform.database.unprivileged import EmbeddedServerError

    try:
        _set_up()
        every_command()()
    except ValidationError as error:
        sys.exit("The settings are not right:\n" + "\n".join(map(_fault, error.errors())))
    except (ImproperlyConfigured, EmbeddedServerError) as error:
        sys.exit(str(error))


def _fault(fault: ErrorDetails) -> str:
    """Return what is wrong with a setting, or with several together, in words."""
    said = fault["msg"].removeprefix("Value error, ")
    return f"{'.'.join(map(str, fault['loc']))}: {said}" if fault["loc"] else said


def every_command() -> Typer:
    """Return the command line with the commands of all modules beside this one; Django is set up."""
    from tallystick.cli.application import commands

    for module in pkgutil.iter_modules(__path__):
        if not module.name.startswith("_"):
            import_module(f"{__name__}.{module.name}")
    return commands


def _set_up() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tallystick.settings")
    django.setup()
