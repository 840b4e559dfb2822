"""One partner's page with deals, money and people; the directory is beside."""

from __future__ import annotations

from datetime import date
from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from tallystick.attribution.deal_list import DealFilter, DealOrder, deal_keys, read_deals
from tallystick.commissions.queries import CommissionTotals, commission_lines, commission_totals, statements
from tallystick.insights.partner_figures import PartnerFigures, partner_figures
from tallystick.partners.invitations import invite_partner_person
from tallystick.partners.models import Lifecycle, Partner, PartnerRole
from tallystick.partners.queries import partner_page
from tallystick.platform.access import Permission, Viewer
from tallystick.platform.clock import now, today
from tallystick.platform.invitations import AlreadyMember
from tallystick.platform.models import ActivityEntry
from tallystick.web.access import console, current_viewer
from tallystick.web.console.commissions import line_row
from tallystick.web.console.deals import account_of, amount_of, deal_url
from tallystick.web.console.pages import show_page
from tallystick.web.console.words import Tag, day_near
from tallystick.web.ui import formats
from tallystick.web.ui.components import TimelineEntry

LATEST = 8
"""How many deals, lines and entries a partner's page shows before it leads to the list of all."""
_LIFECYCLE_TONES = {
    Lifecycle.ACTIVE: "good",
    Lifecycle.ONBOARDING: "accent",
    Lifecycle.DORMANT: "warn",
    Lifecycle.DECLINED: "bad",
}


class InviteForm(forms.Form):
    """Asks whom to invite to a partner's portal, and in which role."""

    email = forms.EmailField(
        label="E-mail address",
        error_messages={"required": "Enter an address.", "invalid": "Enter an address such as anna@example.com."},
    )
    name = forms.CharField(label="Name", required=False, max_length=120)
    role = forms.ChoiceField(label="Role", choices=PartnerRole.choices, initial=PartnerRole.SELLER)


@console(Permission.SEE_PARTNERS)
@require_safe
def partner(request: HttpRequest, partner_id: int) -> HttpResponse:
    """Show one partner."""
    return _show(request, partner_id, InviteForm())


@console(Permission.MANAGE_PARTNERS)
@require_POST
def invite(request: HttpRequest, partner_id: int) -> HttpResponse:
    """Invite someone of the partner to its portal by mail."""
    invited_to = Partner.objects.filter(pk=partner_id).first()
    if invited_to is None:
        raise Http404
    form = InviteForm(request.POST)
    if form.is_valid():
        try:
            invite_partner_person(
                current_viewer(request).actor(),
                partner=invited_to,
                email=form.cleaned_data["email"],
                name=form.cleaned_data["name"],
                role=PartnerRole(form.cleaned_data["role"]),
                at=now(),
            )
        except AlreadyMember as problem:
            form.add_error("email", str(problem))
        else:
            messages.success(request, f"Invited {form.cleaned_data['email']} to {invited_to.name}.")
            return redirect("console:partner", partner_id=partner_id)
    return _show(request, partner_id, form)


def _show(request: HttpRequest, partner_id: int, form: InviteForm) -> HttpResponse:
    viewer = current_viewer(request)
    on, currency = today(viewer.workspace.time_zone), viewer.workspace.currency
    try:
        page = partner_page(partner_id)
    except Partner.DoesNotExist as missing:
        raise Http404 from missing
    figures = partner_figures(on=on).get(partner_id, PartnerFigures())
    context = {
        "partner": page.partner,
        "lead": _lead(page.partner, on),
        "lifecycle": _lifecycle(Lifecycle(page.partner.lifecycle)),
        "sourced": formats.money_exact(figures.sourced, currency),
        "influenced": formats.money_exact(figures.influenced, currency),
        "won": formats.money_exact(figures.won, currency),
        "currency": currency,
        "deals": _deals(partner_id, on),
        "deals_url": f"{reverse('console:deals')}?partner={partner_id}",
        "tiers": [(period.get_tier_display(), formats.day_and_year(period.valid_from)) for period in page.tier_periods],
        "people": page.people,
        "history": _history(partner_id, on),
        "form": form,
        "may_manage": viewer.may(Permission.MANAGE_PARTNERS),
        "may_view_as": viewer.may(Permission.VIEW_AS_PARTNER),
    } | _money(viewer, partner_id, on)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return show_page(request, "console/partners/partner.html", context, status=status)


def _lead(shown: Partner, on: date) -> str:
    parts = [
        shown.get_type_display(),
        shown.region,
        f"{shown.get_tier_display()} tier" if shown.tier else "",
        f"with us since {day_near(shown.joined_on, on)}" if shown.joined_on else "",
        f"managed by {shown.manager}" if shown.manager else "",
    ]
    return " · ".join(part for part in parts if part)


def _lifecycle(lifecycle: Lifecycle) -> Tag:
    return Tag(lifecycle.label, _LIFECYCLE_TONES.get(lifecycle, ""))


def _deals(partner_id: int, on: date) -> list[dict[str, str]]:
    keys = deal_keys(DealFilter(partner_id=partner_id), order=DealOrder(), on=on)
    return [
        {
            "url": deal_url(deal),
            "account": account_of(deal),
            "stage": deal.opportunity.stage if deal.opportunity else "Registered",
            "credit_class": deal.decision.credit_class if deal.decision else "",
            "amount": amount_of(deal),
            "close": day_near(deal.opportunity.close_on, on) if deal.opportunity else "–",
        }
        for deal in read_deals(list(keys[:LATEST]))
    ]


def _money(viewer: Viewer, partner_id: int, on: date) -> dict[str, Any]:
    """Return totals, latest lines and statements; nothing for a role that may not see money."""
    if not viewer.may(Permission.SEE_COMMISSIONS):
        return {"totals": [], "lines": [], "statements": []}
    lines = commission_lines().filter(partner_id=partner_id).select_related("reversed_by")
    return {
        "totals": [_totals(total) for total in commission_totals(on=on, partner_id=partner_id)],
        "lines": [line_row(line, on=on) for line in lines[:LATEST]],
        "lines_url": f"{reverse('console:commissions')}?partner={partner_id}",
        "statements": [
            {
                "url": reverse("console:statement", args=[row.pk]),
                "number": row.number,
                "month": formats.month(row.month),
                "closing": formats.money_exact(row.closing_minor, row.currency),
            }
            for row in statements().filter(partner_id=partner_id)[:LATEST]
        ],
    }


def _totals(total: CommissionTotals) -> dict[str, str]:
    amounts = {"held": total.held, "earned": total.beyond_hold, "clawed_back": total.clawed_back}
    return {name: _exact(amount) for name, amount in amounts.items()}


def _history(partner_id: int, on: date) -> list[TimelineEntry]:
    entries = ActivityEntry.objects.filter(partner_id=partner_id).order_by("-position")[:LATEST]
    return [
        TimelineEntry(text=entry.summary, when=day_near(entry.at.date(), on), note=entry.actor_label)
        for entry in entries
    ]
