"""What the pages of the import wizard share: its steps, the file behind a token, and the files that come after."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from tallystick.flows.uploads import Upload, kept_upload

_THEN: Final = "then"
_TOKEN: Final = re.compile(r"[0-9a-f]{32}")
_MOST_AFTER: Final = 20


class WizardStep(IntEnum):
    """Where a reader of the wizard is."""

    FILE = 1
    COLUMNS = 2
    CHECK = 3
    RESULT = 4


@dataclass(frozen=True, slots=True)
class StepLink:
    """One step as it is shown; a step that lies behind can be gone back to."""

    number: int
    label: str
    state: str
    url: str = ""


def steps(here: WizardStep, *, back: dict[WizardStep, str] | None = None) -> tuple[StepLink, ...]:
    """Return the steps with the present one marked; `back` are the addresses of those one may return to."""
    labels = {
        WizardStep.FILE: _("File"),
        WizardStep.COLUMNS: _("Columns"),
        WizardStep.CHECK: _("Check"),
        WizardStep.RESULT: _("Result"),
    }
    return tuple(
        StepLink(
            number=int(step),
            label=label,
            state="current" if step is here else "done" if step < here else "open",
            url=(back or {}).get(step, ""),
        )
        for step, label in labels.items()
    )


def found_upload(token: str) -> Upload:
    """Return the file behind a token of this workspace, or answer 404."""
    kept = kept_upload(token)
    if kept is None:
        raise Http404
    return kept


def files_after(request: HttpRequest) -> list[str]:
    """Return the tokens of files that were chosen together with this one and come after it."""
    tokens = (request.POST.get(_THEN) or request.GET.get(_THEN, "")).split(",")
    return [token for token in tokens if _TOKEN.fullmatch(token)][:_MOST_AFTER]


def with_files_after(address: str, tokens: list[str]) -> str:
    """Return the address of a page of the wizard that remembers which files come after."""
    return f"{address}?{_THEN}={','.join(tokens)}" if tokens else address


def next_file(tokens: list[str]) -> str:
    """Return the address of the next file that was chosen, "" where none is left."""
    waiting = [token for token in tokens if kept_upload(token) is not None]
    if not waiting:
        return ""
    return with_files_after(reverse("console:upload_reading", args=[waiting[0]]), waiting[1:])
