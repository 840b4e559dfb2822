"""The page an invitation's link leads to: who invites to what, and one button."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tallystick.partners.invitations import Invitation, accept_invitation, read_invitation
from tallystick.partners.places import places_of
from tallystick.platform.clock import now
from tallystick.platform.invitations import InvitationInvalid
from tallystick.web.access import open_to_everyone
from tallystick.web.logos import brand_shell
from tallystick.web.public.adapter import Proof, sign_in
from tallystick.web.public.limits import limited
from tallystick.web.session import enter_place, remember_places


@open_to_everyone
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@limited("invitation", methods=("GET", "POST"))
def invitation_page(request: HttpRequest, token: str) -> HttpResponse:
    """Show the invitation; its button accepts it and signs the person in, as the mail proved who they are."""
    try:
        invitation = read_invitation(token, at=now())
        if _must_sign_in(request, invitation):
            return redirect(f"{reverse('account_login')}?{urlencode({'next': request.path})}")
        if request.method != "POST":
            context = {"invitation": invitation, "shell": brand_shell(invitation.place.workspace_id)}
            return render(request, "public/invitation.html", context)
        invitation = accept_invitation(token, at=now())
    except InvitationInvalid as problem:
        return render(request, "public/invitation_invalid.html", {"problem": problem}, status=HTTPStatus.GONE)
    if request.user.pk == invitation.person.pk:
        response: HttpResponse = redirect("start")
    else:
        response = sign_in(request, person=invitation.person, proof=Proof.INVITATION)
    if request.user.is_authenticated:
        remember_places(request, places_of(invitation.person))
        enter_place(request, invitation.place)
    return response


def _must_sign_in(request: HttpRequest, invitation: Invitation) -> bool:
    """Tell whether the link proves too little: handed over, for somebody who has another way in, and is not here."""
    if not invitation.by_hand or request.user.pk == invitation.person.pk:
        return False
    return invitation.person.last_login is not None or bool(places_of(invitation.person))
