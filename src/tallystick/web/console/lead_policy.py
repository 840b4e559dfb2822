"""The policy of leads: what holds now, and publishing the next version."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from tallystick.deals.disclosure import disclosure_in_force
from tallystick.deals.models import LeadPolicyVersion, MayLearn
from tallystick.deals.rules.lead_policy import (
    Criterion,
    LeadPolicy,
    LeadPolicyRefused,
)
from tallystick.deals.services.leads import current_lead_policy, publish_lead_policy
from tallystick.partners.models import Tier
from tallystick.platform.access import Permission
from tallystick.platform.clock import now
from tallystick.web.access import console, current_viewer
from tallystick.web.console.pages import show_page

_WEIGHTS = {
    Criterion.TERRITORY: gettext_lazy("Territory"),
    Criterion.TYPE: gettext_lazy("Type"),
    Criterion.TIER: gettext_lazy("Tier"),
    Criterion.CAPACITY: gettext_lazy("Capacity"),
    Criterion.CERTIFICATE: gettext_lazy("Certificate"),
    Criterion.ACCEPTANCE: gettext_lazy("Leads accepted"),
    Criterion.WIN_RATE: gettext_lazy("Deals won"),
}


class LeadPolicyForm(forms.Form):
    """Asks for the hours, weights and limits of a policy."""

    answer_hours = forms.IntegerField(
        label=gettext_lazy("Hours to answer an introduction"),
        help_text=gettext_lazy("Weekends are not counted. The partner sees the same clock."),
        min_value=1,
        max_value=720,
    )
    offer_hours = forms.IntegerField(
        label=gettext_lazy("Hours a partner has to accept a lead"),
        help_text=gettext_lazy("Then the next partner is asked."),
        min_value=1,
        max_value=720,
    )
    follow_days = forms.IntegerField(
        label=gettext_lazy("Days a lead is followed in the CRM"),
        help_text=gettext_lazy("An opportunity that opens at its account in that time is what it became."),
        min_value=0,
        max_value=3650,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for criterion, label in _WEIGHTS.items():
            self.fields[f"weight_{criterion.value}"] = forms.IntegerField(label=label, min_value=0, max_value=1000)
        for tier, label in (("", gettext_lazy("No tier")), *Tier.choices):
            self.fields[f"most_open_{tier}"] = forms.IntegerField(label=str(label), min_value=0, max_value=1000)
            if tier:
                self.fields[f"tier_points_{tier}"] = forms.IntegerField(label=str(label), min_value=0, max_value=100)

    @classmethod
    def of(cls, policy: LeadPolicy) -> LeadPolicyForm:
        """Return the form filled in with what holds now."""
        initial: dict[str, object] = {
            "answer_hours": policy.answer_hours,
            "offer_hours": policy.offer_hours,
            "follow_days": policy.follow_days,
        }
        initial |= {f"weight_{criterion.value}": weight for criterion, weight in policy.weights.items()}
        initial |= {f"most_open_{tier}": most for tier, most in policy.most_open.items()}
        initial |= {f"tier_points_{tier}": points for tier, points in policy.tier_points.items()}
        return cls(initial=initial)

    def document(self) -> dict[str, object]:
        """Return what was entered as a policy document."""
        told = self.cleaned_data
        return {
            "answer_hours": told["answer_hours"],
            "offer_hours": told["offer_hours"],
            "follow_days": told["follow_days"],
            "weights": {criterion.value: told[f"weight_{criterion.value}"] for criterion in Criterion},
            "tier_points": {tier.value: told[f"tier_points_{tier.value}"] for tier in Tier},
            "most_open": {tier: told[f"most_open_{tier}"] for tier in ("", *Tier.values)},
        }

    def fields_named(self, start: str) -> list[forms.BoundField]:
        """Return the fields whose names start so, in their order."""
        return [self[name] for name in self.fields if name.startswith(start)]


@console(Permission.MANAGE_LEADS)
@require_http_methods(["GET", "HEAD", "POST"])
def lead_policy(request: HttpRequest) -> HttpResponse:
    """Show the policy that holds, and publish the next version."""
    known = current_lead_policy()
    form = LeadPolicyForm(request.POST) if request.method == "POST" else LeadPolicyForm.of(known.policy)
    if request.method == "POST" and form.is_valid():
        try:
            published = publish_lead_policy(current_viewer(request).actor(), document=form.document(), at=now())
        except LeadPolicyRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            if published.number == known.number:
                messages.success(request, _("Nothing was changed."))
            else:
                messages.success(request, _("Published version %(number)s.") % {"number": published.number})
            return redirect("console:lead_policy")
    context = {
        "form": form,
        "known": known,
        "learns": MayLearn(disclosure_in_force().value).label,
        "may_set_learns": current_viewer(request).may(Permission.MANAGE_WORKSPACE),
        "versions": LeadPolicyVersion.objects.order_by("-number")[:10],
        "weights": form.fields_named("weight_"),
        "tier_points": form.fields_named("tier_points_"),
        "most_open": form.fields_named("most_open_"),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return show_page(request, "console/leads/policy.html", context, status=status)
