"""Everything a workspace keeps about one person: found, handed out, and removed as far as proof allows.

Removed is what serves only to know the person: memberships, contact details, what was typed about them. What proves
something stays: books, statements, decisions and the activity chain, whose entries cannot be changed without breaking
the proof of all that follow. There the person goes by a pseudonym wherever Tallystick shows it.
See docs/explanation/privacy.md.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models import Q

from tallystick.crm.models import Contact, ImportChange, ImportRefusal
from tallystick.deals.models import Collaborator, DealRegistration, FormDraft, Lead, OutsideSubmitter
from tallystick.partners.models import PartnerMembership
from tallystick.platform.activity import record_activity
from tallystick.platform.actors import Actor
from tallystick.platform.models import (
    ActivityEntry,
    InboundMail,
    KnownBrowser,
    Membership,
    Person,
    PrivacyRequest,
    PrivacyWish,
    WorkspaceRole,
)
from tallystick.platform.people import LastAdmin
from tallystick.platform.tenancy import current_workspace_id, own_rows, person_scope

_GONE_DOMAIN: Final = "removed.invalid"


class StillNeeded(ValueError):
    """Raised for a person who cannot be removed now; the message says what to do first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """One sort of thing kept about a person: how many, whether it goes, and why it stays where it does."""

    key: str
    count: int
    goes: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A person by e-mail address, with the person who signs in under it, if any, and what is kept."""

    email: str
    name: str
    person_id: int | None
    traces: tuple[Trace, ...]
    works_elsewhere: bool

    @property
    def is_known(self) -> bool:
        """Tell whether anything is kept about the address."""
        return any(trace.count for trace in self.traces)


def subject_of(email: str) -> Subject:
    """Return what the workspace in scope keeps about whoever has the e-mail address."""
    address = email.strip().lower()
    person = _person_here(address)
    contacts = Contact.objects.filter(email__iexact=address)
    named = contacts.values_list("name", flat=True).first() or ""
    entries = _entries_about(person, address)
    traces = (
        Trace(key="membership", count=len(_memberships(person)), goes=True),
        Trace(key="contact", count=contacts.count(), goes=True),
        Trace(key="registration_contact", count=_registrations(address).count(), goes=True),
        Trace(key="outside_submitter", count=_outside(address).count(), goes=True),
        Trace(key="inbound_mail", count=_inbound(address).count(), goes=True),
        Trace(key="lead_contact", count=_leads(address).count(), goes=True),
        Trace(key="refused_row", count=_refused_rows(address).count(), goes=True),
        Trace(key="before_image", count=_before_images(address).count(), goes=True),
        Trace(key="request", count=_requests(person).count(), goes=False),
        Trace(key="activity", count=entries.count(), goes=False),
    )
    return Subject(
        email=address,
        name=(person.name if person else "") or named,
        person_id=person.pk if person else None,
        traces=traces,
        works_elsewhere=person is not None and _works_elsewhere(person),
    )


def everything_about(email: str) -> dict[str, Any]:
    """Return everything the workspace in scope keeps about whoever has the address, as JSON values."""
    address = email.strip().lower()
    person = _person_here(address)
    return {
        "email": address,
        "person": {"name": person.name, "email": person.email, "since": person.created_at} if person else None,
        "memberships": [_membership_facts(row) for row in _memberships(person)],
        "contacts": list(
            Contact.objects.filter(email__iexact=address)
            .order_by("pk")
            .values("source", "external_id", "name", "email", "title", "account_named")
        ),
        "registrations": list(
            _registrations(address)
            .order_by("pk")
            .values("reference", "company", "contact_name", "contact_email", "submitted_at")
        ),
        "handed_in": list(_outside(address).order_by("pk").values("registration__reference", "way", "name", "email")),
        "mails": list(_inbound(address).order_by("pk").values("received_at", "subject", "state", "reference")),
        "leads": list(
            _leads(address)
            .order_by("pk")
            .values("reference", "company", "contact_name", "contact_email", "contact_phone", "introduced_at")
        ),
        "drafts": list(
            FormDraft.objects.filter(person=person).order_by("pk").values("subject", "typed", "begun_at", "changed_at")
        )
        if person
        else [],
        "refused_rows": [row.row for row in _refused_rows(address).order_by("pk")],
        "requests": list(_requests(person).order_by("pk").values("wish", "note", "asked_at", "answered_at")),
        "activity": [
            {"position": entry.position, "at": entry.at, "verb": entry.verb, "summary": entry.summary}
            for entry in _entries_about(person, address).order_by("position")
        ],
    }


@transaction.atomic
def record_export(actor: Actor, *, email: str, at: datetime) -> None:
    """Write down that everything about somebody was handed out; the entry names nobody."""
    person = _person_here(email.strip().lower())
    _record(
        actor, verb="person_exported", summary="A copy of what is kept about a person was made", person=person, at=at
    )


@transaction.atomic
def erase_subject(actor: Actor, *, email: str, reason: str, at: datetime) -> Subject:
    """Remove what is kept about whoever has the address, as far as it goes, and return what there was.

    Raises `StillNeeded` where nothing is kept, and `LastAdmin` for the only admin.
    """
    found = subject_of(email)
    if not found.is_known:
        raise StillNeeded("Nothing is kept about this address.")
    person = Person.objects.filter(pk=found.person_id).first() if found.person_id else None
    if person is not None:
        _require_other_admin(person)
    Contact.objects.filter(email__iexact=found.email).update(name=_pseudonym(person), email="", title="")
    _registrations(found.email).update(contact_name="", contact_email="")
    _outside(found.email).update(name=_pseudonym(person), email="")
    _inbound(found.email).delete()
    _leads(found.email).update(contact_name="", contact_email="", contact_phone="")
    _refused_rows(found.email).update(row=[], value="")
    _before_images(found.email).delete()
    if person is not None:
        _remove_person(person, works_elsewhere=found.works_elsewhere)
    _record(
        actor,
        verb="person_erased",
        summary="What was kept about a person was removed",
        person=person,
        at=at,
        data={"reason": reason, "removed": {trace.key: trace.count for trace in found.traces if trace.goes}},
    )
    return found


@transaction.atomic
def ask_about_own_data(
    actor: Actor, *, person: Person, partner_id: int, wish: PrivacyWish, note: str, at: datetime
) -> PrivacyRequest:
    """Ask the vendor for a copy of one's own data, or for its removal, on the partner's side."""
    request = PrivacyRequest.objects.create(
        workspace_id=current_workspace_id(), partner_id=partner_id, person=person, wish=wish, note=note, asked_at=at
    )
    record_activity(
        actor,
        verb="privacy_asked",
        subject_kind="privacy_request",
        subject_id=request.pk,
        partner_id=partner_id,
        summary=f"{actor.label} asked: {wish.label.lower()}",
        data={"wish": wish.value},
        at=at,
    )
    return request


@transaction.atomic
def answer_privacy_request(actor: Actor, *, request_id: int, at: datetime) -> PrivacyRequest:
    """Note that a request is answered; a repeat changes nothing. Raises `PrivacyRequest.DoesNotExist`."""
    request = PrivacyRequest.objects.select_for_update().get(pk=request_id)
    if request.answered_at is not None:
        return request
    request.answered_at, request.answered_by_label = at, actor.label
    request.save(update_fields=["answered_at", "answered_by_label"])
    record_activity(
        actor,
        verb="privacy_answered",
        subject_kind="privacy_request",
        subject_id=request.pk,
        partner_id=request.partner_id,
        summary="A request about somebody's own data was answered",
        data={"wish": request.wish},
        at=at,
    )
    return request


def _person_here(address: str) -> Person | None:
    """Return the person with the address if this workspace knows them; others are none of its business."""
    person = Person.objects.filter(email=address).first()
    if person is None or not (_memberships(person) or ActivityEntry.objects.filter(actor_person=person).exists()):
        return None
    return person


def _memberships(person: Person | None) -> list[Membership | PartnerMembership]:
    if person is None:
        return []
    return [
        *Membership.objects.filter(person=person).order_by("pk"),
        *PartnerMembership.objects.filter(person=person).select_related("partner").order_by("pk"),
    ]


def _membership_facts(row: Membership | PartnerMembership) -> dict[str, Any]:
    partner = row.partner.name if isinstance(row, PartnerMembership) else None
    return {"role": row.role, "partner": partner, "invited_at": row.invited_at, "accepted_at": row.accepted_at}


def _registrations(address: str) -> Any:
    return DealRegistration.objects.filter(contact_email__iexact=address)


def _outside(address: str) -> Any:
    return OutsideSubmitter.objects.filter(email__iexact=address)


def _inbound(address: str) -> Any:
    return InboundMail.objects.filter(sender__iexact=address)


def _leads(address: str) -> Any:
    return Lead.objects.filter(contact_email__iexact=address)


def _refused_rows(address: str) -> Any:
    return ImportRefusal.objects.filter(row__icontains=address)


def _before_images(address: str) -> Any:
    return ImportChange.objects.filter(before__email__iexact=address)


def _requests(person: Person | None) -> Any:
    return PrivacyRequest.objects.filter(person=person) if person else PrivacyRequest.objects.none()


def _entries_about(person: Person | None, address: str) -> Any:
    about = Q(summary__icontains=address)
    if person is not None:
        about |= Q(actor_person=person)
    return ActivityEntry.objects.filter(about)


def _works_elsewhere(person: Person) -> bool:
    here = current_workspace_id()
    with person_scope(person.pk):
        rows = [*own_rows(Membership), *own_rows(PartnerMembership)]
    return any(row.workspace_id != here for row in rows)


def _require_other_admin(person: Person) -> None:
    admins = Membership.objects.filter(role=WorkspaceRole.ADMIN, accepted_at__isnull=False)
    if admins.filter(person=person).exists() and not admins.exclude(person=person).exists():
        raise LastAdmin


def _remove_person(person: Person, *, works_elsewhere: bool) -> None:
    """Take the person out of this workspace; where they work nowhere else, their name and address go too."""
    Membership.objects.filter(person=person).delete()
    PartnerMembership.objects.filter(person=person).delete()
    FormDraft.objects.filter(person=person).delete()
    Collaborator.objects.filter(person=person).delete()
    if works_elsewhere:
        return
    for kept in (EmailAddress, Authenticator):
        kept.objects.filter(user=person).delete()
    KnownBrowser.objects.filter(person=person).delete()
    person.name = _pseudonym(person)
    person.email = f"{person.pk}@{_GONE_DOMAIN}"
    person.is_active = False
    person.set_unusable_password()
    person.save()


def _pseudonym(person: Person | None) -> str:
    return f"Former person {person.pk}" if person else "Former contact"


def _record(
    actor: Actor, *, verb: str, summary: str, person: Person | None, at: datetime, data: dict[str, Any] | None = None
) -> None:
    record_activity(
        actor,
        verb=verb,
        subject_kind="person",
        subject_id=person.pk if person else None,
        summary=summary,
        data=data,
        at=at,
    )


def as_files(everything: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the export as files, one a subject, each as JSON for people and programs."""
    for name, value in everything.items():
        if value not in (None, [], ""):
            yield f"{name}.json", json.dumps(value, indent=2, ensure_ascii=False, default=str)
