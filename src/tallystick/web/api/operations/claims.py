"""What registrations, their receipts and their messages are as values: shared by both sides' operations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Annotated, Any, Self

from pydantic import Field

from tallystick.deals.disclosure import explanation_for_partner, keeps_quiet
from tallystick.deals.models import ApprovalStep, DealRegistration, MessageSide, RegistrationState
from tallystick.deals.queries import Entry
from tallystick.deals.receipts import verify_url_of
from tallystick.deals.rules.answer import AnswerKind
from tallystick.deals.rules.engagement.assessing import Check, CheckOutcome, Eligibility
from tallystick.deals.rules.engagement.engagement import is_reference
from tallystick.deals.rules.forms.answering import Missing
from tallystick.deals.services import CheckedClaim, NewRegistration, Receipt
from tallystick.deals.services.hits import HitKind
from tallystick.kernel.currencies import exponent
from tallystick.kernel.explanations import Explanation
from tallystick.kernel.money import Money
from tallystick.web.api.operations.answers import (
    AnswersGiven,
    AnswerTold,
    VendorAnswerTold,
    answers_told,
    vendor_answers,
)
from tallystick.web.api.values import EmailOrNone, Given, MoneyGiven, MoneyTold, Told, words


class ClaimGiven(Given):
    """A claim to a deal: company, website, contact and value suffice."""

    company: Annotated[str, words(255, least=1), Field(examples=["Cellvia"])]
    website: Annotated[
        str, words(255), Field(description="Tells companies of one name apart.", examples=["cellvia.example"])
    ] = ""
    country: Annotated[str, words(80), Field(examples=["Germany"])] = ""
    contact_name: Annotated[str, words(200), Field(examples=["Dr Ines Brandt"])] = ""
    contact_email: Annotated[EmailOrNone, Field(examples=["ines.brandt@cellvia.example"])] = ""
    value: Annotated[MoneyGiven, Field(description="What the deal is worth a year; a rough figure is enough.")]
    note: Annotated[str, words(10_000)] = ""
    product_key: Annotated[
        str, words(120), Field(description="The part of the company it is for; the whole company if left out.")
    ] = ""
    answers: AnswersGiven = {}  # noqa: RUF012 - a default that Pydantic copies

    def claim(self) -> NewRegistration:
        """Return what is claimed. Raises `UnknownCurrency`."""
        exponent(self.value.currency)
        return NewRegistration(
            company=self.company,
            website=self.website,
            country=self.country,
            contact_name=self.contact_name,
            contact_email=self.contact_email,
            note=self.note,
            product_key=self.product_key,
            answers=self.answers,
            missing=Missing.REFUSED,
            value=Money(self.value.minor, self.value.currency),
        )


class CheckTold(Told):
    """One rule and what it found."""

    rule: Annotated[str, Field(description="Its id in the rules.", examples=["first_to_register"])]
    label: Annotated[str, Field(examples=["First to register"])]
    outcome: CheckOutcome
    sentence: Annotated[str, Field(examples=["You are the first to register the company."])]


class EligibilityTold(Told):
    """What a claim would be answered now. Nothing is held by asking."""

    would_be: Annotated[AnswerKind, Field(description="What registering it now would lead to.")]
    checks: list[CheckTold]

    @classmethod
    def of(cls, checked: CheckedClaim) -> Self:
        """Return the checks of a claim as its partner reads them; where a rule declines it is told that rule alone."""
        told = checked.told.eligibility
        return cls(**_eligibility(told, [told.declined_by] if told.declined_by else told.checks))


class HitTold(Told):
    """Something you know of the company that is claimed."""

    kind: HitKind
    why: Annotated[str, Field(description="Why it is taken to be the same company.", examples=["same domain"])]
    label: Annotated[str, Field(examples=["Cellvia"])]
    partner_id: int | None
    partner: Annotated[str, Field(examples=[""])]
    owner: Annotated[str, Field(description="The colleague it belongs to.", examples=["Tom Albright"])]
    since: date | None


class CheckedClaimTold(EligibilityTold):
    """What a claim would be answered now, and what is known of its company. Nothing is held by asking."""

    hits: Annotated[list[HitTold], Field(description="Accounts, open opportunities, protections and leads it meets.")]

    @classmethod
    def of(cls, checked: CheckedClaim) -> Self:
        """Return the checks of a claim as the vendor reads them."""
        return cls(
            **_eligibility(checked.eligibility, checked.eligibility.checks),
            hits=[HitTold(**{name: getattr(hit, name) for name in HitTold.model_fields}) for hit in checked.hits],
        )


def _eligibility(eligibility: Eligibility, checks: Iterable[Check]) -> dict[str, Any]:
    return {
        "would_be": AnswerKind.DECLINED if eligibility.declined_by else AnswerKind.IN_REVIEW,
        "checks": [_check(check) for check in checks],
    }


class OwnStepTold(Told):
    """A step of an approval as the partner reads it; steps are taken in order, each by another person."""

    says: Annotated[str, Field(examples=["Partner management decides"])]
    taken_at: Annotated[datetime | None, Field(description="Null while it is to be taken.")]


class ApprovalStepTold(OwnStepTold):
    """A step of an approval: the first that is not taken waits for somebody in one of its roles."""

    name: Annotated[str, Field(description="Its id in the rules of engagement.", examples=["review"])]
    roles: Annotated[list[str], Field(examples=[["partner_manager", "admin"]])]
    taken_by: Annotated[str, Field(examples=["Berit Holm"])]


class OwnRegistrationTold(Told):
    """A registration as its partner reads it; `proof` and `position` are its receipt."""

    reference: Annotated[str, Field(examples=["DR-7KQ2M9"])]
    company: Annotated[str, Field(examples=["Cellvia"])]
    website: Annotated[str, Field(examples=["cellvia.example"])]
    country: Annotated[str, Field(examples=["Germany"])]
    contact_name: Annotated[str, Field(examples=["Dr Ines Brandt"])]
    contact_email: Annotated[str, Field(examples=["ines.brandt@cellvia.example"])]
    value: MoneyTold
    note: str
    state: RegistrationState
    submitted_at: datetime
    answer_due_at: datetime
    decided_at: datetime | None
    decision_reason: Annotated[str, Field(description="In words the partner reads.", examples=[""])]
    protected_until: Annotated[date | None, Field(description="Last protected day, once it is approved.")]
    close_on: Annotated[date | None, Field(description="When the partner expects the deal to close.")]
    product_key: Annotated[str, Field(description="The part of the company it is for.", examples=[""])]
    clock_stopped_at: Annotated[datetime | None, Field(description="Since when a question waits for the partner.")]
    steps: tuple[OwnStepTold, ...]
    proof: Annotated[str, Field(description="Hash of its entry in the activity chain, which nobody can change.")]
    verify_url: Annotated[
        str,
        Field(
            description="Where anybody who has the proof can check it.",
            examples=["https://partners.lumenlab.example/verify/9f2c…/"],
        ),
    ]
    answer: Annotated[str, Field(examples=["The company is held for you while we review. 6 of 6 rules are met."])]
    checks: list[CheckTold]
    answers: Annotated[Sequence[AnswerTold], Field(description="To the registration form, beside the standard fields.")]

    @classmethod
    def of(cls, made: DealRegistration) -> Self:
        """Return a registration as its partner reads it."""
        return cls(**registration_values(made, to_partner=True))


class OwnReceiptTold(OwnRegistrationTold):
    """The receipt of a submission: the registration, and its place in the activity chain."""

    position: Annotated[int, Field(description="Its place in the activity chain.", examples=[4711])]

    @classmethod
    def of_receipt(cls, receipt: Receipt) -> Self:
        """Return a receipt as its partner reads it."""
        return cls(**registration_values(receipt.registration, to_partner=True), position=receipt.position)


class RegistrationTold(OwnRegistrationTold):
    """A registration as the vendor reads it."""

    answers: Sequence[VendorAnswerTold]
    partner_id: int
    steps: tuple[ApprovalStepTold, ...]
    account_key: Annotated[str, Field(description="Under which it meets others.", examples=["domain:cellvia.example"])]
    account_id: int | None
    opportunity_id: int | None
    decided_by: Annotated[str, Field(examples=["Berit Holm"])]
    decision_rule: Annotated[str, Field(examples=["decided_by_person"])]
    rules: Annotated[str, Field(description="The version of the rules it came in under.", examples=["engagement@3"])]

    @classmethod
    def of(cls, made: DealRegistration) -> Self:
        """Return a registration as the vendor reads it."""
        return cls(**vendor_values(made))


class ReceiptTold(RegistrationTold):
    """The receipt of a submission as the vendor reads it."""

    position: Annotated[int, Field(description="Its place in the activity chain.", examples=[4711])]

    @classmethod
    def of_receipt(cls, receipt: Receipt) -> Self:
        """Return a receipt as the vendor reads it."""
        return cls(**vendor_values(receipt.registration), position=receipt.position)


def vendor_values(made: DealRegistration) -> dict[str, object]:
    """Return a registration with what its partner does not read."""
    return {
        **registration_values(made, to_partner=False),
        "answers": vendor_answers(made),
        "partner_id": made.partner_id,
        "steps": tuple(
            ApprovalStepTold(
                says=step.says, taken_at=step.taken_at, name=step.name, roles=step.roles, taken_by=step.taken_by_label
            )
            for step in _steps(made)
        ),
        "account_key": made.account_key,
        "account_id": made.account_id,
        "opportunity_id": made.opportunity_id,
        "decided_by": made.decided_by_label,
        "decision_rule": made.decision_rule,
        "rules": made.rules_reference,
    }


def registration_values(made: DealRegistration, *, to_partner: bool) -> dict[str, object]:
    """Return what both sides read of a registration."""
    full = Explanation.from_json(made.explanation) if made.explanation else None
    explanation = explanation_for_partner(made) if to_partner else full
    steps = explanation.steps if explanation else ()
    if to_partner and declined_at_once(made):
        steps = tuple(step for step in steps if step.rule == made.decision_rule)
    return {
        "reference": made.reference,
        "company": made.company,
        "website": made.website,
        "country": made.country,
        "contact_name": made.contact_name,
        "contact_email": made.contact_email,
        "value": MoneyTold.of(made.value_minor, made.currency),
        "note": made.note,
        "state": RegistrationState(made.state),
        "submitted_at": made.submitted_at,
        "answer_due_at": made.answer_due_at,
        "decided_at": made.decided_at,
        "decision_reason": made.decision_reason,
        "protected_until": made.protected_until,
        "close_on": made.close_on,
        "product_key": made.product_key,
        "clock_stopped_at": made.clock_stopped_at,
        # Which steps an approval takes can follow from what is known of the company.
        "steps": tuple(
            OwnStepTold(says=step.says, taken_at=step.taken_at)
            for step in ([] if to_partner and keeps_quiet(made) else _steps(made))
        ),
        "proof": made.receipt_hash,
        "verify_url": verify_url_of(made.receipt_hash) if made.receipt_hash else "",
        "answer": explanation.conclusion if explanation else "",
        "checks": [
            CheckTold(rule=step.rule, label=step.label, outcome=CheckOutcome(step.outcome), sentence=step.sentence)
            for step in steps
        ],
        "answers": answers_told(made),
    }


def _steps(made: DealRegistration) -> list[ApprovalStep]:
    return sorted(made.steps.all(), key=lambda step: step.position)


def declined_at_once(made: DealRegistration) -> bool:
    """Tell whether a rule declined the claim the moment it came in."""
    return made.state == RegistrationState.DECLINED and is_reference(made.decided_by_label)


def _check(check: Check) -> CheckTold:
    return CheckTold(rule=check.rule, label=check.label, outcome=check.outcome, sentence=check.sentence)


class MessageTold(Told):
    """Something said about a deal; of one that was taken back neither words nor files are told."""

    id: int
    side: MessageSide
    author: Annotated[str, Field(examples=["Berit Holm"])]
    text: Annotated[str, Field(examples=["The security review is next Tuesday."])]
    sent_at: datetime
    asks: Annotated[bool, Field(description="The partner waits for an answer.")]
    taken_back_at: datetime | None
    files: Annotated[list[str], Field(description="Names of the files that came with it.", examples=[[]])]

    @classmethod
    def of(cls, entry: Entry) -> Self:
        """Return a message as both sides read it."""
        return cls(
            id=entry.id,
            side=entry.side,
            author=entry.author,
            text=entry.body,
            sent_at=entry.sent_at,
            asks=entry.asks,
            taken_back_at=entry.retracted_at,
            files=[file.name for file in entry.files],
        )


class MessagesTold(Told):
    """The conversation of vendor and partner about a deal, oldest message first."""

    answer_due_at: Annotated[datetime | None, Field(description="By when a question of the partner is answered.")]
    data: list[MessageTold]


class MessageGiven(Given):
    """Something to say about a deal, in plain text; both sides read it."""

    text: Annotated[str, words(10_000, least=1), Field(examples=["The security review is next Tuesday."])]


class QuestionGiven(MessageGiven):
    """Something a partner says; with `asks` it waits for an answer."""

    asks: bool = False


class WithdrawalGiven(Given):
    """Why a registration is withdrawn; both sides read it."""

    reason: Annotated[str, words(1000, least=1), Field(examples=["The company chose to buy direct."])]
