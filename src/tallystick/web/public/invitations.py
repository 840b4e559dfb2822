"""The page an invitation's link leads to: who invites to what, and one button."""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tallystick.partners.invitations import accept_invitation, read_invitation
from tallystick.platform.clock import now
from tallystick.platform.invitations import InvitationInvalid
from tallystick.web.access import open_to_everyone
from tallystick.web.public.adapter import Proof, sign_in
from tallystick.web.session import enter_place


@open_to_everyone
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation_page(request: HttpRequest, token: str) -> HttpResponse:
    """Show the invitation; its button accepts it and signs the person in, as the mail proved who they are."""
    try:
        if request.method != "POST":
            invitation = read_invitation(token, at=now())
            return render(request, "public/invitation.html", {"invitation": invitation})
        invitation = accept_invitation(token, at=now())
    except InvitationInvalid:
        return render(request, "public/invitation_invalid.html", status=HTTPStatus.GONE)
    response = sign_in(request, person=invitation.person, proof=Proof.INVITATION)
    if request.user.is_authenticated:
        enter_place(request, invitation.place)
    return response
