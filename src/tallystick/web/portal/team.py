"""The team: a partner's people with their roles. A partner admin invites, changes and removes; others read."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tallystick.deals.models import DealRegistration, RegistrationState
from tallystick.partners.models import PartnerMembership, PartnerRole
from tallystick.partners.team import (
    LastPartnerAdmin,
    TeamRow,
    change_colleague_role,
    invite_colleague,
    remove_colleague,
    renew_colleague_invitation,
    team_rows,
    withdraw_colleague_invitation,
)
from tallystick.platform.access import Permission
from tallystick.platform.clock import now
from tallystick.platform.invitations import AlreadyMember
from tallystick.web.access import current_viewer, portal
from tallystick.web.listing.serving import answer_list
from tallystick.web.portal.pages import FRAME, partner_id_of, show_page
from tallystick.web.portal.team_list import TeamList
from tallystick.web.portal.team_second_factor import second_factor_card
from tallystick.web.public_forms import form_card

ROLES = [
    (PartnerRole.ADMIN.value, gettext_lazy("Partner admin: everything, and the team")),
    (PartnerRole.SELLER.value, gettext_lazy("Seller: registers deals, sees earnings")),
    (PartnerRole.MARKETER.value, gettext_lazy("Marketer: sees deals")),
    (PartnerRole.FINANCE.value, gettext_lazy("Finance: sees deals and earnings")),
]


class ColleagueForm(forms.Form):
    """Asks whom to invite, and to do what."""

    email = forms.EmailField(
        label=gettext_lazy("E-mail address"),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={
            "required": gettext_lazy("Enter your colleague's address."),
            "invalid": gettext_lazy("Enter an address such as anna@example.com."),
        },
    )
    name = forms.CharField(label=gettext_lazy("Name"), required=False, max_length=120)
    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=ROLES, initial=PartnerRole.SELLER.value)


class RemovalForm(forms.Form):
    """Asks why somebody is removed."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=300,
        help_text=gettext_lazy("Kept with the entry in the activity stream."),
        error_messages={"required": gettext_lazy("Say in a few words why.")},
    )


@portal(Permission.SEE_OWN_PORTAL)
@require_safe
def team(request: HttpRequest) -> HttpResponseBase:
    """Show the team."""
    return _show(request, ColleagueForm())


@portal(Permission.MANAGE_OWN_TEAM)
@require_POST
def invite(request: HttpRequest) -> HttpResponseBase:
    """Invite a colleague by mail."""
    viewer = current_viewer(request)
    form = ColleagueForm(request.POST)
    if form.is_valid():
        asked = form.cleaned_data
        try:
            invite_colleague(
                viewer.actor(),
                partner_id=partner_id_of(viewer),
                email=asked["email"],
                name=asked["name"],
                role=PartnerRole(asked["role"]),
                at=now(),
            )
        except AlreadyMember:
            form.add_error("email", _("%(email)s is in the team already.") % {"email": asked["email"]})
        else:
            messages.success(request, _("Invited %(email)s. The link is good for 14 days.") % {"email": asked["email"]})
            return redirect("portal:team")
    return _show(request, form)


@portal(Permission.MANAGE_OWN_TEAM)
@require_POST
def change_role(request: HttpRequest, membership_id: int) -> HttpResponse:
    """Give a colleague another role."""
    role = request.POST.get("role", "")
    if role not in PartnerRole.values:
        raise Http404
    viewer = current_viewer(request)
    try:
        changed = _or_404(
            lambda: change_colleague_role(
                viewer.actor(), partner_id=partner_id_of(viewer), membership_id=membership_id, role=PartnerRole(role)
            )
        )
    except LastPartnerAdmin as problem:
        messages.error(request, str(problem))
    else:
        words = {"name": str(changed.person), "role": changed.get_role_display()}
        messages.success(request, _("%(name)s is %(role)s from now on.") % words)
    return redirect("portal:team")


@portal(Permission.MANAGE_OWN_TEAM)
@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: HttpRequest, membership_id: int) -> HttpResponse:
    """Say what a colleague leaves behind, and remove them."""
    viewer = current_viewer(request)
    partner_id = partner_id_of(viewer)
    row = _row(partner_id, membership_id)
    form = RemovalForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            _or_404(
                lambda: remove_colleague(
                    viewer.actor(),
                    partner_id=partner_id,
                    membership_id=membership_id,
                    reason=form.cleaned_data["reason"],
                )
            )
        except LastPartnerAdmin as problem:
            form.add_error("reason", str(problem))
        else:
            messages.success(request, _("%(name)s is out. You can invite them again.") % {"name": row.name})
            return redirect("start" if row.person_id == viewer.person.pk else "portal:team")
    own = DealRegistration.objects.filter(partner_id=partner_id, submitted_by_id=row.person_id)
    open_states = [RegistrationState.SUBMITTED, RegistrationState.APPROVED, RegistrationState.CONVERTED]
    context = {
        "row": row,
        "form": form,
        "registrations": own.count(),
        "open": own.filter(state__in=open_states).count(),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return show_page(request, "portal/team_remove.html", context, status=status)


@portal(Permission.MANAGE_OWN_TEAM)
@require_POST
def renew(request: HttpRequest, membership_id: int) -> HttpResponse:
    """Send an invitation again."""
    viewer = current_viewer(request)
    renewed = _or_404(
        lambda: renew_colleague_invitation(
            viewer.actor(), partner_id=partner_id_of(viewer), membership_id=membership_id, at=now()
        )
    )
    messages.success(request, _("Sent %(email)s a new link.") % {"email": renewed.person.email})
    return redirect("portal:team")


@portal(Permission.MANAGE_OWN_TEAM)
@require_POST
def withdraw_invitation(request: HttpRequest, membership_id: int) -> HttpResponse:
    """Take an invitation back."""
    viewer = current_viewer(request)
    partner_id = partner_id_of(viewer)
    row = _row(partner_id, membership_id)
    _or_404(lambda: withdraw_colleague_invitation(viewer.actor(), partner_id=partner_id, membership_id=membership_id))
    messages.success(request, _("The invitation of %(email)s was withdrawn.") % {"email": row.email})
    return redirect("portal:team")


def _show(request: HttpRequest, form: ColleagueForm) -> HttpResponseBase:
    listed = TeamList(current_viewer(request), request.GET)
    everyone = team_rows(partner_id_of(listed.viewer))
    context = {
        "roles": PartnerRole.choices,
        "form": form,
        "may_manage": listed.viewer.may(Permission.MANAGE_OWN_TEAM),
        "admins": [row.name for row in everyone if row.accepted_at and row.role is PartnerRole.ADMIN],
        "may_make_keys": listed.viewer.may(Permission.MANAGE_OWN_API_KEYS),
        "factor": second_factor_card(listed.viewer),
        "form_card": form_card(partner_id_of(listed.viewer)) if listed.viewer.may(Permission.MANAGE_OWN_TEAM) else None,
        "may_have_webhooks": listed.viewer.may(Permission.MANAGE_OWN_WEBHOOKS),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return answer_list(request, FRAME, listed, "portal/team.html", context, status=status)


def _row(partner_id: int, membership_id: int) -> TeamRow:
    row = next((row for row in team_rows(partner_id) if row.membership_id == membership_id), None)
    if row is None:
        raise Http404
    return row


def _or_404(command: Callable[[], Any]) -> Any:
    try:
        return command()
    except PartnerMembership.DoesNotExist as missing:
        raise Http404 from missing
