"""Takes leads: from a partner that introduces a company, and our own before a partner has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction

from tallystick.deals.models import Lead, LeadAssessment, LeadDirection, LeadState, Protection
from tallystick.deals.rules.account_key import account_key
from tallystick.deals.rules.disclosure import words_on_lead
from tallystick.deals.rules.forms.answering import Missing
from tallystick.deals.rules.forms.form import Subject
from tallystick.deals.rules.lead_checks import Assessment, IntroductionFacts, assess_introduction
from tallystick.deals.services.forms import hold_answers
from tallystick.deals.services.leads.holding import record_lead
from tallystick.deals.services.leads.policies import current_lead_policy
from tallystick.deals.services.matching import AccountMatch, direct_work, match_account
from tallystick.deals.services.submitting import CheckedClaim, NewRegistration, check_registration
from tallystick.deals.services.terms import calendar_for
from tallystick.kernel.canonical import sha256_hex
from tallystick.kernel.ids import ENTROPY_BYTES, reference
from tallystick.kernel.money import Money
from tallystick.kernel.periods import day_of
from tallystick.partners.models import Partner
from tallystick.platform.actors import Actor
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import current_scope, current_workspace_id, vendor_side

LEAD_PREFIX = "LD"
LEAD_ENTROPY = 4 * ENTROPY_BYTES
"""Random bytes of a lead: four references to try, so that one already given is no obstacle."""
OPEN_STATES = (LeadState.NEW, LeadState.ACCEPTED, LeadState.QUALIFIED)


class AlreadyIntroduced(ValueError):
    """The partner has an open lead of the company; `reference` is that lead's."""

    def __init__(self, reference: str) -> None:
        super().__init__(f"You have introduced this company already: {reference}.")
        self.reference = reference


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLead:
    """What is told of a company: its name and what it needs suffice. `country` is ISO 3166-1 alpha-2."""

    company: str
    website: str = ""
    country: str = ""
    contact_name: str = ""
    contact_email: str = ""
    contact_phone: str = ""
    need: str = ""
    promises_introduction: bool = False
    wanted_type: str = ""
    wanted_certificate: str = ""
    answers: Mapping[str, object] = field(default_factory=dict)
    """What the form asked beside, by the field's id."""
    missing: Missing = Missing.ASKED_AFTERWARDS
    """Whether a lead without an answer the form needs is refused; nobody is asked for one afterwards."""


@dataclass(frozen=True, slots=True)
class Introduction:
    """A lead that was taken; `partner_sentence` is what its partner was told of the company, "" for nothing."""

    lead: Lead
    partner_sentence: str


@transaction.atomic
def introduce_lead(
    actor: Actor, *, partner_id: int, lead: NewLead, form_key: str, entropy: bytes, at: datetime, source: str = "portal"
) -> Introduction:
    """Take a company that a partner introduces; its clock starts.

    Works in the partner's scope. A form that comes twice is one lead, and is answered as it was the first time,
    whatever it says now; a second open lead of one company by one partner is refused, however they race. `entropy` is
    `LEAD_ENTROPY` random bytes. Raises `CompanyUnclear`, `AlreadyIntroduced`, `AnswersInvalid`, `Partner.DoesNotExist`,
    and `PermissionError` for a partner not in scope.
    """
    own = current_scope().partner_id
    if own is not None and own != partner_id:
        raise PermissionError("A partner introduces leads for itself only.")
    key = account_key(website=lead.website, company=lead.company, country=lead.country)
    with vendor_side():
        partner = Partner.objects.get(pk=partner_id)
        known = current_lead_policy()
        match = match_account(account_key=key, company=lead.company, country=lead.country)
        answers = hold_answers(
            Subject.LEAD,
            partner_type=partner.type,
            given=lead.answers,
            missing=lead.missing,
            today=day_of(at, zone=_zone()),
        )
        assessment = assess_introduction(_facts(key, match, partner_id=partner_id))
        checked = _as_a_claim(lead, partner_id=partner_id, at=at)
        made, is_new = _insert(
            lead,
            entropy,
            partner_id=partner_id,
            direction=LeadDirection.TO_VENDOR,
            account_key=key,
            account=match.account if match else None,
            form_key=_form_key(form_key, partner_id),
            owner_id=partner.manager_id,
            introduced_at=at,
            introduced_by_id=actor.person_id,
            introduced_by_label=actor.label,
            answer_due_at=known.policy.answer_due(at, calendar=calendar_for(partner.country)),
            source=source,
            form_version_id=answers.version_id,
            answers=dict(answers.kept),
        )
        if is_new:
            _keep(actor, made, assessment, checked, policy=known.reference, at=at)
        return Introduction(made, LeadAssessment.objects.get(lead=made).told)


@transaction.atomic
def create_lead(
    actor: Actor,
    *,
    lead: NewLead,
    form_key: str,
    entropy: bytes,
    at: datetime,
    owner_id: int | None = None,
    source: str = "console",
) -> Lead:
    """Take a lead of our own that is to be passed to a partner; `owner_id` is the colleague who looks after it.

    A form that comes twice is one lead. `entropy` is `LEAD_ENTROPY` random bytes. Raises `CompanyUnclear`.
    """
    key = account_key(website=lead.website, company=lead.company, country=lead.country)
    match = match_account(account_key=key, company=lead.company, country=lead.country)
    made, is_new = _insert(
        lead,
        entropy,
        direction=LeadDirection.TO_PARTNER,
        account_key=key,
        account=match.account if match else None,
        form_key=_form_key(form_key, 0),
        owner_id=owner_id if owner_id is not None else actor.person_id,
        introduced_at=at,
        introduced_by_id=actor.person_id,
        introduced_by_label=actor.label,
        source=source,
    )
    if is_new:
        record_lead(actor, made, verb="lead_created", words="is to be passed to a partner", at=at)
    return made


def _as_a_claim(lead: NewLead, *, partner_id: int, at: datetime) -> CheckedClaim:
    """Check the company as a claim of the partner would be: who asks both ways learns of it what one way tells.

    A claim of no value, to the whole account.
    """
    currency = Workspace.objects.get(pk=current_workspace_id()).currency
    claim = NewRegistration(company=lead.company, website=lead.website, country=lead.country, value=Money(0, currency))
    return check_registration(partner_id=partner_id, claim=claim, at=at)


def _keep(
    actor: Actor, lead: Lead, assessment: Assessment, checked: CheckedClaim, *, policy: str, at: datetime
) -> None:
    """Keep what was known of the company and told, and write the entry whose hash is the proof of the moment."""
    LeadAssessment.objects.create(
        workspace_id=lead.workspace_id,
        lead=lead,
        explanation=assessment.explain(reference=lead.reference, policy=policy).as_json(),
        disclosure=checked.disclosure.value,
        told=words_on_lead(checked.disclosure, known=checked.company_known, contact=checked.contact),
    )
    entry = record_lead(
        actor,
        lead,
        verb="lead_introduced",
        words="was introduced",
        partner_id=lead.partner_id,
        data={"answer_due_at": lead.answer_due_at.isoformat() if lead.answer_due_at else None, "source": lead.source},
        at=at,
    )
    lead.receipt_hash = entry.hash
    lead.save(update_fields=["receipt_hash"])


def _insert(lead: NewLead, entropy: bytes, **given: Any) -> tuple[Lead, bool]:
    """Insert a lead under the first free reference, or return the one that the same form made before."""
    for start in range(0, LEAD_ENTROPY, ENTROPY_BYTES):
        code = reference(LEAD_PREFIX, entropy=entropy[start : start + ENTROPY_BYTES])
        try:
            with transaction.atomic():
                made = Lead.objects.create(
                    workspace_id=current_workspace_id(),
                    reference=code,
                    company=lead.company.strip(),
                    website=lead.website.strip(),
                    country=lead.country.strip(),
                    contact_name=lead.contact_name.strip(),
                    contact_email=lead.contact_email.strip(),
                    contact_phone=lead.contact_phone.strip(),
                    need=lead.need.strip(),
                    promises_introduction=lead.promises_introduction,
                    wanted_type=lead.wanted_type,
                    wanted_certificate=lead.wanted_certificate.strip(),
                    **given,
                )
                return made, True
        except IntegrityError as error:
            earlier = Lead.objects.filter(form_key=given["form_key"]).first()
            if earlier is not None:
                return earlier, False
            if "one_open_introduction_a_partner_and_company" in str(error):
                raise AlreadyIntroduced(_open_lead_of(given)) from error
            if "one_lead_a_reference" not in str(error):
                raise
    raise RuntimeError("No free reference was found among four: the random bytes are not random.")


def _open_lead_of(given: dict[str, Any]) -> str:
    found = Lead.objects.filter(
        partner_id=given["partner_id"],
        account_key=given["account_key"],
        direction=LeadDirection.TO_VENDOR,
        state__in=OPEN_STATES,
    )
    return found.values_list("reference", flat=True).first() or ""


def _facts(key: str, match: AccountMatch | None, *, partner_id: int) -> IntroductionFacts:
    """Gather what is known of the company, with the vendor's eyes. Five queries at most."""
    account = match.account if match else None
    held = Protection.objects.filter(account_key=key, released_at__isnull=True).select_related("partner").first()
    others = Lead.objects.filter(
        account_key=key, direction=LeadDirection.TO_VENDOR, state__in=(*OPEN_STATES, LeadState.CONVERTED)
    ).exclude(partner_id=partner_id)
    return IntroductionFacts(
        account=account.name if account else "",
        account_reason=match.reason.value if match else "",
        is_customer=account is not None and account.is_customer,
        direct_deal_opened_on=direct_work(account).deal_opened_on,
        protected_for=held.partner.name if held else "",
        protected_for_this_partner=held is not None and held.partner_id == partner_id,
        introduced_by=tuple(others.order_by("partner__name").values_list("partner__name", flat=True).distinct()),
    )


def _form_key(key: str, partner_id: int) -> str:
    """Return what a form is remembered by: partners cannot meet in it, whatever they send."""
    return sha256_hex(f"{partner_id}:{key}")


def _zone() -> ZoneInfo:
    return ZoneInfo(Workspace.objects.get(pk=current_workspace_id()).time_zone)
