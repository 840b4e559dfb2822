"""Signing in and out: the address, then the code from the mail or the link in it.

Opening a link never signs anybody in: mail scanners open links too. Each lands on a page with one button. Passwords,
passkeys and the second step are in `other_ways`.
"""

from __future__ import annotations

from http import HTTPStatus

from allauth.account.adapter import get_adapter
from allauth.account.forms import ConfirmLoginCodeForm, RequestLoginCodeForm
from allauth.account.views import ConfirmLoginCodeView, RequestLoginCodeView
from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from tallystick.partners.places import places_of
from tallystick.partners.sign_in_links import LinkInvalid, SignInLink, read_sign_in_link, use_sign_in_link
from tallystick.platform.clock import now
from tallystick.platform.models import Person
from tallystick.web.access import open_to_everyone
from tallystick.web.public.adapter import Proof, sign_in
from tallystick.web.public.limits import limited, refusal
from tallystick.web.public.passkeys import passkeys_work_here
from tallystick.web.session import enter_place

WRONG_ADDRESS = _("Enter an address such as anna@example.com.")


class AddressForm(RequestLoginCodeForm):  # type: ignore[misc]
    """Asks for the e-mail address."""

    email = forms.EmailField(
        label=_("E-mail address"),
        widget=forms.EmailInput(attrs={"autocomplete": "email", "autofocus": True}),
        error_messages={"required": _("Enter your e-mail address."), "invalid": WRONG_ADDRESS},
    )


class CodeForm(ConfirmLoginCodeForm):  # type: ignore[misc]
    """Asks for the code from the mail; case and hyphen do not matter."""

    code = forms.CharField(
        label=_("Code"),
        max_length=20,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "characters", "autofocus": True}
        ),
        error_messages={"required": _("Enter the code from the mail.")},
    )


class SignInView(RequestLoginCodeView):  # type: ignore[misc]
    """Takes an address and sends it a mail with a code and a link, or the mail that says there is no account."""

    template_name = "public/sign_in.html"
    form_class = AddressForm

    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        """Count what is asked for, whoever it belongs to, before anything is looked up."""
        refused = refusal(request, "ask", key=request.POST.get("email", "").strip().lower())
        return refused or super().post(request, *args, **kwargs)

    def get_context_data(self, **kwargs: object) -> dict[str, object]:
        """Add whether passkeys can be used at this address."""
        return {**super().get_context_data(**kwargs), "passkeys": passkeys_work_here(self.request)}

    def form_invalid(self, form: forms.Form) -> HttpResponse:
        """Show what is wrong under the field; 422 keeps the page in place for htmx as well."""
        context = self.get_context_data(form=form)
        response: HttpResponse = self.render_to_response(context, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        return response


class CodeView(ConfirmLoginCodeView):  # type: ignore[misc]
    """Takes the code, three times at most; another one is asked for by beginning anew.

    allauth's own way to send another code mails nothing to an unknown address, which its time would tell.
    """

    template_name = "public/code.html"
    form_class = CodeForm

    def form_invalid(self, form: forms.Form) -> HttpResponse:
        """Count the attempt, and show what is wrong or begin anew."""
        response: HttpResponse = super().form_invalid(form)
        if response.status_code == HTTPStatus.OK:
            response.status_code = HTTPStatus.UNPROCESSABLE_ENTITY
        return response


sign_in_page = open_to_everyone(SignInView.as_view())
code_page = open_to_everyone(limited("code")(CodeView.as_view()))


@open_to_everyone
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@limited("link", methods=("GET", "POST"))
def link_page(request: HttpRequest, token: str) -> HttpResponse:
    """Show whom the link signs in; its button does so."""
    try:
        if request.method != "POST":
            _link, person = read_sign_in_link(token, at=now())
            return render(request, "public/link.html", {"person": person})
        link, person = use_sign_in_link(token, at=now())
    except LinkInvalid:
        return render(request, "public/link_invalid.html", status=HTTPStatus.GONE)
    response = sign_in(request, person=person, proof=Proof.LINK, next_path=link.next_path)
    _begin_where_the_link_says(request, link, person)
    return response


@open_to_everyone
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    get_adapter().logout(request)
    return redirect("account_login")


def _begin_where_the_link_says(request: HttpRequest, link: SignInLink, person: Person) -> None:
    if not request.user.is_authenticated or link.workspace_id is None:
        return
    place = next((place for place in places_of(person) if place.workspace_id == link.workspace_id), None)
    if place is not None:
        enter_place(request, place)
