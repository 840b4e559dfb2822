"""The terms partners agree to: every version, a new one with its preview, and who agreed to which and when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from http import HTTPStatus
from typing import Final

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods, require_safe

from tallystick.partners.models import PartnerMembership, TermsAcceptance
from tallystick.partners.terms import (
    SUMMARY_LINES,
    SameTerms,
    TermsChanged,
    acceptances_of,
    current_terms,
    people_still_to_agree,
    publish_terms,
    terms_of,
    terms_text,
    terms_versions,
)
from tallystick.platform.access import Permission
from tallystick.platform.clock import now
from tallystick.web.access import console, current_viewer
from tallystick.web.console.settings.sections import show_settings
from tallystick.web.listing import csv_response
from tallystick.web.ui import formats

MOST_SHOWN: Final = 50
_HEADS: Final = ("Version", "Partner", "Person", "E-mail", "Agreed at (UTC)", "SHA-256 of the text")


class TermsForm(forms.Form):
    """Asks for the five lines and the full text."""

    summary = forms.CharField(
        label=_lazy("In five lines"),
        max_length=1_000,
        help_text=_lazy("One line each, in words a seller understands: people read these."),
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": _lazy("Say it in short: people read these lines.")},
    )
    body = forms.CharField(
        label=_lazy("Full text"),
        max_length=60_000,
        help_text=_lazy("Paragraphs are parted by an empty line."),
        widget=forms.Textarea(attrs={"rows": 24}),
        error_messages={"required": _lazy("Write or paste the full text.")},
    )
    after = forms.IntegerField(widget=forms.HiddenInput)

    def clean_summary(self) -> str:
        """Refuse more lines than somebody reads."""
        text: str = self.cleaned_data["summary"]
        if sum(bool(line.strip()) for line in text.splitlines()) > SUMMARY_LINES:
            raise forms.ValidationError(_("Five lines at most. What does not fit belongs in the full text."))
        return text.replace("\r\n", "\n")

    def clean_body(self) -> str:
        """Keep line ends as the preview reads them."""
        text: str = self.cleaned_data["body"]
        return text.replace("\r\n", "\n")


@console(Permission.MANAGE_WORKSPACE)
@require_safe
def terms_settings(request: HttpRequest) -> HttpResponse:
    """List the versions with how many agreed to each, and who has still to agree to the one that holds."""
    holds = current_terms()
    waiting = people_still_to_agree()
    context = {
        "terms": holds,
        "versions": [
            {
                "number": version.version,
                "published": formats.moment(version.published_at) if version.published_at else "–",
                "by": version.published_by or "–",
                "agreed": formats.number(version.agreed),
                "holds": version.version == holds.version,
            }
            for version in terms_versions()
        ],
        "waiting": [_person(row) for row in waiting[:MOST_SHOWN]],
        "waiting_count": waiting.count(),
    }
    return show_settings(request, "console/settings/terms.html", context)


@console(Permission.MANAGE_WORKSPACE)
@require_http_methods(["GET", "HEAD", "POST"])
def new_terms(request: HttpRequest) -> HttpResponse:
    """Write the next version, look at it as a partner does, and publish it."""
    holds = current_terms()
    initial = {**terms_text(holds), "after": holds.version}
    form = TermsForm(request.POST if request.method == "POST" else None, initial=initial)
    preview = None
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        preview = terms_of(holds.version + 1, summary=given["summary"], body=given["body"])
        if request.POST.get("do") == "publish" and _published(request, form):
            return redirect("console:terms_settings")
    context = {"form": form, "preview": None if form.errors else preview, "holds": holds, "next": holds.version + 1}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return show_settings(request, "console/settings/terms_new.html", context, status=status)


@console(Permission.MANAGE_WORKSPACE)
@require_safe
def terms_version(request: HttpRequest, number: int) -> HttpResponseBase:
    """Show one version as partners saw it, and everybody who agreed to it; all of them as CSV."""
    version = next((found for found in terms_versions() if found.version == number), None)
    if version is None:
        raise Http404
    agreed = acceptances_of(number)
    if request.GET.get("format") == "csv":
        return csv_response(f"terms-version-{number}", _HEADS, (_cells(row) for row in agreed.iterator(1000)))
    context = {
        "terms": version.terms,
        "published": formats.moment(version.published_at) if version.published_at else "",
        "by": version.published_by,
        "agreed": [
            {"who": str(row.person), "partner": row.partner.name, "when": formats.moment(row.accepted_at)}
            for row in agreed[:MOST_SHOWN]
        ],
        "count": version.agreed,
        "is_cut": version.agreed > MOST_SHOWN,
    }
    return show_settings(request, "console/settings/terms_version.html", context)


def _published(request: HttpRequest, form: TermsForm) -> bool:
    given = form.cleaned_data
    try:
        published = publish_terms(
            current_viewer(request).actor(),
            summary=given["summary"],
            body=given["body"],
            at=now(),
            after=given["after"],
        )
    except TermsChanged:
        form.add_error(None, _("Somebody published another version meanwhile. Read it first; your text is kept below."))
        form.data = {**{name: str(form[name].value()) for name in form.fields}, "after": str(current_terms().version)}
        return False
    except SameTerms as same:
        form.add_error("body", str(same))
        return False
    messages.success(
        request,
        _("Version %(number)d holds. Partners are asked to agree at their next visit.") % {"number": published.version},
    )
    return True


def _person(row: PartnerMembership) -> dict[str, str]:
    return {"who": str(row.person), "partner": row.partner.name}


def _cells(row: TermsAcceptance) -> Sequence[str]:
    at = row.accepted_at.astimezone(UTC).isoformat(timespec="seconds")
    return [str(row.version), row.partner.name, str(row.person), row.person.email, at, row.text_hash]
