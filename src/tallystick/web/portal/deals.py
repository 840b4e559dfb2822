"""The partner's deals as a list: searched, filtered by state, sorted, and as a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import ClassVar

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from tallystick.attribution.own_deal_list import OwnDealFilter, OwnDealKeys, own_deal_counts, read_own_deals
from tallystick.attribution.own_deals import OwnDeal, OwnDealState, pipeline_stages
from tallystick.commissions.own_earnings import earned_on_deals
from tallystick.commissions.own_expectations import Terms, expected_of_claim, expected_of_credits, terms_on
from tallystick.commissions.rules.expectation import Expectation
from tallystick.crm.queries.rates import day_rates
from tallystick.deals.distributed import DistributedDeal, deals_through
from tallystick.deals.models import RegistrationState
from tallystick.deals.rules.forms.form import Subject
from tallystick.kernel.money import Money
from tallystick.partners.models import Partner
from tallystick.platform.access import Permission, Viewer
from tallystick.platform.tenancy import vendor_side
from tallystick.web.access import current_viewer, portal
from tallystick.web.asked import AnswerColumns
from tallystick.web.console.words import Tag, day_near
from tallystick.web.drafts import REGISTRATION, draft_card
from tallystick.web.listing import Asked, FileColumn, Filter, Kind, Listing, changed, choices_of
from tallystick.web.listing.exports import Value
from tallystick.web.listing.lists import Part, RowList, in_chunks
from tallystick.web.listing.serving import answer_list
from tallystick.web.portal.pages import FRAME, NOT_IN_THE_PORTAL, partner_id_of, together, trimmed
from tallystick.web.portal.words import deal_tag
from tallystick.web.ui import formats
from tallystick.web.ui.components import Column, Link

NOT_EXPECTED = Expectation(None, None, "You are not credited on this deal at present.")


@dataclass(frozen=True, slots=True, kw_only=True)
class DealRow:
    """One deal as a list shows it."""

    url: str
    company: str
    note: str
    path: StagePath
    tag: Tag
    amount: str
    amount_note: str


@dataclass(frozen=True, slots=True)
class StagePath:
    """How far a deal has come: the stage in words, and its place among all."""

    stage: str
    reached: int
    of: int


@dataclass(frozen=True, slots=True)
class Prospects:
    """What the partner may expect of its open deals, by deal, and earned on those it won. Empty without permission."""

    expected: Mapping[str, Expectation]
    earned: Mapping[int, tuple[Money, ...]]

    def total(self, deals_: Sequence[OwnDeal]) -> tuple[Money, ...]:
        """Return what is expected of these deals together, one amount a currency."""
        sums: dict[str, Money] = {}
        for deal in deals_:
            expectation = self.expected.get(deal_url(deal))
            if expectation is not None and expectation.amount is not None and expectation.amount.minor:
                amount = expectation.amount
                sums[amount.currency] = sums.get(amount.currency, Money(0, amount.currency)) + amount
        return tuple(sums[currency] for currency in sorted(sums))


@portal(Permission.SEE_OWN_DEALS)
@require_safe
def deals(request: HttpRequest) -> HttpResponseBase:
    """List the partner's deals in the state, search and order of the address."""
    listed = OwnDealList(current_viewer(request), request.GET)
    context = {
        "through_you": [_through(deal) for deal in deals_through(partner_id=listed.partner_id)],
        "drafts": draft_card(REGISTRATION, listed.viewer),
        "lead": _lead(own_deal_counts(partner_id=listed.partner_id)),
        "orders": [
            Link(
                label=str(column.label),
                url=changed(request.GET, sort=column.sort),
                current=column.sort == listed.asked.sort,
            )
            for column in _columns()
        ],
    }
    return answer_list(request, FRAME, listed, "portal/deals/deals.html", context)


def _through(deal: DistributedDeal) -> dict[str, str]:
    """Return what the partner as a distributor may read of a deal that was registered through it."""
    until = formats.day_and_year(deal.protected_until) if deal.protected_until else ""
    notes = [
        deal.reseller or "",
        deal.product or "",
        _("protected until %(day)s") % {"day": until} if until else "",
    ]
    return {
        "company": deal.company or _("A company"),
        "note": " · ".join(note for note in notes if note),
        "state": deal.state or "",
        "value": formats.money_trimmed(*deal.value) if deal.value else "",
    }


class OwnDealList(RowList[tuple[str, int]]):
    """The partner's own deals. What is found are keys; a page reads its deals by them."""

    name = "own_deals"
    page = "portal:deals"
    permission = Permission.SEE_OWN_DEALS
    is_table = False
    without: ClassVar[Mapping[Part, str]] = NOT_IN_THE_PORTAL
    file_columns = (
        FileColumn("Reference"),
        FileColumn("Company"),
        FileColumn("State"),
        FileColumn("Stage"),
        FileColumn("Value", Kind.AMOUNT),
        FileColumn("Currency"),
        FileColumn("Registered on", Kind.DAY),
        FileColumn("Protected until", Kind.DAY),
        FileColumn("Closes on", Kind.DAY),
        FileColumn("Owner"),
        FileColumn("Expected commission", Kind.AMOUNT),
        FileColumn("Expected currency"),
        FileColumn("Earned so far"),
    )

    @property
    def partner_id(self) -> int:
        """The partner whose deals these are."""
        return partner_id_of(self.viewer)

    def offer(self) -> Listing:
        """Return what can be asked of the deals."""
        return Listing(
            things=_("deals"),
            columns=_columns(),
            default_sort="-registered",
            search_label=_("Company or reference"),
            filters=(Filter(name="state", label=_("State"), options=choices_of(OwnDealState.choices)),),
        )

    def find(self) -> OwnDealKeys:
        """Return the keys of the deals asked for, in order."""
        return OwnDealKeys(self.partner_id, _own_filter(self.asked, self.on))

    def rows(self, found: Sequence[tuple[str, int]]) -> list[DealRow]:
        """Return deals as the list shows them."""
        shown = read_own_deals(found, partner_id=self.partner_id)
        prospects, stages = prospects_of(self.viewer, shown, on=self.on), pipeline_stages()
        return [deal_row(deal, prospects, stages, self.on) for deal in shown]

    def keys(self, found: Iterable[tuple[str, int]]) -> list[str]:
        """Return keys such as "registration-7"."""
        return [f"{kind}-{key}" for kind, key in found]

    @cached_property
    def answers(self) -> AnswerColumns:
        """What the partner's registrations answered to the form, as columns of a file."""
        partner_type = Partner.objects.values_list("type", flat=True).get(pk=self.partner_id)
        return AnswerColumns(Subject.REGISTRATION, partner_type=partner_type)

    def every_file_column(self) -> Sequence[FileColumn]:
        """Return the columns of a file, with what the form asks last."""
        return (*self.file_columns, *self.answers.columns)

    def file_rows(self, found: Iterable[tuple[str, int]]) -> Iterable[Sequence[Value]]:
        """Return deals as rows of a file."""
        for chunk in in_chunks(found):
            every = read_own_deals(chunk, partner_id=self.partner_id)
            prospects = prospects_of(self.viewer, every, on=self.on)
            yield from ((*_values(deal, prospects), *self.answers.values(deal.registration)) for deal in every)


def prospects_of(viewer: Viewer, shown: Sequence[OwnDeal], *, on: date) -> Prospects:
    """Return what deals may earn and have earned. A fixed number of queries; none for a role that sees no money."""
    if not viewer.may(Permission.SEE_OWN_EARNINGS) or not shown:
        return Prospects({}, {})
    partner_id = partner_id_of(viewer)
    live = [deal for deal in shown if deal.state in _EXPECTED_WORDS]
    terms = terms_on(on)
    credits = [deal.credit for deal in live if deal.credit is not None]
    credited = expected_of_credits(credits, partner_id=partner_id, terms=terms)
    partner = Partner.objects.get(pk=partner_id)
    return Prospects(
        {deal_url(deal): _expectation(deal, credited, partner, terms) for deal in live},
        earned_on_deals(partner_id=partner_id, opportunity_ids=[deal.crm.id for deal in shown if deal.crm]),
    )


def _expectation(deal: OwnDeal, credited: Mapping[int, Expectation], partner: Partner, terms: Terms) -> Expectation:
    """Return the expectation by the credit once there is an opportunity, by the claim before."""
    if deal.crm is not None:
        return credited.get(deal.crm.id, NOT_EXPECTED)
    if deal.value is None:
        return NOT_EXPECTED
    return expected_of_claim(partner, value=deal.value, country="", terms=terms)


def deal_url(deal: OwnDeal) -> str:
    """Return the address of a deal's page."""
    if deal.registration is not None:
        return reverse("portal:deal", args=[deal.registration.reference])
    assert deal.crm is not None  # noqa: S101 - a deal is a registration or a credited opportunity
    return reverse("portal:credited_deal", args=[deal.crm.id])


def stage_path(deal: OwnDeal, stages: Sequence[str]) -> StagePath:
    """Return how far a deal has come: registered, the stages of open deals, won; one that ended without has none."""
    of = len(stages) + 2
    match deal.state:
        case OwnDealState.WON:
            return StagePath(_("Won"), of, of)
        case OwnDealState.OPEN if deal.crm is not None:
            at = stages.index(deal.crm.stage) + 2 if deal.crm.stage in stages else 1
            return StagePath(deal.crm.stage, at, of)
        case OwnDealState.OPEN | OwnDealState.IN_REVIEW:
            return StagePath(_("Registered"), 1, of)
        case ended:
            return StagePath(str(ended.label), 0, of)


def deal_row(deal: OwnDeal, prospects: Prospects, stages: Sequence[str], on: date) -> DealRow:
    """Return a deal as a list shows it."""
    amount, amount_note = _amount(deal, prospects)
    return DealRow(
        url=deal_url(deal),
        company=deal.company,
        note=" · ".join(part for part in (trimmed(deal.value) if deal.value else "", _note(deal, on)) if part),
        path=stage_path(deal, stages),
        tag=deal_tag(deal),
        amount=amount,
        amount_note=amount_note,
    )


def _amount(deal: OwnDeal, prospects: Prospects) -> tuple[str, str]:
    earned = prospects.earned.get(deal.crm.id, ()) if deal.crm else ()
    if earned:
        return together(earned), _("earned so far")
    expectation = prospects.expected.get(deal_url(deal))
    if expectation is None:
        return "", ""
    if expectation.amount is None:
        return "–", _("not known yet")
    if not expectation.amount.minor:
        return trimmed(expectation.amount), _("by the plan")
    return trimmed(expectation.amount), str(_EXPECTED_WORDS[deal.state])


_EXPECTED_WORDS = {
    OwnDealState.IN_REVIEW: gettext_lazy("if approved"),
    OwnDealState.OPEN: gettext_lazy("expected"),
    OwnDealState.WON: gettext_lazy("on payment"),
}


def _note(deal: OwnDeal, on: date) -> str:
    """Say what comes next, or how it ended."""
    claim = deal.registration
    match deal.state:
        case OwnDealState.IN_REVIEW if claim is not None and claim.clock_stopped_at is not None:
            return _("waits for your answer to a question")
        case OwnDealState.IN_REVIEW if claim is not None:
            return _("answer by %(moment)s") % {"moment": formats.moment(claim.answer_due_at)}
        case OwnDealState.OPEN if deal.crm is not None and deal.crm.next_step:
            return deal.crm.next_step
        case OwnDealState.OPEN if claim is not None and claim.state == RegistrationState.APPROVED:
            return _("protected until %(day)s") % {"day": day_near(claim.protected_until, on)}
        case OwnDealState.OPEN if deal.crm is not None:
            return _("expected to close %(day)s") % {"day": day_near(deal.crm.close_on, on)}
        case OwnDealState.WON | OwnDealState.LOST if deal.crm is not None:
            return _("%(state)s on %(day)s") % {
                "state": str(deal.state.label).lower(),
                "day": day_near(deal.crm.close_on, on),
            }
        case ended:
            return ended.label.lower()


def _lead(counts: Mapping[OwnDealState, int]) -> str:
    still_open, waiting = (counts.get(state, 0) for state in (OwnDealState.OPEN, OwnDealState.IN_REVIEW))
    return _("%(all)s in all, %(open)s open, %(waiting)s in review") % {
        "all": formats.number(sum(counts.values())),
        "open": still_open,
        "waiting": waiting,
    }


def _columns() -> tuple[Column, ...]:
    return (
        Column(label=_("Newest"), sort="-registered"),
        Column(label=_("Company"), sort="company"),
        Column(label=_("Value"), sort="-value"),
        Column(label=_("Closing soonest"), sort="close"),
    )


def _own_filter(asked: Asked, on: date) -> OwnDealFilter:
    """Return what an address narrows and orders the deals by."""
    by = asked.sort.removeprefix("-")
    rates: Mapping[str, Fraction] = {}
    if by == "value":
        with vendor_side():
            known = day_rates(on)
        rates = {code: rate for code in known.units if (rate := known.rate(code, "EUR")) is not None}
    state = asked.get("state")
    return OwnDealFilter(
        states=frozenset({OwnDealState(state)}) if state else frozenset(),
        search=asked.search,
        by=by,
        descending=asked.sort.startswith("-"),
        rates=rates,
    )


def _reference(deal: OwnDeal) -> str:
    return deal.registration.reference if deal.registration else ""


def _values(deal: OwnDeal, prospects: Prospects) -> Sequence[Value]:
    claim, crm = deal.registration, deal.crm
    expectation = prospects.expected.get(deal_url(deal))
    expected = expectation.amount if expectation else None
    return (
        _reference(deal),
        deal.company,
        str(deal.state.label),
        crm.stage if crm else "",
        deal.value.amount if deal.value else None,
        deal.value.currency if deal.value else "",
        claim.submitted_at.date() if claim else None,
        claim.protected_until if claim else None,
        crm.close_on if crm else None,
        crm.owner if crm else "",
        expected.amount if expected else None,
        expected.currency if expected else "",
        together(prospects.earned.get(crm.id, ())) if crm else "",
    )
