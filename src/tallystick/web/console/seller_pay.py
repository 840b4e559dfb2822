"""Seller-pay neutrality as a list: deals with partners, what each pays its seller both ways, and why they differ."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, Final

from django.contrib import messages
from django.db.models import Count, QuerySet, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from tallystick.attribution.deal_list import owner_spellings
from tallystick.commissions.models import PayCause, PayVerdict, PayWay, SellerPayCheck
from tallystick.commissions.seller_pay import pay_checks, pay_versions, verdict_totals
from tallystick.commissions.tasks import check_pay_soon
from tallystick.crm.models import Account, Opportunity
from tallystick.kernel.explanations import Explanation
from tallystick.kernel.money import Money
from tallystick.platform.access import Permission, Viewer
from tallystick.platform.database.search import found_by_words
from tallystick.web.access import console, current_viewer
from tallystick.web.console.pages import FRAME, show_page, show_part, wants_sheet
from tallystick.web.listing import FileColumn, Kind, Listing, Option
from tallystick.web.listing.address import Filter, choices_of
from tallystick.web.listing.cells import Row, link, state, text
from tallystick.web.listing.exports import Value
from tallystick.web.listing.lists import GroupHead, Part, RowList, in_chunks
from tallystick.web.listing.serving import answer_list
from tallystick.web.sheets import sheet_links
from tallystick.web.ui import formats
from tallystick.web.ui.components import CalculationLine, Column
from tallystick.web.words import Tag

_ORDER: Final[Mapping[str, tuple[str, ...]]] = {
    "difference": ("difference_minor", "id"),
    "-difference": ("-difference_minor", "-id"),
    "amount": ("amount_minor", "id"),
    "-amount": ("-amount_minor", "-id"),
    "seller": ("seller", "difference_minor", "id"),
    "-seller": ("-seller", "difference_minor", "id"),
}
_TONES: Final[dict[str, str]] = {PayVerdict.LESS: "bad", PayVerdict.MORE: "warn", PayVerdict.SAME: "good"}


@console(Permission.SEE_OWN_SELLER_PAY)
@require_safe
def seller_pay(request: HttpRequest) -> HttpResponseBase:
    """List the deals with partners, those that cost their seller most first."""
    viewer = current_viewer(request)
    listed = SellerPayList(viewer, request.GET)
    version = pay_versions().first()
    context = {
        "version": version,
        "totals": [_total(*total) for total in verdict_totals(pay_checks(sellers=sellers_of(viewer)))],
        "sees_all": viewer.may(Permission.SEE_SELLER_PAY),
        "may_manage": viewer.may(Permission.MANAGE_SELLER_PAY),
    }
    return answer_list(request, FRAME, listed, "console/seller_pay/list.html", context)


@console(Permission.SEE_OWN_SELLER_PAY)
@require_safe
def seller_pay_deal(request: HttpRequest, opportunity_id: int) -> HttpResponse:
    """Show how one deal pays its seller both ways, step by step; another seller's deal is not there."""
    viewer = current_viewer(request)
    check = pay_checks(sellers=sellers_of(viewer)).filter(opportunity_id=opportunity_id).first()
    if check is None:
        raise Http404
    context = {
        "check": check,
        "customer": customer_of(check),
        "figures": figures_of(check),
        "state": tag_of(check),
        "calculation": calculation_of_pay(check),
        "links": sheet_links(
            request.GET,
            list_url=reverse("console:seller_pay"),
            found=lambda: SellerPayList(viewer, request.GET).found,
            url_of=lambda found: reverse("console:seller_pay_deal", args=[found.opportunity_id]),
        ),
    }
    if wants_sheet(request):
        return show_part(request, "console/seller_pay/sheet.html", context)
    return show_page(request, "console/seller_pay/deal.html", context)


@console(Permission.MANAGE_SELLER_PAY)
@require_POST
def check_seller_pay_again(request: HttpRequest) -> HttpResponse:
    """Have every deal compared anew in the background."""
    check_pay_soon()
    messages.success(request, _("The deals are compared again in the background; look again in a minute."))
    return redirect("console:seller_pay")


def sellers_of(viewer: Viewer) -> tuple[str, ...] | None:
    """Return the owners in the CRM whose pay the viewer may see; None means everybody's."""
    return None if viewer.may(Permission.SEE_SELLER_PAY) else owner_spellings(viewer.label)


def pay_of_deal(viewer: Viewer, opportunity: Opportunity | None) -> SellerPayCheck | None:
    """Return the comparison of a deal where the viewer may see it. One query, two for who sees the own alone."""
    if opportunity is None or not viewer.may(Permission.SEE_OWN_SELLER_PAY):
        return None
    found = SellerPayCheck.objects.filter(opportunity=opportunity).first()
    sellers = sellers_of(viewer) if found is not None else None
    return found if sellers is None or (found is not None and found.seller in sellers) else None


def pay_line(viewer: Viewer, opportunity: Opportunity | None) -> dict[str, str] | None:
    """Return what a deal's page says of its seller's pay, to those who may see it."""
    check = pay_of_deal(viewer, opportunity)
    if check is None:
        return None
    return {
        "words": Explanation.from_json(check.explanation).conclusion,
        "url": reverse("console:seller_pay_deal", args=[check.opportunity_id]),
    }


class SellerPayList(RowList[SellerPayCheck]):
    """The deals compared."""

    name = "seller_pay"
    page = "console:seller_pay"
    permission = Permission.SEE_OWN_SELLER_PAY
    without: ClassVar[Mapping[Part, str]] = {
        Part.BULK: "Nothing is done to a deal here: the table of pay is changed, or the partner’s plan.",
        Part.EDITING: "Each figure follows from the table of pay and the deal.",
    }
    file_columns = (
        FileColumn("Customer"),
        FileColumn("Deal"),
        FileColumn("Seller"),
        FileColumn("Sold"),
        FileColumn("Amount", Kind.AMOUNT),
        FileColumn("Partners earn", Kind.AMOUNT),
        FileColumn("Pay direct", Kind.AMOUNT),
        FileColumn("Pay with partner", Kind.AMOUNT),
        FileColumn("Difference", Kind.AMOUNT),
        FileColumn("Currency"),
        FileColumn("Verdict"),
        FileColumn("Why"),
        FileColumn("Table"),
    )

    def offer(self) -> Listing:
        """Return what can be asked of the deals compared."""
        return Listing(
            things=_("deals"),
            columns=(
                Column(key="customer", label=_("Customer"), kind="one-line", fixed=True),
                Column(key="seller", label=_("Seller"), kind="one-line", sort="seller"),
                Column(key="way", label=_("Sold")),
                Column(key="amount", label=_("Amount"), kind="number", sort="amount"),
                Column(key="direct", label=_("Pay direct"), kind="number"),
                Column(key="partnered", label=_("Pay with partner"), kind="number"),
                Column(key="difference", label=_("Difference"), kind="number", sort="difference"),
                Column(key="verdict", label=_("Verdict")),
                Column(key="cause", label=_("Why"), kind="one-line"),
                Column(key="share", label=_("Partners earn"), kind="number", on_demand=True),
            ),
            default_sort="difference",
            search_label=_("Customer"),
            filters=(
                Filter(name="verdict", label=_("Verdict"), options=choices_of(PayVerdict.choices)),
                Filter(name="way", label=_("Sold"), options=choices_of(PayWay.choices)),
                Filter(name="cause", label=_("Why"), options=choices_of(PayCause.choices)),
            ),
            groups=(
                Option(value="seller", label=_("Seller")),
                Option(value="verdict", label=_("Verdict")),
                Option(value="way", label=_("Sold")),
            ),
        )

    def find(self) -> QuerySet[SellerPayCheck]:
        """Return the deals asked for, in order."""
        checks = pay_checks(sellers=sellers_of(self.viewer))
        for name in ("verdict", "way", "cause"):
            if wanted := self.asked.get(name):
                checks = checks.filter(**{name: wanted})
        if self.asked.search:
            checks = checks.filter(opportunity__account_id__in=found_by_words(Account, self.asked.search))
        order = _ORDER[self.asked.sort]
        return checks.order_by(self.asked.group, *order) if self.asked.group else checks.order_by(*order)

    def rows(self, found: Sequence[SellerPayCheck]) -> list[Row]:
        """Return deals as the list shows them."""
        return [
            Row(
                key=str(check.pk),
                label=f"{customer_of(check)}, {check.opportunity.name}",
                group=str(getattr(check, self.asked.group)) if self.asked.group else "",
                cells={
                    "customer": link(
                        customer_of(check),
                        reverse("console:seller_pay_deal", args=[check.opportunity_id]),
                        check.opportunity.name,
                        in_sheet=True,
                    ),
                    "seller": text(check.seller or "–"),
                    "way": text(check.get_way_display()),
                    "amount": text(_money(check.amount_minor, check)),
                    "direct": text(_money(check.direct_minor, check)),
                    "partnered": text(_money(check.partnered_minor, check)),
                    "difference": text(_money(check.difference_minor, check)),
                    "verdict": state(tag_of(check)),
                    "cause": text(check.get_cause_display() if check.cause != PayCause.NONE else "–"),
                    "share": text(_money(check.partner_minor, check)),
                },
            )
            for check in found
        ]

    def keys(self, found: Iterable[SellerPayCheck]) -> list[str]:
        """Return the ids of comparisons."""
        return [str(check.pk) for check in found]

    def group_heads(self, groups: Sequence[str]) -> Mapping[str, GroupHead]:
        """Return the headings: how many deals each group has, and what they differ by, a sum a currency. One query."""
        assert isinstance(self.found, QuerySet)  # noqa: S101 - `find` returns one
        words = {"verdict": dict(PayVerdict.choices), "way": dict(PayWay.choices)}.get(self.asked.group, {})
        sums = (
            self.found.order_by(self.asked.group, "currency")
            .values_list(self.asked.group, "currency")
            .annotate(n=Count("pk"), together=Sum("difference_minor"))
        )
        found: dict[str, tuple[int, list[str]]] = {}
        for group, currency, count, minor in sums:
            counted, amounts = found.get(group, (0, []))
            more = [] if minor is None else [formats.money_exact(int(minor), currency)]
            found[group] = counted + count, [*amounts, *more]
        return {
            group: GroupHead(
                str(words.get(group, group) or "–"),
                " · ".join(part for part in (formats.number(count), ", ".join(amounts)) if part),
            )
            for group, (count, amounts) in found.items()
            if group in groups
        }

    def file_rows(self, found: Iterable[SellerPayCheck]) -> Iterable[Sequence[Value]]:
        """Return deals as rows of a file."""
        for chunk in in_chunks(found):
            yield from (_values(check) for check in chunk)


def customer_of(check: SellerPayCheck) -> str:
    """Return whom a deal is with."""
    account = check.opportunity.account
    return account.name if account else check.opportunity.account_named or check.opportunity.name


def tag_of(check: SellerPayCheck) -> Tag:
    """Return the verdict with its tone."""
    return Tag(str(check.get_verdict_display()), _TONES.get(check.verdict, ""))


def figures_of(check: SellerPayCheck) -> dict[str, str]:
    """Return the figures of a comparison, written."""
    names = ("amount", "partner", "direct", "partnered", "difference")
    return {name: _money(getattr(check, f"{name}_minor"), check) for name in names}


def calculation_of_pay(check: SellerPayCheck) -> tuple[CalculationLine, ...]:
    """Return the steps of a comparison as lines of a calculation, its conclusion as the result."""
    labels = {
        "rate": _("Rates"),
        "direct": _("Pay direct"),
        "kept": _("What we keep"),
        "with_partner": _("Pay with the partner"),
        "difference": _("Difference"),
    }
    figures = {"direct": "pay", "kept": "kept", "with_partner": "pay", "difference": "difference"}
    explanation = Explanation.from_json(check.explanation)
    lines = [
        CalculationLine(
            label=str(labels.get(step.rule, _("Not known"))),
            figure=_money(minor, check) if isinstance(minor := step.facts.get(figures.get(step.rule, "")), int) else "",
            note=step.sentence,
        )
        for step in explanation.steps
    ]
    by = _("By version %(number)s of the table") % {"number": explanation.policy.partition("@")[2]}
    figure = _money(check.difference_minor, check) if check.difference_minor is not None else ""
    return (*lines, CalculationLine(label=explanation.conclusion, figure=figure, note=by, result=True))


def _money(minor: int | None, check: SellerPayCheck) -> str:
    return "–" if minor is None else formats.money_exact(minor, check.currency)


def _values(check: SellerPayCheck) -> Sequence[Value]:
    def amount(minor: int | None) -> Any:
        return Money(minor, check.currency).amount if minor is not None else ""

    return (
        customer_of(check),
        check.opportunity.name,
        check.seller,
        str(check.get_way_display()),
        amount(check.amount_minor),
        amount(check.partner_minor),
        amount(check.direct_minor),
        amount(check.partnered_minor),
        amount(check.difference_minor),
        check.currency,
        str(check.get_verdict_display()),
        str(check.get_cause_display()),
        Explanation.from_json(check.explanation).policy,
    )


def _total(verdict: PayVerdict, count: int, sums: Sequence[Money]) -> dict[str, str]:
    differing = verdict in (PayVerdict.LESS, PayVerdict.MORE)
    return {
        "label": str(verdict.label),
        "figure": formats.number(count),
        "note": ", ".join(formats.money_exact(each.minor, each.currency) for each in sums)
        if differing and sums
        else ngettext("deal", "deals", count),
    }
