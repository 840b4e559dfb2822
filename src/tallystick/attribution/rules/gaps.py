"""Attribution gaps: opportunities whose credit a person should look at, with what to do about each.

Specified in docs/explanation/attribution.md, "Gaps".
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tallystick.attribution.rules.decision import Decision
from tallystick.attribution.rules.facts import OpportunityOutcome, TouchKind
from tallystick.attribution.rules.policy import AttributionPolicy
from tallystick.attribution.rules.sourcing import SourceVerdict
from tallystick.attribution.rules.wording import PartnerNames


class GapKind(StrEnum):
    """Why an opportunity's credit is doubtful."""

    NO_ACCOUNT = "no_account"
    NAMED_UNCREDITED = "named_uncredited"
    REGISTERED_UNCREDITED = "registered_uncredited"
    CONFLICTING_SOURCES = "conflicting_sources"


@dataclass(frozen=True, slots=True)
class Gap:
    """One doubt about one opportunity. `partners` are those it is about, where they are known here."""

    kind: GapKind
    partners: tuple[int, ...]
    named_partner: str | None = None


def gap_record(gap: Gap) -> dict[str, Any]:
    """Give a gap as JSON values, to be stored with the decision."""
    return {"kind": gap.kind.value, "partners": list(gap.partners), "named": gap.named_partner}


def read_gap(record: Mapping[str, Any]) -> Gap:
    """Read what `gap_record` gave."""
    return Gap(GapKind(record["kind"]), tuple(record["partners"]), record["named"])


def find_gaps(decision: Decision, policy: AttributionPolicy) -> tuple[Gap, ...]:
    """Find what is doubtful about a decision, in the order of GapKind; most decisions have no gap."""
    return tuple(_gaps(decision, policy))


def _gaps(decision: Decision, policy: AttributionPolicy) -> Iterator[Gap]:
    opportunity = decision.opportunity
    # A ruling has settled what its claimants get: nobody need look at them again.
    settled = decision.credited if decision.ruling is None else decision.credited.union(decision.ruling.claimants)
    if opportunity.account_key is None:
        yield Gap(GapKind.NO_ACCOUNT, ())
    if opportunity.outcome is OpportunityOutcome.WON:
        named = _partners_by_kind(decision, TouchKind.NAMED_ON_OPPORTUNITY)
        uncredited = tuple(partner for partner in named if partner not in settled)
        unknown_here = opportunity.named_partner is not None and not named
        if uncredited or (unknown_here and not decision.credited):
            yield Gap(GapKind.NAMED_UNCREDITED, uncredited, opportunity.named_partner)
    uncredited = tuple(partner for partner in _registered(decision, policy) if partner not in settled)
    if uncredited:
        yield Gap(GapKind.REGISTERED_UNCREDITED, uncredited)
    rivals = () if decision.ruling is not None else _rival_sources(decision, policy)
    if rivals:
        yield Gap(GapKind.CONFLICTING_SOURCES, rivals)


def _partners_by_kind(decision: Decision, kind: TouchKind) -> tuple[int, ...]:
    return tuple(dict.fromkeys(judged.touch.partner_id for judged in decision.touches if judged.touch.kind is kind))


def _registered(decision: Decision, policy: AttributionPolicy) -> tuple[int, ...]:
    """Give the partners with an approved registration of the deal's own time: others are about other deals there."""
    first_day, last_day = policy.evidence_from(decision.opportunity), policy.source_until(decision.opportunity)
    return tuple(
        dict.fromkeys(
            judged.touch.partner_id
            for judged in decision.touches
            if judged.touch.kind is TouchKind.REGISTRATION_APPROVED
            and judged.source.verdict is not SourceVerdict.OVERRULED
            and first_day <= judged.touch.occurred_on <= last_day
        )
    )


def _rival_sources(decision: Decision, policy: AttributionPolicy) -> tuple[int, ...]:
    """Give the partners with evidence of the class that sourced the deal, if there is more than one."""
    fit = [
        (policy.kinds[judged.touch.kind].source_class, judged)
        for judged in decision.touches
        if judged.source.verdict in (SourceVerdict.CHOSEN, SourceVerdict.OUTRANKED)
    ]
    chosen_class = next((rank for rank, judged in fit if judged.source.verdict is SourceVerdict.CHOSEN), None)
    partners = tuple(dict.fromkeys(judged.touch.partner_id for rank, judged in fit if rank == chosen_class))
    return partners if len(partners) > 1 else ()


def gap_suggestion(gap: Gap, names: Mapping[int, str]) -> str:
    """Say what to do about a gap, in one sentence for RevOps."""
    known = PartnerNames(names)
    match gap.kind:
        case GapKind.NO_ACCOUNT:
            return "Link the opportunity to an account in the CRM, so that evidence on the account can count."
        case GapKind.NAMED_UNCREDITED if gap.partners:
            return f"Ask {known.listed(gap.partners)} what they did and record it as a touch, or clear the field."
        case GapKind.NAMED_UNCREDITED:
            return f"Add {gap.named_partner} as a partner or correct the name in the CRM."
        case GapKind.REGISTERED_UNCREDITED:
            return f"Check that the registration of {known.listed(gap.partners)} is for this opportunity and its dates."
        case GapKind.CONFLICTING_SOURCES:
            return f"Compare the evidence of {known.listed(gap.partners)} and confirm who brought the deal."
