"""Takes a claim to a deal: checked, decided at once where a rule decides, and receipted with proof of the moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.core.files.base import File
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from tallystick.deals.disclosure import disclosure_in_force
from tallystick.deals.engagement import RulesInForce, rules_in_force
from tallystick.deals.models import Assessment, DealRegistration, MessageSide, Protection, RegistrationState
from tallystick.deals.rules.account_key import account_key
from tallystick.deals.rules.answer import Answer, AnswerKind, answer_claim, explain_claim
from tallystick.deals.rules.disclosure import Disclosure, Told, company_is_known, tell
from tallystick.deals.rules.engagement.assessing import Eligibility, check_claim
from tallystick.deals.rules.engagement.claims import Holder, facts_of
from tallystick.deals.rules.forms.answering import Missing
from tallystick.deals.rules.forms.form import Subject
from tallystick.deals.rules.terms import Terms
from tallystick.deals.services.attaching import keep_file
from tallystick.deals.services.claim_facts import AT_ONCE, ClaimBasis, claim_facts
from tallystick.deals.services.clocks import ask_for_answers
from tallystick.deals.services.engagement import ensure_rules
from tallystick.deals.services.forms import HeldAnswers, hold_answers
from tallystick.deals.services.hits import Hit, contact_of, find_hits, known_otherwise
from tallystick.deals.services.matching import AccountMatch, distributor_of, find_namesakes, match_account
from tallystick.deals.services.protections import (
    as_its_partner_knows,
    claim_protection,
    holders_of,
    lock_own_claims,
    overlapping,
    release,
    release_expired,
    still_held,
)
from tallystick.deals.services.recording import record_expired
from tallystick.deals.services.reviewing import begin_review
from tallystick.deals.services.terms import terms_in_force
from tallystick.kernel.conditions import Facts
from tallystick.kernel.ids import ENTROPY_BYTES, reference
from tallystick.kernel.money import Money
from tallystick.kernel.periods import day_of
from tallystick.partners.models import Partner
from tallystick.partners.standing import product_key_of
from tallystick.platform.activity import record_activity
from tallystick.platform.actors import SYSTEM, Actor
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
    uploads: Sequence[File[Any]] = ()
    """Files that are sent with it."""
    missing: Missing = Missing.ASKED_AFTERWARDS
    """What follows where the form needs an answer that is not there."""


@dataclass(frozen=True, slots=True)
class CheckedClaim:
    """A claim held against the rules: what the vendor reads, what is known of the company, what its partner is told.

    `company_known` says whether anything is known, whatever may be told of it; `contact` is who to talk to about it.
    """

    facts: Facts
    eligibility: Eligibility
    hits: list[Hit]
    told: Told
    disclosure: Disclosure
    company_known: bool
    contact: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """The registration with its reference, the answer, and proof of the moment.

    `answer` and `eligibility` are the vendor's; what the partner reads is kept with the registration. `proof` is the
    hash of its entry in the activity chain, which nobody can change afterwards; `position` is the place there.
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
    declined, each with a definite answer, or wait for a person where partners may learn nothing. Works in the
    partner's scope, where rivals are invisible. `entropy` is `ENTROPY_NEEDED` random bytes. Raises `CompanyUnclear`,
    `AnswersInvalid`, `FileRefused`, `Partner.DoesNotExist`, and `PermissionError` for a partner not in scope.
    """
    _require_own(partner_id)
    key = account_key(website=claim.website, company=claim.company, country=claim.country)
    claim = replace(claim, product_key=product_key_of(claim.product_key))
    with vendor_side():
        lock_own_claims(account_key=key, partner_id=partner_id)
        partner = Partner.objects.select_related("manager").get(pk=partner_id)
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
        rivals = overlapping(account_key=key, product_key=claim.product_key)
        ended = release_expired(rivals, today=today, at=at)
        holder, overlap = _claim(registration, rivals.exclude(registration_id=registration.pk), at=at)
        basis = _basis(claim, partner, workspace, key=key, match=match, today=today)
        basis = replace(
            basis, holder=holder, overlap_holder=overlap, distributor=distributor, registration_id=registration.pk
        )
        eligibility, answer = _settle(registration, rules, basis, terms=terms, at=at)
        if ended:
            record_expired(SYSTEM, ended, at=at)
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
        for upload in claim.uploads:
            keep_file(actor, registration, side=MessageSide.PARTNER, upload=upload, at=at)
        if answers.to_ask and registration.state == RegistrationState.SUBMITTED:
            ask_for_answers(registration, answers.to_ask, at=at)
    return Receipt(registration, answer, eligibility, at, entry.position, entry.hash)


def _claim(registration: DealRegistration, others: QuerySet[Protection], *, at: datetime) -> tuple[Holder, Holder]:
    """Claim the account and say who held it and what overlaps before; `others` are the protections it may meet.

    Nobody in both is a win. A holder that lets go between the claim and the look at who it was makes the claim be
    tried again. A claim of its own that waits counts as held by the partner: a win beside it lets go again.
    """
    nobody, product_key = (Holder.NOBODY, Holder.NOBODY), registration.product_key
    while True:
        won = claim_protection(registration, product_key=product_key, at=at)
        # Who held it is asked also of a claim that won: the number of queries tells nobody whether there was a rival.
        holders = holders_of(others, product_key=product_key, partner_id=registration.partner_id)
        if won or holders != nobody:
            held = nobody if won else holders
            own = {"partner_id": registration.partner_id, "registration_id": registration.pk}
            return as_its_partner_knows(held, account_key=registration.account_key, product_key=product_key, **own)


def check_registration(*, partner_id: int, claim: NewRegistration, at: datetime) -> CheckedClaim:
    """Check a claim while it is being typed, without making it. A fixed number of queries; writes nothing.

    Raises `CompanyUnclear`, and `PermissionError` for a partner not in scope.
    """
    _require_own(partner_id)
    key = account_key(website=claim.website, company=claim.company, country=claim.country)
    claim = replace(claim, product_key=product_key_of(claim.product_key))
    with vendor_side():
        partner = Partner.objects.select_related("manager", "workspace").get(pk=partner_id)
        workspace = partner.workspace
        match = match_account(account_key=key, company=claim.company, country=claim.country)
        today = day_of(at, zone=ZoneInfo(workspace.time_zone))
        rivals = still_held(overlapping(account_key=key, product_key=claim.product_key), today=today)
        product = claim.product_key
        held = holders_of(rivals, product_key=product, partner_id=partner_id)
        holder, overlap = as_its_partner_knows(held, account_key=key, product_key=product, partner_id=partner_id)
        basis = _basis(claim, partner, workspace, key=key, match=match, today=today)
        distributor = distributor_of(claim.distributor)
        basis = replace(basis, holder=holder, overlap_holder=overlap, distributor=distributor)
        return _checked(basis, rules_in_force())


def _checked(basis: ClaimBasis, rules: RulesInForce) -> CheckedClaim:
    """Hold a claim against the rules, and say what its partner is told of it."""
    namesakes = find_namesakes(company=basis.company, country=basis.country, match=basis.match)
    facts = facts_of(claim_facts(basis, namesakes=namesakes))
    eligibility = check_claim(facts, rules.engagement, currency=basis.workspace.currency)
    hits = find_hits(
        account_key=basis.account_key, match=basis.match, namesakes=namesakes, registration_id=basis.registration_id
    )
    disclosure, manager = disclosure_in_force(), basis.partner.manager
    contact = contact_of(hits, otherwise=str(manager) if manager else "")
    otherwise = known_otherwise(hits, partner_id=basis.partner.pk)
    told = tell(
        eligibility,
        facts=facts,
        engagement=rules.engagement,
        disclosure=disclosure,
        known_otherwise=otherwise,
        contact=contact,
    )
    known = company_is_known(eligibility, facts=facts, engagement=rules.engagement, known_otherwise=otherwise)
    return CheckedClaim(facts, eligibility, hits, told, disclosure, known, contact)


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
    """Hold the claim against the rules and write the answer down; a claim that a rule declines holds nothing.

    Where its partner may not learn that, it waits for a person all the same, with what it could get hold of.
    """
    checked = _checked(basis, rules)
    eligibility, told = checked.eligibility, checked.told
    answer = answer_claim(eligibility)
    registration.explanation = _explained(registration, eligibility, answer, rules)
    registration.told = _explained(registration, told.eligibility, told.answer, rules)
    registration.disclosure = checked.disclosure.value
    registration.undisclosed_rule = told.undisclosed.rule if told.undisclosed else ""
    registration.rules_reference = rules.reference
    if told.answer.kind is AnswerKind.DECLINED:
        release(registration.pk, reason=f"{AT_ONCE}{told.answer.rule}"[:60], at=at)
        registration.state = RegistrationState.DECLINED
        registration.decided_at = at
        registration.decided_by_label = rules.reference
        registration.decision_rule = told.answer.rule or ""
        registration.decision_reason = told.answer.sentence
    else:
        begin_review(registration, terms, checked.facts, at=at)
    registration.save()
    if rules.version_id is None:
        raise RuntimeError("Rules that answer a claim are written down first: call ensure_rules.")
    Assessment.objects.create(
        workspace_id=registration.workspace_id,
        registration=registration,
        version_id=rules.version_id,
        facts=dict(checked.facts),
        kind=answer.kind,
        rule=answer.rule or "",
        hits=[hit.as_json() for hit in checked.hits],
        assessed_at=at,
    )
    return eligibility, answer


def _explained(
    registration: DealRegistration, eligibility: Eligibility, answer: Answer, rules: RulesInForce
) -> dict[str, Any]:
    return explain_claim(
        reference=registration.reference, eligibility=eligibility, answer=answer, rules=rules.reference
    ).as_json()
