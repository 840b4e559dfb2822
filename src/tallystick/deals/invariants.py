"""What must hold of registrations, protections and leads at every moment."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Count, Exists, F, OuterRef, Q

from tallystick.deals.models import (
    ApprovalStep,
    ConflictClaim,
    ConflictRuling,
    DealRegistration,
    Lead,
    LeadOffer,
    PartnerQuestion,
    Protection,
    RegistrationRequest,
    RegistrationState,
    RequestState,
)
from tallystick.deals.receipts import receipts_that_differ
from tallystick.platform.invariants import invariant


@invariant(id="R1", sentence="An account and product has at most one active protection.")
def one_active_protection() -> Iterator[str]:
    """Yield accounts that are protected more than once."""
    rows = (
        Protection.objects.filter(released_at__isnull=True)
        .values_list("account_key", "product_key")
        .annotate(claims=Count("pk"))
        .filter(claims__gt=1)
        .order_by("account_key", "product_key")
    )
    for account_key, product_key, claims in rows:
        yield f"{account_key} {product_key} has {claims} active protections."


@invariant(id="R3", sentence="No account is protected as a whole while a product of it is protected.")
def no_overlap() -> Iterator[str]:
    """Yield accounts whose whole and a product are protected side by side."""
    held = Protection.objects.filter(released_at__isnull=True)
    whole = held.filter(product_key="").values("account_key")
    rows = held.exclude(product_key="").filter(account_key__in=whole).order_by("account_key", "product_key")
    for account_key, product_key in rows.values_list("account_key", "product_key"):
        yield f"{account_key} is protected as a whole and for {product_key}."


@invariant(
    id="R2",
    sentence="Every registration in review, approved or converted holds its protection, and no other does; "
    "one that came second and may not be told so waits without.",
)
def live_registrations_hold_their_protection() -> Iterator[str]:
    """Yield registrations whose state and protection disagree."""
    live = [RegistrationState.SUBMITTED, RegistrationState.APPROVED, RegistrationState.CONVERTED]
    without = DealRegistration.objects.filter(state__in=live).exclude(protections__released_at__isnull=True)
    without = without.exclude(~Q(undisclosed_rule=""), state=RegistrationState.SUBMITTED)
    for reference in without.order_by("pk").values_list("reference", flat=True):
        yield f"{reference} is in review, approved or converted and holds no protection."
    ended = [RegistrationState.DECLINED, RegistrationState.WITHDRAWN, RegistrationState.EXPIRED]
    held = Protection.objects.filter(released_at__isnull=True, registration__state__in=ended)
    for reference in held.order_by("pk").values_list("registration__reference", flat=True):
        yield f"{reference} has ended and still holds a protection."


@invariant(id="R4", sentence="A registration's protection ends when it says, and never while its opportunity is open.")
def protections_end_when_registrations_say() -> Iterator[str]:
    """Yield protections that end on another day than their registration, or at all though it is converted."""
    held = Protection.objects.filter(released_at__isnull=True)
    approved = held.filter(registration__state=RegistrationState.APPROVED)
    other_day = approved.exclude(protected_until=F("registration__protected_until"))
    for reference in other_day.order_by("pk").values_list("registration__reference", flat=True):
        yield f"{reference} is protected until another day than it says."
    ending = held.filter(registration__state=RegistrationState.CONVERTED, protected_until__isnull=False)
    for reference in ending.order_by("pk").values_list("registration__reference", flat=True):
        yield f"{reference} is an opportunity, and its protection has an end."


@invariant(id="R5", sentence="What waits belongs to a registration that goes on: no request or question outlives it.")
def what_waits_belongs_to_live_registrations() -> Iterator[str]:
    """Yield requests that wait though their registration has ended, and clocks that disagree with their question."""
    live = [RegistrationState.SUBMITTED, RegistrationState.APPROVED, RegistrationState.CONVERTED]
    requests = RegistrationRequest.objects.filter(state=RequestState.WAITING).exclude(registration__state__in=live)
    for reference in requests.order_by("pk").values_list("registration__reference", flat=True):
        yield f"{reference} has ended, and a request for it still waits."
    asked = Exists(PartnerQuestion.objects.filter(registration=OuterRef("pk"), answered_at__isnull=True))
    stopped = Q(clock_stopped_at__isnull=False)
    differing = DealRegistration.objects.filter((stopped & ~asked) | (~stopped & asked))
    for reference in differing.order_by("pk").values_list("reference", flat=True):
        yield f"The clock of {reference} and the question to its partner disagree."


@invariant(id="R6", sentence="An approval by people has taken every step, in order, each by another person.")
def approvals_took_every_step() -> Iterator[str]:
    """Yield registrations that were approved with a step left, or that skipped one."""
    was_approved = DealRegistration.objects.filter(protected_until__isnull=False)
    # What was declined at once and upheld by a ruling, or came before there were steps, has none.
    left = ApprovalStep.objects.filter(registration=OuterRef("pk"), taken_at__isnull=True)
    for reference in was_approved.filter(Exists(left)).order_by("pk").values_list("reference", flat=True):
        yield f"{reference} was approved with a step left."
    earlier = ApprovalStep.objects.filter(
        registration=OuterRef("registration"), position__lt=OuterRef("position"), taken_at__isnull=True
    )
    skipped = ApprovalStep.objects.filter(Exists(earlier), taken_at__isnull=False)
    for reference in skipped.order_by("pk").values_list("registration__reference", flat=True).distinct():
        yield f"{reference} skipped a step of its approval."


@invariant(
    id="R7",
    sentence="A registration or lead shows the moment, the partner and the proof that its entry in the chain holds.",
)
def receipts_are_their_entries() -> Iterator[str]:
    """Yield registrations and leads that say something else than the entry their receipt is."""
    yield from receipts_that_differ()


@invariant(id="LD1", sentence="A lead was accepted by one partner at most, and is offered to nobody while it is.")
def one_partner_has_a_lead() -> Iterator[str]:
    """Yield leads with an accepted offer of another partner than theirs, or an open offer beside their partner."""
    accepted = LeadOffer.objects.filter(state="accepted").exclude(lead__partner_id=F("partner_id"))
    for reference in accepted.order_by("pk").values_list("reference", flat=True):
        yield f"{reference} was accepted by another partner than it belongs to."
    still_open = LeadOffer.objects.filter(state="open").exclude(lead__state="new")
    for reference in still_open.order_by("pk").values_list("reference", flat=True):
        yield f"{reference} is offered although it is not new any more."


@invariant(id="LD2", sentence="A lead that was converted to a registration became one of its own partner.")
def converted_leads_are_their_own() -> Iterator[str]:
    """Yield converted leads whose registration is another partner's; the CRM may move an opportunity as it likes."""
    foreign = Lead.objects.filter(state="converted", registration__isnull=False).exclude(
        registration__partner_id=F("partner_id")
    )
    for reference in foreign.order_by("pk").values_list("reference", flat=True):
        yield f"{reference} was converted to a deal that is not its own."


@invariant(id="CF1", sentence="The parts of a ruling sum to exactly one, or no partner's claim stands.")
def ruled_parts_sum_to_one() -> Iterator[str]:
    """Yield rulings whose parts do not, or that give a part to somebody who claimed nothing."""
    for row in ConflictRuling.objects.order_by("pk"):
        partners = ConflictClaim.objects.filter(conflict_id=row.conflict_id).values_list("partner_id", flat=True)
        whole = sum(ppm for _, ppm in row.parts)
        if (row.parts and whole != 1_000_000) or not {partner for partner, _ in row.parts} <= set(partners):
            yield f"Ruling {row.number} of case {row.conflict_id} divides {whole} parts per million."
