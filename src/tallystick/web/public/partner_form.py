"""A partner's public form: whoever has its address registers a deal without signing in, and gets the receipt.

It has the fields and the errors of the portal's form. What the claim is answered is not shown: whoever knows the
address of a form could learn by trying who is a customer. The partner's own people are told.
See docs/how-to/ways-in.md.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from tallystick.deals.engagement import rules_in_force
from tallystick.deals.forms import fields_asked
from tallystick.deals.models import DealRegistration, OutsideSubmitter, WayIn
from tallystick.deals.receipts import ReceiptLinkInvalid, outside_receipt_path, read_outside_receipt, receipt_of
from tallystick.deals.rules.account_key import CompanyUnclear
from tallystick.deals.rules.forms.form import Subject
from tallystick.deals.services import AnswersInvalid
from tallystick.flows.outside import Submitter, register_from_outside
from tallystick.kernel.money import Money
from tallystick.partners.public_forms import FormClosed, FormHolder, holder_of
from tallystick.platform.actors import Actor, ActorKind
from tallystick.platform.clock import now, today
from tallystick.platform.tenancy import scope
from tallystick.web.access import open_to_everyone
from tallystick.web.asked import shown_answers
from tallystick.web.logos import brand_shell
from tallystick.web.portal.claims import RegistrationForm
from tallystick.web.portal.pages import trimmed
from tallystick.web.public.limits import limited, refusal
from tallystick.web.ui import formats

TRAP: Final = "middle_initials"
"""A field that people do not see; programs that fill in everything fill it in, too."""


class PublicRegistrationForm(RegistrationForm):
    """The portal's form, and who sends it."""

    submitter_name = forms.CharField(
        label=_("Your name"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("Enter your name.")},
    )
    submitter_email = forms.EmailField(
        label=_("Your e-mail address"),
        max_length=254,
        help_text=_("The receipt goes there."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={
            "required": _("Enter your e-mail address: the receipt goes there."),
            "invalid": _("Enter an address such as anna@example.com."),
        },
    )
    middle_initials = forms.CharField(
        label=_("Leave this empty"),
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Companies the partner has registered before are not for strangers.
        del self.fields["company"].widget.attrs["list"]
        # Whoever knows the address could fill the disk: files are for those who are known here.
        del self.fields["attachments"]

    def clean_middle_initials(self) -> str:
        """Refuse what only a program fills in; a person whose browser did it is told how to go on."""
        if self.cleaned_data[TRAP]:
            raise ValidationError(gettext("Empty this field and send the form again: only programs fill it in."))
        return ""


@open_to_everyone
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@limited("register", methods=("GET",))
def public_form(request: HttpRequest, token: str) -> HttpResponse:
    """Show a partner's form, or take what it claims and lead to the receipt."""
    try:
        holder = holder_of(token)
    except FormClosed:
        return render(request, "public/form_closed.html", status=HTTPStatus.GONE)
    if request.method == "POST" and (refused := refusal(request, "public_form", key=token)):
        return refused
    with (
        scope(workspace_id=holder.workspace.pk, partner_id=holder.partner.pk),
        timezone.override(ZoneInfo(holder.workspace.time_zone)),
    ):
        form = _form(request, holder)
        if request.method == "POST" and form.is_valid():
            address = form.cleaned_data["submitter_email"].lower()
            if refused := refusal(request, "public_form_mail", key=address):
                return refused
            try:
                made = _register(form, holder)
            except CompanyUnclear as problem:
                form.add_error("company", str(problem))
            except AnswersInvalid:
                # A new version of the form was published since: it is shown with what was typed.
                form = _form(request, holder)
                form.full_clean()
            else:
                return redirect(outside_receipt_path(made))
        context = {
            "form": form,
            "holder": holder,
            "shell": brand_shell(holder.workspace.pk),
            "hours": rules_in_force().engagement.answer_hours,
        }
        status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
        return render(request, "public/partner_form.html", context, status=status)


@open_to_everyone
@never_cache
@require_safe
@limited("register", methods=("GET",))
def outside_receipt(request: HttpRequest, token: str) -> HttpResponse:
    """Show the receipt to whoever has its link: what was entered, and the proof."""
    try:
        workspace_id, partner_id, registration_id = read_outside_receipt(token)
    except ReceiptLinkInvalid as invalid:
        raise Http404 from invalid
    with scope(workspace_id=workspace_id, partner_id=partner_id):
        submitters = OutsideSubmitter.objects.select_related("registration", "partner", "workspace")
        submitter = submitters.filter(registration_id=registration_id).first()
        if submitter is None:
            raise Http404
        with timezone.override(ZoneInfo(submitter.workspace.time_zone)):
            context = _receipt_context(submitter.registration, submitter)
            return render(request, "public/receipt.html", context)


def _form(request: HttpRequest, holder: FormHolder) -> PublicRegistrationForm:
    return PublicRegistrationForm(
        request.POST or None,
        home=holder.workspace.currency,
        asked=fields_asked(Subject.REGISTRATION, partner_id=holder.partner.pk),
        on=today(holder.workspace.time_zone),
    )


def _register(form: PublicRegistrationForm, holder: FormHolder) -> DealRegistration:
    return register_from_outside(
        Actor(kind=ActorKind.PERSON, label=f"Public form of {holder.partner.name}"[:120]),
        partner_id=holder.partner.pk,
        claim=form.claim(),
        submitter=Submitter(
            way=WayIn.PUBLIC_FORM,
            name=form.cleaned_data["submitter_name"],
            email=form.cleaned_data["submitter_email"].lower(),
        ),
        token=form.cleaned_data["token"],
        at=now(),
    )


def _receipt_context(made: DealRegistration, submitter: OutsideSubmitter) -> dict[str, Any]:
    return {
        "registration": made,
        "answers": shown_answers(made),
        "submitter": submitter,
        "left_out": submitter.left_out,
        "receipt": receipt_of(made),
        "submitted": formats.moment(made.submitted_at),
        "contact": made.contact_name or made.contact_email,
        "value": trimmed(Money(made.value_minor, made.currency)),
        "shell": brand_shell(made.workspace_id),
    }
