"""What the tab of certificates and territories on a partner's page shows."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from tallystick.partners.models import Partner, PartnerCertificate, PartnerTerritory
from tallystick.web.console.ecosystem import country_name
from tallystick.web.ui import formats


def standing_tab(shown: Partner, on: date) -> dict[str, Any]:
    """Return the territories of the partner and the certificates of its people. Two queries."""
    return {
        "territories": [
            {"id": row.pk, "country": country_name(row.country), **_until(row.valid_until, on)}
            for row in PartnerTerritory.objects.filter(partner=shown).order_by("country")
        ],
        "certificates": [
            {
                "id": row.pk,
                "name": row.name,
                "holder": row.holder,
                "product": row.product_key or _("every product"),
                **_until(row.valid_until, on),
            }
            for row in PartnerCertificate.objects.filter(partner=shown).order_by("name", "holder", "pk")
        ],
    }


def _until(day: date | None, on: date) -> dict[str, Any]:
    return {"until": formats.day_and_year(day) if day else "", "is_over": day is not None and day < on}
