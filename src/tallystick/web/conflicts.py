"""Conflicts as both shells show them: who claims what since when, and what was ruled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _

from tallystick.deals.models import ClaimKind, Conflict, ConflictClaim, ConflictState
from tallystick.deals.rules.conflicts.weighing import ClaimFacts, Ground, Recommendation, weigh_claims
from tallystick.deals.services.conflicts import is_withdrawn
from tallystick.kernel.periods import day_of
from tallystick.web.ui import formats
from tallystick.web.words import Tag

_TONES = {
    ConflictState.OPEN: "warn",
    ConflictState.RULED: "",
    ConflictState.APPEALED: "warn",
    ConflictState.CLOSED: "good",
}


WHOLE = 1_000_000


def state_tag(conflict: Conflict) -> Tag:
    """Return where a case stands."""
    return Tag(conflict.get_state_display(), _TONES[ConflictState(conflict.state)])


def claim_key(claim: ConflictClaim) -> str:
    """Return what a claim is called in a ruling's form: its partner, or ours."""
    return f"p{claim.partner_id}" if claim.partner_id else "direct"


def weighed(
    claims: Sequence[ConflictClaim],
    *,
    direct_days: int,
    names: Mapping[int | None, str],
    reader: int | None = None,
) -> Recommendation:
    """Return which of these claims the rules favour; `names` are those the reader may see, `reader` is its partner."""
    return weigh_claims([_facts(claim, names, reader) for claim in claims], direct_days=direct_days)


def _facts(claim: ConflictClaim, names: Mapping[int | None, str], reader: int | None) -> ClaimFacts:
    if claim.partner_id is not None and claim.partner_id == reader:
        name, inside = _("You"), _("you")
    elif claim.partner_id in names:
        name = inside = names[claim.partner_id]
    else:
        name = _("Another partner") if claim.partner_id else _("Our own team")
        inside = _("another partner") if claim.partner_id else _("our own team")
    return ClaimFacts(
        key=claim_key(claim),
        name=name,
        inside=inside,
        ground=_ground(claim),
        happened_at=claim.happened_at,
        is_withdrawn=is_withdrawn(claim),
        when=_when(claim),
    )


def business_day(claim: ConflictClaim, happened_at: datetime) -> date:
    """Return the day of a claim that is no registration's; its beginning in the workspace's time zone is kept."""
    return day_of(happened_at, zone=ZoneInfo(claim.workspace.time_zone))


def _when(claim: ConflictClaim) -> str:
    """Return the moment of a claim in words: a registration's in the reader's time zone, else the business day."""
    if claim.happened_at is None:
        return ""
    if claim.kind != ClaimKind.REGISTRATION:
        day = business_day(claim, claim.happened_at)
        return f"{day.day} {day:%b %Y}"
    at = timezone.localtime(claim.happened_at)
    return f"{at.day} {at:%b %Y} at {at:%H:%M}"


def _ground(claim: ConflictClaim) -> Ground:
    if claim.kind == ClaimKind.DECISION:
        return Ground.DECISION
    if claim.kind == ClaimKind.DIRECT:
        return Ground.DIRECT_DEAL if claim.opportunity_id else Ground.DIRECT_MEETING
    return Ground.REGISTRATION if claim.kind == ClaimKind.REGISTRATION else Ground.EVIDENCE


def share_words(ppm: int) -> str:
    """Write a part of the whole; nothing for all or none of it."""
    if ppm in (0, WHOLE):
        return ""
    return formats.percent(Fraction(ppm, WHOLE), digits=0 if ppm % 10_000 == 0 else 2)


def part_words(ppm: int) -> dict[str, Any]:
    """Return a part as the tone and the words of a verdict for who has it."""
    if ppm == 0:
        return {"tone": "bad", "words": _("does not stand")}
    return {"tone": "good", "words": _("stands") if ppm == WHOLE else _("shares")}
