"""What was known of a company when it was claimed, in words: each with why it was taken to be the same company."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tallystick.deals.models import Assessment, DealRegistration
from tallystick.deals.services.hits import Hit, HitKind
from tallystick.web.ui import formats

_KINDS: Final[dict[HitKind, str | Promise]] = {
    HitKind.ACCOUNT: gettext_lazy("Account"),
    HitKind.NAMESAKE: gettext_lazy("Account of that name"),
    HitKind.OPPORTUNITY: gettext_lazy("Open deal"),
    HitKind.PROTECTION: gettext_lazy("Registration"),
    HitKind.LEAD: gettext_lazy("Lead"),
}
_REASONS: Final[dict[str, str | Promise]] = {
    "same domain": gettext_lazy("same domain"),
    "same name and country": gettext_lazy("same name and country"),
    "same name, and no other account has it": gettext_lazy("same name, and no other account has it"),
    "same name; it may be the company": gettext_lazy("same name; it may be the company"),
    "same account in the CRM": gettext_lazy("same account in the CRM"),
    "at that account": gettext_lazy("at that account"),
}


def hits_in_words(claim: DealRegistration) -> Iterator[dict[str, str]]:
    """Yield what was known when the claim came in; nothing for claims from before it was kept. One query."""
    latest = Assessment.objects.filter(registration=claim).order_by("pk").values_list("hits", flat=True).last()
    for hit in map(Hit.from_json, latest or []):
        yield {"kind": str(_KINDS[hit.kind]), "label": _label(hit), "why": str(_REASONS.get(hit.why, hit.why))}


def _label(hit: Hit) -> str:
    parts = [hit.label, hit.partner or hit.owner]
    if hit.since is not None:
        parts.append(_("since %(day)s") % {"day": formats.day_and_year(hit.since)})
    return " · ".join(part for part in parts if part)
