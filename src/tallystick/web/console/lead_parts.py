"""Parts of a lead's page: its checks, who was asked, why that partner, and what happened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tallystick.deals.lead_queries import lead_offers, ranking_now
from tallystick.deals.models import Lead, LeadAssessment, LeadOfferState, LeadRanking, LeadState
from tallystick.deals.rules.lead_checks import LeadRule
from tallystick.kernel.explanations import Explanation, Step
from tallystick.partners.models import Partner
from tallystick.platform.clock import now
from tallystick.platform.models import ActivityEntry
from tallystick.web.console.words import day_near
from tallystick.web.ui import formats
from tallystick.web.ui.components import CalculationLine, ChecklistItem, Progress, TimelineEntry
from tallystick.web.words import Tag

_CHECKS: Final = {
    "account_known": gettext_lazy("Account in the CRM"),
    "new_to_us": gettext_lazy("New to us"),
    "no_open_direct_deal": gettext_lazy("No open direct deal"),
    "not_protected": gettext_lazy("Not protected"),
    "first_to_introduce": gettext_lazy("First to introduce"),
}
_CRITERIA: Final = {
    "territory": gettext_lazy("Territory"),
    "type": gettext_lazy("Type"),
    "tier": gettext_lazy("Tier"),
    "capacity": gettext_lazy("Capacity"),
    "certificate": gettext_lazy("Certificate"),
    "acceptance": gettext_lazy("Leads accepted"),
    "win_rate": gettext_lazy("Deals won"),
}
_TONES: Final = {
    LeadOfferState.OPEN: "warn",
    LeadOfferState.ACCEPTED: "good",
    LeadOfferState.DECLINED: "bad",
    LeadOfferState.LAPSED: "bad",
    LeadOfferState.WITHDRAWN: "",
}
POINTS_SHOWN: Final = 8
"""Partners of a ranking that are shown; the others follow in the same order and are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferRow:
    """One partner that was asked, and how it answered."""

    partner: Partner
    tag: Tag
    due_at: datetime
    when: str
    reason: str
    is_open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedRow:
    """One partner of a ranking: its place and points, each criterion with its figures, and why it is not asked."""

    place: int
    name: str
    points: str
    passed_over: str
    is_chosen: bool
    lines: tuple[CalculationLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """A ranking as a page shows it: `is_now` is how things stand, else it is what a choice was made by."""

    rows: tuple[RankedRow, ...]
    more: int
    policy: str
    is_now: bool
    made: str
    chosen: str
    reason: str


def checks_of(lead: Lead) -> list[ChecklistItem]:
    """Return what was known of the company when it was introduced."""
    kept = LeadAssessment.objects.filter(lead=lead).first()
    if kept is None:
        return []
    return [
        ChecklistItem(
            label=str(_CHECKS.get(step.rule, step.rule)),
            progress=_progress_of(step),
            note=step.sentence,
        )
        for step in Explanation.from_json(kept.explanation).steps
    ]


def _progress_of(step: Step) -> Progress:
    # Whether the CRM knows the company speaks neither for the introduction nor against it.
    if step.rule == LeadRule.ACCOUNT_KNOWN:
        return Progress.NOT_ASKED if step.outcome == "clear" else Progress.KEPT
    return Progress.KEPT if step.outcome == "clear" else Progress.BROKEN


def told_of(lead: Lead) -> str:
    """Return in a sentence what the partner was told of the company it introduced, "" where that was not kept."""
    kept = LeadAssessment.objects.filter(lead=lead).exclude(disclosure="").first()
    if kept is None:
        return ""
    if not kept.told:
        return _("The partner was told nothing of the company, as of one you do not know.")
    return _("The partner was told: %(words)s") % {"words": kept.told}


def offers_of(lead: Lead) -> list[OfferRow]:
    """Return who was asked, the latest first."""
    return [
        OfferRow(
            partner=offer.partner,
            tag=Tag(str(offer.get_state_display()), _TONES[LeadOfferState(offer.state)]),
            due_at=offer.due_at,
            when=formats.moment(timezone.localtime(offer.offered_at)),
            reason=offer.reason,
            is_open=offer.state == LeadOfferState.OPEN,
        )
        for offer in lead_offers(lead)
    ]


def ranking_of(lead: Lead) -> Ranking:
    """Return why the last partner was asked; for a lead nobody is asked about, how partners would rank now."""
    kept = LeadRanking.objects.filter(lead=lead).select_related("chosen").order_by("-made_at", "-pk").first()
    nobody_is_asked = lead.state == LeadState.NEW and (kept is None or kept.chosen_id is None)
    if kept is None or nobody_is_asked:
        policy, ranked = ranking_now(lead, at=now())
        return _ranking([each.as_json() for each in ranked], policy=policy, kept=None)
    return _ranking(kept.document, policy=kept.policy, kept=kept)


def history_of(lead: Lead, on: date) -> list[TimelineEntry]:
    """Return what happened to a lead, the latest first."""
    entries = ActivityEntry.objects.filter(subject_kind="lead", subject_id=lead.pk).order_by("-position")
    return [
        TimelineEntry(
            text=entry.summary, when=day_near(timezone.localtime(entry.at).date(), on), note=entry.actor_label
        )
        for entry in entries
    ]


def _ranking(document: list[dict[str, Any]], *, policy: str, kept: LeadRanking | None) -> Ranking:
    chosen_id = kept.chosen_id if kept else None
    rows = [_row(place, each, chosen_id) for place, each in enumerate(document, start=1)]
    return Ranking(
        rows=tuple(row for row in rows if row.place <= POINTS_SHOWN or row.is_chosen),
        more=max(len(rows) - POINTS_SHOWN, 0),
        policy=policy,
        is_now=kept is None,
        made=formats.moment(timezone.localtime(kept.made_at)) if kept else "",
        chosen=kept.chosen.name if kept and kept.chosen else "",
        reason=kept.reason if kept else "",
    )


def _row(place: int, told: dict[str, Any], chosen_id: int | None) -> RankedRow:
    weights = sum(int(step["facts"]["weight"]) for step in told["steps"])
    total = CalculationLine(label=_("Together"), figure=_points(Fraction(told["points"])), result=True)
    return RankedRow(
        place=place,
        name=told["name"],
        points=_points(Fraction(told["points"])),
        passed_over=told["passed_over"],
        is_chosen=told["partner_id"] == chosen_id,
        lines=(*(_line(step, weights) for step in told["steps"]), total),
    )


def _line(step: dict[str, Any], weights: int) -> CalculationLine:
    """Return one criterion: its points of the most it can give, and the words with their figures."""
    weight = Fraction(int(step["facts"]["weight"]) * 100, weights)
    note = step["sentence"]
    if step["outcome"] == "unknown":
        note = _("%(words)s Half the points.") % {"words": note}
    figure = _("%(points)s of %(most)s") % {
        "points": _points(Fraction(step["facts"]["part"]) * weight),
        "most": _points(weight),
    }
    return CalculationLine(label=str(_CRITERIA.get(step["rule"], step["rule"])), figure=figure, note=note)


def _points(points: Fraction) -> str:
    """Write points with one decimal where they are not whole."""
    tenths = round(points * 10)
    whole, rest = divmod(tenths, 10)
    return formats.number(whole) if not rest else f"{formats.number(whole)}.{rest}"
