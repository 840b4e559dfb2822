"""Privacy: what is kept about one person, handed out or removed with its numbers first, and how long things stay."""

from __future__ import annotations

import io
import zipfile
from http import HTTPStatus
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods, require_POST

from tallystick.flows.privacy import (
    StillNeeded,
    Subject,
    answer_privacy_request,
    as_files,
    erase_subject,
    everything_about,
    record_export,
    subject_of,
)
from tallystick.platform.access import Permission
from tallystick.platform.clock import now
from tallystick.platform.models import Kept, PrivacyRequest
from tallystick.platform.people import LastAdmin
from tallystick.platform.retention import periods, set_periods
from tallystick.web.access import console, current_viewer
from tallystick.web.console.settings.sections import show_settings
from tallystick.web.ui import formats

_MOST_REQUESTS: Final = 50
_TRACES: Final[dict[str, tuple[Promise, Promise]]] = {
    "membership": (_lazy("Places in this workspace and at partners"), _lazy("The person can sign in here no more.")),
    "contact": (
        _lazy("Contacts from the CRM"),
        _lazy("Name, address and title go; importing them again brings them back, so remove them in the CRM too."),
    ),
    "outside_submitter": (_lazy("Registrations handed in without signing in"), _lazy("Name and address go.")),
    "inbound_mail": (_lazy("Mails that came in"), _lazy("They go.")),
    "registration_contact": (_lazy("Contacts named in deal registrations"), _lazy("Name and address go.")),
    "lead_contact": (_lazy("Contacts named in leads"), _lazy("Name, address and telephone number go.")),
    "refused_row": (_lazy("Refused rows of imports that hold the address"), _lazy("Their cells go.")),
    "before_image": (
        _lazy("What contacts were before an import"),
        _lazy("They go; undoing that import leaves these contacts as they are."),
    ),
    "request": (_lazy("What the person asked about their data"), _lazy("Stays, as proof that it was answered.")),
    "activity": (
        _lazy("Entries of the activity chain"),
        _lazy(
            "Stay: who decided what is proof for both sides, and a changed entry would break the chain. "
            "The account behind them loses its name and address."
        ),
    ),
}


class SearchForm(forms.Form):
    """Asks about whom."""

    email = forms.EmailField(
        label=_lazy("E-mail address"),
        help_text=_lazy("Of a colleague, someone at a partner, or a contact from the CRM."),
        error_messages={"invalid": _lazy("Enter an address such as anna@example.com.")},
    )


class EraseForm(forms.Form):
    """Asks why a person is removed, and that the numbers were read."""

    reason = forms.CharField(
        label=_lazy("Why"),
        max_length=300,
        help_text=_lazy("Such as the request and its date. Do not name the person: the record stays."),
        error_messages={"required": _lazy("Say why: it is written down.")},
    )


class RetentionForm(forms.Form):
    """Asks for how many days each sort of thing is kept."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        labels = {
            Kept.REFUSED_ROWS: _("Refused rows of imports, in days"),
            Kept.IMPORT_UNDO: _("Undoing an import is possible for, in days"),
            Kept.LAPSED_INVITATIONS: _("Invitations nobody accepted, in days"),
            Kept.LIST_FILES: _("Workbooks of long lists, in days"),
            Kept.WEBHOOK_DELIVERIES: _("What was sent to webhooks, in days"),
            Kept.INBOUND_MAIL: _("Mails that came in, in days"),
            Kept.DRAFTS: _("Drafts of registrations nobody sent, in days"),
        }
        for subject, days in periods().items():
            self.fields[subject.value] = forms.IntegerField(
                label=labels[subject],
                min_value=1,
                max_value=3650,
                initial=days,
                error_messages={
                    "min_value": _("At least a day."),
                    "max_value": _("Ten years, or 3,650 days, at most."),
                    "required": _("Enter a number of days."),
                    "invalid": _("Enter a whole number of days."),
                },
            )

    def days(self) -> dict[Kept, int]:
        """Return what was entered."""
        return {Kept(name): value for name, value in self.cleaned_data.items()}


@console(Permission.MANAGE_WORKSPACE)
@require_http_methods(["GET", "HEAD", "POST"])
def privacy(request: HttpRequest) -> HttpResponse:
    """Find a person, see what people asked, and say for how long things are kept."""
    form = RetentionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        set_periods(current_viewer(request).actor(), days=form.days(), at=now())
        messages.success(request, _("The periods are saved; what is older goes in the night."))
        return redirect("console:privacy")
    asked = PrivacyRequest.objects.filter(answered_at__isnull=True).select_related("person").order_by("asked_at", "pk")
    context = {
        "form": form,
        "search": SearchForm(),
        "requests": [
            {"row": row, "asked": formats.moment(row.asked_at), "wish": row.get_wish_display()}
            for row in asked[:_MOST_REQUESTS]
        ],
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return show_settings(request, "console/settings/privacy.html", context, status=status)


@console(Permission.MANAGE_WORKSPACE)
@require_POST
def privacy_person(request: HttpRequest) -> HttpResponseBase:
    """Show what is kept about somebody, hand it out, or remove it once that is confirmed.

    All of it by POST: an address must not end up in logs and histories.
    """
    search = SearchForm(request.POST)
    if not search.is_valid():
        context = {"form": RetentionForm(), "search": search, "requests": ()}
        return show_settings(request, "console/settings/privacy.html", context, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    email = search.cleaned_data["email"]
    match request.POST.get("do"):
        case "export":
            record_export(current_viewer(request).actor(), email=email, at=now())
            return _archive(email)
        case "erase":
            return _erase(request, email)
        case _:
            return _show_subject(request, subject_of(email), EraseForm())


@console(Permission.MANAGE_WORKSPACE)
@require_POST
def answer_request(request: HttpRequest, request_id: int) -> HttpResponse:
    """Note that a person's request is answered."""
    try:
        answer_privacy_request(current_viewer(request).actor(), request_id=request_id, at=now())
    except PrivacyRequest.DoesNotExist as missing:
        raise Http404 from missing
    messages.success(request, _("The request is noted as answered."))
    return redirect("console:privacy")


def _erase(request: HttpRequest, email: str) -> HttpResponse:
    form = EraseForm(request.POST)
    if form.is_valid():
        try:
            erase_subject(current_viewer(request).actor(), email=email, reason=form.cleaned_data["reason"], at=now())
        except (StillNeeded, LastAdmin) as refused:
            form.add_error("reason", str(refused))
        else:
            messages.success(request, _("What could be removed is removed."))
            return redirect("console:privacy")
    return _show_subject(request, subject_of(email), form, status=HTTPStatus.UNPROCESSABLE_ENTITY)


def _show_subject(
    request: HttpRequest, subject: Subject, form: EraseForm, *, status: int = HTTPStatus.OK
) -> HttpResponse:
    traces = [
        {"name": _TRACES[trace.key][0], "count": trace.count, "goes": trace.goes, "why": _TRACES[trace.key][1]}
        for trace in subject.traces
    ]
    context = {"subject": subject, "traces": traces, "form": form}
    return show_settings(request, "console/settings/privacy_person.html", context, status=status)


def _archive(email: str) -> FileResponse:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in as_files(everything_about(email)):
            archive.writestr(name, text)
    packed.seek(0)
    return FileResponse(packed, as_attachment=True, filename="personal-data.zip", content_type="application/zip")
