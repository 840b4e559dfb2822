"""Who works on a registration beside those whose it is: each side adds and takes off its own people."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Self

from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from tallystick.deals.models import Collaborator, DealRegistration, MessageSide
from tallystick.deals.services.collaborating import (
    WorkedOn,
    add_collaborator,
    collaborators_on,
    people_to_add,
    remove_collaborator,
)
from tallystick.platform.access import Permission
from tallystick.platform.clock import now
from tallystick.platform.models import Person
from tallystick.web.api.access import both_sides, caller_of
from tallystick.web.api.operations.own_deals import own_by
from tallystick.web.api.operations.registrations import found_by
from tallystick.web.api.problems import ErrorCode
from tallystick.web.api.values import Given, Id, Reference, Told

router = Router(tags=["People and files of a registration"])


class CollaboratorTold(Told):
    """Somebody who was added to a registration, and hears of it from then on."""

    id: Annotated[int, Field(description="What takes them off again.")]
    name: Annotated[str, Field(examples=["Eve Stone"])]
    side: MessageSide
    added_at: datetime

    @classmethod
    def of(cls, row: Collaborator) -> Self:
        """Return somebody as both sides read it."""
        return cls(id=row.pk, name=str(row.person), side=MessageSide(row.side), added_at=row.added_at)


class CollaboratorsTold(Told):
    """Who was added to a registration, the partner's people first."""

    data: list[CollaboratorTold]

    @classmethod
    def of(cls, work: WorkedOn) -> Self:
        """Return who works on something, by name."""
        return cls(data=[CollaboratorTold.of(row) for row in collaborators_on(work)])


class ColleagueTold(Told):
    """Somebody of one's own side who can be added."""

    person_id: int
    name: Annotated[str, Field(examples=["Eve Stone"])]

    @classmethod
    def of(cls, person: Person) -> Self:
        """Return somebody by name."""
        return cls(person_id=person.pk, name=str(person))


class ColleaguesTold(Told):
    """Whose role sees the registration and who is not on it, by name."""

    data: list[ColleagueTold]


class ColleagueGiven(Given):
    """Whom to add: somebody of one's own side."""

    person_id: Id


@both_sides(
    router,
    "GET",
    "/registrations/{reference}/collaborators",
    CollaboratorsTold,
    permission=Permission.SEE_DEALS,
    own_permission=Permission.SEE_OWN_DEALS,
    own_name="list_own_collaborators",
)
def list_collaborators(request: HttpRequest, reference: Reference) -> CollaboratorsTold:
    """Read who was added to a registration, of both sides."""
    return CollaboratorsTold.of(WorkedOn(registration_of(request, reference)))


@both_sides(
    router,
    "GET",
    "/registrations/{reference}/colleagues",
    ColleaguesTold,
    permission=Permission.WRITE_ON_DEALS,
    own_permission=Permission.WRITE_ON_OWN_DEALS,
    own_name="list_own_colleagues",
)
def list_colleagues(request: HttpRequest, reference: Reference) -> ColleaguesTold:
    """Read who of one's own side can be added to a registration."""
    work = WorkedOn(registration_of(request, reference))
    return ColleaguesTold(data=[ColleagueTold.of(person) for person in people_to_add(work, side_of(request))])


@both_sides(
    router,
    "POST",
    "/registrations/{reference}/collaborators",
    CollaboratorTold,
    permission=Permission.WRITE_ON_DEALS,
    own_permission=Permission.WRITE_ON_OWN_DEALS,
    own_name="add_an_own_collaborator",
    status=HTTPStatus.CREATED,
    refuses=(ErrorCode.REFUSED,),
)
def add_a_collaborator(request: HttpRequest, reference: Reference, given: ColleagueGiven) -> CollaboratorTold:
    """Add somebody of one's own side to a registration; who is on it already stays so.

    It opens nothing to them that their role does not: they hear of the registration from then on.
    """
    added = add_collaborator(
        caller_of(request).actor(),
        work=WorkedOn(registration_of(request, reference)),
        side=side_of(request),
        person_id=given.person_id,
        at=now(),
    )
    return CollaboratorTold.of(added)


@both_sides(
    router,
    "POST",
    "/registrations/{reference}/collaborators/{collaborator_id}/remove",
    CollaboratorsTold,
    permission=Permission.WRITE_ON_DEALS,
    own_permission=Permission.WRITE_ON_OWN_DEALS,
    own_name="remove_an_own_collaborator",
)
def remove_a_collaborator(request: HttpRequest, reference: Reference, collaborator_id: Id) -> CollaboratorsTold:
    """Take somebody of one's own side off a registration. The answer is who is left."""
    work = WorkedOn(registration_of(request, reference))
    remove_collaborator(
        caller_of(request).actor(), work=work, side=side_of(request), collaborator_id=collaborator_id, at=now()
    )
    return CollaboratorsTold.of(work)


def registration_of(request: HttpRequest, reference: str) -> DealRegistration:
    """Return a registration of the caller's side. Raises `DealRegistration.DoesNotExist`."""
    return own_by(request, reference) if caller_of(request).partner_id else found_by(reference)


def side_of(request: HttpRequest) -> MessageSide:
    """Return on whose side the caller stands."""
    return MessageSide.PARTNER if caller_of(request).partner_id else MessageSide.VENDOR
