"""Pure rules of who hears of what: the kinds of news on each side, and what each role hears by default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tallystick.platform.notifications.rules import Channel, Digest, Reach, Relation


class Kind(StrEnum):
    """What a piece of news is about; people choose kind by kind."""

    REGISTRATIONS = "registrations"
    LEADS = "leads"
    CONFLICTS = "conflicts"
    DECISIONS = "decisions"
    DEALS = "deals"
    SILENCE = "silence"
    PROTECTION = "protection"
    QUESTIONS = "questions"
    MONEY = "money"
    STATEMENTS = "statements"
    ATTRIBUTION = "attribution"
    PARTNERS = "partners"
    PROGRAMME = "programme"
    TEAM = "team"
    IMPORTS = "imports"
    WEBHOOKS = "webhooks"
    FILES = "files"
    """What one has asked for oneself: always told, and no matter of choice."""


class Side(StrEnum):
    """On which side of the table a reader sits."""

    VENDOR = "vendor"
    PARTNER = "partner"


KINDS: Final[Mapping[Side, tuple[Kind, ...]]] = {
    Side.VENDOR: (
        Kind.REGISTRATIONS,
        Kind.LEADS,
        Kind.CONFLICTS,
        Kind.DECISIONS,
        Kind.DEALS,
        Kind.SILENCE,
        Kind.PROTECTION,
        Kind.QUESTIONS,
        Kind.MONEY,
        Kind.STATEMENTS,
        Kind.ATTRIBUTION,
        Kind.PARTNERS,
        Kind.PROGRAMME,
        Kind.TEAM,
        Kind.IMPORTS,
        Kind.WEBHOOKS,
    ),
    Side.PARTNER: (
        Kind.LEADS,
        Kind.DECISIONS,
        Kind.DEALS,
        Kind.SILENCE,
        Kind.PROTECTION,
        Kind.QUESTIONS,
        Kind.MONEY,
        Kind.STATEMENTS,
        Kind.PROGRAMME,
        Kind.TEAM,
        Kind.WEBHOOKS,
    ),
}
"""What people choose to hear of, in the order in which they read it."""

PRESSING: Final[Mapping[Side, frozenset[Kind]]] = {
    Side.VENDOR: frozenset(
        {
            Kind.REGISTRATIONS,
            Kind.LEADS,
            Kind.CONFLICTS,
            Kind.SILENCE,
            Kind.PROTECTION,
            Kind.QUESTIONS,
            Kind.MONEY,
            Kind.WEBHOOKS,
        }
    ),
    Side.PARTNER: frozenset(
        {
            Kind.LEADS,
            Kind.DECISIONS,
            Kind.DEALS,
            Kind.SILENCE,
            Kind.PROTECTION,
            Kind.QUESTIONS,
            Kind.MONEY,
            Kind.STATEMENTS,
            Kind.WEBHOOKS,
        }
    ),
}
"""Kinds that can ever be mailed at once: somebody must act, or money changed."""

WITHOUT_A_DEAL: Final = frozenset(
    {Kind.STATEMENTS, Kind.ATTRIBUTION, Kind.PROGRAMME, Kind.TEAM, Kind.IMPORTS, Kind.WEBHOOKS}
)
"""Kinds about no single deal: nobody owns or works on those, so one hears of all or of none."""


@dataclass(frozen=True, slots=True)
class Default:
    """What a role hears of one kind, by channel."""

    inbox: Reach = Reach.OFF
    mail: Reach = Reach.OFF
    digest: Reach = Reach.OFF

    def reach(self, channel: Channel) -> Reach:
        """Return the reach on a channel."""
        match channel:
            case Channel.INBOX:
                return self.inbox
            case Channel.MAIL:
                return self.mail
            case Channel.DIGEST:
                return self.digest


_NOTHING = Default()
_ALL = Default(Reach.ALL, Reach.ALL, Reach.ALL)
_ALL_BUT_MAIL = Default(Reach.ALL, Reach.OFF, Reach.ALL)
_ALL_MAIL_OWN = Default(Reach.ALL, Reach.OWN, Reach.ALL)
_MINE = Default(Reach.COLLABORATING, Reach.OWN, Reach.COLLABORATING)
_MINE_BUT_MAIL = Default(Reach.COLLABORATING, Reach.OFF, Reach.COLLABORATING)
_SUMMED_UP = Default(Reach.OFF, Reach.OFF, Reach.ALL)

_ABOUT_DEALS = (
    Kind.REGISTRATIONS,
    Kind.LEADS,
    Kind.CONFLICTS,
    Kind.DECISIONS,
    Kind.DEALS,
    Kind.SILENCE,
    Kind.PROTECTION,
)
_OWN_DEALS = (Kind.LEADS, Kind.DECISIONS, Kind.DEALS, Kind.SILENCE, Kind.PROTECTION, Kind.QUESTIONS)

_DEFAULTS: Final[Mapping[tuple[Side, str], Mapping[Kind, Default]]] = {
    (Side.VENDOR, "admin"): {
        **dict.fromkeys(_ABOUT_DEALS, _ALL_MAIL_OWN),
        Kind.QUESTIONS: _ALL_MAIL_OWN,
        Kind.MONEY: _ALL_BUT_MAIL,
        Kind.STATEMENTS: _ALL_BUT_MAIL,
        Kind.ATTRIBUTION: _ALL_BUT_MAIL,
        Kind.PARTNERS: _ALL_BUT_MAIL,
        Kind.PROGRAMME: _ALL_BUT_MAIL,
        Kind.TEAM: _ALL_BUT_MAIL,
        Kind.IMPORTS: _ALL_BUT_MAIL,
        Kind.WEBHOOKS: _ALL,
    },
    (Side.VENDOR, "partner_manager"): {
        **dict.fromkeys(_ABOUT_DEALS, _MINE),
        Kind.QUESTIONS: _MINE,
        Kind.MONEY: _MINE_BUT_MAIL,
        Kind.PARTNERS: _MINE_BUT_MAIL,
        Kind.PROGRAMME: _ALL_BUT_MAIL,
        Kind.ATTRIBUTION: _SUMMED_UP,
    },
    (Side.VENDOR, "ae"): {
        **dict.fromkeys(_ABOUT_DEALS, _MINE_BUT_MAIL),
        Kind.QUESTIONS: _MINE,
    },
    (Side.VENDOR, "revops"): {
        Kind.CONFLICTS: _ALL_BUT_MAIL,
        Kind.ATTRIBUTION: _ALL_BUT_MAIL,
        Kind.IMPORTS: _ALL_BUT_MAIL,
        Kind.PROGRAMME: _ALL_BUT_MAIL,
        Kind.MONEY: _SUMMED_UP,
    },
    (Side.VENDOR, "finance"): {
        Kind.MONEY: _ALL,
        Kind.STATEMENTS: _ALL_BUT_MAIL,
        Kind.IMPORTS: _ALL_BUT_MAIL,
        Kind.PROGRAMME: _ALL_BUT_MAIL,
    },
    (Side.VENDOR, "executive"): {
        Kind.CONFLICTS: _SUMMED_UP,
        Kind.DEALS: _SUMMED_UP,
        Kind.STATEMENTS: _SUMMED_UP,
        Kind.PROGRAMME: _SUMMED_UP,
    },
    (Side.PARTNER, "admin"): {
        **dict.fromkeys(_OWN_DEALS, _ALL_MAIL_OWN),
        Kind.MONEY: _ALL,
        Kind.STATEMENTS: _ALL,
        Kind.PROGRAMME: _ALL_BUT_MAIL,
        Kind.TEAM: _ALL_BUT_MAIL,
        Kind.WEBHOOKS: _ALL,
    },
    (Side.PARTNER, "seller"): {
        **dict.fromkeys(_OWN_DEALS, _MINE),
        Kind.MONEY: _MINE,
        Kind.PROGRAMME: _ALL_BUT_MAIL,
    },
    (Side.PARTNER, "marketer"): {
        Kind.LEADS: _MINE,
        Kind.DEALS: _SUMMED_UP,
        Kind.PROGRAMME: _ALL_BUT_MAIL,
    },
    (Side.PARTNER, "finance"): {
        Kind.MONEY: _ALL,
        Kind.STATEMENTS: _ALL,
        Kind.PROGRAMME: _ALL_BUT_MAIL,
    },
}


def default_reach(side: Side, role: str, kind: Kind, channel: Channel) -> Reach:
    """Return what a role hears of a kind unless team or person chose otherwise; an unknown role hears nothing."""
    if channel is Channel.MAIL and kind not in PRESSING[side]:
        return Reach.OFF
    return _DEFAULTS.get((side, role), {}).get(kind, _NOTHING).reach(channel)


_DIGESTS: Final[Mapping[Side, Mapping[Digest, frozenset[str]]]] = {
    Side.VENDOR: {
        Digest.DAILY: frozenset(),
        Digest.WEEKLY: frozenset({"admin", "partner_manager", "ae", "revops", "finance", "executive"}),
    },
    Side.PARTNER: {
        Digest.DAILY: frozenset(),
        Digest.WEEKLY: frozenset({"admin", "seller", "marketer", "finance"}),
    },
}
"""Roles that get a digest unless they say otherwise: the weekly one everybody, the daily one who asks for it."""


def digests_of(side: Side) -> tuple[Digest, ...]:
    """Return the digests there are on a side."""
    return tuple(_DIGESTS[side])


def digest_is_on(side: Side, role: str, digest: Digest) -> bool:
    """Tell whether a role gets a digest unless the person said otherwise."""
    return role in _DIGESTS[side].get(digest, frozenset())


def relation(*, person_id: int, owners: frozenset[int], collaborators: frozenset[int]) -> Relation:
    """Say what somebody has to do with a record from whose it is and who worked on it."""
    if person_id in owners:
        return Relation.OWNER
    return Relation.COLLABORATOR if person_id in collaborators else Relation.NONE


# Silence


class Silence(StrEnum):
    """What follows from a deal on which nothing happened."""

    NOTHING = "nothing"
    NUDGE_OWNER = "nudge_owner"
    TELL_PARTNER = "tell_partner"


def broken_by(*, days_silent: int, nudge_after: int, tell_after: int) -> frozenset[Silence]:
    """Say what is due after so many whole days without news: the owner is nudged first, then the partner is told.

    Where a run was missed both are due; each is given once a silence.
    """
    due = set()
    if days_silent >= nudge_after:
        due.add(Silence.NUDGE_OWNER)
    if days_silent >= tell_after:
        due.add(Silence.TELL_PARTNER)
    return frozenset(due)


def protection_step(*, days_left: int, steps: tuple[int, ...]) -> int | None:
    """Return the reminder that is due: the smallest step that the days left have reached, or none."""
    reached = [step for step in steps if 0 <= days_left <= step]
    return min(reached, default=None)
