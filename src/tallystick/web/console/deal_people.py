"""Who works on a deal on both sides, and the conversation with each partner of it."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from tallystick.attribution.deal_list import Deal
from tallystick.deals.models import OutsideSubmitter
from tallystick.deals.services import About
from tallystick.partners.models import Partner
from tallystick.platform.access import Permission, Viewer
from tallystick.web.collaborating import CollaboratorPanel, collaborator_panel
from tallystick.web.console.deals import account_of
from tallystick.web.conversations import MessageForm, Panel, conversation_panel


@dataclass(frozen=True, slots=True)
class Collaborator:
    """Somebody who works on the deal, and as what."""

    name: str
    part: str


def partners_of(shown: Deal) -> tuple[Partner, ...]:
    """Return the partners of a deal: who registered it first, then those credited for it."""
    found = {credit.partner_id: credit.partner for credit in shown.credits}
    if shown.registration is not None:
        first = shown.registration.partner
        found = {first.pk: first} | found
    return tuple(found.values())


def about_of(shown: Deal, partner_id: int) -> About:
    """Return what a partner's conversation about the deal hangs on: its registration where it made one."""
    claim = shown.registration
    own_claim = claim if claim is not None and claim.partner_id == partner_id else None
    return About(
        partner_id=partner_id,
        title=f"{own_claim.reference} {own_claim.company}" if own_claim else account_of(shown),
        registration_id=own_claim.pk if own_claim else None,
        opportunity_id=shown.opportunity.pk if shown.opportunity else None,
    )


def conversation_of(viewer: Viewer, shown: Deal, partner: Partner, form: MessageForm | None = None) -> Panel:
    """Return the conversation with one partner of the deal."""
    about = about_of(shown, partner.pk)
    if about.registration_id is not None and shown.registration is not None:
        post_url = reverse("console:write_on_registration", args=[shown.registration.reference])
    else:
        post_url = reverse("console:write_on_deal", args=[about.opportunity_id, partner.pk])
    return conversation_panel(
        viewer,
        about,
        partner_name=partner.name,
        post_url=post_url,
        file_url=lambda file_id: reverse("console:file", args=[file_id]),
        may_write=viewer.may(Permission.WRITE_ON_DEALS),
        form=form,
    )


def conversations_of(viewer: Viewer, shown: Deal, refused: MessageForm | None, with_partner: int) -> list[Panel]:
    """Return the conversation with each partner of the deal; `refused` is the form of one that was not posted."""
    return [
        conversation_of(viewer, shown, partner, refused if partner.pk == with_partner else None)
        for partner in partners_of(shown)
    ]


def collaborators_of(shown: Deal) -> list[Collaborator]:
    """Return who works on the deal: its owner in the CRM, the managers of its partners, who registered it."""
    found: dict[str, str] = {}
    if shown.opportunity is not None and shown.opportunity.owner_name:
        found[shown.opportunity.owner_name] = _("Owner in the CRM")
    for partner in partners_of(shown):
        if partner.manager is not None:
            found.setdefault(str(partner.manager), _("Partner manager of %(partner)s") % {"partner": partner.name})
    claim = shown.registration
    if claim is not None and claim.submitted_by is not None:
        found.setdefault(str(claim.submitted_by), _("Registered it for %(partner)s") % {"partner": claim.partner.name})
    elif claim is not None and (outsider := OutsideSubmitter.objects.filter(registration=claim).first()):
        words = {"partner": claim.partner.name, "way": outsider.get_way_display(), "email": outsider.email}
        found.setdefault(outsider.name, _("Registered it for %(partner)s: %(way)s, %(email)s") % words)
    return [Collaborator(name, part) for name, part in found.items()]


def added_people(viewer: Viewer, shown: Deal) -> CollaboratorPanel | None:
    """Return who was added to the registration, or to an opportunity that has none."""
    row = shown.registration or shown.opportunity
    return collaborator_panel(viewer, row) if row is not None else None
