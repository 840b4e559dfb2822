"""Branding: the logo and the accent that partners see, with what had to be corrected so that it can be read."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods

from tallystick.kernel.colours import (
    DARK_GROUNDS,
    LEGIBLE,
    LIGHT_GROUNDS,
    Accent,
    NotAColour,
    colour,
    contrast,
    corrected_accent,
)
from tallystick.platform.access import Permission
from tallystick.platform.branding import LogoRefused, brand_of, change_accent, change_logo
from tallystick.platform.clock import now
from tallystick.platform.models import Workspace
from tallystick.web.access import console, current_viewer
from tallystick.web.console.settings.sections import show_settings
from tallystick.web.ui.swatches import swatch_url

_WHITE: Final = "#ffffff"
_REFUSED: Final[dict[str, Promise]] = {
    "size": _lazy("The picture is larger than 2 MB. Make it smaller; 512 pixels wide are enough."),
    "format": _lazy("This is no picture we can draw. Use a PNG, JPEG or WebP file."),
    "pixels": _lazy("The picture has too many pixels. Make it smaller; 512 pixels wide are enough."),
}


@dataclass(frozen=True, slots=True)
class Use:
    """One use of the accent: the chosen colour and its contrast there, and what it became."""

    name: str
    chosen: str
    chosen_contrast: str
    used: str
    used_contrast: str
    was_corrected: bool
    chosen_swatch: str
    used_swatch: str


class AccentForm(forms.Form):
    """Asks for one colour; empty for ours."""

    accent = forms.CharField(
        label=_lazy("Accent"),
        max_length=7,
        required=False,
        help_text=_lazy("Your brand's colour, such as #e4572e; empty for ours. It colours links and main buttons."),
    )

    def clean_accent(self) -> str:
        """Refuse what is no colour."""
        given: str = self.cleaned_data["accent"].strip()
        try:
            return colour(given) if given else ""
        except NotAColour as refused:
            raise forms.ValidationError(_("Write the colour as # and six digits, such as #2f52d4.")) from refused


class LogoForm(forms.Form):
    """Asks for a picture."""

    logo = forms.FileField(
        label=_lazy("Logo"),
        help_text=_lazy("PNG, JPEG or WebP, best on a transparent ground and wider than high."),
        error_messages={"required": _lazy("Choose a picture first."), "empty": _lazy("The file is empty.")},
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp"}),
    )


@console(Permission.MANAGE_WORKSPACE)
@require_http_methods(["GET", "HEAD", "POST"])
def branding(request: HttpRequest) -> HttpResponse:
    """Show what partners see, and change the logo or the accent."""
    change = request.POST.get("change", "") if request.method == "POST" else ""
    workspace = current_viewer(request).workspace
    accent_form = AccentForm(request.POST if change == "accent" else None, initial={"accent": workspace.accent})
    logo_form = LogoForm(*((request.POST, request.FILES) if change == "logo" else ()))
    actor = current_viewer(request).actor()
    if change == "accent" and accent_form.is_valid():
        corrected = change_accent(actor, accent=accent_form.cleaned_data["accent"], at=now())
        messages.success(request, _accent_words(corrected))
        return redirect("console:branding")
    if change == "logo" and logo_form.is_valid() and _kept(request, logo_form):
        messages.success(request, _("The logo is saved."))
        return redirect("console:branding")
    if change == "remove-logo":
        change_logo(actor, content=None, at=now())
        messages.success(request, _("The logo is removed."))
        return redirect("console:branding")
    failed = accent_form.errors or logo_form.errors
    status = HTTPStatus.UNPROCESSABLE_ENTITY if failed else HTTPStatus.OK
    return show_settings(
        request, "console/settings/branding.html", _context(workspace, accent_form, logo_form), status=status
    )


def _context(workspace: Workspace, accent_form: AccentForm, logo_form: LogoForm) -> dict[str, Any]:
    brand = brand_of(workspace)
    uses = _uses(corrected_accent(brand.accent)) if brand.accent else []
    return {
        "accent_form": accent_form,
        "logo_form": logo_form,
        "brand": brand,
        "uses": uses,
        "was_corrected": any(use.was_corrected for use in uses),
    }


def _kept(request: HttpRequest, form: LogoForm) -> bool:
    upload: UploadedFile[bytes] = form.cleaned_data["logo"]
    try:
        change_logo(current_viewer(request).actor(), content=upload.read(), at=now())
    except LogoRefused as refused:
        form.add_error("logo", str(_REFUSED[refused.reason]))
        return False
    return True


def _accent_words(corrected: Accent | None) -> str:
    if corrected is None:
        return _("The accent is ours again.")
    if corrected.was_corrected:
        return _("The accent is saved, corrected where it could not be read.")
    return _("The accent is saved as you chose it.")


def _uses(accent: Accent) -> list[Use]:
    """Return the uses of an accent with the contrast of the chosen colour and of what it became."""
    return [
        _use(_("Links on light ground"), accent, accent.text_on_light, LIGHT_GROUNDS),
        _use(_("Links on dark ground"), accent, accent.text_on_dark, DARK_GROUNDS),
        _use(_("White words on a button"), accent, accent.solid, (_WHITE,)),
    ]


def _use(name: str, accent: Accent, used: str, grounds: tuple[str, ...]) -> Use:
    def least(shade: str) -> str:
        return f"{min(contrast(shade, ground) for ground in grounds):.1f} : 1"

    return Use(
        name=name,
        chosen=accent.chosen,
        chosen_contrast=least(accent.chosen),
        used=used,
        used_contrast=least(used),
        was_corrected=min(contrast(accent.chosen, ground) for ground in grounds) < LEGIBLE or used != accent.chosen,
        chosen_swatch=swatch_url(accent.chosen),
        used_swatch=swatch_url(used),
    )
