"""Keys that programs call the API with: made, revoked, and told apart at each request.

A key is `tsk_<workspace>_<id>_<secret>`. Everything up to the secret is its prefix, by which people know it; the secret
is shown once and kept as a hash. A key belongs to the workspace or to one partner, and its requests run in that scope.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from django.db import transaction
from django.db.models import F, Q, QuerySet

from tallystick.partners.models import GONE, ApiKey
from tallystick.platform.access import PartnerSide, Permission
from tallystick.platform.activity import record_activity
from tallystick.platform.actors import Actor, ActorKind
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import current_workspace_id, scope

WORKSPACE_KEY_PERMISSIONS: Final = (
    Permission.SEE_DEALS,
    Permission.WRITE_ON_DEALS,
    Permission.DECIDE_REGISTRATIONS,
    Permission.SEE_LEADS,
    Permission.MANAGE_LEADS,
    Permission.RULE_CONFLICTS,
    Permission.SEE_PROGRAMME,
    Permission.MANAGE_PROGRAMME,
    Permission.SEE_PARTNERS,
    Permission.MANAGE_PARTNERS,
    Permission.SEE_ATTRIBUTION,
    Permission.MANAGE_ATTRIBUTION,
    Permission.SEE_COMMISSIONS,
    Permission.SEE_SELLER_PAY,
    Permission.MANAGE_SELLER_PAY,
    Permission.IMPORT_FACTS,
    Permission.SEE_ACTIVITY,
    Permission.MANAGE_WEBHOOKS,
)
"""What a key of the workspace can be allowed, in the order people read it."""

PARTNER_KEY_PERMISSIONS: Final = (
    Permission.SEE_OWN_DEALS,
    Permission.REGISTER_DEALS,
    Permission.WRITE_ON_OWN_DEALS,
    Permission.DISPUTE_OWN_DEALS,
    Permission.SEE_OWN_LEADS,
    Permission.INTRODUCE_LEADS,
    Permission.SEE_OWN_EARNINGS,
    Permission.MANAGE_OWN_WEBHOOKS,
)
"""What a key of a partner can be allowed."""

READING: Final = frozenset(
    {
        Permission.SEE_DEALS,
        Permission.SEE_LEADS,
        Permission.SEE_PROGRAMME,
        Permission.SEE_PARTNERS,
        Permission.SEE_ATTRIBUTION,
        Permission.SEE_COMMISSIONS,
        Permission.SEE_SELLER_PAY,
        Permission.SEE_ACTIVITY,
        Permission.SEE_OWN_DEALS,
        Permission.SEE_OWN_LEADS,
        Permission.SEE_OWN_EARNINGS,
    }
)
"""Those that change nothing."""

ENTROPY_NEEDED: Final = 30
"""Random bytes of a key: six that make its id, 24 that make its secret."""
USE_NOTED_EVERY: Final = timedelta(minutes=1)

_ID_BYTES: Final = 6
_WORKING_FIRST: Final = F("revoked_at").desc(nulls_first=True)
_TOKEN: Final = re.compile(r"(tsk_([1-9][0-9]{0,17})_[0-9a-f]{12})_[0-9a-f]{48}")


class KeyRefused(ValueError):
    """A key cannot be made so; the message says what to choose instead."""


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was just made, with the text to hand over: it is shown this once."""

    key: ApiKey
    token: str


@dataclass(frozen=True, slots=True)
class Caller:
    """The program behind a request: its key, whose key it is, and what it may do."""

    key_id: int
    name: str
    prefix: str
    workspace: Workspace
    permissions: frozenset[Permission]
    expires_at: datetime | None
    last_used_at: datetime | None
    partner: PartnerSide | None = None

    @property
    def partner_id(self) -> int | None:
        """Return the partner whose key it is, if one's."""
        return self.partner.id if self.partner else None

    def actor(self) -> Actor:
        """Return the author of what this program does: the activity stream names the key."""
        return Actor(kind=ActorKind.API, label=f"{self.name} (key {self.prefix})")

    def may(self, permission: Permission) -> bool:
        """Tell whether the key carries the permission."""
        return permission in self.permissions


@transaction.atomic
def create_api_key(
    actor: Actor,
    *,
    name: str,
    permissions: Iterable[Permission],
    partner_id: int | None = None,
    expires_at: datetime | None = None,
    at: datetime,
    entropy: bytes,
) -> NewKey:
    """Make a key of the workspace in scope or, with `partner_id`, of a partner of it.

    `entropy` is `ENTROPY_NEEDED` random bytes. Raises `KeyRefused` without a name or a permission, for a permission
    that keys of that side do not have, and for an end that is past.
    """
    offered = WORKSPACE_KEY_PERMISSIONS if partner_id is None else PARTNER_KEY_PERMISSIONS
    wanted = set(permissions)
    chosen = [permission.value for permission in offered if permission in wanted]
    if not name.strip():
        raise KeyRefused("Name the key after the program that will use it.")
    if not chosen or wanted - set(offered):
        raise KeyRefused(f"Choose at least one of: {', '.join(offered)}.")
    if expires_at is not None and expires_at <= at:
        raise KeyRefused("The key would have ended already. Choose a later day.")
    if len(entropy) < ENTROPY_NEEDED:
        raise ValueError(f"A key needs {ENTROPY_NEEDED} random bytes.")
    workspace_id = current_workspace_id()
    prefix = f"tsk_{workspace_id}_{entropy[:_ID_BYTES].hex()}"
    token = f"{prefix}_{entropy[_ID_BYTES:ENTROPY_NEEDED].hex()}"
    key = ApiKey.objects.create(
        workspace_id=workspace_id,
        partner_id=partner_id,
        name=name.strip(),
        prefix=prefix,
        secret_hash=_hash(token),
        permissions=chosen,
        created_at=at,
        created_by_label=actor.label,
        expires_at=expires_at,
    )
    record_activity(
        actor,
        verb="api_key_created",
        subject_kind="api_key",
        subject_id=key.pk,
        partner_id=partner_id,
        summary=f"{actor.label} made the API key {key}",
        data={
            "prefix": prefix,
            "permissions": chosen,
            "expires_at": expires_at.isoformat() if expires_at else None,
        },
        at=at,
    )
    return NewKey(key, token)


@transaction.atomic
def revoke_api_key(actor: Actor, *, key_id: int, at: datetime) -> ApiKey:
    """End a key: its next request is refused. One that was revoked before is left as it is.

    Raises `ApiKey.DoesNotExist`, also for a key that the scope cannot see.
    """
    key = ApiKey.objects.select_for_update().get(pk=key_id)
    if key.revoked_at is not None:
        return key
    key.revoked_at, key.revoked_by_label = at, actor.label
    key.save(update_fields=["revoked_at", "revoked_by_label"])
    record_activity(
        actor,
        verb="api_key_revoked",
        subject_kind="api_key",
        subject_id=key.pk,
        partner_id=key.partner_id,
        summary=f"{actor.label} revoked the API key {key}",
        data={"prefix": key.prefix},
        at=at,
    )
    return key


def api_keys(*, partner_id: int | None) -> QuerySet[ApiKey]:
    """Return the keys of the workspace itself or of one partner: those that work first, then the newest."""
    own = Q(partner__isnull=True) if partner_id is None else Q(partner_id=partner_id)
    return ApiKey.objects.filter(own).order_by(_WORKING_FIRST, "-created_at", "-pk")


def keys_of_partners() -> QuerySet[ApiKey]:
    """Return the keys of all partners, by partner. Vendor's side."""
    keys = ApiKey.objects.filter(partner__isnull=False).select_related("partner")
    return keys.order_by("partner__name", _WORKING_FIRST, "-created_at", "-pk")


def caller_with(token: str, *, at: datetime) -> Caller | None:
    """Return who calls with this key, or nothing: for one that is wrong, revoked or past its end, whichever it is.

    Runs outside any scope. A partner's key works while the partner's portal is open. Two queries.
    """
    form = _TOKEN.fullmatch(token)
    if form is None:
        return None
    with scope(workspace_id=int(form[2])):
        alive = Q(revoked_at__isnull=True) & (Q(expires_at__isnull=True) | Q(expires_at__gt=at))
        key = ApiKey.objects.select_related("workspace", "partner").filter(alive, prefix=form[1]).first()
    if key is None or not hmac.compare_digest(key.secret_hash, _hash(token)):
        return None
    if key.partner is not None and key.partner.lifecycle in GONE:
        return None
    return Caller(
        key_id=key.pk,
        name=key.name,
        prefix=key.prefix,
        workspace=key.workspace,
        permissions=frozenset(permission for permission in Permission if permission.value in key.permissions),
        expires_at=key.expires_at,
        last_used_at=key.last_used_at,
        partner=PartnerSide(key.partner.pk, key.partner.name) if key.partner else None,
    )


def note_key_use(caller: Caller, *, at: datetime) -> None:
    """Keep when a key was last used, written once a minute at most. Call it in the key's own scope."""
    before = at - USE_NOTED_EVERY
    if caller.last_used_at is not None and caller.last_used_at > before:
        return
    stale = Q(last_used_at__isnull=True) | Q(last_used_at__lte=before)
    ApiKey.objects.filter(stale, pk=caller.key_id, revoked_at__isnull=True).update(last_used_at=at)


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()
