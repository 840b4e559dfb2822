"""Random histories of one company's registrations, step by step beside a model small enough to be read."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tallystick.crm.models import Account, Opportunity
from tallystick.deals import invariants
from tallystick.deals.models import DealRegistration, Protection
from tallystick.deals.rules.states import TransitionRefused
from tallystick.deals.services import (
    RequestRefused,
    approve_registration,
    decline_registration,
    expire_protections,
    grant_request,
    link_opportunity,
    request_extension,
    settle_closed_registrations,
    withdraw_registration,
)
from tallystick.partners.models import Partner
from tallystick.platform.tenancy import Scope
from tests.factories import make_row

from .claims import ACTOR, AT, submit

STEPS = ("register", "rival", "approve", "decline", "withdraw", "extend", "link", "open", "won", "lost", "wait")
HOLDS = {"submitted", "approved", "converted"}


@dataclass
class Model:
    """The claims to one company, oldest first, as [state, last protected day, was extended]; and its opportunity."""

    claims: list[list[Any]] = field(default_factory=list)
    linked: int | None = None
    crm: str = "open"
    day: int = 0

    @property
    def held(self) -> bool:
        return any(claim[0] in HOLDS for claim in self.claims)

    def latest(self, *states: str) -> int | None:
        found = [number for number, claim in enumerate(self.claims) if claim[0] in states]
        return found[-1] if found else None

    @property
    def linkable(self) -> int | None:
        return self.latest("submitted", "approved", "expired") if self.linked is None else None

    def follow(self) -> None:
        """Let the linked claim say what the CRM says, unless another holds the company."""
        if self.linked is None:
            return
        claim = self.claims[self.linked]
        if claim[0] not in {"approved", "converted", "expired", "won", "lost"}:
            return
        if self.crm != "open":
            claim[0] = self.crm
        elif claim[0] in HOLDS or not self.held:
            claim[0] = "converted"
        else:
            claim[0] = "expired"

    def expire(self) -> None:
        for claim in self.claims:
            if claim[0] == "approved" and claim[1] < self.day:
                claim[0] = "expired"


class History:
    """The same claims in the database."""

    def __init__(self) -> None:
        self.model = Model()
        self.partners = [make_row(Partner, name="Corvid"), make_row(Partner, name="Kite")]
        account = make_row(Account, name="Cellvia", domain="cellvia.com", normalised_name="cellvia")
        self.opportunity = make_row(Opportunity, account=account, status="open", opened_on=date(2026, 11, 20))
        self.made: list[int] = []

    def step(self, name: str) -> None:
        at, model = AT + timedelta(days=self.model.day), self.model
        match name:
            case "register" | "rival":
                partner = self.partners[name == "rival"]
                model.expire()
                model.claims.append(["declined" if model.held else "submitted", None, False])
                self.made.append(submit(partner.pk, days=model.day, seed=len(self.made) + 1).registration.pk)
            case "approve" if (number := model.latest("submitted")) is not None:
                model.claims[number][:2] = ["approved", model.day + 90]
                approve_registration(ACTOR, registration_id=self.made[number], at=at)
                if model.linked == number:
                    model.claims[number][0] = "converted"
            case "decline" if (number := model.latest("submitted")) is not None:
                model.claims[number][0] = "declined"
                decline_registration(ACTOR, registration_id=self.made[number], reason="No.", at=at)
            case "withdraw" if (number := model.latest(*HOLDS)) is not None:
                model.claims[number][0] = "withdrawn"
                withdraw_registration(ACTOR, registration_id=self.made[number], at=at)
            case "extend" if (number := model.latest("approved")) is not None:
                self.extend(number)
            case "link" if (number := model.linkable) is not None:
                self.link(number)
            case "open" | "won" | "lost":
                model.crm = name
                Opportunity.objects.filter(pk=self.opportunity.pk).update(status=name)
                model.follow()
                settle_closed_registrations(ACTOR, at=at)
            case "wait":
                model.day += 35
                model.expire()
                expire_protections(ACTOR, at=AT + timedelta(days=model.day))
            case _:
                self.refused()

    def extend(self, number: int) -> None:
        claim, at = self.model.claims[number], AT + timedelta(days=self.model.day)
        may = not claim[2] and self.model.day >= claim[1] - 30
        try:
            asked = request_extension(ACTOR, registration_id=self.made[number], days=30, reason="Trial.", at=at)
        except RequestRefused:
            assert not may
            return
        assert may
        grant_request(ACTOR, request_id=asked.pk, at=at)
        claim[1:] = [claim[1] + 30, True]

    def link(self, number: int) -> None:
        model, at = self.model, AT + timedelta(days=self.model.day)
        model.linked = number
        link_opportunity(ACTOR, registration_id=self.made[number], opportunity_id=self.opportunity.pk, at=at)
        model.follow()
        settle_closed_registrations(ACTOR, at=at)

    def refused(self) -> None:
        """What cannot happen is refused and changes nothing."""
        ended = self.model.latest("declined", "withdrawn")
        if ended is not None:
            with pytest.raises(TransitionRefused):
                approve_registration(ACTOR, registration_id=self.made[ended], at=AT)

    def check(self) -> None:
        states = dict(DealRegistration.objects.values_list("pk", "state"))
        assert [states[key] for key in self.made] == [claim[0] for claim in self.model.claims]
        assert Protection.objects.filter(released_at__isnull=True).count() == self.model.held
        for rule in (
            invariants.one_active_protection,
            invariants.live_registrations_hold_their_protection,
            invariants.protections_end_when_registrations_say,
            invariants.what_waits_belongs_to_live_registrations,
            invariants.approvals_took_every_step,
        ):
            assert list(rule()) == []


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(steps=st.lists(st.sampled_from(STEPS), min_size=4, max_size=16))
def test_every_history_ends_as_the_model_says(vendor: Scope, steps: list[str]) -> None:
    with transaction.atomic():
        history = History()
        for name in steps:
            history.step(name)
            history.check()
        transaction.set_rollback(True)
