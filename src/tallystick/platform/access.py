"""What people may do: permissions, the vendor's roles that carry them, and the viewer behind a request.

Services do not ask; whoever calls one (a view, an API operation) requires the permission first. Partner roles are in
`partners.access`. The list in docs/reference/permissions.md is generated from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Self

from django.core.exceptions import PermissionDenied

from tallystick.platform.actors import Actor, ActorKind
from tallystick.platform.models import Person, Workspace, WorkspaceRole


class Permission(StrEnum):
    """One thing a role allows, with the sentence that documents it. `console` ones are the vendor's."""

    sentence: str

    def __new__(cls, value: str, sentence: str) -> Self:
        """Make a member whose value is the name stored and shown in documents."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.sentence = sentence
        return member

    SEE_OVERVIEW = "see_overview", "See the overview: the motion label, the key figures and the partner ranking."
    SEE_DEALS = "see_deals", "See deals and registrations with their evidence."
    WRITE_ON_DEALS = "write_on_deals", "Write to partners about their deals, and keep internal notes beside them."
    DECIDE_REGISTRATIONS = (
        "decide_registrations",
        "Decide what partners ask of their registrations, and decide registrations in the list.",
    )
    SETTLE_MAILS = (
        "settle_mails",
        "See mails that came in, vouch for the sender of one that was held or not understood, and put it aside.",
    )
    TAKE_STEPS = "take_steps", "Take the steps of an approval that the rules of engagement give to one's role."
    SEE_LEADS = "see_leads", "See leads with their checks, their offers and the ranking of partners."
    MANAGE_LEADS = "manage_leads", "Answer, qualify and convert leads, pass them to partners and publish their policy."
    RULE_CONFLICTS = "rule_conflicts", "Rule the cases in which claims to a deal stand against each other."
    SEE_ATTRIBUTION = "see_attribution", "See attribution decisions, their explanations and the gaps."
    MANAGE_ATTRIBUTION = "manage_attribution", "Record touches, settle gaps and publish the attribution policy."
    SEE_COMMISSIONS = "see_commissions", "See commission lines, statements and the arithmetic behind them."
    MANAGE_COMMISSIONS = (
        "manage_commissions",
        "Prepare approval runs, set lines aside, close months and issue the statements of partners.",
    )
    APPROVE_COMMISSIONS = "approve_commissions", "Approve and reject the commissions that somebody prepared."
    SEE_OWN_SELLER_PAY = "see_own_seller_pay", "See how one's own deals with partners pay, beside selling direct."
    SEE_SELLER_PAY = "see_seller_pay", "See what every AE is paid, direct and with partners, and where the two differ."
    MANAGE_SELLER_PAY = "manage_seller_pay", "Publish the table of what AEs are paid."
    SEE_PARTNERS = "see_partners", "See the directory and the pages of partners."
    MANAGE_PARTNERS = "manage_partners", "Add partners, change their lifecycle and tier, and invite their people."
    VIEW_AS_PARTNER = "view_as_partner", "Look at the portal as a partner sees it, without changing anything."
    SEE_PROGRAMME = "see_programme", "See tracks and commission plans in every version."
    MANAGE_PROGRAMME = "manage_programme", "Create tracks, draft commission plans and publish them."
    IMPORT_FACTS = "import_facts", "Import accounts, opportunities, invoices and payments, and undo an import."
    SEE_ACTIVITY = "see_activity", "See what happened in the workspace, by whom, and check the chain of entries."
    MANAGE_PEOPLE = "manage_people", "Invite people to the workspace, change their roles and remove them."

    SEE_SETTINGS = "see_settings", "Open the settings; each section asks for a permission of its own."
    MANAGE_WORKSPACE = (
        "manage_workspace",
        "Change the workspace: name, money, time, brand, partner terms, rules of approval and sign-in, jobs, privacy.",
    )

    MANAGE_API_KEYS = "manage_api_keys", "Create and revoke the keys that programs call the API with."

    MANAGE_WEBHOOKS = "manage_webhooks", "Choose where the workspace's events are sent, and see what was sent there."

    SHARE_VIEWS = "share_views", "Share saved views of lists with everyone in the workspace."

    SEE_OWN_PORTAL = "see_own_portal", "See the partner's own home page in the portal."
    SEE_OWN_DEALS = "see_own_deals", "See the partner's own registrations and deals."
    SEE_OWN_LEADS = "see_own_leads", "See the leads the partner introduced, and those offered to it."
    INTRODUCE_LEADS = "introduce_leads", "Introduce leads for the partner, and answer and work those offered to it."
    REGISTER_DEALS = "register_deals", "Register deals for the partner and withdraw them."
    DISPUTE_OWN_DEALS = "dispute_own_deals", "Dispute decisions on the partner's own deals and appeal rulings on them."
    WRITE_ON_OWN_DEALS = "write_on_own_deals", "Write in the conversations about the partner's own deals."
    MANAGE_OWN_TEAM = "manage_own_team", "Invite colleagues at the partner, change their roles and remove them."
    MANAGE_OWN_API_KEYS = "manage_own_api_keys", "Create and revoke the partner's own keys for the API."
    MANAGE_OWN_WEBHOOKS = (
        "manage_own_webhooks",
        "Choose where the partner's own events are sent, and see what was sent there.",
    )
    SEE_OWN_EARNINGS = "see_own_earnings", "See the partner's own commission lines and statements."
    SEE_OWN_NOTICES = "see_own_notices", "Read one's own notifications in the portal and choose what they are about."


_SEES_CONSOLE = frozenset(
    {
        Permission.SEE_OVERVIEW,
        Permission.SEE_DEALS,
        Permission.SEE_LEADS,
        Permission.SEE_ATTRIBUTION,
        Permission.SEE_PARTNERS,
        Permission.SEE_SETTINGS,
    }
)
_SEES_MONEY = frozenset(
    {Permission.SEE_COMMISSIONS, Permission.SEE_PROGRAMME, Permission.SEE_ACTIVITY, Permission.TAKE_STEPS}
)

WORKSPACE_ROLE_PERMISSIONS: Mapping[WorkspaceRole, frozenset[Permission]] = {
    WorkspaceRole.ADMIN: _SEES_CONSOLE
    | _SEES_MONEY
    | {
        Permission.WRITE_ON_DEALS,
        Permission.DECIDE_REGISTRATIONS,
        Permission.SETTLE_MAILS,
        Permission.MANAGE_LEADS,
        Permission.RULE_CONFLICTS,
        Permission.MANAGE_ATTRIBUTION,
        Permission.MANAGE_COMMISSIONS,
        Permission.APPROVE_COMMISSIONS,
        Permission.SEE_OWN_SELLER_PAY,
        Permission.SEE_SELLER_PAY,
        Permission.MANAGE_SELLER_PAY,
        Permission.MANAGE_PARTNERS,
        Permission.VIEW_AS_PARTNER,
        Permission.MANAGE_PROGRAMME,
        Permission.IMPORT_FACTS,
        Permission.MANAGE_PEOPLE,
        Permission.SHARE_VIEWS,
        Permission.MANAGE_WORKSPACE,
        Permission.MANAGE_API_KEYS,
        Permission.MANAGE_WEBHOOKS,
    },
    WorkspaceRole.PARTNER_MANAGER: _SEES_CONSOLE
    | _SEES_MONEY
    | {
        Permission.WRITE_ON_DEALS,
        Permission.DECIDE_REGISTRATIONS,
        Permission.SETTLE_MAILS,
        Permission.MANAGE_LEADS,
        Permission.RULE_CONFLICTS,
        Permission.MANAGE_ATTRIBUTION,
        Permission.MANAGE_PARTNERS,
        Permission.VIEW_AS_PARTNER,
        Permission.SHARE_VIEWS,
    },
    WorkspaceRole.AE: _SEES_CONSOLE | {Permission.WRITE_ON_DEALS, Permission.SEE_OWN_SELLER_PAY},
    WorkspaceRole.REVOPS: _SEES_CONSOLE
    | _SEES_MONEY
    | {
        Permission.RULE_CONFLICTS,
        Permission.WRITE_ON_DEALS,
        Permission.MANAGE_LEADS,
        Permission.MANAGE_ATTRIBUTION,
        Permission.MANAGE_PROGRAMME,
        Permission.VIEW_AS_PARTNER,
        Permission.IMPORT_FACTS,
        Permission.SHARE_VIEWS,
    },
    WorkspaceRole.FINANCE: _SEES_CONSOLE
    | _SEES_MONEY
    | {
        Permission.WRITE_ON_DEALS,
        Permission.MANAGE_COMMISSIONS,
        Permission.APPROVE_COMMISSIONS,
        Permission.SEE_OWN_SELLER_PAY,
        Permission.SEE_SELLER_PAY,
        Permission.MANAGE_SELLER_PAY,
        Permission.IMPORT_FACTS,
        Permission.SHARE_VIEWS,
    },
    WorkspaceRole.EXECUTIVE: _SEES_CONSOLE
    | _SEES_MONEY
    | {Permission.APPROVE_COMMISSIONS, Permission.SEE_OWN_SELLER_PAY, Permission.SEE_SELLER_PAY},
}


@dataclass(frozen=True, slots=True)
class PartnerSide:
    """The partner through whose eyes a viewer looks."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Viewer:
    """The person behind a request, in one workspace and one role there.

    `partner` is set on the partner's side: for the partner's own people, and for someone of the vendor who looks at
    the portal as that partner (`is_viewing_as_partner`).
    """

    person: Person
    workspace: Workspace
    role: str
    role_label: str
    permissions: frozenset[Permission]
    partner: PartnerSide | None = None
    is_viewing_as_partner: bool = False
    unread_notices: int = 0
    owes_terms: bool = False
    """The portal's terms are still to be agreed to, before anything else."""
    second_factor_due: datetime | None = None
    """From when on pages are closed to a session that used no second factor; None where none is asked for."""

    @property
    def label(self) -> str:
        """Return the name that others read in the activity stream."""
        return str(self.person)

    def actor(self) -> Actor:
        """Return the author of what this viewer does, for services."""
        return Actor(kind=ActorKind.PERSON, label=self.label, person_id=self.person.pk)

    def may(self, permission: Permission) -> bool:
        """Tell whether the viewer's role carries the permission."""
        return permission in self.permissions

    def require(self, permission: Permission) -> None:
        """Raise `PermissionDenied`, which is answered with 403, unless the viewer's role carries the permission."""
        if not self.may(permission):
            raise PermissionDenied(f"The role {self.role_label} does not allow this: {permission.sentence}")
