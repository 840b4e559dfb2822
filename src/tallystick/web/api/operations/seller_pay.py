"""Seller pay: the table of what AEs are paid, in versions, and the deals compared by it. For the vendor alone."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from http import HTTPStatus
from typing import Annotated, Any, Literal, Self

from django.db.models.functions import Coalesce
from django.http import HttpRequest
from ninja import File, Form, Query, Router, UploadedFile
from pydantic import Field, StringConstraints

from tallystick.commissions.models import PayCause, PayVerdict, PayWay, SellerPayVersion
from tallystick.commissions.rules.seller_pay import LONGEST, PaidOn, PayRate
from tallystick.commissions.rules.seller_pay_file import MOST_ROWS, read_rates, text_of_file
from tallystick.commissions.seller_pay import pay_checks, pay_table, pay_versions, verdict_totals
from tallystick.commissions.services import publish_seller_pay
from tallystick.commissions.tasks import check_pay_soon
from tallystick.kernel.money import Money
from tallystick.platform.access import Permission
from tallystick.platform.clock import now
from tallystick.web.api.access import Whose, caller_of, operation
from tallystick.web.api.operations.pay_values import ComparedDealTold, ComparisonTold
from tallystick.web.api.operations.written import Number
from tallystick.web.api.paging import Order, Page, PageAsked, one_by_one, one_page, sorted_by
from tallystick.web.api.problems import ErrorCode
from tallystick.web.api.values import LARGEST_ID, Given, Id, MoneyTold, Told, words

router = Router(tags=["Seller pay"])

Percent = Annotated[
    str,
    StringConstraints(pattern=r"^(100(\.0{1,4})?|[0-9]{1,2}(\.[0-9]{1,4})?)$"),
    Field(description="From 0 to 100, with four decimals at most.", examples=["7.5"]),
]


class RateTold(Told):
    """What one seller, product and segment is paid, in percent of a deal; an empty name means all of them."""

    seller: Annotated[str, Field(description="The owner of the deal in the CRM.", examples=["Tom Albright"])]
    product: Annotated[str, Field(examples=[""])]
    segment: Annotated[str, Field(description="The account's industry.", examples=[""])]
    direct: Annotated[str, Field(description="Sold direct.", examples=["8"])]
    sourced: Annotated[str, Field(description="Sourced by a partner.", examples=["8"])]
    influenced: Annotated[str, Field(description="Influenced by one.", examples=["8"])]
    resale: Annotated[str, Field(description="Resold by one.", examples=["7.5"])]

    @classmethod
    def of(cls, rate: PayRate) -> Self:
        """Return a row as it is told."""
        percents = {name: _plain(getattr(rate, name)) for name in ("direct", "sourced", "influenced", "resale")}
        return cls(seller=rate.seller, product=rate.product, segment=rate.segment, **percents)


class PayVersionTold(Told):
    """A published version of the table; none ever changes."""

    number: int
    paid_on: PaidOn
    tolerance_percent: Annotated[str, Field(description="Of the pay direct: how far the two may lie apart.")]
    reason: Annotated[str, Field(examples=["Resale counts more."])]
    published_at: datetime
    published_by: Annotated[str, Field(examples=["Berit Holm"])]

    @classmethod
    def of(cls, version: SellerPayVersion) -> Self:
        """Return a version without its rows."""
        return cls(**_version_values(version))


class PayTableTold(PayVersionTold):
    """A version of the table with its rows."""

    rates: list[RateTold]

    @classmethod
    def of(cls, version: SellerPayVersion) -> Self:
        """Return a version as a whole. One query."""
        return cls(**_version_values(version), rates=[RateTold.of(rate) for rate in pay_table(version).rates])


class PayTableInForceTold(Told):
    """The table that deals are compared by; null where none was published, and nothing is compared."""

    table: PayTableTold | None


class PayVersionPage(Page[PayVersionTold]):
    """Versions, a page at a time."""


class RateGiven(Given):
    """A row of the table; a name that is left out means all of them."""

    seller: Annotated[str, words(LONGEST["seller"])] = ""
    product: Annotated[str, words(LONGEST["product"])] = ""
    segment: Annotated[str, words(LONGEST["segment"])] = ""
    direct: Percent
    sourced: Percent
    influenced: Percent
    resale: Percent

    def rate(self) -> PayRate:
        """Return the row as the rule takes it."""
        return PayRate(
            seller=self.seller,
            product=self.product,
            segment=self.segment,
            direct=Decimal(self.direct),
            sourced=Decimal(self.sourced),
            influenced=Decimal(self.influenced),
            resale=Decimal(self.resale),
        )


class PayTermsGiven(Given):
    """What the pay is of, and how far pay with a partner may lie from pay direct."""

    paid_on: Annotated[PaidOn, Field(description="The whole amount, or what is kept after the partner's commission.")]
    tolerance_percent: Percent = "0"
    reason: Annotated[str, words(300), Field(description="Why it changes.", examples=["Resale counts more."])] = ""


class PayTableGiven(PayTermsGiven):
    """The next version of the table."""

    rates: Annotated[list[RateGiven], Field(min_length=1, max_length=MOST_ROWS)]


@operation(
    router,
    "GET",
    "/seller-pay/table",
    PayTableInForceTold,
    whose=Whose.WORKSPACE,
    permission=Permission.MANAGE_SELLER_PAY,
)
def read_seller_pay_table(request: HttpRequest) -> PayTableInForceTold:  # noqa: ARG001
    """Read the table that holds, with its rows."""
    holds = pay_versions().first()
    return PayTableInForceTold(table=PayTableTold.of(holds) if holds else None)


@operation(
    router,
    "GET",
    "/seller-pay/versions",
    PayVersionPage,
    whose=Whose.WORKSPACE,
    permission=Permission.MANAGE_SELLER_PAY,
)
def list_seller_pay_versions(request: HttpRequest, asked: Query[PageAsked]) -> PayVersionPage:  # noqa: ARG001
    """List every version of the table, the latest first."""
    order = Order(("-number",))
    return PayVersionPage(**one_page(pay_versions(), order, asked, one_by_one(PayVersionTold.of)))


@operation(
    router,
    "GET",
    "/seller-pay/versions/{number}",
    PayTableTold,
    whose=Whose.WORKSPACE,
    permission=Permission.MANAGE_SELLER_PAY,
)
def read_seller_pay_version(
    request: HttpRequest,  # noqa: ARG001
    number: Number,
) -> PayTableTold:
    """Read a version of the table with its rows."""
    return PayTableTold.of(pay_versions().get(number=number))


@operation(
    router,
    "POST",
    "/seller-pay/versions",
    PayTableTold,
    whose=Whose.WORKSPACE,
    permission=Permission.MANAGE_SELLER_PAY,
    status=HTTPStatus.CREATED,
    refuses=(ErrorCode.REFUSED,),
)
def publish_a_seller_pay_table(request: HttpRequest, given: PayTableGiven) -> PayTableTold:
    """Publish the next version of the table; deals are compared by it in the background.

    No two rows may be for the same seller, product and segment. The table that holds, sent again, publishes nothing and
    is the answer.
    """
    return _publish(request, given, [rate.rate() for rate in given.rates])


@operation(
    router,
    "POST",
    "/seller-pay/table/import",
    PayTableTold,
    whose=Whose.WORKSPACE,
    permission=Permission.MANAGE_SELLER_PAY,
    status=HTTPStatus.CREATED,
    refuses=(ErrorCode.REFUSED,),
)
def import_a_seller_pay_table(
    request: HttpRequest, file: File[UploadedFile], given: Form[PayTermsGiven]
) -> PayTableTold:
    """Publish the next version of the table from a CSV file.

    Its first line names the columns seller, product, segment, direct, sourced, influenced, resale. Every mistake is
    named in the problem, and nothing is published then.
    """
    return _publish(request, given, read_rates(text_of_file(file.read(), size=file.size or 0)))


class CompareTold(Told):
    """That the deals are compared anew in the background."""

    version: Annotated[int | None, Field(description="By which version; null where none was published.")]


@operation(
    router,
    "POST",
    "/seller-pay/compare",
    CompareTold,
    whose=Whose.WORKSPACE,
    permission=Permission.MANAGE_SELLER_PAY,
    status=HTTPStatus.ACCEPTED,
)
def compare_seller_pay(request: HttpRequest) -> CompareTold:  # noqa: ARG001
    """Have every deal with a partner compared anew, in the background; it happens every hour by itself."""
    check_pay_soon()
    holds = pay_versions().first()
    return CompareTold(version=holds.number if holds else None)


class ComparedDealPage(Page[ComparedDealTold]):
    """Compared deals, a page at a time."""


class ComparedDealsAsked(PageAsked):
    """What compared deals are narrowed and ordered by."""

    verdict: PayVerdict | None = None
    way: PayWay | None = None
    cause: PayCause | None = None
    seller: Annotated[str, words(120), Field(description="The owner in the CRM, as it is spelt there.")] = ""
    sort: Literal["difference", "-difference", "amount_minor", "-amount_minor", "id", "-id"] = "difference"


@operation(
    router,
    "GET",
    "/seller-pay/deals",
    ComparedDealPage,
    whose=Whose.WORKSPACE,
    permission=Permission.SEE_SELLER_PAY,
)
def list_compared_deals(request: HttpRequest, asked: Query[ComparedDealsAsked]) -> ComparedDealPage:  # noqa: ARG001
    """List the deals with partners and what each pays its seller both ways, those that cost their seller most first.

    Sorted by difference, a deal whose difference is not known comes after all others, and with `-difference` first.
    """
    wanted: dict[str, Any] = {name: getattr(asked, name) for name in ("verdict", "way", "cause", "seller")}
    found = pay_checks(sellers=None).filter(**{name: value for name, value in wanted.items() if value})
    found = found.select_related("version").annotate(difference=Coalesce("difference_minor", LARGEST_ID))
    return ComparedDealPage(**one_page(found, sorted_by(asked.sort), asked, one_by_one(ComparedDealTold.of)))


class VerdictTold(Told):
    """How many deals have a verdict, and what they differ by together."""

    verdict: PayVerdict
    deals: int
    difference: Annotated[list[MoneyTold], Field(description="One sum a currency.")]

    @classmethod
    def of(cls, verdict: PayVerdict, deals: int, sums: list[Money]) -> Self:
        """Return what deals of one verdict come to."""
        told = [MoneyTold.of(each.minor, each.currency) for each in sums]
        return cls(verdict=verdict, deals=deals, difference=told)


class VerdictsTold(Told):
    """What the comparison comes to."""

    data: list[VerdictTold]


@operation(
    router,
    "GET",
    "/seller-pay/verdicts",
    VerdictsTold,
    whose=Whose.WORKSPACE,
    permission=Permission.SEE_SELLER_PAY,
)
def read_seller_pay_verdicts(request: HttpRequest) -> VerdictsTold:  # noqa: ARG001
    """Read how many deals pay less, more, the same or cannot be compared, and what they differ by."""
    return VerdictsTold(data=[VerdictTold.of(*total) for total in verdict_totals(pay_checks(sellers=None))])


@operation(
    router,
    "GET",
    "/seller-pay/deals/{opportunity_id}",
    ComparisonTold,
    whose=Whose.WORKSPACE,
    permission=Permission.SEE_SELLER_PAY,
)
def read_compared_deal(request: HttpRequest, opportunity_id: Id) -> ComparisonTold:  # noqa: ARG001
    """Read how one deal pays its seller both ways, step by step."""
    return ComparisonTold.of(pay_checks(sellers=None).select_related("version").get(opportunity_id=opportunity_id))


def _publish(request: HttpRequest, given: PayTermsGiven, rates: list[PayRate] | tuple[PayRate, ...]) -> PayTableTold:
    before = pay_versions().first()
    version = publish_seller_pay(
        caller_of(request).actor(),
        rates=rates,
        paid_on=given.paid_on,
        tolerance_percent=Decimal(given.tolerance_percent),
        reason=given.reason,
        at=now(),
    )
    if before is None or version.pk != before.pk:
        check_pay_soon()
    return PayTableTold.of(version)


def _version_values(version: SellerPayVersion) -> dict[str, Any]:
    return {
        "number": version.number,
        "paid_on": PaidOn(version.paid_on),
        "tolerance_percent": _plain(version.tolerance_percent),
        "reason": version.reason,
        "published_at": version.published_at,
        "published_by": version.published_by_label,
    }


def _plain(percent: Decimal) -> str:
    return f"{percent.normalize():f}"
