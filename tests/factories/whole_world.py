"""A workspace with something behind every page of console and portal, for the walks that open them all."""

from __future__ import annotations

from tallystick.partners.models import PartnerMembership
from tallystick.platform.models import Person, Workspace
from tallystick.platform.tenancy import scope
from tallystick.web.access import Side
from tests.factories.conflicts import conflicts_of_each_kind
from tests.factories.console_world import TODAY, make_console_world
from tests.factories.forms import form_with_a_draft
from tests.factories.leads import leads_of_each_kind
from tests.factories.mails import make_inbound_mail
from tests.factories.people import make_member
from tests.factories.webhooks import make_delivery


def make_whole_world(workspace: Workspace) -> list[tuple[Person, str, Side]]:
    """Return an admin and a partner's admin on 20 Nov 2026, with where each begins."""
    world = make_console_world(workspace)
    admin = make_member(workspace, name="Anna Berg").person
    with scope(workspace_id=workspace.pk):
        leads_of_each_kind(world.partner, at=TODAY)
        conflicts_of_each_kind(world.partner, at=TODAY)
        form_with_a_draft(at=TODAY)
        asha = PartnerMembership.objects.select_related("person").get()
        for partner_id in (None, asha.partner_id):
            make_delivery(partner_id=partner_id)
        make_inbound_mail()
    return [(admin, "/overview/", Side.CONSOLE), (asha.person, "/portal/", Side.PORTAL)]
