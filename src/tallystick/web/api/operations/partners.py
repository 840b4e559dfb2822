"""Partner organisations: the directory, one partner with its people and tiers, and what can be changed of it."""

from __future__ import annotations

from datetime import date, datetime
from http import HTTPStatus
from typing import Annotated, Literal, Self

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import Field

from tallystick.flows.partners import add_partner
from tallystick.partners.invitations import invite_partner_person
from tallystick.partners.models import Lifecycle, Partner, PartnerRole, PartnerType, Tier
from tallystick.partners.queries import partner_page
from tallystick.partners.services import change_lifecycle, change_tier, create_partner
from tallystick.platform.access import Permission
from tallystick.platform.clock import now, today
from tallystick.web.api.access import Whose, caller_of, operation
from tallystick.web.api.paging import Page, PageAsked, one_by_one, one_page, sorted_by
from tallystick.web.api.problems import ErrorCode
from tallystick.web.api.values import Email, Given, Id, Told, words

router = Router(tags=["Partners"])

CountryCode = Annotated[str, Field(pattern=r"^([A-Z]{2})?$", description="ISO 3166-1 alpha-2.", examples=["DE"])]


class PartnerTold(Told):
    """A partner organisation."""

    id: int
    name: Annotated[str, Field(examples=["Zephyr Informatics"])]
    type: PartnerType
    lifecycle: Lifecycle
    tier: Annotated[Tier | None, Field(description="Today's tier.")]
    region: Annotated[str, Field(examples=["DACH"])]
    country: Annotated[str, Field(examples=["DE"])]
    domain: Annotated[str, Field(examples=["zephyr.example"])]
    manager: Annotated[str | None, Field(description="Who looks after it.", examples=["Berit Holm"])]
    joined_on: date | None

    @classmethod
    def of(cls, partner: Partner) -> Self:
        """Return a partner, read with its manager, as it is told."""
        return cls(**_told(partner))


class TierPeriodTold(Told):
    """A tier that a partner holds from a day on."""

    tier: Tier
    valid_from: date


class PartnerPersonTold(Told):
    """A person who works for a partner, or is invited."""

    name: Annotated[str, Field(examples=["Zoe Lind"])]
    email: Annotated[str, Field(examples=["zoe@zephyr.example"])]
    role: PartnerRole
    is_invited: Annotated[bool, Field(description="Until the invitation is accepted.")]


class PartnerDetailTold(PartnerTold):
    """A partner with its tiers, the latest first, and its people by name."""

    tiers: list[TierPeriodTold]
    people: list[PartnerPersonTold]


class PartnerPage(Page[PartnerTold]):
    """Partners, a page at a time."""


class PartnersAsked(PageAsked):
    """What partners are narrowed and ordered by."""

    search: Annotated[str, words(100), Field(description="A part of the name.")] = ""
    type: PartnerType | None = None
    lifecycle: Lifecycle | None = None
    tier: Tier | None = None
    sort: Literal["id", "-id", "name", "-name"] = "name"


@operation(router, "GET", "/partners", PartnerPage, whose=Whose.WORKSPACE, permission=Permission.SEE_PARTNERS)
def list_partners(request: HttpRequest, asked: Query[PartnersAsked]) -> PartnerPage:  # noqa: ARG001
    """List partners."""
    found = Partner.objects.select_related("manager")
    for column in ("type", "lifecycle", "tier"):
        if wanted := getattr(asked, column):
            found = found.filter(**{column: wanted})
    if asked.search:
        found = found.filter(name__icontains=asked.search)
    return PartnerPage(**one_page(found, sorted_by(asked.sort), asked, one_by_one(PartnerTold.of)))


class NewPartner(Given):
    """A partner to be added."""

    name: Annotated[
        str, words(120, least=1), Field(description="As the CRM writes it.", examples=["Zephyr Informatics"])
    ]
    type: PartnerType
    lifecycle: Lifecycle = Lifecycle.ACTIVE
    tier: Tier | None = None
    region: Annotated[str, words(40), Field(examples=["DACH"])] = ""
    country: CountryCode = ""
    domain: Annotated[str, words(255), Field(examples=["zephyr.example"])] = ""
    joined_on: Annotated[
        date | None, Field(description="Day it has joined and holds its tier from; today if left out.")
    ] = None


@operation(
    router,
    "POST",
    "/partners",
    PartnerTold,
    whose=Whose.WORKSPACE,
    permission=Permission.MANAGE_PARTNERS,
    status=HTTPStatus.CREATED,
    refuses=(ErrorCode.ALREADY_EXISTS,),
)
def create_a_partner(request: HttpRequest, given: NewPartner) -> PartnerTold:
    """Add a partner.

    Deals whose CRM record names it already are decided again. Invite its people next.
    """
    caller = caller_of(request)
    on = given.joined_on or today(caller.workspace.time_zone)
    if given.lifecycle is Lifecycle.ACTIVE:
        made = add_partner(
            caller.actor(),
            name=given.name,
            type=given.type,
            tier=given.tier,
            region=given.region,
            country=given.country,
            domain=given.domain,
            on=on,
            at=now(),
        )
    else:
        made = create_partner(
            caller.actor(),
            name=given.name,
            type=given.type,
            lifecycle=given.lifecycle,
            tier=given.tier,
            region=given.region,
            country=given.country,
            domain=given.domain,
            on=on,
            at=now(),
        )
    return PartnerTold.of(made)


@operation(
    router,
    "GET",
    "/partners/{partner_id}",
    PartnerDetailTold,
    whose=Whose.WORKSPACE,
    permission=Permission.SEE_PARTNERS,
)
def read_partner(request: HttpRequest, partner_id: Id) -> PartnerDetailTold:  # noqa: ARG001
    """Read a partner with its tiers and its people."""
    page = partner_page(partner_id)
    return PartnerDetailTold(
        **_told(page.partner),
        tiers=[TierPeriodTold(tier=Tier(period.tier), valid_from=period.valid_from) for period in page.tier_periods],
        people=[
            PartnerPersonTold(name=row.name, email=row.email, role=row.role, is_invited=row.is_invited)
            for row in page.people
        ],
    )


class LifecycleWanted(Given):
    """Where a partner is to stand."""

    lifecycle: Lifecycle
    reason: Annotated[str, words(1000), Field(examples=["Signed the agreement"])] = ""


@operation(
    router,
    "POST",
    "/partners/{partner_id}/lifecycle",
    PartnerTold,
    whose=Whose.WORKSPACE,
    permission=Permission.MANAGE_PARTNERS,
    refuses=(ErrorCode.STATE_CONFLICT,),
)
def change_partner_lifecycle(request: HttpRequest, partner_id: Id, given: LifecycleWanted) -> PartnerTold:
    """Move a partner to another point of its lifecycle.

    A step that makes no sense from where it stands is refused, and the detail names those that do.
    """
    caller = caller_of(request)
    changed = change_lifecycle(
        caller.actor(),
        partner_id=partner_id,
        lifecycle=given.lifecycle,
        on=today(caller.workspace.time_zone),
        at=now(),
        reason=given.reason,
    )
    return PartnerTold.of(changed)


class TierWanted(Given):
    """The tier a partner is to hold."""

    tier: Tier
    valid_from: Annotated[date | None, Field(description="First day; today if left out. A later one is kept.")] = None


@operation(
    router,
    "POST",
    "/partners/{partner_id}/tier",
    PartnerTold,
    whose=Whose.WORKSPACE,
    permission=Permission.MANAGE_PARTNERS,
)
def change_partner_tier(request: HttpRequest, partner_id: Id, given: TierWanted) -> PartnerTold:
    """Give a partner a tier from a day on.

    Commission rules read the tier of the invoice's day.
    """
    caller = caller_of(request)
    on = today(caller.workspace.time_zone)
    changed = change_tier(
        caller.actor(),
        partner_id=partner_id,
        tier=given.tier,
        valid_from=given.valid_from or on,
        today=on,
        at=now(),
    )
    return PartnerTold.of(changed)


class InvitationGiven(Given):
    """Somebody to invite to a partner's portal."""

    email: Email
    name: Annotated[str, words(120), Field(examples=["Zoe Lind"])] = ""
    role: PartnerRole = PartnerRole.SELLER


class InvitationTold(Told):
    """An invitation that was sent by mail."""

    email: Annotated[str, Field(examples=["zoe@zephyr.example"])]
    role: PartnerRole
    expires_at: datetime | None


@operation(
    router,
    "POST",
    "/partners/{partner_id}/invitations",
    InvitationTold,
    whose=Whose.WORKSPACE,
    permission=Permission.MANAGE_PARTNERS,
    status=HTTPStatus.CREATED,
    refuses=(ErrorCode.ALREADY_EXISTS,),
)
def invite_to_partner(request: HttpRequest, partner_id: Id, given: InvitationGiven) -> InvitationTold:
    """Invite somebody to a partner's portal by mail.

    The link is good for fourteen days. Inviting again sends a new link, with the role now given.
    """
    made = invite_partner_person(
        caller_of(request).actor(),
        partner=Partner.objects.get(pk=partner_id),
        email=given.email,
        name=given.name,
        role=given.role,
        at=now(),
    )
    return InvitationTold(email=made.person.email, role=PartnerRole(made.role), expires_at=made.invitation_expires_at)


def _told(partner: Partner) -> dict[str, object]:
    return {
        "id": partner.pk,
        "name": partner.name,
        "type": PartnerType(partner.type),
        "lifecycle": Lifecycle(partner.lifecycle),
        "tier": Tier(partner.tier) if partner.tier else None,
        "region": partner.region,
        "country": partner.country,
        "domain": partner.domain,
        "manager": str(partner.manager) if partner.manager else None,
        "joined_on": partner.joined_on,
    }
