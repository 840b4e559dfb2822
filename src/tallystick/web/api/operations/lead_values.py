"""What leads and their offers are as values: shared by both sides' operations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Final, Self

from pydantic import Field, StringConstraints

from tallystick.deals.models import Lead, LeadDirection, LeadOffer, LeadOfferState, LeadState
from tallystick.deals.receipts import verify_url_of
from tallystick.deals.rules.forms.answering import Missing
from tallystick.deals.rules.lead_ranking import Ranked
from tallystick.deals.services.leads import NewLead
from tallystick.kernel.explanations import Explanation
from tallystick.partners.models import PartnerType
from tallystick.web.api.operations.answers import (
    AnswersGiven,
    AnswerTold,
    VendorAnswerTold,
    answers_told,
    vendor_answers,
)
from tallystick.web.api.operations.claims import OwnRegistrationTold, RegistrationTold
from tallystick.web.api.values import EmailOrNone, ExplanationTold, Given, Id, MoneyGiven, StepTold, Told, words

Country = Annotated[
    str, StringConstraints(pattern=r"^([A-Z]{2})?$"), Field(description="ISO 3166-1 alpha-2.", examples=["DE"])
]
_HUNDREDTH: Final = Decimal("0.01")


class IntroductionGiven(Given):
    """A company that a partner introduces: its name, or its website, and what it needs."""

    company: Annotated[str, words(255, least=1), Field(examples=["Cellvia"])]
    website: Annotated[str, words(255), Field(examples=["cellvia.example"])] = ""
    country: Country = ""
    contact_name: Annotated[str, words(200), Field(examples=["Dr Ines Brandt"])] = ""
    contact_email: Annotated[EmailOrNone, Field(examples=["ines.brandt@cellvia.example"])] = ""
    contact_phone: Annotated[str, words(40)] = ""
    need: Annotated[str, words(2000), Field(description="Without names of people.", examples=["A LIMS by May."])] = ""
    promises_introduction: Annotated[bool, Field(description="The partner introduces you in person.")] = False

    def lead(self) -> NewLead:
        """Return what is told."""
        return NewLead(**self.model_dump())


class OwnIntroductionGiven(IntroductionGiven):
    """A company that a partner introduces, with what the form of leads asks beside."""

    answers: AnswersGiven = {}  # noqa: RUF012 - a default that Pydantic copies

    def lead(self) -> NewLead:
        """Return what is told; an answer that is needed and missing is refused."""
        return NewLead(**self.model_dump(), missing=Missing.REFUSED)


class LeadGiven(IntroductionGiven):
    """A lead of your own, to be passed to the partner that fits best."""

    wanted_type: Annotated[PartnerType | None, Field(description="The type of partner it asks for.")] = None
    wanted_certificate: Annotated[str, words(120)] = ""

    def lead(self) -> NewLead:
        """Return what is told."""
        return NewLead(**{**self.model_dump(), "wanted_type": self.wanted_type or ""})


class ValueGiven(Given):
    """What the deal is worth a year; a rough figure is enough."""

    value: MoneyGiven


class OfferChoice(Given):
    """Whom to ask: a partner of your choice with the reason, or nobody, and the one that fits best is asked."""

    partner_id: Id | None = None
    reason: Annotated[str, words(1000), Field(description="Kept with the lead.", examples=["They know the buyer."])] = (
        ""
    )


class OwnOfferTold(Told):
    """A lead of the vendor's, offered to the partner until a moment; its contact is told once it is accepted."""

    id: int
    reference: Annotated[str, Field(description="The lead's.", examples=["LD-7KQ2M9"])]
    company: Annotated[str, Field(examples=["Cellvia"])]
    country: Annotated[str, Field(examples=["DE"])]
    need: Annotated[str, Field(examples=["A LIMS by May."])]
    state: LeadOfferState
    offered_at: datetime
    due_at: datetime
    answered_at: datetime | None
    reason: Annotated[str, Field(description="Why the partner declined.", examples=[""])]

    @classmethod
    def of(cls, row: LeadOffer) -> Self:
        """Return an offer as its partner reads it."""
        return cls(**_offer_values(row))


class OfferTold(OwnOfferTold):
    """An offer as the vendor reads it."""

    partner_id: int
    answered_by: Annotated[str, Field(examples=["Zoe Lind"])]

    @classmethod
    def of(cls, row: LeadOffer) -> Self:
        """Return an offer as the vendor reads it."""
        return cls(**_offer_values(row), partner_id=row.partner_id, answered_by=row.answered_by_label)


class OwnLeadTold(Told):
    """A lead as its partner reads it: one that it introduced, or one of the vendor's that it accepted."""

    reference: Annotated[str, Field(examples=["LD-7KQ2M9"])]
    direction: LeadDirection
    state: LeadState
    company: Annotated[str, Field(examples=["Cellvia"])]
    website: Annotated[str, Field(examples=["cellvia.example"])]
    country: Annotated[str, Field(examples=["DE"])]
    contact_name: Annotated[str, Field(examples=["Dr Ines Brandt"])]
    contact_email: Annotated[str, Field(examples=["ines.brandt@cellvia.example"])]
    contact_phone: Annotated[str, Field(examples=[""])]
    need: Annotated[str, Field(examples=["A LIMS by May."])]
    promises_introduction: bool
    introduced_at: datetime
    answer_due_at: Annotated[datetime | None, Field(description="Of one that a partner introduced.")]
    answered_at: datetime | None
    qualified_at: datetime | None
    converted_at: datetime | None
    declined_at: datetime | None
    reason: Annotated[str, Field(description="Why it was declined.", examples=[""])]
    registration: Annotated[str | None, Field(description="The registration it became.", examples=["DR-7KQ2M9"])]
    proof: Annotated[str, Field(description="Hash of its entry in the activity chain, of one that was introduced.")]
    verify_url: Annotated[str, Field(description="Where anybody who holds the proof has it checked; may be empty.")]
    answers: Annotated[Sequence[AnswerTold], Field(description="To the form of leads, beside the standard fields.")]

    @classmethod
    def of(cls, lead: Lead) -> Self:
        """Return a lead as its partner reads it."""
        return cls(**_lead_values(lead))


class IntroductionTold(OwnLeadTold):
    """A lead that was introduced, with what the partner may learn of the company."""

    known: Annotated[str, Field(examples=["We know the company already."])]


class LeadTold(OwnLeadTold):
    """A lead as the vendor reads it."""

    answers: Sequence[VendorAnswerTold]
    partner_id: Annotated[int | None, Field(description="Who introduced it, or accepted it.")]
    account_key: Annotated[str, Field(description="Under which it meets others.", examples=["domain:cellvia.example"])]
    account_id: int | None
    opportunity_id: int | None
    wanted_type: Annotated[str, Field(examples=["reseller"])]
    wanted_certificate: Annotated[str, Field(examples=[""])]
    source: Annotated[str, Field(examples=["portal"])]
    introduced_by: Annotated[str, Field(examples=["Zoe Lind"])]
    answered_by: Annotated[str, Field(examples=["Berit Holm"])]
    returned_at: Annotated[datetime | None, Field(description="Since when nobody is left to be asked.")]

    @classmethod
    def of(cls, lead: Lead) -> Self:
        """Return a lead as the vendor reads it."""
        return cls(**_vendor_values(lead))


class LeadDetailTold(LeadTold):
    """A lead with its offers, the latest first, and what was known of the company when it was introduced."""

    offers: list[OfferTold]
    checks: ExplanationTold | None
    known: Annotated[str, Field(description="What its partner was told of the company.", examples=[""])]

    @classmethod
    def of(cls, lead: Lead) -> Self:
        """Return a lead with what belongs to it. Two queries."""
        known = getattr(lead, "assessment", None)
        return cls(
            **_vendor_values(lead),
            offers=[OfferTold.of(row) for row in LeadOffer.objects.filter(lead=lead).order_by("-offered_at", "-pk")],
            checks=ExplanationTold.of(Explanation.from_json(known.explanation)) if known else None,
            known=known.told if known else "",
        )


class CandidateTold(Told):
    """A partner that a lead could go to, with its points of a hundred and each reason."""

    partner_id: int
    name: Annotated[str, Field(examples=["Zephyr Informatics"])]
    points: Annotated[str, Field(description="Of 100, as a decimal number in text.", examples=["61.67"])]
    passed_over: Annotated[str, Field(description="Why it is not asked at all.", examples=[""])]
    steps: list[StepTold]

    @classmethod
    def of(cls, ranked: Ranked) -> Self:
        """Return a partner of a ranking as it is told."""
        return cls(
            partner_id=ranked.candidate.partner_id,
            name=ranked.candidate.name,
            points=_decimal(ranked.points),
            passed_over=ranked.passed_over,
            steps=[StepTold(**score.as_step().as_json()) for score in ranked.scores],
        )


class CandidatesTold(Told):
    """Partners a lead could go to as things stand, the best first."""

    policy: Annotated[str, Field(examples=["lead_routing@1#ab12cd"])]
    data: list[CandidateTold]


class RegisteredTold(Told):
    """A lead and the registration that was made of it; where a rule declined that, the lead stays what it was."""

    lead: LeadTold
    registration: RegistrationTold


class OwnRegisteredTold(Told):
    """A lead and the registration that was made of it; where a rule declined that, the lead stays what it was."""

    lead: OwnLeadTold
    registration: OwnRegistrationTold


def _decimal(points: Fraction) -> str:
    return str((Decimal(points.numerator) / Decimal(points.denominator)).quantize(_HUNDREDTH))


def _offer_values(row: LeadOffer) -> dict[str, object]:
    return {
        "id": row.pk,
        "reference": row.reference,
        "company": row.company,
        "country": row.country,
        "need": row.need,
        "state": LeadOfferState(row.state),
        "offered_at": row.offered_at,
        "due_at": row.due_at,
        "answered_at": row.answered_at,
        "reason": row.reason,
    }


def _lead_values(lead: Lead) -> dict[str, object]:
    return {
        "reference": lead.reference,
        "direction": LeadDirection(lead.direction),
        "state": LeadState(lead.state),
        "company": lead.company,
        "website": lead.website,
        "country": lead.country,
        "contact_name": lead.contact_name,
        "contact_email": lead.contact_email,
        "contact_phone": lead.contact_phone,
        "need": lead.need,
        "promises_introduction": lead.promises_introduction,
        "introduced_at": lead.introduced_at,
        "answer_due_at": lead.answer_due_at,
        "answered_at": lead.answered_at,
        "qualified_at": lead.qualified_at,
        "converted_at": lead.converted_at,
        "declined_at": lead.declined_at,
        "reason": lead.reason,
        "registration": lead.registration.reference if lead.registration else None,
        "proof": lead.receipt_hash,
        "verify_url": verify_url_of(lead.receipt_hash) if lead.receipt_hash else "",
        "answers": answers_told(lead),
    }


def _vendor_values(lead: Lead) -> dict[str, object]:
    return {
        **_lead_values(lead),
        "answers": vendor_answers(lead),
        "partner_id": lead.partner_id,
        "account_key": lead.account_key,
        "account_id": lead.account_id,
        "opportunity_id": lead.opportunity_id,
        "wanted_type": lead.wanted_type,
        "wanted_certificate": lead.wanted_certificate,
        "source": lead.source,
        "introduced_by": lead.introduced_by_label,
        "answered_by": lead.answered_by_label,
        "returned_at": lead.returned_at,
    }
