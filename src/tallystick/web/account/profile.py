"""Who one is: name, language, time zone, theme and keyboard."""

from __future__ import annotations

from functools import lru_cache
from http import HTTPStatus
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from tallystick.partners.own_account import Preferences, change_preferences
from tallystick.platform.clock import now
from tallystick.platform.languages import offered_languages
from tallystick.platform.models import Person, Theme
from tallystick.web.access import current_viewer, member
from tallystick.web.account.pages import person_of, show_account

_ONE_YEAR = 365 * 24 * 60 * 60
_CONTINENTS = frozenset(
    {"Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"}
)


class ProfileForm(forms.Form):
    """Asks for what is one's own to say, whatever workspace one is in."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=120,
        help_text=gettext_lazy("As colleagues and partners read it."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": gettext_lazy("Enter your name.")},
    )
    language = forms.ChoiceField(label=gettext_lazy("Language"), required=False)
    time_zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        required=False,
        help_text=gettext_lazy("Times are told in it, with its name. Days that bind stay those of the workspace."),
    )
    theme = forms.ChoiceField(
        label=gettext_lazy("Appearance"),
        required=False,
        choices=[
            ("", gettext_lazy("As the device")),
            (Theme.LIGHT.value, gettext_lazy("Light")),
            (Theme.DARK.value, gettext_lazy("Dark")),
        ],
        widget=forms.RadioSelect,
    )
    single_keys = forms.BooleanField(
        label=gettext_lazy("Single letters are shortcuts, such as g d for deals"), required=False
    )

    def __init__(self, *args: Any, workspace_zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        languages = [("", _("As the browser wishes")), *offered_languages()]
        zones = [("", _("That of the workspace (%(zone)s)") % {"zone": workspace_zone}), *_zones()]
        self.fields["language"].choices = languages  # type: ignore[attr-defined]
        self.fields["time_zone"].choices = zones  # type: ignore[attr-defined]


@member
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """Show the profile, and keep what is changed."""
    person, viewer = person_of(request), current_viewer(request)
    form = ProfileForm(request.POST or None, initial=_said(person), workspace_zone=viewer.workspace.time_zone)
    if request.method == "POST" and form.is_valid():
        wanted = Preferences(**form.cleaned_data)
        change_preferences(person=person, preferences=wanted, at=now())
        messages.success(request, _("Your account was saved."))
        response = redirect("account:profile")
        if wanted.theme:
            response.set_cookie("theme", wanted.theme, max_age=_ONE_YEAR, samesite="Lax")
        else:
            response.delete_cookie("theme")
        return response
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    context = {"form": form, "person": person, "has_keys": viewer.partner is None}
    return show_account(request, "account/profile.html", context, status=status)


def _said(person: Person) -> dict[str, Any]:
    return {name: getattr(person, name) for name in ("name", "language", "time_zone", "theme", "single_keys")}


@lru_cache(maxsize=1)
def _zones() -> tuple[tuple[str, str], ...]:
    """Return the zones people live in, by continent, without the historical names."""
    places = (zone for zone in sorted(available_timezones()) if zone.split("/")[0] in _CONTINENTS)
    return (("UTC", "UTC"), *((zone, zone.replace("_", " ")) for zone in places))
