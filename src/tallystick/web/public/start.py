"""Starting one's own workspace: from the demo, beside another one, or as the first of an empty server."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.dates import MONTHS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from tallystick.flows.workspaces import (
    NewWorkspace,
    NotEmpty,
    first_workspace_may_be_made,
    is_of_the_demo,
    make_first_workspace,
    may_start_workspace,
    start_workspace,
    start_workspace_for,
)
from tallystick.platform.actors import Actor, ActorKind
from tallystick.platform.clock import now
from tallystick.platform.models import Person, Workspace
from tallystick.web.access import open_to_everyone, signed_in
from tallystick.web.console.settings.workspace import currencies
from tallystick.web.public.adapter import sign_in
from tallystick.web.session import enter_place


class StartForm(forms.Form):
    """Asks the three things a workspace cannot begin without; all else has defaults."""

    name = forms.CharField(
        label=_lazy("Company"),
        max_length=120,
        error_messages={"required": _lazy("Enter your company's name.")},
        widget=forms.TextInput(attrs={"autocomplete": "organization", "autofocus": True}),
    )
    currency = forms.ChoiceField(
        label=_lazy("Reporting currency"),
        help_text=_lazy("Pipeline and earnings are summed up in it; deals may be in any."),
        error_messages={"required": _lazy("Choose the currency you report in.")},
    )
    fiscal_year_start = forms.TypedChoiceField(
        label=_lazy("Fiscal quarters begin in"), coerce=int, help_text=_lazy("Quarters on every page follow it.")
    )

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["currency"].choices = [("", _("Choose a currency")), *currencies()]  # type: ignore[attr-defined]
        self.fields["fiscal_year_start"].choices = [(first, _quarters(first)) for first in MONTHS]  # type: ignore[attr-defined]

    def new_workspace(self) -> NewWorkspace:
        """Return what was entered."""
        return NewWorkspace(
            name=self.cleaned_data["name"],
            currency=self.cleaned_data["currency"],
            fiscal_year_start=self.cleaned_data["fiscal_year_start"],
        )


class StartAsForm(StartForm):
    """Asks who begins, too: the demo's people are shared, and on an empty server there is nobody yet."""

    person_name = forms.CharField(
        label=_lazy("Your name"),
        max_length=120,
        error_messages={"required": _lazy("Enter your name.")},
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    email = forms.EmailField(
        label=_lazy("Your e-mail address"),
        error_messages={
            "required": _lazy("Enter your e-mail address."),
            "invalid": _lazy("Enter an address such as anna@example.com."),
        },
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


@signed_in
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def start_own(request: HttpRequest) -> HttpResponse:
    """Start a workspace of one's own and enter it; from the demo, for the address that is given."""
    person = request.user
    assert isinstance(person, Person)  # noqa: S101 - `signed_in` lets nobody else pass
    if not may_start_workspace(person):
        raise PermissionDenied(_("Only an admin may start another workspace here. Whoever runs this server can, too."))
    from_demo = is_of_the_demo(person)
    form = (StartAsForm if from_demo else StartForm)(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if isinstance(form, StartAsForm):
            return _invited(request, person, form)
        enter_place(request, start_workspace(person=person, new=form.new_workspace(), at=now()))
        return redirect("start")
    return _show(request, form, {"from_demo": from_demo})


@open_to_everyone
@never_cache
@require_safe
def empty_server(request: HttpRequest) -> HttpResponse:
    """Say how an empty server is set up; once there is a workspace, lead to the sign-in."""
    if Workspace.objects.exists():
        return redirect("account_login")
    return render(request, "public/empty_server.html")


@open_to_everyone
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def first_workspace(request: HttpRequest, token: str) -> HttpResponse:
    """Make the first workspace and its admin by the operator's link, and sign them in. It does so once."""
    if not first_workspace_may_be_made(token, at=now()):
        raise Http404
    form = StartAsForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            person, place = make_first_workspace(
                email=form.cleaned_data["email"],
                person_name=form.cleaned_data["person_name"],
                new=form.new_workspace(),
                at=now(),
            )
        except NotEmpty as made_meanwhile:
            raise Http404 from made_meanwhile
        response = sign_in(request, person=person)
        if request.user.is_authenticated:
            enter_place(request, place)
        return response
    return _show(request, form, {"is_first": True})


def _invited(request: HttpRequest, person: Person, form: StartAsForm) -> HttpResponse:
    workspace, address = start_workspace_for(
        Actor(kind=ActorKind.PERSON, label=str(person), person_id=person.pk),
        email=form.cleaned_data["email"],
        person_name=form.cleaned_data["person_name"],
        new=form.new_workspace(),
        at=now(),
    )
    context = {"workspace": workspace, "email": form.cleaned_data["email"], "address": address}
    return render(request, "public/started.html", context)


def _show(request: HttpRequest, form: forms.Form, context: dict[str, Any]) -> HttpResponse:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "public/start.html", {"form": form, **context}, status=status)


def _quarters(first: int) -> str:
    """Write the first months of the quarters of a year: "January, April, July, October"."""
    return ", ".join(str(MONTHS[(first - 1 + step) % len(MONTHS) + 1]) for step in (0, 3, 6, 9))
