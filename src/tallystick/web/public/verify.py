"""The page that checks a receipt: open to whoever holds one, and silent about all else.

It says what stands on the receipt and whether the record still proves it. Company, partner, contact and value are not
shown: a proof is forwarded, and its reader need not know them. See docs/explanation/deal-registration.md.
"""

from __future__ import annotations

from datetime import UTC
from http import HTTPStatus
from typing import Final
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tallystick.deals.receipts import SHORTEST_PROOF, find_receipt
from tallystick.platform.clock import now
from tallystick.web.access import open_to_everyone
from tallystick.web.public.limits import limited
from tallystick.web.ui import formats

_LONGEST: Final = 120
"""Characters that are looked at of what was typed: a proof has 64, and blanks between them."""


@open_to_everyone
@never_cache
@require_safe
@limited("verify", methods=("GET",))
def verify_receipt(request: HttpRequest, proof: str = "") -> HttpResponse:
    """Ask for a receipt's proof, or say whether the record holds it; what it does not hold has one plain answer."""
    given = (proof or request.GET.get("proof", ""))[:_LONGEST]
    reference = request.GET.get("reference", "")[:_LONGEST]
    context = {"given": given, "reference": reference, "shortest": SHORTEST_PROOF}
    if not given.strip():
        return render(request, "public/verify.html", context)
    found, at = find_receipt(proof=given, reference=reference), now()
    if found is None:
        return render(request, "public/verify.html", {**context, "unknown": True}, status=HTTPStatus.NOT_FOUND)
    with timezone.override(ZoneInfo(found.time_zone)):
        local, checked_at = formats.moment(found.facts.received_at), formats.moment(at)
        whole_at = formats.moment(found.chain.checked_at) if found.chain.checked_at else ""
    return render(
        request,
        "public/verified.html",
        {
            "found": found,
            "organisation": found.workspace,
            "in_utc": f"{found.facts.received_at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC",
            "local": local,
            "checked_at": checked_at,
            "whole_at": whole_at,
            "near": formats.number(found.chain.near.entries - 1),
        },
    )
