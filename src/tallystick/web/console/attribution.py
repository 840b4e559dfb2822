"""Attribution: the decision on every opportunity, the gaps a person should look at, and the policy in plain words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.db.models.fields.json import KT
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_safe

from tallystick.attribution.deal_list import current_credits, matching_deals
from tallystick.attribution.models import Credit, CreditClass, Decision, PolicyVersion
from tallystick.attribution.policy_words import policy_sentences
from tallystick.attribution.rules.gaps import GapKind, gap_suggestion, read_gap
from tallystick.attribution.services.policies import published
from tallystick.kernel.money import Money
from tallystick.partners.models import Partner
from tallystick.platform.access import Permission
from tallystick.platform.clock import today
from tallystick.web.access import console, current_viewer
from tallystick.web.console.deals import own_name
from tallystick.web.console.pages import show_page
from tallystick.web.console.words import day_near
from tallystick.web.listing import (
    Asked,
    Filter,
    Listing,
    Option,
    choices_of,
    csv_response,
    options_of,
    page_of,
    read_address,
)
from tallystick.web.ui import formats
from tallystick.web.ui.components import Column, Link

COLUMNS = (
    Column(label="Deal"),
    Column(label="Credit"),
    Column(label="Source"),
    Column(label="Influenced by"),
    Column(label="Amount", kind="number"),
    Column(label="Policy"),
    Column(label="Open until", kind="date"),
)
GAP_COLUMNS = (
    Column(label="Deal"),
    Column(label="Amount", kind="number"),
    Column(label="Close", kind="date"),
    Column(label="What is doubtful"),
    Column(label="What to do"),
)
GAP_WORDS = {
    GapKind.NO_ACCOUNT: "No account",
    GapKind.NAMED_UNCREDITED: "Partner named, not credited",
    GapKind.REGISTERED_UNCREDITED: "Registered, not credited",
    GapKind.CONFLICTING_SOURCES: "Several possible sources",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRow:
    """One decision as the list shows it."""

    url: str
    account: str
    deal: str
    credit_class: str
    sources: tuple[Partner, ...]
    influencers: tuple[Partner, ...]
    amount: str
    policy: str
    locks: str
    is_locked: bool


@dataclass(frozen=True, slots=True)
class GapWords:
    """What is doubtful, and what to do about it."""

    words: str
    advice: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GapRow:
    """One opportunity with its gaps as the list shows it."""

    url: str
    account: str
    deal: str
    amount: str
    close: str
    gaps: tuple[GapWords, ...]


@console(Permission.SEE_ATTRIBUTION)
@require_safe
def attribution(request: HttpRequest) -> HttpResponseBase:
    """List the current decisions, the latest first."""
    on = _today(request)
    listing = _listing()
    asked = read_address(listing, request.GET)
    found = _decisions(asked, on)
    if asked.as_csv:
        return csv_response("attribution", _HEADS, _csv_rows(found, on))
    context = {
        "list": page_of(listing, request.GET, found, lambda rows, _: _rows(rows, on)),
        "tabs": _tabs("attribution"),
    }
    return show_page(request, "console/attribution/decisions.html", context)


@console(Permission.SEE_ATTRIBUTION)
@require_safe
def gaps(request: HttpRequest) -> HttpResponseBase:
    """List the opportunities whose credit is doubtful, each with the reason and what to do about it."""
    on = _today(request)
    asked = read_address(GAPS, request.GET)
    found = _with_gaps(asked)
    if asked.as_csv:
        rows = _gap_cells(_gap_rows(list(found[:CSV_ROWS]), on))
        return csv_response("attribution-gaps", ("Account", "Deal", "Amount", "Gap", "What to do"), rows)
    context = {
        "list": page_of(GAPS, request.GET, found, lambda rows, _: _gap_rows(rows, on)),
        "tabs": _tabs("gaps"),
    }
    return show_page(request, "console/attribution/gaps.html", context)


@console(Permission.SEE_ATTRIBUTION)
@require_safe
def policy(request: HttpRequest) -> HttpResponse:
    """Show every version of the policy in plain words, the latest first."""
    viewer = current_viewer(request)
    zone, on = ZoneInfo(viewer.workspace.time_zone), _today(request)
    versions = [
        {
            "number": version.number,
            "since": day_near(version.published_at.astimezone(zone).date(), on),
            "by": version.published_by_label,
            "reference": published(version, zone=zone).reference,
            "sentences": policy_sentences(published(version, zone=zone).policy),
        }
        for version in PolicyVersion.objects.order_by("-number")
    ]
    return show_page(request, "console/attribution/policy.html", {"versions": versions, "tabs": _tabs("policy")})


CSV_ROWS = 100_000
GAPS = Listing(
    things="gaps",
    columns=GAP_COLUMNS,
    search_label="Account or deal",
    filters=(
        Filter(
            name="gap",
            label="Gap",
            options=tuple(Option(value=kind.value, label=words) for kind, words in GAP_WORDS.items()),
        ),
    ),
)


def _today(request: HttpRequest) -> date:
    return today(current_viewer(request).workspace.time_zone)


def _tabs(current: str) -> list[Link]:
    waiting = _with_gaps(Asked()).order_by()[:10_000].count()
    return [
        Link(label="Decisions", url=reverse("console:attribution"), current=current == "attribution"),
        Link(label="Gaps", url=reverse("console:gaps"), current=current == "gaps", count=waiting),
        Link(label="Policy", url=reverse("console:policy"), current=current == "policy"),
    ]


def _listing() -> Listing:
    versions = PolicyVersion.objects.order_by("-number").values_list("pk", "number")
    return Listing(
        things="decisions",
        columns=COLUMNS,
        search_label="Account or deal",
        filters=(
            Filter(name="credit", label="Credit", options=choices_of(CreditClass.choices)),
            Filter(name="partner", label="Partner", options=options_of(Partner.objects.order_by("name"))),
            Filter(
                name="policy",
                label="Policy",
                options=tuple(Option(value=str(key), label=f"Version {number}") for key, number in versions),
            ),
            Filter(
                name="lock",
                label="Lock",
                options=(Option(value="open", label="Open"), Option(value="locked", label="Locked")),
            ),
        ),
    )


def _decisions(asked: Asked, on: date) -> QuerySet[Decision]:
    found = _current(asked)
    if credit_class := asked.get("credit"):
        found = found.filter(credit_class=credit_class)
    if partner_id := asked.number("partner"):
        credited = Credit.objects.filter(is_current=True, partner_id=partner_id)
        found = found.filter(pk__in=credited.values("decision_id"))
    if policy_id := asked.number("policy"):
        found = found.filter(policy_id=policy_id)
    match asked.get("lock"):
        case "locked":
            found = found.annotate(locks=KT("record__locks_after")).filter(locks__lt=on.isoformat())
        case "open":
            found = found.annotate(locks=KT("record__locks_after")).exclude(locks__lt=on.isoformat())
    return found


def _current(asked: Asked) -> QuerySet[Decision]:
    found = Decision.objects.filter(is_current=True).select_related("opportunity__account", "policy").order_by("-pk")
    if asked.search:
        found = found.filter(matching_deals(asked.search, of="opportunity__"))
    return found


def _with_gaps(asked: Asked) -> QuerySet[Decision]:
    found = _current(asked).exclude(gaps=[])
    return found.filter(gaps__contains=[asked.get("gap")]) if asked.get("gap") else found


def _rows(found: Sequence[Decision], on: date) -> list[DecisionRow]:
    credits = current_credits([row.opportunity_id for row in found])
    return [_row(row, credits.get(row.opportunity_id, ()), on) for row in found]


def _row(decision: Decision, credits: Sequence[Credit], on: date) -> DecisionRow:
    opportunity = decision.opportunity
    locks_after = _locks_after(decision)
    return DecisionRow(
        url=reverse("console:deal", args=[opportunity.pk]),
        account=opportunity.account.name if opportunity.account else opportunity.name,
        deal=own_name(opportunity) if opportunity.account else "No account in the CRM",
        credit_class=decision.credit_class,
        sources=tuple(credit.partner for credit in credits if credit.role == "source"),
        influencers=tuple(credit.partner for credit in credits if credit.role == "influence"),
        amount=_amount(opportunity.amount_minor, opportunity.currency),
        policy=f"Version {decision.policy.number}",
        locks=day_near(locks_after, on) if locks_after else "",
        is_locked=locks_after is not None and locks_after < on,
    )


def _locks_after(decision: Decision) -> date | None:
    written = decision.record.get("locks_after")
    return date.fromisoformat(written) if written else None


def _gap_rows(found: Sequence[Decision], on: date) -> list[GapRow]:
    gaps_of = {row.pk: [read_gap(gap) for gap in row.record.get("gaps", ())] for row in found}
    about = {partner_id for found_gaps in gaps_of.values() for gap in found_gaps for partner_id in gap.partners}
    names = dict(Partner.objects.filter(pk__in=about).values_list("pk", "name"))
    return [
        GapRow(
            url=reverse("console:deal", args=[row.opportunity_id]),
            account=row.opportunity.account.name if row.opportunity.account else row.opportunity.name,
            deal=own_name(row.opportunity) if row.opportunity.account else row.opportunity.external_id,
            amount=_amount(row.opportunity.amount_minor, row.opportunity.currency),
            close=day_near(row.opportunity.close_on, on),
            gaps=tuple(GapWords(GAP_WORDS[gap.kind], gap_suggestion(gap, names)) for gap in gaps_of[row.pk]),
        )
        for row in found
    ]


def _amount(minor: int | None, currency: str) -> str:
    return "–" if minor is None else formats.money_trimmed(minor, currency)


def _gap_cells(rows: Sequence[GapRow]) -> Iterator[tuple[str, ...]]:
    for row in rows:
        for gap in row.gaps:
            yield row.account, row.deal, row.amount, gap.words, gap.advice


_HEADS = ("Account", "Deal", "Credit", "Source", "Influenced by", "Amount", "Currency", "Policy", "Locked after")


def _csv_rows(found: QuerySet[Decision], on: date) -> list[list[str]]:
    decisions = list(found[:CSV_ROWS])
    credits = current_credits([row.opportunity_id for row in decisions])
    return [_cells(row, _row(row, credits.get(row.opportunity_id, ()), on)) for row in decisions]


def _cells(decision: Decision, row: DecisionRow) -> list[str]:
    opportunity = decision.opportunity
    minor = opportunity.amount_minor
    locks_after = _locks_after(decision)
    return [
        opportunity.account.name if opportunity.account else "",
        opportunity.name,
        row.credit_class,
        ", ".join(partner.name for partner in row.sources),
        ", ".join(partner.name for partner in row.influencers),
        "" if minor is None else str(Money(minor, opportunity.currency).amount),
        opportunity.currency,
        row.policy,
        locks_after.isoformat() if locks_after else "",
    ]
