"""What is kept about the viewer here, and the way to ask for a copy of it or for its removal."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods

from tallystick.flows.privacy import ask_about_own_data
from tallystick.platform.access import Permission
from tallystick.platform.clock import now
from tallystick.platform.models import PrivacyRequest, PrivacyWish
from tallystick.web.access import current_viewer, portal
from tallystick.web.portal.pages import partner_id_of, show_page
from tallystick.web.ui import formats

_SHOWN: Final = 20


class WishForm(forms.Form):
    """Asks what somebody wants of their data."""

    wish = forms.ChoiceField(
        label=_lazy("What I ask for"),
        choices=[(PrivacyWish.EXPORT, _lazy("A copy of my data")), (PrivacyWish.ERASE, _lazy("Remove my data"))],
        widget=forms.RadioSelect,
        error_messages={"required": _lazy("Choose one."), "invalid_choice": _lazy("Choose one.")},
    )
    note = forms.CharField(
        label=_lazy("Note"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )


@portal(Permission.SEE_OWN_PORTAL)
@require_http_methods(["GET", "HEAD", "POST"])
def own_data(request: HttpRequest) -> HttpResponse:
    """Show what is kept about the viewer and what they asked before, and take a request."""
    viewer = current_viewer(request)
    form = WishForm(request.POST if request.method == "POST" and not viewer.is_viewing_as_partner else None)
    if form.is_bound and form.is_valid():
        ask_about_own_data(
            viewer.actor(),
            person=viewer.person,
            partner_id=partner_id_of(viewer),
            wish=PrivacyWish(form.cleaned_data["wish"]),
            note=form.cleaned_data["note"],
            at=now(),
        )
        messages.success(request, _("Your request is with %(vendor)s.") % {"vendor": viewer.workspace.name})
        return redirect("portal:own_data")
    asked = PrivacyRequest.objects.filter(person=viewer.person).order_by("-asked_at", "-pk")[:_SHOWN]
    context = {
        "form": form,
        "may_ask": not viewer.is_viewing_as_partner,
        "asked": [
            {
                "wish": _("A copy of my data") if row.wish == PrivacyWish.EXPORT else _("Remove my data"),
                "when": formats.moment(row.asked_at),
                "answered": formats.moment(row.answered_at) if row.answered_at else "",
            }
            for row in asked
        ],
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return show_page(request, "portal/own_data.html", context, status=status)
