"""Signed links that sign one person in, once, after a click on the page they lead to.

A link is bound to the person's last sign-in: using it, or signing in by any other way, makes it useless. Links of a
demo workspace may be used again and again while the demo exists, and only for people who are nowhere else.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core import signing
from django.urls import reverse

from tallystick.partners.places import places_of
from tallystick.platform.models import Person, Workspace

MAIL_LIFETIME = timedelta(minutes=15)
OPERATOR_LIFETIME = timedelta(hours=24)
_SALT = "tallystick.sign-in-link"


class LinkInvalid(ValueError):
    """Raised for a link that is forged, expired, used or overtaken by a later sign-in: all look the same."""


@dataclass(frozen=True, slots=True)
class SignInLink:
    """What a link carries: who, until when, and where to begin.

    `last_login` is the sign-in it is bound to (ISO 8601, empty before the first); `demo_id` is the demo workspace of a
    link that may be used again.
    """

    person_id: int
    expires: str
    last_login: str
    workspace_id: int | None = None
    next_path: str = ""
    demo_id: int | None = None


def sign_in_link(
    person: Person,
    *,
    at: datetime,
    lifetime: timedelta = MAIL_LIFETIME,
    workspace: Workspace | None = None,
    next_path: str = "",
) -> str:
    """Return the address of a page with one button that signs the person in, once, until `at` + `lifetime`.

    With `workspace` the person begins there, where they belong to several; `next_path` is the page that opens.
    """
    return _address(
        SignInLink(
            person_id=person.pk,
            expires=(at + lifetime).isoformat(),
            last_login=_moment(person.last_login),
            workspace_id=workspace.pk if workspace else None,
            next_path=next_path,
        )
    )


def demo_sign_in_link(person: Person, *, workspace: Workspace) -> str:
    """Return the address that signs a person of the demo in as often as wanted, while the demo workspace exists.

    Raises `ValueError` for a workspace that is not a demo.
    """
    if not workspace.is_demo:
        raise ValueError(f"{workspace.name} is not a demo workspace, so its links can be used once only.")
    return _address(
        SignInLink(person_id=person.pk, expires="", last_login="", workspace_id=workspace.pk, demo_id=workspace.pk)
    )


def read_sign_in_link(token: str, *, at: datetime) -> tuple[SignInLink, Person]:
    """Return what a link carries and whom it signs in, changing nothing; raises `LinkInvalid`."""
    try:
        link = SignInLink(**signing.loads(token, salt=_SALT))
    except (signing.BadSignature, TypeError) as error:
        raise LinkInvalid from error
    person = Person.objects.filter(pk=link.person_id, is_active=True).first()
    if person is None:
        raise LinkInvalid
    if not (_holds_once(link, person, at) if link.demo_id is None else _demo_holds(link.demo_id, person)):
        raise LinkInvalid
    return link, person


def use_sign_in_link(token: str, *, at: datetime) -> tuple[SignInLink, Person]:
    """Return whom the link signs in and make it useless; of two clicks at once, one raises `LinkInvalid`."""
    link, person = read_sign_in_link(token, at=at)
    if link.demo_id is None:
        claimed = Person.objects.filter(pk=person.pk, last_login=person.last_login)
        if person.last_login is None:
            claimed = Person.objects.filter(pk=person.pk, last_login__isnull=True)
        if not claimed.update(last_login=at):
            raise LinkInvalid
        person.last_login = at
    return link, person


def _holds_once(link: SignInLink, person: Person, at: datetime) -> bool:
    return at < datetime.fromisoformat(link.expires) and link.last_login == _moment(person.last_login)


def _demo_holds(demo_id: int, person: Person) -> bool:
    nowhere_else = all(place.workspace_id == demo_id for place in places_of(person))
    return nowhere_else and Workspace.objects.filter(pk=demo_id, is_demo=True).exists()


def _address(link: SignInLink) -> str:
    return str(settings.BASE_URL) + reverse("sign_in_link", args=[signing.dumps(asdict(link), salt=_SALT)])


def _moment(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""
