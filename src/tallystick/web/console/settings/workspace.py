"""The workspace's own page: its name, the money and time it counts in, and its language."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from http import HTTPStatus
from typing import Any, Final
from zoneinfo import ZoneInfo, available_timezones

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.dates import MONTHS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods, require_safe

from tallystick.flows.workspaces import change_workspace, currency_is_locked
from tallystick.kernel.currencies import EXPONENTS
from tallystick.platform.access import Permission
from tallystick.platform.clock import now
from tallystick.platform.languages import offered_languages
from tallystick.platform.models import SetupDismissal, Workspace
from tallystick.platform.workspaces import CurrencyLocked, WorkspaceDetails
from tallystick.web.access import console, current_viewer
from tallystick.web.console.pages import show_part
from tallystick.web.console.settings.sections import show_settings
from tallystick.web.ui import formats

_AREAS: Final = ("Africa", "America", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")
_NOT_MONEY_OF_PEOPLE: Final = frozenset(["BOV", "CHE", "CHW", "CLF", "COU", "MXV", "USN", "UYI", "UYW", "XAD"])
_MONTHS_IN_A_QUARTER: Final = 3
_MONTHS_IN_A_YEAR: Final = 12


@cache
def time_zones() -> tuple[tuple[str, str], ...]:
    """Return the time zones that are offered: the name stored, and as it is read. Parts of a country have others."""
    names = sorted(name for name in available_timezones() if name.count("/") == 1 and name.split("/")[0] in _AREAS)
    return (("UTC", "UTC"), *((name, name.replace("_", " ")) for name in names))


def currencies() -> list[tuple[str, str]]:
    """Return the currencies a workspace can count in, with their names in the reader's language."""
    codes = sorted(EXPONENTS.keys() - _NOT_MONEY_OF_PEOPLE)
    return [(code, f"{code} · {formats.currency_name(code)}") for code in codes]


class WorkspaceForm(forms.Form):
    """Asks what the workspace says of itself; the currency is shown and not asked once facts stand in it."""

    name = forms.CharField(
        label=_lazy("Company"),
        max_length=120,
        help_text=_lazy("Partners read it in the portal, in mails and on statements."),
        error_messages={"required": _lazy("Enter the company's name.")},
    )
    currency = forms.ChoiceField(label=_lazy("Reporting currency"))
    time_zone = forms.ChoiceField(label=_lazy("Time zone"))
    fiscal_year_start = forms.TypedChoiceField(
        label=_lazy("Fiscal year begins in"), coerce=int, choices=[(number, name) for number, name in MONTHS.items()]
    )
    language = forms.ChoiceField(
        label=_lazy("Language"),
        required=False,
        help_text=_lazy("For people who have chosen none themselves, and for mails to people who never signed in."),
    )

    def __init__(self, *arguments: Any, currency_locked: bool = False, **named: Any) -> None:
        super().__init__(*arguments, **named)
        chosen = self.fields["currency"]
        chosen.choices = currencies()  # type: ignore[attr-defined]
        if currency_locked:
            chosen.disabled = True
            chosen.help_text = _(
                "Locked, because deals, invoices or plans stand in it: another currency would give them another worth. "
                "For another one, start another workspace."
            )
        present = str(self.initial.get("time_zone", "UTC"))
        further = () if present in dict(time_zones()) else ((present, present),)
        self.fields["time_zone"].choices = (*further, *time_zones())  # type: ignore[attr-defined]
        self.fields["language"].choices = [("", _("As the installation")), *offered_languages()]  # type: ignore[attr-defined]

    def details(self) -> WorkspaceDetails:
        """Return what was entered."""
        return WorkspaceDetails(
            name=self.cleaned_data["name"],
            currency=self.cleaned_data["currency"],
            time_zone=self.cleaned_data["time_zone"],
            fiscal_year_start=self.cleaned_data["fiscal_year_start"],
            language=self.cleaned_data["language"],
        )


@console(Permission.MANAGE_WORKSPACE)
@require_http_methods(["GET", "HEAD", "POST"])
def workspace_settings(request: HttpRequest) -> HttpResponse:
    """Show what the workspace says of itself, and change it."""
    viewer = current_viewer(request)
    locked = currency_is_locked()
    given = request.POST if request.method == "POST" else None
    form = WorkspaceForm(given, initial=_initial(viewer.workspace), currency_locked=locked)
    if given is not None and form.is_valid():
        try:
            change_workspace(viewer.actor(), details=form.details(), at=now())
        except CurrencyLocked:
            form.add_error("currency", _("The currency is locked by now: facts have come in meanwhile."))
        else:
            messages.success(request, _("The workspace is saved."))
            return redirect("console:workspace_settings")
    context = {
        "form": form,
        "effects": _effects(form["time_zone"].value(), form["fiscal_year_start"].value()),
        "setup_is_away": SetupDismissal.objects.exists(),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return show_settings(request, "console/settings/workspace.html", context, status=status)


@console(Permission.MANAGE_WORKSPACE)
@require_safe
def workspace_effects(request: HttpRequest) -> HttpResponse:
    """Show what a time zone and a first month would mean, before they are saved."""
    effects = _effects(request.GET.get("time_zone"), request.GET.get("fiscal_year_start"))
    return show_part(request, "console/settings/workspace_effects.html", {"effects": effects})


def _initial(workspace: Workspace) -> dict[str, Any]:
    return {
        "name": workspace.name,
        "currency": workspace.currency,
        "time_zone": workspace.time_zone,
        "fiscal_year_start": workspace.fiscal_year_start,
        "language": workspace.language,
    }


def _effects(time_zone: object, first_month: object) -> list[tuple[str, str]]:
    """Return in words what time it is there, when a month ends, and which fiscal quarter today lies in."""
    zone = ZoneInfo(str(time_zone)) if str(time_zone) in available_timezones() else ZoneInfo("UTC")
    first = int(str(first_month)) if str(first_month) in {str(month) for month in MONTHS} else 1
    instant = now().astimezone(zone)
    with timezone.override(zone):
        return [
            (_("Now"), formats.moment(instant)),
            (_("Today's date on deals and invoices"), formats.day_and_year(instant.date())),
            (_("This month ends"), formats.moment(_month_end(instant))),
            (_("Quarters begin in"), ", ".join(str(MONTHS[month]) for month in _quarter_months(first))),
            (_("Today lies in"), _quarter_words(instant.date(), first)),
        ]


def _month_end(instant: datetime) -> datetime:
    year, month = divmod(instant.year * _MONTHS_IN_A_YEAR + instant.month, _MONTHS_IN_A_YEAR)
    return instant.replace(year=year, month=month + 1, day=1, hour=0, minute=0, second=0, microsecond=0)


def _quarter_months(first: int) -> list[int]:
    return [(first - 1 + 3 * number) % _MONTHS_IN_A_YEAR + 1 for number in range(4)]


def _quarter_words(today: date, first: int) -> str:
    since = (today.month - first) % _MONTHS_IN_A_YEAR
    begun = today.year if today.month >= first else today.year - 1
    year = str(begun) if first == 1 else f"{begun}/{(begun + 1) % 100:02}"
    return _("quarter %(quarter)s of fiscal year %(year)s") % {
        "quarter": since // _MONTHS_IN_A_QUARTER + 1,
        "year": year,
    }
