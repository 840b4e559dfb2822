"""What cases of conflict are as values: shared by both sides' operations."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Self

from pydantic import Field

from tallystick.deals.conflicts import OwnCase
from tallystick.deals.engagement import rules_in_force
from tallystick.deals.models import (
    ClaimKind,
    Conflict,
    ConflictClaim,
    ConflictKind,
    ConflictRuling,
    ConflictState,
    RulingOutcome,
)
from tallystick.deals.rules.conflicts.terms import ConflictTerms
from tallystick.deals.rules.conflicts.weighing import Recommendation
from tallystick.flows.conflicts import Pay, PayChange
from tallystick.web.api.values import Given, Id, MoneyTold, StepTold, Told, words
from tallystick.web.conflicts import weighed

MOST_PPM = 1_000_000


class DisputeGiven(Given):
    """What is wrong with a decision or a ruling."""

    words: Annotated[str, words(2000, least=1), Field(examples=["We met them in March; see the minutes."])]


class PartGiven(Given):
    """The part of the deal that a claimant has."""

    partner_id: Id
    ppm: Annotated[int, Field(ge=1, le=MOST_PPM, description="In parts per million.", examples=[MOST_PPM])]


Parts = Annotated[
    list[PartGiven],
    Field(max_length=20, description="The source first; they sum to a million. None: no partner's claim stands."),
]


class PartsGiven(Given):
    """A ruling that is only tried."""

    parts: Parts


class RulingGiven(Given):
    """A ruling, and why; both sides read the reason, so it names no other partner."""

    number: Annotated[int, Field(ge=1, le=2, description="1, and 2 after an appeal.", examples=[1])]
    parts: Parts
    rule: Annotated[str, words(60, least=1), Field(description="A rule in force.", examples=["first_to_register"])]
    reason: Annotated[str, words(1000, least=1), Field(examples=["The earlier claim was good."])]


class ClaimTold(Told):
    """One side of a case: who, on what grounds, since when."""

    partner_id: Annotated[int | None, Field(description="Null: your own team.")]
    kind: ClaimKind
    registration: Annotated[str | None, Field(examples=["DR-7KQ2M9"])]
    opportunity_id: int | None
    happened_at: Annotated[datetime | None, Field(description="Null where nobody knows.")]
    learned_at: datetime | None
    held_account: Annotated[bool, Field(description="Whether it held the account when the case arose.")]
    grounds: str

    @classmethod
    def of(cls, claim: ConflictClaim) -> Self:
        """Return a claim as the vendor reads it."""
        return cls(
            partner_id=claim.partner_id,
            kind=ClaimKind(claim.kind),
            registration=claim.registration.reference if claim.registration else None,
            opportunity_id=claim.opportunity_id,
            happened_at=claim.happened_at,
            learned_at=claim.learned_at,
            held_account=claim.held_account,
            grounds=claim.grounds,
        )


class WeighingTold(Told):
    """Which claim the rules favour, by which rule; none where a fact is missing."""

    decided: Annotated[bool, Field(description="Whether the rules favour one.", examples=[True])]
    partner_id: Annotated[int | None, Field(description="Whose claim it is; null of your own team's.")]
    rule: Annotated[str, Field(examples=["first_to_register"])]
    missing: Annotated[list[str], Field(description="What would have to be known.", examples=[[]])]
    steps: list[StepTold]

    @classmethod
    def of(cls, advice: Recommendation) -> Self:
        """Return what the rules say as the vendor reads it."""
        favoured = advice.favoured or ""
        return cls(
            decided=advice.favoured is not None,
            partner_id=int(favoured[1:]) if favoured.startswith("p") else None,
            rule=advice.rule,
            missing=list(advice.missing),
            steps=[StepTold(**step.as_json()) for step in advice.steps],
        )


class PartTold(Told):
    """The part that a partner has."""

    partner_id: int
    ppm: Annotated[int, Field(description="In parts per million.", examples=[MOST_PPM])]


class RulingTold(Told):
    """A ruling; the second, after an appeal, is another person's."""

    number: int
    outcome: RulingOutcome
    parts: list[PartTold]
    rule: Annotated[str, Field(examples=["first_to_register"])]
    rules: Annotated[str, Field(description="The version it is cited from.", examples=["engagement@3#ab12cd"])]
    reason: Annotated[str, Field(examples=["The earlier claim was good."])]
    ruled_at: datetime
    ruled_by: Annotated[str, Field(examples=["Berit Holm"])]

    @classmethod
    def of(cls, row: ConflictRuling) -> Self:
        """Return a ruling as the vendor reads it."""
        return cls(
            number=row.number,
            outcome=RulingOutcome(row.outcome),
            parts=[PartTold(partner_id=partner, ppm=ppm) for partner, ppm in row.parts],
            rule=row.rule,
            rules=row.rules_reference,
            reason=row.reason,
            ruled_at=row.ruled_at,
            ruled_by=row.ruled_by_label,
        )


class AppealTold(Told):
    """What a side says against a ruling."""

    partner_id: Annotated[int | None, Field(description="Null: your own team.")]
    words: Annotated[str, Field(examples=["We met them in March; see the minutes."])]
    appealed_at: datetime
    appealed_by: Annotated[str, Field(examples=["Zoe Lind"])]


class ConflictTold(Told):
    """A case: claims to one deal that stand against each other."""

    id: int
    reference: Annotated[str, Field(examples=["CF-17"])]
    kind: ConflictKind
    state: ConflictState
    company: Annotated[str, Field(examples=["Cellvia"])]
    product_key: Annotated[str, Field(examples=[""])]
    account_id: int | None
    opportunity_id: int | None
    opened_at: datetime
    opened_by: Annotated[str, Field(examples=["Tallystick"])]
    words: Annotated[str, Field(description="Of whoever opened it by hand.", examples=[""])]
    due_at: Annotated[datetime, Field(description="When a ruling is due.")]
    appeal_until: date | None
    closed_at: datetime | None

    @classmethod
    def of(cls, case: Conflict) -> Self:
        """Return a case as the vendor reads it."""
        return cls(**_values(case))


class ConflictDetailTold(ConflictTold):
    """A case with its claims, what the rules say of them, what was ruled, and the appeal."""

    claims: list[ClaimTold]
    weighing: WeighingTold
    rulings: list[RulingTold]
    appeal: AppealTold | None

    @classmethod
    def of(cls, case: Conflict) -> Self:
        """Return a case with what belongs to it. Four queries."""
        claims = list(
            ConflictClaim.objects.filter(conflict=case)
            .select_related("partner", "registration")
            .order_by("happened_at", "pk")
        )
        days = rules_in_force().engagement.section(ConflictTerms).direct_days
        names: dict[int | None, str] = {claim.partner_id: claim.partner.name for claim in claims if claim.partner}
        appeal = getattr(case, "appeal", None)
        return cls(
            **_values(case),
            claims=[ClaimTold.of(claim) for claim in claims],
            weighing=WeighingTold.of(weighed(claims, direct_days=days, names=names)),
            rulings=[RulingTold.of(row) for row in ConflictRuling.objects.filter(conflict=case).order_by("number")],
            appeal=AppealTold(
                partner_id=appeal.partner_id,
                words=appeal.words,
                appealed_at=appeal.appealed_at,
                appealed_by=appeal.appealed_by_label,
            )
            if appeal
            else None,
        )


class PayTold(Told):
    """What a partner has of a deal."""

    expected: Annotated[MoneyTold | None, Field(description="While the deal is open.")]
    earned: Annotated[list[MoneyTold], Field(description="So far, by currency.")]

    @classmethod
    def of(cls, pay: Pay) -> Self:
        """Return pay as it is told."""
        return cls(
            expected=MoneyTold.of(pay.expected.minor, pay.expected.currency) if pay.expected else None,
            earned=[MoneyTold.of(one.minor, one.currency) for one in pay.earned],
        )


class PayChangeTold(Told):
    """What a partner has today, and under a ruling."""

    partner_id: int
    partner: Annotated[str, Field(examples=["Zephyr Informatics"])]
    today: PayTold
    ruled: PayTold

    @classmethod
    def of(cls, change: PayChange) -> Self:
        """Return a change of pay as it is told."""
        return cls(
            partner_id=change.partner.pk,
            partner=change.partner.name,
            today=PayTold.of(change.today),
            ruled=PayTold.of(change.ruled),
        )


class EffectTold(Told):
    """What a ruling would do to pay; nothing is changed by asking."""

    data: list[PayChangeTold]


class OwnClaimTold(Told):
    """One's own claim in a case."""

    conflict_id: int
    reference: Annotated[str, Field(description="The case's.", examples=["CF-17"])]
    kind: ClaimKind
    registration: Annotated[str | None, Field(examples=["DR-7KQ2M9"])]
    happened_at: datetime | None

    @classmethod
    def of(cls, claim: ConflictClaim) -> Self:
        """Return a claim as its partner reads it."""
        return cls(
            conflict_id=claim.conflict_id,
            reference=claim.reference,
            kind=ClaimKind(claim.kind),
            registration=claim.registration.reference if claim.registration else None,
            happened_at=claim.happened_at,
        )


class OwnWeighedTold(Told):
    """One thing the rules say of the claims; others are not named."""

    rule: Annotated[str, Field(examples=["first_to_register"])]
    outcome: str
    sentence: str


class OwnRulingTold(Told):
    """A ruling as one claimant reads it."""

    number: int
    ppm: Annotated[int, Field(description="One's own part, in parts per million.", examples=[MOST_PPM])]
    rule: Annotated[str, Field(examples=["first_to_register"])]
    rules: Annotated[str, Field(examples=["engagement@3#ab12cd"])]
    reason: Annotated[str, Field(examples=["The earlier claim was good."])]
    ruled_at: datetime


class OwnConflictTold(Told):
    """A case as one claimant reads it: its own claim, what the rules say, what was ruled. Nobody else is named."""

    id: int
    reference: Annotated[str, Field(examples=["CF-17"])]
    company: Annotated[str, Field(examples=["Cellvia"])]
    state: ConflictState
    due_at: datetime
    appeal_until: date | None
    appealed: bool
    own: OwnClaimTold
    others: Annotated[int, Field(description="How many claims stand against it, as far as may be told.", examples=[1])]
    weighing: list[OwnWeighedTold]
    rulings: list[OwnRulingTold]

    @classmethod
    def of(cls, case: OwnCase) -> Self:
        """Return a case as its claimant reads it, in the words of the portal."""
        advice = weighed(case.claims, direct_days=case.direct_days, names={}, reader=case.own.partner_id)
        return cls(
            id=case.id,
            reference=case.reference,
            company=case.company,
            state=case.state,
            due_at=case.due_at,
            appeal_until=case.appeal_until,
            appealed=case.appealed,
            own=OwnClaimTold.of(case.own),
            others=sum(claim.kind != ClaimKind.DECISION and claim.pk != case.own.pk for claim in case.claims),
            weighing=[
                OwnWeighedTold(rule=step.rule, outcome=step.outcome, sentence=step.sentence) for step in advice.steps
            ],
            rulings=[
                OwnRulingTold(
                    number=row.number,
                    ppm=row.ppm,
                    rule=row.rule,
                    rules=row.rules,
                    reason=row.reason,
                    ruled_at=row.ruled_at,
                )
                for row in case.rulings
            ],
        )


def _values(case: Conflict) -> dict[str, object]:
    return {
        "id": case.pk,
        "reference": case.reference,
        "kind": ConflictKind(case.kind),
        "state": ConflictState(case.state),
        "company": case.company,
        "product_key": case.product_key,
        "account_id": case.account_id,
        "opportunity_id": case.opportunity_id,
        "opened_at": case.opened_at,
        "opened_by": case.opened_by_label,
        "words": case.words,
        "due_at": case.due_at,
        "appeal_until": case.appeal_until,
        "closed_at": case.closed_at,
    }
