"""Every permission has its sentence and somebody who holds it."""

from __future__ import annotations

from tallystick.partners.access import PARTNER_ROLE_PERMISSIONS, VIEWED_AS_PARTNER
from tallystick.partners.models import PartnerRole
from tallystick.platform.access import WORKSPACE_ROLE_PERMISSIONS, Permission
from tallystick.platform.models import WorkspaceRole


def test_every_permission_has_a_sentence() -> None:
    for permission in Permission:
        assert permission.sentence[0].isupper(), permission
        assert permission.sentence.endswith("."), permission


def test_every_role_has_its_permissions_and_every_permission_a_role() -> None:
    assert set(WORKSPACE_ROLE_PERMISSIONS) == set(WorkspaceRole)
    assert set(PARTNER_ROLE_PERMISSIONS) == set(PartnerRole)
    held = frozenset[Permission]().union(*WORKSPACE_ROLE_PERMISSIONS.values(), *PARTNER_ROLE_PERMISSIONS.values())
    assert held == set(Permission)


def test_no_permission_belongs_to_both_sides() -> None:
    console = frozenset[Permission]().union(*WORKSPACE_ROLE_PERMISSIONS.values())
    portal = frozenset[Permission]().union(*PARTNER_ROLE_PERMISSIONS.values())
    assert console & portal == set()
    assert portal >= VIEWED_AS_PARTNER


def test_the_admin_holds_every_permission_of_the_console() -> None:
    console = frozenset[Permission]().union(*WORKSPACE_ROLE_PERMISSIONS.values())
    assert WORKSPACE_ROLE_PERMISSIONS[WorkspaceRole.ADMIN] == console
