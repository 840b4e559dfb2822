"""What can be done to many leads at once: introductions are accepted or declined, ours are passed to partners."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tallystick.deals.models import Lead, LeadDirection, LeadOffer, LeadOfferState, LeadState
from tallystick.deals.rules.lead_states import LeadMoveRefused
from tallystick.deals.services.leads import decline_lead, offer_lead
from tallystick.flows.leads import accept_lead
from tallystick.platform.access import Permission, Viewer
from tallystick.web.console.lead_forms import LeadReasonForm
from tallystick.web.listing.bulk import BulkAction, BulkOutcome, BulkPreview, Refused
from tallystick.web.ui import formats


def _leads(keys: Sequence[str]) -> list[Lead]:
    ids = [int(key) for key in keys if key.isascii() and key.isdigit() and len(key) < 19]
    return list(Lead.objects.filter(pk__in=ids).select_related("partner").order_by("introduced_at", "pk"))


def _introductions(keys: Sequence[str]) -> tuple[list[Lead], list[Refused]]:
    """Return the introductions that wait for an answer, and why the other rows are left."""
    ready, refused = [], []
    for lead in _leads(keys):
        if lead.direction == LeadDirection.TO_VENDOR and lead.state == LeadState.NEW:
            ready.append(lead)
        else:
            refused.append(Refused(str(lead), _("It is no introduction that waits for an answer.")))
    return ready, refused


def _endable(keys: Sequence[str]) -> tuple[list[Lead], list[Refused]]:
    over = {LeadState.CONVERTED, LeadState.DECLINED}
    found = _leads(keys)
    refused = [Refused(str(lead), _("It has ended already.")) for lead in found if lead.state in over]
    return [lead for lead in found if lead.state not in over], refused


def _passable(keys: Sequence[str]) -> tuple[list[Lead], list[Refused]]:
    """Return the leads of ours that nobody is asked about, and why the other rows are left."""
    found, ready, refused = _leads(keys), [], []
    asked = set(LeadOffer.objects.filter(lead__in=found, state=LeadOfferState.OPEN).values_list("lead_id", flat=True))
    for lead in found:
        if lead.direction != LeadDirection.TO_PARTNER or lead.state != LeadState.NEW:
            refused.append(Refused(str(lead), _("It is no new lead of ours.")))
        elif lead.pk in asked:
            refused.append(Refused(str(lead), _("A partner is being asked already.")))
        else:
            ready.append(lead)
    return ready, refused


def _counted(leads: Sequence[Lead]) -> str:
    return ngettext("%(n)s lead", "%(n)s leads", len(leads)) % {"n": formats.number(len(leads))}


def _preview(leads: Sequence[Lead], refused: Sequence[Refused], *effects: str) -> BulkPreview:
    return BulkPreview(count=len(leads), sentences=effects if leads else (), refused=tuple(refused))


def _preview_accept(_viewer: Viewer, keys: Sequence[str]) -> BulkPreview:
    leads, refused = _introductions(keys)
    partners = len({lead.partner_id for lead in leads})
    whose = ngettext("of %(n)s partner", "of %(n)s partners", partners) % {"n": formats.number(partners)}
    return _preview(
        leads,
        refused,
        _("%(leads)s %(whose)s would be accepted.") % {"leads": _counted(leads), "whose": whose},
        _("Each is evidence that the partner brought the company, of the day it was introduced."),
    )


def _run_accept(viewer: Viewer, keys: Sequence[str], _answers: Mapping[str, Any], at: datetime) -> BulkOutcome:
    leads, refused = _introductions(keys)
    done = []
    for lead in leads:
        try:
            done.append(accept_lead(viewer.actor(), lead_id=lead.pk, at=at))
        except LeadMoveRefused as refusal:
            refused.append(Refused(str(lead), str(refusal)))
    return BulkOutcome(
        count=len(done), words=_("Accepted %(leads)s.") % {"leads": _counted(done)}, refused=tuple(refused)
    )


def _preview_decline(_viewer: Viewer, keys: Sequence[str]) -> BulkPreview:
    leads, refused = _endable(keys)
    return _preview(
        leads,
        refused,
        _("%(leads)s would be declined with one reason, which the partners concerned read.")
        % {"leads": _counted(leads)},
    )


def _run_decline(viewer: Viewer, keys: Sequence[str], answers: Mapping[str, Any], at: datetime) -> BulkOutcome:
    leads, refused = _endable(keys)
    done = []
    for lead in leads:
        try:
            done.append(decline_lead(viewer.actor(), lead_id=lead.pk, reason=answers["reason"], at=at))
        except LeadMoveRefused as refusal:
            refused.append(Refused(str(lead), str(refusal)))
    return BulkOutcome(
        count=len(done), words=_("Declined %(leads)s.") % {"leads": _counted(done)}, refused=tuple(refused)
    )


def _preview_pass(_viewer: Viewer, keys: Sequence[str]) -> BulkPreview:
    leads, refused = _passable(keys)
    return _preview(
        leads,
        refused,
        _("For %(leads)s the partner that fits best would be asked, one after the other.") % {"leads": _counted(leads)},
    )


def _run_pass(viewer: Viewer, keys: Sequence[str], _answers: Mapping[str, Any], at: datetime) -> BulkOutcome:
    leads, refused = _passable(keys)
    asked = []
    for lead in leads:
        try:
            offer = offer_lead(viewer.actor(), lead_id=lead.pk, at=at)
        except LeadMoveRefused as refusal:
            refused.append(Refused(str(lead), str(refusal)))
            continue
        if offer is None:
            refused.append(Refused(str(lead), _("No partner is left to ask.")))
        else:
            asked.append(lead)
    words = _("Partners are being asked about %(leads)s.") % {"leads": _counted(asked)}
    return BulkOutcome(count=len(asked), words=words, refused=tuple(refused))


ACTIONS: Final = (
    BulkAction(
        name="accept",
        label=gettext_lazy("Accept introductions"),
        permission=Permission.MANAGE_LEADS,
        preview=_preview_accept,
        run=_run_accept,
        final=gettext_lazy("An accepted introduction is evidence and stays. It can be declined later, with a reason."),
        icon="check",
    ),
    BulkAction(
        name="pass",
        label=gettext_lazy("Ask the best partner"),
        permission=Permission.MANAGE_LEADS,
        preview=_preview_pass,
        run=_run_pass,
        final=gettext_lazy("Partners are told at once. On a lead's page somebody else can be asked instead."),
        icon="forward",
    ),
    BulkAction(
        name="decline",
        label=gettext_lazy("Decline leads"),
        permission=Permission.MANAGE_LEADS,
        preview=_preview_decline,
        run=_run_decline,
        final=gettext_lazy("The partners have your reason. They can introduce the company again."),
        form=LeadReasonForm,
        icon="x",
        danger=True,
    ),
)
