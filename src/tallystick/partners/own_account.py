"""What happens to somebody's own account, written down in every workspace they work in and told to them by mail.

People are global and the activity stream is not: the vendor's side of each workspace learns of it, partners do not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from tallystick.partners.places import places_of
from tallystick.platform.activity import record_activity
from tallystick.platform.actors import Actor, ActorKind
from tallystick.platform.languages import writing_in
from tallystick.platform.mail import send_mail_after_commit
from tallystick.platform.models import Person
from tallystick.platform.tenancy import scope


class AccountChange(StrEnum):
    """A change to how somebody signs in."""

    PASSWORD_SET = "password_set"  # noqa: S105 - the name of an event
    PASSWORD_REMOVED = "password_removed"  # noqa: S105
    PASSKEY_ADDED = "passkey_added"
    PASSKEY_REMOVED = "passkey_removed"
    AUTHENTICATOR_ADDED = "authenticator_added"
    AUTHENTICATOR_REMOVED = "authenticator_removed"
    RECOVERY_CODES_RENEWED = "recovery_codes_renewed"
    SECOND_FACTORS_REMOVED = "second_factors_removed"


@dataclass(frozen=True, slots=True)
class Whence:
    """Where a request came from: the browser in words and the address, which is all we know of a place."""

    browser: str
    address: str


@dataclass(frozen=True, slots=True)
class Preferences:
    """What somebody says of themself; an empty language, zone (IANA) or theme is left to browser and workspace."""

    name: str
    language: str
    time_zone: str
    theme: str
    single_keys: bool


@transaction.atomic
def change_preferences(*, person: Person, preferences: Preferences, at: datetime) -> Person:
    """Keep somebody's preferences; a new name is written down where they work, as others read it."""
    before = str(person)
    for name, value in asdict(preferences).items():
        setattr(person, name, value)
    person.save(update_fields=list(asdict(preferences)))
    if str(person) != before:
        _record(
            person,
            verb="person_renamed",
            summary=f"{before} is now called {person}",
            data={"from": before, "to": str(person)},
            at=at,
        )
    return person


@transaction.atomic
def tell_of_new_browser(*, person: Person, whence: Whence, at: datetime) -> None:
    """Mail somebody that a browser not seen before has signed in as them, and write it down."""
    _mail("mail/new_browser", person, whence, at=at, about={})
    _record(
        person,
        verb="signed_in_from_new_browser",
        summary=f"{person} signed in from a new browser: {whence.browser}",
        data={"browser": whence.browser},
        at=at,
    )


@transaction.atomic
def tell_of_change(*, person: Person, change: AccountChange, whence: Whence, at: datetime) -> None:
    """Mail somebody that the way they sign in was changed, and write it down."""
    with writing_in(person.language):
        words = _words(change)
    _mail("mail/account_changed", person, whence, at=at, about={"change": words})
    _record(
        person,
        verb="sign_in_changed",
        summary=f"{person} changed how they sign in: {change.value.replace('_', ' ')}",
        data={"change": change.value},
        at=at,
    )


@transaction.atomic
def remove_second_factors(actor: Actor, *, person: Person, at: datetime) -> int:
    """Remove everything somebody answers a second step with, for who lost all of it; return how many there were.

    For operators, who have made sure who asks. The person hears of it by mail, and each workspace keeps an entry.
    """
    removed: int = Authenticator.objects.filter(user=person).delete()[0]
    if not removed:
        return 0
    with writing_in(person.language):
        words = _words(AccountChange.SECOND_FACTORS_REMOVED)
    whence = Whence(browser=actor.label, address="–")
    _mail("mail/account_changed", person, whence, at=at, about={"change": words})
    _record(
        person,
        actor=actor,
        verb="second_factors_removed",
        summary=f"The second factors of {person} were removed",
        data={"removed": removed},
        at=at,
    )
    return removed


def _words(change: AccountChange) -> str:
    return {
        AccountChange.PASSWORD_SET: _("A password was set"),
        AccountChange.PASSWORD_REMOVED: _("The password was removed"),
        AccountChange.PASSKEY_ADDED: _("A passkey was added"),
        AccountChange.PASSKEY_REMOVED: _("A passkey was removed"),
        AccountChange.AUTHENTICATOR_ADDED: _("An authenticator app was set up"),
        AccountChange.AUTHENTICATOR_REMOVED: _("The authenticator app was removed"),
        AccountChange.RECOVERY_CODES_RENEWED: _("New recovery codes were made"),
        AccountChange.SECOND_FACTORS_REMOVED: _("Passkeys, authenticator app and recovery codes were removed"),
    }[change]


def _mail(template: str, person: Person, whence: Whence, *, at: datetime, about: Mapping[str, Any]) -> None:
    zone = ZoneInfo(person.time_zone) if person.time_zone else timezone.get_current_timezone()
    with writing_in(person.language), timezone.override(zone):
        send_mail_after_commit(
            template=template,
            to=person.email,
            context={
                "person": person,
                "whence": whence,
                "at": at,
                "sessions_url": settings.BASE_URL + reverse("account:sessions"),
                **about,
            },
        )


def _record(
    person: Person, *, verb: str, summary: str, data: Mapping[str, Any], at: datetime, actor: Actor | None = None
) -> None:
    author = actor or Actor(kind=ActorKind.PERSON, label=str(person), person_id=person.pk)
    for workspace_id in sorted({place.workspace_id for place in places_of(person)}):
        with scope(workspace_id=workspace_id):
            record_activity(
                author, verb=verb, subject_kind="person", subject_id=person.pk, summary=summary, data=data, at=at
            )
