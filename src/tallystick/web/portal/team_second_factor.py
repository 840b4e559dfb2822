"""The partner admin asks the own team for a second factor, and sees who lacks one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_POST

from tallystick.partners.team_second_factor import (
    require_of_team,
    stop_requiring_of_team,
    team_second_factor,
    team_without_second_factor,
)
from tallystick.platform.access import Permission, Viewer
from tallystick.platform.clock import now
from tallystick.platform.second_factor import MOST_GRACE_DAYS, SUGGESTED_GRACE_DAYS
from tallystick.web.access import current_viewer, portal
from tallystick.web.portal.pages import partner_id_of
from tallystick.web.ui import formats


class GraceForm(forms.Form):
    """Asks how many days colleagues get."""

    grace_days = forms.IntegerField(
        label=_lazy("Days to set one up"),
        min_value=0,
        max_value=MOST_GRACE_DAYS,
        help_text=_lazy("Counted from now, or from the day somebody joins."),
    )


@portal(Permission.MANAGE_OWN_TEAM)
@require_POST
def require_factor(request: HttpRequest) -> HttpResponse:
    """Ask the team for a second factor, with days to set one up."""
    viewer, form = current_viewer(request), GraceForm(request.POST)
    if form.is_valid():
        days = form.cleaned_data["grace_days"]
        require_of_team(viewer.actor(), partner_id=partner_id_of(viewer), grace_days=days, at=now())
        messages.success(request, _("Your team is asked for a second factor from now on."))
    else:
        messages.error(request, _("Days to set one up are a whole number from 0 to 90."))
    return redirect("portal:team")


@portal(Permission.MANAGE_OWN_TEAM)
@require_POST
def stop_requiring(request: HttpRequest) -> HttpResponse:
    """Ask the team for no second factor any more."""
    viewer = current_viewer(request)
    stop_requiring_of_team(viewer.actor(), partner_id=partner_id_of(viewer), at=now())
    messages.success(request, _("Your team is asked for no second factor any more."))
    return redirect("portal:team")


def second_factor_card(viewer: Viewer) -> dict[str, Any]:
    """Return what the team's page shows of it: the rule, and to the admin who lacks one."""
    partner_id = partner_id_of(viewer)
    rule, may_manage = team_second_factor(partner_id), viewer.may(Permission.MANAGE_OWN_TEAM)
    return {
        "is_asked": rule is not None,
        "since": formats.day_and_year(rule.required_since) if rule else "",
        "by": rule.required_by_label if rule else "",
        "days": rule.grace_days if rule else 0,
        "without": team_without_second_factor(partner_id) if may_manage else [],
        "form": GraceForm(initial={"grace_days": rule.grace_days if rule else SUGGESTED_GRACE_DAYS}),
    }
