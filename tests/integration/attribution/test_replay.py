"""Facts that arrive in any order, with repeats, and decided at any moment between, leave the same end state."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tallystick.attribution.models import Decision, PendingOpportunity
from tallystick.attribution.rules.facts import TouchKind
from tallystick.attribution.services import NewTouch, mark_accounts, record_touch
from tallystick.crm.models import Account, Opportunity, SalesActivity
from tallystick.flows.attribution import decide
from tallystick.partners.models import Partner
from tallystick.platform.invariants import violations
from tallystick.platform.tenancy import Scope
from tests.factories import make_row

from .facts import ACTOR, AT, make_account, make_opportunity, make_partner

CREATED = date(2026, 3, 5)
WHEN = st.integers(-200, 120).map(lambda days: CREATED + timedelta(days=days))


@dataclass(frozen=True)
class ToldTouch:
    """A touch as a story tells it, by the number of its partner."""

    number: int
    partner: int
    kind: TouchKind
    happened_on: date


@dataclass(frozen=True)
class ToldMeeting:
    """A meeting of our own team."""

    number: int
    happened_on: date


stories = st.tuples(
    st.lists(
        st.builds(ToldTouch, st.integers(1, 9), st.integers(0, 2), st.sampled_from(TouchKind), WHEN),
        min_size=1,
        max_size=6,
        unique_by=lambda touch: touch.number,
    ),
    st.lists(st.builds(ToldMeeting, st.integers(1, 3), WHEN), max_size=2, unique_by=lambda meeting: meeting.number),
)


class Telling:
    """Tells a story about one account with two opportunities, and reads how it ended."""

    def __init__(self, name: str, partners: list[Partner]) -> None:
        self.name = name
        self.partners = partners
        self.account: Account = make_account(name)
        self.opportunities = [
            make_opportunity(self.account, key=f"{name}-1", opened="2026-03-05"),
            make_opportunity(self.account, key=f"{name}-2", opened="2026-04-20", closed="2026-06-01"),
        ]

    def tell(self, fact: ToldTouch | ToldMeeting) -> None:
        match fact:
            case ToldTouch():
                touch = NewTouch(
                    partner_id=self.partners[fact.partner].pk,
                    account_id=self.account.pk,
                    kind=fact.kind,
                    happened_on=fact.happened_on,
                    learned_on=fact.happened_on,
                    source=self.name,
                    external_id=str(fact.number),
                )
                record_touch(ACTOR, touch=touch, at=AT)
            case ToldMeeting():
                known = SalesActivity.objects.filter(source=self.name, external_id=str(fact.number))
                if not known.exists():
                    make_row(
                        SalesActivity,
                        source=self.name,
                        external_id=str(fact.number),
                        account=self.account,
                        kind="meeting",
                        happened_on=fact.happened_on,
                    )
                    SalesActivity.objects.filter(source=self.name).update(learned_at=AT - timedelta(days=300))
                    mark_accounts([self.account.pk])

    def end_state(self) -> list[tuple[str, object, object]]:
        list(decide(ACTOR, at=AT))
        assert not PendingOpportunity.objects.exists()
        decisions = Decision.objects.filter(opportunity__in=self.opportunities, is_current=True).order_by("opportunity")
        return [(d.credit_class, d.record.get("source"), d.record.get("shares")) for d in decisions]


@pytest.mark.usefixtures("vendor")
class TestReplay:
    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(story=stories, order=st.randoms(use_true_random=False), data=st.data())
    def test_order_repeats_and_the_moments_of_deciding_leave_no_trace(
        self,
        vendor: Scope,
        story: tuple[list[ToldTouch], list[ToldMeeting]],
        order: Random,
        data: st.DataObject,
    ) -> None:
        tidy_facts: list[ToldTouch | ToldMeeting] = [*story[0], *story[1]]
        shuffled = [fact for fact in tidy_facts for _ in range(data.draw(st.integers(1, 2)))]
        order.shuffle(shuffled)
        number = Opportunity.objects.count()
        partners = [make_partner(f"{name} {number}") for name in ("Corvid", "Northwind", "Solano")]
        tidy, wild = Telling(f"tidy{number}", partners), Telling(f"wild{number}", partners)

        for fact in tidy_facts:
            tidy.tell(fact)
        for fact in shuffled:
            wild.tell(fact)
            if order.random() < 0.4:
                list(decide(ACTOR, at=AT))

        assert wild.end_state() == tidy.end_state()
        assert list(violations(workspace_id=vendor.workspace_id or 0)) == []
