"""Adding a partner and inviting its first person, with what that person will see beside the form."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

from django import forms
from django.conf import settings
from django.core.validators import MaxLengthValidator
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods, require_safe

from tallystick.flows.partners import add_partner
from tallystick.partners.invitations import invite_partner_person, partner_link_to_hand_over
from tallystick.partners.models import Partner, PartnerMembership, PartnerRole, PartnerType
from tallystick.platform.access import Permission
from tallystick.platform.clock import now, today
from tallystick.web.access import console, current_viewer
from tallystick.web.console.pages import show_page, show_part

TYPE_NOTES: Final[dict[PartnerType, Promise]] = {
    PartnerType.REFERRAL: _lazy("Sends you leads and earns on what they pay."),
    PartnerType.RESELLER: _lazy("Sells to its own customers; registers deals to be protected."),
    PartnerType.SYSTEM_INTEGRATOR: _lazy("Builds around your product and brings you into its projects."),
}


class NewPartnerForm(forms.Form):
    """Asks who the partner is, and whom to invite."""

    company = forms.CharField(
        label=_lazy("Partner"),
        max_length=120,
        help_text=_lazy("As your CRM names it: deals that mention it are then credited to it."),
        error_messages={"required": _lazy("Enter the partner's name.")},
    )
    type = forms.ChoiceField(label=_lazy("Type"), choices=PartnerType.choices)
    email = forms.EmailField(
        label=_lazy("E-mail address of their first person"),
        error_messages={
            "required": _lazy("Enter the address the invitation goes to."),
            "invalid": _lazy("Enter an address such as anna@example.com."),
        },
    )
    person_name = forms.CharField(
        label=_lazy("Their name"), max_length=120, required=False, validators=[MaxLengthValidator(120)]
    )


@console(Permission.MANAGE_PARTNERS)
@require_http_methods(["GET", "HEAD", "POST"])
def new_partner(request: HttpRequest) -> HttpResponse:
    """Add a partner and invite its first person; the address of the invitation is shown where no mail is set up."""
    form = NewPartnerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            partner, membership = _add_and_invite(request, form)
        except IntegrityError:
            form.add_error("company", _("There is a partner of this name already."))
        else:
            return show_page(request, "console/partners/invited.html", _invited(request, partner, membership))
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    context = {"form": form, **_preview(request, form["company"].value() or "", form["type"].value() or "")}
    return show_page(request, "console/partners/new.html", context, status=status)


@console(Permission.MANAGE_PARTNERS)
@require_safe
def new_partner_preview(request: HttpRequest) -> HttpResponse:
    """Show what the first person of a partner would see, while the form is filled in."""
    context = _preview(request, request.GET.get("company", ""), request.GET.get("type", ""))
    return show_part(request, "console/partners/preview.html", context)


@transaction.atomic
def _add_and_invite(request: HttpRequest, form: NewPartnerForm) -> tuple[Partner, PartnerMembership]:
    viewer, at = current_viewer(request), now()
    partner = add_partner(
        viewer.actor(),
        name=form.cleaned_data["company"],
        type=PartnerType(form.cleaned_data["type"]),
        on=today(viewer.workspace.time_zone),
        at=at,
    )
    membership = invite_partner_person(
        viewer.actor(),
        partner=partner,
        email=form.cleaned_data["email"],
        name=form.cleaned_data["person_name"],
        role=PartnerRole.ADMIN,
        at=at,
    )
    return partner, membership


def _invited(request: HttpRequest, partner: Partner, membership: PartnerMembership) -> dict[str, Any]:
    viewer = current_viewer(request)
    return {
        "partner": partner,
        "email": membership.person.email,
        "mail_is_set_up": settings.MAIL_IS_SET_UP,
        "address": "" if settings.MAIL_IS_SET_UP else partner_link_to_hand_over(viewer.actor(), membership),
    }


def _preview(request: HttpRequest, company: str, type_value: str) -> dict[str, Any]:
    viewer = current_viewer(request)
    known = type_value if type_value in PartnerType.values else PartnerType.values[0]
    return {
        "vendor": viewer.workspace.name,
        "inviter": viewer.label,
        "company": company.strip() or _("the partner"),
        "type_note": TYPE_NOTES.get(PartnerType(known), ""),
    }
