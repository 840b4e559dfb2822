"""The partner's leads: those offered to it with their clock, those it has, and introducing one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from secrets import token_bytes
from typing import ClassVar, Final

from django.contrib import messages
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tallystick.deals.forms import fields_asked
from tallystick.deals.lead_queries import open_offers
from tallystick.deals.models import Lead, LeadDirection, LeadOffer, LeadState
from tallystick.deals.rules.forms.form import Subject
from tallystick.deals.services import AnswersInvalid
from tallystick.deals.services.leads import LEAD_ENTROPY, AlreadyIntroduced, introduce_lead
from tallystick.platform.access import Permission
from tallystick.platform.clock import now, today
from tallystick.web.access import current_viewer, portal
from tallystick.web.console.words import Tag, day_near
from tallystick.web.drafts import INTRODUCTION, answer_draft, draft_asked, draft_card, draft_context, forget_draft
from tallystick.web.listing import FileColumn, Filter, Kind, Listing, changed, choices_of
from tallystick.web.listing.exports import Value
from tallystick.web.listing.lists import Part, RowList
from tallystick.web.listing.serving import answer_list
from tallystick.web.portal.deals import DealRow, StagePath
from tallystick.web.portal.lead_forms import IntroduceForm
from tallystick.web.portal.pages import FRAME, NOT_IN_THE_PORTAL, partner_id_of, show_page
from tallystick.web.ui.components import Column, Link

_REACHED: Final = {
    LeadState.NEW: 1,
    LeadState.ACCEPTED: 2,
    LeadState.QUALIFIED: 3,
    LeadState.CONVERTED: 4,
    LeadState.DECLINED: 0,
}
_TONES: Final = {
    LeadState.NEW: "warn",
    LeadState.ACCEPTED: "accent",
    LeadState.QUALIFIED: "accent",
    LeadState.CONVERTED: "good",
    LeadState.DECLINED: "",
}
_ORDER: Final = {
    "company": ("company", "pk"),
    "-company": ("-company", "-pk"),
    "-introduced": ("-introduced_at", "-pk"),
    "--introduced": ("introduced_at", "pk"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferCard:
    """A lead the partner is being asked about, as its card shows it."""

    reference: str
    company: str
    country: str
    need: str
    due_at: datetime
    url: str


@portal(Permission.SEE_OWN_LEADS)
@require_safe
def leads(request: HttpRequest) -> HttpResponseBase:
    """List what is offered to the partner, and its leads."""
    viewer = current_viewer(request)
    listed = OwnLeadList(viewer, request.GET)
    context = {
        "offers": [offer_card(offer) for offer in open_offers(partner_id=listed.partner_id)],
        "now": now(),
        "drafts": draft_card(INTRODUCTION, viewer),
        "may_introduce": viewer.may(Permission.INTRODUCE_LEADS),
        "orders": [
            Link(
                label=str(column.label),
                url=changed(request.GET, sort=column.sort),
                current=column.sort == listed.asked.sort,
            )
            for column in _columns()
        ],
    }
    return answer_list(request, FRAME, listed, "portal/leads/leads.html", context)


@portal(Permission.INTRODUCE_LEADS)
@require_http_methods(["GET", "HEAD", "POST"])
def introduce(request: HttpRequest) -> HttpResponse:
    """Show the form and take the company it introduces; a form that is sent again leads to the same lead."""
    viewer = current_viewer(request)
    kept = draft_asked(request, INTRODUCTION, viewer)
    form = _form(request, typed=kept.typed if kept else None)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                taken = introduce_lead(
                    viewer.actor(),
                    partner_id=partner_id_of(viewer),
                    lead=form.lead(),
                    form_key=form.cleaned_data["token"],
                    entropy=token_bytes(LEAD_ENTROPY),
                    at=now(),
                )
                forget_draft(request, INTRODUCTION, viewer)
        except AlreadyIntroduced as refusal:
            words = _("You have introduced this company already: %(reference)s. It is still open.")
            form.add_error("company", words % {"reference": refusal.reference})
        except AnswersInvalid:
            # A new version of the form was published since: it is shown with what was typed.
            form = _form(request)
            form.full_clean()
        else:
            words = _("Thank you. %(company)s is introduced.") % {"company": taken.lead.company}
            messages.success(request, f"{words} {taken.partner_sentence}".strip())
            return redirect("portal:lead", reference=taken.lead.reference)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    context = {"form": form, **draft_context(request, INTRODUCTION, kept)}
    return show_page(request, "portal/leads/introduce.html", context, status=status)


@portal(Permission.INTRODUCE_LEADS)
@require_POST
def lead_draft(request: HttpRequest) -> HttpResponse:
    """Keep what is being typed of an introduction, save it as a draft, or throw a draft away."""
    return answer_draft(request, INTRODUCTION, current_viewer(request))


def _form(request: HttpRequest, *, typed: Mapping[str, str] | None = None) -> IntroduceForm:
    viewer = current_viewer(request)
    return IntroduceForm(
        request.POST or None,
        initial=typed,
        asked=fields_asked(Subject.LEAD, partner_id=partner_id_of(viewer)),
        on=today(viewer.workspace.time_zone),
    )


def offer_card(offer: LeadOffer) -> OfferCard:
    """Return an offer as its card shows it: company, country and need, and never a contact."""
    return OfferCard(
        reference=offer.reference,
        company=offer.company,
        country=offer.country,
        need=offer.need,
        due_at=offer.due_at,
        url=reverse("portal:lead", args=[offer.reference]),
    )


def lead_tag(lead: Lead) -> Tag:
    """Return a lead's state in words, with its tone."""
    return Tag(str(lead.get_state_display()), _TONES[LeadState(lead.state)])


def lead_path(lead: Lead) -> StagePath:
    """Return how far a lead has come."""
    return StagePath(str(lead.get_state_display()), _REACHED[LeadState(lead.state)], 4)


class OwnLeadList(RowList[Lead]):
    """The leads the partner introduced, and those of the vendor's it accepted."""

    name = "own_leads"
    page = "portal:leads"
    permission = Permission.SEE_OWN_LEADS
    is_table = False
    without: ClassVar[Mapping[Part, str]] = NOT_IN_THE_PORTAL
    file_columns = (
        FileColumn("Reference"),
        FileColumn("Company"),
        FileColumn("Direction"),
        FileColumn("State"),
        FileColumn("Contact"),
        FileColumn("Contact e-mail"),
        FileColumn("Need"),
        FileColumn("Introduced at", Kind.MOMENT),
        FileColumn("Answer due at", Kind.MOMENT),
        FileColumn("Reason"),
    )

    @property
    def partner_id(self) -> int:
        """The partner whose leads these are."""
        return partner_id_of(self.viewer)

    def offer(self) -> Listing:
        """Return what can be asked of the leads."""
        return Listing(
            things=_("leads"),
            columns=_columns(),
            default_sort="-introduced",
            search_label=_("Company or reference"),
            filters=(
                Filter(name="state", label=_("State"), options=choices_of(LeadState.choices)),
                Filter(name="direction", label=_("Direction"), options=choices_of(_directions())),
            ),
        )

    def find(self) -> QuerySet[Lead]:
        """Return the leads asked for, in order."""
        found = Lead.objects.filter(partner_id=self.partner_id)
        for name in ("state", "direction"):
            if value := self.asked.get(name):
                found = found.filter(**{name: value})
        if text := self.asked.search:
            found = found.filter(Q(company__icontains=text) | Q(reference__icontains=text))
        return found.order_by(*_ORDER[self.asked.sort])

    def rows(self, found: Sequence[Lead]) -> list[DealRow]:
        """Return leads as the list shows them."""
        return [
            DealRow(
                url=reverse("portal:lead", args=[lead.reference]),
                company=lead.company,
                note=" · ".join((lead.reference, dict(_directions())[lead.direction])),
                path=lead_path(lead),
                tag=lead_tag(lead),
                amount=day_near(timezone.localtime(lead.introduced_at).date(), self.on),
                amount_note="",
            )
            for lead in found
        ]

    def keys(self, found: Iterable[Lead]) -> list[str]:
        """Return the ids of leads."""
        return [str(lead.pk) for lead in found]

    def file_rows(self, found: Iterable[Lead]) -> Iterable[Sequence[Value]]:
        """Return leads as rows of a file."""
        return (
            (
                lead.reference,
                lead.company,
                dict(_directions())[lead.direction],
                str(lead.get_state_display()),
                lead.contact_name,
                lead.contact_email,
                lead.need,
                lead.introduced_at,
                lead.answer_due_at,
                lead.reason,
            )
            for lead in found
        )


def _directions() -> list[tuple[str, str]]:
    """Return the directions in the partner's words."""
    return [
        (LeadDirection.TO_VENDOR.value, _("Introduced by you")),
        (LeadDirection.TO_PARTNER.value, _("Passed to you")),
    ]


def _columns() -> tuple[Column, ...]:
    return (
        Column(label=_("Newest"), sort="-introduced"),
        Column(label=_("Company"), sort="company"),
    )
