"""A vendor with its people and a partner with two sellers, for tests of who is told what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from tallystick.deals.models import DealRegistration
from tallystick.deals.services import NewRegistration, submit_registration
from tallystick.deals.services.submitting import ENTROPY_NEEDED
from tallystick.kernel.money import Money
from tallystick.partners.models import Partner, PartnerRole
from tallystick.platform.actors import Actor, ActorKind
from tallystick.platform.models import Notice, Person, Workspace, WorkspaceRole
from tallystick.platform.tenancy import scope
from tests.factories.people import make_member, make_partner, make_partner_person

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Cast:
    """Who hears of things."""

    workspace: Workspace
    partner: Partner
    admin: Person
    manager: Person
    finance: Person
    seller: Person
    colleague: Person
    partner_admin: Person


def make_cast(workspace: Workspace) -> Cast:
    """Return a vendor whose manager looks after one partner with a seller, a colleague and an admin."""
    manager = make_member(workspace, WorkspaceRole.PARTNER_MANAGER, email="mia@umbra.example", name="Mia Berg").person
    partner = make_partner(workspace)
    with scope(workspace_id=workspace.pk):
        Partner.objects.filter(pk=partner.pk).update(manager=manager)
    return Cast(
        workspace=workspace,
        partner=partner,
        admin=make_member(workspace, name="Anna Roth").person,
        manager=manager,
        finance=make_member(workspace, WorkspaceRole.FINANCE, email="finn@umbra.example", name="Finn Cash").person,
        seller=make_partner_person(partner, PartnerRole.SELLER, email="sam@zephyr.example", name="Sam Sell").person,
        colleague=make_partner_person(partner, PartnerRole.SELLER, email="cleo@zephyr.example", name="Cleo").person,
        partner_admin=make_partner_person(partner, name="Zoe Lind").person,
    )


def actor_of(person: Person) -> Actor:
    """Return the person as author of what a service does."""
    return Actor(kind=ActorKind.PERSON, label=str(person), person_id=person.pk)


def register(cast: Cast, company: str, *, at: datetime = MONDAY, seed: int = 0) -> DealRegistration:
    """Return a registration that the seller made."""
    claim = NewRegistration(company=company, website=f"{company.lower()}.example", value=Money(4_000_000, "EUR"))
    entropy = bytes((number * 7 + seed) % 256 for number in range(ENTROPY_NEEDED))
    with scope(workspace_id=cast.workspace.pk, partner_id=cast.partner.pk):
        return submit_registration(
            actor_of(cast.seller), partner_id=cast.partner.pk, claim=claim, at=at, entropy=entropy
        ).registration


def titles_of(person: Person, *, workspace: Workspace, partner: Partner | None = None) -> list[str]:
    """Return what somebody was told in the app, in order."""
    with scope(workspace_id=workspace.pk):
        notices = Notice.objects.filter(person=person, partner_id=partner.pk if partner else None, in_app=True)
        return list(notices.order_by("position", "pk").values_list("title", flat=True))
