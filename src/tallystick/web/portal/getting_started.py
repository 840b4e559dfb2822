"""The five things somebody of a partner does first, each with what it is good for; read from what is there already."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from allauth.mfa.models import Authenticator
from django.urls import reverse
from django.utils.translation import gettext as _

from tallystick.deals.models import DealRegistration
from tallystick.partners.models import PartnerMembership, TermsAcceptance
from tallystick.platform.access import Permission, Viewer
from tallystick.web.portal.pages import partner_id_of
from tallystick.web.ui.components import ChecklistItem, Progress

STEPS: Final = 5


@dataclass(frozen=True, slots=True)
class GettingStarted:
    """The list as it stands for one person; it leaves the home page once all is done."""

    items: tuple[ChecklistItem, ...]

    @property
    def done(self) -> int:
        """How many of the items are done."""
        return sum(item.progress is Progress.DONE for item in self.items)

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left."""
        return self.done == len(self.items)


def getting_started(viewer: Viewer) -> GettingStarted:
    """Return the list for the person behind a portal page, in the order to do it. Four queries."""
    partner_id, person = partner_id_of(viewer), viewer.person
    agreed = TermsAcceptance.objects.filter(partner_id=partner_id, person=person).exists()
    registered = DealRegistration.objects.filter(partner_id=partner_id).exists()
    has_passkey = Authenticator.objects.filter(user=person, type=Authenticator.Type.WEBAUTHN).exists()
    colleagues = PartnerMembership.objects.filter(partner_id=partner_id).count() > 1
    return GettingStarted(
        (
            _item(
                agreed or not viewer.owes_terms,
                _("Accept the terms"),
                _("Five lines; the full text is below them."),
                reverse("portal:terms"),
                _("Read"),
            ),
            _item(
                bool(person.name),
                _("Say who you are"),
                _("Your name is what the vendor's people see beside your deals."),
                reverse("account:profile"),
                _("Enter name"),
            ),
            _item(
                registered,
                _("Register your first deal"),
                _("Under a minute. First to register is protected."),
                reverse("portal:register") if viewer.may(Permission.REGISTER_DEALS) else "",
                _("Register"),
            ),
            _item(
                has_passkey,
                _("Sign in without a mail"),
                _("Add a passkey to this device: fingerprint, face or PIN."),
                reverse("account:ways"),
                _("Add passkey"),
            ),
            _item(
                colleagues,
                _("Bring your colleagues"),
                _("Sellers register, finance follows the money."),
                reverse("portal:team"),
                _("Invite") if viewer.may(Permission.MANAGE_OWN_TEAM) else _("See team"),
            ),
        )
    )


def _item(done: bool, label: str, note: str, url: str, action: str) -> ChecklistItem:  # noqa: FBT001 - the fact itself
    if done:
        return ChecklistItem(label=label, progress=Progress.DONE, note=note)
    return ChecklistItem(label=label, progress=Progress.OPEN, note=note, url=url, action=action)
