"""One deal of the partner: where it stands, who has it, what it may earn, and withdrawing its registration."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from http import HTTPStatus
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from tallystick.attribution.own_deals import (
    OwnDeal,
    own_credited_deal,
    own_registered_deal,
    own_stage_changes,
    own_touches,
    pipeline_stages,
)
from tallystick.attribution.rules.facts import TouchKind
from tallystick.commissions.own_earnings import lines_of_deal, paid_invoice_lines
from tallystick.commissions.rules.facts import PPM
from tallystick.deals.conflicts import own_claims_of
from tallystick.deals.engagement import rules_of_claim
from tallystick.deals.models import DealRegistration, RegistrationState
from tallystick.deals.rules.states import TransitionRefused
from tallystick.deals.services import About
from tallystick.deals.services.conflicts.appealing import may_dispute
from tallystick.deals.services.terms import terms_of
from tallystick.flows.registrations import withdraw_registration
from tallystick.kernel.money import Money
from tallystick.partners.models import Partner
from tallystick.platform.access import Permission, Viewer
from tallystick.platform.clock import now, today
from tallystick.platform.models import ActivityEntry
from tallystick.web.access import current_viewer, portal
from tallystick.web.asked import shown_answers
from tallystick.web.claim_files import claim_files
from tallystick.web.collaborating import collaborator_panel
from tallystick.web.console.words import day_near
from tallystick.web.conversations import MessageForm, Panel, conversation_panel, mark_as_read
from tallystick.web.handling import clock_of
from tallystick.web.portal.deal_requests import handling_of
from tallystick.web.portal.deals import deal_url, prospects_of, stage_path
from tallystick.web.portal.earnings import line_row
from tallystick.web.portal.expected import ExpectedFigure, expected_figure
from tallystick.web.portal.pages import partner_id_of, show_page, together, trimmed
from tallystick.web.portal.words import deal_tag, decision_in_words, rule_checks
from tallystick.web.ui import formats
from tallystick.web.ui.components import TimelineEntry

LIVE = frozenset({RegistrationState.SUBMITTED, RegistrationState.APPROVED, RegistrationState.CONVERTED})
ENDING, URGENT = 30, 14


class WithdrawForm(forms.Form):
    """Asks why a registration is withdrawn; the vendor reads the answer."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("Your partner manager reads this."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=1000,
        error_messages={"required": "Say why, in a word or two: both sides keep it with the registration."},
    )


@portal(Permission.SEE_OWN_DEALS)
@require_safe
def registered_deal(request: HttpRequest, reference: str) -> HttpResponse:
    """Show the deal of a registration."""
    return show_deal(request, own_registered_deal(partner_id=_partner_id(request), reference=reference))


@portal(Permission.SEE_OWN_DEALS)
@require_safe
def credited_deal(request: HttpRequest, opportunity_id: int) -> HttpResponse:
    """Show a deal the partner is credited for; one it registered has its page under the reference."""
    deal = own_credited_deal(partner_id=_partner_id(request), opportunity_id=opportunity_id)
    if deal is not None and deal.registration is not None:
        return redirect(deal_url(deal))
    return show_deal(request, deal)


@portal(Permission.REGISTER_DEALS)
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, reference: str) -> HttpResponse:
    """Show what withdrawing a registration would change, and withdraw it with a reason."""
    viewer = current_viewer(request)
    deal = own_registered_deal(partner_id=partner_id_of(viewer), reference=reference)
    if deal is None or deal.registration is None or deal.registration.state not in LIVE:
        raise Http404
    form = WithdrawForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        try:
            withdraw_registration(viewer.actor(), registration_id=deal.registration.pk, at=now(), reason=reason)
        except TransitionRefused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, f"Withdrew {reference} {deal.company}.")
        return redirect(deal_url(deal))
    on = today(viewer.workspace.time_zone)
    context = {
        "form": form,
        "deal": deal,
        "url": deal_url(deal),
        "expected": _expected(viewer, deal, on),
        "days_left": _days_left(deal, on),
        "held_while_open": deal.registration.state == RegistrationState.CONVERTED,
        "protected_until": day_near(deal.registration.protected_until, on),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return show_page(request, "portal/deals/withdraw.html", context, status=status)


def _partner_id(request: HttpRequest) -> int:
    return partner_id_of(current_viewer(request))


def show_deal(request: HttpRequest, deal: OwnDeal | None, *, message_form: MessageForm | None = None) -> HttpResponse:
    """Answer with a deal of the partner; with 422 where a message was refused."""
    if deal is None:
        raise Http404
    viewer = current_viewer(request)
    panel = conversation_of(viewer, deal, message_form)
    if request.method == "GET":
        mark_as_read(viewer, panel)
    on = today(viewer.workspace.time_zone)
    claim = deal.registration
    partner = Partner.objects.select_related("manager").get(pk=partner_id_of(viewer))
    cases = own_claims_of(registration_id=claim.pk if claim else None, opportunity_id=deal.crm.id if deal.crm else None)
    context = {
        "deal": deal,
        "tag": deal_tag(deal),
        "path": stage_path(deal, pipeline_stages()),
        "value": trimmed(deal.value) if deal.value else "",
        "manager": partner.manager,
        "close": day_near(deal.crm.close_on, on) if deal.crm else "",
        "share": formats.percent(Fraction(deal.credit.share_ppm, PPM)) if deal.credit else "",
        "touches": [
            TimelineEntry(text=TouchKind(touch.kind).noun.capitalize(), when=day_near(touch.happened_on, on))
            for touch in own_touches(deal, partner_id=partner.pk)
        ],
        "history": _history(deal, on),
        "panel": panel,
        "cases": cases,
        "may_dispute": claim is not None
        and not cases
        and viewer.may(Permission.DISPUTE_OWN_DEALS)
        and may_dispute(claim, at=now()),
        "may_withdraw": claim is not None and claim.state in LIVE and viewer.may(Permission.REGISTER_DEALS),
        **(_claim(claim, deal, on, viewer) if claim else {}),
        **_money(viewer, deal, on),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if message_form else HTTPStatus.OK
    return show_page(request, "portal/deals/deal.html", context, status=status)


def about_of(viewer: Viewer, deal: OwnDeal) -> About:
    """Return what the partner's conversation about the deal hangs on: its registration where it made one."""
    claim = deal.registration
    return About(
        partner_id=partner_id_of(viewer),
        title=f"{claim.reference} {claim.company}" if claim else deal.company,
        registration_id=claim.pk if claim else None,
        opportunity_id=deal.crm.id if deal.crm else None,
    )


def conversation_of(viewer: Viewer, deal: OwnDeal, form: MessageForm | None = None) -> Panel:
    """Return the conversation with the vendor about the deal."""
    claim = deal.registration
    if claim is not None:
        post_url = reverse("portal:write_on_registration", args=[claim.reference])
    else:
        post_url = reverse("portal:write_on_deal", args=[deal.crm.id if deal.crm else 0])
    return conversation_panel(
        viewer,
        about_of(viewer, deal),
        partner_name=viewer.partner.name if viewer.partner else "",
        post_url=post_url,
        file_url=lambda file_id: reverse("portal:file", args=[file_id]),
        may_write=viewer.may(Permission.WRITE_ON_OWN_DEALS),
        form=form,
    )


def _claim(claim: DealRegistration, deal: OwnDeal, on: date, viewer: Viewer) -> dict[str, Any]:
    """Return what is known of the registration: its clock, its decision with the rules, and its protection."""
    days_left = _days_left(deal, on)
    waits = claim.state == RegistrationState.SUBMITTED
    return handling_of(claim, viewer) | {
        "claim": claim,
        "answers": shown_answers(claim),
        "collaborating": collaborator_panel(viewer, claim),
        "files": claim_files(viewer, claim),
        "waits": waits,
        "clock": clock_of(claim, zone=ZoneInfo(viewer.workspace.time_zone)) if waits else None,
        "held_while_open": claim.state == RegistrationState.CONVERTED,
        "submitted": formats.moment(claim.submitted_at),
        "now": now(),
        "decision": decision_in_words(deal),
        "checks": rule_checks(claim),
        "days_left": days_left,
        "protection_days": max(days_left or 0, rules_of_claim(claim).engagement.protection_days),
        "protected_until": day_near(claim.protected_until, on),
        "meter": _meter(days_left),
    }


def _days_left(deal: OwnDeal, on: date) -> int | None:
    """Return the days a registration is still protected; None where it is not."""
    claim = deal.registration
    if claim is None or claim.state != RegistrationState.APPROVED or claim.protected_until is None:
        return None
    left = (claim.protected_until - on).days
    return left if left >= 0 else None


def _meter(days_left: int | None) -> str:
    if days_left is None or days_left > ENDING:
        return ""
    return "bad" if days_left <= URGENT else "warn"


def _money(viewer: Viewer, deal: OwnDeal, on: date) -> dict[str, Any]:
    """Return the partner's own lines on the deal or, until there are any, what it may expect."""
    if not viewer.may(Permission.SEE_OWN_EARNINGS):
        return {}
    lines = lines_of_deal(partner_id=partner_id_of(viewer), opportunity_id=deal.crm.id) if deal.crm else []
    if not lines:
        return {"expected": _expected(viewer, deal, on)}
    paid = paid_invoice_lines(lines)
    sums: dict[str, Money] = {}
    for line in lines:
        sums[line.currency] = sums.get(line.currency, Money(0, line.currency)) + Money(line.amount_minor, line.currency)
    return {
        "lines": [line_row(line, paid[line.invoice_line_id], on=on) for line in lines],
        "earned": together(sums.values()),
    }


def _expected(viewer: Viewer, deal: OwnDeal, on: date) -> ExpectedFigure | None:
    expectation = prospects_of(viewer, [deal], on=on).expected.get(deal_url(deal))
    return expected_figure(expectation) if expectation else None


def _history(deal: OwnDeal, on: date) -> list[TimelineEntry]:
    """Return what happened to the deal, newest first: its registration and the stages it went through."""
    happened = [(entered, _("Entered %(stage)s") % {"stage": stage}, "") for entered, stage in own_stage_changes(deal)]
    if deal.registration is not None:
        nameless = () if terms_of(deal.registration).approval.names_shown else ("registration_step_approved",)
        entries = ActivityEntry.objects.filter(
            subject_kind="deal_registration", subject_id=deal.registration.pk, partner_id=deal.registration.partner_id
        )
        happened += [
            (timezone.localtime(entry.at).date(), entry.summary, "" if entry.verb in nameless else entry.actor_label)
            for entry in entries.order_by("position")
        ]
    happened.sort(key=lambda one: one[0])
    return [TimelineEntry(text=words, when=day_near(when, on), note=who) for when, words, who in reversed(happened)]
