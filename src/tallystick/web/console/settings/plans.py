"""Commission plans: tracks with every version, what differs between two, and a draft that is checked and published."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods, require_safe

from tallystick.flows.programmes import plan_effects, publish_plan
from tallystick.platform.access import Permission
from tallystick.platform.clock import now, today
from tallystick.programmes.models import PlanVersion
from tallystick.programmes.queries import tracks_with_plans
from tallystick.programmes.rules.reading import PlanInvalid
from tallystick.programmes.services import PlanClash, PlanPublished, TrackMissing, save_plan_draft
from tallystick.web.access import console, current_viewer
from tallystick.web.console.settings.document_lines import DocumentLine, difference, lines_of
from tallystick.web.console.settings.sections import show_settings
from tallystick.web.ui import formats
from tallystick.web.words import Tag


class DraftForm(forms.Form):
    """Asks for the plan's text."""

    document = forms.CharField(
        label=_lazy("Plan as YAML"),
        widget=forms.Textarea(
            attrs={"rows": 24, "spellcheck": "false", "autocapitalize": "off", "autocomplete": "off"}
        ),
        error_messages={"required": _lazy("Write or paste the plan.")},
    )


class PublishForm(forms.Form):
    """Asks why a plan is published."""

    reason = forms.CharField(
        label=_lazy("Why it is published"),
        max_length=300,
        error_messages={"required": _lazy("Say why: it stands in the record with the version.")},
    )


@console(Permission.SEE_PROGRAMME)
@require_safe
def plans(request: HttpRequest) -> HttpResponse:
    """List the tracks with all versions of their plans."""
    on = today(current_viewer(request).workspace.time_zone)
    tracks = [
        {
            "track": entry.track,
            "versions": [
                {"version": version, "state": _state(version, is_in_force=version == entry.in_force), **_dates(version)}
                for version in entry.versions
            ],
        }
        for entry in tracks_with_plans(on=on)
    ]
    may_draft = current_viewer(request).may(Permission.MANAGE_PROGRAMME)
    return show_settings(request, "console/settings/plans.html", {"tracks": tracks, "may_draft": may_draft})


@console(Permission.SEE_PROGRAMME)
@require_safe
def plan_version(request: HttpRequest, version_id: int) -> HttpResponse:
    """Show one version: its text, or what differs from the one before it or another that is asked for."""
    version = _version(version_id)
    others = list(version.track.plan_versions.exclude(pk=version.pk).order_by("-number"))
    wanted = request.GET.get("against", "")
    against = next((other for other in others if str(other.number) == wanted), None)
    lines = difference(against.document, version.document) if against else lines_of(version.document)
    context = {
        "version": version,
        "lines": lines,
        "others": others,
        "against": against,
        "state": _state(version, is_in_force=False),
        "may_publish": current_viewer(request).may(Permission.MANAGE_PROGRAMME) and version.published_at is None,
        **_dates(version),
    }
    return show_settings(request, "console/settings/plan_version.html", context)


@console(Permission.MANAGE_PROGRAMME)
@require_http_methods(["GET", "HEAD", "POST"])
def plan_draft(request: HttpRequest) -> HttpResponse:
    """Take the text of a plan and keep it as a draft; what is wrong with it is said under its lines."""
    form = DraftForm(request.POST if request.method == "POST" else None, initial={"document": _begun_with(request)})
    lines: Sequence[DocumentLine] = ()
    if request.method == "POST" and form.is_valid():
        try:
            draft = save_plan_draft(current_viewer(request).actor(), document=_document(form), at=now())
        except PlanInvalid as invalid:
            lines = lines_of(_document(form), invalid.problems)
            form.add_error("document", _("The plan cannot be paid by yet; what is wrong stands under its lines."))
        except TrackMissing as missing:
            form.add_error("document", str(missing))
        else:
            return redirect("console:publish_plan", version_id=draft.pk)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return show_settings(request, "console/settings/plan_draft.html", {"form": form, "lines": lines}, status=status)


@console(Permission.MANAGE_PROGRAMME)
@require_http_methods(["GET", "HEAD", "POST"])
def publish(request: HttpRequest, version_id: int) -> HttpResponse:
    """Show what publishing a draft changes, in numbers, and publish it once that is confirmed with a reason."""
    version = _version(version_id)
    if version.published_at is not None:
        return redirect("console:plan_version", version_id=version.pk)
    form = PublishForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            publish_plan(
                current_viewer(request).actor(), version_id=version.pk, reason=form.cleaned_data["reason"], at=now()
            )
        except (PlanClash, PlanPublished) as clash:
            form.add_error(None, str(clash))
        else:
            messages.success(request, _("The plan is published; invoices it pays for are settled again."))
            return redirect("console:plan_version", version_id=version.pk)
    before = version.track.plan_versions.filter(published_at__isnull=False).order_by("-valid_from").first()
    context = {
        "version": version,
        "form": form,
        "effects": _effects(version),
        "before": before,
        "lines": difference(before.document, version.document) if before else lines_of(version.document),
        **_dates(version),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return show_settings(request, "console/settings/plan_publish.html", context, status=status)


def _version(version_id: int) -> PlanVersion:
    version = PlanVersion.objects.select_related("track").filter(pk=version_id).first()
    if version is None:
        raise Http404
    return version


def _begun_with(request: HttpRequest) -> str:
    """Return the text of the version a draft begins with, if one is named."""
    number = request.GET.get("from", "")
    version = PlanVersion.objects.filter(pk=number).first() if number.isdigit() and len(number) < 19 else None
    return version.document if version else ""


def _document(form: DraftForm) -> str:
    text: str = form.cleaned_data["document"]
    return text.replace("\r\n", "\n") + "\n"


def _state(version: PlanVersion, *, is_in_force: bool) -> Tag:
    if version.published_at is None:
        return Tag(_("Draft"), "warn")
    return Tag(_("Pays now"), "good") if is_in_force else Tag(_("Published"))


def _dates(version: PlanVersion) -> dict[str, Any]:
    first = formats.day_and_year(version.valid_from)
    last = formats.day_and_year(version.valid_to) if version.valid_to else ""
    return {
        "valid": _("%(first)s to %(last)s") % {"first": first, "last": last}
        if last
        else _("from %(first)s") % {"first": first},
        "published": formats.moment(version.published_at) if version.published_at else "",
    }


def _effects(version: PlanVersion) -> list[tuple[str, str]]:
    effects = plan_effects(version)
    return [
        (_("Partners of this type"), formats.number(effects.partners)),
        (_("Invoices from its first day on, settled again"), formats.number(effects.invoices)),
        (_("Commission lines booked on them so far"), formats.number(effects.lines)),
    ]
