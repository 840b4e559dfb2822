"""How allauth signs people in here: by a code or a link in one mail, never by registering."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.utils import get_next_redirect_url, perform_login
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from tallystick.partners.sign_in_links import sign_in_link
from tallystick.platform.clock import now
from tallystick.platform.mail import written_mail
from tallystick.platform.models import Person


class SignInAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Writes the mails and keeps the answer to a known and an unknown address the same."""

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

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Say nothing in toasts but errors; the pages themselves tell what happened."""
        if kwargs.get("message"):
            super().add_message(*args, **kwargs)


def sign_in(request: HttpRequest, *, person: Person, next_path: str = "") -> HttpResponse:
    """Sign a person in whom a link has proved, by allauth's stages, and answer with where to go.

    The session gets a new id; somebody else who was signed in is signed out.
    """
    if request.user.is_authenticated and request.user.pk != person.pk:
        request.session.flush()
    response: HttpResponse = perform_login(request, person, email=person.email, redirect_url=next_path or None)
    return response
