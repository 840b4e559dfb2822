"""What may change about a workspace once business has begun in it, and what begins with a new one."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.core import signing
from django.db import connection, transaction
from django.urls import reverse

from tallystick.configuration import NewWorkspaces
from tallystick.crm.models import Invoice, Opportunity, Product, Subscription
from tallystick.deals.models import DealRegistration
from tallystick.partners.places import Place, places_of
from tallystick.platform import workspaces
from tallystick.platform.actors import Actor, ActorKind
from tallystick.platform.invitations import invite_person, link_to_hand_over
from tallystick.platform.models import Membership, Person, Workspace, WorkspaceRole
from tallystick.platform.people import add_member, create_workspace, person_with
from tallystick.platform.tenancy import own_rows, person_scope, scope
from tallystick.platform.workspaces import WorkspaceDetails
from tallystick.programmes.models import PlanVersion

_IN_MONEY: Final = (Opportunity, Invoice, Subscription, Product, DealRegistration, PlanVersion)
_SALT: Final = "tallystick.first-workspace"
_FIRST_LINK_HOLDS: Final = timedelta(days=1)
_LOCK: Final = 7_105_001
_SLUG_LENGTH: Final = 36


class NotEmpty(ValueError):
    """Raised where the first workspace was made already: the link has done its work, or somebody was faster."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewWorkspace:
    """What must be known to start a workspace; `fiscal_year_start` is a month, 1 to 12."""

    name: str
    currency: str
    fiscal_year_start: int


def currency_is_locked() -> bool:
    """Tell whether something in the workspace in scope is counted in money already; then its currency stays."""
    return any(model.objects.exists() for model in _IN_MONEY)


def change_workspace(actor: Actor, *, details: WorkspaceDetails, at: datetime) -> Workspace:
    """Change the workspace in scope; see `platform.workspaces.change_workspace`."""
    return workspaces.change_workspace(actor, details=details, currency_is_locked=currency_is_locked(), at=at)


def may_start_workspace(person: Person) -> bool:
    """Tell whether somebody may start a workspace in the browser, by the installation's setting."""
    match NewWorkspaces(settings.NEW_WORKSPACES):
        case NewWorkspaces.ANYONE:
            return True
        case NewWorkspaces.NOBODY:
            return False
        case NewWorkspaces.ADMINS:
            with person_scope(person.pk):
                admins = own_rows(Membership).filter(role=WorkspaceRole.ADMIN, accepted_at__isnull=False)
                return admins.exists()


def is_of_the_demo(person: Person) -> bool:
    """Tell whether somebody belongs to demo workspaces only: such a sign-in is shared, so nothing can be theirs."""
    ids = {place.workspace_id for place in places_of(person)}
    return bool(ids) and not Workspace.objects.filter(pk__in=ids, is_demo=False).exists()


@transaction.atomic
def start_workspace(*, person: Person, new: NewWorkspace, at: datetime) -> Place:
    """Start a workspace with the person as its admin, and return the place to enter. Raises `UnknownCurrency`."""
    actor = Actor(kind=ActorKind.PERSON, label=str(person), person_id=person.pk)
    workspace = _create(actor, new, at=at)
    with scope(workspace_id=workspace.pk):
        membership = add_member(actor, person=person, role=WorkspaceRole.ADMIN, at=at)
    return Place(workspace.pk, workspace.name, membership.pk, str(WorkspaceRole.ADMIN.label))


@transaction.atomic
def start_workspace_for(
    actor: Actor, *, email: str, person_name: str, new: NewWorkspace, at: datetime
) -> tuple[Workspace, str]:
    """Start a workspace from the demo for whoever has the e-mail address, who is invited to it as admin.

    Returns it with the invitation's address where it may be shown at once: outside production, without a mail server,
    and for somebody who is new here; "" otherwise, as only the mail proves who reads it. Raises `UnknownCurrency`.
    """
    known = Person.objects.filter(email=email.strip().lower()).exists()
    workspace = _create(actor, new, at=at)
    with scope(workspace_id=workspace.pk):
        membership = invite_person(actor, email=email, name=person_name, role=WorkspaceRole.ADMIN, at=at)
    if known or settings.MAIL_IS_SET_UP or settings.IN_PRODUCTION:
        return workspace, ""
    return workspace, link_to_hand_over(actor, membership)


def first_workspace_token(*, at: datetime) -> str:
    """Return the token of a link that makes the first workspace, once, within a day."""
    return signing.dumps({"until": (at + _FIRST_LINK_HOLDS).isoformat()}, salt=_SALT)


def first_workspace_url(*, at: datetime) -> str:
    """Return the address that an operator opens, or hands on, to set up an empty server."""
    return str(settings.BASE_URL) + reverse("first_workspace", args=[first_workspace_token(at=at)])


def first_workspace_may_be_made(token: str, *, at: datetime) -> bool:
    """Tell whether a token is ours, in time, and there is no workspace yet."""
    try:
        until = datetime.fromisoformat(signing.loads(token, salt=_SALT)["until"])
    except (signing.BadSignature, KeyError, TypeError, ValueError):
        return False
    return at < until and not Workspace.objects.exists()


@transaction.atomic
def make_first_workspace(*, email: str, person_name: str, new: NewWorkspace, at: datetime) -> tuple[Person, Place]:
    """Make the first workspace of this installation, with its admin, whom the operator's link has let in.

    Of two at once the second raises `NotEmpty`. Raises `UnknownCurrency`.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    if Workspace.objects.exists():
        raise NotEmpty
    person = person_with(email=email, name=person_name)
    return person, start_workspace(person=person, new=new, at=at)


def _create(actor: Actor, new: NewWorkspace, *, at: datetime) -> Workspace:
    return create_workspace(
        actor,
        slug=_free_slug(new.name),
        name=new.name,
        currency=new.currency,
        time_zone=settings.TIME_ZONE,
        fiscal_year_start=new.fiscal_year_start,
        at=at,
    )


def _free_slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    wanted = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_SLUG_LENGTH].strip("-") or "workspace"
    taken = set(Workspace.objects.filter(slug__startswith=wanted).values_list("slug", flat=True))
    numbered = (f"{wanted}-{number}" for number in range(2, len(taken) + 3))
    return wanted if wanted not in taken else next(slug for slug in numbered if slug not in taken)
