"""What the command palette offers in the portal: its pages, the partner's own deals and statements, and actions."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tallystick.attribution.own_deal_list import OwnDealFilter, OwnDealKeys, read_own_deals
from tallystick.commissions.own_earnings import own_statements
from tallystick.deals.models import Lead
from tallystick.insights.search import SHORTEST
from tallystick.platform.access import Permission, Viewer
from tallystick.platform.database.search import words_of
from tallystick.web.access import current_viewer, portal
from tallystick.web.palette import (
    Group,
    Item,
    actions_group,
    pages_group,
    palette_context,
    switch_theme,
    typed_in,
    wants_options,
)
from tallystick.web.portal.deals import deal_url
from tallystick.web.portal.pages import partner_id_of, shell, show_page
from tallystick.web.ui import formats

SHOWN = 6


@portal(Permission.SEE_OWN_PORTAL)
@require_safe
def palette(request: HttpRequest) -> HttpResponse:
    """Offer the pages, actions, deals and statements that the words typed find and this viewer may open."""
    viewer, typed = current_viewer(request), typed_in(request)
    groups = [pages_group(shell(request, viewer).links, typed)]
    if len("".join(words_of(typed))) >= SHORTEST:
        groups += [_deals(viewer, typed), _leads(viewer, typed), _statements(viewer, typed)]
    groups.append(actions_group(_actions(viewer), typed))
    context = palette_context(typed, groups)
    if wants_options(request):
        return show_page(request, "ui/palette/options.html", context)
    return show_page(request, "portal/palette.html", context)


def _deals(viewer: Viewer, typed: str) -> Group:
    if not viewer.may(Permission.SEE_OWN_DEALS):
        return Group(heading="", items=())
    partner_id = partner_id_of(viewer)
    keys = OwnDealKeys(partner_id, OwnDealFilter(search=typed))[:SHOWN]
    items = (
        Item(label=deal.company, note=str(deal.state.label), url=deal_url(deal), icon="handshake")
        for deal in read_own_deals(keys, partner_id=partner_id)
    )
    return Group(heading=_("Your deals"), items=tuple(items))


def _leads(viewer: Viewer, typed: str) -> Group:
    if not viewer.may(Permission.SEE_OWN_LEADS):
        return Group(heading="", items=())
    named = Q(company__icontains=typed) | Q(reference__icontains=typed)
    rows = Lead.objects.filter(named, partner_id=partner_id_of(viewer)).order_by("-introduced_at", "-pk")[:SHOWN]
    items = (
        Item(
            label=row.company,
            note=str(row.get_state_display()),
            url=reverse("portal:lead", args=[row.reference]),
            icon="user-round-plus",
        )
        for row in rows
    )
    return Group(heading=_("Your leads"), items=tuple(items))


def _statements(viewer: Viewer, typed: str) -> Group:
    if not viewer.may(Permission.SEE_OWN_EARNINGS):
        return Group(heading="", items=())
    rows = own_statements(partner_id=partner_id_of(viewer)).filter(number__icontains=typed)[:SHOWN]
    items = (
        Item(
            label=row.number,
            note=formats.month(row.month),
            url=reverse("portal:statement", args=[row.pk]),
            icon="receipt-text",
        )
        for row in rows
    )
    return Group(heading=_("Your statements"), items=tuple(items))


def _actions(viewer: Viewer) -> Iterator[Item]:
    """Yield what the viewer may do from anywhere."""
    if viewer.may(Permission.REGISTER_DEALS):
        words = _("new claim protect")
        yield Item(label=_("Register a deal"), url=reverse("portal:register"), icon="plus", words=words)
    if viewer.may(Permission.INTRODUCE_LEADS):
        url, words = reverse("portal:introduce_lead"), _("new introduction company")
        yield Item(label=_("Introduce a lead"), url=url, icon="user-round-plus", words=words)
    if viewer.may(Permission.SEE_OWN_EARNINGS):
        yield Item(label=_("See your statements"), url=reverse("portal:statements"), icon="receipt-text")
    yield Item(label=_("Your account"), url=reverse("account:profile"), icon="user-round", words=_("password passkey"))
    yield switch_theme()
