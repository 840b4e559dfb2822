"""`tallystick demo`: a workspace with three years of history, an empty one beside it, and links into both."""

from __future__ import annotations

import sys
from datetime import datetime, time
from typing import Annotated

import typer

from tallystick.cli.application import commands, console
from tallystick.demo.days import LONDON
from tallystick.demo.doors import Door, demo_doors, empty_door
from tallystick.demo.erasing import NotADemoError
from tallystick.demo.services import demo_workspace, empty_workspace
from tallystick.platform.clock import now


@commands.command()
def demo(
    *,
    fresh: Annotated[bool, typer.Option("--fresh", help="Erase the demo workspace and build it anew.")] = False,
    anchor: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Day on which its three years end; today if left out.")
    ] = None,
) -> None:
    """Load the demo workspace, keep it if it is there, and print the links that sign in."""
    instant = datetime.combine(anchor, time(16), tzinfo=LONDON) if anchor else now()
    with console.status("Building three years of Lumen Labs"):
        try:
            lumen_labs = demo_workspace(now=instant, fresh=fresh)
        except NotADemoError as error:
            sys.exit(str(error))
        your_company = empty_workspace(now=now())
    console.print(f"[bold]{lumen_labs.name}[/bold]: a demo. Open a link to sign in; each works as often as you like.")
    for door in demo_doors(lumen_labs):
        _print(door)
    console.print(f"\n[bold]{your_company.name}[/bold]: empty, to start your own. The link works once, within a day.")
    _print(empty_door(your_company, now=now()))
    console.print()


def _print(door: Door) -> None:
    console.print(f"  {door.role}: {door.person}")
    console.print(f"    {door.address}", soft_wrap=True, style="cyan")
