"""Other ways in than a mail: a password, a passkey; and the second step after a first one."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import perform_password_login
from allauth.account.models import Login
from allauth.account.utils import get_next_redirect_url
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import LoginWebAuthnForm
from allauth.mfa.webauthn.internal import auth as passkeys
from allauth.mfa.webauthn.internal.flows import perform_passwordless_login
from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from tallystick.web.access import open_to_everyone
from tallystick.web.public.limits import limited, too_many
from tallystick.web.public.sign_in import WRONG_ADDRESS

FIVE_MINUTES = 5 * 60
"""For how long an address is closed after five wrong passwords or codes."""


class PasswordForm(forms.Form):
    """Asks for address and password."""

    email = forms.EmailField(
        label=_("E-mail address"),
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
        error_messages={"required": _("Enter your e-mail address."), "invalid": WRONG_ADDRESS},
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=128,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": _("Enter your password.")},
    )


class SecondStepForm(AuthenticateForm):  # type: ignore[misc]
    """Asks for a code of the authenticator app, or one of the recovery codes."""

    code = forms.CharField(
        label=_("Code"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}),
        error_messages={"required": _("Enter the code.")},
    )


@open_to_everyone
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@limited("password")
def password_page(request: HttpRequest) -> HttpResponse:
    """Sign in with a password; a wrong one and an unknown address are answered alike, after the same time."""
    form = PasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        adapter = get_adapter(request)
        credentials = {"email": form.cleaned_data["email"], "password": form.cleaned_data["password"]}
        try:
            person = adapter.authenticate(request, **credentials)
        except ValidationError:
            return too_many(request, seconds=FIVE_MINUTES)
        if person is not None:
            login = Login(user=person, email=person.email, redirect_url=get_next_redirect_url(request))
            response: HttpResponse = perform_password_login(request, {"email": person.email}, login)
            return response
        form.add_error("password", adapter.validation_error("email_password_mismatch"))
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    next_path = get_next_redirect_url(request) or ""
    return render(request, "public/password.html", {"form": form, "next_path": next_path}, status=status)


@open_to_everyone
@never_cache
@require_http_methods(["GET", "POST"])
@limited("passkey", methods=("GET", "POST"))
def passkey_sign_in(request: HttpRequest) -> HttpResponse:
    """Give a script what the browser needs to ask for a passkey, then take the answer."""
    if request.method == "GET":
        return JsonResponse(passkeys.begin_authentication(user=None))
    form = LoginWebAuthnForm(data=request.POST)
    if form.is_valid():
        passkey: Authenticator = form.cleaned_data["credential"]
        login = Login(user=passkey.user, redirect_url=get_next_redirect_url(request))
        response: HttpResponse = perform_passwordless_login(request, passkey, login)
        return response
    return render(request, "public/passkey_unknown.html", status=HTTPStatus.UNPROCESSABLE_ENTITY)


class SecondStepView(AuthenticateView):  # type: ignore[misc]
    """Takes the second step, by code or by passkey."""

    template_name = "public/second_step.html"
    form_class = SecondStepForm

    def form_invalid(self, form: forms.Form) -> HttpResponse:
        """Show what is wrong, or when to try again."""
        if any(
            error.code == "too_many_login_attempts" for errors in form.errors.as_data().values() for error in errors
        ):
            return too_many(self.request, seconds=FIVE_MINUTES)
        response: HttpResponse = super().form_invalid(form)
        response.status_code = HTTPStatus.UNPROCESSABLE_ENTITY
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add whether the person has a passkey to answer with."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        options = context.get("js_data", {}).get("request_options")
        own = Authenticator.objects.filter(user=self.stage.login.user, type=Authenticator.Type.WEBAUTHN)
        return {**context, "has_passkey": own.exists(), "options": json.dumps(options)}


second_step_page = open_to_everyone(limited("code")(SecondStepView.as_view()))
