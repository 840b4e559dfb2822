"""A mail with the lines of a claim becomes a registration: for its sender's partner, or that of the form it went to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from tallystick.deals.claim_texts import MISSING, ValueRefused, claim_of, read_contact, read_value, read_website
from tallystick.deals.forms import fields_asked
from tallystick.deals.models import DealRegistration, WayIn
from tallystick.deals.rules.account_key import CompanyUnclear
from tallystick.deals.rules.forms.form import Subject
from tallystick.deals.rules.mailed_claim import REQUIRED, mailed_answers, mailed_fields, too_long
from tallystick.deals.services import NewRegistration
from tallystick.flows.mail_in.files import leave_out, sort_files
from tallystick.flows.outside import Submitter, register_from_outside
from tallystick.kernel.money import Money
from tallystick.partners.models import GONE, PartnerMembership
from tallystick.partners.places import partner_viewer
from tallystick.partners.public_forms import FormClosed, holder_of
from tallystick.platform.access import Permission
from tallystick.platform.actors import Actor, ActorKind
from tallystick.platform.mail_in.reading import ReceivedMail
from tallystick.platform.models import FilePurpose, InboundMail, Workspace
from tallystick.platform.tenancy import scope

LABELS: Final[Mapping[str, Promise]] = {
    "company": _lazy("Company"),
    "website": _lazy("Website"),
    "contact": _lazy("Contact"),
    "value": _lazy("Value"),
    "product": _lazy("Product"),
    "distributor": _lazy("Distributor"),
}
_CLOSED: Final = _lazy("The address you wrote to is closed. Ask who gave it to you for a new one.")


class MailNotUnderstood(ValueError):
    """What the mail asks cannot be done as it stands; each argument is a sentence for its sender."""

    def __init__(self, *sentences: str | Promise) -> None:
        super().__init__(*sentences)
        self.sentences = tuple(str(sentence) for sentence in sentences)


@dataclass(frozen=True, slots=True)
class Claimant:
    """For which partner a mail registers, and as whom; without an account here by the partner's own address."""

    partner_id: int
    actor: Actor


def register_by_mail(
    kept: InboundMail, mail: ReceivedMail, claimant: Claimant, *, workspace: Workspace, at: datetime
) -> tuple[DealRegistration, tuple[str, ...]]:
    """Register what the lines of a mail claim and have the receipt mailed to its sender. Raises MailNotUnderstood.

    Lines with the labels of the registration form are its answers; what it needs and a mail does not say is asked.
    Files go with it if its sender is known here; returns also a sentence for each that is not kept, as in the receipt.
    """
    claim = read_claim(mail.text, home=workspace.currency)
    with scope(workspace_id=kept.workspace_id, partner_id=claimant.partner_id):
        asked = fields_asked(Subject.REGISTRATION, partner_id=claimant.partner_id)
        known = claimant.actor.person_id is not None
        files = sort_files(mail.files, purpose=FilePurpose.REGISTRATION) if known else leave_out(mail.files)
        answers = mailed_answers(mail.text, {field.label: field.id for field in asked})
        try:
            made = register_from_outside(
                claimant.actor,
                partner_id=claimant.partner_id,
                claim=replace(claim, answers=answers, uploads=files.uploads),
                submitter=Submitter(
                    way=WayIn.MAIL,
                    name=mail.sender_name or mail.sender,
                    email=mail.sender,
                    left_out=files.left_out,
                ),
                token=f"mail:{kept.message_key}",
                at=at,
            )
        except CompanyUnclear as problem:
            raise MailNotUnderstood(str(problem)) from problem
        return made, files.left_out


def read_claim(text: str, *, home: str) -> NewRegistration:
    """Return the claim in the words of a mail; amounts without a currency are in `home`.

    Raises MailNotUnderstood with a sentence for each line that is missing or cannot be read.
    """
    fields = mailed_fields(text)
    problems = [f"{LABELS[field]}: {MISSING[field]}" for field in REQUIRED if field not in fields]
    problems += [f"{LABELS[field]}: {_('This is too long.')}" for field in too_long(fields)]
    value: Money | None = None
    for field, words in fields.items():
        try:
            match field:
                case "website":
                    read_website(words)
                case "contact":
                    read_contact(words)
                case "value":
                    value = read_value(words, home=home)
        except ValueRefused as problem:
            problems.append(f"{LABELS[field]}: {problem}")
    if problems or value is None:
        raise MailNotUnderstood(*problems)
    return claim_of(
        company=fields["company"],
        website=fields["website"],
        contact=fields["contact"],
        value=value,
        product=fields.get("product", ""),
        distributor=fields.get("distributor", ""),
    )


def claimant_by_form(token: str, *, workspace_id: int) -> Claimant:
    """Return for whom a mail to the address of a public form registers. Raises MailNotUnderstood."""
    try:
        holder = holder_of(token)
    except FormClosed as closed:
        raise MailNotUnderstood(_CLOSED) from closed
    if holder.workspace.pk != workspace_id:
        raise MailNotUnderstood(_CLOSED)
    label = f"Mail to the public form of {holder.partner.name}"[:120]
    return Claimant(holder.partner.pk, Actor(kind=ActorKind.PERSON, label=label))


def claimant_by_address(sender: str) -> Claimant:
    """Return for whom a person known by their address registers. Vendor's side. Raises MailNotUnderstood."""
    memberships = PartnerMembership.objects.filter(person__email=sender, accepted_at__isnull=False)
    found = list(memberships.exclude(partner__lifecycle__in=GONE).order_by("pk"))
    viewers = [
        viewer
        for row in found
        if (viewer := partner_viewer(row.pk, partner_id=row.partner_id, person_id=row.person_id))
        and viewer.person.is_active
        and viewer.may(Permission.REGISTER_DEALS)
    ]
    if not viewers:
        raise MailNotUnderstood(
            _("Nobody who may register deals has this address. Write from the address you sign in with.")
        )
    if len(viewers) > 1:
        raise MailNotUnderstood(
            _("You register deals for several partners. Use the portal, or the address of the partner’s public form.")
        )
    (viewer,) = viewers
    if viewer.owes_terms:
        raise MailNotUnderstood(_("The portal's terms have changed. Sign in once to agree to them, then write again."))
    assert viewer.partner is not None  # noqa: S101 - a membership belongs to a partner
    return Claimant(viewer.partner.id, viewer.actor())
