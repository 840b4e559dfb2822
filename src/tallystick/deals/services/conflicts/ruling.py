"""Rules a case: one claim stands, the claims share, or no partner's stands; protection follows at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction

from tallystick.crm.models import OpportunityStatus
from tallystick.deals.engagement import RulesInForce, rules_in_force, rules_of_claim
from tallystick.deals.models import (
    Conflict,
    ConflictClaim,
    ConflictRuling,
    ConflictState,
    DealRegistration,
    Protection,
    RegistrationState,
    RulingOutcome,
)
from tallystick.deals.rules.conflicts.ruling import ConflictRefused, check_parts, check_reason, last_day
from tallystick.deals.rules.conflicts.terms import ConflictTerms
from tallystick.deals.rules.states import HOLDING, RegistrationEvent, next_state
from tallystick.deals.rules.states import RegistrationState as State
from tallystick.deals.services.conflicts.appealing import close
from tallystick.deals.services.conflicts.opening import record_conflict, tell_claimants
from tallystick.deals.services.deciding import stop_clock, take_steps_left
from tallystick.deals.services.following import link_opportunity
from tallystick.deals.services.protections import claim_protection, release
from tallystick.deals.services.requests import lapse_requests
from tallystick.kernel.periods import day_of
from tallystick.platform.actors import SYSTEM, Actor
from tallystick.platform.models import Workspace

_UPHOLDABLE = (RegistrationState.SUBMITTED, RegistrationState.DECLINED, RegistrationState.EXPIRED)
_OVERRULABLE = HOLDING | {State.WON}
OVERRULED = "overruled"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRuling:
    """What is ruled. `parts` are partner and parts per million, the source first; none: no partner's claim stands.

    `number` is that of the ruling as its author saw it, so that a form sent twice rules once.
    """

    number: int
    parts: Sequence[tuple[int, int]]
    rule: str
    reason: str

    @property
    def outcome(self) -> RulingOutcome:
        """What it comes to."""
        if not self.parts:
            return RulingOutcome.REJECT
        return RulingOutcome.UPHOLD if len(self.parts) == 1 else RulingOutcome.SHARE


@transaction.atomic
def rule_conflict(actor: Actor, *, conflict_id: int, ruling: NewRuling, at: datetime) -> ConflictRuling:
    """Rule a case in one transaction: the ruling, the protection that follows from it, and word to each side.

    The same ruling sent again is the one that was made. Raises `Conflict.DoesNotExist`, and `ConflictRefused` where
    another was made meanwhile, for parts that do not sum to one, a part of a claim that was withdrawn, a rule that does
    not exist, a reason that names who may not be named, an appeal decided by who ruled before, or a claim that another
    one stands in the way of.
    """
    conflict = Conflict.objects.select_for_update().get(pk=conflict_id)
    made = ConflictRuling.objects.filter(conflict=conflict).order_by("number")
    known = made.filter(number=ruling.number).first()
    if known is not None:
        return _made_before(known, ruling, actor)
    rules = rules_in_force()
    claims = list(
        ConflictClaim.objects.filter(conflict=conflict).select_related("registration", "partner").order_by("pk")
    )
    first = made.first()
    _check(actor, conflict, ruling, claims, rules, first)
    workspace = Workspace.objects.get(pk=conflict.workspace_id)
    today = day_of(at, zone=ZoneInfo(workspace.time_zone))
    reason = check_reason(ruling.reason, foreign_names=_unnameable(claims, rules))
    row = ConflictRuling.objects.create(
        workspace_id=conflict.workspace_id,
        conflict=conflict,
        number=ruling.number,
        outcome=ruling.outcome,
        parts=[list(part) for part in ruling.parts],
        rule=ruling.rule,
        rules_reference=rules.reference,
        reason=reason,
        ruled_at=at,
        ruled_by_id=actor.person_id,
        ruled_by_label=actor.label,
        not_by_id=first.ruled_by_id if first else None,
    )
    _move_protection(actor, conflict, row, claims, at=at)
    conflict.state = ConflictState.RULED
    conflict.appeal_until = last_day(today, rules.engagement.section(ConflictTerms).appeal_days)
    conflict.save(update_fields=["state", "appeal_until"])
    _tell(actor, conflict, row, at=at)
    if first is not None:
        close(actor, conflict, at=at)
    return row


def _made_before(known: ConflictRuling, ruling: NewRuling, actor: Actor) -> ConflictRuling:
    """Return the ruling that was made where it is the same by the same person; else whoever asks must read it first."""
    says = ([list(part) for part in ruling.parts], ruling.rule, ruling.reason.strip())
    if (known.parts, known.rule, known.reason) != says or known.ruled_by_id != actor.person_id:
        raise ConflictRefused(f"The case was ruled meanwhile by {known.ruled_by_label}: read that ruling first.")
    return known


def _check(
    actor: Actor,
    conflict: Conflict,
    ruling: NewRuling,
    claims: Sequence[ConflictClaim],
    rules: RulesInForce,
    first: ConflictRuling | None,
) -> None:
    waiting = conflict.state == ConflictState.OPEN if first is None else conflict.state == ConflictState.APPEALED
    if not waiting or ruling.number != (1 if first is None else 2):
        raise ConflictRefused("The case waits for no ruling.")
    if first is not None and (actor.person_id is None or actor.person_id == first.ruled_by_id):
        raise ConflictRefused("An appeal is decided by another person than ruled before; no program decides it.")
    check_parts(ruling.parts, claimants={claim.partner_id for claim in claims if claim.partner_id is not None})
    given = {partner for partner, _ppm in ruling.parts}
    if any(claim.partner_id in given and is_withdrawn(claim) for claim in claims):
        raise ConflictRefused("A claim that was withdrawn has no part in a ruling.")
    if rules.engagement.rule(ruling.rule) is None:
        raise ConflictRefused("Cite a rule of the rules of engagement in force.")


def is_withdrawn(claim: ConflictClaim) -> bool:
    """Tell whether a partner took its claim back: no ruling gives it a part."""
    return claim.registration is not None and claim.registration.state == RegistrationState.WITHDRAWN


def try_protection(*, conflict_id: int, parts: Sequence[tuple[int, int]], at: datetime) -> None:
    """Move registrations and protections as a ruling would, for a caller that takes its transaction back afterwards.

    Raises `Conflict.DoesNotExist`, and `ConflictRefused` for a claim that another one stands in the way of.
    """
    conflict = Conflict.objects.select_related("opportunity").get(pk=conflict_id)
    claims = list(ConflictClaim.objects.filter(conflict=conflict).order_by("pk"))
    outcome = NewRuling(number=1, parts=parts, rule="", reason="").outcome
    row = ConflictRuling(outcome=outcome, parts=[list(part) for part in parts], rule="", reason="")
    _move_protection(SYSTEM, conflict, row, claims, at=at)


def _unnameable(claims: Sequence[ConflictClaim], rules: RulesInForce) -> list[str]:
    """Return the names that may not stand in the reason: with several partners each is another's secret."""
    if rules.engagement.section(ConflictTerms).names_the_other:
        return []
    partners = [claim.partner for claim in claims if claim.partner is not None]
    return [partner.name for partner in partners] if len(partners) > 1 else []


def _tell(actor: Actor, conflict: Conflict, row: ConflictRuling, *, at: datetime) -> None:
    parts = {int(partner): int(ppm) for partner, ppm in row.parts}
    cited = {"rule": row.rule, "rules": row.rules_reference, "reason": row.reason}
    until = conflict.appeal_until.isoformat() if conflict.appeal_until and row.number == 1 else ""
    data: dict[str, object] = {
        **cited,
        "number": row.number,
        "outcome": row.outcome,
        "parts": row.parts,
        "appeal_until": until,
    }
    summary = f"{conflict.reference} {conflict.company} was ruled: {row.get_outcome_display()}"
    record_conflict(actor, conflict, verb="conflict_ruled", words=summary, data=data, at=at)
    partners = ConflictClaim.objects.filter(conflict=conflict, partner__isnull=False).values_list(
        "partner_id", flat=True
    )
    own: dict[int, dict[str, object]] = {
        partner: {**cited, "ppm": parts.get(partner, 0), "appeal_until": until} for partner in partners if partner
    }
    tell_claimants(actor, conflict, verb="conflict_ruled", words="was ruled", data=own, at=at)


def _move_protection(
    actor: Actor, conflict: Conflict, row: ConflictRuling, claims: Sequence[ConflictClaim], *, at: datetime
) -> None:
    """Let the protection follow: who lost lets go first, then who won takes it. Where claims share it stays."""
    if row.outcome == RulingOutcome.SHARE:
        return
    winner = int(row.parts[0][0]) if row.parts else None
    keys = sorted(claim.registration_id for claim in claims if claim.registration_id is not None)
    locked = {one.pk: one for one in DealRegistration.objects.filter(pk__in=keys).order_by("pk").select_for_update()}
    for registration in locked.values():
        if registration.partner_id != winner and State(registration.state) in _OVERRULABLE:
            _overrule(actor, registration, row, at=at)
    won = next((one for one in locked.values() if one.partner_id == winner), None)
    if won is not None:
        _uphold(actor, conflict, won, row, at=at)


def _overrule(actor: Actor, registration: DealRegistration, row: ConflictRuling, *, at: datetime) -> None:
    registration.state = RegistrationState(next_state(State(registration.state), RegistrationEvent.OVERRULE).value)
    registration.protected_until = None
    registration.opportunity = None
    _decided(actor, registration, row, at=at)
    release(registration.pk, reason=OVERRULED, at=at)


def _uphold(
    actor: Actor, conflict: Conflict, registration: DealRegistration, row: ConflictRuling, *, at: datetime
) -> None:
    if registration.state in _UPHOLDABLE:
        held = Protection.objects.filter(registration=registration, released_at__isnull=True)
        if not held.exists() and not claim_protection(registration, product_key=registration.product_key, at=at):
            raise ConflictRefused("Another registration holds the account by now: rule that case first.")
        workspace = Workspace.objects.get(pk=registration.workspace_id)
        today = day_of(at, zone=ZoneInfo(workspace.time_zone))
        registration.state = RegistrationState(next_state(State(registration.state), RegistrationEvent.UPHOLD).value)
        registration.protected_until = rules_of_claim(registration).engagement.protected_until(today)
        held.update(protected_until=registration.protected_until)
        take_steps_left(registration, label=f"The ruling of {conflict.reference}", at=at)
        _decided(actor, registration, row, at=at)
    deal = conflict.opportunity
    if deal is None or registration.opportunity_id is not None or deal.status == OpportunityStatus.LOST:
        return
    # The CRM may have moved the deal since. One that is won ends the registration with the next look at closed ones.
    if registration.account_id in (None, deal.account_id):
        link_opportunity(actor, registration_id=registration.pk, opportunity_id=deal.pk, at=at)


def _decided(actor: Actor, registration: DealRegistration, row: ConflictRuling, *, at: datetime) -> None:
    registration.decided_at = at
    registration.decided_by_label = actor.label
    registration.decision_rule = row.rule
    registration.decision_reason = row.reason
    stop_clock(registration, at=at)
    registration.save(
        update_fields=[
            "state",
            "protected_until",
            "opportunity",
            "decided_at",
            "decided_by_label",
            "decision_rule",
            "decision_reason",
            "clock_stopped_at",
            "escalates_at",
        ]
    )
    lapse_requests([registration.pk], at=at)
