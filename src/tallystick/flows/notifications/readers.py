"""Whom an event may concern: the vendor's people, and those of the partner it is about, with what each chose."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tallystick.deals.rules.terms import OWNER
from tallystick.flows.notifications.facts import Event
from tallystick.flows.notifications.handling_words import ESCALATED
from tallystick.flows.notifications.rules import Kind, Side, default_reach, relation
from tallystick.partners.access import PARTNER_ROLE_PERMISSIONS
from tallystick.partners.models import GONE, PartnerMembership, PartnerRole
from tallystick.platform.access import WORKSPACE_ROLE_PERMISSIONS, Permission
from tallystick.platform.models import Membership, Person, WorkspaceRole
from tallystick.platform.notifications.choices import Choices, Reader, choices_of
from tallystick.platform.notifications.rules import Channel, Reach, Relation

NEEDED: Mapping[tuple[Side, Kind], Permission] = {
    (Side.VENDOR, Kind.REGISTRATIONS): Permission.SEE_DEALS,
    (Side.VENDOR, Kind.LEADS): Permission.SEE_LEADS,
    (Side.VENDOR, Kind.CONFLICTS): Permission.SEE_DEALS,
    (Side.VENDOR, Kind.DECISIONS): Permission.SEE_DEALS,
    (Side.VENDOR, Kind.DEALS): Permission.SEE_DEALS,
    (Side.VENDOR, Kind.SILENCE): Permission.SEE_DEALS,
    (Side.VENDOR, Kind.PROTECTION): Permission.SEE_DEALS,
    (Side.VENDOR, Kind.QUESTIONS): Permission.SEE_DEALS,
    (Side.VENDOR, Kind.MONEY): Permission.SEE_COMMISSIONS,
    (Side.VENDOR, Kind.STATEMENTS): Permission.SEE_COMMISSIONS,
    (Side.VENDOR, Kind.ATTRIBUTION): Permission.SEE_ATTRIBUTION,
    (Side.VENDOR, Kind.PARTNERS): Permission.SEE_PARTNERS,
    (Side.VENDOR, Kind.PROGRAMME): Permission.SEE_PROGRAMME,
    (Side.VENDOR, Kind.TEAM): Permission.SEE_ACTIVITY,
    (Side.VENDOR, Kind.IMPORTS): Permission.IMPORT_FACTS,
    (Side.PARTNER, Kind.LEADS): Permission.SEE_OWN_LEADS,
    (Side.VENDOR, Kind.WEBHOOKS): Permission.MANAGE_WEBHOOKS,
    (Side.PARTNER, Kind.WEBHOOKS): Permission.MANAGE_OWN_WEBHOOKS,
    (Side.PARTNER, Kind.MONEY): Permission.SEE_OWN_EARNINGS,
    (Side.PARTNER, Kind.STATEMENTS): Permission.SEE_OWN_EARNINGS,
}
"""What a role must be allowed to see before it is told; on the partner's side, own deals unless it says otherwise."""


def may_hear(side: Side, role: str, kind: Kind) -> bool:
    """Tell whether a role may see what a kind of news is about."""
    if side is Side.VENDOR:
        return NEEDED[side, kind] in WORKSPACE_ROLE_PERMISSIONS[WorkspaceRole(role)]
    return NEEDED.get((side, kind), Permission.SEE_OWN_DEALS) in PARTNER_ROLE_PERMISSIONS[PartnerRole(role)]


@dataclass(frozen=True, slots=True)
class Listener:
    """Somebody who may hear of news in one place."""

    person: Person
    side: Side
    role: str
    partner_id: int | None = None

    @property
    def reader(self) -> Reader:
        """Return whom choices and notices are kept for."""
        return Reader(self.person.pk, self.partner_id)


def permissions_of(listener: Listener) -> frozenset[Permission]:
    """Return what a listener's role allows."""
    if listener.side is Side.VENDOR:
        return WORKSPACE_ROLE_PERMISSIONS[WorkspaceRole(listener.role)]
    return PARTNER_ROLE_PERMISSIONS[PartnerRole(listener.role)]


@dataclass(frozen=True, slots=True)
class Audience:
    """Everybody who may hear of a batch of events, and what they chose."""

    vendor: tuple[Listener, ...]
    partners: Mapping[int, tuple[Listener, ...]]
    choices: Choices

    def reach(self, listener: Listener, kind: Kind, channel: Channel) -> Reach:
        """Return how far a listener's wish reaches for a kind and channel."""
        default = default_reach(listener.side, listener.role, kind, channel)
        return self.choices.reach(listener.reader, kind, channel, default=default)


def audience_of(events: Sequence[Event]) -> Audience:
    """Return who may hear of these events. Four queries at most."""
    partner_ids = {event.partner.id for event in events if event.partner}
    vendor = vendor_listeners()
    partners = partner_listeners(partner_ids)
    everybody = [*vendor, *(listener for group in partners.values() for listener in group)]
    return Audience(vendor, partners, choices_of([listener.reader for listener in everybody]))


def vendor_listeners() -> tuple[Listener, ...]:
    """Return the vendor's people who have accepted. One query."""
    rows = Membership.objects.filter(accepted_at__isnull=False, person__is_active=True).select_related("person")
    return tuple(Listener(row.person, Side.VENDOR, row.role) for row in rows.order_by("pk"))


def partner_listeners(partner_ids: Iterable[int] | None = None) -> dict[int, tuple[Listener, ...]]:
    """Return the people of these partners, or of all, whose portal is open, by partner. One query."""
    rows = PartnerMembership.objects.filter(accepted_at__isnull=False, person__is_active=True)
    rows = rows.exclude(partner__lifecycle__in=GONE)
    if partner_ids is not None:
        rows = rows.filter(partner_id__in=partner_ids)
    found: dict[int, tuple[Listener, ...]] = {}
    for row in rows.select_related("person").order_by("partner_id", "pk"):
        listener = Listener(row.person, Side.PARTNER, row.role, row.partner_id)
        found[row.partner_id] = (*found.get(row.partner_id, ()), listener)
    return found


def listener_of(*, person_id: int, partner_id: int | None) -> Listener | None:
    """Return somebody in the place a mail is for, or nothing where that has ended. One query."""
    if partner_id is None:
        found = [listener for listener in vendor_listeners() if listener.person.pk == person_id]
    else:
        found = [
            listener
            for listener in partner_listeners([partner_id]).get(partner_id, ())
            if listener.person.pk == person_id
        ]
    return found[0] if found else None


def relation_of(listener: Listener, event: Event) -> Relation:
    """Say what a listener has to do with what an event is about."""
    return relation(person_id=listener.person.pk, owners=_owners(listener, event), collaborators=event.workers)


def is_addressed(listener: Listener, event: Event) -> bool:
    """Tell whether an event is for a listener: an escalation is for the role that it names, or for the owner alone."""
    to = event.data.get("to")
    if event.verb != ESCALATED:
        return True
    return relation_of(listener, event) is Relation.OWNER if to == OWNER else listener.role == to


def _owners(listener: Listener, event: Event) -> frozenset[int]:
    """Return whose it is on the listener's side; what nobody looks after is the admins'."""
    deal, partner, lead = event.deal, event.partner, event.lead
    if listener.side is Side.PARTNER:
        mine = deal.submitted_by if deal else lead.introduced_by if lead else None
        if mine is None and listener.role == PartnerRole.ADMIN:
            mine = listener.person.pk
        return frozenset({mine} if mine is not None else ())
    owners = {partner.manager_id} if partner and partner.manager_id is not None else set()
    if lead and lead.owner_id is not None:
        owners.add(lead.owner_id)
    if deal and deal.owner_name and listener.person.name == deal.owner_name:
        owners.add(listener.person.pk)
    if not owners and listener.role == WorkspaceRole.ADMIN:
        owners.add(listener.person.pk)
    return frozenset(owners)
