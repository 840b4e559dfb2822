"""Commissions: the lines that payments earned, each with its arithmetic, and the invoices that wait for review."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tallystick.commissions.approvals import runs_to_approve
from tallystick.commissions.issue_preview import first_month_with_lines
from tallystick.commissions.line_states import LineState, line_state, lines_in_state
from tallystick.commissions.models import BlockedLine, CommissionLine
from tallystick.commissions.queries import CommissionTotals, blocked_lines, commission_lines, commission_totals
from tallystick.crm.models import Account
from tallystick.kernel.explanations import Explanation
from tallystick.kernel.money import Money
from tallystick.kernel.periods import Month
from tallystick.partners.models import Partner
from tallystick.platform.access import Permission
from tallystick.platform.clock import today
from tallystick.platform.database.search import found_by_words
from tallystick.web.access import console, current_viewer
from tallystick.web.arithmetic import calculation_of
from tallystick.web.console.pages import show_page, show_part, wants_sheet
from tallystick.web.console.words import Tag, day_near
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
from tallystick.web.sheets import row_query, sheet_links
from tallystick.web.ui import formats
from tallystick.web.ui.components import CalculationLine, Column, Link

COLUMNS = (
    Column(label="Booked", kind="date", sort="booked"),
    Column(label="Partner", sort="partner"),
    Column(label="Customer"),
    Column(label="For"),
    Column(label="Paid revenue", kind="number"),
    Column(label="Commission", kind="number", sort="amount"),
    Column(label="State"),
)
_ORDER = {
    "booked": ("booked_on", "id"),
    "-booked": ("-booked_on", "-id"),
    "partner": ("partner__name", "-booked_on", "-id"),
    "-partner": ("-partner__name", "-booked_on", "-id"),
    "amount": ("amount_minor", "-id"),
    "-amount": ("-amount_minor", "-id"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRow:
    """One commission line as a list shows it."""

    url: str
    booked_on: str
    partner_name: str
    partner_type: str
    customer: str
    invoice: str
    what: str
    base: str
    amount: str
    state: Tag
    note: str


@console(Permission.SEE_COMMISSIONS)
@require_safe
def commissions(request: HttpRequest) -> HttpResponseBase:
    """List the commission lines, latest first, with what is held, earned and clawed back above them."""
    on = today(current_viewer(request).workspace.time_zone)
    listing = _listing(on)
    asked = read_address(listing, request.GET)
    lines = _lines(asked, on)
    if asked.as_csv:
        return csv_response("commission-lines", CSV_HEADS, (line_cells(line, on) for line in lines.iterator(1000)))
    context = {
        "list": page_of(listing, request.GET, lines, lambda found, first: _rows(found, request.GET, first, on)),
        "totals": _totals(commission_totals(on=on, partner_id=asked.number("partner"))),
        "tabs": section_tabs("commissions"),
        "totals_words": _("Held: the hold is not over on %(day)s. To approve: it is, and no run approved it yet.")
        % {"day": formats.day_and_year(on)},
        "today": formats.day_and_year(on),
    }
    return show_page(request, "console/commissions/lines.html", context)


@console(Permission.SEE_COMMISSIONS)
@require_safe
def commission_line(request: HttpRequest, line_id: int) -> HttpResponse:
    """Show one line: what it is for, its arithmetic step by step, and the other entries of the same invoice line."""
    line = commission_lines().filter(pk=line_id).first()
    if line is None:
        raise Http404
    on = today(current_viewer(request).workspace.time_zone)
    siblings = commission_lines().filter(invoice_line=line.invoice_line_id, partner=line.partner_id)
    links = sheet_links(
        request.GET,
        list_url=reverse("console:commissions"),
        found=lambda: _lines(read_address(_listing(on), request.GET), on),
        url_of=_address,
    )
    context = {
        "line": line,
        "row": line_row(line, on=on),
        "calculation": calculation_of(Explanation.from_json(line.explanation)),
        "history": _history(siblings.order_by("booked_on", "id"), on),
        "links": links,
        "aside": _aside(line, on, may=current_viewer(request).may(Permission.MANAGE_COMMISSIONS)),
    }
    if wants_sheet(request):
        return show_part(request, "console/commissions/line_sheet.html", context)
    return show_page(request, "console/commissions/line.html", context)


@console(Permission.SEE_COMMISSIONS)
@require_safe
def blocked(request: HttpRequest) -> HttpResponse:
    """List the invoice lines whose commission waits for review, with the reason; nothing is paid by default."""
    listing = Listing(things="blocked lines", columns=BLOCKED_COLUMNS)
    on = today(current_viewer(request).workspace.time_zone)

    def present(found: Sequence[BlockedLine], _: int) -> list[dict[str, str]]:
        return [
            {
                "customer": str(line.invoice.account),
                "invoice": line.invoice.number,
                "partner_name": line.partner.name if line.partner else "",
                "partner_type": line.partner.type if line.partner else "",
                "reason": line.reason,
                "since": day_near(line.blocked_at.date(), on),
            }
            for line in found
        ]

    context = {
        "list": page_of(listing, request.GET, blocked_lines(), present),
        "tabs": section_tabs("blocked"),
    }
    return show_page(request, "console/commissions/blocked.html", context)


BLOCKED_COLUMNS = (
    Column(label="Since", kind="date"),
    Column(label="Customer"),
    Column(label="Invoice"),
    Column(label="Partner"),
    Column(label="Why it waits"),
)


def section_tabs(current: str) -> list[Link]:
    """Return the parts of the section as tabs; runs to approve and blocked lines carry their count."""
    waiting = blocked_lines().count()
    return [
        Link(label="Lines", url=reverse("console:commissions"), current=current == "commissions"),
        Link(
            label=_("Approvals"),
            url=reverse("console:approvals"),
            current=current == "approvals",
            count=runs_to_approve().count() or None,
        ),
        Link(label="Statements", url=reverse("console:statements"), current=current == "statements"),
        Link(label="Blocked", url=reverse("console:blocked"), current=current == "blocked", count=waiting),
    ]


def _aside(line: CommissionLine, on: date, *, may: bool) -> dict[str, object]:
    """Return whether the line may be set aside or taken back, and why it is set aside."""
    state = line_state(line, on=on)
    return {
        "may_set": may and state in {LineState.HELD, LineState.EARNED},
        "may_take_back": may and state is LineState.SET_ASIDE,
        "reason": getattr(line, "set_aside_because", None),
    }


def _rows(lines: Sequence[CommissionLine], parameters: QueryDict, first: int, on: date) -> list[LineRow]:
    return [line_row(line, on=on, query=row_query(parameters, first + at)) for at, line in enumerate(lines)]


def _address(line: CommissionLine) -> str:
    return reverse("console:commission_line", args=[line.pk])


def line_row(line: CommissionLine, *, on: date, query: str = "") -> LineRow:
    """Return a line as a list shows it on a day; `query` is added to the line's address."""
    return LineRow(
        url=_address(line) + query,
        booked_on=day_near(line.booked_on, on),
        partner_name=line.partner.name,
        partner_type=line.partner.type,
        customer=line.invoice.account.name,
        invoice=line.invoice.number,
        what=_what(line),
        base=formats.money_exact(line.base_minor, line.base_currency),
        amount=formats.money_exact(line.amount_minor, line.currency),
        state=_tag(line, on),
        note=_note(line, on),
    )


def _what(line: CommissionLine) -> str:
    if line.reverses_id is not None:
        return f"Correction, {line.get_event_kind_display().lower()}"
    return f"{line.get_event_kind_display()}, {line.invoice_line.get_kind_display().lower()}"


def _tag(line: CommissionLine, on: date) -> Tag:
    match line_state(line, on=on):
        case LineState.HELD:
            return Tag(f"Held until {day_near(line.held_until, on)}", "warn")
        case LineState.EARNED:
            return Tag(_("Earned"), "accent")
        case LineState.SET_ASIDE:
            return Tag(_("Set aside"), "warn")
        case LineState.APPROVED:
            return Tag(_("Approved"), "good")
        case LineState.ON_STATEMENT:
            return Tag(_("On a statement"), "good")
        case LineState.CLAWED_BACK:
            return Tag("Clawed back", "bad")
        case LineState.CORRECTED:
            return Tag("Reversal" if line.reverses_id else "Reversed")


def _note(line: CommissionLine, on: date) -> str:
    on_statement = getattr(line, "statement_line", None)
    if on_statement is not None:
        return f"on {on_statement.statement.number}"
    if (reason := getattr(line, "set_aside_because", None)) is not None:
        return str(reason)
    if line.earned_on != line.booked_on:
        return f"of {day_near(line.earned_on, on)}, booked later"
    return ""


def _lines(asked: Asked, on: date) -> QuerySet[CommissionLine]:
    lines = commission_lines().select_related("reversed_by")
    if partner_id := asked.number("partner"):
        lines = lines.filter(partner_id=partner_id)
    if month := asked.get("month"):
        chosen = Month.parse(month)
        lines = lines.filter(booked_on__range=(chosen.first_day, chosen.last_day))
    if state := asked.get("state"):
        lines = lines_in_state(lines, LineState(state), on=on)
    if asked.search:
        lines = lines.filter(invoice__account_id__in=found_by_words(Account, asked.search))
    return lines.order_by(*_ORDER[asked.sort])


def _listing(on: date) -> Listing:
    return Listing(
        things="lines",
        columns=COLUMNS,
        default_sort="-booked",
        search_label="Customer",
        filters=(
            Filter(name="month", label="Month", options=_months(on)),
            Filter(name="partner", label="Partner", options=options_of(Partner.objects.order_by("name"))),
            Filter(name="state", label="State", options=choices_of(LineState.choices)),
        ),
    )


def _months(on: date) -> tuple[Option, ...]:
    first = first_month_with_lines()
    month, options = Month.containing(on), []
    while first is not None and month >= first:
        options.append(Option(value=str(month), label=formats.month(month.first_day)))
        month = month.plus(-1)
    return tuple(options)


def _totals(totals: Sequence[CommissionTotals]) -> list[dict[str, str]]:
    return [
        {
            "currency": total.currency,
            "held": _exact(total.held),
            "earned": _exact(total.earned),
            "approved": _exact(total.approved),
            "on_statements": _exact(total.on_statements),
            "clawed_back": _exact(total.clawed_back),
        }
        for total in totals
    ]


def _exact(amount: Money) -> str:
    return formats.money_exact(amount.minor, amount.currency)


def _history(lines: QuerySet[CommissionLine], on: date) -> tuple[CalculationLine, ...]:
    """Return all entries of one invoice line and partner, and what they come to."""
    found = list(lines.select_related("reversed_by"))
    entries = [
        CalculationLine(
            label=f"{day_near(line.booked_on, on)}: {_what(line).lower()}",
            figure=formats.money_exact(line.amount_minor, line.currency),
        )
        for line in found
    ]
    total = sum(line.amount_minor for line in found)
    words = CalculationLine(
        label="All entries together", figure=formats.money_exact(total, found[0].currency), result=True
    )
    return (*entries, words)


CSV_HEADS = (
    "Booked on",
    "Earned on",
    "Held until",
    "Partner",
    "Customer",
    "Invoice",
    "Event",
    "Rule",
    "Plan",
    "Paid revenue",
    "Revenue currency",
    "Commission",
    "Currency",
    "State",
    "Statement",
)


def line_cells(line: CommissionLine, on: date) -> list[str]:
    """Return a line as a row of a file, in the order of `CSV_HEADS`; amounts are plain decimals."""
    on_statement = getattr(line, "statement_line", None)
    return [
        line.booked_on.isoformat(),
        line.earned_on.isoformat(),
        line.held_until.isoformat(),
        line.partner.name,
        line.invoice.account.name,
        line.invoice.number,
        _what(line),
        line.rule,
        str(line.plan),
        str(Money(line.base_minor, line.base_currency).amount),
        line.base_currency,
        str(Money(line.amount_minor, line.currency).amount),
        line.currency,
        str(line_state(line, on=on).label),
        on_statement.statement.number if on_statement else "",
    ]
