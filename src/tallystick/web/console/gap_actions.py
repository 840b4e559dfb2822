"""What can be done about many gaps at once: record what the one partner they name did, so that it is credited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tallystick.attribution.models import Decision, TouchKind
from tallystick.attribution.rules.facts import TouchKind as Kind
from tallystick.attribution.rules.gaps import GapKind, read_gap
from tallystick.attribution.services import NewTouch, TouchRefused
from tallystick.flows.attribution import record_touch
from tallystick.platform.access import Permission, Viewer
from tallystick.platform.clock import today
from tallystick.web.listing.bulk import BulkAction, BulkOutcome, BulkPreview, ReasonForm, Refused
from tallystick.web.ui import formats

SOURCE: Final = "gap"
"""The system a touch comes from when somebody settled a gap by it; its id there is the decision and the partner."""
_ABOUT_A_PARTNER: Final = frozenset({GapKind.NAMED_UNCREDITED, GapKind.REGISTERED_UNCREDITED})


class TouchForm(ReasonForm):
    """Asks what the partner did and when; the reason is kept as the proof of the touch."""

    kind = forms.ChoiceField(label=gettext_lazy("What the partner did"), choices=TouchKind.choices)
    happened_on = forms.DateField(label=gettext_lazy("Day it happened"), widget=forms.DateInput(attrs={"type": "date"}))
    field_order = ("kind", "happened_on", "reason")


def _settled_by(decision: Decision) -> int | None:
    """Return the one partner that the gaps of a decision are about; None where there is none, or several."""
    found = [read_gap(gap) for gap in decision.record.get("gaps", ())]
    about = {partner for gap in found if gap.kind in _ABOUT_A_PARTNER for partner in gap.partners}
    conflicting = any(gap.kind is GapKind.CONFLICTING_SOURCES for gap in found)
    return about.pop() if len(about) == 1 and not conflicting and decision.opportunity.account_id else None


def _decisions(keys: Sequence[str]) -> list[Decision]:
    ids = [int(key) for key in keys if key.isdigit()]
    found = Decision.objects.filter(pk__in=ids, is_current=True).select_related("opportunity__account")
    return list(found.order_by("pk"))


def _sorted_out(keys: Sequence[str]) -> tuple[list[tuple[Decision, int]], list[Refused]]:
    ready, refused = [], []
    reason = _("It names no single partner, or the opportunity has no account: decide it on its page.")
    for decision in _decisions(keys):
        partner_id = _settled_by(decision)
        if partner_id is None:
            refused.append(Refused(decision.opportunity.name, reason))
        else:
            ready.append((decision, partner_id))
    return ready, refused


def _preview(_viewer: Viewer, keys: Sequence[str]) -> BulkPreview:
    ready, refused = _sorted_out(keys)
    words = ngettext(
        "One touch would be recorded for %(n)s deal, and its credit decided again.",
        "One touch each would be recorded for %(n)s deals, and their credit decided again.",
        len(ready),
    )
    partners = len({partner_id for _decision, partner_id in ready})
    sentences = (
        words % {"n": formats.number(len(ready))},
        ngettext("They name %(n)s partner.", "They name %(n)s partners.", partners) % {"n": formats.number(partners)},
        _("Credit may change what commission is paid; deals that are locked stay as they are."),
    )
    return BulkPreview(count=len(ready), sentences=sentences, refused=tuple(refused))


def _run(viewer: Viewer, keys: Sequence[str], answers: Mapping[str, Any], at: datetime) -> BulkOutcome:
    ready, refused = _sorted_out(keys)
    learned_on, recorded = today(viewer.workspace.time_zone), []
    for decision, partner_id in ready:
        touch = NewTouch(
            partner_id=partner_id,
            account_id=decision.opportunity.account_id or 0,
            kind=Kind(answers["kind"]),
            happened_on=answers["happened_on"],
            learned_on=learned_on,
            source=SOURCE,
            external_id=f"{decision.pk}-{partner_id}",
            opportunity_id=decision.opportunity_id,
            proof=answers["reason"],
        )
        try:
            recorded.append(record_touch(viewer.actor(), touch=touch, at=at).pk)
        except TouchRefused as refusal:
            refused.append(Refused(decision.opportunity.name, str(refusal)))
    words = ngettext("Recorded %(n)s touch.", "Recorded %(n)s touches.", len(recorded))
    return BulkOutcome(
        count=len(recorded),
        words=words % {"n": formats.number(len(recorded))},
        refused=tuple(refused),
        record={"touches": recorded},
    )


GAP_ACTIONS: Final = (
    BulkAction(
        name="accept",
        label=gettext_lazy("Accept suggestions"),
        permission=Permission.MANAGE_ATTRIBUTION,
        preview=_preview,
        run=_run,
        form=TouchForm,
        final=gettext_lazy("Evidence is never removed. A touch that proves wrong is answered by better evidence."),
    ),
)
