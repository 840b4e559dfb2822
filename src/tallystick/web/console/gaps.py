"""Attribution gaps: opportunities whose credit a person should look at, with the reason and what to do about each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar, Final

from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from tallystick.attribution.models import Decision
from tallystick.attribution.rules.gaps import Gap, GapKind, gap_suggestion, read_gap
from tallystick.kernel.money import Money
from tallystick.partners.models import Partner
from tallystick.platform.access import Permission
from tallystick.web.access import console, current_viewer
from tallystick.web.console.attribution import section_tabs
from tallystick.web.console.deals import own_name
from tallystick.web.console.gap_actions import GAP_ACTIONS
from tallystick.web.console.ledger import current_decisions_asked
from tallystick.web.console.pages import FRAME
from tallystick.web.listing import FileColumn, Filter, Kind, Listing, Option
from tallystick.web.listing.bulk import BulkAction
from tallystick.web.listing.cells import Row, lines, subject, text
from tallystick.web.listing.exports import Value
from tallystick.web.listing.lists import Part, RowList, in_chunks
from tallystick.web.listing.serving import answer_list
from tallystick.web.ui import formats
from tallystick.web.ui.components import Column
from tallystick.web.words import day_near

GAP_WORDS: Final[Mapping[GapKind, Promise]] = {
    GapKind.NO_ACCOUNT: gettext_lazy("No account"),
    GapKind.NAMED_UNCREDITED: gettext_lazy("Partner named, not credited"),
    GapKind.REGISTERED_UNCREDITED: gettext_lazy("Registered, not credited"),
    GapKind.CONFLICTING_SOURCES: gettext_lazy("Several possible sources"),
}
_ORDER: Final[Mapping[str, tuple[str, ...]]] = {
    "decided": ("pk",),
    "-decided": ("-pk",),
    "amount": ("opportunity__amount_minor", "pk"),
    "-amount": ("-opportunity__amount_minor", "-pk"),
    "close": ("opportunity__close_on", "pk"),
    "-close": ("-opportunity__close_on", "-pk"),
}


@console(Permission.SEE_ATTRIBUTION)
@require_safe
def gaps(request: HttpRequest) -> HttpResponseBase:
    """List the opportunities whose credit is doubtful."""
    listed = GapList(current_viewer(request), request.GET)
    return answer_list(request, FRAME, listed, "console/attribution/gaps.html", {"tabs": section_tabs("gaps")})


class GapList(RowList[Decision]):
    """The opportunities with gaps."""

    name = "gaps"
    page = "console:gaps"
    permission = Permission.SEE_ATTRIBUTION
    without: ClassVar[Mapping[Part, str]] = {
        Part.GROUPS: "What is doubtful is a filter, and one deal may have several doubts: it would stand under each.",
        Part.EDITING: "A doubt is settled by evidence, which takes more than one field.",
    }
    file_columns = (
        FileColumn("Account"),
        FileColumn("Deal"),
        FileColumn("Amount", Kind.AMOUNT),
        FileColumn("Currency"),
        FileColumn("Close on", Kind.DAY),
        FileColumn("Gaps"),
        FileColumn("What to do"),
    )

    def offer(self) -> Listing:
        """Return what can be asked of the gaps."""
        kinds = tuple(Option(value=kind.value, label=str(words)) for kind, words in GAP_WORDS.items())
        return Listing(
            things=_("gaps"),
            columns=(
                Column(key="deal", label=_("Deal"), fixed=True),
                Column(key="amount", label=_("Amount"), kind="number", sort="amount"),
                Column(key="close", label=_("Close"), kind="date", sort="close"),
                Column(key="gap", label=_("What is doubtful"), kind="one-line"),
                Column(key="advice", label=_("What to do")),
                Column(key="owner", label=_("Owner"), kind="one-line", on_demand=True),
                Column(key="named", label=_("Partner named in the CRM"), kind="one-line", on_demand=True),
            ),
            default_sort="-decided",
            search_label=_("Account or deal"),
            filters=(Filter(name="gap", label=_("Gap"), options=kinds),),
            groups=(),
        )

    def find(self) -> QuerySet[Decision]:
        """Return the decisions with gaps that were asked for, in order."""
        found = current_decisions_asked(self.asked).exclude(gaps=[])
        if kind := self.asked.get("gap"):
            found = found.filter(gaps__contains=[kind])
        return found.order_by(*_ORDER[self.asked.sort])

    def rows(self, found: Sequence[Decision]) -> list[Row]:
        """Return gaps as the list shows them."""
        names = _names(found)
        return [self._row(row, names) for row in found]

    def keys(self, found: Iterable[Decision]) -> list[str]:
        """Return the ids of decisions."""
        return [str(row.pk) for row in found]

    def every_action(self) -> tuple[BulkAction, ...]:
        """Return what can be done about many gaps."""
        return GAP_ACTIONS

    def file_rows(self, found: Iterable[Decision]) -> Iterable[Sequence[Value]]:
        """Return gaps as rows of a file: one an opportunity, its gaps beside one another."""
        for chunk in in_chunks(found):
            names = _names(chunk)
            yield from (_values(row, names) for row in chunk)

    def _row(self, decision: Decision, names: Mapping[int, str]) -> Row:
        opportunity, found = decision.opportunity, gaps_of(decision)
        account = opportunity.account.name if opportunity.account else opportunity.name
        note = own_name(opportunity) if opportunity.account else opportunity.external_id
        minor = opportunity.amount_minor
        return Row(
            key=str(decision.pk),
            label=account,
            cells={
                "deal": subject(account, reverse("console:deal", args=[opportunity.pk]), note),
                "amount": text("" if minor is None else formats.money_trimmed(minor, opportunity.currency)),
                "close": text(day_near(opportunity.close_on, self.on)),
                "gap": lines([str(GAP_WORDS[gap.kind]) for gap in found]),
                "advice": lines([gap_suggestion(gap, names) for gap in found]),
                "owner": text(opportunity.owner_name),
                "named": text(opportunity.partner_named),
            },
        )


def gaps_of(decision: Decision) -> list[Gap]:
    """Return what is doubtful about a decision."""
    return [read_gap(gap) for gap in decision.record.get("gaps", ())]


def _names(found: Sequence[Decision]) -> Mapping[int, str]:
    about = {partner_id for row in found for gap in gaps_of(row) for partner_id in gap.partners}
    return dict(Partner.objects.filter(pk__in=about).values_list("pk", "name"))


def _values(decision: Decision, names: Mapping[int, str]) -> Sequence[Value]:
    opportunity, found = decision.opportunity, gaps_of(decision)
    minor = opportunity.amount_minor
    return (
        opportunity.account.name if opportunity.account else "",
        opportunity.name,
        None if minor is None else Money(minor, opportunity.currency).amount,
        opportunity.currency,
        opportunity.close_on,
        "; ".join(str(GAP_WORDS[gap.kind]) for gap in found),
        " ".join(gap_suggestion(gap, names) for gap in found),
    )
