"""The facts that conditions in plans may name: the one list they are checked against and documented from.

All of them are as they stood on the day the invoice was issued; later changes do not change what was earned.
"""

from typing import Final

from tallystick.kernel.conditions import Fact, FactKind, FactSchema

PARTNER_TYPES: Final = (
    "reseller",
    "system_integrator",
    "isv",
    "instrument_vendor",
    "msp",
    "distributor",
    "agency",
    "consultant",
    "referral",
    "affiliate",
    "community",
    "strategic_ally",
)
TIERS: Final = ("authorised", "premier", "strategic")
DEAL_KINDS: Final = ("new", "renewal", "expansion")

_FACTS: Final = (
    Fact("partner.type", FactKind.CHOICE, "the partner's type", "What the partner is.", "partners", PARTNER_TYPES),
    Fact(
        "partner.tier",
        FactKind.CHOICE,
        "the partner's tier",
        "The tier the partner held on the day of the invoice.",
        "partners: tier history",
        TIERS,
    ),
    Fact(
        "partner.country",
        FactKind.TEXT,
        "the partner's country",
        "Where the partner is, as a two-letter ISO 3166 code.",
        "partners",
    ),
    Fact(
        "partner.role",
        FactKind.CHOICE,
        "the partner's role in the deal",
        "Whether the partner brought the deal or influenced it.",
        "attribution decision",
        ("source", "influence"),
    ),
    Fact(
        "deal.kind",
        FactKind.CHOICE,
        "the kind of deal",
        "Whether the opportunity is new business, a renewal or an expansion.",
        "opportunity",
        DEAL_KINDS,
    ),
    Fact(
        "deal.amount",
        FactKind.MONEY,
        "the deal's amount",
        "The amount of the opportunity; comparable in its own currency only.",
        "opportunity",
    ),
    Fact(
        "deal.term_months",
        FactKind.INTEGER,
        "the term in months",
        "For how many months the customer signed.",
        "opportunity",
    ),
    Fact(
        "deal.registered",
        FactKind.BOOLEAN,
        "the deal is registered",
        "Whether this partner's registration of the deal was approved before it closed.",
        "deal registrations",
    ),
    Fact(
        "customer.country",
        FactKind.TEXT,
        "the customer's country",
        "Where the customer is, as the account says.",
        "account",
    ),
    Fact(
        "customer.industry",
        FactKind.TEXT,
        "the customer's industry",
        "The customer's industry, as the account says.",
        "account",
    ),
    Fact(
        "invoice.currency",
        FactKind.TEXT,
        "the invoice's currency",
        "The currency the invoice is in, as an ISO 4217 code.",
        "invoice",
    ),
    Fact(
        "invoice.net",
        FactKind.MONEY,
        "the invoice's net amount",
        "The invoice's total without tax; comparable in its own currency only.",
        "invoice",
    ),
    Fact(
        "line.product",
        FactKind.TEXT,
        "the product",
        "The product's name on the price list.",
        "invoice line",
    ),
    Fact(
        "line.family",
        FactKind.TEXT,
        "the product family",
        "The family the product belongs to on the price list.",
        "product of the invoice line",
    ),
    Fact(
        "line.kind",
        FactKind.CHOICE,
        "the kind of revenue",
        "Whether the invoice line is new business, a renewal or an expansion.",
        "invoice line",
        DEAL_KINDS,
    ),
    Fact(
        "line.renewal_year",
        FactKind.INTEGER,
        "the renewal year",
        "Which renewal the line is: 1 for the first, 0 for the first term.",
        "invoice line",
    ),
    Fact(
        "line.quantity",
        FactKind.INTEGER,
        "the quantity",
        "How many units the line is for.",
        "invoice line",
    ),
)

FACTS: Final[FactSchema] = {fact.name: fact for fact in _FACTS}


def facts_in_words(reason: str) -> str:
    """Return why something cannot be decided with facts called as people call them, not as plans write them."""
    for name in sorted(FACTS, key=len, reverse=True):
        reason = reason.replace(name, FACTS[name].label)
    return reason[:1].upper() + reason[1:]
