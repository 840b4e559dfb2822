"""A case about one's own claim: what the rules say, what was ruled, and the appeal. Nobody else is named."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tallystick.attribution.own_deals import own_registered_deal
from tallystick.deals.conflicts import OwnCase, OwnRuling, own_case
from tallystick.deals.models import ConflictState
from tallystick.deals.rules.conflicts.ruling import ConflictRefused
from tallystick.deals.services.conflicts import appeal_ruling, dispute_decision
from tallystick.platform.access import Permission, Viewer
from tallystick.platform.clock import now, today
from tallystick.web.access import current_viewer, portal
from tallystick.web.conflicts import part_words, share_words, weighed
from tallystick.web.portal.deals import deal_url
from tallystick.web.portal.pages import partner_id_of, show_page
from tallystick.web.ui import formats
from tallystick.web.words import check_item, rule_words

PREFIX = "CF-"


class WordsForm(forms.Form):
    """Asks what is wrong with a decision or a ruling; the vendor reads the answer."""

    words = forms.CharField(
        label=gettext_lazy("What is wrong with it"),
        help_text=gettext_lazy("Say what was overlooked. Files go into the conversation about the deal."),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=2000,
        error_messages={"required": gettext_lazy("Say what is wrong with it.")},
    )


@portal(Permission.SEE_OWN_DEALS)
@require_safe
def conflict(request: HttpRequest, reference: str) -> HttpResponse:
    """Show a case."""
    return _show(request, _find(request, reference), WordsForm())


@portal(Permission.DISPUTE_OWN_DEALS)
@require_POST
def appeal(request: HttpRequest, reference: str) -> HttpResponse:
    """Appeal the ruling."""
    viewer, case, form = current_viewer(request), _find(request, reference), WordsForm(request.POST)
    if form.is_valid():
        words = form.cleaned_data["words"]
        try:
            appeal_ruling(viewer.actor(), conflict_id=case.id, partner_id=partner_id_of(viewer), words=words, at=now())
        except ConflictRefused as refusal:
            form.add_error("words", str(refusal))
        else:
            messages.success(request, _("Appealed. Another person decides now."))
            return redirect("portal:conflict", reference=reference)
    return _show(request, case, form)


@portal(Permission.DISPUTE_OWN_DEALS)
@require_http_methods(["GET", "HEAD", "POST"])
def dispute(request: HttpRequest, reference: str) -> HttpResponse:
    """Dispute the decision on a registration of one's own."""
    viewer, form = current_viewer(request), WordsForm(request.POST or None)
    deal = own_registered_deal(partner_id=partner_id_of(viewer), reference=reference)
    if deal is None or deal.registration is None:
        raise Http404
    if request.method == "POST" and form.is_valid():
        words = form.cleaned_data["words"]
        try:
            opened = dispute_decision(viewer.actor(), registration_id=deal.registration.pk, words=words, at=now())
        except ConflictRefused as refusal:
            form.add_error("words", str(refusal))
        else:
            messages.success(request, _("The decision is disputed. Somebody looks at it again."))
            return redirect("portal:conflict", reference=opened.reference)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    context = {"form": form, "deal": deal, "url": deal_url(deal)}
    return show_page(request, "portal/conflicts/dispute.html", context, status=status)


def _find(request: HttpRequest, reference: str) -> OwnCase:
    number = reference.removeprefix(PREFIX)
    if not (number.isascii() and number.isdigit() and len(number) < 18):
        raise Http404
    found = own_case(partner_id=partner_id_of(current_viewer(request)), conflict_id=int(number))
    if found is None:
        raise Http404
    return found


def _show(request: HttpRequest, case: OwnCase, form: WordsForm) -> HttpResponse:
    viewer = current_viewer(request)
    registration = case.own.registration
    advice = weighed(case.claims, direct_days=case.direct_days, names={}, reader=case.own.partner_id)
    context: dict[str, Any] = {
        "case": case,
        "waits": case.state in (ConflictState.OPEN, ConflictState.APPEALED),
        "due": formats.moment(case.due_at),
        "now": now(),
        "registration": registration,
        "since": formats.moment(case.own.happened_at) if case.own.happened_at else "",
        "checks": [check_item(step) for step in advice.steps],
        "rulings": [_ruling(row) for row in case.rulings],
        "appeal_until": formats.day_and_year(case.appeal_until) if case.appeal_until else "",
        "may_appeal": _may_appeal(viewer, case),
        "form": form,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return show_page(request, "portal/conflicts/conflict.html", context, status=status)


def _may_appeal(viewer: Viewer, case: OwnCase) -> bool:
    if case.state != ConflictState.RULED or case.appeal_until is None or not viewer.may(Permission.DISPUTE_OWN_DEALS):
        return False
    return today(viewer.workspace.time_zone) <= case.appeal_until


def _ruling(row: OwnRuling) -> dict[str, Any]:
    return {
        "row": row,
        **part_words(row.ppm),
        "share": share_words(row.ppm),
        "rule": rule_words(row.rule),
        "when": formats.moment(row.ruled_at),
    }
