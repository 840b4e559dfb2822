"""Leads that wait for somebody at the vendor: introductions to answer, and leads of ours that no partner has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from tallystick.deals.models import Lead, LeadDirection, LeadOffer, LeadOfferState, LeadState
from tallystick.flows.inbox.items import InboxItem, ItemKind, Page

LIMIT: Final = 200


def introductions() -> Iterator[InboxItem]:
    """Yield introduced companies whose partner waits for an answer, with their clock."""
    waiting = Lead.objects.filter(state=LeadState.NEW, direction=LeadDirection.TO_VENDOR).select_related("partner")
    for row in waiting.order_by("answer_due_at", "pk")[:LIMIT]:
        yield InboxItem(
            key=f"lead:{row.reference}",
            kind=ItemKind.LEAD,
            title=_("Answer the introduction of %(company)s") % {"company": row.company},
            note=_("%(reference)s, introduced by %(partner)s")
            % {"reference": row.reference, "partner": row.partner.name if row.partner else ""},
            since=row.introduced_at,
            due=row.answer_due_at,
            page=Page("lead", row.reference),
            owner_id=row.owner_id,
            reference=row.reference,
        )


def leads_without_partner() -> Iterator[InboxItem]:
    """Yield leads of ours that nobody is asked about: new ones, and those that came back since nobody was left."""
    asked = LeadOffer.objects.filter(lead=OuterRef("pk"), state=LeadOfferState.OPEN)
    waiting = Lead.objects.filter(~Exists(asked), state=LeadState.NEW, direction=LeadDirection.TO_PARTNER)
    for row in waiting.order_by("introduced_at", "pk")[:LIMIT]:
        since = row.returned_at or row.introduced_at
        yield InboxItem(
            key=f"lead:{row.reference}:{since.isoformat()}",
            kind=ItemKind.LEAD,
            title=_("Find a partner for %(company)s") % {"company": row.company},
            note=_("%(reference)s, nobody is left to ask") % {"reference": row.reference}
            if row.returned_at
            else _("%(reference)s, nobody was asked yet") % {"reference": row.reference},
            since=since,
            page=Page("lead", row.reference),
            owner_id=row.owner_id,
            reference=row.reference,
        )
