"""How a deal pays its seller with a partner and direct, as programs of the vendor read it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import Field

from tallystick.commissions.models import PayCause, PayVerdict, PayWay, SellerPayCheck
from tallystick.kernel.explanations import Explanation
from tallystick.web.api.values import ExplanationTold, MoneyTold, Told


class ComparedDealTold(Told):
    """A deal with a partner beside the same deal sold direct; amounts are in the deal's currency."""

    opportunity_id: int
    opportunity: Annotated[str, Field(examples=["Cellvia LIMS"])]
    account_id: int | None
    customer: Annotated[str, Field(examples=["Cellvia"])]
    seller: Annotated[str, Field(description="The owner in the CRM.", examples=["Tom Albright"])]
    way: PayWay
    amount: MoneyTold
    partners_earn: Annotated[MoneyTold | None, Field(description="Null where it cannot be named.")]
    direct: Annotated[MoneyTold | None, Field(description="The pay of the same deal sold direct.")]
    with_partner: MoneyTold | None
    difference: Annotated[MoneyTold | None, Field(description="With the partner less direct.")]
    verdict: PayVerdict
    cause: PayCause
    version: Annotated[int, Field(description="Of the table it was compared by.", examples=[3])]
    compared_at: datetime

    @classmethod
    def of(cls, check: SellerPayCheck) -> Self:
        """Return a comparison as a list tells it."""
        return cls(**_values(check))


class ComparisonTold(ComparedDealTold):
    """A compared deal with each step and its figures."""

    explanation: ExplanationTold

    @classmethod
    def of(cls, check: SellerPayCheck) -> Self:
        """Return a comparison as a whole."""
        explanation = ExplanationTold.of(Explanation.from_json(check.explanation))
        return cls(**_values(check), explanation=explanation)


def _values(check: SellerPayCheck) -> dict[str, Any]:
    deal, account = check.opportunity, check.opportunity.account
    return {
        "opportunity_id": deal.pk,
        "opportunity": deal.name,
        "account_id": account.pk if account else None,
        "customer": account.name if account else deal.account_named or deal.name,
        "seller": check.seller,
        "way": PayWay(check.way),
        "amount": MoneyTold.of(check.amount_minor, check.currency),
        "partners_earn": MoneyTold.maybe(check.partner_minor, check.currency),
        "direct": MoneyTold.maybe(check.direct_minor, check.currency),
        "with_partner": MoneyTold.maybe(check.partnered_minor, check.currency),
        "difference": MoneyTold.maybe(check.difference_minor, check.currency),
        "verdict": PayVerdict(check.verdict),
        "cause": PayCause(check.cause),
        "version": check.version.number,
        "compared_at": check.checked_at,
    }
