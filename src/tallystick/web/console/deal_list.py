"""The list of deals: opportunities and live registrations, in views, as a list or as a board by stage."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, Final

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from tallystick.attribution.deal_group_sums import group_sums
from tallystick.attribution.deal_groups import DealGroup
from tallystick.attribution.deal_list import (
    REGISTERED,
    Closes,
    Deal,
    DealFilter,
    DealKeys,
    DealKind,
    DealOrder,
    DealSort,
    DealView,
    StageSum,
    deal_keys,
    owner_spellings,
    read_deals,
    stage_names,
    stage_sums,
    view_counts,
)
from tallystick.attribution.models import CreditClass
from tallystick.commissions.line_states import earned_by_opportunity
from tallystick.crm.queries.rates import DayRates, day_rates
from tallystick.crm.rules.stage_order import stage_place
from tallystick.deals.rules.forms.form import Subject
from tallystick.kernel.money import Money
from tallystick.platform.access import Permission
from tallystick.web.access import console, current_viewer
from tallystick.web.asked import AnswerColumns
from tallystick.web.console.choices import owner_filter, partner_filter
from tallystick.web.console.deal_board import board_of
from tallystick.web.console.deal_changes import ACTIONS, FIELDS, deal_key, decides, due_cell, key_of, next_step_cell
from tallystick.web.console.deal_stages import open_in_words, ordered_stages, stage_label, stage_strip
from tallystick.web.console.deals import (
    account_of,
    amount_of,
    deal_filter,
    deal_note,
    deal_partner,
    deal_tag,
    deal_url,
    meter_kind,
    protection_days_left,
    waits_for_decision,
)
from tallystick.web.console.pages import FRAME
from tallystick.web.listing import FileColumn, Filter, Kind, Listing, Option, changed, choices_of
from tallystick.web.listing.bulk import BulkAction
from tallystick.web.listing.cells import Cell, Row, credit, meter, partner, state, subject, text
from tallystick.web.listing.editing import EditField
from tallystick.web.listing.exports import Value
from tallystick.web.listing.lists import GroupHead, RowList, in_chunks
from tallystick.web.listing.serving import answer_list
from tallystick.web.ui import formats
from tallystick.web.ui.components import Column, Link
from tallystick.web.words import Tag, day_near

PROTECTION_DAYS: Final = 90
"""The length of a full protection meter."""
FILE_CHUNK: Final = 500
_GROUP_LABELS: Final = {
    DealGroup.STAGE: gettext_lazy("Stage"),
    DealGroup.PARTNER: gettext_lazy("Partner"),
    DealGroup.OWNER: gettext_lazy("Owner"),
    DealGroup.CREDIT: gettext_lazy("Credit"),
}


@console(Permission.SEE_DEALS)
@require_safe
def deals(request: HttpRequest) -> HttpResponseBase:
    """List deals in the view, filters and order of the address; or put them on a board by stage."""
    viewer = current_viewer(request)
    listed = DealList(viewer, request.GET)
    on_board = request.GET.get("layout") == "board"
    context = {
        "strip": stage_strip(listed.sums, request.GET, listed.asked, listed.rates, listed.currency),
        "lead": open_in_words(listed.sums, listed.rates, listed.currency),
        "layouts": [
            Link(label=_("List"), url=changed(request.GET, layout=None), current=not on_board),
            Link(label=_("Board"), url=changed(request.GET, layout="board", group=None), current=on_board),
        ],
        "board": board_of(listed) if on_board and not listed.asked.file_format else None,
        "owns_none": listed.asked.get("view") == DealView.MINE and not listed.own_names,
        "own_name": viewer.label,
        "may_import": viewer.may(Permission.IMPORT_FACTS),
    }
    return answer_list(request, FRAME, listed, "console/deals/deals.html", context)


class DealList(RowList[Any]):
    """The deals. What is found are keys; a page reads its fifty deals by them."""

    name = "deals"
    page = "console:deals"
    permission = Permission.SEE_DEALS
    file_columns = (
        FileColumn("Account"),
        FileColumn("Deal"),
        FileColumn("Stage"),
        FileColumn("Status"),
        FileColumn("Amount", Kind.AMOUNT),
        FileColumn("Currency"),
        FileColumn("Opened on", Kind.DAY),
        FileColumn("Close on", Kind.DAY),
        FileColumn("Owner"),
        FileColumn("Credit"),
        FileColumn("Source"),
        FileColumn("Influencers"),
        FileColumn("Registration"),
        FileColumn("Protected until", Kind.DAY),
        FileColumn("Next step"),
        FileColumn("Our next step"),
        FileColumn("Our next step due", Kind.DAY),
    )

    def offer(self) -> Listing:
        """Return what can be asked of the deals, with how many each view holds."""
        counts = view_counts(own_names=self.own_names, on=self.on)
        stages = tuple(Option(value=name, label=name) for name in sorted(stage_names(), key=stage_place))
        return Listing(
            things=_("deals"),
            columns=tuple(
                column for column in _columns() if column.key != "earned" or self.viewer.may(Permission.SEE_COMMISSIONS)
            ),
            default_sort="-opened",
            search_label=_("Account, deal or reference"),
            filters=(
                Filter(
                    name="view",
                    label=_("View"),
                    options=tuple(
                        Option(value=view.value, label=str(view.label), count=counts[view]) for view in DealView
                    ),
                ),
                Filter(name="credit", label=_("Credit"), options=choices_of(CreditClass.choices)),
                partner_filter(),
                owner_filter(),
                Filter(
                    name="stage", label=_("Stage"), options=(Option(value=REGISTERED, label=_("Registered")), *stages)
                ),
                Filter(name="closes", label=_("Closes"), options=choices_of(Closes.choices)),
            ),
            groups=tuple(Option(value=by.value, label=str(words)) for by, words in _GROUP_LABELS.items()),
        )

    def find(self) -> DealKeys:
        """Return the keys of the deals asked for, in order."""
        asked = self.asked
        group = DealGroup(asked.group) if asked.group else None
        order = DealOrder(
            by=DealSort(asked.sort.removeprefix("-")),
            descending=asked.sort.startswith("-"),
            stages=tuple(row.stage for row in self.sums if row.status) if group is DealGroup.STAGE else (),
            group=group if group is not DealGroup.STAGE else None,
            rates=self._scale,
        )
        return deal_keys(self.narrowed(), order=order, on=self.on)

    def rows(self, found: Sequence[Any]) -> list[Row]:
        """Return deals as the list shows them."""
        deals_ = read_deals(found)
        earned: Mapping[int, tuple[Money, ...]] = {}
        if self.viewer.may(Permission.SEE_COMMISSIONS):
            earned = earned_by_opportunity([deal.opportunity.pk for deal in deals_ if deal.opportunity])
        return [self._row(deal, earned.get(deal.opportunity.pk, ()) if deal.opportunity else ()) for deal in deals_]

    def keys(self, found: Iterable[Any]) -> list[str]:
        """Return keys such as "o12" for an opportunity and "r7" for a registration."""
        return [key_of(DealKind(kind), number) for kind, number, *_rest in found]

    def every_row(self) -> Iterable[Any]:
        """Return the keys of every deal that matches, read through a cursor."""
        return iter(self.found)

    def group_heads(self, groups: Sequence[str]) -> Mapping[str, GroupHead]:
        """Return the headings with how many deals each group has and what they come to."""
        by = DealGroup(self.asked.group)
        if by is DealGroup.STAGE:
            return {row.stage: GroupHead(stage_label(row.stage), self.sum_in_words(row)) for row in self.sums}
        sums = group_sums(self.narrowed(), by, groups, on=self.on)
        notes = {row.group: self._together(row.count, row.amounts) for row in sums or ()}
        return {group: GroupHead(_group_name(by, group), notes.get(group, "")) for group in groups}

    def every_action(self) -> tuple[BulkAction, ...]:
        """Return what can be done to many deals."""
        return ACTIONS

    def fields(self) -> tuple[EditField, ...]:
        """Return the fields that are edited in place: our own, never those of the CRM."""
        return FIELDS

    @cached_property
    def answers(self) -> AnswerColumns:
        """What registrations answered to the form, as columns of a file."""
        return AnswerColumns(Subject.REGISTRATION)

    def every_file_column(self) -> Sequence[FileColumn]:
        """Return the columns of a file, with what the form asks last."""
        return (*self.file_columns, *self.answers.columns)

    def file_rows(self, found: Iterable[Any]) -> Iterable[Sequence[Value]]:
        """Return deals as rows of a file."""
        for chunk in in_chunks(found, FILE_CHUNK):
            for deal in read_deals(chunk):
                yield (*_values(deal), *self.answers.values(deal.registration))

    def narrowed(self, *, without_stage: bool = False, stage: str = "") -> DealFilter:
        """Return what the deals are narrowed by; without the stage, or by another one."""
        return deal_filter(self.asked, own_names=self.own_names, without_stage=without_stage, stage=stage)

    @cached_property
    def own_names(self) -> tuple[str, ...]:
        """The owners in the CRM who bear the viewer's name."""
        return owner_spellings(self.viewer.label)

    @cached_property
    def sums(self) -> list[StageSum]:
        """What each stage holds of the deals that the other filters find."""
        return ordered_stages(stage_sums(self.narrowed(without_stage=True), on=self.on))

    @cached_property
    def rates(self) -> DayRates:
        """Today's rates."""
        return day_rates(self.on)

    @property
    def currency(self) -> str:
        """The currency sums are written in."""
        return self.viewer.workspace.currency

    def sum_in_words(self, row: StageSum) -> str:
        """Say how many deals a stage holds and what they come to; "" where they are too many to add up."""
        return "" if row.count is None else self._together(row.count, row.amounts)

    @property
    def _scale(self) -> dict[str, Any]:
        units = self.rates.units
        return {code: rate for code in units if (rate := self.rates.rate(code, self.currency)) is not None}

    def _together(self, count: int, amounts: Sequence[Money]) -> str:
        total = self.rates.together(amounts, self.currency)
        return f"{formats.number(count)} · {formats.money_short(total.minor, self.currency)}"

    def _row(self, deal: Deal, earned: Sequence[Money]) -> Row:
        opportunity, registration = deal.opportunity, deal.registration
        brought_by, more = deal_partner(deal)
        days_left = protection_days_left(registration, self.on)
        tag = Tag(_("Decide"), "warn") if waits_for_decision(deal) else None
        return Row(
            key=deal_key(deal),
            label=account_of(deal),
            group=self._group_of(deal),
            decides=decides(self.viewer, deal),
            cells={
                "account": subject(account_of(deal), deal_url(deal), deal_note(deal, self.on), in_sheet=True, tag=tag),
                "partner": partner(brought_by.name, brought_by.type, more) if brought_by else text(""),
                "credit": credit(deal.decision.credit_class if deal.decision else ""),
                "amount": text(amount_of(deal).replace("–", "")),
                "stage": _stage_cell(deal),
                "next": next_step_cell(deal, self.on, may_edit=True),
                "due": due_cell(deal, self.on),
                "protection": _protection_cell(days_left),
                "close": text(day_near(opportunity.close_on, self.on) if opportunity else ""),
                "earned": text(" + ".join(formats.money_exact(sum_.minor, sum_.currency) for sum_ in earned)),
                "owner": text(opportunity.owner_name if opportunity else ""),
                "opened": text(day_near(opportunity.opened_on, self.on) if opportunity else ""),
                "kind": text(str(opportunity.get_kind_display()) if opportunity else ""),
                "reference": text(registration.reference if registration else ""),
            },
        )

    def _group_of(self, deal: Deal) -> str:
        opportunity = deal.opportunity
        match self.asked.group:
            case "stage":
                return opportunity.stage if opportunity else REGISTERED
            case "owner":
                return opportunity.owner_name if opportunity else ""
            case "credit":
                return deal.decision.credit_class if deal.decision else ""
            case "partner" if opportunity is None:
                return deal.registration.partner.name if deal.registration else ""
            case "partner":
                return next((row.partner.name for row in deal.credits if row.role == "source"), "")
            case _:
                return ""


def _columns() -> tuple[Column, ...]:
    return (
        Column(key="account", label=_("Account"), sort="account", fixed=True),
        Column(key="partner", label=_("Partner"), kind="one-line"),
        Column(key="credit", label=_("Credit")),
        Column(key="amount", label=_("Amount"), kind="number", sort="amount"),
        Column(key="stage", label=_("Stage"), kind="one-line"),
        Column(key="next", label=_("Next step")),
        Column(key="due", label=_("Our step due"), kind="date", on_demand=True),
        Column(key="protection", label=_("Protection")),
        Column(key="close", label=_("Close"), kind="date", sort="close"),
        Column(key="earned", label=_("Earned"), kind="number"),
        Column(key="owner", label=_("Owner"), kind="one-line", on_demand=True),
        Column(key="opened", label=_("Opened"), kind="date", sort="opened", on_demand=True),
        Column(key="kind", label=_("Kind"), kind="one-line", on_demand=True),
        Column(key="reference", label=_("Reference"), kind="one-line", on_demand=True),
    )


def _group_name(by: DealGroup, group: str) -> str:
    match by:
        case DealGroup.CREDIT:
            return str(CreditClass(group).label) if group else _("Not decided yet")
        case DealGroup.OWNER:
            return group or _("No owner")
        case _:
            return group or _("No partner")


def _stage_cell(deal: Deal) -> Cell:
    tag = deal_tag(deal)
    if tag is not None:
        return state(tag)
    return text(deal.opportunity.stage if deal.opportunity else _("Registered"))


def _protection_cell(days_left: int | None) -> Cell:
    if days_left is None:
        return text("")
    return meter(_("%(days)s d") % {"days": days_left}, days_left, PROTECTION_DAYS, meter_kind(days_left))


def _values(deal: Deal) -> Sequence[Value]:
    opportunity, registration = deal.opportunity, deal.registration
    own = getattr(opportunity or registration, "own_next_step", None)
    amount, currency = _amount(deal)
    return (
        account_of(deal),
        opportunity.name if opportunity else "",
        opportunity.stage if opportunity else "Registered",
        opportunity.status if opportunity else str(registration.get_state_display()) if registration else "",
        amount,
        currency,
        opportunity.opened_on if opportunity else None,
        opportunity.close_on if opportunity else None,
        opportunity.owner_name if opportunity else "",
        deal.decision.credit_class if deal.decision else "",
        ", ".join(row.partner.name for row in deal.credits if row.role == "source"),
        ", ".join(row.partner.name for row in deal.credits if row.role == "influence"),
        registration.reference if registration else "",
        registration.protected_until if registration else None,
        opportunity.next_step if opportunity else "",
        own.words if own else "",
        own.due_on if own else None,
    )


def _amount(deal: Deal) -> tuple[Value, str]:
    if deal.opportunity is not None:
        minor, currency = deal.opportunity.amount_minor, deal.opportunity.currency
        return (None if minor is None else Money(minor, currency).amount), currency
    if deal.registration is not None:
        return Money(deal.registration.value_minor, deal.registration.currency).amount, deal.registration.currency
    return None, ""
