"""Who am I: what a key is, whose it is, and what it may do."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from django.conf import settings
from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from tallystick.web.api.access import Whose, caller_of, operation
from tallystick.web.api.values import Told

router = Router(tags=["The key"])


class OwnerTold(Told):
    """A workspace, or a partner of it."""

    id: int
    name: Annotated[str, Field(examples=["Umbra Labs"])]


class CallerTold(Told):
    """The key behind this request."""

    key: Annotated[str, Field(description="What the key is called.", examples=["CRM sync"])]
    prefix: Annotated[str, Field(description="The part of the key that may be shown.", examples=["tsk_1_9f3ab82ec1d0"])]
    side: Annotated[Literal["workspace", "partner"], Field(description="Whose key it is.")]
    workspace: OwnerTold
    partner: Annotated[OwnerTold | None, Field(description="The partner, of a partner's key.")]
    permissions: Annotated[list[str], Field(examples=[["see_deals", "see_partners"]])]
    expires_at: datetime | None
    currency: Annotated[str, Field(description="Reporting currency of the workspace.", examples=["EUR"])]
    time_zone: Annotated[str, Field(description="Where its business dates are taken.", examples=["Europe/Berlin"])]
    requests_a_minute: Annotated[int, Field(examples=[600])]


@operation(router, "GET", "/me", CallerTold, whose=Whose.BOTH)
def who_am_i(request: HttpRequest) -> CallerTold:
    """Tell what the key is.

    The first call to make: it proves that the key works, and changes nothing but when the key was last used.
    """
    caller = caller_of(request)
    workspace, partner = caller.workspace, caller.partner
    return CallerTold(
        key=caller.name,
        prefix=caller.prefix,
        side="workspace" if partner is None else "partner",
        workspace=OwnerTold(id=workspace.pk, name=workspace.name),
        partner=OwnerTold(id=partner.id, name=partner.name) if partner else None,
        permissions=sorted(caller.permissions),
        expires_at=caller.expires_at,
        currency=workspace.currency,
        time_zone=workspace.time_zone,
        requests_a_minute=settings.API_REQUESTS_A_MINUTE,
    )
