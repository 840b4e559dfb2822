"""Which role may do what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tallystick.cli.reference.markdown import page, table
from tallystick.partners.access import PARTNER_ROLE_PERMISSIONS
from tallystick.partners.models import PartnerRole
from tallystick.platform.access import WORKSPACE_ROLE_PERMISSIONS, Permission
from tallystick.platform.models import WorkspaceRole


def permissions_page() -> str:
    """Return the page of permissions: one table for the console, one for the portal."""
    return page(
        "Permissions",
        introduction=(
            "What each role may do. A role lacking a permission is answered 403; whoever belongs to another workspace "
            "or\npartner is answered 404, as if there were nothing."
        ),
        body=[
            "## Console: the vendor's people",
            "",
            *_granted({str(role.label): WORKSPACE_ROLE_PERMISSIONS[role] for role in WorkspaceRole}),
            "",
            "## Portal: the partner's people",
            "",
            *_granted({str(role.label): PARTNER_ROLE_PERMISSIONS[role] for role in PartnerRole}),
        ],
    )


def _granted(roles: Mapping[str, frozenset[Permission]]) -> Iterator[str]:
    granted = frozenset[Permission]().union(*roles.values())
    return table(
        ["Permission", *roles],
        (
            [
                f"`{permission}`<br>{permission.sentence}",
                *("yes" if permission in held else "" for held in roles.values()),
            ]
            for permission in Permission
            if permission in granted
        ),
    )
