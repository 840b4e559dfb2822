"""Requests of partners for a registration they hold: more time, or a change of what they registered.

A request changes nothing until it is granted, by a person or by the rule that accepts small changes; then it changes
what it names and nothing else: neither the moment of the claim, nor its receipt, nor its protection.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction

from tallystick.deals.models import (
    DealRegistration,
    Protection,
    RegistrationRequest,
    RegistrationState,
    RequestKind,
    RequestState,
)
from tallystick.deals.rules.requests import ProtectionFacts, RequestRefused, accepted_at_once, changes, check_extension
from tallystick.deals.services.recording import DECIDED_BY_PERSON, record
from tallystick.deals.services.terms import terms_of
from tallystick.kernel.explanations import FactValue
from tallystick.kernel.periods import day_of
from tallystick.partners.standing import product_key_of
from tallystick.platform.actors import Actor
from tallystick.platform.models import Workspace

AMENDABLE: Final = ("value_minor", "currency", "close_on", "product_key", "contact_name", "contact_email")
CAN_CHANGE: Final = frozenset({RegistrationState.SUBMITTED, RegistrationState.APPROVED, RegistrationState.CONVERTED})
RULE: Final = "The rules of engagement"
ASKED: Final = {RequestKind.EXTENSION: "extension", RequestKind.AMENDMENT: "amendment"}


@transaction.atomic
def request_extension(
    actor: Actor, *, registration_id: int, days: int, reason: str, at: datetime
) -> RegistrationRequest:
    """Ask for more days of protection, with the reason and what shows it. The vendor decides.

    While the request waits the protection does not run out: our delay is not the partner's. Works in the partner's
    scope. Raises `DealRegistration.DoesNotExist` and `RequestRefused`.
    """
    registration = DealRegistration.objects.select_for_update().get(pk=registration_id)
    if registration.state != RegistrationState.APPROVED or registration.protected_until is None:
        raise RequestRefused("Only a registration that is approved and no opportunity yet can be extended.")
    until = _extended_until(registration, days=days, at=at)
    return _ask(
        actor,
        registration,
        RequestKind.EXTENSION,
        reason=reason,
        before={"protected_until": registration.protected_until.isoformat()},
        after={"protected_until": until.isoformat(), "days": days},
        at=at,
    )


@transaction.atomic
def request_amendment(
    actor: Actor, *, registration_id: int, new: Mapping[str, FactValue], reason: str, at: datetime
) -> RegistrationRequest:
    """Ask to change what was registered; the terms may accept a small change at once.

    `new` holds the fields of `AMENDABLE` as they should be, money in minor units, days as ISO 8601. Works in the
    partner's scope. Raises `DealRegistration.DoesNotExist` and `RequestRefused`.
    """
    registration = DealRegistration.objects.select_for_update().get(pk=registration_id)
    if registration.state not in CAN_CHANGE:
        raise RequestRefused("Only a registration in review, approved or converted can be changed.")
    old = registered_facts(registration)
    if "product_key" in new:
        new = {**new, "product_key": product_key_of(str(new["product_key"] or ""))}
    changed = changes(old, new)
    request = _ask(
        actor,
        registration,
        RequestKind.AMENDMENT,
        reason=reason,
        before={name: before for name, (before, _after) in changed.items()},
        after={name: after for name, (_before, after) in changed.items()},
        at=at,
    )
    terms = terms_of(registration)
    if accepted_at_once(terms.protection, _since_agreed(registration, changed)):
        _amend(registration, request)
        _close(request, RequestState.GRANTED, label=RULE, rule=f"protection.amendment {terms.policy}", reason="", at=at)
        _record(actor, registration, request, verb="registration_amended", words="was changed, as the rules allow")
    return request


def _since_agreed(
    registration: DealRegistration, changed: Mapping[str, tuple[FactValue, FactValue]]
) -> Mapping[str, tuple[FactValue, FactValue]]:
    """Return a change as it is judged: a value against the one a person last agreed to, so that steps do not add up."""
    if "value_minor" not in changed:
        return changed
    granted = RegistrationRequest.objects.filter(
        registration=registration,
        kind=RequestKind.AMENDMENT,
        state=RequestState.GRANTED,
        after__has_key="value_minor",
        decided_at__gte=registration.decided_at or registration.submitted_at,
    )
    agreed, new = changed["value_minor"]
    for before, rule in granted.order_by("-pk").values_list("before", "decision_rule"):
        if rule == DECIDED_BY_PERSON:
            break
        agreed = before["value_minor"]
    return {**changed, "value_minor": (agreed, new)}


def registered_facts(registration: DealRegistration) -> dict[str, FactValue]:
    """Return what a partner registered and can ask to change, as requests hold it."""
    return {
        "value_minor": registration.value_minor,
        "currency": registration.currency,
        "close_on": registration.close_on.isoformat() if registration.close_on else None,
        "product_key": registration.product_key,
        "contact_name": registration.contact_name,
        "contact_email": registration.contact_email,
    }


@transaction.atomic
def grant_request(actor: Actor, *, request_id: int, at: datetime) -> RegistrationRequest:
    """Grant a request: the protection is longer, or what was registered is changed. Vendor's side.

    Raises `RegistrationRequest.DoesNotExist`, and `RequestRefused` where it waits no longer or cannot be granted, as
    when another registration holds the product.
    """
    request, registration = _waiting(request_id)
    if request.kind == RequestKind.EXTENSION:
        registration.protected_until = _extended_until(registration, days=int(request.after["days"]), at=at, late=True)
        registration.extensions += 1
        registration.save(update_fields=["protected_until", "extensions"])
        request.after = {**request.after, "protected_until": registration.protected_until.isoformat()}
        request.save(update_fields=["after"])
        Protection.objects.filter(registration=registration, released_at__isnull=True).update(
            protected_until=registration.protected_until
        )
        verb, words = "registration_extended", f"is protected until {registration.protected_until.isoformat()}"
    else:
        _amend(registration, request)
        verb, words = "registration_amended", "was changed"
    _close(request, RequestState.GRANTED, label=actor.label, rule=DECIDED_BY_PERSON, reason="", at=at)
    _record(actor, registration, request, verb=verb, words=words)
    return request


@transaction.atomic
def decline_request(actor: Actor, *, request_id: int, reason: str, at: datetime) -> RegistrationRequest:
    """Decline a request with the reason the partner reads; nothing is changed. Vendor's side.

    Raises `RegistrationRequest.DoesNotExist`, and `RequestRefused` where it waits no longer or no reason is given.
    """
    if not reason.strip():
        raise RequestRefused("Tell the partner why: no request is declined without a reason.")
    request, registration = _waiting(request_id)
    _close(request, RequestState.DECLINED, label=actor.label, rule=DECIDED_BY_PERSON, reason=reason.strip(), at=at)
    kind = ASKED[RequestKind(request.kind)]
    _record(actor, registration, request, verb=f"registration_{kind}_declined", words=f"keeps: {kind} declined")
    return request


@transaction.atomic
def take_back_request(actor: Actor, *, request_id: int, at: datetime) -> RegistrationRequest:
    """Take a request back that nobody has decided. Works in the partner's scope. Raises as `grant_request` does."""
    request, registration = _waiting(request_id)
    _close(request, RequestState.TAKEN_BACK, label=actor.label, rule="", reason="", at=at)
    kind = ASKED[RequestKind(request.kind)]
    _record(actor, registration, request, verb="registration_request_taken_back", words=f"asks for no {kind} any more")
    return request


def lapse_requests(registration_ids: Iterable[int], *, at: datetime, kinds: Iterable[str] = RequestKind.values) -> int:
    """Close the requests that still wait for registrations that have ended. Returns how many."""
    waiting = RegistrationRequest.objects.filter(
        registration_id__in=list(registration_ids), state=RequestState.WAITING, kind__in=list(kinds)
    )
    return waiting.update(state=RequestState.LAPSED, decided_at=at)


def _waiting(request_id: int) -> tuple[RegistrationRequest, DealRegistration]:
    """Lock a request that waits and its registration, the registration first."""
    registration_id = RegistrationRequest.objects.values_list("registration_id", flat=True).get(pk=request_id)
    registration = DealRegistration.objects.select_for_update().get(pk=registration_id)
    request = RegistrationRequest.objects.select_for_update().get(pk=request_id)
    if request.state != RequestState.WAITING:
        raise RequestRefused(f"This request waits no longer: {request.get_state_display().lower()}.")
    return request, registration


def _extended_until(registration: DealRegistration, *, days: int, at: datetime, late: bool = False) -> date:
    """Return the last day an extension gives.

    `late` judges a request by the day it was made, not by today; where it is granted only after the protection would
    have ended, the days count from today.
    """
    assert registration.protected_until is not None  # noqa: S101 - an approved registration has an end
    zone = ZoneInfo(Workspace.objects.get(pk=registration.workspace_id).time_zone)
    terms = terms_of(registration, zone=zone).protection
    facts = ProtectionFacts(registration.protected_until, registration.extensions)
    today = day_of(at, zone=zone)
    on = min(today, registration.protected_until) if late else today
    return check_extension(terms, facts, days=days, on=on) + (today - on)


def _ask(
    actor: Actor,
    registration: DealRegistration,
    kind: RequestKind,
    *,
    reason: str,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    at: datetime,
) -> RegistrationRequest:
    if not reason.strip():
        raise RequestRefused("Say why, and what shows it: the vendor decides by that.")
    if RegistrationRequest.objects.filter(registration=registration, kind=kind, state=RequestState.WAITING).exists():
        raise RequestRefused("You have asked already, and wait for the answer. Take that request back to ask anew.")
    request = RegistrationRequest.objects.create(
        workspace_id=registration.workspace_id,
        registration=registration,
        partner_id=registration.partner_id,
        kind=kind,
        reason=reason.strip(),
        before=dict(before),
        after=dict(after),
        asked_at=at,
        asked_by_id=actor.person_id,
        asked_by_label=actor.label,
        answer_due_at=terms_of(registration).request_due(at),
    )
    words = "asks for more time" if kind == RequestKind.EXTENSION else "asks for a change"
    _record(actor, registration, request, verb=f"registration_{ASKED[kind]}_requested", words=words)
    return request


_HELD: Final = {
    "one_active_protection_an_account_and_product": "Another registration holds this product at the company.",
    "whole_account_and_product_are_never_protected_side_by_side": (
        "Another registration holds a part of the company that this one would hold, too."
    ),
}
"""What a change of product may meet, by the constraint that judges it."""


def _amend(registration: DealRegistration, request: RegistrationRequest) -> None:
    """Write what an amendment names. Another product is claimed like any: one holder, whoever races."""
    new = dict(request.after)
    if "close_on" in new:
        new["close_on"] = date.fromisoformat(new["close_on"]) if new["close_on"] else None
    for name, value in new.items():
        setattr(registration, name, value)
    registration.save(update_fields=sorted(new))
    if "product_key" not in new:
        return
    try:
        with transaction.atomic():
            Protection.objects.filter(registration=registration, released_at__isnull=True).update(
                product_key=registration.product_key
            )
    except IntegrityError as error:
        refused = next((words for constraint, words in _HELD.items() if constraint in str(error)), None)
        if refused is None:
            raise
        raise RequestRefused(refused) from error


def _close(
    request: RegistrationRequest, state: RequestState, *, label: str, rule: str, reason: str, at: datetime
) -> None:
    request.state, request.decided_at = state, at
    request.decided_by_label, request.decision_rule, request.decision_reason = label, rule[:60], reason
    request.save(update_fields=["state", "decided_at", "decided_by_label", "decision_rule", "decision_reason"])


def _record(
    actor: Actor, registration: DealRegistration, request: RegistrationRequest, *, verb: str, words: str
) -> None:
    record(
        actor,
        registration,
        verb=verb,
        words=words,
        data={
            "request": request.pk,
            "kind": request.kind,
            "before": request.before,
            "after": request.after,
            "asks": request.reason,
            "reason": request.decision_reason,
            "answer_due_at": request.answer_due_at.isoformat(),
            "rule": request.decision_rule,
        },
        at=request.decided_at or request.asked_at,
    )
