"""People and roles: who works in the workspace and as what; invite, change a role, remove."""

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

from tallystick.crm.models import Opportunity, OpportunityStatus
from tallystick.partners.models import Partner
from tallystick.platform.access import Permission
from tallystick.platform.clock import now
from tallystick.platform.invitations import (
    AlreadyMember,
    invite_person,
    renew_invitation,
    withdraw_invitation,
)
from tallystick.platform.mail import mail_is_set_up
from tallystick.platform.models import Membership, WorkspaceRole
from tallystick.platform.people import LastAdmin, remove_member
from tallystick.platform.roster import MemberRow, member_rows
from tallystick.web.access import console, current_viewer
from tallystick.web.console.settings.people_list import PeopleList
from tallystick.web.console.settings.sections import SETTINGS_FRAME, show_settings
from tallystick.web.listing.serving import answer_list

ROLES = [
    (WorkspaceRole.ADMIN.value, gettext_lazy("Admin: everything, people and settings too")),
    (WorkspaceRole.PARTNER_MANAGER.value, gettext_lazy("Partner manager: decides registrations, looks after partners")),
    (WorkspaceRole.AE.value, gettext_lazy("Account executive: sees deals, credit and partners")),
    (WorkspaceRole.REVOPS.value, gettext_lazy("RevOps: attribution, plans and imports")),
    (WorkspaceRole.FINANCE.value, gettext_lazy("Finance: commissions, statements and imports")),
    (WorkspaceRole.EXECUTIVE.value, gettext_lazy("Executive: sees everything, changes nothing")),
]


class InviteForm(forms.Form):
    """Asks whom to invite, and to do what."""

    email = forms.EmailField(
        label=gettext_lazy("E-mail address"),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={
            "required": gettext_lazy("Enter an address."),
            "invalid": gettext_lazy("Enter an address such as anna@example.com."),
        },
    )
    name = forms.CharField(label=gettext_lazy("Name"), required=False, max_length=120)
    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=ROLES, initial=WorkspaceRole.PARTNER_MANAGER.value)


class RemovalForm(forms.Form):
    """Asks why somebody is removed."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=300,
        help_text=gettext_lazy("Kept with the entry in the activity stream."),
        error_messages={"required": gettext_lazy("Say in a few words why.")},
    )


@console(Permission.MANAGE_PEOPLE)
@require_safe
def people(request: HttpRequest) -> HttpResponseBase:
    """List the people."""
    return _show(request, InviteForm())


@console(Permission.MANAGE_PEOPLE)
@require_POST
def invite_member(request: HttpRequest) -> HttpResponseBase:
    """Invite somebody by mail."""
    form = InviteForm(request.POST)
    if form.is_valid():
        asked = form.cleaned_data
        try:
            invite_person(
                current_viewer(request).actor(),
                email=asked["email"],
                name=asked["name"],
                role=WorkspaceRole(asked["role"]),
                at=now(),
            )
        except AlreadyMember:
            form.add_error("email", _("%(email)s is a member already.") % {"email": asked["email"]})
        else:
            messages.success(request, _("Invited %(email)s. The link is good for 14 days.") % {"email": asked["email"]})
            return redirect("console:people")
    return _show(request, form)


@console(Permission.MANAGE_PEOPLE)
@require_http_methods(["GET", "HEAD", "POST"])
def remove_from_workspace(request: HttpRequest, membership_id: int) -> HttpResponse:
    """Say what somebody leaves behind, and remove them."""
    viewer = current_viewer(request)
    row = next((row for row in member_rows() if row.membership_id == membership_id), None)
    if row is None:
        raise Http404
    form = RemovalForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        try:
            _or_404(lambda: remove_member(viewer.actor(), membership_id=membership_id, reason=reason))
        except LastAdmin as problem:
            form.add_error("reason", str(problem))
        else:
            messages.success(request, _("%(name)s is out. You can invite them again.") % {"name": row.name})
            return redirect("start" if row.person_id == viewer.person.pk else "console:people")
    context = {"row": row, "form": form, **_left_behind(row)}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return show_settings(request, "console/settings/people_remove.html", context, status=status)


@console(Permission.MANAGE_PEOPLE)
@require_POST
def renew_member_invitation(request: HttpRequest, membership_id: int) -> HttpResponse:
    """Send an invitation again."""
    actor = current_viewer(request).actor()
    renewed = _or_404(lambda: renew_invitation(actor, membership_id=membership_id, at=now()))
    messages.success(request, _("Sent %(email)s a new link.") % {"email": renewed.person.email})
    return redirect("console:people")


@console(Permission.MANAGE_PEOPLE)
@require_POST
def withdraw_member_invitation(request: HttpRequest, membership_id: int) -> HttpResponse:
    """Take an invitation back."""
    actor = current_viewer(request).actor()
    _or_404(lambda: withdraw_invitation(actor, membership_id=membership_id))
    messages.success(request, _("The invitation was withdrawn; its link no longer works."))
    return redirect("console:people")


def _show(request: HttpRequest, form: InviteForm) -> HttpResponseBase:
    listed = PeopleList(current_viewer(request), request.GET)
    context = {"form": form, "mail_is_set_up": mail_is_set_up()}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return answer_list(request, SETTINGS_FRAME, listed, "console/settings/people.html", context, status=status)


def _left_behind(row: MemberRow) -> dict[str, int]:
    """Return what names somebody and stays: partners they look after, and open deals the CRM calls theirs."""
    own = Opportunity.objects.filter(owner_name=row.name, status=OpportunityStatus.OPEN)
    return {"partners": Partner.objects.filter(manager_id=row.person_id).count(), "deals": own.count()}


def _or_404(command: Callable[[], Any]) -> Any:
    try:
        return command()
    except Membership.DoesNotExist as missing:
        raise Http404 from missing
