"""What can be done to many commission lines at once: keep them out of approval runs for a reason the partner reads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tallystick.commissions.line_states import LineState, line_state
from tallystick.commissions.models import CommissionLine, LineSetAside
from tallystick.commissions.queries import commission_lines
from tallystick.commissions.services import set_lines_aside, take_line_back
from tallystick.platform.access import Permission, Viewer
from tallystick.platform.clock import today
from tallystick.web.listing.bulk import BulkAction, BulkOutcome, BulkPreview, ReasonForm, Refused
from tallystick.web.ui import formats

WAITING: Final = frozenset({LineState.HELD, LineState.EARNED})
"""States in which a line can be kept out of the next run."""


class PartnerReadsForm(ReasonForm):
    """Asks why; the partners read the answer beside their lines."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("The partners read it beside their lines."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=1000,
        error_messages={"required": gettext_lazy("Say why: the partners read it beside their lines.")},
    )


def _sorted_out(viewer: Viewer, keys: Sequence[str]) -> tuple[list[CommissionLine], list[Refused]]:
    ids = [int(key) for key in keys if key.isdigit()]
    on = today(viewer.workspace.time_zone)
    lines = list(commission_lines().select_related("reversed_by").filter(pk__in=ids).order_by("pk"))
    states = {line.pk: line_state(line, on=on) for line in lines}
    refused = [
        Refused(
            f"{line.partner}, {line.invoice.number}",
            _("It is not waiting for approval: %(state)s.") % {"state": str(states[line.pk].label).lower()},
        )
        for line in lines
        if states[line.pk] not in WAITING
    ]
    return [line for line in lines if states[line.pk] in WAITING], refused


def _preview(viewer: Viewer, keys: Sequence[str]) -> BulkPreview:
    lines, refused = _sorted_out(viewer, keys)
    sums: dict[str, int] = defaultdict(int)
    for line in lines:
        sums[line.currency] += line.amount_minor
    amounts = " + ".join(formats.money_exact(minor, currency) for currency, minor in sorted(sums.items()))
    words = ngettext(
        "%(n)s line, %(amounts)s, stays out of approval until it is taken back.",
        "%(n)s lines, %(amounts)s, stay out of approval until they are taken back.",
        len(lines),
    )
    return BulkPreview(
        count=len(lines),
        sentences=(words % {"n": formats.number(len(lines)), "amounts": amounts},) if lines else (),
        refused=tuple(refused),
    )


def _run(viewer: Viewer, keys: Sequence[str], answers: Mapping[str, Any], at: datetime) -> BulkOutcome:
    lines, refused = _sorted_out(viewer, keys)
    aside = set_lines_aside(viewer.actor(), line_ids=[line.pk for line in lines], reason=answers["reason"], at=at)
    words = ngettext("%(n)s line is set aside.", "%(n)s lines are set aside.", len(aside))
    return BulkOutcome(
        count=len(aside),
        words=words % {"n": formats.number(len(aside))},
        refused=tuple(refused),
        record={"lines": [row.line_id for row in aside]},
    )


def _take_back(viewer: Viewer, record: Mapping[str, Any], at: datetime) -> BulkOutcome:
    still = LineSetAside.objects.filter(line_id__in=record["lines"], released_at__isnull=True)
    ids = list(still.order_by("line_id").values_list("line_id", flat=True))
    for line_id in ids:
        take_line_back(viewer.actor(), line_id=line_id, at=at)
    words = ngettext("%(n)s line waits for approval again.", "%(n)s lines wait for approval again.", len(ids))
    return BulkOutcome(count=len(ids), words=words % {"n": formats.number(len(ids))})


LINE_ACTIONS: Final[tuple[BulkAction, ...]] = (
    BulkAction(
        name="set-aside",
        label=gettext_lazy("Set aside"),
        permission=Permission.MANAGE_COMMISSIONS,
        preview=_preview,
        run=_run,
        undo=_take_back,
        form=PartnerReadsForm,
        icon="clock-3",
    ),
)
