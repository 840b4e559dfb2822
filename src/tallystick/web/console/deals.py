"""Deals: opportunities and live registrations as one list, in fixed views, by stage, with credit and commission."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest, QueryDict
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_safe

from tallystick.attribution.deal_list import (
    REGISTERED,
    Closes,
    Deal,
    DealFilter,
    DealKeys,
    DealOrder,
    DealSort,
    DealView,
    StageSum,
    deal_keys,
    read_deals,
    stage_names,
    stage_sums,
    view_counts,
)
from tallystick.attribution.models import CreditClass
from tallystick.commissions.line_states import earned_by_opportunity
from tallystick.crm.models import Opportunity, OpportunityStatus
from tallystick.crm.queries.rates import DayRates, day_rates
from tallystick.crm.rules.stage_order import stage_place
from tallystick.deals.models import DealRegistration, RegistrationState
from tallystick.kernel.money import Money
from tallystick.platform.access import Permission, Viewer
from tallystick.platform.clock import today
from tallystick.web.access import console, current_viewer
from tallystick.web.console.choices import owner_filter, partner_filter
from tallystick.web.console.deal_stages import open_in_words, ordered_stages, stage_label, stage_strip
from tallystick.web.console.pages import show_page
from tallystick.web.console.words import Tag, day_near
from tallystick.web.listing import (
    Asked,
    Filter,
    Listing,
    Option,
    changed,
    choices_of,
    csv_response,
    page_of,
    read_address,
)
from tallystick.web.sheets import row_query
from tallystick.web.ui import formats
from tallystick.web.ui.components import Column, Link

PROTECTION_DAYS = 90
"""The length of a full protection meter."""
ENDING, URGENT = 30, 14
CSV_CHUNK = 500
CSV_ROWS = 100_000
"""An export ends here; what is larger is narrowed by a filter first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DealRow:
    """One deal as the list shows it."""

    url: str
    account: str
    note: str
    state: Tag | None
    waits: bool
    partner_name: str
    partner_type: str
    more_partners: str
    credit_class: str
    amount: str
    stage: str
    next_step: str
    days_left: int | None
    meter: str
    close: str
    commission: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DealGroup:
    """Rows of one stage on this page, with the sums of the whole stage; without grouping there is one, unnamed."""

    name: str
    note: str
    rows: list[DealRow]


@console(Permission.SEE_DEALS)
@require_safe
def deals(request: HttpRequest) -> HttpResponseBase:
    """List deals in the view, filters and order of the address."""
    viewer = current_viewer(request)
    on = today(viewer.workspace.time_zone)
    listing = deal_listing(viewer, on)
    asked = read_address(listing, request.GET)
    rates, currency = day_rates(on), viewer.workspace.currency
    sums = ordered_stages(stage_sums(deal_filter(asked, without_stage=True), on=on))
    found = found_deals(asked, on=on, rates=rates, currency=currency, stages=[row.stage for row in sums])
    if asked.as_csv:
        return csv_response("deals", _HEADS, _csv_rows(found))

    def present(keys: Sequence[Any], first: int) -> list[DealGroup]:
        rows = _rows(read_deals(keys), viewer, request.GET, first, on)
        return _groups(rows, keys, asked, sums, rates, currency)

    context = {
        "list": page_of(listing, request.GET, found, present),
        "strip": stage_strip(sums, request.GET, asked, rates, currency),
        "lead": open_in_words(sums, rates, currency),
        "group_links": _group_links(request.GET, asked),
        "on": formats.day_and_year(on),
        "sees_commission": viewer.may(Permission.SEE_COMMISSIONS),
        "may_import": viewer.may(Permission.IMPORT_FACTS),
        "currency": currency,
    }
    return show_page(request, "console/deals/deals.html", context)


def found_deals(
    asked: Asked, *, on: date, rates: DayRates, currency: str, stages: Sequence[str] = ()
) -> DealKeys:
    """Return the keys of the deals an address asks for, in its order."""
    scale = {code: rate for code in rates.units if (rate := rates.rate(code, currency)) is not None}
    order = DealOrder(
        by=DealSort(asked.sort.removeprefix("-")),
        descending=asked.sort.startswith("-"),
        stages=tuple(stages) if asked.group == "stage" else (),
        rates=scale,
    )
    return deal_keys(deal_filter(asked), order=order, on=on)


def deal_filter(asked: Asked, *, without_stage: bool = False) -> DealFilter:
    """Return what an address narrows the deals by; the stage strip leaves the stage out to show all of them."""
    return DealFilter(
        view=DealView(asked.get("view") or DealView.ALL),
        search=asked.search,
        credit_class=asked.get("credit"),
        partner_id=asked.number("partner"),
        owner=asked.get("owner"),
        stage="" if without_stage else asked.get("stage"),
        closes=asked.get("closes"),
    )


def deal_url(deal: Deal) -> str:
    """Return the address of a deal's own page: that of its opportunity, else of its registration."""
    if deal.opportunity is not None:
        return reverse("console:deal", args=[deal.opportunity.pk])
    assert deal.registration is not None  # noqa: S101 - a deal is one of the two at least
    return registration_url(deal.registration)


def registration_url(registration: DealRegistration) -> str:
    """Return the address of a registration's own page."""
    return reverse("console:registration", args=[registration.reference])


def deal_listing(viewer: Viewer, on: date) -> Listing:
    """Return what the list of deals offers a viewer on a day, its views with their counts."""
    counts = view_counts(on=on)
    stages = sorted(stage_names(), key=stage_place)
    return Listing(
        things="deals",
        columns=COLUMNS if viewer.may(Permission.SEE_COMMISSIONS) else COLUMNS[:-1],
        default_sort="-opened",
        search_label="Account, deal or reference",
        filters=(
            Filter(
                name="view",
                label="View",
                options=tuple(Option(value=view.value, label=view.label, count=counts[view]) for view in DealView),
            ),
            Filter(name="credit", label="Credit", options=choices_of(CreditClass.choices)),
            partner_filter(),
            owner_filter(),
            Filter(
                name="stage",
                label="Stage",
                options=(Option(value=REGISTERED, label="Registered"), *_named(stages)),
            ),
            Filter(name="closes", label="Closes", options=choices_of(Closes.choices)),
        ),
        groups=(Option(value="stage", label="Stage"),),
    )


COLUMNS = (
    Column(label="Account", sort="account"),
    Column(label="Partner"),
    Column(label="Credit"),
    Column(label="Amount", kind="number", sort="amount"),
    Column(label="Stage"),
    Column(label="Next step"),
    Column(label="Protection"),
    Column(label="Close", kind="date", sort="close"),
    Column(label="Earned", kind="number"),
)


def _named(names: Iterable[str]) -> tuple[Option, ...]:
    return tuple(Option(value=name, label=name) for name in names)


def _rows(deals_: Sequence[Deal], viewer: Viewer, parameters: QueryDict, first: int, on: date) -> list[DealRow]:
    earned: Mapping[int, tuple[Money, ...]] = {}
    if viewer.may(Permission.SEE_COMMISSIONS):
        earned = earned_by_opportunity([deal.opportunity.pk for deal in deals_ if deal.opportunity])
    return [
        _row(
            deal, row_query(parameters, first + at), earned.get(deal.opportunity.pk, ()) if deal.opportunity else (), on
        )
        for at, deal in enumerate(deals_)
    ]


def _row(deal: Deal, query: str, earned: Sequence[Money], on: date) -> DealRow:
    opportunity, registration = deal.opportunity, deal.registration
    partner = deal.credits[0].partner if deal.credits else registration.partner if registration else None
    days_left = protection_days_left(registration, on)
    return DealRow(
        url=deal_url(deal) + query,
        account=account_of(deal),
        note=_note(deal, on),
        state=_state(deal),
        waits=registration is not None and registration.state == RegistrationState.SUBMITTED,
        partner_name=partner.name if partner else "",
        partner_type=partner.type if partner else "",
        more_partners=f"and {len(deal.credits) - 1} more" if len(deal.credits) > 1 else "",
        credit_class=deal.decision.credit_class if deal.decision else "",
        amount=amount_of(deal),
        stage=opportunity.stage if opportunity else "Registered",
        next_step=opportunity.next_step if opportunity else "",
        days_left=days_left,
        meter=_meter(days_left),
        close=day_near(opportunity.close_on, on) if opportunity else "–",
        commission=" + ".join(formats.money_exact(amount.minor, amount.currency) for amount in earned) or "–",
    )


def account_of(deal: Deal) -> str:
    """Return the name a deal goes by: its account's, else the opportunity's own, else the company registered."""
    if deal.opportunity is not None:
        return deal.opportunity.account.name if deal.opportunity.account else deal.opportunity.name
    return deal.registration.company if deal.registration else ""


def own_name(opportunity: Opportunity) -> str:
    """Return an opportunity's name without the account's, which stands beside it: "Cellvia: LIMS" is "LIMS"."""
    name = opportunity.name.removeprefix(opportunity.account.name) if opportunity.account else opportunity.name
    return name.strip(" :-–·") or opportunity.name


def amount_of(deal: Deal) -> str:
    """Write a deal's amount: the CRM's, else what the partner expects; a dash where neither is known."""
    if deal.opportunity is not None:
        minor, currency = deal.opportunity.amount_minor, deal.opportunity.currency
    elif deal.registration is not None:
        minor, currency = deal.registration.value_minor, deal.registration.currency
    else:
        return "–"
    return "–" if minor is None else formats.money_trimmed(minor, currency)


def protection_days_left(registration: DealRegistration | None, on: date) -> int | None:
    """Return the days a registration is still protected; None where it is not."""
    if registration is None or registration.state != RegistrationState.APPROVED or not registration.protected_until:
        return None
    left = (registration.protected_until - on).days
    return left if left >= 0 else None


def _note(deal: Deal, on: date) -> str:
    opportunity, registration = deal.opportunity, deal.registration
    if opportunity is None:
        assert registration is not None  # noqa: S101 - a deal is one of the two at least
        return f"{registration.reference} · registered {day_near(registration.submitted_at.date(), on)}"
    if opportunity.account is None:
        return "No account in the CRM"
    return " · ".join(part for part in (own_name(opportunity), opportunity.owner_name) if part)


def _state(deal: Deal) -> Tag | None:
    if deal.opportunity is None:
        return None
    match deal.opportunity.status:
        case OpportunityStatus.WON:
            return Tag("Won", "good")
        case OpportunityStatus.LOST:
            return Tag("Lost")
        case _:
            return None


def _meter(days_left: int | None) -> str:
    if days_left is None or days_left > ENDING:
        return ""
    return "bad" if days_left <= URGENT else "warn"


def _groups(
    rows: Sequence[DealRow],
    keys: Sequence[Any],
    asked: Asked,
    sums: Sequence[StageSum],
    rates: DayRates,
    currency: str,
) -> list[DealGroup]:
    if asked.group != "stage":
        return [DealGroup(name="", note="", rows=list(rows))] if keys else []
    groups: dict[str, list[DealRow]] = {}
    for row in rows:
        groups.setdefault(row.stage, []).append(row)
    notes = {stage_label(row.stage): _group_note(row, rates, currency) for row in sums}
    return [DealGroup(name=name, note=notes.get(name, ""), rows=found) for name, found in groups.items()]


def _group_note(row: StageSum, rates: DayRates, currency: str) -> str:
    if row.count is None:
        return ""
    total = rates.together(row.amounts, currency)
    return f"{formats.number(row.count)} · {formats.money_short(total.minor, currency)}"


def _group_links(parameters: QueryDict, asked: Asked) -> list[Link]:
    grouped = asked.group == "stage"
    return [
        Link(label="List", url=changed(parameters, group=None), current=not grouped),
        Link(label="By stage", url=changed(parameters, group="stage"), current=grouped),
    ]


# Export

_HEADS = (
    "Account", "Deal", "Stage", "Status", "Amount", "Currency", "Opened on", "Close on", "Owner", "Credit",
    "Source", "Influencers", "Registration", "Protected until",
)  # fmt: skip


def _csv_rows(found: DealKeys) -> Sequence[Sequence[str]]:
    keys = list(found[:CSV_ROWS])
    chunks = (keys[start : start + CSV_CHUNK] for start in range(0, len(keys), CSV_CHUNK))
    return [_cells(deal) for chunk in chunks for deal in read_deals(chunk)]


def _cells(deal: Deal) -> list[str]:
    opportunity, registration = deal.opportunity, deal.registration
    money = _plain_amount(deal)
    return [
        account_of(deal),
        opportunity.name if opportunity else "",
        opportunity.stage if opportunity else "Registered",
        opportunity.status if opportunity else "",
        *money,
        opportunity.opened_on.isoformat() if opportunity and opportunity.opened_on else "",
        opportunity.close_on.isoformat() if opportunity and opportunity.close_on else "",
        opportunity.owner_name if opportunity else "",
        deal.decision.credit_class if deal.decision else "",
        ", ".join(credit.partner.name for credit in deal.credits if credit.role == "source"),
        ", ".join(credit.partner.name for credit in deal.credits if credit.role == "influence"),
        registration.reference if registration else "",
        registration.protected_until.isoformat() if registration and registration.protected_until else "",
    ]


def _plain_amount(deal: Deal) -> tuple[str, str]:
    if deal.opportunity is not None:
        minor, currency = deal.opportunity.amount_minor, deal.opportunity.currency
        return ("", currency) if minor is None else (str(Money(minor, currency).amount), currency)
    if deal.registration is not None:
        return str(Money(deal.registration.value_minor, deal.registration.currency).amount), deal.registration.currency
    return "", ""
