"""How allauth signs people in here: by a code or a link in one mail, never by registering."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import get_next_redirect_url, perform_login
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tallystick.partners.sign_in_links import sign_in_link
from tallystick.platform.clock import now
from tallystick.platform.mail import written_mail
from tallystick.platform.models import Person
from tallystick.web.account.confirmed import is_confirmed
from tallystick.web.public.new_browsers import greet_browser
from tallystick.web.session import begin_session


class Proof(StrEnum):
    """What else than a code, a password or a passkey showed who somebody is; kept with the session."""

    LINK = "link"
    INVITATION = "invitation"


_ONE_YEAR = 365 * 24 * 60 * 60


class SignInAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Writes the mails, keeps the answer to a known and an unknown address the same, and looks at new browsers."""

    error_messages = {  # noqa: RUF012 - the name and form are allauth's
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _("That address and password do not go together."),
        "incorrect_code": _("That is not the code. Look for the newest mail from us."),
        "too_many_login_attempts": _("Too many attempts. Try again in five minutes."),
        "rate_limited": _("Too many attempts. Try again in a minute."),
    }

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send one of allauth's mails; the one with the code also gets a link that signs in from any device.

        An unknown address gets a mail as well, so that neither the page nor its time tells who has an account.
        """
        request: HttpRequest = context["request"]
        person = Person.objects.filter(email=email.lower(), is_active=True).first()
        link = "" if person is None else sign_in_link(person, at=now(), next_path=get_next_redirect_url(request) or "")
        sign_in_url = settings.BASE_URL + reverse("account_login")
        filled = {**context, "email": email, "link": link, "sign_in_url": sign_in_url}
        written_mail(template=template_prefix, to=email, context=filled).send()

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 - allauth's signature
        """Refuse: people come by invitation."""
        return False

    def get_login_stages(self) -> list[str]:
        """Ask for the second step by our own rule; see `SecondStep`."""
        own = {"allauth.mfa.stages.AuthenticateStage": "tallystick.web.public.second_step.SecondStep"}
        return [own.get(stage, stage) for stage in super().get_login_stages()]

    def post_login(self, request: HttpRequest, user: Person, **details: Any) -> HttpResponse:
        """Begin the session: where the person may work, and whether the browser is new to them."""
        response: HttpResponse = super().post_login(request, user, **details)
        begin_session(request, user)
        greet_browser(request, response, user, at=now())
        if user.theme:
            response.set_cookie("theme", user.theme, max_age=_ONE_YEAR, samesite="Lax")
        return response

    def respond_user_inactive(self, request: HttpRequest, user: Person) -> HttpResponse:  # noqa: ARG002
        """Answer for an account that is switched off as if nobody had tried."""
        return redirect("account_login")

    def is_reauthentication_required(self, *, app: str, **details: Any) -> bool:  # noqa: ARG002 - allauth's signature
        """Require what our own pages require before allauth changes anything; see `account.confirmed`."""
        return not is_confirmed(self.request)

    def get_reauthentication_methods(self, user: Person) -> list[dict[str, Any]]:  # noqa: ARG002
        """Lead to our own page that asks for a proof; it knows all ways."""
        return [{"id": "confirm", "description": "", "url": reverse("account:confirm")}]

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Say nothing in toasts but errors; the pages themselves tell what happened."""
        if kwargs.get("message"):
            super().add_message(*args, **kwargs)


def sign_in(request: HttpRequest, *, person: Person, proof: Proof = Proof.LINK, next_path: str = "") -> HttpResponse:
    """Sign a person in whom a link has proved, by allauth's stages, and answer with where to go.

    The session gets a new id; somebody else who was signed in is signed out.
    """
    if request.user.is_authenticated and request.user.pk != person.pk:
        request.session.flush()
    record_authentication(request, person, method=proof.value)
    response: HttpResponse = perform_login(request, person, email=person.email, redirect_url=next_path or None)
    return response
