"""Lives through the three years: who joined, what was published, imported, registered and decided, in order of time.

Each step is a call of a real service with the instant at which it happened, so that the activity stream tells the
story in its order and everything the screens show was decided by the product itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial

from tallystick.attribution.rules.policy import DEFAULT_POLICY
from tallystick.attribution.rules.policy_document import policy_document
from tallystick.attribution.services import publish_policy
from tallystick.demo.cast import PartnerPlan, TrackPlan, colleagues, track_plans
from tallystick.demo.world import World
from tallystick.partners.invitations import add_partner_person
from tallystick.partners.models import Lifecycle, Partner, PartnerRole, PartnerType, Tier
from tallystick.partners.services import change_lifecycle, change_tier, create_partner
from tallystick.platform.actors import Actor, ActorKind
from tallystick.platform.models import Person, WorkspaceRole
from tallystick.platform.people import add_member, person_with
from tallystick.programmes.models import Motion
from tallystick.programmes.services import create_track, publish_plan, save_plan_draft

FOUNDED_DAYS = 1125
"""Days before the anchor on which the workspace's people began to use it."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened: when, and the call that makes it happen again."""

    at: datetime
    happens: Callable[[datetime], object]


class Chronicle:
    """What happened in the workspace in scope, as calls of services.

    Remembers people by role or address, and partners by name.
    """

    def __init__(self, world: World, *, operator: Actor) -> None:
        self._world, self._operator = world, operator
        self.people: dict[str, Person] = {}
        self.partners: dict[str, Partner] = {}

    def employ(self) -> None:
        """Add the vendor's people; everything else is done by one of them."""
        at = founded_at(self._world.anchor)
        for colleague in colleagues():
            person = person_with(email=colleague.email, name=colleague.name)
            add_member(self._operator, person=person, role=WorkspaceRole(colleague.role), at=at)
            self.people.setdefault(colleague.role, person)

    def live(self, others: Iterable[Moment]) -> None:
        """Let everything happen in the order of time, with the other moments in between."""
        moments = [*self._programme(), *self._partnerships(), *others]
        for moment in sorted(moments, key=lambda moment: moment.at):
            moment.happens(moment.at)

    def by(self, role: str) -> Actor:
        """Return the vendor's person in a role as the author of a change."""
        return as_actor(self.people[role])

    def _programme(self) -> Iterator[Moment]:
        """Tracks, plan versions and the attribution policy."""
        first_day = self._world.anchor - timedelta(days=FOUNDED_DAYS - 1)
        yield Moment(morning(first_day), self._publish_policy)
        for track in track_plans(self._world.anchor):
            yield Moment(morning(first_day, minute=10), partial(self._open_track, track))
            for version in track.versions:
                published_on = max(version.valid_from - timedelta(days=9), first_day)
                yield Moment(morning(published_on, minute=30), partial(self._publish_plan, version.text))

    def _publish_policy(self, at: datetime) -> None:
        publish_policy(self.by("revops"), document=policy_document(DEFAULT_POLICY), at=at)

    def _open_track(self, track: TrackPlan, at: datetime) -> None:
        create_track(
            self.by("partner_manager"),
            partner_type=PartnerType(track.partner_type),
            motion=Motion(track.motion),
            name=track.name,
            kpi=track.kpi,
            owner=self.people["partner_manager"],
            at=at,
        )

    def _publish_plan(self, text: str, at: datetime) -> None:
        draft = save_plan_draft(self.by("revops"), document=text, at=at)
        publish_plan(self.by("finance"), version_id=draft.pk, at=at)

    def _partnerships(self) -> Iterator[Moment]:
        """Partners join with their people, rise in tier, and some fall silent."""
        for plan in self._world.partners:
            yield Moment(morning(plan.joined_on), partial(self._join, plan))
            for tier, valid_from in plan.tiers[1:]:
                yield Moment(morning(valid_from), partial(self._rise, plan, Tier(tier)))
            if plan.lifecycle == Lifecycle.DORMANT and plan.quiet_from:
                yield Moment(morning(plan.quiet_from + timedelta(days=60)), partial(self._fall_silent, plan))

    def _join(self, plan: PartnerPlan, at: datetime) -> None:
        actor = self.by("partner_manager")
        tier, _ = plan.tiers[0]
        partner = create_partner(
            actor,
            name=plan.name,
            type=PartnerType(plan.type),
            lifecycle=Lifecycle.ONBOARDING if plan.lifecycle == Lifecycle.ONBOARDING else Lifecycle.ACTIVE,
            tier=Tier(tier),
            region=plan.region,
            country=plan.country,
            domain=plan.domain,
            manager=self.people["partner_manager"],
            on=plan.joined_on,
            at=at,
        )
        self.partners[plan.name] = partner
        for member in plan.people:
            person = person_with(email=member.email, name=member.name)
            add_partner_person(actor, partner=partner, person=person, role=PartnerRole(member.role), at=at)
            self.people[member.email] = person

    def _rise(self, plan: PartnerPlan, tier: Tier, at: datetime) -> None:
        day, partner_id = at.date(), self.partners[plan.name].pk
        change_tier(self.by("partner_manager"), partner_id=partner_id, tier=tier, valid_from=day, today=day, at=at)

    def _fall_silent(self, plan: PartnerPlan, at: datetime) -> None:
        partner_id = self.partners[plan.name].pk
        change_lifecycle(
            self.by("partner_manager"), partner_id=partner_id, lifecycle=Lifecycle.DORMANT, on=at.date(), at=at
        )


def founded_at(anchor: date) -> datetime:
    """Return when the workspace was created."""
    return morning(anchor - timedelta(days=FOUNDED_DAYS))


def morning(day: date, *, minute: int = 0) -> datetime:
    """Return nine o'clock of that day, universal time."""
    return datetime.combine(day, time(9, minute), tzinfo=UTC)


def as_actor(person: Person) -> Actor:
    """Return a person as the author of a change."""
    return Actor(kind=ActorKind.PERSON, label=person.name, person_id=person.pk)
