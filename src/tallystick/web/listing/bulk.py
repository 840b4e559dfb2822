"""Actions on many rows at once: what would change is shown in numbers first, then one service call does it.

A list names its actions (`RowList.actions`). Whoever presses one sees `preview` and is asked what `form` asks; the keys
are read afresh from the address at that moment and again when it is done, so "all matching" means all that match then.

    APPROVE = BulkAction(
        name="approve",
        label=_("Approve lines"),
        permission=Permission.APPROVE_COMMISSIONS,
        preview=preview_of_approval,     # (viewer, keys) -> BulkPreview
        run=approve_selected,            # (viewer, keys, answers, at) -> BulkOutcome
        undo=take_approval_back,         # (viewer, record, at) -> BulkOutcome; None where it cannot be undone
        form=ReasonForm,                 # what else is asked, at least a reason where money moves
    )
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tallystick.platform.access import Permission, Viewer


class NothingAskedForm(forms.Form):
    """Asks nothing beyond the confirmation itself."""


class ReasonForm(forms.Form):
    """Asks why; the answer is kept with what happened."""

    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("It is kept with the change, for whoever asks later."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=1000,
        error_messages={"required": _("Say why: this is kept with the change.")},
    )


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that an action leaves as it is, and the reason in words for whoever pressed the button."""

    label: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkPreview:
    """What an action would do: how many rows it changes, what that means in numbers, and what it leaves out."""

    count: int
    sentences: tuple[str, ...] = ()
    refused: tuple[Refused, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkOutcome:
    """What an action did: how many rows, in words for the toast, the rows left as they are, and what undoing needs.

    `record` holds JSON values: enough for `undo` to put every changed row back.
    """

    count: int
    words: str
    refused: tuple[Refused, ...] = ()
    record: Mapping[str, Any] = field(default_factory=dict)


Preview = Callable[[Viewer, Sequence[str]], BulkPreview]
Run = Callable[[Viewer, Sequence[str], Mapping[str, Any], datetime], BulkOutcome]
Undo = Callable[[Viewer, Mapping[str, Any], datetime], BulkOutcome]
AskedForm = Callable[..., forms.Form]
"""Made like a form class: `form()`, `form(data)`; a function may make one that needs the workspace's rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkAction:
    """One thing that can be done to the rows selected. `name` stands in the address, `label` on the button.

    `final` says in words why it cannot be undone, and what can be done instead; an action has it or an `undo`.
    """

    name: str
    label: str | Promise
    permission: Permission
    preview: Preview
    run: Run
    undo: Undo | None = None
    final: str | Promise = ""
    form: AskedForm = NothingAskedForm
    icon: str = ""
    danger: bool = False
