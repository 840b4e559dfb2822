"""Registering from a link in a mail, without signing in: the same form, the same receipt, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Concatenate, ParamSpec
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tallystick.deals.models import DealRegistration
from tallystick.partners.register_links import (
    LinkHolder,
    RegisterLinkInvalid,
    come_in,
    holder_of,
    read_register_link,
)
from tallystick.partners.terms import TermsChanged, current_terms
from tallystick.platform.clock import now
from tallystick.platform.tenancy import scope
from tallystick.web.access import open_to_everyone
from tallystick.web.drafts import REGISTRATION, answer_draft
from tallystick.web.portal.keepsakes import calendar_file
from tallystick.web.portal.pages import partner_id_of
from tallystick.web.portal.register import Desk, answer_check, answer_form, answer_receipt
from tallystick.web.public.limits import limited

More = ParamSpec("More")
View = Callable[Concatenate[HttpRequest, str, LinkHolder, More], HttpResponse]


def _with_holder(view: View[More]) -> Callable[..., HttpResponse]:
    """Run a view in the partner's scope for whom the link stands."""

    def opened(request: HttpRequest, token: str, *args: More.args, **kwargs: More.kwargs) -> HttpResponse:
        try:
            link = read_register_link(token, at=now())
            with scope(workspace_id=link.workspace_id, partner_id=link.partner_id, person_id=link.person_id):
                holder = holder_of(link, at=now())
                zone = holder.viewer.person.time_zone or holder.viewer.workspace.time_zone
                with timezone.override(ZoneInfo(zone)):
                    return view(request, token, holder, *args, **kwargs)
        except RegisterLinkInvalid:
            return render(request, "portal/register/link_invalid.html", status=HTTPStatus.GONE)

    return opened


@open_to_everyone
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@limited("register", methods=("GET", "POST"))
@_with_holder
def register_by_link(request: HttpRequest, token: str, holder: LinkHolder) -> HttpResponse:
    """Show the form and take the claim; registering accepts the invitation and the terms, as the page says."""
    desk = _desk(token, holder)
    version = request.POST.get("terms", "")
    enter = partial(come_in, holder, terms_version=int(version) if version.isdecimal() else 0)
    try:
        return answer_form(request, desk, before=lambda at: enter(at=at))
    except TermsChanged:
        return redirect("register_link", token)


@open_to_everyone
@never_cache
@require_POST
@_with_holder
def check_by_link(request: HttpRequest, token: str, holder: LinkHolder) -> HttpResponse:  # noqa: ARG001
    """Answer a claim that is being typed."""
    return answer_check(request, holder.viewer)


@open_to_everyone
@never_cache
@require_POST
@_with_holder
def draft_by_link(request: HttpRequest, token: str, holder: LinkHolder) -> HttpResponse:
    """Keep what is being typed, or throw it away; the same link, or the portal, brings it back."""
    return answer_draft(
        request, REGISTRATION, holder.viewer, form_url=reverse("register_link", args=[token]), has_list=False
    )


@open_to_everyone
@never_cache
@require_safe
@_with_holder
def receipt_by_link(request: HttpRequest, token: str, holder: LinkHolder, reference: str) -> HttpResponse:
    """Show the receipt of what this person registered, never a colleague's."""
    return answer_receipt(request, _desk(token, holder), _own_registration(holder, reference))


@open_to_everyone
@never_cache
@require_safe
@_with_holder
def calendar_by_link(request: HttpRequest, token: str, holder: LinkHolder, reference: str) -> HttpResponse:  # noqa: ARG001
    """Give the moment by which the answer is due as a calendar file."""
    return calendar_file(_own_registration(holder, reference))


def _desk(token: str, holder: LinkHolder) -> Desk:
    viewer = holder.viewer
    return Desk(
        viewer=viewer,
        check_url=reverse("register_link_check", args=[token]),
        draft_url=reverse("register_link_draft", args=[token]),
        receipt_name="register_link_receipt",
        receipt_arguments=(token,),
        base="ui/plain.html",
        context={
            "holder": holder,
            "terms": current_terms() if viewer.owes_terms else None,
            "organisation": viewer.workspace.name,
            "form_url": reverse("register_link", args=[token]),
        },
    )


def _own_registration(holder: LinkHolder, reference: str) -> DealRegistration:
    made = DealRegistration.objects.filter(
        partner_id=partner_id_of(holder.viewer), reference=reference, submitted_by=holder.viewer.person
    ).first()
    if made is None:
        raise Http404
    return made
