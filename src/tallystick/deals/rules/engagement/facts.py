"""The facts that rules of engagement may name: the one list they are checked against and documented from.

All of them are as they stood when the claim came in; later changes do not change what was answered. A sentence that a
partner reads may hold those in `TOLD` and no others: none of them says what another partner does.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tallystick.kernel.conditions import Fact, FactKind, FactSchema
from tallystick.programmes.rules.facts import PARTNER_TYPES, TIERS

HOLDERS: Final = ("nobody", "this_partner", "another_partner")
LIFECYCLES: Final = ("prospect", "applied", "approved", "declined", "onboarding", "active", "dormant", "ended")
DAYS: Final = "days"
UNITS: Final = "units of the workspace's currency"


def _of_claims() -> Iterator[Fact]:
    source = "the claim"
    yield Fact(
        "claim.value",
        FactKind.MONEY,
        "the value",
        "What the partner expects a year, in the workspace's currency at the rate of the day.",
        "the claim and the exchange rates",
        unit="minor units of the workspace's currency",
    )
    yield Fact(
        "claim.value_units",
        FactKind.INTEGER,
        "the value in whole units",
        "The same in whole units of the workspace's currency, whatever that currency is.",
        "the claim and the exchange rates",
        unit=UNITS,
    )
    yield Fact("claim.currency", FactKind.TEXT, "the currency", "The currency the partner gave the value in.", source)
    yield Fact(
        "claim.names_product",
        FactKind.BOOLEAN,
        "the claim names a product",
        "Whether the claim is to one product at the company; otherwise it is to the whole company.",
        source,
    )
    yield Fact("claim.product", FactKind.TEXT, "the product", "The product the claim names, if it names one.", source)
    yield Fact(
        "claim.names_distributor",
        FactKind.BOOLEAN,
        "the claim names a distributor",
        "Whether a distributor stands between the partner and us in the deal.",
        source,
    )


def _of_accounts() -> Iterator[Fact]:
    source = "the account in the CRM"
    yield Fact(
        "account.holder",
        FactKind.CHOICE,
        "who holds what is claimed",
        "Who held the company, or the product at it that the claim names, when the claim came in.",
        "protections",
        HOLDERS,
    )
    yield Fact(
        "account.overlap_holder",
        FactKind.CHOICE,
        "who holds what overlaps",
        "Who held the whole company when one product was claimed, or one product when the whole company was.",
        "protections",
        HOLDERS,
    )
    yield Fact(
        "account.is_customer",
        FactKind.BOOLEAN,
        "the company is a customer",
        "Whether the company buys from us already; not known where a customer of that name may be the company.",
        source,
    )
    yield Fact(
        "account.country",
        FactKind.TEXT,
        "the company's country",
        "Where the company is, as a two-letter ISO 3166 code: as its account says, else as the claim does.",
        source,
    )
    yield Fact(
        "account.in_territory",
        FactKind.BOOLEAN,
        "the company is in the partner's territory",
        "Whether the company's country is a territory of the partner on the day.",
        "territories on the partner's page",
    )
    yield from _of_direct_work()
    yield Fact(
        "account.was_lost",
        FactKind.BOOLEAN,
        "a deal with the company was lost",
        "Whether an opportunity of the company was lost before.",
        "opportunities",
    )
    yield Fact(
        "account.lost_on", FactKind.DATE, "the day of the last loss", "When the last one was lost.", "opportunities"
    )
    yield Fact(
        "account.lost_days_ago",
        FactKind.INTEGER,
        "the days since the last loss",
        "How many days before the claim the last one was lost.",
        "opportunities",
        unit=DAYS,
    )


def _of_direct_work() -> Iterator[Fact]:
    open_deals, meetings = "opportunities that no registration has", "meetings in the CRM"
    yield Fact(
        "account.direct_deal_open",
        FactKind.BOOLEAN,
        "our own team has an open deal",
        "Whether our own team has an open opportunity with the company.",
        open_deals,
    )
    yield Fact(
        "account.direct_deal_opened_on",
        FactKind.DATE,
        "the day our own deal was opened",
        "When the oldest open one was opened.",
        open_deals,
    )
    yield Fact(
        "account.direct_deal_days",
        FactKind.INTEGER,
        "the age of our own deal",
        "How many days before the claim the oldest open one was opened.",
        open_deals,
        unit=DAYS,
    )
    yield Fact(
        "account.direct_met",
        FactKind.BOOLEAN,
        "our own team met the company",
        "Whether our own team ever met the company.",
        meetings,
    )
    yield Fact(
        "account.direct_met_on",
        FactKind.DATE,
        "the day of our last meeting",
        "When our own team last met it.",
        meetings,
    )
    yield Fact(
        "account.direct_met_days_ago",
        FactKind.INTEGER,
        "the days since our last meeting",
        "How many days before the claim our own team last met the company.",
        meetings,
        unit=DAYS,
    )


def _of_partners() -> Iterator[Fact]:
    yield Fact("partner.type", FactKind.CHOICE, "the partner's type", "What the partner is.", "partners", PARTNER_TYPES)
    yield Fact(
        "partner.tier",
        FactKind.CHOICE,
        "the partner's tier",
        "The tier the partner held on the day; not known where it has none.",
        "partners: tier history",
        TIERS,
    )
    yield Fact(
        "partner.lifecycle",
        FactKind.CHOICE,
        "where the partner stands",
        "Where the partner stood on the day, from first talk to goodbye.",
        "partners",
        LIFECYCLES,
    )
    yield Fact(
        "partner.country",
        FactKind.TEXT,
        "the partner's country",
        "Where the partner is, as a two-letter ISO 3166 code.",
        "partners",
    )
    yield Fact("partner.track", FactKind.TEXT, "the partner's track", "The name of the track for its type.", "tracks")
    yield Fact(
        "partner.open_registrations",
        FactKind.INTEGER,
        "the partner's open registrations",
        "How many registrations of the partner are in review, approved or an open opportunity, this one counted.",
        "deal registrations",
        unit="registrations",
    )
    yield Fact(
        "partner.registered_before",
        FactKind.BOOLEAN,
        "the partner registered the company before",
        "Whether an earlier registration of the company by the same partner has ended.",
        "deal registrations",
    )
    yield Fact(
        "partner.earlier_ended_on",
        FactKind.DATE,
        "the day the earlier registration ended",
        "When the partner's latest earlier registration of the company let go of it.",
        "deal registrations",
    )
    yield Fact(
        "partner.earlier_ended_days_ago",
        FactKind.INTEGER,
        "the days since the earlier registration ended",
        "How many days before the claim that was.",
        "deal registrations",
        unit=DAYS,
    )
    yield from _of_standing()


def _of_standing() -> Iterator[Fact]:
    yield Fact(
        "partner.has_territories",
        FactKind.BOOLEAN,
        "the partner has territories",
        "Whether territories of the partner are on record; a partner without any may sell everywhere.",
        "territories on the partner's page",
    )
    yield Fact(
        "partner.territories",
        FactKind.TEXT,
        "the partner's territories",
        "The countries of its territories on the day, such as DE, AT, CH.",
        "territories on the partner's page",
    )
    yield Fact(
        "programme.keeps_certificates",
        FactKind.BOOLEAN,
        "certificates are kept",
        "Whether a certificate of any partner is on record at all.",
        "certificates on partners' pages",
    )
    yield Fact(
        "partner.certificates",
        FactKind.INTEGER,
        "the partner's certificates",
        "How many certificates of the partner's people are valid on the day; not known where none was ever recorded.",
        "certificates on the partner's page",
        unit="certificates",
    )
    yield Fact(
        "partner.certified_for_product",
        FactKind.BOOLEAN,
        "the partner is certified for the product",
        "Whether one of them is for the product the claim names, or for every product.",
        "certificates on the partner's page",
    )
    yield Fact(
        "distributor.type",
        FactKind.CHOICE,
        "the distributor's type",
        "What the distributor named in the claim is; not known where we do not know it.",
        "partners",
        PARTNER_TYPES,
    )
    yield Fact(
        "distributor.lifecycle",
        FactKind.CHOICE,
        "where the distributor stands",
        "Where the distributor stood on the day.",
        "partners",
        LIFECYCLES,
    )


ENGAGEMENT_FACTS: Final[FactSchema] = {
    fact.name: fact for facts in (_of_claims(), _of_accounts(), _of_partners()) for fact in facts
}

TOLD: Final = frozenset(
    {
        "claim.value",
        "claim.value_units",
        "claim.currency",
        "claim.product",
        "account.country",
        "account.direct_deal_opened_on",
        "account.direct_deal_days",
        "account.direct_met_on",
        "account.direct_met_days_ago",
        "partner.type",
        "partner.tier",
        "partner.country",
        "partner.track",
        "partner.open_registrations",
        "partner.earlier_ended_on",
        "partner.earlier_ended_days_ago",
        "partner.territories",
        "partner.certificates",
    }
)
"""Facts that may stand in words a partner reads."""
