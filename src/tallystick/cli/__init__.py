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
        lines = [f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()]
        sys.exit("The settings are not right:\n" + "\n".join(lines))
    except (ImproperlyConfigured, EmbeddedServerError) as error:
        sys.exit(str(error))


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
