"""Three years of selling: which deals were opened on which day, for how much, who brought them and how they ended.

The shares that screens show (partners' part of the new pipeline, win rates) are kept by turns, not drawn, so that they
hold in every four weeks. What is decided here is what *happened*; who gets the credit is for attribution to find out
from the evidence that `evidence.py` lays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from tallystick.demo.cast import PartnerPlan, data
from tallystick.demo.chance import Chance, Turns
from tallystick.demo.days import working_day
from tallystick.demo.facts import Account, Opportunity
from tallystick.demo.origins import REGISTRATION, draw_origin
from tallystick.kernel.periods import Quarter, Week

HISTORY_DAYS = 3 * 365
LOOK_BACK_DAYS = 185
"""A little more than the attribution policy's look-back: so long an account must be quiet for a partner to source."""

SOURCED, INFLUENCED, DIRECT = "sourced", "influenced", "direct"
NEW, EXPANSION, RENEWAL = "new", "expansion", "renewal"

# Points of the way through the three years (per mille) and the share of new pipeline there (per mille).
SOURCED_SHARE = ((0, 60), (250, 150), (500, 230), (750, 290), (917, 345), (1000, 474))
INFLUENCED_SHARE = ((0, 80), (500, 150), (1000, 226))
# Deals opened a week, in hundredths.
OPENED = {NEW: ((0, 440), (1000, 930)), EXPANSION: ((0, 0), (150, 60), (1000, 480))}
SIZE_PERCENT = {SOURCED: 122, INFLUENCED: 108, DIRECT: 92}
WIN_PERCENT = {INFLUENCED: 30, DIRECT: 24}
RENEWAL_WIN_PERCENT = 92
POUNDS_TO = {"GBP": 100, "EUR": 117, "USD": 127}
SIZES = {(8, 20): 30, (20, 45): 45, (45, 90): 21, (90, 150): 4}
TERMS = {12: 58, 24: 24, 36: 18}


@dataclass(frozen=True, slots=True, kw_only=True)
class Deal:
    """A deal as it goes: `closes_on` and `won` may lie in the future of the anchor day.

    `origin` is the kind of touch that sourced it, empty where no partner did.
    """

    key: str
    account: Account
    product: str
    kind: str
    credit: str
    partner: PartnerPlan | None
    origin: str
    amount_minor: int
    currency: str
    term_months: int
    opened_on: date
    closes_on: date
    won: bool
    meetings: tuple[date, ...]
    renews: str = ""
    year: int = 0


@dataclass(slots=True)
class _Standing:
    """Where an account stands while the years go by."""

    free_from: date = date.min
    last_meeting: date = date.min
    is_customer: bool = False


@dataclass(frozen=True, slots=True)
class _Slot:
    """A deal to be opened on a day, before it is known who brings it; a renewal knows what it renews."""

    day: date
    kind: str
    pounds: int
    renewed: Deal | None = None


def run_pipeline(
    *,
    anchor: date,
    accounts: Sequence[Account],
    partners: Sequence[PartnerPlan],
    told: Sequence[Opportunity],
) -> tuple[Deal, ...]:
    """Return all deals in the order they were opened, the last on the anchor day or the working day before.

    `told` are direct opportunities of the story, which count when the shares are kept.
    """
    market = _Market(anchor=anchor, accounts=accounts, partners=partners)
    day = anchor - timedelta(days=HISTORY_DAYS)
    week: list[date] = []
    while day <= anchor:
        week.append(day)
        if day.weekday() == 6 or day == anchor:
            market.note_direct([deal for deal in told if week[0] <= deal.opened_on <= day])
            market.open_week(week)
            week = []
        day += timedelta(days=1)
    return tuple(market.deals)


class _Market:
    """Accounts, partners and whose turn it is, as the weeks go by."""

    def __init__(self, *, anchor: date, accounts: Sequence[Account], partners: Sequence[PartnerPlan]) -> None:
        self.deals: list[Deal] = []
        self._anchor, self._accounts, self._partners = anchor, accounts, partners
        self._standing = {account.key: _Standing() for account in accounts}
        self._credit_turns: dict[bool, Turns[str]] = {False: Turns(), True: Turns()}
        self._partner_turns: dict[str, Turns[str]] = {SOURCED: Turns(), INFLUENCED: Turns()}
        self._win_turns: dict[tuple[str, str], Turns[bool]] = {}
        self._opened = dict.fromkeys(OPENED, 0)
        self._debuts: set[str] = set()
        self._renewals: dict[date, list[Deal]] = {}

    def note_direct(self, deals: Sequence[Opportunity]) -> None:
        """Charge the direct team with deals that were opened elsewhere in the story."""
        for deal in deals:
            pounds = _pounds(deal.amount_minor, deal.currency)
            self._credit_turns[False].charge(self._shares(deal.opened_on), to=DIRECT, size=pounds)

    def open_week(self, days: Sequence[date]) -> None:
        """Open the deals of one week, the large ones first so that the small ones even the shares out."""
        slots = [slot for day in days for slot in self._slots(day)]
        opened = []
        for slot in sorted(slots, key=lambda slot: -slot.pounds):
            deal = self._open(slot)
            if deal:
                opened.append(deal)
        self.deals += sorted(opened, key=lambda deal: (deal.opened_on, deal.key))

    def _slots(self, day: date) -> list[_Slot]:
        """Return what is opened on a day: nothing at week-ends, and the renewals that come due."""
        renewals = [
            _Slot(day, RENEWAL, _pounds(deal.amount_minor, deal.currency) * 104 // 100, renewed=deal)
            for deal in self._renewals.pop(day, [])
        ]
        if day.weekday() >= 5:
            return []
        chance, slots = Chance("day", (self._anchor - day).days), renewals
        for kind, way in OPENED.items():
            self._opened[kind] += along(way, self._progress(day))
            count, self._opened[kind] = divmod(self._opened[kind], 500)
            for _ in range(count):
                lowest, highest = chance.weighted(SIZES)
                pounds = chance.between(lowest * 10, highest * 10) * 100
                slots.append(_Slot(day, kind, pounds if kind == NEW else pounds * 55 // 100))
        return slots

    def _open(self, slot: _Slot) -> Deal | None:
        """Open a deal: whose turn it is brings it, or the next, when no account fits."""
        chance = Chance("deal", (self._anchor - slot.day).days, slot.kind, slot.pounds, len(self.deals))
        turns, weights = self._credit_turns[slot.kind == RENEWAL], dict(self._shares(slot.day))
        while any(weights.values()):
            credit = turns.take(weights, size=slot.pounds)
            fitting = self._fitting(slot, credit)
            if fitting:
                pounds = slot.pounds if slot.renewed else slot.pounds * SIZE_PERCENT[credit] // 100
                turns.charge(weights, to=credit, size=pounds - slot.pounds)
                partner = self._partner(credit, slot) if credit != DIRECT else None
                deal = self._deal(slot, credit, partner, _near(fitting, partner, chance), pounds, chance)
                self._follow(deal, chance)
                return deal
            turns.charge(weights, to=credit, size=-slot.pounds)
            weights[credit] = 0
        return None

    def _shares(self, day: date) -> Mapping[str, int]:
        """Return the share of each class on a day, per mille; a slight swing from week to week."""
        swing = Chance("week", str(Week.containing(day))).between(-10, 10)
        progress = self._progress(day)
        working = any(plan.works_on(day) for plan in self._partners)
        sourced = along(SOURCED_SHARE, progress) + swing if working else 0
        influenced = along(INFLUENCED_SHARE, progress) - swing if working else 0
        return {SOURCED: sourced, INFLUENCED: influenced, DIRECT: 1000 - sourced - influenced}

    def _partner(self, credit: str, slot: _Slot) -> PartnerPlan:
        """Return the partner whose turn it is; a first deal comes when it is due, a renewal stays with its partner."""
        working = {plan.name: plan for plan in self._partners if plan.works_on(slot.day)}
        weights = {name: _form(plan, slot.day, credit) for name, plan in working.items()}
        turns = self._partner_turns[credit]
        due = next((name for name in working if name not in self._debuts), "") if slot.kind == NEW else ""
        if slot.renewed and slot.renewed.partner:
            due = slot.renewed.partner.name
        if due in working and (credit == SOURCED or slot.renewed):
            self._debuts.add(due)
            turns.charge(weights, to=due, size=slot.pounds)
            return working[due]
        return working[turns.take(weights, size=slot.pounds)]

    def _fitting(self, slot: _Slot, credit: str) -> list[Account]:
        """Return the accounts that fit: free, a customer or not, and quiet if a partner is to source the deal."""
        if slot.renewed:
            account = slot.renewed.account
            at_rest = self._standing[account.key].free_from <= slot.day and self._quiet(account, slot.day)
            return [account] if credit != SOURCED or at_rest else []
        return [
            account
            for account in self._accounts
            if account.seen_on < slot.day - timedelta(days=40)
            and self._standing[account.key].free_from <= slot.day
            and self._standing[account.key].is_customer == (slot.kind == EXPANSION)
            and (credit != SOURCED or self._quiet(account, slot.day))
        ]

    def _quiet(self, account: Account, day: date) -> bool:
        return self._standing[account.key].last_meeting + timedelta(days=LOOK_BACK_DAYS + 30) < day

    def _deal(
        self, slot: _Slot, credit: str, partner: PartnerPlan | None, account: Account, pounds: int, chance: Chance
    ) -> Deal:
        currency = data("market")["regions"][account.region]["currency"]
        days = _cycle_days(slot.kind, credit, chance)
        return Deal(
            key=f"006LL{len(self._standing)}{(self._anchor - slot.day).days:04d}{chance.below(1_000_000):06d}",
            account=account,
            product=slot.renewed.product if slot.renewed else _product(slot.kind, chance),
            kind=slot.kind,
            credit=credit,
            partner=partner,
            origin=self._origin(slot, partner, chance) if partner and credit == SOURCED else "",
            amount_minor=pounds * POUNDS_TO[currency] // 10_000 * 100 * 100,
            currency=currency,
            term_months=slot.renewed.term_months if slot.renewed else chance.weighted(TERMS),
            opened_on=slot.day,
            closes_on=working_day(slot.day + timedelta(days=days)),
            won=self._wins(slot.kind, credit, partner),
            meetings=_meetings(slot.day, credit, chance),
            renews=slot.renewed.key if slot.renewed else "",
            year=_years(slot.renewed) if slot.renewed else 0,
        )

    def _origin(self, slot: _Slot, partner: PartnerPlan, chance: Chance) -> str:
        days_ago = (self._anchor - slot.day).days
        return draw_origin(partner.type, days_ago=days_ago, is_new=slot.kind == NEW, chance=chance)

    def _wins(self, kind: str, credit: str, partner: PartnerPlan | None) -> bool:
        rate = partner.win_percent if partner and credit == SOURCED else WIN_PERCENT.get(credit, WIN_PERCENT[DIRECT])
        if kind == RENEWAL:
            rate = RENEWAL_WIN_PERCENT
        turns = self._win_turns.setdefault((kind, credit), Turns())
        return turns.take({True: rate, False: 100 - rate})

    def _follow(self, deal: Deal, chance: Chance) -> None:
        """Note what the deal means for its account, and when its contract comes up for renewal."""
        standing = self._standing[deal.account.key]
        # A registration speaks for everything at its account within the look-back: nothing else is opened so long.
        rest = LOOK_BACK_DAYS if deal.origin == REGISTRATION else 60
        standing.free_from = deal.closes_on + timedelta(days=rest)
        standing.last_meeting = max((standing.last_meeting, *deal.meetings))
        if deal.kind == NEW and deal.won:
            standing.is_customer = True
        if deal.kind == RENEWAL and not deal.won:
            standing.is_customer = False
        if deal.won:
            days = deal.term_months * 365 // 12 - chance.between(60, 90)
            self._renewals.setdefault(working_day(deal.closes_on + timedelta(days=days)), []).append(deal)

    def _progress(self, day: date) -> int:
        return 1000 - (self._anchor - day).days * 1000 // HISTORY_DAYS


def along(way: Sequence[tuple[int, int]], progress: int) -> int:
    """Return the value on a broken line through the points (progress, value), both per mille."""
    for (start, low), (end, high) in pairwise(way):
        if progress <= end:
            return low + (high - low) * (progress - start) // (end - start)
    return way[-1][1]


def _near(accounts: Sequence[Account], partner: PartnerPlan | None, chance: Chance) -> Account:
    """Return one of the accounts, most often in the partner's own region."""
    near = [account for account in accounts if partner and account.region == partner.region]
    return chance.pick(near if near and chance.percent(78) else accounts)


def _form(plan: PartnerPlan, day: date, credit: str) -> int:
    """Return a partner's weight in a quarter: some quarters are better than others, so the ranking moves."""
    weight = plan.weight if credit == SOURCED else plan.helps
    return weight * Chance("form", plan.name, str(Quarter.containing(day))).between(70, 135)


def _pounds(amount_minor: int, currency: str) -> int:
    return amount_minor // POUNDS_TO[currency]


def _cycle_days(kind: str, credit: str, chance: Chance) -> int:
    match kind, credit:
        case "renewal", _:
            return chance.between(45, 85)
        case "expansion", _:
            return chance.between(25, 70)
        case _, "sourced":
            return chance.between(38, 82)
        case _:
            return chance.between(60, 140)


def _meetings(opened_on: date, credit: str, chance: Chance) -> tuple[date, ...]:
    """Return the days of the AE's meetings: before a direct deal, only after the opening where a partner sourced it."""
    if not chance.percent(34):
        return ()
    first = chance.between(9, 20) if credit == SOURCED else chance.between(-25, 6)
    return tuple(working_day(opened_on + timedelta(days=first + 14 * turn)) for turn in range(chance.between(1, 2)))


def _product(kind: str, chance: Chance) -> str:
    if kind == EXPANSION:
        return chance.weighted({"connect": 40, "insight": 40, "stability": 20})
    return chance.weighted({"eln": 46, "lims": 38, "stability": 16})


def _years(renewed: Deal) -> int:
    return renewed.year + renewed.term_months // 12
