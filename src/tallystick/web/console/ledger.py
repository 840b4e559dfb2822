"""The attribution ledger: the current decision on every opportunity, with source, influencers and the day it locks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, ClassVar, Final

from django.db.models import Count, F, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.fields.json import KT
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tallystick.attribution.deal_list import current_credits, matching_deals
from tallystick.attribution.models import Credit, CreditClass, CreditRole, Decision, PolicyVersion
from tallystick.crm.queries.rates import day_rates
from tallystick.kernel.money import Money
from tallystick.platform.access import Permission
from tallystick.web.access import console, current_viewer
from tallystick.web.console.attribution import section_tabs
from tallystick.web.console.choices import partner_filter
from tallystick.web.console.deals import own_name
from tallystick.web.console.pages import FRAME
from tallystick.web.listing import Asked, FileColumn, Filter, Kind, Listing, Option, choices_of
from tallystick.web.listing.cells import Cell, Row, credit, partner, subject, text
from tallystick.web.listing.exports import Value as FileValue
from tallystick.web.listing.lists import GroupHead, Part, RowList, in_chunks
from tallystick.web.listing.serving import answer_list
from tallystick.web.ui import formats
from tallystick.web.ui.components import Column
from tallystick.web.words import day_near

_ORDER: Final[Mapping[str, tuple[str, ...]]] = {
    "decided": ("pk",),
    "-decided": ("-pk",),
    "amount": ("opportunity__amount_minor", "pk"),
    "-amount": ("-opportunity__amount_minor", "-pk"),
    "account": ("opportunity__account__name", "pk"),
    "-account": ("-opportunity__account__name", "-pk"),
}


@console(Permission.SEE_ATTRIBUTION)
@require_safe
def attribution(request: HttpRequest) -> HttpResponseBase:
    """List the current decisions, the latest first."""
    listed = LedgerList(current_viewer(request), request.GET)
    context = {"tabs": section_tabs("attribution")}
    return answer_list(request, FRAME, listed, "console/attribution/decisions.html", context)


def current_decisions_asked(asked: Asked) -> QuerySet[Decision]:
    """Return the current decisions of the opportunities a search finds."""
    found = Decision.objects.filter(is_current=True).select_related("opportunity__account", "policy")
    return found.filter(matching_deals(asked.search, of="opportunity__")) if asked.search else found


class LedgerList(RowList[Decision]):
    """The current decisions."""

    name = "decisions"
    page = "console:attribution"
    permission = Permission.SEE_ATTRIBUTION
    without: ClassVar[Mapping[Part, str]] = {
        Part.BULK: "Credit is decided by the policy from evidence, deal by deal; suggestions for many are in the gaps.",
        Part.EDITING: "A decision is never changed: better evidence makes another.",
    }
    file_columns = (
        FileColumn("Account"),
        FileColumn("Deal"),
        FileColumn("Credit"),
        FileColumn("Source"),
        FileColumn("Influenced by"),
        FileColumn("Amount", Kind.AMOUNT),
        FileColumn("Currency"),
        FileColumn("Policy"),
        FileColumn("Locked after", Kind.DAY),
    )

    def offer(self) -> Listing:
        """Return what can be asked of the ledger."""
        versions = PolicyVersion.objects.order_by("-number").values_list("pk", "number")
        policies = tuple(
            Option(value=str(key), label=_("Version %(number)s") % {"number": number}) for key, number in versions
        )
        return Listing(
            things=_("decisions"),
            columns=_columns(),
            default_sort="-decided",
            search_label=_("Account or deal"),
            filters=(
                Filter(name="credit", label=_("Credit"), options=choices_of(CreditClass.choices)),
                partner_filter(),
                Filter(name="policy", label=_("Policy"), options=policies),
                Filter(
                    name="lock",
                    label=_("Lock"),
                    options=(Option(value="open", label=_("Open")), Option(value="locked", label=_("Locked"))),
                ),
            ),
            groups=(Option(value="credit", label=_("Credit")), Option(value="source", label=_("Source"))),
        )

    def find(self) -> QuerySet[Decision]:
        """Return the decisions asked for, in order; their records stay where they are."""
        asked = self.asked
        found = current_decisions_asked(asked).annotate(locks=KT("record__locks_after")).defer("record")
        if credit_class := asked.get("credit"):
            found = found.filter(credit_class=credit_class)
        if partner_id := asked.number("partner"):
            credited = Credit.objects.filter(is_current=True, partner_id=partner_id)
            found = found.filter(pk__in=credited.values("decision_id"))
        if policy_id := asked.number("policy"):
            found = found.filter(policy_id=policy_id)
        match asked.get("lock"):
            case "locked":
                found = found.filter(locks__lt=self.on.isoformat())
            case "open":
                found = found.exclude(locks__lt=self.on.isoformat())
        order = _ORDER[asked.sort]
        if not asked.group:
            return found.order_by(*order)
        return found.annotate(in_group=self._group()).order_by("in_group", *order)

    def rows(self, found: Sequence[Decision]) -> list[Row]:
        """Return decisions as the ledger shows them."""
        credits = current_credits([row.opportunity_id for row in found])
        return [self._row(row, credits.get(row.opportunity_id, ())) for row in found]

    def keys(self, found: Iterable[Decision]) -> list[str]:
        """Return the ids of decisions."""
        return [str(row.pk) for row in found]

    def group_heads(self, groups: Sequence[str]) -> Mapping[str, GroupHead]:
        """Return the headings with how many decisions each group has and what their deals come to."""
        assert isinstance(self.found, QuerySet)  # noqa: S101 - `find` returns one
        sums = (
            self.found.filter(in_group__in=groups)
            .order_by("in_group", "opportunity__currency")
            .values_list("in_group", "opportunity__currency")
            .annotate(n=Count("pk"), together=Sum("opportunity__amount_minor"))
        )
        found: dict[str, tuple[int, list[Money]]] = {}
        for group, currency, count, minor in sums:
            counted, amounts = found.get(group, (0, []))
            found[group] = counted + count, [*amounts, Money(int(minor or 0), currency)]
        rates, currency = day_rates(self.on), self.viewer.workspace.currency
        return {
            group: GroupHead(
                self._group_name(group),
                f"{formats.number(count)} · {formats.money_short(rates.together(amounts, currency).minor, currency)}",
            )
            for group, (count, amounts) in found.items()
        }

    def file_rows(self, found: Iterable[Decision]) -> Iterable[Sequence[FileValue]]:
        """Return decisions as rows of a file."""
        for chunk in in_chunks(found):
            credits = current_credits([row.opportunity_id for row in chunk])
            yield from (_values(row, credits.get(row.opportunity_id, ())) for row in chunk)

    def _group(self) -> Any:
        if self.asked.group == "credit":
            return F("credit_class")
        sources = Credit.objects.filter(decision=OuterRef("pk"), role=CreditRole.SOURCE)
        return Coalesce(Subquery(sources.order_by("-share_ppm").values("partner__name")[:1]), Value(""))

    def _group_name(self, group: str) -> str:
        if self.asked.group == "credit":
            return str(CreditClass(group).label)
        return group or _("No source")

    def _row(self, decision: Decision, credits: Sequence[Credit]) -> Row:
        opportunity = decision.opportunity
        account = opportunity.account.name if opportunity.account else opportunity.name
        note = own_name(opportunity) if opportunity.account else _("No account in the CRM")
        sources = [credit for credit in credits if credit.role == "source"]
        influencers = [credit.partner.name for credit in credits if credit.role == "influence"]
        minor = opportunity.amount_minor
        return Row(
            key=str(decision.pk),
            label=account,
            group=getattr(decision, "in_group", ""),
            cells={
                "deal": subject(account, reverse("console:deal", args=[opportunity.pk]), note),
                "credit": credit(decision.credit_class),
                "source": partner(sources[0].partner.name, sources[0].partner.type) if sources else text(""),
                "influenced": text(", ".join(influencers)),
                "amount": text("" if minor is None else formats.money_trimmed(minor, opportunity.currency)),
                "policy": text(_("Version %(number)s") % {"number": decision.policy.number}),
                "locks": self._lock(decision),
                "stage": text(opportunity.stage),
                "owner": text(opportunity.owner_name),
                "decided": text(day_near(decision.decided_at.date(), self.on)),
            },
        )

    def _lock(self, decision: Decision) -> Cell:
        locks_after = _locks_after(decision)
        if locks_after is None:
            return text(_("not closed"))
        return text(day_near(locks_after, self.on), _("locked") if locks_after < self.on else "")


def _columns() -> tuple[Column, ...]:
    return (
        Column(key="deal", label=_("Deal"), sort="account", fixed=True),
        Column(key="credit", label=_("Credit")),
        Column(key="source", label=_("Source"), kind="one-line"),
        Column(key="influenced", label=_("Influenced by"), kind="one-line"),
        Column(key="amount", label=_("Amount"), kind="number", sort="amount"),
        Column(key="policy", label=_("Policy"), kind="one-line"),
        Column(key="locks", label=_("Open until"), kind="date"),
        Column(key="decided", label=_("Decided"), kind="date", sort="decided", on_demand=True),
        Column(key="stage", label=_("Stage"), kind="one-line", on_demand=True),
        Column(key="owner", label=_("Owner"), kind="one-line", on_demand=True),
    )


def _locks_after(decision: Decision) -> date | None:
    written: str | None = getattr(decision, "locks", None)
    return date.fromisoformat(written) if written else None


def _values(decision: Decision, credits: Sequence[Credit]) -> Sequence[FileValue]:
    opportunity = decision.opportunity
    minor = opportunity.amount_minor
    return (
        opportunity.account.name if opportunity.account else "",
        opportunity.name,
        decision.credit_class,
        ", ".join(credit.partner.name for credit in credits if credit.role == "source"),
        ", ".join(credit.partner.name for credit in credits if credit.role == "influence"),
        None if minor is None else Money(minor, opportunity.currency).amount,
        opportunity.currency,
        f"Version {decision.policy.number}",
        _locks_after(decision),
    )
