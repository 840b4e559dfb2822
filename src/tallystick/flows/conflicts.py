"""What follows from claims that stand against each other: cases are found, rulings decide credit, and pay follows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Sum

from tallystick.attribution import services as attribution
from tallystick.attribution.models import Credit, Decision
from tallystick.attribution.rules.gaps import GapKind, read_gap
from tallystick.attribution.rules.record import read_record
from tallystick.attribution.rules.shares import WHOLE_PPM
from tallystick.attribution.rules.sourcing import SourceVerdict
from tallystick.attribution.services import NewRuling as RulingFact
from tallystick.commissions.expectations import expected_shares
from tallystick.commissions.models import CommissionLine
from tallystick.commissions.own_expectations import expected_of_claim, terms_on
from tallystick.commissions.services import mark_invoices_of_deals
from tallystick.commissions.services.settlement import unbooked_changes
from tallystick.crm.models import Invoice, Opportunity, OpportunityStatus
from tallystick.deals.models import (
    ClaimKind,
    Conflict,
    ConflictClaim,
    ConflictKind,
    ConflictRuling,
    RegistrationState,
    RulingOutcome,
)
from tallystick.deals.rules.conflicts.ruling import check_parts
from tallystick.deals.services import WAS_APPROVED, conflicts
from tallystick.deals.services.conflicts import NewClaim, NewConflict, NewRuling
from tallystick.deals.services.conflicts.finding import open_new
from tallystick.flows.jobs import decide_soon
from tallystick.flows.registrations import evidence_of, record_evidence
from tallystick.kernel.money import Money
from tallystick.kernel.periods import day_of
from tallystick.partners.models import Partner
from tallystick.platform.actors import Actor
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import current_workspace_id

SOURCE = "tallystick"
"""The system a ruling comes from when it was made here; its id there is that of the case, and which ruling."""
MOST_GAPS = 200


def watch(actor: Actor, *, at: datetime) -> list[Conflict]:
    """Open cases for what stands against each other, close what is settled, and let rulings find their opportunities.

    Does nothing twice. Returns the cases opened.
    """
    found = conflicts.find_conflicts(actor, at=at)
    found += open_new(actor, list(_several_sources()), at=at)
    conflicts.close_conflicts(actor, at=at)
    apply_rulings(actor, at=at)
    return found


@transaction.atomic
def rule(actor: Actor, *, conflict_id: int, ruling: NewRuling, at: datetime) -> ConflictRuling:
    """Rule a case; its opportunity is decided again by it, and the invoices follow. Raises `ConflictRefused`.

    A registration that is upheld is evidence like any that is approved; one that is overruled is evidence no more, for
    this opportunity or any other of its account.
    """
    before = deal_of(Conflict.objects.get(pk=conflict_id))
    made = conflicts.rule_conflict(actor, conflict_id=conflict_id, ruling=ruling, at=at)
    if made.outcome == RulingOutcome.UPHOLD:
        for claim in ConflictClaim.objects.filter(conflict=conflict_id, partner_id=made.parts[0][0]):
            if claim.registration is not None and claim.registration.state in WAS_APPROVED:
                record_evidence(actor, claim.registration, at=at)
    _judge_evidence(actor, made)
    deal = before or deal_of(Conflict.objects.get(pk=conflict_id))
    if deal is not None:
        _decides(actor, made, deal, at=at)
        # A registration that gained or lost the deal changes the terms it earns by.
        mark_invoices_of_deals(opportunity_ids=[deal])
        decide_soon()
    return made


def _judge_evidence(actor: Actor, made: ConflictRuling) -> None:
    """Let the evidence of the registrations in a case stand or fall as their claims do."""
    upheld = {partner for partner, _ in _parts(made)}
    claims = ConflictClaim.objects.filter(conflict=made.conflict_id, registration__isnull=False)
    for claim in claims.select_related("registration").order_by("pk"):
        assert claim.registration is not None  # noqa: S101 - as filtered
        attribution.rule_on_touches(
            actor,
            touches=evidence_of(claim.registration),
            stands=claim.partner_id in upheld,
            source=SOURCE,
            external_id=f"{made.conflict.reference}/{made.number}",
            ruled_at=made.ruled_at,
        )
    decide_soon()


@transaction.atomic
def apply_rulings(actor: Actor, *, at: datetime) -> None:
    """Let rulings on registrations decide the opportunities that these became since. Does nothing twice."""
    waiting = ConflictRuling.objects.filter(
        conflict__opportunity__isnull=True, conflict__claims__registration__opportunity__isnull=False
    )
    for row in waiting.select_related("conflict").order_by("ruled_at", "pk").distinct():
        deal = deal_of(row.conflict)
        if deal is not None:
            _decides(actor, row, deal, at=at)
            decide_soon()


def _decides(actor: Actor, row: ConflictRuling, deal: int, *, at: datetime) -> None:
    """Tell attribution of a ruling, and the case of the opportunity it decides."""
    fact = _as_fact(row.conflict, deal, number=row.number, parts=_parts(row), cited=(row.rule, row.rules_reference))
    attribution.record_ruling(actor, ruling=replace(fact, ruled_at=row.ruled_at, ruled_by=row.ruled_by_label), at=at)
    Conflict.objects.filter(pk=row.conflict_id, opportunity__isnull=True).update(opportunity=deal)


def _parts(row: ConflictRuling) -> list[tuple[int, int]]:
    return [(int(partner), int(ppm)) for partner, ppm in row.parts]


def _as_fact(
    conflict: Conflict, deal: int, *, number: int, parts: Sequence[tuple[int, int]], cited: tuple[str, str]
) -> RulingFact:
    claimants = ConflictClaim.objects.filter(conflict=conflict, partner__isnull=False).order_by("partner_id")
    return RulingFact(
        opportunity_id=deal,
        source=SOURCE,
        external_id=f"{conflict.reference}/{number}",
        claimants=list(claimants.values_list("partner__pk", flat=True)),
        parts=parts,
        rule=cited[0],
        rules_reference=cited[1],
        ruled_at=conflict.opened_at,
        ruled_by="",
    )


def deal_of(conflict: Conflict) -> int | None:
    """Return the opportunity a case is about: its own, else the one that a claimed registration became."""
    if conflict.opportunity_id is not None:
        return conflict.opportunity_id
    linked = ConflictClaim.objects.filter(conflict=conflict, registration__opportunity__isnull=False)
    return linked.order_by("pk").values_list("registration__opportunity_id", flat=True).first()


# Evidence that several partners have


def _several_sources() -> Iterator[NewConflict]:
    """Yield the deals whose best evidence is that of several partners, and that nobody has ruled yet."""
    doubtful = Decision.objects.filter(is_current=True, gaps__contains=[GapKind.CONFLICTING_SOURCES.value])
    fresh = doubtful.filter(opportunity__conflicts__isnull=True).select_related("opportunity__account")
    zone = ZoneInfo(Workspace.objects.get(pk=current_workspace_id()).time_zone)
    for decision in fresh.order_by("-pk")[:MOST_GAPS]:
        gap = next(read_gap(one) for one in decision.record["gaps"] if one["kind"] == GapKind.CONFLICTING_SOURCES)
        deal, judged = decision.opportunity, read_record(decision.record).touches
        firsts = {
            partner: next(
                one.touch
                for one in judged
                if one.touch.partner_id == partner
                and one.source.verdict in (SourceVerdict.CHOSEN, SourceVerdict.OUTRANKED)
            )
            for partner in gap.partners
        }
        yield NewConflict(
            kind=ConflictKind.SEVERAL_SOURCES,
            company=deal.account.name if deal.account else deal.account_named,
            account_key=f"opportunity:{deal.pk}",
            product_key="",
            account_id=deal.account_id,
            opportunity_id=deal.pk,
            claims=[
                NewClaim(
                    key=f"o{deal.pk}p{partner}",
                    partner_id=partner,
                    kind=ClaimKind.EVIDENCE,
                    happened_at=datetime.combine(touch.occurred_on, time(), tzinfo=zone),
                    learned_at=datetime.combine(touch.learned_on, time(), tzinfo=zone),
                    opportunity_id=deal.pk,
                    held_account=partner == decision.record.get("source"),
                    grounds=touch.kind.noun,
                )
                for partner, touch in firsts.items()
            ],
        )


# What a ruling would do to pay


@dataclass(frozen=True, slots=True)
class Pay:
    """What one partner has of a deal: expected of it while it is open, earned so far by currency."""

    expected: Money | None = None
    earned: tuple[Money, ...] = ()


@dataclass(frozen=True, slots=True)
class PayChange:
    """What one partner has today, and under a ruling."""

    partner: Partner
    today: Pay
    ruled: Pay


def effect_of(conflict: Conflict, *, parts: Sequence[tuple[int, int]], at: datetime) -> list[PayChange]:
    """Return what each partner has of the deal today and would have under a ruling, by name.

    Where there is an opportunity it is decided and its invoices are reckoned by the code that does so, in a transaction
    that is taken back, with what each registration is after the ruling. Where there is none yet, what each may expect
    of its claim is reckoned by its part. Raises `ConflictRefused` for parts that are no ruling among the claimants, and
    for a claim that another one stands in the way of.
    """
    claimants = set(
        ConflictClaim.objects.filter(conflict=conflict, partner__isnull=False).values_list("partner__pk", flat=True)
    )
    check_parts(parts, claimants=claimants)
    deal = deal_of(conflict)
    on = day_of(at, zone=ZoneInfo(Workspace.objects.get(pk=conflict.workspace_id).time_zone))
    if deal is None:
        return _of_claims(conflict, parts, on=on)
    before = _pay_of(deal, on=on)
    fact = _as_fact(conflict, deal, number=0, parts=parts, cited=("", ""))
    with transaction.atomic():
        # A registration that gains or loses the deal changes the terms it earns by.
        conflicts.try_protection(conflict_id=conflict.pk, parts=parts, at=at)
        attribution.try_ruling(replace(fact, ruled_at=at), at=at)
        after = _pay_of(deal, on=on)
        transaction.set_rollback(True)
    partners = Partner.objects.filter(pk__in={*before, *after, *claimants}).order_by("name", "pk")
    return [PayChange(one, before.get(one.pk, Pay()), after.get(one.pk, Pay())) for one in partners]


def _pay_of(deal: int, *, on: date) -> dict[int, Pay]:
    opportunity = Opportunity.objects.select_related("account", "product").get(pk=deal)
    credits = list(Credit.objects.filter(opportunity=deal, is_current=True).select_related("partner").order_by("pk"))
    earned: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    booked = CommissionLine.objects.filter(invoice__opportunity=deal).order_by("partner_id", "currency")
    for partner, currency, minor in booked.values_list("partner_id", "currency").annotate(sum=Sum("amount_minor")):
        earned[partner][currency] += int(minor)
    invoices = list(Invoice.objects.filter(opportunity=deal).order_by("pk").values_list("pk", flat=True))
    for line in unbooked_changes(invoices) if invoices else ():
        earned[line.columns["partner_id"]][line.amount.currency] += line.amount.minor
    expected = {}
    if opportunity.status == OpportunityStatus.OPEN:
        expected = {one.partner.pk: one.expectation.amount for one in expected_shares(opportunity, credits, on=on)}
    return {
        partner: Pay(
            expected.get(partner),
            tuple(Money(minor, currency) for currency, minor in sorted(earned.get(partner, {}).items())),
        )
        for partner in {*expected, *earned}
    }


def _of_claims(conflict: Conflict, parts: Sequence[tuple[int, int]], *, on: date) -> list[PayChange]:
    """Return what claims without an opportunity may expect: today the one that holds the account, then by its part."""
    terms, shares = terms_on(on), dict(parts)
    claims = ConflictClaim.objects.filter(conflict=conflict, partner__isnull=False, registration__isnull=False)
    changes = []
    for claim in claims.select_related("partner", "registration").order_by("partner__name", "pk"):
        partner, registration = claim.partner, claim.registration
        assert partner is not None and registration is not None  # noqa: S101, PT018 - as filtered
        value = Money(registration.value_minor, registration.currency)

        def pay(ppm: int, partner: Partner = partner, value: Money = value, country: str = registration.country) -> Pay:
            if not ppm:
                return Pay()
            found = expected_of_claim(partner, value=value, country=country, terms=terms, share_ppm=ppm)
            return Pay(found.amount)

        holds = registration.state in (RegistrationState.SUBMITTED, RegistrationState.APPROVED)
        changes.append(PayChange(partner, pay(WHOLE_PPM if holds else 0), pay(shares.get(partner.pk, 0))))
    return changes
