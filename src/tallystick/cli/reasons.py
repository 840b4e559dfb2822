"""Why something is published, as an option of its command."""

from __future__ import annotations

from typing import Annotated, Final

import typer

_LONGEST: Final = 300


def _short_enough(reason: str) -> str:
    if len(reason) > _LONGEST:
        raise typer.BadParameter(f"it has {len(reason)} characters; say it in {_LONGEST}.")
    return reason


PublishReason = Annotated[
    str, typer.Option(callback=_short_enough, help="Why it changes; stands in the record with the version.")
]
