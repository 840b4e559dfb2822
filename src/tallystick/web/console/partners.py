"""One partner's page: eight tabs, of which the address names one, and the invitations of its people."""

from __future__ import annotations

from datetime import date
from http import HTTPStatus
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from tallystick.partners.invitations import (
    invite_partner_person,
    remove_partner_person,
    renew_partner_invitation,
    withdraw_partner_invitation,
)
from tallystick.partners.models import Lifecycle, Partner, PartnerMembership, PartnerRole
from tallystick.platform.access import Permission, Viewer
from tallystick.platform.clock import now, today
from tallystick.platform.invitations import AlreadyMember
from tallystick.web.access import console, current_viewer
from tallystick.web.console.pages import show_page
from tallystick.web.console.partner_forms import (
    CertificateForm,
    InviteForm,
    NoteForm,
    RemovalForm,
    TerritoryForm,
    TouchForm,
    UploadForm,
)
from tallystick.web.console.partner_tabs import TABS, tab_context
from tallystick.web.console.words import Tag, day_near
from tallystick.web.ui.components import Link

_LIFECYCLE_TONES: Final = {
    Lifecycle.ACTIVE: "good",
    Lifecycle.ONBOARDING: "accent",
    Lifecycle.DORMANT: "warn",
    Lifecycle.DECLINED: "bad",
}


@console(Permission.SEE_PARTNERS)
@require_safe
def partner(request: HttpRequest, partner_id: int) -> HttpResponse:
    """Show one partner."""
    return show_partner(request, find_partner(partner_id))


@console(Permission.MANAGE_PARTNERS)
@require_POST
def invite(request: HttpRequest, partner_id: int) -> HttpResponse:
    """Invite someone of the partner to its portal by mail."""
    invited_to, form = find_partner(partner_id), InviteForm(request.POST)
    if form.is_valid():
        try:
            invite_partner_person(
                current_viewer(request).actor(),
                partner=invited_to,
                email=form.cleaned_data["email"],
                name=form.cleaned_data["name"],
                role=PartnerRole(form.cleaned_data["role"]),
                at=now(),
            )
        except AlreadyMember as problem:
            form.add_error("email", str(problem))
        else:
            words = _("Invited %(email)s to %(partner)s.")
            messages.success(request, words % {"email": form.cleaned_data["email"], "partner": invited_to.name})
            return to_tab(partner_id, "people")
    return show_partner(request, invited_to, tab="people", refused={"invite_form": form})


@console(Permission.MANAGE_PARTNERS)
@require_POST
def renew(request: HttpRequest, partner_id: int, membership_id: int) -> HttpResponse:
    """Send a pending invitation again."""
    membership = _membership(partner_id, membership_id)
    try:
        renew_partner_invitation(current_viewer(request).actor(), membership_id=membership_id, at=now())
    except PartnerMembership.DoesNotExist as missing:
        raise Http404 from missing
    messages.success(request, _("Sent the invitation to %(email)s again.") % {"email": membership.person.email})
    return to_tab(partner_id, "people")


@console(Permission.MANAGE_PARTNERS)
@require_POST
def take_away(request: HttpRequest, partner_id: int, membership_id: int) -> HttpResponse:
    """Withdraw a pending invitation, or take a person away from the partner with a reason."""
    membership, actor = _membership(partner_id, membership_id), current_viewer(request).actor()
    who = {"email": membership.person.email}
    if membership.accepted_at is None:
        withdraw_partner_invitation(actor, membership_id=membership_id)
        messages.success(request, _("Withdrew the invitation of %(email)s.") % who)
        return to_tab(partner_id, "people")
    form = RemovalForm(request.POST)
    if not form.is_valid():
        refused = {"removal_form": form, "removal_of": membership_id}
        return show_partner(request, find_partner(partner_id), tab="people", refused=refused)
    remove_partner_person(actor, membership_id=membership_id, reason=form.cleaned_data["reason"])
    messages.success(request, _("Removed %(email)s; invite them again to bring them back.") % who)
    return to_tab(partner_id, "people")


def find_partner(partner_id: int) -> Partner:
    """Return a partner of the workspace, or answer 404."""
    found = Partner.objects.select_related("manager").filter(pk=partner_id).first()
    if found is None:
        raise Http404
    return found


def show_partner(
    request: HttpRequest, shown: Partner, *, tab: str = "", refused: dict[str, Any] | None = None
) -> HttpResponse:
    """Answer with a partner's page at a tab; with 422 where a form of it was refused."""
    viewer = current_viewer(request)
    on = today(viewer.workspace.time_zone)
    tabs = _tabs(viewer)
    asked = tab or request.GET.get("tab", "")
    open_tab = asked if asked in tabs else "summary"
    forms_: dict[str, forms.Form | int] = {
        "invite_form": InviteForm(),
        "territory_form": TerritoryForm(),
        "certificate_form": CertificateForm(),
        "note_form": NoteForm(),
        "upload_form": UploadForm(),
        "removal_form": RemovalForm(),
        "touch_form": TouchForm.on(on),
        "removal_of": 0,
    }
    context = {
        "partner": shown,
        "tab": open_tab,
        "tab_template": f"console/partners/{open_tab}.html",
        "tabs": [
            Link(label=str(label), url="?" if name == "summary" else f"?tab={name}", current=name == open_tab)
            for name, label in tabs.items()
        ],
        "lead": _lead(shown, on),
        "lifecycle": Tag(shown.get_lifecycle_display(), _LIFECYCLE_TONES.get(Lifecycle(shown.lifecycle), "")),
        "currency": viewer.workspace.currency,
        "may_manage": viewer.may(Permission.MANAGE_PARTNERS),
        "may_log": viewer.may(Permission.MANAGE_ATTRIBUTION),
        "may_view_as": viewer.may(Permission.VIEW_AS_PARTNER),
        **tab_context(open_tab, shown, viewer, on=on, parameters=request.GET),
        **forms_,
        **(refused or {}),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if refused else HTTPStatus.OK
    return show_page(request, "console/partners/partner.html", context, status=status)


def to_tab(partner_id: int, tab: str, **parameters: int) -> HttpResponse:
    """Lead back to a tab of a partner's page."""
    more = "".join(f"&{name}={value}" for name, value in parameters.items())
    return redirect(f"{reverse('console:partner', args=[partner_id])}?tab={tab}{more}")


def _tabs(viewer: Viewer) -> dict[str, Any]:
    """Return the tabs a role sees: money is for those who may see commissions."""
    hidden = set() if viewer.may(Permission.SEE_COMMISSIONS) else {"money"}
    return {name: label for name, label in TABS.items() if name not in hidden}


def _membership(partner_id: int, membership_id: int) -> PartnerMembership:
    memberships = PartnerMembership.objects.select_related("person").filter(partner_id=partner_id)
    found = memberships.filter(pk=membership_id).first()
    if found is None:
        raise Http404
    return found


def _lead(shown: Partner, on: date) -> str:
    parts = [
        shown.get_type_display(),
        shown.region,
        _("%(tier)s tier") % {"tier": shown.get_tier_display()} if shown.tier else "",
        _("with us since %(day)s") % {"day": day_near(shown.joined_on, on)} if shown.joined_on else "",
        _("managed by %(name)s") % {"name": shown.manager} if shown.manager else "",
    ]
    return " · ".join(part for part in parts if part)
