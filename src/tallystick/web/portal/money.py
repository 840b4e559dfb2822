"""A partner's money in figures: expected, held, earned, approved and on statements; each the sum of its rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tallystick.attribution.own_deal_list import LIVE, OwnDealFilter, OwnDealKeys, read_own_deals
from tallystick.attribution.own_deals import OwnDeal, OwnDealState
from tallystick.commissions.line_states import LineState, lines_in_state
from tallystick.commissions.own_earnings import own_lines, own_statements, sums_of
from tallystick.kernel.money import Money
from tallystick.kernel.periods import Month
from tallystick.platform.access import Viewer
from tallystick.web.console.words import day_near
from tallystick.web.portal.deals import Prospects, deal_url, prospects_of
from tallystick.web.portal.pages import exact, partner_id_of, together
from tallystick.web.ui import formats


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyFigure:
    """One figure of the partner's money, the rows it opens to, and when and why it becomes the next one."""

    icon: str
    label: str
    amount: str
    link: str
    url: str
    note: str


def expected_money(viewer: Viewer, live: Sequence[OwnDeal], prospects: Prospects) -> MoneyFigure:
    """Return what open deals would earn: an estimate, never added to what was paid."""
    still_open = [deal for deal in live if deal.state is OwnDealState.OPEN]
    unknown = sum(prospects.expected[deal_url(deal)].amount is None for deal in still_open)
    note = _("if won and paid in full by today’s plan")
    if unknown:
        note = ngettext(
            "if won and paid in full by today’s plan; %(unknown)s is not known yet",
            "if won and paid in full by today’s plan; %(unknown)s are not known yet",
            unknown,
        ) % {"unknown": formats.number(unknown)}
    return MoneyFigure(
        icon="clock-3",
        label=_("Expected"),
        amount=_together(prospects.total(still_open), viewer),
        link=ngettext("%(deals)s open deal", "%(deals)s open deals", len(still_open))
        % {"deals": formats.number(len(still_open))},
        url=f"{reverse('portal:deals')}?state=open",
        note=note,
    )


def all_money(viewer: Viewer, *, on: date) -> list[MoneyFigure]:
    """Return every figure, from what open deals would earn to what was taken back."""
    partner_id = partner_id_of(viewer)
    live = live_deals(partner_id)
    taken = lines_in_state(own_lines(partner_id=partner_id).order_by(), LineState.CLAWED_BACK, on=on)
    back = MoneyFigure(
        icon="undo-2",
        label=_("Clawed back"),
        amount=_together(sums_of(taken), viewer),
        link=_("See lines"),
        url=f"{reverse('portal:earnings')}?state={LineState.CLAWED_BACK.value}",
        note=_("refunds and credit notes, all time"),
    )
    return [expected_money(viewer, live, prospects_of(viewer, live, on=on)), *earned_money(viewer, on=on), back]


def live_deals(partner_id: int) -> list[OwnDeal]:
    """Return the deals in review or open: what is expected is the sum of theirs, so all of them are read."""
    return read_own_deals(list(OwnDealKeys(partner_id, OwnDealFilter(states=LIVE))), partner_id=partner_id)


def earned_money(viewer: Viewer, *, on: date) -> list[MoneyFigure]:
    """Return what customers have paid for, by how far it has come: held, earned, approved, on statements this year."""
    lines = own_lines(partner_id=partner_id_of(viewer)).order_by()
    month = Month.containing(on)
    words = {"month": formats.month(month.first_day), "day": day_near(month.plus(1).first_day, on)}
    steps = (
        (LineState.HELD, "lock", _("Held"), _("paid by customers; earned once the hold ends")),
        (
            LineState.EARNED,
            "circle-check",
            _("Earned"),
            _("waits for approval, with %(month)s from %(day)s on") % words,
        ),
        (LineState.APPROVED, "file-check-2", _("Approved"), _("comes with your next statement")),
    )
    figures = [
        MoneyFigure(
            icon=icon,
            label=label,
            amount=_together(sums_of(lines_in_state(lines, state, on=on)), viewer),
            link=_("See lines"),
            url=f"{reverse('portal:earnings')}?state={state.value}",
            note=note,
        )
        for state, icon, label, note in steps
    ]
    return [*figures, _stated(viewer, on=on)]


def _stated(viewer: Viewer, *, on: date) -> MoneyFigure:
    found = own_statements(partner_id=partner_id_of(viewer)).filter(month__range=(date(on.year, 1, 1), on))
    issued: dict[str, Money] = {}
    count = 0
    for row in found:
        issued[row.currency] = issued.get(row.currency, Money(0, row.currency)) + Money(row.total_minor, row.currency)
        count += 1
    return MoneyFigure(
        icon="receipt-text",
        label=_("On statements in %(year)s") % {"year": on.year},
        amount=_together(issued.values(), viewer),
        link=ngettext("%(count)s statement", "%(count)s statements", count) % {"count": formats.number(count)},
        url=f"{reverse('portal:statements')}?year={on.year}",
        note=_("payouts are not recorded here, so nothing is shown as paid"),
    )


def _together(amounts: Iterable[Money], viewer: Viewer) -> str:
    return together(amount for amount in amounts if amount.minor) or exact(Money(0, viewer.workspace.currency))
