"""The ecosystem: every partner by type, tier and value, what the whole rests on, and demand that nobody answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from babel import Locale
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import get_language, ngettext, to_locale
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tallystick.insights.ecosystem import (
    EcosystemPartner,
    demand_by_country,
    ecosystem_partners,
    unserved_deals,
)
from tallystick.insights.rules.ecosystem import Demand, a_fifth_of, concentration, white_space
from tallystick.platform.access import Permission
from tallystick.platform.clock import today
from tallystick.web.access import console, current_viewer
from tallystick.web.console.ecosystem_map import FAMILY_NAMES, HEALTH_WORDS, MOST, Addresses, draw_map, ring_of
from tallystick.web.console.pages import show_page
from tallystick.web.console.words import day_near
from tallystick.web.ui import formats
from tallystick.web.ui.components import FAMILIES, Link

NARROW_ROWS: Final = 20
GAP_ROWS: Final = 25
PAGE: Final = 50
VIEWS: Final = ("map", "list")
COLOURS: Final = ("type", "health")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for; what it does not name, or names wrongly, is as it comes."""

    view: str
    colour: str
    family: str
    health: str
    search: str
    partner: int | None
    gap: str
    page: int

    @classmethod
    def read(cls, parameters: QueryDict) -> Asked:
        """Return what an address asks for."""
        return cls(
            view=_one_of(parameters.get("view", ""), VIEWS),
            colour=_one_of(parameters.get("colour", ""), COLOURS) or "type",
            family=_one_of(parameters.get("family", ""), tuple(FAMILY_NAMES)),
            health=_one_of(parameters.get("health", ""), tuple(HEALTH_WORDS)),
            search=parameters.get("q", "").strip()[:80],
            partner=_number(parameters.get("partner", "")),
            gap=parameters.get("gap", "")[:2].upper(),
            page=_number(parameters.get("page", "")) or 1,
        )

    def finds(self, partner: EcosystemPartner) -> bool:
        """Tell whether a partner is among those asked for."""
        return (
            self.family in {"", FAMILIES[partner.type]}
            and self.health in {"", partner.health.status.value}
            and self.search.casefold() in partner.name.casefold()
        )


@console(Permission.SEE_PARTNERS)
@require_safe
def ecosystem(request: HttpRequest) -> HttpResponse:
    """Show the ecosystem as a map or a list."""
    viewer, asked = current_viewer(request), Asked.read(request.GET)
    on, currency = today(viewer.workspace.time_zone), viewer.workspace.currency
    every = ecosystem_partners(on=on)
    found = [one for one in every if asked.finds(one)]
    served = {one.country for one in every}
    gaps = white_space(demand_by_country(on=on), served=served)
    selected = next((one for one in every if one.id == asked.partner), None)
    shows_map = asked.view != "list" and bool(found)
    rows = found[(asked.page - 1) * PAGE : asked.page * PAGE] if asked.view == "list" else found[:NARROW_ROWS]
    context = {
        "lead": _lead(every, found),
        "asked": asked,
        "health_words": HEALTH_WORDS,
        "partners": every,
        "found": found,
        "shows_map": shows_map,
        "map": _map(request, found, asked, currency) if shows_map else None,
        "rows": [_row(one, currency, on) for one in rows],
        "more": len(found) - len(rows) if asked.view != "list" else 0,
        "list_url": _with(request, view="list"),
        "next_url": _with(request, page=str(asked.page + 1)) if asked.page * PAGE < len(found) else "",
        "previous_url": _with(request, page=str(asked.page - 1)) if asked.page > 1 else "",
        "views": _views(request, asked),
        "colours": _colours(request, asked),
        "families": _families(request, asked, every),
        "healths": _healths(request, asked, every),
        "selected": _facts(selected, currency, on) if selected else None,
        "close_url": _with(request, partner=""),
        "concentration": _concentration(every, currency, request),
        "gaps": [_gap(gap, currency, request) for gap in gaps],
        "gap": _gap_rows(asked.gap, gaps, currency, on),
        "close_gap_url": _with(request, gap=""),
        "currency": currency,
    }
    return show_page(request, "console/ecosystem/ecosystem.html", context)


def _map(request: HttpRequest, found: Sequence[EcosystemPartner], asked: Asked, currency: str) -> Any:
    addresses = Addresses(
        partner={one.id: _with(request, partner=str(one.id)) for one in found[:MOST]},
        family={family: _with(request, view="list", family=family) for family in FAMILY_NAMES},
    )
    return draw_map(found, currency=currency, addresses=addresses, selected=asked.partner)


def _lead(every: Sequence[EcosystemPartner], found: Sequence[EcosystemPartner]) -> str:
    if len(found) < len(every):
        return _(
            "%(found)s of %(count)s partners, by type and tier. Size is revenue sourced in the last 12 months."
        ) % {
            "found": formats.number(len(found)),
            "count": formats.number(len(every)),
        }
    return ngettext(
        "%(count)s partner by type and tier. Size is revenue sourced in the last 12 months.",
        "%(count)s partners by type and tier. Size is revenue sourced in the last 12 months.",
        len(every),
    ) % {"count": formats.number(len(every))}


def _views(request: HttpRequest, asked: Asked) -> list[Link]:
    return [
        Link(label=_("Map"), url=_with(request, view="map", page=""), icon="orbit", current=asked.view != "list"),
        Link(label=_("List"), url=_with(request, view="list"), icon="list", current=asked.view == "list"),
    ]


def _colours(request: HttpRequest, asked: Asked) -> list[Link]:
    return [
        Link(label=_("Type"), url=_with(request, colour=""), current=asked.colour == "type"),
        Link(label=_("Health"), url=_with(request, colour="health"), current=asked.colour == "health"),
    ]


def _families(request: HttpRequest, asked: Asked, every: Sequence[EcosystemPartner]) -> list[dict[str, Any]]:
    counts = {family: sum(FAMILIES[one.type] == family for one in every) for family in FAMILY_NAMES}
    return [
        {
            "family": family,
            "label": name,
            "count": counts[family],
            "url": _with(request, family="" if asked.family == family else family, page=""),
            "current": asked.family == family,
        }
        for family, name in FAMILY_NAMES.items()
        if counts[family]
    ]


def _healths(request: HttpRequest, asked: Asked, every: Sequence[EcosystemPartner]) -> list[dict[str, Any]]:
    return [
        {
            "status": status,
            "label": words,
            "count": sum(one.health.status.value == status for one in every),
            "url": _with(request, health="" if asked.health == status else status, page=""),
            "current": asked.health == status,
        }
        for status, words in HEALTH_WORDS.items()
    ]


def _row(one: EcosystemPartner, currency: str, on: date) -> dict[str, Any]:
    return {
        "url": reverse("console:partner", args=[one.id]),
        "name": one.name,
        "type": one.type.value,
        "note": " · ".join(str(part) for part in (one.type.label, one.region) if part),
        "tier": one.tier.label if one.tier else "",
        "health": one.health.status.value,
        "reasons": " ".join(one.health.reasons),
        "value": formats.money_exact(one.value, currency),
        "sourced": formats.money_exact(one.figures.sourced, currency),
        "active": day_near(one.figures.last_active_on, on),
    }


def _facts(one: EcosystemPartner, currency: str, on: date) -> dict[str, Any]:
    return {
        "partner": one,
        "note": " · ".join(
            str(part) for part in (one.type.label, one.tier.label if one.tier else "", one.region) if part
        ),
        "health": one.health.status.value,
        "reasons": one.health.reasons,
        "ring": ring_of(one),
        "value": formats.money_exact(one.value, currency),
        "sourced": formats.money_exact(one.figures.sourced, currency),
        "influenced": formats.money_exact(one.figures.influenced, currency),
        "active": day_near(one.figures.last_active_on, on),
        "url": reverse("console:partner", args=[one.id]),
        "deals_url": f"{reverse('console:deals')}?partner={one.id}",
    }


def _concentration(every: Sequence[EcosystemPartner], currency: str, request: HttpRequest) -> list[dict[str, Any]]:
    values = {one.id: one.value for one in every}
    names = {one.id: one.name for one in every}
    fifth = a_fifth_of(len(every))
    found = []
    for first, label in (
        (1, _("The first partner")),
        (2, _("The first two")),
        (fifth, _("A fifth of all, the first %(count)d") % {"count": fifth}),
    ):
        top = concentration(values, first=first)
        if top.share is None:
            continue
        found.append(
            {
                "label": label,
                "names": ", ".join(names[one] for one in top.partner_ids[:3]) + ("…" if first > 3 else ""),
                "share": formats.percent(top.share),
                "percent": round(top.share * 100),
                "value": formats.money_short(top.value, currency),
                "url": _with(request, view="list"),
            }
        )
    return found


def _gap(gap: Demand, currency: str, request: HttpRequest) -> dict[str, Any]:
    country = country_name(gap.country)
    return {
        "label": _("No partner in %(country)s") % {"country": country},
        "note": ngettext(
            "%(count)s open deal worth %(amount)s has no partner",
            "%(count)s open deals worth %(amount)s have no partner",
            gap.deals,
        )
        % {"count": formats.number(gap.deals), "amount": formats.money_short(gap.value, currency)},
        "url": f"{_with(request, gap=gap.country)}#gap",
    }


def _gap_rows(code: str, gaps: Sequence[Demand], currency: str, on: date) -> dict[str, Any] | None:
    gap = next((one for one in gaps if one.country == code), None)
    if gap is None:
        return None
    rows = unserved_deals(code, on=on)[:GAP_ROWS]
    return {
        "country": country_name(code),
        "deals": gap.deals,
        "more": gap.deals - len(rows) if gap.deals > GAP_ROWS else 0,
        "rows": [
            {
                "url": reverse("console:deal", args=[row.pk]),
                "account": row.account.name,
                "stage": row.stage,
                "amount": formats.money_exact(row.amount, currency) if row.amount is not None else "–",
            }
            for row in rows
        ],
    }


def country_name(code: str) -> str:
    """Return what a country is called in the reader's language."""
    name: str = Locale.parse(to_locale(get_language() or "en")).territories.get(code, code)
    return name


def _with(request: HttpRequest, **changes: str) -> str:
    """Return this page's address with some parameters changed; "" takes one away."""
    parameters = request.GET.copy()
    for name, value in changes.items():
        if value:
            parameters[name] = value
        else:
            parameters.pop(name, None)
    return f"?{parameters.urlencode()}" if parameters else request.path


def _one_of(given: str, known: Sequence[str]) -> str:
    return given if given in known else ""


def _number(given: str) -> int | None:
    return int(given) if given.isascii() and given.isdigit() and len(given) < 12 else None
