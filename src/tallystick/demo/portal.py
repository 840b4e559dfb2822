"""What partners did in the portal and how the partner manager answered, as calls of the deal desk's services."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from tallystick.deals.models import DealRegistration, RegistrationState
from tallystick.deals.services import (
    NewRegistration,
    decline_registration,
    expire_protections,
    link_opportunity,
    settle_closed_registrations,
    submit_registration,
    withdraw_registration,
)
from tallystick.deals.services.submitting import ENTROPY_NEEDED
from tallystick.demo.chronicle import Chronicle, Moment, as_actor, morning
from tallystick.demo.claims import Claim, Outcome
from tallystick.demo.imports import Timetable
from tallystick.demo.loading import Loader
from tallystick.demo.world import World
from tallystick.flows.registrations import approve_registration
from tallystick.kernel.money import Money
from tallystick.platform.actors import SYSTEM
from tallystick.platform.tenancy import current_workspace_id, scope

AFTER_IMPORT = timedelta(minutes=1)
"""Linking follows the export that brought the opportunity, and the end of a registration follows that."""


class Portal:
    """The registrations of a world, as moments of its chronicle."""

    def __init__(self, world: World, *, chronicle: Chronicle, loader: Loader, times: Timetable) -> None:
        self._world, self._chronicle, self._loader, self._times = world, chronicle, loader, times
        self._registrations: dict[tuple[str, str], int] = {}

    def moments(self) -> Iterator[Moment]:
        """Give everything that happened to registrations: submitted, answered, linked, won or lost, expired."""
        closed = {deal.key: deal for deal in self._world.opportunities}
        for claim in self._world.claims:
            yield Moment(claim.submitted_at, partial(self._submit, claim))
            if claim.decided_at:
                yield Moment(claim.decided_at, partial(self._answer, claim))
            if claim.opportunity:
                deal = closed[claim.opportunity]
                yield Moment(self._times.read_at(deal.seen_on) + AFTER_IMPORT, partial(self._link, claim))
                if deal.status != "open":
                    yield Moment(self._times.read_at(deal.close_on) + 2 * AFTER_IMPORT, partial(self._close, claim))
        monday = self._world.claims[0].submitted_at.date()
        monday -= timedelta(days=monday.weekday())
        while monday <= self._world.anchor:
            yield Moment(morning(monday) - timedelta(hours=4), self._expire)
            monday += timedelta(days=7)

    def _submit(self, claim: Claim, at: datetime) -> None:
        partner = self._chronicle.partners[claim.partner]
        seller = as_actor(self._chronicle.people[claim.submitted_by])
        told = NewRegistration(
            company=claim.company,
            website=claim.website,
            country=claim.country,
            contact_name=claim.contact_name,
            contact_email=claim.contact_email,
            value=Money(claim.value_minor, claim.currency),
        )
        entropy = hashlib.sha256(f"{claim.partner}/{claim.company}/{claim.value_minor}".encode()).digest()
        with scope(workspace_id=current_workspace_id(), partner_id=partner.pk):
            receipt = submit_registration(
                seller, partner_id=partner.pk, claim=told, at=at, entropy=entropy[:ENTROPY_NEEDED]
            )
        self._registrations[claim.partner, claim.company] = receipt.registration.pk

    def _answer(self, claim: Claim, at: datetime) -> None:
        """Let the person decide what the deal desk has not declined at once."""
        registration_id = self._registrations[claim.partner, claim.company]
        if DealRegistration.objects.get(pk=registration_id).state != RegistrationState.SUBMITTED:
            return
        manager = self._chronicle.by("partner_manager")
        match claim.outcome:
            case Outcome.APPROVED:
                approve_registration(manager, registration_id=registration_id, at=at)
            case Outcome.DECLINED:
                decline_registration(manager, registration_id=registration_id, reason=claim.reason, at=at)
            case Outcome.WITHDRAWN:
                seller = as_actor(self._chronicle.people[claim.submitted_by])
                withdraw_registration(seller, registration_id=registration_id, at=at)
            case Outcome.WAITING:
                pass

    def _link(self, claim: Claim, at: datetime) -> None:
        link_opportunity(
            self._chronicle.by("revops"),
            registration_id=self._registrations[claim.partner, claim.company],
            opportunity_id=self._loader.opportunity_id(claim.opportunity),
            at=at,
        )

    def _close(self, claim: Claim, at: datetime) -> None:
        settle_closed_registrations(SYSTEM, opportunity_ids=[self._loader.opportunity_id(claim.opportunity)], at=at)

    def _expire(self, at: datetime) -> None:
        expire_protections(SYSTEM, at=at)
