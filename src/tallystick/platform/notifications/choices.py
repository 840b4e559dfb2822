"""What people chose to hear of: their own choice, else their team's, else the default of their role."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction

from tallystick.platform.activity import record_activity
from tallystick.platform.actors import Actor
from tallystick.platform.models import DigestChoice, NoticeChoice, NoticeRules, TeamNoticeDefault
from tallystick.platform.notifications.rules import Channel, Digest, Reach
from tallystick.platform.tenancy import current_workspace_id

Cell = tuple[str, Channel]
"""A kind and a channel: one cell of the matrix that people set."""
INHERITED = ""
"""A choice that was taken back: a partner's people may not remove rows, so it is kept as none."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody in one place: at the vendor, or at a partner."""

    person_id: int
    partner_id: int | None = None


@dataclass(frozen=True, slots=True)
class Choices:
    """What a set of readers chose and what their teams set; asked cell by cell."""

    own: Mapping[tuple[Reader, str, Channel], Reach]
    team: Mapping[tuple[int, str, Channel], Reach]

    def reach(self, reader: Reader, kind: str, channel: Channel, *, default: Reach) -> Reach:
        """Return how far a reader's wish reaches for a kind and channel."""
        chosen = self.own.get((reader, kind, channel))
        if chosen is not None:
            return chosen
        if reader.partner_id is None:
            return default
        return self.team.get((reader.partner_id, kind, channel), default)


def choices_of(readers: Collection[Reader]) -> Choices:
    """Return what these readers chose, and what the teams of those at partners set. Two queries."""
    own = NoticeChoice.objects.filter(person_id__in={reader.person_id for reader in readers})
    partners = {reader.partner_id for reader in readers if reader.partner_id is not None}
    team = TeamNoticeDefault.objects.filter(partner_id__in=partners) if partners else TeamNoticeDefault.objects.none()
    return Choices(
        own={
            (Reader(row.person_id, row.partner_id), row.kind, Channel(row.channel)): Reach(row.reach)
            for row in own.exclude(reach=INHERITED).order_by("pk")
        },
        team={
            (row.partner_id, row.kind, Channel(row.channel)): Reach(row.reach)
            for row in team.exclude(reach=INHERITED).order_by("pk")
        },
    )


def choose(reader: Reader, *, kind: str, channel: Channel, reach: Reach | None) -> Reach | None:
    """Set, or with None take back, a reader's own choice of one cell. Returns what was chosen before, if anything."""
    with transaction.atomic():
        row, _ = NoticeChoice.objects.select_for_update().get_or_create(
            workspace_id=current_workspace_id(),
            person_id=reader.person_id,
            partner_id=reader.partner_id,
            kind=kind,
            channel=channel,
            defaults={"reach": INHERITED},
        )
        before = row.reach
        row.reach = reach or INHERITED
        row.save(update_fields=["reach"])
    return Reach(before) if before else None


@transaction.atomic
def set_team_default(
    actor: Actor, *, partner_id: int, kind: str, channel: Channel, reach: Reach | None, at: datetime
) -> Reach | None:
    """Set, or with None take back, what a partner's team hears of unless somebody chose otherwise.

    Returns what was set before, if anything.
    """
    row, _ = TeamNoticeDefault.objects.select_for_update().get_or_create(
        workspace_id=current_workspace_id(),
        partner_id=partner_id,
        kind=kind,
        channel=channel,
        defaults={"reach": INHERITED},
    )
    before = row.reach
    row.reach = reach or INHERITED
    row.save(update_fields=["reach"])
    record_activity(
        actor,
        verb="team_notices_changed",
        subject_kind="partner",
        subject_id=partner_id,
        partner_id=partner_id,
        summary=f"What the team is told of {kind} by {channel} was changed",
        data={"kind": kind, "channel": channel.value, "from": before, "to": row.reach},
        at=at,
    )
    return Reach(before) if before else None


# Digests


@dataclass(frozen=True, slots=True)
class DigestWish:
    """When one reader wants one digest; `time_zone` is empty for the workspace's."""

    digest: Digest
    is_on: bool
    hour: int = 8
    weekday: int = 0
    time_zone: str = ""


def digest_wishes(readers: Collection[Reader]) -> Mapping[tuple[Reader, Digest], DigestWish]:
    """Return what these readers chose about digests. One query."""
    rows = DigestChoice.objects.filter(person_id__in={reader.person_id for reader in readers}).order_by("pk")
    return {
        (Reader(row.person_id, row.partner_id), Digest(row.digest)): DigestWish(
            Digest(row.digest), row.is_on, row.hour, row.weekday, row.time_zone
        )
        for row in rows
    }


def wish_for_digest(reader: Reader, wish: DigestWish) -> None:
    """Set when a reader wants a digest."""
    DigestChoice.objects.update_or_create(
        workspace_id=current_workspace_id(),
        person_id=reader.person_id,
        partner_id=reader.partner_id,
        digest=wish.digest,
        defaults={
            "is_on": wish.is_on,
            "hour": wish.hour,
            "weekday": wish.weekday,
            "time_zone": wish.time_zone,
        },
    )


# The workspace's rules

PROTECTION_DAYS = (30, 14, 3)


@dataclass(frozen=True, slots=True)
class Rules:
    """When silence is broken and who is reminded, in days, hours and minutes."""

    nudge_owner_days: int = 7
    tell_partner_days: int = 10
    answer_due_hours: int = 8
    quiet_partner_days: int = 60
    protection_days: tuple[int, ...] = PROTECTION_DAYS
    coalesce_minutes: int = 30


def notice_rules() -> Rules:
    """Return the rules of the workspace in scope. One query."""
    row = NoticeRules.objects.first()
    if row is None:
        return Rules()
    return Rules(
        row.nudge_owner_days,
        row.tell_partner_days,
        row.answer_due_hours,
        row.quiet_partner_days,
        tuple(row.protection_days),
        row.coalesce_minutes,
    )


@transaction.atomic
def change_notice_rules(actor: Actor, *, rules: Rules, at: datetime) -> Rules:
    """Set the rules of the workspace in scope. Returns what held before."""
    before = notice_rules()
    given = {**asdict(rules), "protection_days": sorted(rules.protection_days, reverse=True)}
    NoticeRules.objects.update_or_create(workspace_id=current_workspace_id(), defaults=given)
    record_activity(
        actor,
        verb="notice_rules_changed",
        subject_kind="workspace",
        subject_id=current_workspace_id(),
        summary="The rules of notices were changed",
        data={"from": _json(before), "to": _json(rules)},
        at=at,
    )
    return before


def _json(rules: Rules) -> dict[str, object]:
    return {**asdict(rules), "protection_days": list(rules.protection_days)}
