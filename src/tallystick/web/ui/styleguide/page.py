"""The page: all stories in the console's shell, for whoever is signed in. Its texts are samples, so not translated."""

from __future__ import annotations

from typing import Final

from django.contrib import messages
from django.contrib.messages.storage.base import Message
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from tallystick.web.access import signed_in
from tallystick.web.ui import toasts
from tallystick.web.ui.components import Link, LinkGroup, Shell
from tallystick.web.ui.styleguide import samples
from tallystick.web.ui.styleguide.forms import empty_form, refused_form
from tallystick.web.words import Tag

FAMILIES: Final = (
    ("tokens", "Colour and type", "sun-moon"),
    ("marks", "Marks", "circle-check"),
    ("controls", "Controls", "list-checks"),
    ("containers", "Containers", "layout-dashboard"),
    ("tables", "Tables", "file-spreadsheet"),
    ("details", "Details", "file-text"),
    ("forms", "Forms", "pencil"),
    ("answers", "Answers", "info"),
    ("charts", "Charts", "activity"),
)
"""The families of stories in order: the template of each, its title and its icon."""

COLOURS: Final = (
    ("Surfaces", ("page", "surface", "raised", "sunk", "hover", "selected", "inverse")),
    ("Lines", ("line", "line-control")),
    ("Text", ("ink", "ink-2", "ink-3")),
    ("Accent", ("accent", "accent-solid", "accent-solid-hover", "accent-tint")),
    ("Attribution", ("sourced", "influenced", "direct")),
    ("Figures", ("measure", "measure-track", "measure-more", "measure-less")),
    ("Depth", ("heat-1", "heat-2", "heat-3", "heat-4")),
    ("States", ("green", "green-tint", "amber", "amber-tint", "red", "red-tint", "violet", "violet-tint")),
    ("Partner types", ("family-services", "family-resale", "family-product", "family-instrument", "family-referral")),
)


@signed_in
@require_safe
def styleguide(request: HttpRequest) -> HttpResponse:
    """Show every component; `?sheet` opens the side sheet, `?portal` shows the partner's shell around them."""
    families = [(name, title, f"ui/styleguide/{name}.html") for name, title, _ in FAMILIES]
    context = {
        "shell": _shell(request),
        "around": "ui/portal.html" if "portal" in request.GET else "ui/console.html",
        "with_sheet": "sheet" in request.GET,
        "families": families,
        "colours": COLOURS,
        "forms": ((empty_form(), "Fields"), (refused_form(), "Fields that were refused")),
        "said": _said(),
        "state": Tag("Approved", "good"),
        "reason_text": "",
        "reason_error": "",
        "page": Paginator(range(120), 50).page(2),
        "drawings": samples.drawings(),
        "steps": samples.steps(),
        **samples.marks(),
        **samples.links(),
        **samples.cards(),
        **samples.details(),
        **samples.tables(),
    }
    return render(request, "ui/styleguide/page.html", context)


@signed_in
@require_POST
def do(request: HttpRequest) -> HttpResponse:
    """Answer any story's form with a toast that can be undone."""
    toasts.say_with_undo(request, "Retired the plan.", undo_url=reverse("styleguide_undo"))
    return redirect("styleguide")


@signed_in
@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """Answer the toast's button."""
    messages.success(request, "The plan is back.")
    return redirect("styleguide")


def _said() -> tuple[Message, ...]:
    undo_tags = f"{toasts.UNDO}{reverse('styleguide_undo')}"
    return (
        Message(messages.SUCCESS, "Approved DR-1038 Cellvia, protected until 19 Feb."),
        Message(messages.SUCCESS, "Retired the plan.", extra_tags=undo_tags),
    )


def _shell(request: HttpRequest) -> Shell:
    here = reverse("styleguide")
    stories = tuple(Link(label=title, url=f"{here}#{name}", icon=icon) for name, title, icon in FAMILIES)
    return Shell(
        organisation="Tallystick",
        subtitle="Style guide",
        home_url="/",
        person_name=str(request.user),
        person_email="",
        sign_out_url=reverse("account_logout"),
        navigation=(LinkGroup(links=stories[:2]), LinkGroup(heading="Components", links=stories[2:])),
        foot=(Link(label="In the portal", url=f"{here}?portal", icon="wallet"),),
        main_action=Link(label="Register a deal", url=here, icon="plus"),
    )
