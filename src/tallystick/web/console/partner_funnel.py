"""A partner's registrations as a funnel on the Deals tab, each step opening to the registrations it counts."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tallystick.deals.funnel import Reached, registration_funnel
from tallystick.deals.models import DealRegistration
from tallystick.web.console.deals import registration_url
from tallystick.web.console.words import day_near
from tallystick.web.ui import formats
from tallystick.web.ui.charts import Chart, FunnelStep, funnel

STEPS: Final = {
    Reached.SUBMITTED: gettext_lazy("Submitted"),
    Reached.APPROVED: gettext_lazy("Approved"),
    Reached.OPPORTUNITY: gettext_lazy("Opportunity"),
    Reached.WON: gettext_lazy("Won"),
}


def funnel_of(partner_id: int) -> Chart | None:
    """Draw how far the partner's registrations came; nothing where it registered none."""
    address = reverse("console:partner", args=[partner_id])
    counts = registration_funnel(partner_id)
    return funnel(
        [
            FunnelStep(name=str(label), count=counts[step], url=f"{address}?tab=deals&reached={step.value}")
            for step, label in STEPS.items()
        ],
        title=_("How far its registrations came"),
        head=(_("Step"), _("Registrations"), _("Of the step before")),
    )


def step_asked(text: str) -> Reached | None:
    """Return the step an address names, if any."""
    return Reached(text) if text in set(Reached) else None


def registration_row(row: DealRegistration, on: date) -> dict[str, Any]:
    """Return a registration as a row of the tab."""
    return {
        "url": registration_url(row),
        "account": row.company,
        "stage": row.opportunity.stage if row.opportunity else row.get_state_display(),
        "credit_class": "",
        "amount": formats.money_exact(row.value_minor, row.currency),
        "close": day_near(timezone.localtime(row.submitted_at).date(), on),
    }
