"""Editing a partner: what is known of it, its tier, its lifecycle; and logging what it did."""

from __future__ import annotations

from datetime import date
from http import HTTPStatus
from secrets import token_hex

from django import forms
from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from tallystick.attribution.rules.facts import TouchKind
from tallystick.attribution.services.touches import NewTouch, TouchRefused
from tallystick.crm.models import Account
from tallystick.flows.attribution import record_touch
from tallystick.flows.programmes import change_tier
from tallystick.partners.models import Lifecycle, Partner, Tier
from tallystick.partners.services import LifecycleRefused, change_details, change_lifecycle
from tallystick.platform.access import Permission
from tallystick.platform.clock import now, today
from tallystick.web.access import console, current_viewer
from tallystick.web.console.pages import show_page
from tallystick.web.console.partner_forms import DetailsForm, LifecycleForm, TierForm, TouchForm
from tallystick.web.console.partners import find_partner, show_partner, to_tab
from tallystick.web.console.words import day_near


@console(Permission.MANAGE_PARTNERS)
@require_safe
def edit(request: HttpRequest, partner_id: int) -> HttpResponse:
    """Show what can be changed about a partner."""
    return _show(request, find_partner(partner_id))


@console(Permission.MANAGE_PARTNERS)
@require_POST
def save_details(request: HttpRequest, partner_id: int) -> HttpResponse:
    """Correct what is known of a partner."""
    partner, form = find_partner(partner_id), DetailsForm(request.POST)
    if not form.is_valid():
        return _show(request, partner, details=form)
    try:
        change_details(current_viewer(request).actor(), partner_id=partner_id, details=form.details(), at=now())
    except IntegrityError:
        form.add_error("name", _("Another partner has this name."))
        return _show(request, partner, details=form)
    messages.success(request, _("Saved."))
    return redirect("console:partner", partner_id=partner_id)


@console(Permission.MANAGE_PARTNERS)
@require_POST
def save_tier(request: HttpRequest, partner_id: int) -> HttpResponse:
    """Give a partner a tier from a day on; its commissions from that day are settled again."""
    partner, form = find_partner(partner_id), TierForm(request.POST)
    if not form.is_valid():
        return _show(request, partner, tier=form)
    viewer = current_viewer(request)
    tier, valid_from = Tier(form.cleaned_data["tier"]), form.cleaned_data["valid_from"]
    on = today(viewer.workspace.time_zone)
    change_tier(viewer.actor(), partner_id=partner_id, tier=tier, valid_from=valid_from, today=on, at=now())
    words = _("%(partner)s is %(tier)s from %(day)s.")
    messages.success(request, words % {"partner": partner.name, "tier": tier.label, "day": day_near(valid_from, on)})
    return redirect("console:partner", partner_id=partner_id)


@console(Permission.MANAGE_PARTNERS)
@require_POST
def save_lifecycle(request: HttpRequest, partner_id: int) -> HttpResponse:
    """Move a partner to another point of its lifecycle, with a reason."""
    viewer, partner = current_viewer(request), find_partner(partner_id)
    form = LifecycleForm(request.POST, now=Lifecycle(partner.lifecycle))
    if not form.is_valid():
        return _show(request, partner, lifecycle=form)
    try:
        changed = change_lifecycle(
            viewer.actor(),
            partner_id=partner_id,
            lifecycle=Lifecycle(form.cleaned_data["lifecycle"]),
            on=today(viewer.workspace.time_zone),
            at=now(),
            reason=form.cleaned_data["reason"],
        )
    except LifecycleRefused as refusal:
        form.add_error("lifecycle", str(refusal))
        return _show(request, partner, lifecycle=form)
    words = _("%(partner)s is now: %(lifecycle)s.")
    messages.success(request, words % {"partner": changed.name, "lifecycle": changed.get_lifecycle_display()})
    return redirect("console:partner", partner_id=partner_id)


@console(Permission.MANAGE_ATTRIBUTION)
@require_POST
def log_touch(request: HttpRequest, partner_id: int) -> HttpResponse:
    """Log what the partner did for an account: it counts as evidence for its deals."""
    viewer, partner = current_viewer(request), find_partner(partner_id)
    form = TouchForm(request.POST)
    if form.is_valid() and (account := _account(form)):
        on = today(viewer.workspace.time_zone)
        try:
            record_touch(viewer.actor(), touch=_touch(form, partner, account, on), at=now())
        except TouchRefused as refusal:
            form.add_error("happened_on", str(refusal))
        else:
            messages.success(request, _("Logged for %(account)s; its deals are decided again.") % {"account": account})
            return to_tab(partner_id, "activity")
    return show_partner(request, partner, tab="activity", refused={"touch_form": form})


def _account(form: TouchForm) -> Account | None:
    found = list(Account.objects.filter(name__iexact=form.cleaned_data["account"].strip()).order_by("pk")[:2])
    if len(found) != 1:
        words = _("Several accounts have this name; log it on the deal.") if found else _("No account has this name.")
        form.add_error("account", words)
        return None
    return found[0]


def _touch(form: TouchForm, partner: Partner, account: Account, on: date) -> NewTouch:
    return NewTouch(
        partner_id=partner.pk,
        account_id=account.pk,
        kind=TouchKind(form.cleaned_data["kind"]),
        happened_on=form.cleaned_data["happened_on"],
        learned_on=on,
        source="console",
        external_id=token_hex(12),
        proof=form.cleaned_data["proof"],
    )


def _show(
    request: HttpRequest,
    partner: Partner,
    *,
    details: DetailsForm | None = None,
    tier: TierForm | None = None,
    lifecycle: LifecycleForm | None = None,
) -> HttpResponse:
    on = today(current_viewer(request).workspace.time_zone)
    refused: forms.Form | None = details or tier or lifecycle
    context = {
        "partner": partner,
        "details_form": details or DetailsForm.of(partner),
        "tier_form": tier or TierForm(initial={"tier": partner.tier, "valid_from": on}),
        "lifecycle_form": lifecycle or LifecycleForm(now=Lifecycle(partner.lifecycle)),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if refused else HTTPStatus.OK
    return show_page(request, "console/partners/edit.html", context, status=status)
