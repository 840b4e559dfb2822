"""The partner ranking of the overview: places with their change, amounts of the period, and as a file."""

from __future__ import annotations

from dataclasses import dataclass

from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.safestring import SafeString

from tallystick.insights.queries import Overview, RankedPartner
from tallystick.kernel.money import Money
from tallystick.web.listing import csv_response
from tallystick.web.ui import formats
from tallystick.web.ui.charts import spark


@dataclass(frozen=True, slots=True, kw_only=True)
class RankingRow:
    """One partner of the ranking as the overview shows it; `moved` is 0 where it kept its place or had none."""

    url: str
    place: int
    moved: int
    fell: int
    name: str
    type: str
    note: str
    tier: str
    sourced: str
    filled: int
    spark: SafeString
    influenced: str
    won: str
    win_rate: str
    first_deal: str


def ranking_rows(shown: Overview) -> list[RankingRow]:
    """Return the ranking, its bars measured against the first place."""
    best = max((ranked.sourced for ranked in shown.ranking), default=0)
    return [_row(ranked, shown.currency, best) for ranked in shown.ranking]


def _row(ranked: RankedPartner, currency: str, best: int) -> RankingRow:
    partner = ranked.partner
    moved = ranked.moved or 0
    return RankingRow(
        url=reverse("console:partner", args=[partner.pk]),
        place=ranked.place,
        moved=max(moved, 0),
        fell=max(-moved, 0),
        name=partner.name,
        type=partner.type,
        note=" · ".join(part for part in (partner.get_type_display(), partner.region) if part),
        tier=partner.get_tier_display() if partner.tier else "",
        sourced=formats.money_exact(ranked.sourced, currency),
        filled=100 * ranked.sourced // best if best else 0,
        spark=spark(ranked.weekly, words=f"Sourced pipeline of {partner.name}, 13 weeks"),
        influenced=formats.money_exact(ranked.influenced, currency),
        won=formats.money_exact(ranked.won, currency),
        win_rate=formats.percent(ranked.win_rate.rate) if ranked.win_rate.rate is not None else "–",
        first_deal=f"{ranked.first_deal_days} d" if ranked.first_deal_days is not None else "–",
    )


_HEADS = (
    "Place", "Places gained", "Partner", "Type", "Region", "Tier", "Sourced pipeline", "Influenced pipeline",
    "Sourced and won", "Currency", "Win rate", "Days to first deal",
)  # fmt: skip


def ranking_csv(shown: Overview) -> HttpResponseBase:
    """Answer with the ranking as a file."""
    return csv_response("partner-ranking", _HEADS, (_cells(ranked, shown.currency) for ranked in shown.ranking))


def _cells(ranked: RankedPartner, currency: str) -> list[str]:
    partner = ranked.partner
    amounts = (str(Money(minor, currency).amount) for minor in (ranked.sourced, ranked.influenced, ranked.won))
    return [
        str(ranked.place),
        "" if ranked.moved is None else str(ranked.moved),
        partner.name,
        partner.get_type_display(),
        partner.region,
        partner.get_tier_display() if partner.tier else "",
        *amounts,
        currency,
        formats.percent(ranked.win_rate.rate, digits=1) if ranked.win_rate.rate is not None else "",
        "" if ranked.first_deal_days is None else str(ranked.first_deal_days),
    ]
