"""Register a deal in under a minute: the form, the answer while it is typed, and the receipt."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Final

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tallystick.commissions.own_expectations import expected_of_claim, terms_on
from tallystick.commissions.rules.expectation import Expectation
from tallystick.deals.claim_texts import ValueRefused, read_value
from tallystick.deals.disclosure import explanation_for_partner, keeps_quiet
from tallystick.deals.engagement import rules_in_force, rules_of_claim
from tallystick.deals.forms import fields_asked
from tallystick.deals.models import DealRegistration, FormDraft, OutsideSubmitter, RegistrationState
from tallystick.deals.receipts import receipt_of
from tallystick.deals.rules.account_key import CompanyUnclear
from tallystick.deals.rules.disclosure import Disclosure
from tallystick.deals.rules.engagement.assessing import Check
from tallystick.deals.rules.forms.form import Subject
from tallystick.deals.services import (
    AnswersInvalid,
    CheckedClaim,
    NewRegistration,
    check_registration,
    submit_once,
)
from tallystick.kernel.money import Money
from tallystick.kernel.names import DomainRefused, normalise_domain
from tallystick.partners.models import Partner
from tallystick.partners.standing import product_key_of
from tallystick.platform.access import Permission, Viewer
from tallystick.platform.clock import now, today
from tallystick.platform.files.media_types import FileRefused
from tallystick.platform.files.refusals import refusal_words
from tallystick.web.access import current_viewer, portal
from tallystick.web.asked import shown_answers
from tallystick.web.check_limits import wait_to_check
from tallystick.web.drafts import REGISTRATION, answer_draft, draft_asked, draft_context, forget_draft
from tallystick.web.files import shown_files
from tallystick.web.portal.claims import RegistrationForm
from tallystick.web.portal.expected import ExpectedFigure, expected_figure
from tallystick.web.portal.keepsakes import calendar_file, forward_of, known_companies
from tallystick.web.portal.pages import partner_id_of, show_page, trimmed
from tallystick.web.portal.words import declined_at_once, rule_checks
from tallystick.web.ui import formats

PORTAL: Final = "ui/portal.html"


@dataclass(frozen=True, slots=True)
class LiveAnswer:
    """What a claim would be answered now, in one line; `tone` is "good", "warn", "bad" or nothing."""

    tone: str
    icon: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a deal is registered: in the portal, or from a link without signing in."""

    viewer: Viewer
    check_url: str
    draft_url: str
    """Where what is typed is kept."""
    receipt_name: str
    """Name of the receipt's address."""
    receipt_arguments: tuple[str, ...] = ()
    """What that address takes before the reference."""
    base: str = PORTAL
    context: Mapping[str, Any] = field(default_factory=dict)
    """What the page shows beside the form."""

    @property
    def partner_id(self) -> int:
        """The partner that registers."""
        return partner_id_of(self.viewer)

    def receipt_url(self, reference: str) -> str:
        """Return the address of a registration's receipt."""
        return reverse(self.receipt_name, args=[*self.receipt_arguments, reference])


@portal(Permission.REGISTER_DEALS)
@require_http_methods(["GET", "HEAD", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    """Show the form and take what it claims; a form that is sent again leads to the same receipt."""
    return answer_form(request, _desk(request))


@portal(Permission.REGISTER_DEALS)
@require_POST
def check(request: HttpRequest) -> HttpResponse:
    """Answer a claim that is being typed; nothing is written and nothing is held."""
    return answer_check(request, current_viewer(request))


@portal(Permission.REGISTER_DEALS)
@require_POST
def draft(request: HttpRequest) -> HttpResponse:
    """Keep what is being typed, save it as a draft, or throw a draft away."""
    return answer_draft(request, REGISTRATION, current_viewer(request))


@portal(Permission.SEE_OWN_DEALS)
@require_safe
def receipt(request: HttpRequest, reference: str) -> HttpResponse:
    """Show the receipt of a registration: its moment with the proof, the answer and when the next one is due."""
    desk = _desk(request)
    return answer_receipt(request, desk, _own_registration(desk, reference))


@portal(Permission.SEE_OWN_DEALS)
@require_safe
def receipt_calendar(request: HttpRequest, reference: str) -> HttpResponse:
    """Give the moment by which the answer is due as a calendar file."""
    return calendar_file(_own_registration(_desk(request), reference))


def answer_form(request: HttpRequest, desk: Desk, *, before: Callable[[datetime], None] | None = None) -> HttpResponse:
    """Show the form at a desk and take what it claims; `before` runs in the transaction of the registration."""
    viewer = desk.viewer
    kept = draft_asked(request, REGISTRATION, viewer)
    form = _form(request, desk, typed=kept.typed if kept else None)
    if request.method == "POST" and form.is_valid():
        at = now()
        try:
            with transaction.atomic():
                if before is not None:
                    before(at)
                made = submit_once(
                    viewer.actor(),
                    partner_id=desk.partner_id,
                    claim=form.claim(),
                    at=at,
                    token=form.cleaned_data["token"],
                )
                forget_draft(request, REGISTRATION, viewer)
        except FileRefused as refused:
            words = _("%(why)s Nothing was registered yet; choose the files again.")
            form.add_error("attachments", words % {"why": refusal_words(refused)})
        except AnswersInvalid:
            # A new version of the form was published since: it is shown with what was typed.
            form = _form(request, desk)
            form.full_clean()
        else:
            return redirect(desk.receipt_url(made.reference))
    context = {
        "form": form,
        "desk": desk,
        "known": known_companies(desk.partner_id),
        "hours": rules_in_force().engagement.answer_hours,
        **draft_context(request, REGISTRATION, kept, draft_url=desk.draft_url),
        **_live(_so_far(request, desk, kept), viewer, at=now()),
        **desk.context,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return _answer_page(request, desk, "portal/register/form.html", context, status=status)


def _so_far(request: HttpRequest, desk: Desk, kept: FormDraft | None) -> Mapping[str, str]:
    """Return what the form holds, to be looked up as while it is typed: who has looked up too often is told nothing."""
    typed: dict[str, str] = kept.typed if kept else {name: str(text) for name, text in request.POST.items()}
    person_id = desk.viewer.person.pk
    if typed.get("website") and wait_to_check(request, partner_id=desk.partner_id, person_id=person_id):
        return {name: text for name, text in typed.items() if name != "website"}
    return typed


def _form(request: HttpRequest, desk: Desk, *, typed: Mapping[str, str] | None = None) -> RegistrationForm:
    return RegistrationForm(
        request.POST or None,
        request.FILES or None,
        initial=typed,
        home=desk.viewer.workspace.currency,
        asked=fields_asked(Subject.REGISTRATION, partner_id=desk.partner_id),
        on=today(desk.viewer.workspace.time_zone),
    )


def answer_check(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Answer a claim that is being typed at either desk; who asks too often is told when to ask again."""
    seconds = wait_to_check(request, partner_id=partner_id_of(viewer), person_id=viewer.person.pk)
    if seconds:
        again = formats.moment(now() + timedelta(seconds=seconds))
        said = _("Too many look-ups. You can register all the same, and look up again from %(moment)s.")
        context = {"answer": LiveAnswer("warn", "clock-3", said % {"moment": again})}
        refused = render(request, "portal/register/answer.html", context, status=HTTPStatus.TOO_MANY_REQUESTS)
        refused["Retry-After"] = str(seconds)
        return refused
    return render(request, "portal/register/check.html", _live(request.POST, viewer, at=now()))


def answer_receipt(request: HttpRequest, desk: Desk, made: DealRegistration) -> HttpResponse:
    """Show the receipt of a registration at either desk."""
    viewer = desk.viewer
    declined = declined_at_once(made)
    outside = OutsideSubmitter.objects.filter(registration=made).first()
    context = {
        "desk": desk,
        "registration": made,
        "answers": shown_answers(made),
        "files": shown_files(made, "portal:file"),
        "value": trimmed(Money(made.value_minor, made.currency)),
        "contact": made.contact_name or made.contact_email,
        "submitted": formats.moment(made.submitted_at),
        "due": formats.moment(made.answer_due_at),
        "receipt": receipt_of(made),
        "submitter": None if made.submitted_by_id else outside,
        "left_out": outside.left_out if outside else (),
        "answer": answered.conclusion if (answered := explanation_for_partner(made)) else "",
        "keeps_quiet": keeps_quiet(made),
        "declined_at_once": declined,
        "waits": made.state == RegistrationState.SUBMITTED,
        "checks": rule_checks(made),
        "rules": rules_of_claim(made),
        "protection_days": rules_of_claim(made).engagement.protection_days,
        "expected": None if declined else _expected(viewer, Money(made.value_minor, made.currency)),
        "manager": Partner.objects.select_related("manager").get(pk=desk.partner_id).manager,
        "calendar_url": f"{desk.receipt_url(made.reference)}calendar/",
        "forward": forward_of(made),
        **desk.context,
    }
    return _answer_page(request, desk, "portal/register/receipt.html", context)


def _desk(request: HttpRequest) -> Desk:
    return Desk(
        viewer=current_viewer(request),
        check_url=reverse("portal:check"),
        draft_url=reverse("portal:draft"),
        receipt_name="portal:receipt",
    )


def _own_registration(desk: Desk, reference: str) -> DealRegistration:
    made = DealRegistration.objects.filter(partner_id=desk.partner_id, reference=reference).first()
    if made is None:
        raise Http404
    return made


def _answer_page(
    request: HttpRequest, desk: Desk, template: str, context: Mapping[str, Any], *, status: int = HTTPStatus.OK
) -> HttpResponse:
    if desk.base == PORTAL:
        return show_page(request, template, {"base": desk.base, **context}, status=status)
    return render(request, template, {"base": desk.base, "viewer": desk.viewer, **context}, status=status)


def _live(typed: Mapping[str, str], viewer: Viewer, *, at: datetime) -> dict[str, Any]:
    """Return what can be said of the claim so far: whether it can be registered, and what it would earn."""
    value = _value_so_far(typed.get("value", ""), home=viewer.workspace.currency)
    answer = _answer(typed, viewer, value, at=at)
    may_earn = value is not None and (answer is None or answer.tone != "bad")
    return {
        "answer": answer,
        "value": trimmed(value) if value and may_earn else "",
        "expected": _expected(viewer, value) if value and may_earn else None,
        "protection_days": rules_in_force().engagement.protection_days,
    }


def _expected(viewer: Viewer, value: Money) -> ExpectedFigure | None:
    if not viewer.may(Permission.SEE_OWN_EARNINGS):
        return None
    partner = Partner.objects.get(pk=partner_id_of(viewer))
    expectation: Expectation = expected_of_claim(
        partner, value=value, country="", terms=terms_on(today(viewer.workspace.time_zone))
    )
    return expected_figure(expectation)


def _value_so_far(text: str, *, home: str) -> Money | None:
    try:
        return read_value(text.strip(), home=home)
    except ValueRefused:
        return None


def _answer(typed: Mapping[str, str], viewer: Viewer, value: Money | None, *, at: datetime) -> LiveAnswer | None:
    """Check the claim once its website names a company; before that there is nothing to say."""
    website = typed.get("website", "")
    try:
        normalise_domain(website)
        claim = NewRegistration(
            company=typed.get("company", ""),
            website=website,
            value=value or Money(0, viewer.workspace.currency),
            product_key=product_key_of(typed.get("product", "")[:120]),
            distributor=typed.get("distributor", "")[:120],
        )
        checked = check_registration(partner_id=partner_id_of(viewer), claim=claim, at=at)
    except (DomainRefused, CompanyUnclear):
        return None
    return _in_one_line(checked, value_is_known=value is not None)


def _in_one_line(checked: CheckedClaim, *, value_is_known: bool) -> LiveAnswer:
    told = checked.told.eligibility
    if told.declined_by is not None:
        return LiveAnswer("bad", "octagon-x", told.declined_by.sentence)
    doubts = [check for check in told.checks if _is_doubt(check, value_is_known=value_is_known)]
    if doubts:
        said = " ".join(check.sentence.removesuffix(" A person decides.") for check in doubts)
        return LiveAnswer("warn", "triangle-alert", f"{said} You can register it; a person decides.")
    if checked.disclosure is Disclosure.NOTHING:
        return LiveAnswer("", "info", "You can register it. What we know of a company is not told while you type.")
    return LiveAnswer(
        "good", "circle-check", "First to register, not a customer, no open deal of ours: eligible for protection"
    )


def _is_doubt(check: Check, *, value_is_known: bool) -> bool:
    return check.is_open and (value_is_known or not any(name.startswith("claim.value") for name in check.facts))
