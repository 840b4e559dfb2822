"""Takes a claim to a deal: checked, decided at once where a rule decides, and receipted with proof of the moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from tallystick.deals.engagement import RulesInForce, rules_in_force
from tallystick.deals.models import Assessment, DealRegistration, Protection, RegistrationState
from tallystick.deals.rules.account_key import account_key
from tallystick.deals.rules.answer import Answer, AnswerKind, answer_claim, explain_claim
from tallystick.deals.rules.engagement.assessing import Eligibility, check_claim
from tallystick.deals.rules.engagement.claims import Holder, facts_of
from tallystick.deals.rules.forms.answering import Missing
from tallystick.deals.rules.forms.form import Subject
from tallystick.deals.rules.terms import Terms
from tallystick.deals.services.claim_facts import AT_ONCE, ClaimBasis, claim_facts
from tallystick.deals.services.clocks import ask_for_answers
from tallystick.deals.services.engagement import ensure_rules
from tallystick.deals.services.forms import HeldAnswers, hold_answers
from tallystick.deals.services.matching import AccountMatch, distributor_of, match_account
from tallystick.deals.services.protections import (
    claim_protection,
    holder_of,
    overlapping,
    release,
    release_expired,
    run_out,
)
from tallystick.deals.services.reviewing import begin_review
from tallystick.deals.services.terms import terms_in_force
from tallystick.kernel.ids import ENTROPY_BYTES, reference
from tallystick.kernel.money import Money
from tallystick.kernel.periods import day_of
from tallystick.partners.models import Partner
from tallystick.platform.activity import record_activity
from tallystick.platform.actors import Actor
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import current_scope, current_workspace_id, vendor_side

REFERENCE_PREFIX = "DR"
ENTROPY_NEEDED = 4 * ENTROPY_BYTES
"""Random bytes of a submission: four references to try, so that one already given is no obstacle."""


@dataclass(frozen=True, slots=True)
class NewRegistration:
    """What a partner tells when registering a deal: company, website, contact and value suffice."""

    company: str
    value: Money
    website: str = ""
    country: str = ""
    contact_name: str = ""
    contact_email: str = ""
    note: str = ""
    product_key: str = ""
    distributor: str = ""
    close_on: date | None = None
    answers: Mapping[str, object] = field(default_factory=dict)
    """What the form asked beside, by the field's id."""
    missing: Missing = Missing.ASKED_AFTERWARDS
    """What follows where the form needs an answer that is not there."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a partner gets: the registration with its reference, the answer, and proof of the moment.

    `proof` is the hash of its entry in the activity chain, which nobody can change afterwards; `position` is the
    place there.
    """

    registration: DealRegistration
    answer: Answer
    eligibility: Eligibility
    submitted_at: datetime
    position: int
    proof: str


@transaction.atomic
def submit_registration(
    actor: Actor, *, partner_id: int, claim: NewRegistration, at: datetime, entropy: bytes
) -> Receipt:
    """Register a deal for a partner and answer at once.

    Among any number of simultaneous claims to one account exactly one is held for review; the others are kept as
    declined, each with a definite answer. Works in the partner's scope, where rivals are invisible. `entropy` is
    `ENTROPY_NEEDED` random bytes. Raises `CompanyUnclear`, `AnswersInvalid`, `Partner.DoesNotExist`, and
    `PermissionError` for a partner not in scope.
    """
    _require_own(partner_id)
    key = account_key(website=claim.website, company=claim.company, country=claim.country)
    with vendor_side():
        partner = Partner.objects.get(pk=partner_id)
        workspace = Workspace.objects.get(pk=current_workspace_id())
        rules = ensure_rules(at=at)
        terms = terms_in_force(rules, country=partner.country, workspace=workspace)
        match = match_account(account_key=key, company=claim.company, country=claim.country)
        distributor = distributor_of(claim.distributor)
        today = day_of(at, zone=ZoneInfo(workspace.time_zone))
        answers = hold_answers(
            Subject.REGISTRATION,
            partner_type=partner.type,
            given=claim.answers,
            missing=claim.missing,
            today=today,
        )
        registration = _insert(
            actor,
            claim,
            partner_id=partner_id,
            key=key,
            match=match,
            distributor=distributor,
            terms=terms,
            answers=answers,
            at=at,
            entropy=entropy,
        )
        holder, overlap = _claim(registration, product_key=claim.product_key, today=today, at=at)
        basis = _basis(claim, partner, workspace, key=key, match=match, today=today)
        basis = replace(
            basis, holder=holder, overlap_holder=overlap, distributor=distributor, registration_id=registration.pk
        )
        eligibility, answer = _settle(registration, rules, basis, terms=terms, at=at)
        entry = record_activity(
            actor,
            verb="deal_registered",
            subject_kind="deal_registration",
            subject_id=registration.pk,
            summary=f"{registration.reference} {registration.company} was registered",
            data={
                "reference": registration.reference,
                "account_key": key,
                "product_key": claim.product_key,
                "distributor": distributor.name if distributor else None,
                "value_minor": claim.value.minor,
                "currency": claim.value.currency,
                "state": registration.state,
                "rule": registration.decision_rule,
                "rules": rules.reference,
                "form_version": answers.version_id,
                "answered": sorted(answers.kept),
            },
            partner_id=partner_id,
            at=at,
        )
        registration.receipt_hash = entry.hash
        registration.save(update_fields=["receipt_hash"])
        if answers.to_ask and registration.state == RegistrationState.SUBMITTED:
            ask_for_answers(registration, answers.to_ask, at=at)
    return Receipt(registration, answer, eligibility, at, entry.position, entry.hash)


def _claim(registration: DealRegistration, *, product_key: str, today: date, at: datetime) -> tuple[Holder, Holder]:
    """Claim the account, once what has expired on it is released, and say who held it and what overlaps before.

    Nobody in both is a win. A holder that lets go between the claim and the look at who it was makes the claim be
    tried again.
    """
    rivals = overlapping(account_key=registration.account_key, product_key=product_key)
    release_expired(rivals, today=today, at=at)
    while not claim_protection(registration, product_key=product_key, at=at):
        holders = _holders(rivals, product_key=product_key, partner_id=registration.partner_id)
        if holders != (Holder.NOBODY, Holder.NOBODY):
            return holders
    return Holder.NOBODY, Holder.NOBODY


def _holders(rivals: QuerySet[Protection], *, product_key: str, partner_id: int) -> tuple[Holder, Holder]:
    """Say who holds just what is claimed, and who another part of the account that overlaps with it."""
    same = holder_of(rivals.filter(product_key=product_key), partner_id=partner_id)
    return same, holder_of(rivals.exclude(product_key=product_key), partner_id=partner_id)


def check_registration(*, partner_id: int, claim: NewRegistration, at: datetime) -> Eligibility:
    """Check a claim while it is being typed, without making it. A fixed number of queries; writes nothing.

    Raises `CompanyUnclear`, and `PermissionError` for a partner not in scope.
    """
    _require_own(partner_id)
    key = account_key(website=claim.website, company=claim.company, country=claim.country)
    with vendor_side():
        partner = Partner.objects.get(pk=partner_id)
        workspace = Workspace.objects.get(pk=current_workspace_id())
        match = match_account(account_key=key, company=claim.company, country=claim.country)
        today = day_of(at, zone=ZoneInfo(workspace.time_zone))
        rivals = overlapping(account_key=key, product_key=claim.product_key)
        rivals = rivals.exclude(pk__in=run_out(rivals, today=today).values("pk"))
        holder, overlap = _holders(rivals, product_key=claim.product_key, partner_id=partner_id)
        basis = _basis(claim, partner, workspace, key=key, match=match, today=today)
        distributor = distributor_of(claim.distributor)
        basis = replace(basis, holder=holder, overlap_holder=overlap, distributor=distributor)
        facts = facts_of(claim_facts(basis))
        return check_claim(facts, rules_in_force().engagement, currency=workspace.currency)


def _basis(
    claim: NewRegistration, partner: Partner, workspace: Workspace, *, key: str, match: AccountMatch | None, today: date
) -> ClaimBasis:
    """Return what a claim says with nobody holding the company yet."""
    return ClaimBasis(
        partner=partner,
        workspace=workspace,
        today=today,
        account_key=key,
        company=claim.company,
        country=claim.country,
        product_key=claim.product_key,
        value=claim.value,
        match=match,
        holder=Holder.NOBODY,
        overlap_holder=Holder.NOBODY,
        names_distributor=bool(claim.distributor.strip()),
        distributor=None,
        registration_id=None,
    )


def _require_own(partner_id: int) -> None:
    own = current_scope().partner_id
    if own is not None and own != partner_id:
        raise PermissionError("A partner registers deals for itself only.")


def _insert(
    actor: Actor,
    claim: NewRegistration,
    *,
    partner_id: int,
    key: str,
    match: AccountMatch | None,
    distributor: Partner | None,
    terms: Terms,
    answers: HeldAnswers,
    at: datetime,
    entropy: bytes,
) -> DealRegistration:
    """Insert the registration under the first reference that nobody has yet."""
    for start in range(0, ENTROPY_NEEDED, ENTROPY_BYTES):
        try:
            with transaction.atomic():
                return DealRegistration.objects.create(
                    workspace_id=current_workspace_id(),
                    partner_id=partner_id,
                    reference=reference(REFERENCE_PREFIX, entropy=entropy[start : start + ENTROPY_BYTES]),
                    company=claim.company.strip(),
                    website=claim.website.strip(),
                    country=claim.country.strip(),
                    account_key=key,
                    product_key=claim.product_key,
                    distributor_named=claim.distributor.strip(),
                    distributor=distributor,
                    contact_name=claim.contact_name.strip(),
                    contact_email=claim.contact_email.strip(),
                    value_minor=claim.value.minor,
                    currency=claim.value.currency,
                    note=claim.note.strip(),
                    account=match.account if match else None,
                    submitted_at=at,
                    submitted_by_id=actor.person_id,
                    close_on=claim.close_on,
                    terms=terms.as_json(),
                    form_version_id=answers.version_id,
                    answers=dict(answers.kept),
                    answer_due_at=terms.answer_due(at),
                )
        except IntegrityError as error:
            if "one_registration_a_reference" not in str(error):
                raise
    raise RuntimeError("No free reference was found among four: the random bytes are not random.")


def _settle(
    registration: DealRegistration, rules: RulesInForce, basis: ClaimBasis, *, terms: Terms, at: datetime
) -> tuple[Eligibility, Answer]:
    """Hold the claim against the rules and write the answer down; a claim that a rule declines holds nothing."""
    facts = facts_of(claim_facts(basis))
    eligibility = check_claim(facts, rules.engagement, currency=basis.workspace.currency)
    answer = answer_claim(eligibility)
    explanation = explain_claim(
        reference=registration.reference, eligibility=eligibility, answer=answer, rules=rules.reference
    )
    registration.explanation = explanation.as_json()
    registration.rules_reference = rules.reference
    if answer.kind is AnswerKind.DECLINED:
        release(registration.pk, reason=f"{AT_ONCE}{answer.rule}"[:60], at=at)
        registration.state = RegistrationState.DECLINED
        registration.decided_at = at
        registration.decided_by_label = rules.reference
        registration.decision_rule = answer.rule or ""
        registration.decision_reason = answer.sentence
    else:
        begin_review(registration, terms, facts, at=at)
    registration.save()
    if rules.version_id is None:
        raise RuntimeError("Rules that answer a claim are written down first: call ensure_rules.")
    Assessment.objects.create(
        workspace_id=registration.workspace_id,
        registration=registration,
        version_id=rules.version_id,
        facts=dict(facts),
        kind=answer.kind,
        rule=answer.rule or "",
        assessed_at=at,
    )
    return eligibility, answer
