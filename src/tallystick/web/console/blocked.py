"""The invoice lines whose commission waits for review, each with the reason; nothing is paid by default."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tallystick.commissions.models import BlockedLine
from tallystick.commissions.queries import blocked_lines
from tallystick.crm.models import Account
from tallystick.platform.access import Permission
from tallystick.platform.database.search import found_by_words
from tallystick.programmes.rules.facts import facts_in_words
from tallystick.web.access import console, current_viewer
from tallystick.web.console.choices import partner_filter
from tallystick.web.console.commissions import section_tabs
from tallystick.web.console.pages import FRAME
from tallystick.web.listing import FileColumn, Kind, Listing
from tallystick.web.listing.cells import Row, partner, text
from tallystick.web.listing.exports import Value
from tallystick.web.listing.lists import Part, RowList
from tallystick.web.listing.serving import answer_list
from tallystick.web.ui.components import Column
from tallystick.web.words import day_near


@console(Permission.SEE_COMMISSIONS)
@require_safe
def blocked(request: HttpRequest) -> HttpResponseBase:
    """List the blocked lines, oldest first."""
    listed = BlockedList(current_viewer(request), request.GET)
    context = {"tabs": section_tabs("blocked")}
    return answer_list(request, FRAME, listed, "console/commissions/blocked.html", context)


class BlockedList(RowList[BlockedLine]):
    """The blocked lines."""

    name = "blocked"
    page = "console:blocked"
    permission = Permission.SEE_COMMISSIONS
    without: ClassVar[Mapping[Part, str]] = {
        Part.GROUPS: "What is missing is a sentence of its own for each: there would be a heading a row.",
        Part.BULK: "Each is blocked for a reason of its own, and freed by mending that.",
        Part.EDITING: "What is missing is mended where it comes from.",
    }
    file_columns = (
        FileColumn("Since", Kind.MOMENT),
        FileColumn("Customer"),
        FileColumn("Invoice"),
        FileColumn("Partner"),
        FileColumn("Why it waits"),
    )

    def offer(self) -> Listing:
        """Return what can be asked of the blocked lines."""
        return Listing(
            things=_("blocked lines"),
            columns=(
                Column(key="customer", label=_("Customer"), kind="one-line", fixed=True),
                Column(key="since", label=_("Since"), kind="date", sort="since"),
                Column(key="invoice", label=_("Invoice"), kind="one-line"),
                Column(key="partner", label=_("Partner")),
                Column(key="why", label=_("Why it waits")),
            ),
            default_sort="since",
            search_label=_("Customer"),
            filters=(partner_filter(),),
        )

    def find(self) -> QuerySet[BlockedLine]:
        """Return the blocked lines asked for, in order."""
        lines = blocked_lines()
        if partner_id := self.asked.number("partner"):
            lines = lines.filter(partner_id=partner_id)
        if self.asked.search:
            lines = lines.filter(invoice__account_id__in=found_by_words(Account, self.asked.search))
        return lines.order_by("-blocked_at", "-id") if self.asked.sort == "-since" else lines

    def rows(self, found: Sequence[BlockedLine]) -> list[Row]:
        """Return blocked lines as the list shows them."""
        return [
            Row(
                key=str(line.pk),
                label=str(line.invoice.account),
                cells={
                    "customer": text(str(line.invoice.account)),
                    "since": text(day_near(line.blocked_at.date(), self.on)),
                    "invoice": text(line.invoice.number),
                    "partner": partner(
                        line.partner.name if line.partner else "", line.partner.type if line.partner else ""
                    ),
                    "why": text(facts_in_words(line.reason)),
                },
            )
            for line in found
        ]

    def keys(self, found: Iterable[BlockedLine]) -> list[str]:
        """Return the ids of blocked lines."""
        return [str(line.pk) for line in found]

    def file_rows(self, found: Iterable[BlockedLine]) -> Iterable[Sequence[Value]]:
        """Return blocked lines as rows of a file."""
        return (
            (
                line.blocked_at,
                str(line.invoice.account),
                line.invoice.number,
                line.partner.name if line.partner else "",
                facts_in_words(line.reason),
            )
            for line in found
        )
