"""The one click that ends one type of mail: a signed link that needs no sign-in and changes nothing by being opened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.urls import reverse

from tallystick.platform.activity import record_activity
from tallystick.platform.actors import Actor, ActorKind
from tallystick.platform.models import Person, Workspace
from tallystick.platform.notifications.choices import DigestWish, Reader, choose, digest_wishes, wish_for_digest
from tallystick.platform.notifications.rules import Channel, Digest, Reach
from tallystick.platform.tenancy import scope

_SALT = "tallystick.unsubscribe"


class LinkInvalid(ValueError):
    """The link was not made here, or whom it was made for is gone."""


@dataclass(frozen=True, slots=True)
class MailType:
    """One type of mail somebody gets in one place: of a kind at once, or a digest."""

    workspace_id: int
    reader: Reader
    kind: str = ""
    digest: Digest | None = None


@dataclass(frozen=True, slots=True)
class Subscription:
    """A type of mail with whom it is for, for the page that ends it."""

    type: MailType
    email: str
    organisation: str


def unsubscribe_url(type: MailType) -> str:
    """Return the address that ends this type of mail for its reader."""
    what = f"kind:{type.kind}" if type.digest is None else f"digest:{type.digest}"
    key = [type.workspace_id, type.reader.partner_id, type.reader.person_id, what]
    return str(settings.BASE_URL) + reverse("unsubscribe", args=[signing.dumps(key, salt=_SALT)])


def read_subscription(token: str) -> Subscription:
    """Return what a link is about; raises `LinkInvalid`."""
    try:
        workspace_id, partner_id, person_id, what = signing.loads(token, salt=_SALT)
    except (signing.BadSignature, ValueError) as error:
        raise LinkInvalid from error
    person = Person.objects.filter(pk=person_id).first()
    workspace = Workspace.objects.filter(pk=workspace_id).first()
    if person is None or workspace is None:
        raise LinkInvalid
    form, _, name = what.partition(":")
    type = MailType(
        workspace_id,
        Reader(person_id, partner_id),
        kind=name if form == "kind" else "",
        digest=Digest(name) if form == "digest" else None,
    )
    return Subscription(type, person.email, workspace.name)


def unsubscribe(token: str, *, at: datetime) -> Subscription:
    """End the type of mail that the link names, and no other. Doing it again changes nothing. Raises `LinkInvalid`."""
    subscription = read_subscription(token)
    _set(subscription, wanted=False)
    with scope(workspace_id=subscription.type.workspace_id, partner_id=subscription.type.reader.partner_id):
        _record(subscription, at=at)
    return subscription


def subscribe_again(token: str) -> Subscription:
    """Undo `unsubscribe`: the default of the role or team holds again. Raises `LinkInvalid`."""
    subscription = read_subscription(token)
    _set(subscription, wanted=True)
    return subscription


@transaction.atomic
def _set(subscription: Subscription, *, wanted: bool) -> None:
    type, reader = subscription.type, subscription.type.reader
    with scope(workspace_id=type.workspace_id, partner_id=reader.partner_id):
        if type.digest is None:
            choose(reader, kind=type.kind, channel=Channel.MAIL, reach=None if wanted else Reach.OFF)
            return
        before = digest_wishes([reader]).get((reader, type.digest), DigestWish(type.digest, is_on=True))
        wish_for_digest(
            reader,
            DigestWish(type.digest, is_on=wanted, hour=before.hour, weekday=before.weekday, time_zone=before.time_zone),
        )


def _record(subscription: Subscription, *, at: datetime) -> None:
    type = subscription.type
    name = type.kind or str(type.digest)
    record_activity(
        Actor(kind=ActorKind.PERSON, label=subscription.email, person_id=type.reader.person_id),
        verb="mail_unsubscribed",
        subject_kind="person",
        subject_id=type.reader.person_id,
        partner_id=type.reader.partner_id,
        summary=f"{subscription.email} wants no more mail of {name}",
        data={"kind": type.kind, "digest": type.digest},
        at=at,
    )
