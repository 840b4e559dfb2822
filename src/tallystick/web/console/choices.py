"""The values of filters that can be many: a menu shows the first, and a field in it finds the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tallystick.crm.models import Opportunity
from tallystick.partners.models import Partner
from tallystick.platform.access import Permission
from tallystick.platform.database.distinct import distinct_values
from tallystick.web.access import console
from tallystick.web.console.pages import show_part
from tallystick.web.listing import Filter, Option, changed
from tallystick.web.listing.address import OptionSource
from tallystick.web.ui.components import Link

SHOWN: Final = 12
"""Values in a menu; where there are no more than this, it needs no field."""
OWNERS: Final = 2_000
"""Owners among whom a search looks."""


def partner_filter() -> Filter:
    """Return the filter by partner. One query, one more where a partner beyond the first is chosen."""
    return _filter("partner", _("Partner"))


def owner_filter() -> Filter:
    """Return the filter by the owner of a deal. One query, one more where an owner beyond the first is chosen."""
    return _filter("owner", _("Owner"))


@console(Permission.SEE_DEALS)
@require_safe
def choices(request: HttpRequest, name: str) -> HttpResponse:
    """Answer with the values that a search finds, as links into the list whose state the address carries."""
    source = _SOURCES.get(name)
    if source is None:
        raise Http404
    state = request.GET.copy()
    text = " ".join(str(state.pop("find", [""])[-1]).replace("\0", " ").split())[:100]
    found = source.find(text, SHOWN)
    return show_part(request, "console/choices.html", {"links": _links(name, found, state), "text": text})


def _links(name: str, found: Sequence[Option], state: QueryDict) -> list[Link]:
    return [
        Link(label=option.label, url=changed(state, **{name: option.value}), current=state.get(name) == option.value)
        for option in found
    ]


def _filter(name: str, label: str) -> Filter:
    found = _SOURCES[name].find("", SHOWN + 1)
    if len(found) <= SHOWN:
        return Filter(name=name, label=label, options=tuple(found))
    source = OptionSource(url=reverse("console:choices", args=[name]), name_of=_SOURCES[name].name_of)
    return Filter(name=name, label=label, options=tuple(found[:SHOWN]), source=source)


@dataclass(frozen=True, slots=True)
class _Source:
    """How the values of one filter are found, and what one of them is called."""

    find: Callable[[str, int], Sequence[Option]]
    name_of: Callable[[str], str]


def _partners(text: str, at_most: int) -> Sequence[Option]:
    rows = Partner.objects.filter(name__icontains=text) if text else Partner.objects.all()
    found = rows.order_by("name").values_list("pk", "name")[:at_most]
    return [Option(value=str(key), label=name) for key, name in found]


def _partner_name(value: str) -> str:
    if not (value.isascii() and value.isdigit() and len(value) < 19):
        return ""
    return Partner.objects.filter(pk=int(value)).values_list("name", flat=True).first() or ""


def _owners(text: str, at_most: int) -> Sequence[Option]:
    names = distinct_values(Opportunity, "owner_name", at_most=OWNERS if text else at_most)
    return [Option(value=name, label=name) for name in names if text.casefold() in name.casefold()][:at_most]


def _owner_name(value: str) -> str:
    return value if Opportunity.objects.filter(owner_name=value).exists() else ""


_SOURCES: Final[Mapping[str, _Source]] = {
    "partner": _Source(_partners, _partner_name),
    "owner": _Source(_owners, _owner_name),
}
