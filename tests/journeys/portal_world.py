"""A small world for tests of the portal: what one partner owns, and, marked, everything it must never see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from tallystick.attribution.models import Touch
from tallystick.commissions.services import issue_statements, mark_invoices, settle_pending
from tallystick.crm.models import Account, Contact, InvoiceLine, Opportunity, SalesActivity, StageChange
from tallystick.deals.models import MessageSide
from tallystick.deals.services import (
    About,
    Draft,
    NewRegistration,
    link_opportunity,
    post_message,
    submit_once,
    write_internal_note,
)
from tallystick.deals.services.leads import offer_lead_to
from tallystick.flows.registrations import approve_registration
from tallystick.kernel.money import Money
from tallystick.kernel.periods import Month
from tallystick.partners.models import Partner, PartnerMembership, PartnerRole
from tallystick.platform.activity import record_activity
from tallystick.platform.actors import SYSTEM, Actor, ActorKind
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import scope
from tests.factories import make_row
from tests.factories.approvals import approve_month
from tests.factories.leads import introduce, lead_of_ours
from tests.factories.people import make_partner, make_partner_person
from tests.factories.revenue import credit, make_invoice, make_plan, pay, refund

MARK = "FOREIGN"
"""Stands in every field of another partner, and in every field of the vendor that a partner may not read."""
MANAGER = Actor(kind=ActorKind.PERSON, label="Berit Holm")


@dataclass(frozen=True, slots=True)
class PortalWorld:
    """What a test needs to find: the partner's seller, its deals by company, and what its rival owns."""

    partner: Partner
    rival: Partner
    seller: PartnerMembership
    references: Mapping[str, str]
    open_deal: Opportunity
    won_deal: Opportunity
    foreign_deal: Opportunity


def build_portal_world(workspace: Workspace, *, at: datetime) -> PortalWorld:
    """Return a world as it stands at an instant: a deal open, one won and paid, one in review, one declined."""
    partner, rival = make_partner(workspace), make_partner(workspace, f"{MARK} Rival")
    seller = make_partner_person(partner, PartnerRole.SELLER, name="Zoe Lind")
    rival_seller = make_partner_person(rival, email="sam@rival.example", name=f"{MARK} Sam")
    zoe, sam = _actor(seller), _actor(rival_seller)
    with scope(workspace_id=workspace.pk):
        make_plan()
        references = {
            "Cellvia": _register(zoe, partner, "Cellvia", at=at - timedelta(days=70)),
            "Northgate": _register(zoe, partner, "Northgate", at=at - timedelta(hours=2)),
            MARK: _register(sam, rival, f"{MARK}co", at=at - timedelta(days=40)),
        }
        _register(sam, rival, "Ardent", at=at - timedelta(days=5))
        references["Ardent"] = _register(zoe, partner, "Ardent", at=at - timedelta(days=4))
        open_deal = _open_deal(partner, rival, at=at)
        won_deal = _won_deal(partner, rival, at=at)
        foreign_deal = _foreign_deal(rival, at=at)
        month = Month.containing((at - timedelta(days=70)).date())
        approve_month(month)
        issue_statements(MANAGER, month=month)
        _approve(partner, open_deal, at=at - timedelta(days=69))
        _talk(partner, rival, references, at=at - timedelta(hours=1))
        _lead_of_rival(partner, rival, at=at - timedelta(hours=1))
        record_activity(SYSTEM, verb="month_closed", subject_kind="month", subject_id=None, summary=f"{MARK} entry")
    return PortalWorld(partner, rival, seller, references, open_deal, won_deal, foreign_deal)


def _actor(membership: PartnerMembership) -> Actor:
    return Actor(kind=ActorKind.PERSON, label=membership.person.name, person_id=membership.person_id)


def _register(actor: Actor, partner: Partner, company: str, *, at: datetime) -> str:
    claim = NewRegistration(
        company=company,
        website=f"{company.lower()}.example",
        contact_name=f"Dr {company}",
        value=Money(6_000_000, "EUR"),
    )
    with scope(workspace_id=partner.workspace_id, partner_id=partner.pk):
        return submit_once(actor, partner_id=partner.pk, claim=claim, at=at, token=company).reference


def _approve(partner: Partner, deal: Opportunity, *, at: datetime) -> None:
    registration = partner.registrations.get(company="Cellvia")
    link_opportunity(MANAGER, registration_id=registration.pk, opportunity_id=deal.pk, at=at)
    approve_registration(MANAGER, registration_id=registration.pk, at=at)


def _deal(company: str, *, at: datetime, **given: object) -> Opportunity:
    """Return a deal with a mark in every field that a partner may not read."""
    account = make_row(
        Account, name=company, owner_name=f"{MARK} owner", industry=f"{MARK} industry", website=f"{MARK}.example"
    )
    deal = make_row(
        Opportunity,
        account=account,
        name=f"{MARK} deal name",
        lead_source=f"{MARK} lead source",
        partner_named=f"{MARK} partner",
        external_id=f"{MARK}-{company}",
        currency="EUR",
        owner_name="Tom Albright",
        opened_on=(at - timedelta(days=68)).date(),
        **given,
    )
    make_row(Contact, account=account, name=f"{MARK} contact")
    make_row(SalesActivity, account=account, opportunity=deal, kind="meeting", note=f"{MARK} note")
    make_row(StageChange, opportunity=deal, stage="Discovery", status="open", entered_on=deal.opened_on)
    return deal


def _touch(partner: Partner, deal: Opportunity, kind: str, *, at: datetime) -> None:
    make_row(
        Touch,
        partner=partner,
        account=deal.account,
        opportunity=deal,
        kind=kind,
        happened_on=at.date(),
        learned_on=at.date(),
        proof=f"{MARK} proof",
        recorded_by_label=f"{MARK} clerk",
    )


def _open_deal(partner: Partner, rival: Partner, *, at: datetime) -> Opportunity:
    deal = _deal(
        "Cellvia",
        at=at,
        stage="Discovery",
        status="open",
        amount_minor=10_000_000,
        next_step="Security review",
        close_on=(at + timedelta(days=40)).date(),
    )
    credit(deal, {partner: 700_000, rival: 300_000})
    _touch(partner, deal, "demo", at=at - timedelta(days=60))
    _touch(rival, deal, "co_sell_meeting", at=at - timedelta(days=50))
    return deal


def _won_deal(partner: Partner, rival: Partner, *, at: datetime) -> Opportunity:
    """Return a deal won 110 days ago, paid in two parts, refunded in part, and credited anew in between."""
    won_on = (at - timedelta(days=110)).date()
    deal = _deal("Orchid Health", at=at, stage="Closed Won", status="won", amount_minor=1_200_000, close_on=won_on)
    credit(deal, {partner: 1_000_000})
    invoice = make_invoice(deal, nets=[900_000, 300_000], number="2026-0042", issued_on=won_on)
    InvoiceLine.objects.filter(invoice=invoice).update(description=f"{MARK} description")
    pay(invoice, 720_000, (at - timedelta(days=100)).date(), key="p1")
    _settle(invoice.pk)
    pay(invoice, 720_000, (at - timedelta(days=10)).date(), key="p2")
    refund(invoice, 360_000, (at - timedelta(days=5)).date(), key="r1")
    credit(deal, {partner: 600_000, rival: 400_000})
    _settle(invoice.pk)
    return deal


def _foreign_deal(rival: Partner, *, at: datetime) -> Opportunity:
    deal = _deal(f"{MARK} Labs", at=at, stage="Closed Won", status="won", amount_minor=7_777_700, next_step=MARK)
    credit(deal, {rival: 1_000_000})
    invoice = make_invoice(
        deal, nets=[7_777_700], number=f"{MARK}-0001", issued_on=(at - timedelta(days=110)).date(), external_id="f1"
    )
    pay(invoice, 9_333_240, (at - timedelta(days=100)).date(), key="f1")
    _settle(invoice.pk)
    return deal


def _talk(partner: Partner, rival: Partner, references: Mapping[str, str], at: datetime) -> None:
    """Have the rival talk about its deal, and the vendor note something, with a file, beside the partner's."""
    for number, (owner, reference) in enumerate(((rival, references[MARK]), (partner, references["Cellvia"]))):
        claim = owner.registrations.get(reference=reference)
        about = About(partner_id=owner.pk, title=f"{claim.reference} {claim.company}", registration_id=claim.pk)
        upload = SimpleUploadedFile(f"{MARK}.txt", f"{MARK} file".encode())
        draft = Draft(text=f"{MARK} words", key=f"talk-{number}", uploads=[upload])
        if owner is rival:
            post_message(MANAGER, about=about, side=MessageSide.VENDOR, draft=draft, at=at)
        else:
            write_internal_note(MANAGER, about=about, draft=draft, at=at)
            post_message(MANAGER, about=about, side=MessageSide.VENDOR, draft=Draft(text="Hello", key="own"), at=at)


def _lead_of_rival(partner: Partner, rival: Partner, *, at: datetime) -> None:
    """Have a lead of ours offered to the partner after the rival declined it, and another be the rival's."""
    told = {"contact_name": f"{MARK} contact", "contact_email": f"{MARK}@example.test".lower()}
    offered = lead_of_ours(company="Brightwell", website="brightwell.example", need="A LIMS", at=at, **told)
    offer_lead_to(MANAGER, lead_id=offered.pk, partner_id=rival.pk, reason=f"{MARK} reason", at=at)
    offer_lead_to(MANAGER, lead_id=offered.pk, partner_id=partner.pk, reason=f"{MARK} reason", at=at)
    introduce(rival, company=f"{MARK} introduced", website="", need=f"{MARK} need", at=at)


def _settle(invoice_id: int) -> None:
    with transaction.atomic():
        mark_invoices(invoice_ids=[invoice_id])
    list(settle_pending(MANAGER))
