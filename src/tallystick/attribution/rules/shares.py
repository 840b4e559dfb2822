"""How credit for pay is divided: integer parts per million that always sum to the whole.

Specified in docs/explanation/attribution.md, "Shares".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from tallystick.attribution.rules.facts import RulingFacts
from tallystick.attribution.rules.policy import AttributionPolicy, SharesModel
from tallystick.kernel.allocation import allocate

WHOLE_PPM = 1_000_000


class ShareRole(StrEnum):
    """Why a partner has a share."""

    SOURCE = "source"
    INFLUENCE = "influence"


@dataclass(frozen=True, slots=True)
class Share:
    """One partner's part of one opportunity, in parts per million."""

    partner_id: int
    role: ShareRole
    ppm: int


def divide_credit(
    source_partner_id: int | None,
    influencers: Sequence[int],
    by_first_touch: Sequence[int],
    policy: AttributionPolicy,
) -> tuple[Share, ...]:
    """Divide one opportunity among its partners, the source first; no partner, no share.

    `by_first_touch` has the same partners in the order in which they came; only the split by position needs it.
    Without a source the influencers share the whole equally, except by position.
    """
    partners = [*([] if source_partner_id is None else [source_partner_id]), *influencers]
    if not partners:
        return ()
    match policy.shares:
        case SharesModel.POSITION:
            weights = _weights_by_position(partners, by_first_touch, policy.end_share_ppm)
        case SharesModel.LINEAR:
            weights = [1] * len(partners)
        case SharesModel.ROLE_SPLIT:
            weights = _weights_by_role(source_partner_id, influencers, policy.source_share_ppm)
        case SharesModel.SOURCE_TAKES_ALL:
            weights = _weights_by_role(source_partner_id, influencers, WHOLE_PPM)
        case _:
            assert_never(policy.shares)
    parts = allocate(WHOLE_PPM, weights)
    return tuple(
        Share(
            partner_id=partner_id,
            role=ShareRole.SOURCE if partner_id == source_partner_id else ShareRole.INFLUENCE,
            ppm=ppm,
        )
        for partner_id, ppm in zip(partners, parts, strict=True)
        if ppm
    )


def share_by_ruling(shares: Sequence[Share], ruling: RulingFacts) -> tuple[Share, ...]:
    """Divide what falls to the source among the claimants as ruled; what others have stays as the policy gives it.

    The largest remainder gets what is left over, so that the shares still sum to the whole.
    """
    source = ruling.source_partner_id
    if source is None:
        return tuple(shares)
    whole = sum(share.ppm for share in shares if share.partner_id == source)
    parts = allocate(whole, [ppm for _, ppm in ruling.parts])
    ruled = [
        Share(partner, ShareRole.SOURCE if partner == source else ShareRole.INFLUENCE, ppm)
        for (partner, _), ppm in zip(ruling.parts, parts, strict=True)
        if ppm
    ]
    return (*ruled, *(share for share in shares if share.partner_id != source))


def _weights_by_role(source_partner_id: int | None, influencers: Sequence[int], source_share_ppm: int) -> list[int]:
    if source_partner_id is None or not influencers:
        return [1] * max(1, len(influencers))
    each = WHOLE_PPM - source_share_ppm
    return [source_share_ppm * len(influencers), *(each for _ in influencers)]


def _weights_by_position(partners: Sequence[int], by_first_touch: Sequence[int], end_share_ppm: int) -> list[int]:
    if len(partners) < 3:
        return [1] * len(partners)
    between = len(partners) - 2
    ends = {by_first_touch[0], by_first_touch[-1]}
    each_between = WHOLE_PPM - 2 * end_share_ppm
    return [end_share_ppm * between if p in ends else each_between for p in partners]
