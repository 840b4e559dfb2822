"""What a partner does with a registration it holds: answers a question, asks for more time or for a change."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from tallystick.deals.claim_texts import ValueRefused, read_value
from tallystick.deals.disclosure import keeps_quiet
from tallystick.deals.forms import fields_unanswered
from tallystick.deals.models import DealRegistration, RegistrationRequest, RegistrationState, RequestState
from tallystick.deals.rules.requests import ProtectionFacts, check_extension
from tallystick.deals.rules.terms import Terms
from tallystick.deals.services import (
    QuestionRefused,
    RequestRefused,
    answer_question,
    request_amendment,
    request_extension,
    take_back_request,
)
from tallystick.deals.services.requests import CAN_CHANGE
from tallystick.deals.services.terms import terms_of
from tallystick.kernel.explanations import FactValue
from tallystick.kernel.money import Money
from tallystick.platform.access import Permission, Viewer
from tallystick.platform.clock import now, today
from tallystick.web.access import current_viewer, portal
from tallystick.web.asked import AskingForm
from tallystick.web.handling import moment_in, questions_of, requests_of, steps_of
from tallystick.web.portal.pages import partner_id_of, show_page
from tallystick.web.ui import formats


class AnswerForm(AskingForm):
    """Answers what the vendor asked before it decides, and what the form of the registration still needs."""

    answer = forms.CharField(
        label=gettext_lazy("Your answer"),
        help_text=gettext_lazy("The clock goes on as soon as you have answered."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
        error_messages={"required": gettext_lazy("Write your answer.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["answer"].required = not self.asked


class ExtensionForm(forms.Form):
    """Asks for more days of protection."""

    days = forms.IntegerField(
        label=gettext_lazy("Days more"), min_value=1, widget=forms.NumberInput(attrs={"inputmode": "numeric"})
    )
    reason = forms.CharField(
        label=gettext_lazy("Why, and what shows it"),
        help_text=gettext_lazy("For example: a trial that runs until March, a meeting that is fixed."),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=2000,
        error_messages={"required": gettext_lazy("Say why: the vendor decides by that.")},
    )

    def __init__(self, *args: Any, most: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["days"].initial = most


class AmendmentForm(forms.Form):
    """Asks for a change of what was registered; what is left as it is stays so."""

    value = forms.CharField(
        label=gettext_lazy("Rough annual value"), max_length=40, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    close_on = forms.DateField(
        label=gettext_lazy("Expected close"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    product = forms.CharField(
        label=gettext_lazy("Product"),
        max_length=120,
        required=False,
        help_text=gettext_lazy("Empty: the registration holds the whole company."),
    )
    contact_name = forms.CharField(label=gettext_lazy("Your contact there"), max_length=200, required=False)
    contact_email = forms.EmailField(label=gettext_lazy("Contact’s e-mail"), max_length=254, required=False)
    reason = forms.CharField(
        label=gettext_lazy("What has changed"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
        error_messages={"required": gettext_lazy("Say what has changed: the vendor decides by that.")},
    )

    def __init__(self, *args: Any, claim: DealRegistration, **kwargs: Any) -> None:
        value = Money(claim.value_minor, claim.currency)
        kwargs["initial"] = {
            "value": f"{value.currency} {value.amount:,}",
            "close_on": claim.close_on.isoformat() if claim.close_on else "",
            "product": claim.product_key,
            "contact_name": claim.contact_name,
            "contact_email": claim.contact_email,
        }
        super().__init__(*args, **kwargs)
        self.home = claim.currency

    def clean_value(self) -> Money:
        """Return the value as money."""
        try:
            return read_value(self.cleaned_data["value"], home=self.home)
        except ValueRefused as problem:
            raise ValidationError(str(problem)) from problem

    def new_facts(self) -> Mapping[str, FactValue]:
        """Return what a valid form wants registered."""
        given = self.cleaned_data
        return {
            "value_minor": given["value"].minor,
            "currency": given["value"].currency,
            "close_on": given["close_on"].isoformat() if given["close_on"] else None,
            "product_key": given["product"].strip(),
            "contact_name": given["contact_name"].strip(),
            "contact_email": given["contact_email"].strip(),
        }


@portal(Permission.REGISTER_DEALS)
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, reference: str) -> HttpResponse:
    """Show what the vendor asks before it decides, and take the answer."""
    viewer, claim = current_viewer(request), _claim(request, reference)
    question = next((each for each in questions_of(claim) if each.answered_at is None), None)
    if question is None:
        raise Http404
    form = AnswerForm(request.POST or None, asked=fields_unanswered(claim), on=today(viewer.workspace.time_zone))
    if request.method == "POST" and form.is_valid():
        try:
            answer_question(
                viewer.actor(),
                registration_id=claim.pk,
                text=form.cleaned_data["answer"],
                answers=form.answers(),
                at=now(),
            )
        except QuestionRefused as refusal:
            messages.error(request, str(refusal))
        else:
            claim.refresh_from_db()
            by = moment_in(claim.answer_due_at, _terms(viewer, claim))
            messages.success(request, _("Answered. You hear by %(moment)s.") % {"moment": by})
        return redirect(_url(claim))
    context = {"form": form, "claim": claim, "url": _url(claim), "question": question}
    return _page(request, "portal/deals/answer.html", context, refused=bool(form.errors))


@portal(Permission.REGISTER_DEALS)
@require_http_methods(["GET", "HEAD", "POST"])
def extend(request: HttpRequest, reference: str) -> HttpResponse:
    """Show what more time would give, and ask for it."""
    viewer, claim = current_viewer(request), _claim(request, reference)
    terms = _terms(viewer, claim)
    if claim.state != RegistrationState.APPROVED or claim.protected_until is None:
        raise Http404
    form = ExtensionForm(request.POST or None, most=terms.protection.extension.most_days)
    if request.method == "POST" and form.is_valid():
        try:
            asked = request_extension(
                viewer.actor(),
                registration_id=claim.pk,
                days=form.cleaned_data["days"],
                reason=form.cleaned_data["reason"],
                at=now(),
            )
        except RequestRefused as refusal:
            form.add_error("days", str(refusal))
        else:
            _say_asked(request, asked, terms)
            return redirect(_url(claim))
    context = {
        "form": form,
        "claim": claim,
        "url": _url(claim),
        "until": formats.day_and_year(claim.protected_until),
        "terms": terms.protection.extension,
        "by": moment_in(terms.request_due(now()), terms),
    }
    return _page(request, "portal/deals/extend.html", context, refused=bool(form.errors))


@portal(Permission.REGISTER_DEALS)
@require_http_methods(["GET", "HEAD", "POST"])
def amend(request: HttpRequest, reference: str) -> HttpResponse:
    """Show what is registered, and ask to change it."""
    viewer, claim = current_viewer(request), _claim(request, reference)
    terms = _terms(viewer, claim)
    if claim.state not in CAN_CHANGE:
        raise Http404
    form = AmendmentForm(request.POST or None, claim=claim)
    if request.method == "POST" and form.is_valid():
        try:
            asked = request_amendment(
                viewer.actor(),
                registration_id=claim.pk,
                new=form.new_facts(),
                reason=form.cleaned_data["reason"],
                at=now(),
            )
        except RequestRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            _say_asked(request, asked, terms)
            return redirect(_url(claim))
    context = {
        "form": form,
        "claim": claim,
        "url": _url(claim),
        "percent": terms.protection.amendment.value_percent,
        "by": moment_in(terms.request_due(now()), terms),
    }
    return _page(request, "portal/deals/amend.html", context, refused=bool(form.errors))


@portal(Permission.REGISTER_DEALS)
@require_POST
def take_request_back(request: HttpRequest, reference: str, request_id: int) -> HttpResponse:
    """Take a request back that nobody has decided."""
    claim = _claim(request, reference)
    if not RegistrationRequest.objects.filter(pk=request_id, registration=claim).exists():
        raise Http404
    try:
        take_back_request(current_viewer(request).actor(), request_id=request_id, at=now())
    except RequestRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Your request is taken back."))
    return redirect(_url(claim))


def handling_of(claim: DealRegistration, viewer: Viewer) -> dict[str, Any]:
    """Return the steps, questions and requests of a registration as its partner sees them, and what it may ask."""
    terms, zone = _terms(viewer, claim), ZoneInfo(viewer.workspace.time_zone)
    requests = requests_of(claim, zone=zone)
    may = viewer.may(Permission.REGISTER_DEALS)
    waiting = {each.title for each in requests if each.waits}
    return {
        # Which steps an approval takes can follow from what is known of the company.
        "steps": [] if keeps_quiet(claim) else steps_of(claim, with_names=terms.approval.names_shown),
        "questions": questions_of(claim),
        "requests": requests,
        "may_answer": may and claim.clock_stopped_at is not None,
        "may_ask": may,
        "may_extend": may and not waiting and _can_extend(claim, terms, viewer),
        "may_amend": may and claim.state in CAN_CHANGE,
    }


def _can_extend(claim: DealRegistration, terms: Terms, viewer: Viewer) -> bool:
    if claim.state != RegistrationState.APPROVED or claim.protected_until is None:
        return False
    try:
        facts = ProtectionFacts(claim.protected_until, claim.extensions)
        check_extension(terms.protection, facts, days=1, on=today(viewer.workspace.time_zone))
    except RequestRefused:
        return False
    return True


def _say_asked(request: HttpRequest, asked: RegistrationRequest, terms: Terms) -> None:
    if asked.state == RequestState.GRANTED:
        messages.success(request, _("Changed: the rules allow a change like this at once."))
        return
    by = moment_in(asked.answer_due_at, terms)
    messages.success(request, _("Asked. You have an answer by %(moment)s.") % {"moment": by})


def _claim(request: HttpRequest, reference: str) -> DealRegistration:
    partner_id = partner_id_of(current_viewer(request))
    found = DealRegistration.objects.filter(partner_id=partner_id, reference=reference).first()
    if found is None:
        raise Http404
    return found


def _terms(viewer: Viewer, claim: DealRegistration) -> Terms:
    return terms_of(claim, zone=ZoneInfo(viewer.workspace.time_zone))


def _url(claim: DealRegistration) -> str:
    return reverse("portal:deal", args=[claim.reference])


def _page(request: HttpRequest, template: str, context: Mapping[str, Any], *, refused: bool) -> HttpResponse:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if refused else HTTPStatus.OK
    return show_page(request, template, context, status=status)
