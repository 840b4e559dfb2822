"""The forms of registrations and leads: their fields, a page for each, the text, versions, a preview, publishing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tallystick.deals.forms import form_draft, form_in_force
from tallystick.deals.models import FormVersion
from tallystick.deals.rules.forms.editing import moved_field, with_field, without_field
from tallystick.deals.rules.forms.form import Form, FormField, Subject
from tallystick.deals.rules.forms.reading import FormInvalid, read_form
from tallystick.deals.services import (
    FormPublished,
    NothingChanged,
    discard_form_draft,
    publish_form,
    save_form_draft,
)
from tallystick.partners.models import PartnerType
from tallystick.platform.access import Permission
from tallystick.platform.clock import now, today
from tallystick.web.access import console, current_viewer
from tallystick.web.console.pages import show_part
from tallystick.web.console.settings.document_lines import DocumentLine, difference, lines_of
from tallystick.web.console.settings.form_fields import KIND_WORDS, FieldForm, initial_of
from tallystick.web.console.settings.sections import show_settings
from tallystick.web.portal.claims import RegistrationForm
from tallystick.web.portal.lead_forms import IntroduceForm
from tallystick.web.ui import formats
from tallystick.web.words import Tag

_SUBJECTS: Final[dict[Subject, tuple[Promise, Promise]]] = {
    Subject.REGISTRATION: (
        _lazy("Asked when a deal is registered"),
        _lazy("After company, website, contact and value"),
    ),
    Subject.LEAD: (_lazy("Asked when a lead is introduced"), _lazy("After company, website, contact and need")),
}


class TextForm(forms.Form):
    """Asks for the text of the forms."""

    document = forms.CharField(
        label=_lazy("Forms as YAML"),
        widget=forms.Textarea(
            attrs={"rows": 28, "spellcheck": "false", "autocapitalize": "off", "autocomplete": "off"}
        ),
        error_messages={"required": _lazy("Write or paste the forms.")},
    )


class ReasonForm(forms.Form):
    """Asks why the forms change."""

    reason = forms.CharField(
        label=_lazy("Why they change"),
        max_length=300,
        error_messages={"required": _lazy("Say why: it stands in the record with the version.")},
    )


@console(Permission.SEE_PROGRAMME)
@require_safe
def registration_forms(request: HttpRequest) -> HttpResponse:
    """Show what is asked, as the draft has it or else the version in force, with every version there was."""
    in_force, draft = form_in_force(), form_draft()
    form = read_form(draft.document) if draft else in_force.form
    context = {
        "in_force": in_force,
        "published": formats.moment(in_force.published_at) if in_force.published_at else "",
        "draft": draft,
        "parts": [_part(form, subject) for subject in Subject],
        "versions": [
            {"version": version, "state": _state(version, in_force.version_id), "published": _moment(version)}
            for version in FormVersion.objects.order_by("-number")
        ],
        "may_draft": current_viewer(request).may(Permission.MANAGE_PROGRAMME),
        **_preview(request, form),
    }
    return show_settings(request, "console/settings/forms.html", context)


@console(Permission.SEE_PROGRAMME)
@require_safe
def form_preview(request: HttpRequest) -> HttpResponse:
    """Show the draft, or else the form in force, as a partner of a type sees it."""
    return show_part(request, "console/settings/form_preview.html", _preview(request, read_form(_text())))


@console(Permission.MANAGE_PROGRAMME)
@require_http_methods(["GET", "HEAD", "POST"])
def form_field(request: HttpRequest, subject: str, field_id: str = "") -> HttpResponse:
    """Show a field of the form, or a new one, and keep it in the draft; with `preview` it is only shown."""
    asked_in, text = _subject(subject), _text()
    field = _field(text, asked_in, field_id) if field_id else None
    others = [known.id for known in read_form(text).fields[asked_in] if known.id != field_id]
    given = request.POST if request.method == "POST" else None
    form = FieldForm(given, initial=dict(initial_of(field)) if field else {"kind": "text"}, taken=others)
    is_preview, changed = request.POST.get("do") == "preview", None
    if given is not None and form.is_valid():
        try:
            changed = with_field(text, asked_in, form.written(), before=field_id)
            read_form(changed)
        except FormInvalid as invalid:
            form.take_problems(invalid.problems)
            changed = None
    if is_preview:
        shown = _preview(request, read_form(changed or text), subject=asked_in)
        return show_part(request, "console/settings/form_preview.html", shown)
    if changed is not None and not form.errors:
        save_form_draft(current_viewer(request).actor(), document=changed, at=now())
        messages.success(request, _("Kept in the draft; partners are asked it once the draft is published."))
        return redirect("console:registration_forms")
    context = {
        "form": form,
        "field": field,
        "heading": _SUBJECTS[asked_in][0],
        **_preview(request, read_form(text), subject=asked_in),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return show_settings(request, "console/settings/form_field.html", context, status=status)


@console(Permission.MANAGE_PROGRAMME)
@require_POST
def move_field(request: HttpRequest, subject: str, field_id: str) -> HttpResponse:
    """Move a field one place up or down in the draft."""
    asked_in, text = _subject(subject), _text()
    _field(text, asked_in, field_id)
    by = -1 if request.POST.get("direction") == "up" else 1
    return _keep(request, moved_field(text, asked_in, field_id, by=by))


@console(Permission.MANAGE_PROGRAMME)
@require_POST
def remove_field(request: HttpRequest, subject: str, field_id: str) -> HttpResponse:
    """Take a field out of the draft; answers that were given to it stay with their registrations."""
    asked_in, text = _subject(subject), _text()
    label = _field(text, asked_in, field_id).label
    messages.success(
        request,
        _("“%(label)s” is out of the draft. Answers given so far are kept; it is asked until you publish.")
        % {"label": label},
    )
    return _keep(request, without_field(text, asked_in, field_id))


@console(Permission.MANAGE_PROGRAMME)
@require_http_methods(["GET", "HEAD", "POST"])
def form_text(request: HttpRequest) -> HttpResponse:
    """Take the text of the forms and keep it as the draft; what is wrong with it is said under its lines."""
    named = request.GET.get("from", "")
    begun = FormVersion.objects.filter(pk=named).first() if named.isdigit() and len(named) < 19 else None
    form = TextForm(
        request.POST if request.method == "POST" else None,
        initial={"document": begun.document if begun else _text()},
    )
    lines: Sequence[DocumentLine] = ()
    if request.method == "POST" and form.is_valid():
        document = form.cleaned_data["document"].replace("\r\n", "\n") + "\n"
        try:
            draft = save_form_draft(current_viewer(request).actor(), document=document, at=now())
        except FormInvalid as invalid:
            lines = lines_of(document, invalid.problems)
            form.add_error("document", _("Nothing can be asked by it yet; what is wrong stands under its lines."))
        else:
            return redirect("console:publish_form", version_id=draft.pk)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return show_settings(request, "console/settings/form_text.html", {"form": form, "lines": lines}, status=status)


@console(Permission.SEE_PROGRAMME)
@require_safe
def form_version(request: HttpRequest, version_id: int) -> HttpResponse:
    """Show one version: its text, or what differs from another that is asked for."""
    version = _version(version_id)
    others = list(FormVersion.objects.exclude(pk=version.pk).order_by("-number"))
    against = next((other for other in others if str(other.number) == request.GET.get("against", "")), None)
    context = {
        "version": version,
        "lines": difference(against.document, version.document) if against else lines_of(version.document),
        "others": others,
        "against": against,
        "state": _state(version, form_in_force().version_id),
        "published": _moment(version),
        "may_draft": current_viewer(request).may(Permission.MANAGE_PROGRAMME),
    }
    return show_settings(request, "console/settings/form_version.html", context)


@console(Permission.MANAGE_PROGRAMME)
@require_http_methods(["GET", "HEAD", "POST"])
def publish_registration_form(request: HttpRequest, version_id: int) -> HttpResponse:
    """Show what a draft changes and how partners will see it, and publish it once a reason is given."""
    version = _version(version_id)
    if version.published_at is not None:
        return redirect("console:form_version", version_id=version.pk)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        try:
            publish_form(current_viewer(request).actor(), version_id=version.pk, reason=reason, at=now())
        except (FormPublished, NothingChanged) as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("The form is published; every new claim is asked by it."))
            return redirect("console:registration_forms")
    before = form_in_force()
    context = {
        "version": version,
        "form": form,
        "before": before,
        "lines": difference(before.document, version.document),
        **_preview(request, read_form(version.document)),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return show_settings(request, "console/settings/form_publish.html", context, status=status)


@console(Permission.MANAGE_PROGRAMME)
@require_POST
def discard_draft(request: HttpRequest) -> HttpResponse:
    """Drop the draft; the form in force stays."""
    discard_form_draft(current_viewer(request).actor(), at=now())
    messages.success(request, _("The draft is discarded; the form in force stays as it is."))
    return redirect("console:registration_forms")


def _keep(request: HttpRequest, document: str) -> HttpResponse:
    save_form_draft(current_viewer(request).actor(), document=document, at=now())
    return redirect("console:registration_forms")


def _text() -> str:
    """Return the text that a change begins with: the draft, else the form in force."""
    draft = form_draft()
    return draft.document if draft else form_in_force().document


def _subject(name: str) -> Subject:
    if name not in list(Subject):
        raise Http404
    return Subject(name)


def _field(text: str, subject: Subject, field_id: str) -> FormField:
    field = read_form(text).field(subject, field_id)
    if field is None:
        raise Http404
    return field


def _version(version_id: int) -> FormVersion:
    version = FormVersion.objects.filter(pk=version_id).first()
    if version is None:
        raise Http404
    return version


def _state(version: FormVersion, in_force: int | None) -> Tag:
    if version.published_at is None:
        return Tag(_("Draft"), "warn")
    return Tag(_("In force"), "good") if version.pk == in_force else Tag(_("Replaced"))


def _moment(version: FormVersion) -> str:
    at: datetime | None = version.published_at
    return formats.moment(at) if at else ""


def _part(form: Form, subject: Subject) -> dict[str, Any]:
    types = dict(PartnerType.choices)
    return {
        "subject": subject.value,
        "heading": _SUBJECTS[subject][0],
        "about": _SUBJECTS[subject][1],
        "rows": [
            {
                "field": field,
                "kind": KIND_WORDS[field.kind],
                "asked_of": ", ".join(str(types[name]) for name in PartnerType.values if name in field.partner_types),
            }
            for field in form.fields[subject]
        ],
    }


def _preview(request: HttpRequest, form: Form, *, subject: Subject | None = None) -> dict[str, Any]:
    """Return the forms as a partner of the type that is asked for sees them; nothing of them can be sent."""
    viewer = current_viewer(request)
    wanted = request.POST.get("preview_type") or request.GET.get("preview_type") or ""
    partner_type = wanted if wanted in PartnerType.values else PartnerType.RESELLER.value
    on = today(viewer.workspace.time_zone)
    shown: list[dict[str, Any]] = []
    if subject is not Subject.LEAD:
        asked = form.asked(Subject.REGISTRATION, partner_type)
        claim = RegistrationForm(home=viewer.workspace.currency, asked=asked, on=on, auto_id="preview_%s")
        standard = [claim[name] for name in ("company", "website", "contact", "value")]
        shown.append({"title": _("Register a deal"), "fields": [*standard, *claim.further]})
    if subject is not Subject.REGISTRATION:
        asked = form.asked(Subject.LEAD, partner_type)
        lead = IntroduceForm(asked=asked, on=on, auto_id="preview_lead_%s")
        standard = [lead[name] for name in ("company", "website", "contact", "need")]
        shown.append({"title": _("Introduce a lead"), "fields": [*standard, *lead.further]})
    for each in shown:
        for bound in each["fields"]:
            bound.field.widget.attrs.pop("autofocus", None)
    return {"previews": shown, "preview_type": partner_type, "partner_types": PartnerType.choices}
