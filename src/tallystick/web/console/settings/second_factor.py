"""Who at the vendor must have a second factor: roles, days of grace, and who still lacks one."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods

from tallystick.platform.access import Permission
from tallystick.platform.clock import now
from tallystick.platform.models import WorkspaceRole
from tallystick.platform.second_factor import (
    MOST_GRACE_DAYS,
    SUGGESTED,
    SUGGESTED_GRACE_DAYS,
    holders_among,
    members_by_role,
    require_second_factor,
    second_factor_rules,
)
from tallystick.web.access import console, current_viewer
from tallystick.web.console.settings.sections import show_settings
from tallystick.web.ui import formats


class SecondFactorForm(forms.Form):
    """Asks of which roles a second factor is wanted, and how many days people get."""

    roles = forms.MultipleChoiceField(
        label=_lazy("Must have a second factor"), required=False, widget=forms.CheckboxSelectMultiple
    )
    grace_days = forms.IntegerField(
        label=_lazy("Days to set one up"),
        min_value=0,
        max_value=MOST_GRACE_DAYS,
        help_text=_lazy("Counted from the rule, or from the day somebody joined. 0 asks at the next page."),
    )

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["roles"].choices = [  # type: ignore[attr-defined]
            (role.value, _("%(role)s (suggested)") % {"role": role.label} if role in SUGGESTED else role.label)
            for role in WorkspaceRole
        ]


@console(Permission.MANAGE_WORKSPACE)
@require_http_methods(["GET", "HEAD", "POST"])
def second_factor_settings(request: HttpRequest) -> HttpResponse:
    """Show of whom a second factor is asked and who lacks one, and change it."""
    rules = second_factor_rules()
    days = next(iter(rules.values())).grace_days if rules else SUGGESTED_GRACE_DAYS
    given = request.POST if request.method == "POST" else None
    form = SecondFactorForm(given, initial={"roles": list(rules), "grace_days": days})
    if given is not None and form.is_valid():
        roles = frozenset(WorkspaceRole(role) for role in form.cleaned_data["roles"])
        require_second_factor(
            current_viewer(request).actor(), roles=roles, grace_days=form.cleaned_data["grace_days"], at=now()
        )
        messages.success(
            request,
            _("Saved. Who lacks one is led to set it up at the next sign-in.")
            if roles
            else _("Saved. Nobody is asked for a second factor."),
        )
        return redirect("console:second_factor_settings")
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    context = {"form": form, "rows": _rows(), "is_asked": bool(rules)}
    return show_settings(request, "console/settings/second_factor.html", context, status=status)


def _rows() -> list[dict[str, Any]]:
    """Return for each role since when it is asked, and who of its people lacks a second factor."""
    rules, members = second_factor_rules(), members_by_role()
    holders = holders_among(membership.person_id for people in members.values() for membership in people)
    return [
        {
            "role": role.label,
            "since": formats.day_and_year(rules[role].required_since) if role in rules else "",
            "people": formats.number(len(people)),
            "holders": formats.number(sum(membership.person_id in holders for membership in people)),
            "without": [str(membership.person) for membership in people if membership.person_id not in holders],
        }
        for role, people in members.items()
    ]
